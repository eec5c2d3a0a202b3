# SPDX-License-Identifier: Apache-2.0
"""DTLS: hellos."""
EVENT = "tls"
FILTER = "dtls.handshake.type == 2"
PROTOCOLS = ["dtls"]


def WHERE(e):
    return e.get("app_proto") == "dtls" and "ja3s" in e["tls"]


FIELDS = [
    ("tls.ja3s.hash", "dtls.handshake.ja3s"),
    ("tls.ja3s.string", "dtls.handshake.ja3s_full"),
]
