#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What flows cost in memory, and what a flood does.

usage: flows.py [--flows N] [--flood N] [--conf FILE] [PART ...]       parts: idle, http, dns, flood (all without one)

Packets are made on the fly and go through a pipe to `wanglou-probe -r -`; what the process holds is read while
they are all in its table. Bytes a flow: growth of its resident memory by the flows, divided. The flood: SYNs from as
many addresses and ports as there are, while 200 connections that were open before it wait; when it has passed half
they ask over HTTP. Printed is how many were still classified, and the highest memory.
"""
import argparse
import array
import fcntl
import json
import os
import struct
import subprocess
import sys
import tempfile
import termios
import time

sys.dont_write_bytecode = True
TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, TOP + "/pcaps/recipes")
from wire import ACK, PSH, SYN, UDP, ethernet, ip4, packed, tcp, udp  # noqa: E402

PROBE = os.environ.get("PROBE", TOP + "/build/release/wanglou-probe")
START = 1789347600
CONF = None  # with one, its own caps hold
BLOCK = 2000  # packets of one kind that differ in a port, and are under way together; the next have another address
REQUEST = b"GET /index.html HTTP/1.1\r\nHost: www.city.example\r\nUser-Agent: flows/1\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok"
QUERY = bytes.fromhex("1a2b01000001000000000000") + b"\3www\4city\7example\0\0\1\0\1"
REPLY = bytes.fromhex("1a2b81800001000100000000") + QUERY[12:] + bytes.fromhex("c00c000100010000003c0004c0000209")
SERVER = packed("10.10.1.10")


class Kind:
    """A block of frames that differ in the client's port, made once; the client's address and the time are set by
    writing through the block with a stride. IP's number and TCP's window make up for the address in the checksums."""

    def __init__(self, side, make):
        self.side = side
        client = packed("10.0.0.0")
        frames = []
        for port in range(BLOCK):
            ends, ports = (client, SERVER), (10000 + port, None)
            l4 = make(ends[side], ends[1 - side], ports[0])
            frame = ethernet(ip4(ends[side], ends[1 - side], l4[0], l4[1], id=0))
            frames.append(struct.pack("<4I", 0, 0, len(frame), len(frame)) + frame)
        self.step, self.proto = len(frames[0]), l4[0]
        self.data = bytearray(b"".join(frames))
        self.was = array.array("H")

    def set(self, offset, width, value):
        for i, byte in enumerate(value.to_bytes(width, "big")):
            self.data[offset + i::self.step] = bytes([byte]) * BLOCK

    def block(self, number, second):
        """All frames for the client 10.A.B.C that this number stands for."""
        added = (number >> 16) + (number & 0xffff)
        address = 16 + 14 + (12 if self.side == 0 else 16)
        self.data[0::self.step], self.data[1::self.step] = (bytes([second >> s & 255]) * BLOCK for s in (0, 8))
        self.data[2::self.step], self.data[3::self.step] = (bytes([second >> s & 255]) * BLOCK for s in (16, 24))
        self.set(address, 4, 0x0a000000 + number)
        self.set(16 + 14 + 4, 2, (0xffff - added % 0xffff) % 0xffff)
        if self.proto == UDP:
            self.set(16 + 14 + 20 + 6, 2, 0)
        else:
            self.set(16 + 14 + 20 + 14, 2, (64240 - added) % 0xffff)
        return self.data


def segment(side, flags, data=b"", sent=(0, 0)):
    def make(src, dst, port):
        ports = (port, 80)
        return 6, tcp(src, dst, ports[side], ports[1 - side], 1000 * (side + 1) + sent[side],
                      (1000 * (2 - side) + sent[1 - side]) if flags & ACK else 0, flags, data, window=64240)
    return Kind(side, make)


def datagram(side, data):
    def make(src, dst, port):
        ports = (port, 53)
        return UDP, udp(src, dst, ports[side], ports[1 - side], data)
    return Kind(side, make)


class Probe:
    def __init__(self, *args):
        self.folder = tempfile.TemporaryDirectory(prefix="wanglou-flows.")
        self.file = self.folder.name + "/eve.json"
        none = self.folder.name + "/none.rules"
        open(none, "w").close()
        self.p = subprocess.Popen([PROBE, "-c", CONF or TOP + "/tests/e2e/probe.yaml", "-S", none, "-r", "-", "-l", self.folder.name,
                                   "--set", "output.types=http,stats", *args], stdin=subprocess.PIPE)
        self.put(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))

    def put(self, data):
        self.p.stdin.write(data)

    def memory(self, key="VmRSS"):
        """Megabytes, once all that was written is taken."""
        self.p.stdin.flush()
        waiting = array.array("i", [1])
        while waiting[0]:
            fcntl.ioctl(self.p.stdin, termios.FIONREAD, waiting)
            time.sleep(0.01)
        time.sleep(0.2)
        with open(f"/proc/{self.p.pid}/status") as f:
            return int(next(line for line in f if line.startswith(key)).split()[1]) / 1024

    def end(self):
        """(events, last stats)"""
        self.p.stdin.close()
        if self.p.wait():
            sys.exit(f"the probe ended with {self.p.returncode}")
        with open(self.file) as f:
            found = [json.loads(line) for line in f]
        return found, [e["stats"] for e in found if e["event_type"] == "stats"][-1]


def cost(name, kinds, flows):
    """Memory of so many flows at once, each by these packets."""
    p = Probe(*[] if CONF else ["--set", f"flow.max={flows * 2}", "--set", f"l7.max-flows={flows * 2}"])
    for kind in kinds:  # what the first flows bring with them
        p.put(kind.block(0, START))
    before = p.memory()
    blocks = flows // BLOCK
    for number in range(1, blocks + 1):
        for kind in kinds:
            p.put(kind.block(number, START + number * 20 // blocks))
    after = p.memory()
    _, stats = p.end()
    print(f"{name:34s} {blocks * BLOCK:10,d} flows {(after - before) * 1048576 / (blocks * BLOCK):7.0f} bytes a flow "
          f"{after:7.0f} MB in all; {stats['identify']['classified']:,d} classified", flush=True)


def flood(flows):
    """An HTTP request on connections that were open before the flood."""
    p = Probe(*[] if CONF else ["--set", f"flow.max={min(1000000, flows // 10)}"])
    few = 200
    mine = [kind.block(255 << 16, START)[:kind.step * few] for kind in HANDSHAKE]
    for data in mine:
        p.put(data)
    syn = segment(0, SYN)
    before, blocks = p.memory(), flows // BLOCK
    for number in range(blocks):
        p.put(syn.block(number * 37 + 1, START + 1 + number * 50 // blocks))
        if number == blocks // 2:
            for kind in TALK:
                p.put(kind.block(255 << 16, START + 26)[:kind.step * few])
    after, peak = p.memory(), p.memory("VmHWM")
    events, stats = p.end()
    asked = sum(e["event_type"] == "http" for e in events)
    print(f"{'flood':34s} {blocks * BLOCK:10,d} SYNs; {before:.0f} MB before, {after:.0f} MB after, {peak:.0f} MB at most; "
          f"{stats['flow']['evicted']:,d} flows ended early; "
          f"{asked} of {few} open connections still classified", flush=True)


HANDSHAKE = [segment(0, SYN), segment(1, SYN | ACK), segment(0, ACK, sent=(1, 1))]
TALK = [segment(0, PSH | ACK, REQUEST, (1, 1)), segment(1, PSH | ACK, ANSWER, (1, 1 + len(REQUEST))),
        segment(0, ACK, b"", (1 + len(REQUEST), 1 + len(ANSWER)))]
TALK[1] = segment(1, PSH | ACK, ANSWER, (1 + len(REQUEST), 1))


def main():
    global CONF
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--flows", type=int, default=1000000)
    ap.add_argument("--flood", type=int, default=10000000)
    ap.add_argument("--conf", help="settings with caps; without, the flows all fit")
    ap.add_argument("part", nargs="*")
    args = ap.parse_args()
    CONF = args.conf
    parts = {"idle": lambda: cost("TCP, opened, nothing said", HANDSHAKE, args.flows),
             "http": lambda: cost("TCP, HTTP asked and answered, open", HANDSHAKE + TALK, args.flows),
             "dns": lambda: cost("UDP, DNS asked and answered", [datagram(0, QUERY), datagram(1, REPLY)], args.flows),
             "flood": lambda: flood(args.flood)}
    for part in args.part or parts:
        parts[part]()


if __name__ == "__main__":
    main()
