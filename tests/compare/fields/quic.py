# SPDX-License-Identifier: Apache-2.0
"""QUIC: the hellos in Initial packets."""
EVENT = "quic"
FILTER = "quic && tls.handshake.type == 1"
PROTOCOLS = ["quic"]


def WHERE(e):
    return e["quic"].get("type") == "client_hello" and "ja3" in e["quic"]


FIELDS = [
    ("quic.sni", "tls.handshake.extensions_server_name"),
    ("quic.ja3.hash", "tls.handshake.ja3"),
    ("quic.extensions.type", "tls.handshake.extension.type"),
]
