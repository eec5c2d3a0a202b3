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
LEFT_OUT = {"capwap.pcap": "DTLS inside CAPWAP, which the probe does not open",
            "dtls.pcap": "tshark has a line for the HelloRetryRequest, we have one record",
            "geforcenow.pcapng": "behind STUN in the same flow", "stun_zoom.pcapng": "behind STUN in the same flow"}
