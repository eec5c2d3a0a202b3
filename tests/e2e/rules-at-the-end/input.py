# SPDX-License-Identifier: Apache-2.0
import sys

from packets import ACK, PSH, Capture, Tcp, tcp

# the first request never reaches the probe, nor does any acknowledgement of the second
with Capture(sys.argv[1]) as c:
    t = Tcp(c, "10.0.0.1", 40000, "10.0.0.2", 80)
    t.open()
    t.seq += 40
    c.add(tcp(*t.there, t.seq, t.ack, PSH | ACK, b"GET /needle HTTP/1.1\r\nHost: a\r\n\r\n"))
    t = Tcp(c, "10.0.0.1", 40001, "10.0.0.2", 80)
    t.open()
    t.client(b"GET /plain HTTP/1.1\r\nHost: a\r\n\r\n")
