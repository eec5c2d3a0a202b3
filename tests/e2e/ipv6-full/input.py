# SPDX-License-Identifier: Apache-2.0
import sys

from packets import Capture, udp

with Capture(sys.argv[1]) as c:
    c.add(udp("2001:db8::1", 5000, "fe80::2", 5001, b"six"))
