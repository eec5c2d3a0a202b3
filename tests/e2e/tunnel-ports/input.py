# SPDX-License-Identifier: Apache-2.0
import struct, sys

from packets import Capture, udp

with Capture(sys.argv[1]) as c:
    for vni, port in enumerate((5000, 5001, 5002, 4789, 6081), 1):
        vxlan = struct.pack(">II", 0x08000000, vni << 8)
        geneve = struct.pack(">HHI", 0, 0x6558, vni << 8)
        inner = udp("10.1.0.1", 40000 + vni, "10.1.0.2", 9000, b"inside")
        c.add(udp("192.0.2.1", 50000, "192.0.2.2", port, (vxlan if port in (5000, 4789) else geneve) + inner))
