# SPDX-License-Identifier: Apache-2.0
import sys

from packets import ACK, FIN, PSH, SYN, Capture, tcp

there = ("10.0.0.1", 40000, "10.0.0.2", 80)
request = b"GET /needle HTTP/1.1\r\nHost: example.net\r\n\r\n"

with Capture(sys.argv[1]) as c:
    c.add(tcp(*there, 1000, 0, SYN))
    c.add(tcp(*there, 1001, 5001, ACK))
    c.add(tcp(*there, 1001, 5001, PSH | ACK, request))
    c.add(tcp(*there, 1001 + len(request), 5001, FIN | ACK))
