# SPDX-License-Identifier: Apache-2.0
"""TFTP: requests."""
EVENT = "tftp"
FILTER = "tftp.opcode <= 2"
FIELDS = [
    ("tftp.packet", "tftp.opcode", (lambda v: {"read": "1", "write": "2"}.get(v), str)),
    ("tftp.mode", "tftp.type", (str, str.lower)),
]
