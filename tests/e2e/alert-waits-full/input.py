# SPDX-License-Identifier: Apache-2.0
import sys

from packets import ACK, PSH, Capture, Tcp, tcp

with Capture(sys.argv[1]) as c:
    t = Tcp(c, "10.0.0.1", 40000, "10.0.0.2", 7777)
    t.open()
    ends = []
    for i in range(300):
        data = b"%03d NEEDLE\r\n" % i
        c.add(tcp(*t.there, t.seq, t.ack, PSH | ACK, data))
        t.seq += len(data)
        ends.append(t.seq)
    for end in ends:
        c.add(tcp(*t.back, t.ack, end, ACK))
    t.close()
