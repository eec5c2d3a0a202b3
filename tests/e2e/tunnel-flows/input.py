# SPDX-License-Identifier: Apache-2.0
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../pcaps/recipes"))
import wrap

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
frames = list(wrap.read(f"{TOP}/pcaps/lateral-ftp.pcap"))
_, one = wrap.wrap("vxlan", frames)
wrap.write(sys.argv[1], 1, one)
