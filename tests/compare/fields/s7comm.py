# SPDX-License-Identifier: Apache-2.0
"""S7comm: headers, functions, items and their data."""
EVENT = "s7comm"
FILTER = "s7comm"


def number(value):
    return str(int(str(value), 0))


def areas(value):
    return {"DB": "132", "M": "131", "I": "129", "Q": "130", "C": "28", "T": "29", "P": "128"}.get(value, value)


def asked(e):
    return e["s7comm"]["protocol"] == "s7comm"


WHERE = asked
FIELDS = [
    ("s7comm.items.number", "s7comm.param.item.address.number", number),
    ("s7comm.items.area", "s7comm.param.item.area", (areas, number)),
    ("s7comm.items.db", "s7comm.param.item.db", lambda v: number(v) if number(v) != "0" else None),
    ("s7comm.items.count", "s7comm.param.item.length", number),
    ("s7comm.items.byte", "s7comm.param.item.address.byte", number),
    ("s7comm.items.bit", "s7comm.param.item.address.bit", number),
    ("s7comm.block.name", "s7comm.param.blockcontrol.filename", lambda v: str(v) if str(v).startswith("_") else None),
    ("s7comm.service", "s7comm.param.pistart.servicename"),
]

LEFT_OUT = {"arkime_synthetic.pcap": "one message, whose first byte comes in a transport part of its own"}
DIFFERENCES = """
- blockcontrol.filename: tshark shows it in one answer as well, which carries it without its first letter.
"""
