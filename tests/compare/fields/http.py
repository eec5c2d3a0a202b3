# SPDX-License-Identifier: Apache-2.0
EVENT = "http"
FILTER = "http && !ssdp && !icmp && !icmpv6"
PROTOCOLS = ("http",)
TSHARK = ["-o", "http.desegment_body:FALSE"]  # else it says nothing of a message whose body is not all there
PROBE = ["--set", "mask.names=no", "--set", "mask.numbers=no"]  # keys and numbers in addresses


LEFT_OUT = {
    "ndpi/fuzz-2006-09-29-28586.pcap": "damaged at random",
    "sctp-www.pcap": "HTTP over SCTP, which we do not open",
    "ndpi/shadowsocks.pcap": "inside SOCKS",
}
for n in ("socks-http-example", "socks5-reverse", "socks5-http-302", "socks5-http-302-frag", "socks-http-pass"):
    LEFT_OUT[n + ".pcap"] = "inside SOCKS, which we do not open"
for n in range(1, 500):
    LEFT_OUT["http-evader-%03d/input.pcap" % n] = "answers broken on purpose, which every parser reads in its own way"
for n in range(9):
    LEFT_OUT["ldap-http-method-ev%d.pcap" % n] = "a method of signs, which tshark does not take for one"

DIFFERENCES = """
tshark does not dissect messages that it cannot tell from a body (http-manipulated), and puts methods and addresses of
odd request lines elsewhere. Responses without their request have libhtp's name for an address; it is left out.
"""


def address(text):
    return None if "libhtp::" in str(text) else str(text)


def WHERE(event):
    return event["http"].get("version") != "2"


def value(text):
    return str(text).split(";")[0].strip().lower()


def host(text):
    text = str(text)
    bare = text.rsplit(":", 1)[0] if text.rsplit(":", 1)[-1].isdigit() else text
    return bare.lower()


FIELDS = [
    ("http.http_method", "http.request.method"),
    ("http.url", "http.request.uri", (address, address)),
    ("http.hostname", "http.host", (host, host)),
    ("http.http_user_agent", "http.user_agent"),
    ("http.http_refer", "http.referer"),
    ("http.status", "http.response.code"),
    ("http.server", "http.server"),
    ("http.content_encoding", "http.content_encoding", (value, value)),
    ("http.accept_language", "http.accept_language"),
    ("http.xff", "http.x_forwarded_for"),
    ("http.protocol", "http.request.version"),
]
