# SPDX-License-Identifier: Apache-2.0
"""The evasions of evade.py, one row each. What makes each valid at the receiver stands with it."""
import struct

from evade import Row, closed, cut, junk, opened, plain_packets, say
from wire import (ACK, DEST, FIN, FRAGMENT, HOP, PSH, ROUTING, RST, SYN, TCP, URG, ext6, fragment6, ip4, ip6, tcp)

ROWS = {}


def row(name, **how):
    ROWS[name] = Row(name, **how)


# --- segments in other sizes and another order (RFC 9293: any is allowed) ----------------------------------------


def by(size):
    def f(s, side, data):
        for piece in cut(data, size):
            s.push(side, piece)
    return f


def reordered(size, order):
    """A window of eight segments at a time; order(s, list) gives the order they are sent in."""
    def f(s, side, data):
        for window in cut(data, size * 8):
            for at in order(s, list(range(0, len(window), size))):
                s.seg(side, window[at:at + size], PSH | ACK, rel=at)
            s.gone(side, len(window))
            s.ack(1 - side)
    return f


def shuffled(s, at):
    s.random.shuffle(at)
    return at


def swapped(_, at):
    return [at[i ^ 1] if i ^ 1 < len(at) else at[i] for i in range(len(at))]


row('plain')
for n in 1, 8, 24:
    row('segments-%d' % n, say=by(n))
row('reordered-reverse', say=reordered(16, lambda s, at: at[::-1]))
row('reordered-pairs', say=reordered(16, swapped))
row('reordered-shuffled', say=reordered(12, shuffled))
row('reordered-twice', say=reordered(16, lambda s, at: at[::-1] + at))
row('wrap-around', say=by(24), isn=(2**32 - 40, 2**32 - 90))
row('wrap-around-reversed', say=reordered(16, lambda s, at: at[::-1]), isn=(2**32 - 100, 2**32 - 60))

# --- overlaps among what waits behind a hole: which bytes stay depends on the receiver ---------------------------

RANGES = {  # what waits, what comes later; in units of the sender's
    'before': ((2, 4), (1, 3)), 'after': ((1, 3), (2, 4)), 'same': ((1, 3), (1, 3)), 'longer': ((1, 3), (1, 4)),
    'shorter': ((1, 4), (1, 3)), 'inside': ((1, 4), (2, 3)), 'around': ((2, 3), (1, 4))}
SEGMENTS = {  # does the later segment win? (Novak and Sturges 2007)
    'first': lambda old, new: False, 'last': lambda old, new: True,
    'bsd': lambda old, new: new[0] < old[0],
    'linux': lambda old, new: new[0] < old[0] or (new[0] == old[0] and new[1] > old[1])}
FRAGMENTS = {  # (Novak 2005)
    'first': lambda old, new: False, 'last': lambda old, new: True,
    'bsd': lambda old, new: new[0] < old[0], 'linux': lambda old, new: new[0] <= old[0]}


def conflict(data, kind, policy, unit):
    """[(offset, bytes)]: two that overlap, the loser's bytes wrong where they do, and what is left up to 4 units."""
    old, new = RANGES[kind]
    new_wins = policy(old, new)
    lo, hi = max(old[0], new[0]) * unit, min(old[1], new[1]) * unit
    out = []
    for (a, b), wins in ((old, not new_wins), (new, new_wins)):
        piece = data[a * unit:b * unit]
        if not wins:
            piece = data[a * unit:lo] + junk(data[lo:hi]) + data[hi:b * unit]
        out.append((a * unit, piece))
    end, begin = max(old[1], new[1]), min(old[0], new[0])
    return out + [(a * unit, data[a * unit:b * unit]) for a, b in ((1, begin), (end, 4)) if a < b]


