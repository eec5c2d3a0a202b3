# SPDX-License-Identifier: Apache-2.0
"""RDP: negotiation and the client's data."""
EVENT = "rdp"
FILTER = "rdp"


def number(value):
    return str(int(value, 0))


FIELDS = [
    ("rdp.requested_protocols_number", "rdp.negReq.requestedProtocols", (str, number)),
    ("rdp.protocol_number", "rdp.negReq.selectedProtocol", (str, number)),
    ("rdp.error_code", "rdp.negFailure.failureCode", (str, number)),
    ("rdp.client.desktop_width", "rdp.desktop.width"),
    ("rdp.client.desktop_height", "rdp.desktop.height"),
    ("rdp.client.build_number", "rdp.client.build"),
    ("rdp.client.client_name", "rdp.client.name", (str, lambda v: v.rstrip("\0"))),
    ("rdp.client.keyboard_layout_id", "rdp.keyboardLayout", (str, number)),
    ("rdp.client.function_keys", "rdp.keyboard.functionkey"),
    ("rdp.client.product_id", "rdp.client.productId"),
    ("rdp.channels", "rdp.name", (str, lambda v: v.rstrip("\0"))),
    ("rdp.encryption_level", "rdp.encryptionLevel", (str, number)),
]
