# SPDX-License-Identifier: Apache-2.0
import sys

from packets import ACK, PSH, Capture, Tcp, tcp, udp

with Capture(sys.argv[1]) as c:
    t = Tcp(c, "10.0.0.1", 40000, "10.0.0.2", 7777)
    t.open()
    later = t.seq + 4
    c.add(tcp(*t.there, later, t.ack, PSH | ACK, b"evil"))
    c.add(tcp(*t.there, later, t.ack, PSH | ACK, b"good"))
    t.client(b"say ")
    t.seq += 4
    t.seq += 100  # never seen
    t.client(b"after the hole")
    t.close()
    damaged = bytearray(udp("10.0.0.1", 5000, "10.0.0.3", 5001, b"hello"))
    damaged[39] = 7  # a UDP length below its header
    c.add(bytes(damaged))
    http = Tcp(c, "10.0.0.1", 40001, "10.0.0.4", 8080)
    http.open()
    http.client(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    http.server(b"SSH-2.0-OpenSSH_9.2\r\n")
    http.close()
    # picked up in the middle: the server speaks first
    c.add(tcp("10.0.0.5", 80, "10.0.0.1", 40002, 900, 100, PSH | ACK, b"rest of a page"))
    c.add(tcp("10.0.0.1", 40002, "10.0.0.5", 80, 100, 914, PSH | ACK, b"GET /next HTTP/1.1\r\nHost: b\r\n\r\n"))
