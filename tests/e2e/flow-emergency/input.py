# SPDX-License-Identifier: Apache-2.0
import sys

from packets import SYN, Capture, Tcp, tcp

with Capture(sys.argv[1]) as c:
    t = Tcp(c, "10.0.0.1", 40000, "10.0.0.2", 9000)
    t.open()
    t.client(b"x")
    for n in range(100):
        c.add(tcp("10.0.0.9", 1000 + n, "10.0.0.2", 9000, n, 0, SYN))
    t.client(b"y")
    t.client(b"z")
