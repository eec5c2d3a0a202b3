# SPDX-License-Identifier: Apache-2.0
"""TLS: certificates of both sides, issuers included."""
import re

EVENT = "tls"
FILTER = "tls.handshake.type == 11 && tcp"
PROTOCOLS = ["tls"]
TSHARK = ["-o", "tcp.reassemble_out_of_order:TRUE"]


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
    "ndpi/gnutella.pcap": "TLS that Gnutella was upgraded to, which we do not follow",
    "ndpi/nomachine.pcapng": "TLS behind NoMachine's greeting, which we do not follow",
    "ndpi/KakaoTalk_talk.pcap": "TLS on port 8080, which tshark takes for HTTP",
    "ndpi/KakaoTalk_chat.pcap": "a connection of which tshark does not put the hello together",
    "0e328ab7-12b2-4843-8717-a5b3ebef33a8.pcap": "stapled OCSP answers, whose signers' certificates tshark lists, too",
    "db9f075c-7879-4957-923a-f79fac957a2d.pcap": "the same",
    "9596cf60-0da6-47a7-a375-1f25ae32d843.pcap": "the same",
    "09ffabf7-774a-43a3-8c97-68f2046fd385.pcap": "the same",
    "tls/tls-subjectaltname/input.pcap": "the same",
    "ndpi/sites.pcapng": "the same",
    "ndpi/riot.pcapng": "a connection of which the hellos are not there",
    "ipfixprobe/tests/functional/inputs/tls.pcap": "connections that are in it twice: retransmissions to tshark",
}
DIFFERENCES = """
Names are those of a server's first certificate, as in EVE; tshark lists those of the others, too (TLCP's second one of
lab/tlcp-*, pinterest). A name that goes on behind a zero byte is cut there by tshark (tls-altname-zero).
"""
