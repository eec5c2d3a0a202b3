# SPDX-License-Identifier: Apache-2.0
"""Packets for cases that write their own capture: Ethernet, IPv4, IPv6, TCP, UDP, with right checksums.

    from packets import Capture, Tcp
    with Capture(sys.argv[1]) as c:
        t = Tcp(c, "10.0.0.1", 40000, "10.0.0.2", 80)
        t.open(); t.client(b"GET / HTTP/1.0\\r\\n\\r\\n"); t.close()
"""
import ipaddress, struct

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
START = 1_700_000_000


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ethernet(payload, kind):
    return bytes.fromhex("020000000002" "020000000001") + struct.pack(">H", kind) + payload


def ip(src, dst, proto, payload, **more):
    """An Ethernet frame with an IP packet; the version follows from the addresses."""
    a, b = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    if a.version == 6:
        head = struct.pack(">IHBB", 6 << 28, len(payload), proto, 64) + a.packed + b.packed
        return ethernet(head + payload, 0x86DD)
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), more.get("id", 1), 0, 64, proto, 0)
    head += a.packed + b.packed
    head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
    return ethernet(head + payload, 0x0800)


def pseudo(src, dst, proto, length):
    a, b = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    if a.version == 6:
        return a.packed + b.packed + struct.pack(">II", length, proto)
    return a.packed + b.packed + struct.pack(">BBH", 0, proto, length)


def udp(src, sport, dst, dport, data, bad=False):
    head = struct.pack(">HHHH", sport, dport, 8 + len(data), 0)
    c = checksum(pseudo(src, dst, 17, 8 + len(data)) + head + data) or 0xFFFF
    return ip(src, dst, 17, head[:6] + struct.pack(">H", c ^ 0x1111 if bad else c) + data)


def tcp(src, sport, dst, dport, seq, ack, flags, data=b"", bad=False, urgent=0):
    flags |= URG if urgent else 0
    head = struct.pack(">HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 0x50, flags, 65000, 0, urgent)
    c = checksum(pseudo(src, dst, 6, 20 + len(data)) + head + data)
    return ip(src, dst, 6, head[:16] + struct.pack(">H", c ^ 0x1111 if bad else c) + head[18:] + data)


def fragment(frame, ident, at, data, more):
    """A fragment of the frame's datagram: `data` at byte `at`."""
    l3 = frame[14:]
    if l3[0] >> 4 == 6:
        head = struct.pack(">IHBB", 6 << 28, 8 + len(data), 44, 64) + l3[8:40]
        return ethernet(head + struct.pack(">BBHI", l3[6], 0, at | more, ident) + data, 0x86DD)
    head = l3[:2] + struct.pack(">HHH", 20 + len(data), ident, more << 13 | at // 8) + l3[8:10] + b"\0\0" + l3[12:20]
    return ethernet(head[:10] + struct.pack(">H", checksum(head)) + head[12:] + data, 0x0800)


def body(frame):
    """What the frame's datagram holds, behind its header."""
    return frame[54:] if frame[14] >> 4 == 6 else frame[34:]


def fragments(frame, ident, size):
    """The frame's datagram in fragments of `size` bytes, a multiple of 8."""
    data = body(frame)
    return [fragment(frame, ident, at, data[at:at + size], at + size < len(data)) for at in range(0, len(data), size)]


class Capture:
    """A pcap file; each frame comes `step` seconds after the one before."""

    def __init__(self, path, linktype=1, step=0.001):
        self.file, self.now, self.step = open(path, "wb"), START * 1_000_000, round(step * 1e6)
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, linktype))

    def add(self, frame):
        seconds, micros = divmod(self.now, 1_000_000)
        self.file.write(struct.pack("<IIII", seconds, micros, len(frame), len(frame)) + frame)
        self.now += self.step

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()


class Tcp:
    """One TCP connection with correct numbers."""

    def __init__(self, capture, src, sport, dst, dport):
        self.c, self.there, self.back = capture, (src, sport, dst, dport), (dst, dport, src, sport)
        self.seq, self.ack = 1000, 5000

    def open(self):
        self.c.add(tcp(*self.there, self.seq, 0, SYN))
        self.c.add(tcp(*self.back, self.ack, self.seq + 1, SYN | ACK))
        self.seq, self.ack = self.seq + 1, self.ack + 1
        self.c.add(tcp(*self.there, self.seq, self.ack, ACK))

    def client(self, data, bad=False):
        self.c.add(tcp(*self.there, self.seq, self.ack, PSH | ACK, data, bad))
        self.seq += len(data)
        self.c.add(tcp(*self.back, self.ack, self.seq, ACK))

    def server(self, data):
        self.c.add(tcp(*self.back, self.ack, self.seq, PSH | ACK, data))
        self.ack += len(data)
        self.c.add(tcp(*self.there, self.seq, self.ack, ACK))

    def close(self):
        self.c.add(tcp(*self.there, self.seq, self.ack, FIN | ACK))
        self.c.add(tcp(*self.back, self.ack, self.seq + 1, FIN | ACK))
        self.c.add(tcp(*self.there, self.seq + 1, self.ack + 1, ACK))
