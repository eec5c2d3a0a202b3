# SPDX-License-Identifier: Apache-2.0
"""TLS: ServerHellos."""
EVENT = "tls"
FILTER = "tls.handshake.type == 2 && tcp"
PROTOCOLS = ["tls"]
TSHARK = ["-o", "tcp.reassemble_out_of_order:TRUE"]


def WHERE(e):
    return e.get("proto") == "TCP" and "ja3s" in e["tls"]


SUITES = {}
try:
    import subprocess
    for line in subprocess.run(["tshark", "-G", "values"], capture_output=True, text=True, check=False).stdout.splitlines():
        f = line.split("\t")
        if f[:2] == ["V", "tls.handshake.ciphersuite"]:
            SUITES[int(f[2])] = f[3]
except OSError:
    pass


def suite(number):
    n = int(number, 0)
    return SUITES.get(n, "0x%04x" % n)


FIELDS = [
    ("tls.cipher_suite", "tls.handshake.ciphersuite", (str, suite)),
    ("tls.ja3s.hash", "tls.handshake.ja3s"),
    ("tls.ja3s.string", "tls.handshake.ja3s_full"),
    ("tls.ja3s.string", "tls.handshake.version", (lambda text: text.split(",")[0], lambda v: str(int(v, 0)))),
    ("tls.ja3s.string", "tls.handshake.extension.type", (lambda text: [v for v in text.split(",")[2].split("-") if v], str)),
    ("tls.server_alpns", "tls.handshake.extensions_alpn_str"),
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
    "ndpi/steam.pcapng": "the same: a HelloRetryRequest is one to tshark",
    "ndpi/reddit.pcap": "the same",
    "ndpi/tumblr.pcap": "the same",
    "bug-5758/input.pcap": "the same",
    "ndpi/gnutella.pcap": "TLS that Gnutella was upgraded to, which we do not follow",
    "ndpi/nomachine.pcapng": "TLS behind NoMachine's greeting, which we do not follow",
    "ndpi/KakaoTalk_talk.pcap": "TLS on port 8080, which tshark takes for HTTP",
    "arkime_synthetic.pcap": "hundreds of extensions: the text of JA3S is longer than we keep, and left out",
    "ipfixprobe/tests/functional/inputs/tls.pcap": "connections that are in it twice: retransmissions to tshark",
}
DIFFERENCES = """
tshark does not put the hello of one connection of KakaoTalk_chat together.
"""
