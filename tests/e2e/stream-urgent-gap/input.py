# SPDX-License-Identifier: Apache-2.0
import sys

from packets import ACK, PSH, Capture, Tcp, tcp

with Capture(sys.argv[1]) as c:
    t = Tcp(c, "10.0.0.1", 40000, "10.0.0.2", 9000)
    t.open()
    for part, urgent in (b"the nee!", 8), (b"dle.", 0):
        c.add(tcp(*t.there, t.seq, t.ack, PSH | ACK, part, urgent=urgent))
        t.seq += len(part)
        c.add(tcp(*t.back, t.ack, t.seq, ACK))
    t.close()
