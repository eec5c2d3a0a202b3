# SPDX-License-Identifier: Apache-2.0
import sys

from packets import ACK, PSH, RST, SYN, Capture, Tcp, tcp

with Capture(sys.argv[1]) as c:
    for i in range(13):  # the last two are more than may wait
        c.add(tcp("10.0.0.1", 1000, "10.0.0.2", 80, 1000 * i, 0, SYN))
    t = Tcp(c, "10.0.0.1", 2000, "10.0.0.2", 80)
    t.open()
    c.add(tcp(*t.there, t.seq, t.ack, RST | ACK))
    t.client(b"it goes on")
    t.client(b"and on")
    t = Tcp(c, "10.0.0.1", 3000, "10.0.0.2", 80)
    c.add(tcp(*t.there, t.seq, 0, SYN))
    c.add(tcp(*t.back, t.ack, 77, SYN | ACK))
    t = Tcp(c, "10.0.0.1", 4000, "10.0.0.2", 80)
    t.open()
    t.client(b"once")
    c.add(tcp(*t.there, t.seq - 4, t.ack, PSH | ACK, b"once"))
    c.add(tcp(*t.there, t.seq + 500000, t.ack, PSH | ACK, b"far away"))
    c.add(tcp("10.0.0.1", 5000, "10.0.0.2", 80, 1, 0, RST))
