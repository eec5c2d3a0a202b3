# SPDX-License-Identifier: Apache-2.0
"""EtherNet/IP and CIP: encapsulation, services, paths and statuses, those inside of others included."""
EVENT = "enip"
FILTER = "enip && !cipio"


def number(value):
    return str(int(str(value), 0))


FIELDS = [
    ("enip.*.command_code", "enip.command", number),
    ("enip.*.length", "enip.length", number),
    ("enip.*.session", "enip.session", number),
    ("enip.*.status_code", "enip.status", number),
    ("enip.*.sequence", "cip.seq", number),
    ("enip.*.cip.**.service_code", "cip.sc", number),
    ("enip.*.cip.**.status_code", "cip.genstat", number),
    ("enip.*.identity.product_name", "enip.lir.name"),
    ("enip.*.identity.vendor_id", "enip.lir.vendor", number),
    ("enip.*.identity.device_type", "enip.lir.devtype", number),
    ("enip.*.identity.product_code", "enip.lir.prodcode", number),
]

LEFT_OUT = {"toca-boca.pcap": "tshark takes datagrams of a game for EtherNet/IP by their port"}
