#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# makes: story.pcap	the captures named in story.py	one incident in order, forty minutes long, among harmless traffic; told in story.md
"""Puts the captures of the other recipes on one clock.

A part is either stretched (every packet, so that cause and effect keep their
order) or its flows are spread (each flow keeps its own pace, which suits
requests that have nothing to do with each other).
"""
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.environ.get('OUT') or os.path.join(HERE, '..')
START = 1789347600_000000  # 2026-09-14 09:00:00 in Beijing, microseconds

# part, first second, seconds it takes, spread flows
PARTS = (
    ('benign-web', 5, 2380, True),
    ('benign-dns', 2, 2390, True),
    ('benign-ssh', 120, 150, False),
    ('scan-nmap', 300, 75, False),
    ('exploit-log4shell', 540, 60, False),
    ('webshell-jsp', 780, 180, False),
    ('beacon-http', 840, 1500, True),
    ('brute-ssh', 1080, 150, False),
    ('lateral-smb', 1440, 20, False),
    ('lateral-ftp', 1620, 60, False),
    ('tunnel-iodine', 1860, 240, False),
)


def read(path):
    with open(path, 'rb') as f:
        data = f.read()
    if struct.unpack_from('<I', data)[0] != 0xa1b2c3d4 or struct.unpack_from('<I', data, 20)[0] != 1:
        sys.exit(path + ': not a little-endian microsecond Ethernet pcap')
    at = 24
    while at < len(data):
        sec, usec, size, _ = struct.unpack_from('<4I', data, at)
        yield sec * 1000000 + usec, data[at + 16:at + 16 + size]
        at += 16 + size


def flow_key(frame):
    head = 14 + (frame[14] & 15) * 4
    ends = [frame[26:30] + frame[head:head + 2], frame[30:34] + frame[head + 2:head + 4]]
    return bytes(frame[23:24]) + b''.join(sorted(ends))


def placed(name, start, seconds, spread):
    packets = list(read(os.path.join(OUT, name + '.pcap')))
    zero, last = packets[0][0], max(t for t, _ in packets)
    rate = seconds * 1000000 / max(last - zero, 1)
    first = {}
    for t, frame in packets:
        begin = first.setdefault(flow_key(frame), t) if spread else t
        yield int(START + start * 1000000 + (begin - zero) * rate + (t - begin)), frame


everything = sorted((p for part in PARTS for p in placed(*part)), key=lambda p: p[0])
with open(os.path.join(OUT, 'story.pcap'), 'wb') as f:
    f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
    for t, frame in everything:
        f.write(struct.pack('<4I', t // 1000000, t % 1000000, len(frame), len(frame)) + frame)
