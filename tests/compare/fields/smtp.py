# SPDX-License-Identifier: Apache-2.0
"""SMTP and the mail in it."""
import base64, quopri, re

EVENT = "smtp"
FILTER = "smtp"
PROTOCOLS = ("smtp",)


def words(value):
    """Encoded words decoded where we do (RFC 2047), white space as one space."""
    def one(m):
        charset = m.group(1).split("*")[0].lower()
        if charset not in ("utf-8", "utf8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252"):
            return m.group(0)
        raw = m.group(3).encode()
        raw = base64.b64decode(raw + b"==") if m.group(2) in "bB" else quopri.decodestring(raw, header=True)
        return raw.decode("utf-8" if charset.startswith(("utf", "us")) else "latin-1", "replace")
    value = re.sub(r"(\?=)\s+(=\?)", r"\1\2", value.replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t"))
    value = re.sub(r"=\?([^?\s]+)\?([bBqQ])\?([^?\r\n]*)\?=", one, value)
    return " ".join(value.split())


def verb(value):
    """The commands behind the last message (QUIT, NOOP, RSET, HELP) make no transaction of ours."""
    word = value.upper()[:4]  # tshark takes four letters of STARTTLS
    return None if word in ("QUIT", "NOOP", "RSET", "HELP", "UNKN") else word


def code(value):
    return None if str(value) in ("221", "421") else str(value)


def path_of(word):
    def take(value):
        m = re.match(word + r":\s*(\S+)", value, re.I)
        return m.group(1) if m else None
    return take


FIELDS = [
    ("smtp.commands", "smtp.req.command", verb),
    ("smtp.codes", "smtp.response.code", code),
    ("smtp.rcpt_to", "smtp.req.parameter", (str, path_of("TO"))),
    ("email.from", "imf.from", words),
    ("email.subject", "imf.subject", words),
    ("email.date", "imf.date", words),
    ("email.message_id", "imf.message_id", words),
    ("email.in_reply_to", "imf.in_reply_to", words),
    ("email.x_mailer", "imf.ext.mailer", words),
    ("email.user_agent", "imf.user_agent", words),
    ("email.return_path", "imf.return_path", words),
    ("email.reply_to", "imf.reply_to", words),
    ("email.mime_version", "imf.mime_version", words),
    ("email.received", "imf.received", words),
    ("email.content_type", "imf.content.type", words),
]

LEFT_OUT = {
    "smtp-decrypted.pcap": "mail in BDAT, which tshark does not read",
    "smtp-moloch-bof.pcap": "the client did not wait for the greeting: tshark takes its commands for data",
    "smtp-subject-multi-nospace.pcap": "the same",
    "smtp-subject-windows.pcap": "the same",
    "socks5-smtp-503.pcap": "inside SOCKS, which tshark opens",
    "smtperr.pcap": "binary bytes of a client before the greeting: no SMTP to us; tshark drops codes it does not know",
    "emotet.pcap": "tshark does not put the message together",
    "smtp-bdat-last-next-mail/input.pcap": "tshark reads neither BDAT nor what is in it, nor commands behind a chunk",
    "smtp-bdat-multichunk-inspection/input.pcap": "tshark reads neither BDAT nor what is in it, nor commands behind a chunk",
    "smtp-bdat-multichunk-next-mail/input.pcap": "tshark reads neither BDAT nor what is in it, nor commands behind a chunk",
    "smtp-bdat-pipelined-next-mail/input.pcap": "tshark reads neither BDAT nor what is in it, nor commands behind a chunk",
    "smtp-bdat-zero-last-next-mail/input.pcap": "tshark reads neither BDAT nor what is in it, nor commands behind a chunk",
    "smtp-ehlo-reset-after-rejected-data/input.pcap": "tshark stays in the message after DATA was refused",
    "smtp-pipelining/input.pcap": "tshark takes commands in one segment with a message for its text",
    "smtp-pipelined-rset-data-replies/input.pcap": "the same",
}
DIFFERENCES = """
smtp-pipelined-*rset-*: the answer to RSET between two transactions is of none of ours.
bug-1045: tshark cuts Content-Type at the end of a segment.
issue-4220: one direction; tshark takes a code of the other for text.
"""
