# SPDX-License-Identifier: Apache-2.0
import sys

from packets import SYN, Capture, tcp

with Capture(sys.argv[1], step=0.05) as c:
    for port in range(1, 61):
        c.add(tcp("10.0.0.1", 40000 + port, "10.0.0.2", port, 1000, 0, SYN))