def overlap(kind, policy, unit=6):
    def f(s, side, data):
        for piece in cut(data, unit * 5):
            if len(piece) > unit * 4:
                for at, part in conflict(piece, kind, SEGMENTS[policy], unit):
                    s.seg(side, part, PSH | ACK, rel=at)
                s.seg(side, piece[unit * 4:], PSH | ACK, rel=unit * 4)
                s.seg(side, piece[:unit], PSH | ACK)
                s.gone(side, len(piece))
            else:
                s.push(side, piece)
    return f


for how in SEGMENTS:
    for what in RANGES:
        row('overlap-%s-%s' % (what, how), say=overlap(what, how), policy=how)


def again(s, side, data):
    """Delivered and acknowledged bytes are never replaced, by no receiver."""
    for piece in cut(data, 20):
        s.push(side, piece)
        s.ack(1 - side)
        s.seg(side, junk(piece), PSH | ACK, rel=-len(piece))


def reaching_back(s, side, data):
    """New bytes, led by other content for bytes that were delivered."""
    for i, piece in enumerate(cut(data, 20)):
        lead = min(8, 20 * i)
        s.seg(side, b'#' * lead + piece, PSH | ACK, rel=-lead)
        s.gone(side, len(piece))
        s.ack(1 - side)


row('retransmitted-otherwise', say=again)
row('retransmitted-reaching-back', say=reaching_back)

# --- decoys: segments that the receiver never gets, or drops -----------------------------------------------------


def decoy(send, size=40):
    """send(s, side, piece) before each piece of the true bytes."""
    def f(s, side, data):
        for piece in cut(data, size):
            send(s, side, piece)
            s.push(side, piece)
            s.ack(1 - side)
    return f


def wrong(flags=PSH | ACK, empty=False, **more):
    return lambda s, side, piece: s.seg(side, b'' if empty else junk(piece), flags, **more)


def once(send):
    """send(s) between the handshake and the first turn."""
    def f(s):
        opened(s)
        send(s)
    return f


row('decoy-ttl-data', say=decoy(wrong(ttl=2)))
row('decoy-ttl-rst', say=decoy(wrong(RST | ACK, True, ttl=2)))
row('decoy-ttl-fin', say=decoy(wrong(FIN | ACK, True, ttl=2)))
row('decoy-checksum-data', say=decoy(wrong(spoil=0x5a5a)))
row('decoy-checksum-rst', say=decoy(wrong(RST | ACK, True, spoil=0x5a5a)))
row('decoy-checksum-fin', say=decoy(wrong(FIN | ACK, True, spoil=0x5a5a)))
row('decoy-no-ack', say=decoy(wrong(PSH)))  # RFC 9293, 3.10.7.4: without ACK it is dropped
row('decoy-beyond-window', say=decoy(wrong(rel=2**28)))  # and outside the window
row('decoy-before-window', say=decoy(wrong(rel=-2**24)))
row('decoy-ack-beyond', say=decoy(lambda s, side, piece: s.seg(  # and when it acknowledges what was never sent
    side, junk(piece), PSH | ACK, ack=(s.seq[1 - side] + 2**24) % 2**32)))
row('decoy-header-length', say=decoy(wrong(offset=3)))
row('decoy-ip-checksum', say=decoy(lambda s, side, piece: s.raw(side, ip4(
    s.ends[side], s.ends[1 - side], TCP, tcp(s.ends[side], s.ends[1 - side], s.ports[side], s.ports[1 - side],
                                             s.seq[side], s.seq[1 - side], PSH | ACK, junk(piece)), spoil=0x1111))))
row('forged-rst-far', say=decoy(wrong(RST, True, rel=2**28)))
row('forged-rst-near', say=decoy(wrong(RST, True, rel=100)))  # RFC 5961, 3.2: only the exact number resets
row('forged-fin-far', say=decoy(wrong(FIN | ACK, True, rel=2**28)))
row('forged-syn', say=decoy(wrong(SYN, True, rel=5000, ack=0)))  # RFC 5961, 4.2: a challenge, nothing else
row('forged-syn-in-the-past', say=decoy(wrong(SYN, True, rel=-70000, ack=0)))


def stamped(value):
    return b'\x01\x01\x08\x0a' + struct.pack('>II', value, 1)


