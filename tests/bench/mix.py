#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make one capture out of many: mix.py OUT.pcap PASSES IN.pcap...

Each pass lays all Ethernet captures over each other from one start and changes the third octet of IPv4 addresses
(checksums kept right), so that flows of different passes are different flows. Same inputs give the same bytes.
"""
import heapq, struct, sys

START, APART = 1_700_000_000.0, 3600.0


def read(path):
    """[(seconds since the first frame, frame)], empty when it is no Ethernet capture in the classic format."""
    with open(path, "rb") as f:
        data = f.read()
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">"}.get(data[:4])
    if order is None or struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF != 1:
        return []
    frames, at = [], 24
    while at + 16 <= len(data):
        seconds, micros, size, _ = struct.unpack_from(order + "IIII", data, at)
        frames.append((seconds + micros / 1e6, data[at + 16:at + 16 + size]))
        at += 16 + size
    first = frames[0][0] if frames else 0
    return [(t - first, frame) for t, frame in frames]


def amend(frame, at, old, new):
    """Checksum at `at` after a word changed (RFC 1624)."""
    total = (~struct.unpack_from(">H", frame, at)[0] & 0xFFFF) + (~old & 0xFFFF) + new
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    struct.pack_into(">H", frame, at, ~total & 0xFFFF)


def change(frame, n):
    """The frame as pass n has it."""
    if n == 0 or len(frame) < 34 or frame[12:14] != b"\x08\0" or frame[14] >> 4 != 4:
        return frame
    out, head = bytearray(frame), (frame[14] & 15) * 4
    sums = [24]
    whole = struct.unpack_from(">H", frame, 20)[0] & 0x1FFF == 0
    place = {6: 16, 17: 6}.get(frame[23])
    if whole and place is not None and len(frame) >= 14 + head + place + 2:
        if frame[23] == 6 or frame[14 + head + 6:14 + head + 8] != b"\0\0":
            sums.append(14 + head + place)
    for at in (28, 32):  # last two octets of source and destination
        old = struct.unpack_from(">H", out, at)[0]
        struct.pack_into(">H", out, at, old ^ n << 8)
        for place in sums:
            amend(out, place, old, old ^ n << 8)
    return bytes(out)


def main():
    out, passes, inputs = sys.argv[1], int(sys.argv[2]), [read(p) for p in sorted(sys.argv[3:])]
    count = 0
    with open(out, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for n in range(passes):
            start = START + n * APART
            for t, frame in heapq.merge(*inputs, key=lambda p: p[0]):
                seconds, micros = divmod(round((start + t) * 1e6), 1_000_000)
                frame = change(frame, n)
                f.write(struct.pack("<IIII", seconds, micros, len(frame), len(frame)) + frame)
                count += 1
    print(f"{out}: {len(inputs)} captures x {passes}, {count} packets")


if __name__ == "__main__":
    main()
