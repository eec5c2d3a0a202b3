# SPDX-License-Identifier: Apache-2.0
EVENT = "http"
FILTER = "http && !ssdp && !icmp && !icmpv6"
PROTOCOLS = ("http",)
TSHARK = ["-o", "http.desegment_body:FALSE"]  # else it says nothing of a message whose body is not all there
PROBE = ["--set", "mask.names=no", "--set", "mask.numbers=no"]  # keys and numbers in addresses


LEFT_OUT = {
    "ndpi/fuzz-2006-09-29-28586.pcap": "damaged at random",
    "ndpi/ndpi_match_string_subprotocol__error.pcapng": "damaged at random",
    "ndpi/soap.pcap": "a request to port 4176, where tshark does not look for HTTP",
    "uricontent/detect-uricontent-02/input.pcap": "requests on other ports, where tshark does not look for HTTP",
    "engine-state/detect-engine-state-01/input.pcap": "the same",
    "detect-app-layer-protocol-03/input.pcap": "a method NOTMETHOD, which tshark does not take for one",
    "tcp-urgent-2byte-XY.pcap": "urgent bytes within the request, at which tshark gives up",
    "tcp-rst-unacked-stream-07-http/input.pcap": "a hole in a request: tshark reads the fields behind it, we do not",
    "http-data-after-09/input.pcap": "a request without a version: what is answered is a body to libhtp",
    "protocols/arkime/tests/pcap/wireshark-retrans.pcap": "each packet three times: tshark reads two answers twice",
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
tshark does not dissect messages that it cannot tell from a body (http-manipulated), puts methods and addresses of odd
request lines elsewhere (two blanks, detect-pcre-04), does not find requests that are retransmitted while they are put
together (two of 1kxun), nor answers whose end it does not see (http-gap-*, http-close-headers, two of the
zeek-agenttesla-detector's). We do not look for answers to what is no request (byte-extract-01, http-not09-file,
filestore-5408), and libhtp joins a field that comes twice (a Server of tls-subjectaltname). Responses without their
request have libhtp's name for an address; it is left out, and so are interim answers (100), whose place in the record
the final one takes.
"""


def status(text):
    return None if text == "100" else text


def version(text):
    """The last word of what tshark took for it."""
    return (text.split() or [""])[-1]


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
    ("http.status", "http.response.code", (str, status)),
    ("http.server", "http.server"),
    ("http.content_encoding", "http.content_encoding", (value, value)),
    ("http.accept_language", "http.accept_language"),
    ("http.xff", "http.x_forwarded_for"),
    ("http.protocol", "http.request.version", (str, version)),
]
