# SPDX-License-Identifier: Apache-2.0
import sys

from packets import Capture, Tcp

with Capture(sys.argv[1]) as c:
    Tcp(c, "10.0.0.1", 40000, "10.0.0.2", 7777).client(b"a needle in midstream")
