# SPDX-License-Identifier: Apache-2.0
"""POP3 and the mail in it."""
EVENT = "pop3"
FILTER = "pop"
PROTOCOLS = ("pop",)
VERBS = set("USER PASS APOP AUTH CAPA STLS STAT LIST UIDL RETR TOP DELE NOOP RSET LAST UTF8 LANG XTND ID QUIT".split())


def verb(value):
    """tshark calls the responses of AUTH commands as well."""
    return value.upper() if value.upper() in VERBS else None


def indicator(value):
    return {"OK": "+OK", "ERR": "-ERR"}.get(value, value if value in ("+OK", "-ERR") else None)


def words(value):
    return " ".join(value.replace("\\r", " ").replace("\\n", " ").replace("\\t", " ").split())


FIELDS = [
    ("pop3.request.command", "pop.request.command", verb),
    ("pop3.response.status", "pop.response.indicator", indicator),
    ("email.from", "imf.from", words),
    ("email.date", "imf.date", words),
    ("email.message_id", "imf.message_id", words),
]
