# SPDX-License-Identifier: Apache-2.0
# To the server: 6 packets of 54 bytes and 103 of payload; back: 4 of 54 and 100.
import sys

from packets import Capture, Tcp, udp

with Capture(sys.argv[1]) as c:
    t = Tcp(c, "10.0.0.1", 40000, "10.0.0.2", 7777)
    t.open()
    t.client(b"x" * 103)
    t.server(b"y" * 100)
    t.close()
    c.add(udp("10.0.0.3", 15000, "10.0.0.4", 15001, b"four"))
