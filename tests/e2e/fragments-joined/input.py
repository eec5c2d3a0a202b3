# SPDX-License-Identifier: Apache-2.0
import sys

from packets import ACK, PSH, Capture, Tcp, body, fragment, fragments, ip, tcp, udp

SRC, LINUX, WINDOWS, BSD = "10.0.0.1", "10.0.0.2", "10.0.1.2", "10.0.2.2"
TEXT = b"this is how a needle looks when it is cut into pieces......"
OTHER = bytes(b ^ 1 for b in TEXT)


with Capture(sys.argv[1]) as c:
    def send(frames):
        for f in frames:
            c.add(f)

    # 1..4: in order, backwards, tiny ones both ways
    for port, size, step in (1, 24, 1), (2, 24, -1), (3, 8, 1), (4, 8, -1):
        send(fragments(udp(SRC, port, LINUX, 9000, TEXT), port, size)[::step])
    # 5: a segment of a connection, its header cut
    t = Tcp(c, SRC, 5, LINUX, 9000)
    t.open()
    send(fragments(tcp(*t.there, t.seq, t.ack, PSH | ACK, TEXT), 5, 8)[::-1])
    # 6, 7: IPv6
    for port, step in (6, 1), (7, -1):
        send(fragments(udp("2001:db8::1", port, "2001:db8::2", 9000, TEXT), port, 16)[::step])
    # 8: IPv6 whose fragments overlap
    f = udp("2001:db8::1", 8, "2001:db8::2", 9000, TEXT)
    send([fragment(f, 8, 8, body(f)[8:32], True)] + fragments(f, 8, 16))
    # 9: one is missing
    send(fragments(udp(SRC, 9, LINUX, 9000, TEXT), 9, 16)[:-1])
    # 10: fragments inside a tunnel whose datagrams are fragments
    for n, inner in enumerate(fragments(udp(SRC, 10, LINUX, 9000, TEXT), 10, 40)):
        send(fragments(ip("192.0.2.1", "192.0.2.2", 4, inner[14:]), 100 + n, 24))
    # 11..13: the same place twice, first the other bytes. Linux keeps the later ones
    # 14..16: first the true ones
    for port, host, bad in ((11, LINUX, 0), (12, WINDOWS, 0), (13, BSD, 0), (14, LINUX, 1), (15, WINDOWS, 1), (16, BSD, 1)):
        f = udp(SRC, port, host, 9000, TEXT)
        true, other = body(f), body(f)[:8] + OTHER
        first, second = (true, other) if bad else (other, true)
        send([fragment(f, port, 16, first[16:40], True), fragment(f, port, 16, second[16:40], True),
              fragment(f, port, 40, true[40:], False), fragment(f, port, 0, true[:16], True)])
    # 17..19: the later one goes further on both sides
    for port, host in (17, LINUX), (18, WINDOWS), (19, BSD):
        f = udp(SRC, port, host, 9000, TEXT)
        true, other = body(f), body(f)[:8] + OTHER
        send([fragment(f, port, 24, other[24:32], True), fragment(f, port, 16, true[16:40], True),
              fragment(f, port, 40, true[40:], False), fragment(f, port, 0, true[:16], True)])
