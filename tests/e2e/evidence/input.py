# SPDX-License-Identifier: Apache-2.0
import sys

from packets import Capture, Tcp, udp

with Capture(sys.argv[1]) as c:
    a = Tcp(c, "10.0.0.1", 40000, "10.0.0.2", 80)
    b = Tcp(c, "10.0.0.1", 40001, "10.0.0.2", 80)
    for t in a, b:
        t.open()
        t.client(b"GET /quiet HTTP/1.1\r\nHost: www.city.example\r\n\r\n")
        t.server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    a.client(b"GET /needle HTTP/1.1\r\nHost: www.city.example\r\n\r\n")
    for i in range(3):
        b.client(b"GET /between HTTP/1.1\r\nHost: www.city.example\r\n\r\n")
        b.server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    a.server(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nneedle")
    for i in range(12):
        a.client(b"GET /later HTTP/1.1\r\nHost: www.city.example\r\n\r\n")
        a.server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    a.close()
    b.close()
    for i in range(3):
        c.add(udp("10.0.0.1", 5000, "10.0.0.2", 6000, b"one needle"))
        c.add(udp("10.0.0.2", 6000, "10.0.0.1", 5000, b"answer"))
