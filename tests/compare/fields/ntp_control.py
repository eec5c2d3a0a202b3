# SPDX-License-Identifier: Apache-2.0
"""NTP: control messages (mode 6)."""
EVENT = "ntp"
PROTOCOLS = ("ntp",)
FILTER = "ntp.flags.mode == 6 && !icmp && !icmpv6"


def WHERE(e):
    return "control" in e["ntp"]


FIELDS = [
    ("ntp.version", "ntp.flags.vn"),
    ("ntp.control.response", "ntp.ctrl.flags2.r", (lambda v: str(int(v)), lambda v: str(int(v in ("1", "True"))))),
    ("ntp.control.sequence", "ntp.ctrl.sequence"),
    ("ntp.control.offset", "ntp.ctrl.offset"),
    ("ntp.control.count", "ntp.ctrl.count"),
]
