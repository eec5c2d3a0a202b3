# SPDX-License-Identifier: Apache-2.0
import struct
import sys

from packets import Capture, udp


def tagged(frame, *tags):
    head = b"".join(struct.pack(">HH", 0x8100, t) for t in tags)
    return frame[:12] + head + frame[12:]


with Capture(sys.argv[1]) as c:
    frame = udp("10.0.0.3", 15000, "10.0.0.4", 15001, b"four")
    c.add(tagged(frame, 100))
    c.add(tagged(frame, 200, 300))
