# SPDX-License-Identifier: Apache-2.0
"""IEC 60870-5-104: APCI, ASDU headers, addresses and values."""
EVENT = "iec104"
FILTER = "iec60870_104"
PROTOCOLS = ("iec60870_104",)


def number(value):
    return str(int(str(value), 0))


def flag(value):
    return "1" if str(value) in ("True", "true", "1") else "0"


FIELDS = [
    ("iec104.type", "iec60870_104.type", (lambda v: {"I": "0", "S": "1", "U": "3"}[v], number)),
    ("iec104.send", "iec60870_104.tx", number),
    ("iec104.receive", "iec60870_104.rx", number),
    ("iec104.asdu.type_id", "iec60870_asdu.typeid", number),
    ("iec104.asdu.cause_id", "iec60870_asdu.causetx", number),
    ("iec104.asdu.originator", "iec60870_asdu.oa", number),
    ("iec104.asdu.common_address", "iec60870_asdu.addr", number),
    ("iec104.asdu.count", "iec60870_asdu.numix", number),
    ("iec104.asdu.sequence", "iec60870_asdu.sq", flag),
    ("iec104.asdu.objects.address", "iec60870_asdu.ioa", number),
]
