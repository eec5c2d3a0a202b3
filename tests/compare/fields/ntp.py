# SPDX-License-Identifier: Apache-2.0
"""NTP: clocks. Control messages are compared in ntp_control.py."""
import datetime

EVENT = "ntp"
FILTER = "ntp.flags.mode < 6 && !icmp && !icmpv6"
MODES = ["reserved", "symmetric_active", "symmetric_passive", "client", "server", "broadcast", "control", "private"]


def ours_time(value):
    return value[:26].replace("T", " ") if value != "before 1970" else value


def theirs_time(value):
    if value in ("NULL", "(0)NULL") or value.startswith("Jan  1, 1970 00:00:00.0"):
        return None
    head, rest = value.split(".")
    day = datetime.datetime.strptime(head, "%b %d, %Y %H:%M:%S")
    return day.strftime("%Y-%m-%d %H:%M:%S.") + rest[:6]


def signed(value):
    v = int(value)
    return str(v - 256 if v > 127 else v)


def ours_reference(value):
    parts = value.split(".")
    if len(parts) == 4 and all(p.isdigit() for p in parts):
        return "".join(f"{int(p):02x}" for p in parts)
    return value.encode("latin-1", "replace").hex().ljust(8, "0")


TIME = (ours_time, theirs_time)


def WHERE(e):
    return "control" not in e["ntp"] and "private" not in e["ntp"]


FIELDS = [
    ("ntp.version", "ntp.flags.vn"),
    ("ntp.mode", "ntp.flags.mode", (lambda v: str(MODES.index(v)), str)),
    ("ntp.leap", "ntp.flags.li"),
    ("ntp.stratum", "ntp.stratum"),
    ("ntp.poll", "ntp.ppoll", (str, signed)),
    ("ntp.precision", "ntp.precision", (str, signed)),
    ("ntp.reference_id", "ntp.refid", (ours_reference, str)),
    ("ntp.reference_time", "ntp.reftime", TIME),
    ("ntp.originate_time", "ntp.org", TIME),
    ("ntp.receive_time", "ntp.rec", TIME),
    ("ntp.transmit_time", "ntp.xmt", TIME),
]
