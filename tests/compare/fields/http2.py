# SPDX-License-Identifier: Apache-2.0
EVENT = "http"
FILTER = "http2 && !tls"
PROTOCOLS = ("http2",)


def WHERE(event):
    return event["http"].get("version") == "2"


FIELDS = [
    ("http.http_method", "http2.headers.method"),
    ("http.url", "http2.headers.path"),
    ("http.status", "http2.headers.status"),
    ("http.http_user_agent", "http2.headers.user_agent"),
    ("http.server", "http2.headers.server"),
    ("http.content_encoding", "http2.headers.content_encoding"),
    ("http.http2.request.settings.settings_value", "http2.settings.none"),
]
FIELDS.pop()
