# SPDX-License-Identifier: Apache-2.0
"""FTP: commands, replies, the addresses they name for data, and what data connections are for."""
import ipaddress, re

EVENT = ("ftp", "ftp_data")
FILTER = '(ftp && !(ftp.request.command == "PASS")) || (ftp-data && tcp.seq == 1 && tcp.len > 0)'


def WHERE(event):
    """What PASS brings is never said."""
    if "ftp_data" in event:
        return True
    return event.get("ftp", {}).get("command", "").upper() != "PASS" or bool(event.get("ftp", {}).get("reply"))


def command(event):
    e = event.get("ftp", {})
    return [e["command"].upper()] if "command" in e and e["command"].upper() != "PASS" else []


def told(event):
    e = event.get("ftp", {})
    return [e["command_data"]] if e.get("command_data") and e["command"].upper() != "PASS" else []


def first(name):
    """Of a reply of several lines the first: tshark reads one line of a packet. Lines without a code in the middle of
    a reply are known by there being fewer codes; the end of such a reply came in a packet of its own."""
    def take(event):
        codes, lines = event.get("ftp", {}).get("completion_code", []), event.get("ftp", {}).get("reply", [])
        if len(codes) != len(lines):
            return [event.get("ftp", {}).get(name, [])[i] for i in (0, -1)]
        return [v for i, v in enumerate(event.get("ftp", {}).get(name, [])) if i == 0 or codes[i] != codes[i - 1]]
    take.__name__ = "ftp." + name
    return take


def unescaped(value):
    return value.replace("\\t", "\t")


def named(command, *codes):
    """The port we found in such a command, or in its reply of one of `codes`."""
    def port(event):
        e = event.get("ftp", {})
        good = not codes or set(codes) & set(e.get("completion_code", []))
        return [str(e["dynamic_port"])] if e.get("command", "").upper() == command and good and "dynamic_port" in e else []
    port.__name__ = f"ftp.dynamic_port ({command})"
    return port


def address(text):
    parts = text.split(",")
    return ".".join(parts[:4]) if len(parts) == 6 else None


def passive(event):
    e = event.get("ftp", {})
    found = re.search(r"(\d+,){5}\d+", " ".join(e.get("reply", []))) if "227" in e.get("completion_code", []) else None
    return [address(found.group(0))] if found else []


def transfer(event):
    """What a data connection is for; tshark says it with each of its packets, so that the first is looked at."""
    e = event.get("ftp_data", {})
    what = e.get("filename") or e.get("path")
    return [" ".join([e["command"]] + ([what] if what else []))] if "command" in e else []


def argument(command, part):
    def take(event):
        e = event.get("ftp", {})
        if e.get("command", "").upper() != command or "command_data" not in e:
            return []
        return [v for v in [part(e["command_data"])] if v]
    take.__name__ = f"ftp.command_data ({command})"
    return take


def third(n):
    def take(text):
        parts = text.split(text[0]) if text else []
        return parts[n] if len(parts) > n else None
    return take


FIELDS = [
    (command, "ftp.request.command", str.upper),
    (told, "ftp.request.arg", (str, unescaped)),
    (first("completion_code"), "ftp.response.code"),
    (first("reply"), "ftp.response.arg", (str, unescaped)),
    (passive, "ftp.passive.ip"),
    (named("PASV", "227"), "ftp.passive.port"),
    (named("EPSV", "229"), "ftp.epsv.port"),
    (argument("PORT", address), "ftp.active.cip"),
    (named("PORT"), "ftp.active.port"),
    (argument("EPRT", third(1)), "ftp.eprt.af"),
    (named("EPRT"), "ftp.eprt.port"),
    (transfer, "ftp-data.command"),
]

LEFT_OUT = {
    "ndpi/ftp.pcap": "lines of a reply in packets of their own are replies to tshark",
    "sip-method/sip.pcap": "the same",
    "ndpi/fuzz-2006-06-26-2594.pcap": "damaged at random",
    "ftp-start-tls.pcap": "back in clear after TLS (CCC), which we do not follow",
    "ftp-too-long-command.pcap": "commands longer than we keep are cut, and said to be",
    "ftp-too-long-response.pcap": "replies longer than we keep are cut, and said to be",
    "bug-8489-01.pcap": "two records of one command are what EVE writes over its limit",
    "ftp-active-dynamic_port-02/ftp-active-dynamic_port.pcap": "made by hand: a command comes from the server",
}
