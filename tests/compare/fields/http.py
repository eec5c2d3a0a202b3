# SPDX-License-Identifier: Apache-2.0
EVENT = "http"
FILTER = "http && !ssdp && !icmp && !icmpv6"
PROTOCOLS = ("http",)


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
