#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The captures of the signatures: for each theme one in which every rule has
something to find (sig/THEME.pcap) and one of near misses, the same protocol
and often the same words, in which none has (sig/THEME-not.pcap).

Writes also sig/PURPOSE.tsv for the manifest, and signatures/CASES.tsv.
The cases themselves are in sig_*.py: THEMES = {name: [(sid, fires, near miss), ...]},
each of the two a function of a Capture or a list of them.
"""
import glob
import importlib
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from craft import Capture  # noqa: E402

PCAPS = os.environ.get('OUT') or os.path.dirname(HERE)
SIG = os.path.join(PCAPS, 'sig')
TABLE = os.path.join(os.path.dirname(os.path.dirname(HERE)), 'signatures', 'CASES.tsv')


def play(cap, what):
    for act in what if isinstance(what, list) else [what]:
        act(cap)
        cap.wait(0.5)


os.makedirs(SIG, exist_ok=True)
cases, purposes = [], []
for path in sorted(glob.glob(HERE + '/sig_*.py')):
    module = importlib.import_module(os.path.basename(path)[:-3])
    recipe = os.path.basename(path)
    for theme, rows in module.THEMES.items():
        fires, near = Capture(), Capture()
        for sid, yes, no in rows:
            play(fires, yes)
            play(near, no)
            cases.append((sid, 'pcaps/sig/%s.pcap' % theme, 'pcaps/sig/%s-not.pcap' % theme))
        fires.write('%s/%s.pcap' % (SIG, theme))
        near.write('%s/%s-not.pcap' % (SIG, theme))
        purposes.append((theme + '.pcap', recipe, 'scapy', 'fires every %s signature' % theme))
        purposes.append((theme + '-not.pcap', recipe, 'scapy', 'near misses of the %s signatures; none fires' % theme))

# the same signatures on what real programs sent (rebuilt by their own recipes)
for sids, fires, near in (
        ((1,), 'scan-nmap', 'benign-web'), ((12,), 'brute-ssh', 'benign-ssh'),
        ((101, 102, 105, 106, 110, 905, 908), 'exploit-log4shell', 'benign-web'),
        ((143, 202, 203, 210, 211), 'webshell-jsp', 'benign-web'), ((901,), 'beacon-http', 'benign-web'),
        ((805, 806, 808), 'lateral-smb', 'sig/smb-not'), ((401,), 'lateral-ftp', 'sig/cleartext-not'),
        ((501, 502, 503), 'tunnel-iodine', 'benign-dns')):
    cases += [(4200000 + sid, 'pcaps/%s.pcap' % fires, 'pcaps/%s.pcap' % near) for sid in sids]

with open(SIG + '/PURPOSE.tsv', 'w', encoding='utf-8') as f:
    f.writelines('\t'.join(row) + '\n' for row in purposes)
with open(TABLE, 'w', encoding='utf-8') as f:
    f.write('sid\tfires\tnot\n')
    f.writelines('%d\t%s\t%s\n' % row for row in sorted(cases))
