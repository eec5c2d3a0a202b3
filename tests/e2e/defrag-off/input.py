# SPDX-License-Identifier: Apache-2.0
import sys

from packets import Capture, fragments, udp

with Capture(sys.argv[1]) as c:
    for f in fragments(udp("10.0.0.1", 4000, "10.0.0.2", 9000, b"x" * 120), 7, 48):
        c.add(f)
