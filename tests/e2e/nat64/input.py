# SPDX-License-Identifier: Apache-2.0
import sys

from packets import Capture, udp

with Capture(sys.argv[1]) as c:
    c.add(udp("2001:db8::5", 15000, "64:ff9b::c633:6407", 15001, b"four"))
    c.add(udp("64:ff9b::c633:6408", 15001, "2001:db8::5", 15002, b"four"))
    c.add(udp("2001:db8::5", 15000, "64:ff9b:1::c633:6407", 15001, b"four"))
