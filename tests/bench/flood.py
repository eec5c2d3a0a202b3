#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A flood of distinct flows over connections that are established: flood.py PROBE [STRANGERS [FRIENDS]].

Friends shake hands first and ask for a page each when the flood is over; strangers send one SYN each, a million a
second. Prints memory and time, and fails when a friend was not classified or its flow was cut.
"""
import json, os, struct, subprocess, sys, tempfile

HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
REQUEST = b"GET /page HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: bench\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def segment(src, dst, sport, dport, seq, ack, flags, data=b""):
    tcp = struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 65535, 0, 0) + data
    ip = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0, src, dst)
    return b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + ip + tcp


def record(micros, frame):
    return struct.pack("<IIII", 1_700_000_000 + micros // 1_000_000, micros % 1_000_000, len(frame), len(frame)) + frame


def write(path, strangers, friends):
    client, server = 0x0A000001, 0x0A000002
    with open(path, "wb", 1 << 22) as f:
        f.write(HEADER)
        for i in range(friends):
            ends = (client, server, 1024 + i, 80), (server, client, 80, 1024 + i)
            f.write(record(i, segment(*ends[0], 99, 0, 2)) + record(i, segment(*ends[1], 499, 100, 18)) +
                    record(i, segment(*ends[0], 100, 500, 16)))
        frame = bytearray(record(0, segment(0, server, 0, 80, 7, 0, 2)))
        for i in range(strangers):
            t = friends + i
            struct.pack_into("<II", frame, 0, 1_700_000_000 + t // 1_000_000, t % 1_000_000)
            struct.pack_into(">IIH", frame, 42, 0x20000000 + i, server, i & 0xFFFF)
            f.write(frame)
        for i in range(friends):
            t = friends + strangers + i
            ends = (client, server, 1024 + i, 80), (server, client, 80, 1024 + i)
            f.write(record(t, segment(*ends[0], 100, 500, 24, REQUEST)) +
                    record(t, segment(*ends[1], 500, 100 + len(REQUEST), 24, ANSWER)))


def main():
    probe, strangers = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000
    friends = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
    with tempfile.TemporaryDirectory() as work:
        capture = os.path.join(work, "flood.pcap")
        write(capture, strangers, friends)
        command = [probe, "-r", capture, "-l", work, "-k", "none", "--set", "output.types=flow,stats"]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        good = stats = 0
        with open(os.path.join(work, "eve.json")) as f:
            for line in f:
                if '"dest_port":80' in line and '"src_ip":"10.0.0.1"' in line and '"event_type":"flow"' in line:
                    e = json.loads(line)
                    good += e["flow"]["pkts_toserver"] == 3 and e["flow"]["state"] == "established" and \
                        e["ndpi"]["proto"].startswith("HTTP")
                elif '"event_type":"stats"' in line:
                    stats = json.loads(line)["stats"]["flow"]
    keys = "total", "evicted", "emergency_entered", "memory_failed"
    print(f"{strangers} strangers, {good} of {friends} friends whole and classified; "
          f"{usage.ru_maxrss // 1024} MiB, {usage.ru_utime + usage.ru_stime:.1f} s;", {k: stats[k] for k in keys})
    return 0 if status == 0 and good == friends else 1


if __name__ == "__main__":
    sys.exit(main())
