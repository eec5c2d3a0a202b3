# SPDX-License-Identifier: Apache-2.0
"""QUIC: the hellos in Initial packets."""
EVENT = "quic"
FILTER = "quic && tls.handshake.type == 1"
PROTOCOLS = ["quic"]


def WHERE(e):
    """The first hello: tshark does not read the one again after a Retry or with another version."""
    q = e["quic"]
    return q.get("type") == "client_hello" and "ja3" in q and e.get("tx_id", 0) == 0


FIELDS = [
    ("quic.sni", "tls.handshake.extensions_server_name"),
    ("quic.ja3.hash", "tls.handshake.ja3"),
    ("quic.extensions.type", "tls.handshake.extension.type"),
]
LEFT_OUT = {name: "two hellos of one flow are read by tshark, after a Retry" for name in ("quic-24.pcap", "quic-29.pcap")}
DIFFERENCES = """After a Retry tshark mostly reads the first hello only, we have a record of both."""
