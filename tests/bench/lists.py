#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A million indicators of each kind: seconds to load, bytes an entry, instructions a packet.

usage: lists.py PROBE [CAPTURE] [N]     (N entries of each kind, 1000000)

Instructions are counted with valgrind's callgrind, with the lists and without; the cost of loading
is taken out by a run over an empty capture."""

import hashlib
import ipaddress
import os
import re
import resource
import struct
import subprocess
import sys
import tempfile


def unused(h):
    """An address that no capture has: what an alert costs is not the question."""
    return ipaddress.ip_address(0xF0000000 | int(h[:7], 16))


def entries(kind, n):
    for i in range(n):
        h = hashlib.sha256(b"%s %d" % (kind.encode(), i)).hexdigest()
        if kind == "ip":
            yield str(unused(h))
        elif kind == "cidr":
            yield "%s/%d" % (unused(h), 22 + i % 7)
        elif kind == "domain":
            yield "%s.%s.example" % (h[:10], h[10:14])
        elif kind == "url":
            yield "http://%s.example/%s/%s.php" % (h[:10], h[10:18], h[18:24])
        elif kind == "ja4":
            yield "t13d1516h2_%s_%s" % (h[:12], h[12:24])
        else:
            yield h[: {"ja3": 32, "md5": 32, "cert-sha1": 40}.get(kind, 64)]


KINDS = ("ip", "cidr", "domain", "url", "ja3", "ja4", "cert-sha1", "sha256")


def write(path, kind, n):
    with open(path, "w") as f:
        f.write("type,value,confidence,source\n")
        for value in entries(kind, n):
            f.write("%s,%s,80,bench\n" % (kind, value))


def run(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stderr, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def instructions(probe, capture, out, lists):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", probe, "-r", capture,
               "-l", out, "--set", "probe.sandbox=no"]
    if lists:
        command += ["--set", "lists.files=" + lists]
    found = re.search(r"Collected : (\d+)", run(command)[0])
    return int(found.group(1)) if found else 0


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    probe = sys.argv[1]
    capture = sys.argv[2] if len(sys.argv) > 2 else None
    n = int(sys.argv[3]) if len(sys.argv) > 3 else 1000000
    with tempfile.TemporaryDirectory(prefix="wanglou-lists-") as room:
        empty = os.path.join(room, "empty.pcap")
        with open(empty, "wb") as f:
            f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        base = run([probe, "-r", empty, "-l", room])[1]
        for kind in KINDS:
            path = os.path.join(room, kind + ".csv")
            write(path, kind, n)
            said, seconds = run([probe, "-v", "-r", empty, "-l", room, "--set", "lists.files=" + path])
            found = re.search(r"lists: (\d+) entries, (\d+) bytes", said)
            count, held = (int(found.group(1)), int(found.group(2))) if found else (0, 0)
            print("%-10s %8d entries %6.2f s to load %6.1f bytes an entry"
                  % (kind, count, seconds - base, held / max(count, 1)))
        if not capture:
            return
        lists = ",".join(os.path.join(room, k + ".csv") for k in KINDS)
        without = instructions(probe, capture, room, "") - instructions(probe, empty, room, "")
        with_lists = instructions(probe, capture, room, lists) - instructions(probe, empty, room, lists)
        packets = sum(1 for _ in packets_of(capture))
        print("instructions a packet: %.0f without lists, %.0f with" % (without / packets, with_lists / packets))


def packets_of(path):
    with open(path, "rb") as f:
        order = "<" if f.read(24)[:1] in (b"\xd4", b"\x4d") else ">"
        while len(head := f.read(16)) == 16:
            f.seek(struct.unpack(order + "I", head[8:12])[0], 1)
            yield head


if __name__ == "__main__":
    main()
