#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The IPv6 twin of an IPv4 capture: the same conversations, bytes and times between twin addresses.

    to6.py IN.pcap OUT.pcap

An address becomes 2001:db8::/96 with it in the last 32 bits, a private one fd00:db8::/96, multicast ff0e::/96,
broadcast ff02::1. Checksums are adjusted by what the addresses add (RFC 1624), so a wrong one stays wrong; one that
the network card was to finish (the pseudo-header's sum) stays one. ICMP echo and errors become ICMPv6
with the packet they quote; other ICMP, ARP and packets with a broken IPv4 header are left out, frames
that are IPv6 already stay. IPv4 fragments become fragment headers. Options of IPv4 go.
"""
import struct
import sys

sys.dont_write_bytecode = True
from wire import FRAGMENT, ICMP, ICMP6, TCP, UDP, checksum, fragment6, ip6, packed, pseudo, read_pcap, total, write_pcap

TWIN, INSIDE = packed('2001:db8::')[:12], packed('fd00:db8::')[:12]
MANY, ALL = packed('ff0e::')[:12], packed('ff02::1')
ETHERNET, NULL, RAW, SLL, LOOP = 1, 0, (12, 14, 101), 113, 108
# ICMP type and code -> ICMPv6 (RFC 7915, 4.2); None: any code
ECHO = {8: 128, 0: 129}
UNREACHABLE = {0: 0, 1: 0, 3: 4, 5: 0, 6: 0, 7: 0, 8: 0, 9: 1, 10: 1, 11: 0, 12: 0, 13: 1, 15: 1}


def twin(address):
    if address == b'\xff\xff\xff\xff':
        return ALL
    inside = address[0] == 10 or address[:2] == b'\xc0\xa8' or (address[0] == 172 and address[1] >> 4 == 1)
    return (MANY if 224 <= address[0] < 240 else INSIDE if inside else TWIN) + address


def adjusted(field, src, dst):
    """A transport checksum for the twin addresses."""
    n = (0xffff - field) + total(twin(src) + twin(dst)) + 2 * 0xffff - total(src + dst)
    return 0xffff - (n % 0xffff or 0xffff)


def transport(proto, l4, src, dst, first, length):
    at = {TCP: 16, UDP: 6}.get(proto)
    if not first or at is None or len(l4) < at + 2:
        return l4
    old, = struct.unpack_from('>H', l4, at)
    if proto == UDP and old == 0:  # none was sent; IPv6 asks for one
        new = checksum(pseudo(twin(src), twin(dst), UDP, len(l4)) + l4) or 0xffff
    else:
        unfinished = old == total(pseudo(src, dst, proto, length))
        new = total(pseudo(twin(src), twin(dst), proto, length)) if unfinished else adjusted(old, src, dst)
        new = 0xffff if proto == UDP and new == 0 else new
    return l4[:at] + struct.pack('>H', new) + l4[at + 2:]


def message(l4, src, dst):
    """ICMPv6 of an ICMP message, or None."""
    if len(l4) < 8:
        return None
    kind, code, rest = l4[0], l4[1], l4[4:]
    if kind in ECHO:
        head = bytes([ECHO[kind], 0])
    elif kind == 3 and code == 4:
        mtu = struct.unpack_from('>H', rest, 2)[0]
        head, rest = b'\x02\0', struct.pack('>I', (mtu or 1480) + 20) + quoted(rest[4:])
    elif kind == 3 and code in UNREACHABLE:
        head, rest = bytes([1, UNREACHABLE[code]]), bytes(4) + quoted(rest[4:])
    elif kind == 11:
        head, rest = bytes([3, code]), bytes(4) + quoted(rest[4:])
    else:
        return None
    body = head + b'\0\0' + rest
    wrong = total(l4) not in (0, 0xffff)
    c = checksum(pseudo(twin(src), twin(dst), ICMP6, len(body)) + body)
    return head + struct.pack('>H', c ^ (0x1111 if wrong else 0)) + rest


def quoted(packet):
    """The packet an error quotes is cut short: its header says how long it was."""
    new = packet6(packet, whole=False)
    return new or packet


def packet6(packet, whole=True):
    """The IPv6 twin of an IPv4 packet; None when there is none. What follows the packet in its frame goes."""
    if len(packet) < 20 or packet[0] >> 4 != 4:
        return None
    size, length = (packet[0] & 15) * 4, struct.unpack_from('>H', packet, 2)[0] or len(packet)
    if size < 20 or length < size or len(packet) < size or (whole and total(packet[:size]) != 0xffff):
        return None
    ident, flags = struct.unpack_from('>HH', packet, 4)
    ttl, proto, src, dst = packet[8], packet[9], packet[12:16], packet[16:20]
    l4, missing = packet[size:length], max(length - len(packet), 0)
    first, piece = not flags & 0x1fff, flags & 0x3fff
    if proto == ICMP:
        if not piece and whole:
            l4 = message(l4, src, dst)
        if l4 is None or (piece and whole):
            return None
        proto = ICMP6
    else:
        l4 = transport(proto, l4, src, dst, first and not (piece and proto == UDP and l4[6:8] == b'\0\0'),
                       length - size)
    if piece:
        l4 = fragment6(proto, (flags & 0x1fff) * 8, flags >> 13 & 1, ident) + l4
        proto = FRAGMENT
    out = ip6(twin(src), twin(dst), proto, l4, ttl)
    return out[:4] + struct.pack('>H', len(l4) + missing) + out[6:]


def frame6(link, frame):
    """The twin of a frame: as it is where it is IPv6, None where it has none."""
    if link == ETHERNET:
        at = 12
        while frame[at:at + 2] in (b'\x81\0', b'\x88\xa8', b'\x91\0'):
            at += 4
    elif link == SLL:
        at = 14
    elif link in RAW:
        return frame if frame[:1] and frame[0] >> 4 == 6 else packet6(frame)
    elif link in (NULL, LOOP):
        new = packet6(frame[4:])
        family = b'\0\0\0\x1e' if link == LOOP or frame[:1] == b'\0' else b'\x1e\0\0\0'
        return family + new if new else frame if frame[4:5] and frame[4] >> 4 == 6 else None
    else:
        return None
    if frame[at:at + 2] == b'\x86\xdd':
        return frame
    new = packet6(frame[at + 2:]) if frame[at:at + 2] == b'\x08\0' else None
    if new and link == ETHERNET and len(frame) <= 60:
        new += bytes(max(0, 60 - at - 2 - len(new)))
    return frame[:at] + b'\x86\xdd' + new if new else None


def convert(source, target):
    """(frames written, frames without a twin)"""
    out, left, links = [], 0, set()
    for now, link, frame in read_pcap(source):
        new = frame6(link, frame)
        left += new is None
        if new is not None:
            links.add(link)
            out.append((now, new))
    if len(links) > 1:
        raise ValueError(source + ': frames of several link types')
    write_pcap(target, out, links.pop() if links else ETHERNET)
    return len(out), left


if __name__ == '__main__':
    print('%d frames, %d without a twin' % convert(sys.argv[1], sys.argv[2]))
