# SPDX-License-Identifier: Apache-2.0
"""TLS: certificates of both sides, issuers included."""
import re

EVENT = "tls"
FILTER = "tls.handshake.type == 11 && tcp && !(tcp.analysis.retransmission)"
PROTOCOLS = ["tls"]


def WHERE(e):
    return e.get("proto") == "TCP"


def number(text):
    return text.replace(":", "").lower().lstrip("0")


def dns(value):
    """Addresses and URIs, which EVE has in the same list, have fields of their own in tshark."""
    return None if ":" in value or re.fullmatch(r"[0-9.]+", value) else value


FIELDS = [
    ("tls.**.serial", "x509af.serialNumber", number),
    ("tls.subjectaltname", "x509ce.dNSName", (dns, str)),
]
LEFT_OUT = {
    "capwap_data.pcapng": "inside CAPWAP, which we do not open",
    "socks-https-example.pcap": "inside SOCKS",
    "socks4-https.pcap": "inside SOCKS",
    "adb_synthetic.pcap": "inside the Android debug bridge",
    "ndpi/openvpn.pcap": "inside OpenVPN",
    "ndpi/haproxy.pcap": "behind a line of HAProxy",
    "tls_heur__shadowsocks-tcp.pcapng": "inside SOCKS",
    "tls_heur__trojan-tcp-tls.pcapng": "inside SOCKS",
    "tls_heur__vmess-tcp-tls.pcapng": "inside SOCKS",
    "tls_heur__vmess-websocket.pcapng": "inside SOCKS",
    "tls-duplicate-hello/input.pcap": "two hellos in one connection make one record",
    "ipfixprobe/tests/functional/inputs/tls.pcap": "connections that are in it twice: retransmissions to tshark",
}
