# SPDX-License-Identifier: Apache-2.0
"""TLS: ClientHellos. tshark has a line for each hello, we have a record for each handshake. The text of JA3 is five of
the hello's parts; it leaves the reserved values out (RFC 8701)."""
EVENT = "tls"
FILTER = "tls.handshake.type == 1 && tcp && !(tcp.analysis.retransmission)"
PROTOCOLS = ["tls"]


def WHERE(e):
    return e.get("proto") == "TCP" and "ja3" in e["tls"]


def number(value):
    n = int(value, 0)
    return None if n & 0x0F0F == 0x0A0A and n >> 8 == n & 0xFF else str(n)


def part(n):
    return lambda text: [v for v in text.split(",")[n].split("-") if v], number


FIELDS = [
    ("tls.sni", "tls.handshake.extensions_server_name"),
    ("tls.ja3.hash", "tls.handshake.ja3"),
    ("tls.ja3.string", "tls.handshake.ja3_full"),
    ("tls.ja3.string", "tls.handshake.version", part(0)),
    ("tls.ja3.string", "tls.handshake.ciphersuite", part(1)),
    ("tls.ja3.string", "tls.handshake.extension.type", part(2)),
    ("tls.ja3.string", "tls.handshake.extensions_supported_group", part(3)),
    ("tls.ja3.string", "tls.handshake.extensions_ec_point_format", part(4)),
    ("tls.client_alpns", "tls.handshake.extensions_alpn_str"),
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
    "ndpi/steam.pcapng": "the same: the second one answers a HelloRetryRequest",
    "ndpi/reddit.pcap": "the same",
    "ndpi/tumblr.pcap": "the same",
    "bug-5758/input.pcap": "the same",
    "ndpi/gnutella.pcap": "TLS that Gnutella was upgraded to, which we do not follow",
    "ndpi/nomachine.pcapng": "TLS behind NoMachine's greeting, which we do not follow",
    "ndpi/KakaoTalk_talk.pcap": "a hello on port 8080, which tshark takes for HTTP",
    "smtp-errors/smtperr.pcap": "a client that speaks TLS to a server of SMTP: an anomaly of SMTP's flow",
    "ipfixprobe/tests/functional/inputs/tls.pcap": "connections that are in it twice: retransmissions to tshark",
}
