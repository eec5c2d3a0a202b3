# SPDX-License-Identifier: Apache-2.0
"""BACnet/IP: link, message, service, and the property that is read or written."""
EVENT = "bacnet"
FILTER = "bvlc"
PROTOCOLS = ("bvlc",)


def number(value):
    return str(int(str(value), 0))


FIELDS = [
    ("bacnet.bvlc_function_code", "bvlc.function", number),
    ("bacnet.destination.network", "bacnet.dnet", number),
    ("bacnet.source.network", "bacnet.snet", number),
    ("bacnet.hop_count", "bacnet.hopc", number),
    ("bacnet.pdu_type_code", "bacapp.type", number),
    ("bacnet.invoke_id", "bacapp.invoke_id", number),
    ("bacnet.low_limit", "bacapp.who_is.low_limit", number),
    ("bacnet.high_limit", "bacapp.who_is.high_limit", number),
    ("bacnet.vendor_id", "bacapp.vendor_identifier", number),
    ("bacnet.ttl", "bvlc.reg_ttl", number),
]

DIFFERENCES = """
- bacnet.dnet: tshark shows networks inside of network layer messages as well.
- bacapp.vendor_identifier: tshark shows it of private transfers as well.
"""
