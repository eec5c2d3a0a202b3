# SPDX-License-Identifier: Apache-2.0
"""TLS: ClientHellos. tshark has a line for each hello, we have a record for each handshake."""
EVENT = "tls"
FILTER = "tls.handshake.type == 1 && tcp && !(tcp.analysis.retransmission)"
PROTOCOLS = ["tls"]


def WHERE(e):
    return e.get("proto") == "TCP" and "ja3" in e["tls"]


def version(text):
    return text.split(",")[0]


FIELDS = [
    ("tls.sni", "tls.handshake.extensions_server_name"),
    ("tls.ja3.hash", "tls.handshake.ja3"),
    ("tls.ja3.string", "tls.handshake.ja3_full"),
    ("tls.client_alpns", "tls.handshake.extensions_alpn_str"),
]
