# SPDX-License-Identifier: Apache-2.0
import sys

from packets import Capture, Tcp

with Capture(sys.argv[1]) as c:
    t = Tcp(c, "10.0.0.1", 40000, "10.0.0.2", 80)
    t.open()
    t.client(b"GET /cgi-bin/ping?ip=1;id HTTP/1.1\r\nHost: www.city.example\r\n\r\n")
    t.server(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello")
    t.close()
