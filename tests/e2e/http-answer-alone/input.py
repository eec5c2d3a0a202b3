# SPDX-License-Identifier: Apache-2.0
import sys

from packets import Capture, Tcp

noise = b"\x99\x01\x02" + bytes(range(0x80, 0xe0))
refused = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\nno way"

with Capture(sys.argv[1]) as c:
    t = Tcp(c, "10.0.0.1", 40000, "10.0.0.2", 80)
    t.open()
    t.client(noise)
    t.client(b"GET /not-a-request HTTP/1.1\r\n\r\n")
    t.server(refused[:5])
    t.server(refused[5:])
    t.close()
    t = Tcp(c, "10.0.0.1", 40001, "10.0.0.2", 80)
    t.open()
    t.client(noise)
    t.server(noise)
    t.server(refused)
    t.close()
