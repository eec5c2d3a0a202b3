# SPDX-License-Identifier: Apache-2.0
import sys

from packets import Capture, Tcp, udp

with Capture(sys.argv[1]) as c:
    t = Tcp(c, "10.0.0.1", 40000, "10.0.0.2", 80)
    t.open()
    t.client(b"GET /cgi-bin/ping?ip=1;id&password=horsebattery HTTP/1.1\r\nHost: www.city.example\r\n"
             b"Cookie: s=topsecret\r\n\r\n")
    t.server(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello")
    t.close()
    t = Tcp(c, "10.0.0.1", 40001, "10.0.0.2", 21)
    t.open()
    t.server(b"220 ready\r\n")
    t.client(b"USER anna\r\n")
    t.server(b"331 password\r\n")
    t.client(b"PASS horsebattery\r\n")
    t.server(b"230 in\r\n")
    t.close()
    c.add(udp("10.0.0.1", 5000, "10.0.0.2", 6000, b"\x01\x02magic\xff\x00"))
