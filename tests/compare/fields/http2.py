# SPDX-License-Identifier: Apache-2.0
EVENT = "http"
FILTER = "http2 && !tls"
PROTOCOLS = ("http2",)


def WHERE(event):
    """Not the request that an upgrade turned into stream 1: it was sent as HTTP/1.1."""
    http = event["http"]
    names = [h.get("name") for h in http.get("request_headers", [])]
    return http.get("version") == "2" and ":scheme" in names


FIELDS = [
    ("http.http_method", "http2.headers.method"),
    ("http.url", "http2.headers.path"),
    ("http.status", "http2.headers.status"),
    ("http.http_user_agent", "http2.headers.user_agent"),
    ("http.server", "http2.headers.server"),
    ("http.content_encoding", "http2.headers.content_encoding"),
]
