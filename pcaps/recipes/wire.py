# SPDX-License-Identifier: Apache-2.0
"""Packets without a library: captures in and out, IPv4, IPv6, TCP, UDP with right checksums.
Addresses are packed bytes; their length says which IP it is."""
import socket
import struct

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
HOP, ROUTING, FRAGMENT, DEST = 0, 43, 44, 60
MACS = bytes.fromhex('025700000002' '025700000001')


def packed(text):
    return socket.inet_pton(socket.AF_INET6 if ':' in text else socket.AF_INET, text)


def total(data):
    """The ones' complement sum: words modulo 65535 (0 only when all bytes are 0)."""
    if len(data) & 1:
        data += b'\0'
    n = int.from_bytes(data, 'big')
    return n and (n % 0xffff or 0xffff)


def checksum(data):
    return 0xffff - total(data)


def pseudo(src, dst, proto, length):
    if len(src) == 16:
        return src + dst + struct.pack('>II', length, proto)
    return src + dst + struct.pack('>BBH', 0, proto, length)


def with_checksum(src, dst, proto, data, at, spoil=0):
    """A transport header whose checksum field is at `at` and 0 now."""
    c = checksum(pseudo(src, dst, proto, len(data)) + data)
    if proto == UDP and c == 0:
        c = 0xffff
    return data[:at] + struct.pack('>H', c ^ spoil) + data[at + 2:]


def tcp(src, dst, sport, dport, seq, ack, flags, data=b'', **more):
    """more: window, urgent, options (bytes), offset (words, when it shall lie), spoil"""
    options = more.get('options', b'')
    options += b'\x01' * (-len(options) % 4)
    words = more.get('offset', 5 + len(options) // 4)
    head = struct.pack('>HHIIBBHHH', sport, dport, seq & 0xffffffff, ack & 0xffffffff, words << 4, flags,
                       more.get('window', 64240), 0, more.get('urgent', 0)) + options
    return with_checksum(src, dst, TCP, head + data, 16, more.get('spoil', 0))


def udp(src, dst, sport, dport, data, spoil=0):
    return with_checksum(src, dst, UDP, struct.pack('>HHHH', sport, dport, 8 + len(data), 0) + data, 6, spoil)


def ip4(src, dst, proto, data, **more):
    """more: ttl, id, offset (bytes), mf, df, evil, options, spoil"""
    options = more.get('options', b'')
    flags = more.get('evil', 0) << 15 | more.get('df', 0) << 14 | more.get('mf', 0) << 13 | more.get('offset', 0) // 8
    head = struct.pack('>BBHHHBBH', 0x45 + len(options) // 4, 0, 20 + len(options) + len(data), more.get('id', 1), flags,
                       more.get('ttl', 64), proto, 0) + src + dst + options
    return head[:10] + struct.pack('>H', checksum(head) ^ more.get('spoil', 0)) + head[12:] + data


def ip6(src, dst, proto, data, ttl=64, label=0):
    """proto is the next header: data may begin with extension headers."""
    return struct.pack('>IHBB', 6 << 28 | label, len(data), proto, ttl) + src + dst + data


def ext6(kind, following, words=0):
    """A hop-by-hop, destination or routing header (RFC 3692 type 253, no segment left) of 8 + 8 * words bytes."""
    room = 6 + 8 * words
    if kind == ROUTING:
        return struct.pack('>BBBB', following, words, 253, 0) + bytes(room - 2)
    return struct.pack('>BB', following, words) + bytes([1, room - 2]) + bytes(room - 2)


def fragment6(following, offset, more, ident):
    return struct.pack('>BBHI', following, 0, offset | more, ident)


def ethernet(packet, tags=(), macs=MACS):
    """tags: (EtherType, VLAN) from outside in"""
    kind = 0x86dd if packet[0] >> 4 == 6 else 0x0800
    return macs + b''.join(struct.pack('>HH', t, v) for t, v in tags) + struct.pack('>H', kind) + packet


def read_classic(data, order):
    unit = 1 if struct.unpack_from(order + 'I', data)[0] == 0xa1b23c4d else 1000
    link, at = struct.unpack_from(order + 'I', data, 20)[0] & 0xffff, 24
    while at + 16 <= len(data):
        sec, part, size, _ = struct.unpack_from(order + '4I', data, at)
        yield sec * 1000000000 + part * unit, link, data[at + 16:at + 16 + size]
        at += 16 + size


def read_blocks(data):
    """pcapng: sections, interfaces with their clock, enhanced and simple packets."""
    order, links, at = '<', [], 0
    while at + 12 <= len(data):
        if data[at:at + 4] == b'\x0a\x0d\x0d\x0a':
            order, links = '<' if data[at + 8:at + 12] == b'\x4d\x3c\x2b\x1a' else '>', []
        kind, size = struct.unpack_from(order + 'II', data, at)
        if size < 12:
            return
        body = data[at + 8:at + size - 4]
        if kind == 1:
            links.append((struct.unpack_from(order + 'H', body)[0], clock_of(body[8:], order)))
        elif kind == 6:
            number, high, low, caplen = struct.unpack_from(order + '4I', body)
            yield (high << 32 | low) * 1000000000 // links[number][1], links[number][0], body[20:20 + caplen]
        elif kind == 3:
            yield 0, links[0][0], body[4:4 + struct.unpack_from(order + 'I', body)[0]]
        at += size


def clock_of(options, order):
    """Ticks a second: option if_tsresol, or millionths."""
    at = 0
    while at + 4 <= len(options):
        code, size = struct.unpack_from(order + 'HH', options, at)
        if code == 9:
            n = options[at + 4]
            return 2 ** (n & 127) if n & 128 else 10 ** n
        at += 4 + size + -size % 4
    return 1000000


def read_pcap(path):
    """(nanoseconds, link type, frame) of a capture, classic or pcapng, of either byte order and any clock."""
    with open(path, 'rb') as f:
        data = f.read()
    if data[:4] == b'\x0a\x0d\x0d\x0a':
        return read_blocks(data)
    if data[:4] in (b'\xd4\xc3\xb2\xa1', b'\x4d\x3c\xb2\xa1'):
        return read_classic(data, '<')
    if data[:4] in (b'\xa1\xb2\xc3\xd4', b'\xa1\xb2\x3c\x4d'):
        return read_classic(data, '>')
    raise ValueError(path + ': not a capture')


def write_pcap(path, packets, link=1):
    """packets: (nanoseconds, frame)"""
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b23c4d, 2, 4, 0, 0, 262144, link))
        f.writelines(struct.pack('<4I', ns // 1000000000, ns % 1000000000, len(b), len(b)) + b for ns, b in packets)
