#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an idle flow costs: idle.py PROBE [FLOWS].

Half the flows ask a name server, half fetch a page; all stay open. Memory at the end, less that with few flows, by
flow. Scan detection is off: what it remembers of hosts and targets has caps of its own.
"""
import os, struct, subprocess, sys, tempfile

from flood import ANSWER, HEADER, REQUEST, record, segment

FEW = 20_000
QUESTION = b"\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1"
REPLY = b"\x81\x80\0\1\0\1\0\0\0\0\3www\7example\3com\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\1\0\0\4\x5d\xb8\xd8\x22"


def datagram(src, dst, sport, dport, data):
    udp = struct.pack(">HHHH", sport, dport, 8 + len(data), 0) + data
    ip = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(udp), 0, 0x4000, 64, 17, 0, src, dst)
    return b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + ip + udp


def conversation(i):
    client, server, port = 0x0A000001 + (i >> 4), 0xC0A80001 + i % 251, 20000 + (i & 15) * 17
    there, back = (client, server, port, 80), (server, client, 80, port)
    if i % 2:
        ask, name = struct.pack(">H", i & 0xFFFF), (client, server, port, 53)
        return datagram(*name, ask + QUESTION), datagram(server, client, 53, port, ask + REPLY)
    asked, answered = 100 + len(REQUEST), 500 + len(ANSWER)
    return (segment(*there, 99, 0, 2), segment(*back, 499, 100, 18), segment(*there, 100, 500, 16),
            segment(*there, 100, 500, 24, REQUEST), segment(*back, 500, asked, 24, ANSWER),
            segment(*there, asked, answered, 16))


def run(probe, flows, work):
    capture = os.path.join(work, "idle.pcap")
    with open(capture, "wb", 1 << 22) as f:
        f.write(HEADER)
        for i in range(flows):
            for n, frame in enumerate(conversation(i)):
                f.write(record(i * 20 + n, frame))
    most = "=" + str(2 * flows)
    command = [probe, "-r", capture, "-l", work, "-k", "none", "--set", "flow.max" + most, "--set",
               "l7.max-flows" + most, "--set", "notice.scan.enabled=no"]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{probe} failed")
    return usage.ru_maxrss * 1024


def main():
    flows = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    with tempfile.TemporaryDirectory() as work:
        few, many = run(sys.argv[1], FEW, work), run(sys.argv[1], FEW + flows, work)
    print(f"{flows} idle flows: {many >> 20} MiB, {(many - few) / flows:.0f} bytes a flow")


if __name__ == "__main__":
    main()
