#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The conversations of captures once more, sent the way an attacker sends what shall not be seen.

    evade.py --list
    evade.py NAME OUT.pcap CAPTURE...      all conversations by the evasion NAME ("plain": none)

Each evasion (evade_rows.py) is one that the receiver puts together again: it gets exactly the bytes of
the plain conversation. So what is found in the plain capture must be found in every other. The
client's port says which conversation it is: FIRST_PORT + its number, in all evasions.
"""
import random
import struct
import sys
import zlib

sys.dont_write_bytecode = True
from wire import ACK, FIN, PSH, SYN, TCP, UDP, ethernet, ip4, packed, read_pcap, tcp, udp, write_pcap

FIRST_PORT = 20000
START = 1789347600_000000000
STEP, BETWEEN = 300_000, 300_000_000
TWIN = packed('2001:db8::')[:12]  # an IPv4 address in it is the last 32 bits
MSS = 1200


class Talk:
    """One conversation: ends, ports, and in turns what each side said."""

    def __init__(self, proto, ends, ports):
        self.proto, self.ends, self.ports, self.turns = proto, ends, ports, []

    def add(self, side, data):
        if self.proto == TCP and self.turns and self.turns[-1][0] == side:
            data = self.turns.pop()[1] + data
        self.turns.append((side, data))


class Bytes:
    """One direction of a TCP connection, put in order."""

    def __init__(self, following):
        self.next, self.held = following, {}

    def take(self, seq, data):
        self.held[seq] = max(self.held.get(seq, b''), data, key=len)
        out = b''
        for at in sorted(self.held, key=lambda s: (s - self.next) % 2**32 if (s - self.next) % 2**32 < 2**31 else -1):
            have = (self.next - at) % 2**32
            if have >= 2**31:
                break
            piece = self.held.pop(at)[have:]
            out, self.next = out + piece, (self.next + len(piece)) % 2**32
        return out


def talks_of(path):
    """The TCP and UDP conversations over IPv4 of an Ethernet capture, in the order they begin."""
    found, streams = {}, {}
    for _, _, frame in read_pcap(path):
        if frame[12:14] != b'\x08\x00' or struct.unpack_from('>H', frame, 20)[0] & 0x3fff:
            continue
        packet = frame[14:14 + struct.unpack_from('>H', frame, 16)[0]]
        size, proto, ends = (packet[0] & 15) * 4, packet[9], (packet[12:16], packet[16:20])
        if proto not in (TCP, UDP):
            continue
        l4 = packet[size:]
        ports = struct.unpack_from('>HH', l4)
        key, back = (proto, ends, ports), (proto, ends[::-1], ports[::-1])
        side = int(back in found)
        talk = found[back] if side else found.setdefault(key, Talk(*key))
        if proto == UDP:
            talk.add(side, l4[8:])
            continue
        seq, flags, data = struct.unpack_from('>I', l4, 4)[0], l4[13], l4[(l4[12] >> 4) * 4:]
        if flags & SYN or key not in streams:
            streams[key] = Bytes((seq + bool(flags & SYN)) % 2**32)
        data = streams[key].take((seq + bool(flags & SYN)) % 2**32, data) if data else b''
        if data:
            talk.add(side, data)
    return [t for t in found.values() if t.turns]


class Row:
    """
    An evasion. say(speaker, side, data) sends the bytes of one turn of a TCP connection, open and
    close begin and end it; packets(speaker, side, proto, l4, ttl) makes the IP packets of a segment or datagram;
    frames(packet, n) the frames of a packet. sides: whose packets are in the capture at all.
    """

    def __init__(self, name, **how):
        self.name, self.how = name, how
        self.say, self.open, self.close = how.get('say', say), how.get('open', opened), how.get('close', closed)
        self.packets, self.tags = how.get('packets', plain_packets), how.get('tags', ())
        self.ttl, self.isn = how.get('ttl'), how.get('isn')
        self.version, self.policy = how.get('version', 4), how.get('policy')
        self.port, self.sides = how.get('port'), how.get('sides', (0, 1))
        self.all = 'packets' in how or 'tags' in how or 'ttl' in how or 'version' in how  # UDP as well
        self.trail = how.get('trail', b'')


class Speaker:
    """Plays one conversation by one row."""

    def __init__(self, talk, row, number, out, now):
        self.talk, self.row, self.out, self.now = talk, row, out, now
        self.random = random.Random(number)
        self.ends = tuple(TWIN + e if row.version == 6 else e for e in talk.ends)
        self.ports = (FIRST_PORT + number, row.port(talk) if row.port else talk.ports[1])
        seed = zlib.crc32(repr((talk.ends, talk.ports)).encode())
        self.seq = list(row.isn) if row.isn else [seed, (seed * 2654435761) % 2**32]
        self.id, self.options = number * 331, b''  # no datagram of two conversations has the same

    def put(self, side, proto, l4, ttl=None):
        if ttl is None:
            ttl = self.row.ttl(self) if self.row.ttl else 64
        for packet in self.row.packets(self, side, proto, l4, ttl):
            self.raw(side, packet)

    def raw(self, side, packet):
        self.now += STEP
        if side in self.row.sides:
            self.out.append((self.now, ethernet(packet, self.row.tags) + self.row.trail))

    def seg(self, side, data=b'', flags=ACK, rel=0, ttl=None, **more):
        """One segment, `rel` bytes from what this side sends next; nothing is advanced."""
        ack = more.pop('ack', self.seq[1 - side] if flags & ACK else 0)
        more.setdefault('options', self.options)
        self.put(side, TCP, tcp(self.ends[side], self.ends[1 - side], self.ports[side], self.ports[1 - side],
                                self.seq[side] + rel, ack, flags, data, **more), ttl)

    def gone(self, side, size):
        self.seq[side] = (self.seq[side] + size) % 2**32

    def push(self, side, data, **more):
        self.seg(side, data, PSH | ACK, **more)
        self.gone(side, len(data))

    def ack(self, side, **more):
        self.seg(side, **more)

    def datagram(self, side, data):
        a, b = self.ends[side], self.ends[1 - side]
        self.put(side, UDP, udp(a, b, self.ports[side], self.ports[1 - side], data))

    def play(self):
        if self.talk.proto == UDP:
            for side, data in self.talk.turns:
                self.datagram(side, data)
            return
        self.row.open(self)
        for side, data in self.talk.turns:
            self.row.say(self, side, data)
            self.ack(1 - side)
        self.row.close(self)


def cut(data, size):
    return [data[i:i + size] for i in range(0, len(data), size)]


def junk(data):
    """As many bytes, each another one, printable where they were."""
    return bytes(b ^ 0x15 for b in data)


def say(s, side, data):
    for piece in cut(data, MSS):
        s.push(side, piece)


MSS_OPTION = b'\x02\x04\x05\xb4\x01\x03\x03\x07'


def opened(s):
    s.seg(0, flags=SYN, options=MSS_OPTION)
    s.gone(0, 1)
    s.seg(1, flags=SYN | ACK, options=MSS_OPTION)
    s.gone(1, 1)
    s.ack(0)


def closed(s):
    for side in 0, 1:
        s.seg(side, flags=FIN | ACK)
        s.gone(side, 1)
    s.ack(0)


def plain_packets(s, side, proto, l4, ttl):
    s.id += 1
    return [ip4(s.ends[side], s.ends[1 - side], proto, l4, ttl=ttl, id=s.id & 0xffff, df=1)]


def play(talks, row):
    """All conversations by one row: [(nanoseconds, frame)]. Those it does not change are plain."""
    out, now = [], START
    for number, talk in talks:
        s = Speaker(talk, row, number, out, now)
        s.play()
        now = s.now + BETWEEN
    return out


def main():
    from evade_rows import ROWS
    if sys.argv[1:] == ['--list']:
        print('\n'.join(ROWS))
        return
    talks = [t for path in sys.argv[3:] for t in talks_of(path)]
    write_pcap(sys.argv[2], play(list(enumerate(talks)), ROWS[sys.argv[1]]))


if __name__ == '__main__':
    main()
