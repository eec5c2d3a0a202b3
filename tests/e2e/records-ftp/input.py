# SPDX-License-Identifier: Apache-2.0
import sys

from packets import Capture, Tcp

with Capture(sys.argv[1]) as c:
    t = Tcp(c, "10.0.0.1", 40000, "10.0.0.2", 21)
    t.open()
    t.server(b"220 ready\r\n")
    for command, reply in ((b"USER anna", b"331 password"), (b"PASS horsebattery", b"230 in"), (b"QUIT", b"221 bye")):
        t.client(command + b"\r\n")
        t.server(reply + b"\r\n")
    t.close()