def with_stamps(s):
    opened_with = stamped(1000)
    s.seg(0, flags=SYN, options=b'\x02\x04\x05\xb4' + opened_with)
    s.gone(0, 1)
    s.seg(1, flags=SYN | ACK, options=b'\x02\x04\x05\xb4' + opened_with)
    s.gone(1, 1)
    s.options = stamped(1001)
    s.ack(0)


row('timestamps', open=with_stamps, say=by(40))
# RFC 7323, 5: what is older than what was taken is dropped
row('decoy-old-timestamp', open=with_stamps, say=decoy(wrong(options=stamped(7))))

# --- urgent data, windows, keepalives ----------------------------------------------------------------------------


def urgent_behind(s, side, data):
    """A pointer far behind the segment takes no byte out of it."""
    for piece in cut(data, 30):
        s.seg(side, piece, PSH | ACK | URG, urgent=0xff00)
        s.gone(side, len(piece))


def urgent_zero(s, side, data):
    """Linux takes the first byte out when the pointer is 0, as when it is 1."""
    for piece in cut(data, 30):
        s.seg(side, b'!' + piece, PSH | ACK | URG, urgent=0)
        s.gone(side, len(piece) + 1)
        s.ack(1 - side)


def urgent_byte(s, side, data):
    """One byte too many in each segment, out of band: sockets without SO_OOBINLINE never read it (RFC 6093)."""
    for piece in cut(data, 30):
        k = len(piece) // 2
        s.seg(side, piece[:k] + b'!' + piece[k:], PSH | ACK | URG, urgent=k + 1)
        s.gone(side, len(piece) + 1)
        s.ack(1 - side)


def windows(s, side, data):
    """The receiver shuts its window, the sender probes, the receiver opens it again."""
    for piece in cut(data, 60):
        s.ack(1 - side, window=0)
        s.seg(side, piece[:1])
        s.ack(1 - side, window=0)
        s.ack(1 - side, window=64240)
        s.push(side, piece)


def keepalives(s, side, data):
    """RFC 9293, 3.8.4: one before what is next, with nothing or one old byte of whatever content."""
    for piece in cut(data, 60):
        s.seg(side, rel=-1)
        s.ack(1 - side)
        s.seg(side, b'\0', rel=-1)
        s.ack(1 - side)
        s.push(side, piece)
        s.ack(1 - side)


row('urgent-pointer-behind', say=urgent_behind)
row('urgent-pointer-zero', say=urgent_zero)
row('urgent-byte', say=urgent_byte)
row('zero-window', say=windows)
row('keepalives', say=keepalives)

# --- beginnings and ends ----------------------------------------------------------------------------------------


def split_handshake(s):
    """RFC 9293, 3.5: the server answers with its own SYN (simultaneous open)."""
    s.seg(0, flags=SYN)
    s.seg(1, flags=SYN)
    s.gone(0, 1)
    s.gone(1, 1)
    s.seg(0, flags=SYN | ACK, rel=-1)
    s.ack(1)


def syn_first_elsewhere(**more):
    """A first SYN with another number that the server never takes."""
    def f(s):
        s.seg(0, flags=SYN, rel=777777, **more)
        opened(s)
    return f


def false_synack(s):
    """RFC 9293, 3.10.7.3: the client resets what acknowledges another SYN, and goes on waiting."""
    s.seg(0, flags=SYN)
    s.gone(0, 1)
    bad = (s.seq[0] + 4711) % 2**32
    s.seg(1, flags=SYN | ACK, rel=999, ack=bad)
    s.seg(0, flags=RST, rel=4711)
    s.seg(1, flags=SYN | ACK)
    s.gone(1, 1)
    s.ack(0)


def syn_with_data(s):
    """RFC 7413: bytes in the SYN without a cookie are not taken; they come again."""
    side, data = s.talk.turns[0]
    s.seg(0, data[:100] if side == 0 else b'', SYN)
    s.gone(0, 1)
    s.seg(1, flags=SYN | ACK)
    s.gone(1, 1)
    s.ack(0)


