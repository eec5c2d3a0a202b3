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
LEFT_OUT = {name: "the client begins anew after a Retry or with another version: both hellos are records of ours, tshark "
            "reads the first" for name in ("doq_adguard.pcapng", "quic-24.pcap", "quic-28.pcap", "quic-29.pcap",
                                           "quic_retry.pcap", "quic_vn.pcap")}
DIFFERENCES = """suricata-verify's quic-retry as well, whose capture has no name of its own."""
