# SPDX-License-Identifier: Apache-2.0
import sys

from packets import Capture, fragments, udp

with Capture(sys.argv[1]) as c:
    parts = [fragments(udp("10.0.0.1", port, "10.0.0.2", 9000, b"x" * 80), port, 48) for port in (1, 2, 3, 4)]
    for first, _ in parts[:3]:
        c.add(first)
    c.now += 10_000_000
    for f in parts[3]:
        c.add(f)