def late_synack(s):
    opened(s)
    s.seg(1, flags=SYN | ACK, rel=-1)  # sent again
    s.ack(0)


def nothing(s):
    s.gone(0, 1)
    s.gone(1, 1)


def reopened(s):
    """A whole connection with the same ports before, ended by a reset."""
    first = list(s.seq)
    opened(s)
    s.push(0, b'\0' * 40)
    s.ack(1)
    s.seg(0, flags=RST | ACK)
    s.now += 200_000_000
    s.seq = [(n + 2**20) % 2**32 for n in first]
    opened(s)


row('split-handshake', open=split_handshake)
row('syn-decoy-checksum', open=syn_first_elsewhere(spoil=0x4242))
row('syn-decoy-ttl', open=syn_first_elsewhere(ttl=2))
row('synack-decoy', open=false_synack)
row('synack-again', open=late_synack)
row('syn-with-data', open=syn_with_data)
row('reopened', open=reopened)
row('midstream', open=nothing)
row('client-side-only', sides=(0,))
row('server-side-only', sides=(1,))
row('midstream-client-only', open=nothing, sides=(0,))
row('reset-at-end', close=lambda s: s.seg(0, flags=RST | ACK))
row('no-end', close=lambda s: None)
row('odd-port', port=lambda talk: 50000 + talk.ports[1] % 10000)

# --- IPv4 --------------------------------------------------------------------------------------------------------


def pieces(size, order=lambda s, p: p, **more):
    """Fragments of `size` bytes (a multiple of 8)."""
    def f(s, side, proto, l4, ttl):
        s.id += 1
        a, b = s.ends[side], s.ends[1 - side]
        out = [ip4(a, b, proto, part, ttl=ttl, id=s.id & 0xffff, offset=i * size, mf=(i + 1) * size < len(l4), **more)
               for i, part in enumerate(cut(l4, size))]
        return order(s, out)
    return f


def overlapped(kind, policy, unit=16):
    """The transport header comes alone and last; the two that overlap are behind it."""
    def f(s, side, proto, l4, ttl):
        if len(l4) < 24 + unit * 4:
            return plain_packets(s, side, proto, l4, ttl)
        s.id += 1
        a, b, end = s.ends[side], s.ends[1 - side], 24 + unit * 4
        parts = [(24 + at, part) for at, part in conflict(l4[24:], kind, FRAGMENTS[policy], unit)]
        parts += [(end, l4[end:])] * bool(l4[end:]) + [(24, l4[24:24 + unit]), (0, l4[:24])]
        return [ip4(a, b, proto, part, ttl=ttl, id=s.id & 0xffff, offset=at, mf=at + len(part) < len(l4))
                for at, part in parts]
    return f


def interleaved(s, side, proto, l4, ttl):
    """Three datagrams at once: the true one, one of another protocol and one that is never finished."""
    out = []
    for packet in pieces(16)(s, side, proto, l4, ttl):
        head, ident = packet[:20], struct.unpack_from('>H', packet, 4)[0]
        flags = struct.unpack_from('>H', packet, 6)[0]
        for other, protocol in ((ident ^ 0x8000, proto), (ident, 89)):
            if flags & 0x2000:  # never a last one
                out.append(ip4(head[12:16], head[16:20], protocol, junk(packet[20:]), id=other, mf=1,
                               offset=(flags & 0x1fff) * 8))
        out.append(packet)
    return out


def stale(s, side, proto, l4, ttl):
    """A wrong piece with the same number that the receiver's timer has long taken away (RFC 1122, 3.3.2: 60-120 s)."""
    if len(l4) < 48:
        return plain_packets(s, side, proto, l4, ttl)
    out = pieces(24)(s, side, proto, l4, ttl)
    bad = ip4(s.ends[side], s.ends[1 - side], proto, junk(l4[24:48]), id=s.id & 0xffff, offset=24, mf=1)
    s.raw(side, bad)
    s.now += 150_000_000_000
    return out


