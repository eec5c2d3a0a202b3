#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# makes: lateral-smb.pcap	scapy	hand-built SMB2: a service program copied to ADMIN$, the service pipes opened, as PsExec does
"""SMB2 between two cloud hosts the way PsExec uses it: IPC$, ADMIN$, the file
PSEXESVC.exe written (no program in it), svcctl, then the service's own pipe."""
import os
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from craft import (Capture, smb2, smb2_create, smb2_negotiate, smb2_negotiated,  # noqa: E402
                   smb2_ok, smb2_tree)

OUT = os.environ.get('OUT') or os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
NTLM = b'NTLMSSP\0'


def session(s, message, token, status=0):
    s.up(smb2(1, struct.pack('<HBBIIHHQ', 25, 0, 1, 0x7f, 0, 88, len(token), 0) + token, message=message))
    back = NTLM + struct.pack('<I', 2) + bytes(40)
    s.down(smb2(1, struct.pack('<HHHH', 9, 0, 72, len(back)) + back, True, message, session=0x11, status=status))


cap = Capture()
s = cap.tcp('10.20.5.20', '10.20.5.31', 445)
s.up(smb2_negotiate()).down(smb2_negotiated())
session(s, 1, NTLM + struct.pack('<I', 1) + bytes(24), 0xc0000016)
session(s, 2, NTLM + struct.pack('<I', 3) + bytes(52))
m = 3
for share, names in (('\\\\10.20.5.31\\IPC$', ()), ('\\\\10.20.5.31\\ADMIN$', ('PSEXESVC.exe',)),
                     ('\\\\10.20.5.31\\IPC$', ('svcctl', 'PSEXESVC', 'PSEXESVC-INNER20-4242-stdout'))):
    s.up(smb2_tree(share, m)).down(smb2_ok(3, m))
    m += 1
    for name in names:
        cap.wait(0.2)
        s.up(smb2_create(name, m)).down(smb2_ok(5, m, size=88))
        m += 1
        text = b'MZ' + bytes(3000) if name.endswith('.exe') else b'laboratory'
        s.up(smb2(9, struct.pack('<HHIQ16sIIHHI', 49, 112, len(text), 0, b'f' * 16, 0, 0, 0, 0, 0) + text,
                  message=m, tree=1, session=0x11)).down(smb2_ok(9, m))
        m += 1
s.close()
cap.write(os.path.join(OUT, 'lateral-smb.pcap'))
