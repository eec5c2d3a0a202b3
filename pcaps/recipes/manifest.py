#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes MANIFEST.tsv from the captures and the "# makes:" lines of the recipes."""
import glob
import hashlib
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PCAPS = os.path.dirname(HERE)


def packets(data):
    at, n = 24, 0
    while at < len(data):
        at += 16 + struct.unpack_from('<I', data, at + 8)[0]
        n += 1
    return n


made = {}
for recipe in sorted(glob.glob(HERE + '/*.sh') + glob.glob(HERE + '/*.py')):
    for line in open(recipe, encoding='utf-8'):
        if line.startswith('# makes: '):
            name, tools, purpose = line[len('# makes: '):].rstrip('\n').split('\t')
            made[name] = (os.path.basename(recipe), tools, purpose)
for listing in glob.glob(PCAPS + '/*/PURPOSE.tsv'):
    for line in open(listing, encoding='utf-8'):
        name, recipe, tools, purpose = line.rstrip('\n').split('\t')
        made[os.path.basename(os.path.dirname(listing)) + '/' + name] = (recipe, tools, purpose)

bad = 0
with open(PCAPS + '/MANIFEST.tsv', 'w', encoding='utf-8') as out:
    out.write('file\tsha256\tpackets\trecipe\tmaker\tlicence\tpurpose\n')
    for path in sorted(glob.glob(PCAPS + '/*.pcap') + glob.glob(PCAPS + '/*/*.pcap')):
        name = os.path.relpath(path, PCAPS)
        if name not in made:
            print('no recipe makes', name, file=sys.stderr)
            bad = 1
            continue
        recipe, tools, purpose = made[name]
        data = open(path, 'rb').read()
        out.write('\t'.join((name, hashlib.sha256(data).hexdigest(), str(packets(data)), recipe,
                             tools, 'Apache-2.0', purpose)) + '\n')
sys.exit(bad)
