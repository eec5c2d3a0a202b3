# SPDX-License-Identifier: Apache-2.0
"""Modbus: headers, functions, addresses, quantities, masks and registers of requests and responses."""
EVENT = "modbus"
FILTER = "mbtcp && modbus"
PROTOCOLS = ("mbtcp", "modbus")


def number(value):
    return str(int(str(value), 0))


FIELDS = [
    ("modbus.*.transaction_id", "mbtcp.trans_id", number),
    ("modbus.*.protocol_id", "mbtcp.prot_id", number),
    ("modbus.*.unit_id", "mbtcp.unit_id", number),
    ("modbus.*.function_raw", "modbus.func_code", number),
    ("modbus.*.exception.raw", "modbus.exception_code", number),
    ("modbus.*.diagnostic.raw", "modbus.diagnostic_code", number),
    ("modbus.*.mei.raw", "modbus.mei", number),
    ("modbus.*.objects.id", "modbus.object_id", number),
    ("modbus.*.objects.value", "modbus.object_str_value"),
    ("modbus.*.write.and_mask", "modbus.and_mask", number),
    ("modbus.*.write.or_mask", "modbus.or_mask", number),
]

DIFFERENCES = """
- objects.id: tshark gives this name also to the object that a request asks from and to the one that follows.
- arkime_synthetic.pcap: one message without a port that tshark knows; we read it by its form.
"""