def optioned(s, side, proto, l4, ttl):
    s.id += 1
    return [ip4(s.ends[side], s.ends[1 - side], proto, l4, ttl=ttl, id=s.id & 0xffff, options=b'\x94\x04\0\0' + b'\x01' * 4)]


def marked(s, side, proto, l4, ttl):
    s.id += 1
    return [ip4(s.ends[side], s.ends[1 - side], proto, l4, ttl=ttl, id=0, evil=1)]


def shuffle(s, packets):
    s.random.shuffle(packets)
    return packets


for n in 8, 24, 64:
    row('fragments-%d' % n, packets=pieces(n))
row('fragments-reverse', packets=pieces(16, lambda s, p: p[::-1]))
row('fragments-shuffled', packets=pieces(8, shuffle))
row('fragments-twice', packets=pieces(24, lambda s, p: [x for q in p for x in (q, q)]) )
row('fragments-duplicate-behind', packets=pieces(24, lambda s, p: p[:-1] + p[:-1] + p[-1:]))
row('fragments-interleaved', packets=interleaved)
row('fragments-stale', packets=stale)
row('fragments-of-small-segments', packets=pieces(8), say=by(20))
for how in FRAGMENTS:
    for what in 'before', 'after', 'same', 'inside', 'around':
        row('fragments-%s-%s' % (what, how), packets=overlapped(what, how), policy=how)
row('ip-options', packets=optioned)
row('ip-reserved-bit', packets=marked)
row('odd-ttls', ttl=lambda s: s.random.randrange(20, 256))
row('vlan', tags=((0x8100, 7),))
row('qinq', tags=((0x88a8, 7), (0x8100, 9)))
row('trailer', trail=b'GET /padding HTTP/1.1\r\n' * 2, ttl=lambda s: 64)

# --- IPv6 --------------------------------------------------------------------------------------------------------


def six(*chain, split=0, order=lambda s, p: p, inner=(), words=0, atomic=False):
    """Extension headers `chain`, then, when split, fragments of that many bytes whose datagram begins with `inner`."""
    def f(s, side, proto, l4, ttl):
        s.id += 1
        a, b = s.ends[side], s.ends[1 - side]
        body, kind = l4, proto
        for e in inner[::-1]:
            body, kind = ext6(e, kind, words) + body, e
        if not split and not atomic:
            out = [(kind, body)]
        else:
            size = split or 1 << 16
            out = [(FRAGMENT, fragment6(kind, i * size, (i + 1) * size < len(body), s.id) + part)
                   for i, part in enumerate(cut(body, size))]
        packets = []
        for kind, body in out:
            for e in chain[::-1]:
                body, kind = ext6(e, kind, words) + body, e
            packets.append(ip6(a, b, kind, body, ttl))
        return order(s, packets)
    return f


for name, how in {
        'plain': six(), 'hop-by-hop': six(HOP), 'destination': six(DEST), 'routing': six(ROUTING),
        'chain': six(HOP, DEST, ROUTING, DEST), 'chain-long': six(HOP, DEST, ROUTING, DEST, words=9),
        'destination-many': six(*(DEST,) * 6), 'atomic-fragment': six(atomic=True),
        'chain-atomic': six(HOP, DEST, ROUTING, atomic=True, inner=(DEST,)), 'fragments-8': six(split=8),
        'fragments-48': six(split=48), 'fragments-reverse': six(split=16, order=lambda s, p: p[::-1]),
        'fragments-shuffled': six(split=16, order=shuffle),
        'fragments-header-behind': six(HOP, split=8, inner=(DEST,), words=3),
        'chain-fragments': six(HOP, DEST, ROUTING, split=24, inner=(DEST, DEST))}.items():
    row('ipv6-' + name, packets=how, version=6)
row('ipv6-segments-1', packets=six(), version=6, say=by(1))
row('ipv6-fragments-of-segments', packets=six(HOP, split=8), version=6, say=by(24))
