# SPDX-License-Identifier: Apache-2.0
"""TLS: certificates of both sides, issuers included."""
EVENT = "tls"
FILTER = "tls.handshake.type == 11 && tcp && !(tcp.analysis.retransmission)"
PROTOCOLS = ["tls"]


def WHERE(e):
    return e.get("proto") == "TCP"


def number(text):
    return text.replace(":", "").lower().lstrip("0")


FIELDS = [
    ("tls.serial", "x509af.serialNumber", number),
    ("tls.subjectaltname", "x509ce.dNSName"),
]
