# SPDX-License-Identifier: Apache-2.0
import sys

from packets import Capture, Tcp

with Capture(sys.argv[1]) as c:
    t = Tcp(c, "10.0.0.1", 40000, "10.0.0.2", 80)
    t.client(b"GET /needle HTTP/1.1\r\nHost: example.net\r\n\r\n")
    t.server(b"HTTP/1.1 204 No Content\r\n\r\n")
    t.close()
