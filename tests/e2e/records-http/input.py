# SPDX-License-Identifier: Apache-2.0
import sys

from packets import Capture, Tcp

with Capture(sys.argv[1]) as c:
    t = Tcp(c, "10.0.0.1", 40000, "10.0.0.2", 80)
    t.open()
    t.client(b"GET /a?b=1 HTTP/1.1\r\nHost: www.city.example\r\nUser-Agent: curl/8\r\nCookie: s=topsecret\r\n"
             b"Authorization: Basic dXNlcjpob3JzZQ==\r\n\r\n")
    t.server(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello")
    t.client(b"GET /second HTTP/1.1\r\nHost: www.city.example\r\n\r\n")
    t.server(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    t.close()
