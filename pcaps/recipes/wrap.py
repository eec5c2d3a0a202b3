#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Put the frames of a capture into an encapsulation, as they would look had they travelled in it.

usage: wrap.py --list
       wrap.py KIND IN.pcap OUT.pcap

IN is a classic capture of Ethernet frames. Both directions get outer headers with swapped ends, right lengths and right
checksums; MTUs are ignored. Labels, TEIDs and source ports differ between the directions, as they do on a wire. A kind
that carries datagrams leaves Ethernet frames without IP alone, or leaves them out where the link type changes. Same
input, same bytes. The table KINDS is at the end.

    frames = list(read("story.pcap"))
    linktype, wrapped = wrap("vxlan", frames)          # tenant 0; wrap("vxlan", frames, tenant=1) has other numbers
    write("out.pcap", linktype, wrapped)
"""
import ipaddress, struct, sys, zlib

A4, B4 = ipaddress.ip_address("192.0.2.101").packed, ipaddress.ip_address("192.0.2.102").packed
A6, B6 = ipaddress.ip_address("2001:db8:1::a").packed, ipaddress.ip_address("2001:db8:1::b").packed
MACS = bytes.fromhex("025700000101"), bytes.fromhex("025700000102")
U8, U16, U32 = (struct.Struct(f).pack for f in (">B", ">H", ">I"))


def le16(v):
    return struct.pack("<H", v)


def le32(v):
    return struct.pack("<I", v)


# ---- captures ----

def read(path):
    """(seconds, microseconds, frame) of each frame."""
    data = open(path, "rb").read()
    order = "<" if data[:4] == b"\xd4\xc3\xb2\xa1" else ">"
    if data[:4] not in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4") or struct.unpack(order + "I", data[20:24])[0] != 1:
        raise SystemExit(f"{path}: not a classic capture of Ethernet frames")
    at = 24
    while at + 16 <= len(data):
        s, us, n, _ = struct.unpack(order + "4I", data[at:at + 16])
        yield s, us, data[at + 16:at + 16 + n]
        at += 16 + n


def write(path, linktype, frames):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, linktype))
        for s, us, frame in frames:
            f.write(struct.pack("<4I", s, us, len(frame), len(frame)) + frame)


# ---- headers ----

def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Frame:
    """One frame, what is in it, and which way it goes: `back` is the direction of the higher address."""

    def __init__(self, data, tenant):
        self.data, self.tenant = data, tenant
        self.type = struct.unpack(">H", data[12:14])[0]
        self.ip = None
        if self.type == 0x0800:
            self.ip = data[14:14 + struct.unpack(">H", data[16:18])[0]]
            self.back = self.ip[12:16] > self.ip[16:20]
        elif self.type == 0x86DD:
            self.ip = data[14:54 + struct.unpack(">H", data[18:20])[0]]
            self.back = self.ip[8:24] > self.ip[24:40]
        else:
            self.back = data[6:12] > data[0:6]
        self.four = self.type == 0x0800
        # what a sender takes as the outer source port: the same for all packets of a direction
        self.port = 49152 + zlib.crc32(data[:12]) % 16384

    def ends(self, a, b):
        return (b, a) if self.back else (a, b)


def ethernet(f, kind, payload):
    src, dst = f.ends(*MACS)
    return dst + src + U16(kind) + payload


def ip4(f, proto, payload):
    src, dst = f.ends(A4, B4)
    h = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0x4000, 61, proto, 0) + src + dst
    return h[:10] + U16(checksum(h)) + h[12:] + payload


def ip6(f, proto, payload):
    src, dst = f.ends(A6, B6)
    return struct.pack(">IHBB", 6 << 28, len(payload), proto, 61) + src + dst + payload


def udp4(f, port, payload, sport=None):
    src, dst = f.ends(A4, B4)
    h = struct.pack(">HHHH", sport or f.port, port, 8 + len(payload), 0)
    sum_ = checksum(src + dst + struct.pack(">HH", 17, len(h) + len(payload)) + h + payload) or 0xFFFF
    return ethernet(f, 0x0800, ip4(f, 17, h[:6] + U16(sum_) + payload))


def udp6(f, port, payload):
    src, dst = f.ends(A6, B6)
    h = struct.pack(">HHHH", f.port, port, 8 + len(payload), 0)
    sum_ = checksum(src + dst + struct.pack(">II", len(h) + len(payload), 17) + h + payload) or 0xFFFF
    return ethernet(f, 0x86DD, ip6(f, 17, h[:6] + U16(sum_) + payload))


def in4(f, proto, payload):
    return ethernet(f, 0x0800, ip4(f, proto, payload))


def in6(f, proto, payload):
    return ethernet(f, 0x86DD, ip6(f, proto, payload))


def vni(f):
    return 5000 + f.tenant


def label(f, bottom=True):
    return U32((1000 + 10 * f.tenant + f.back) << 12 | bottom << 8 | 62)


def vxlan_header(f, flags=0x08, last=0):
    return U8(flags) + b"\0\0" + U8(last) + U32(vni(f) << 8)


def ppp(f):
    return U16(0x0021 if f.four else 0x0057) + f.ip


def gre(f, proto, payload, flags=0, key=0):
    options = b"\0\0\0\0" * bool(flags & 0x8000) + U32(key) * bool(flags & 0x2000) + U32(7) * bool(flags & 0x1000)
    whole = U16(flags) + U16(proto) + options + payload
    return whole[:4] + U16(checksum(whole)) + whole[6:] if flags & 0x8000 else whole


def ethertype(f):
    return 0x0800 if f.four else 0x86DD


def snap(f):
    return b"\xaa\xaa\x03\0\0\0" + U16(f.type) + f.data[14:]


# ---- encapsulations: each takes a Frame and gives the bytes of the wrapped one ----

def vlan_wrap(*tags):
    def wrap_(f):
        rest = f.data[12:]
        for kind, vid in reversed(tags):
            rest = U16(kind) + U16(vid + f.tenant) + rest
        return f.data[:12] + rest
    return wrap_


def snap_ethernet(f):
    body = snap(f)
    return f.data[:12] + U16(len(body)) + body if len(body) < 0x600 else f.data


def pppoe(f):
    body = ppp(f)
    return ethernet(f, 0x8864, b"\x11\0\0\x05" + U16(len(body)) + body)


def gre_routing(f):
    route = U16(0x0800) + b"\0\x08" + A4 + B4 + b"\0\0\0\0"
    return in4(f, 47, U16(0x4000) + U16(ethertype(f)) + b"\0\0\0\0" + route + f.ip)


def pptp(f):
    body = b"\xff\x03" + ppp(f)
    return in4(f, 47, b"\x30\x81\x88\x0b" + U16(len(body)) + U16(3 + f.back) + U32(9) + U32(8) + body)


def erspan2(f):
    return in4(f, 47, gre(f, 0x88BE, U32(1 << 28 | 100 << 16 | 77) + U32(0) + f.data, 0x1000))


def erspan3(f, platform=b""):
    head = U32(2 << 28 | 100 << 16 | 77) + U32(123456) + b"\0\0" + U16(1 if platform else 0)
    return in4(f, 47, gre(f, 0x22EB, head + platform + f.data, 0x1000))


def geneve(f, proto, payload, options=b""):
    return udp4(f, 6081, U8(len(options) // 4) + b"\0" + U16(proto) + U32(vni(f) << 8) + options + payload)


def gtp(f, extended):
    more = b"\0\x01\0\x85" + b"\x01\x10\x09\0" if extended else b""
    head = U8(0x36 if extended else 0x30) + b"\xff" + U16(len(more) + len(f.ip)) + U32(0x1000 + f.back)
    return udp4(f, 2152, head + more + f.ip, 2152)


def l2tp2(f):
    body = b"\xff\x03" + ppp(f)
    return udp4(f, 1701, b"\x40\x02" + U16(8 + len(body)) + U16(4 + f.back) + U16(9) + body, 1701)


def pbb(f):
    return ethernet(f, 0x88E7, U32(0x1000 + f.tenant) + f.data)


def wifi(f, padding=b""):
    """Data with QoS; one way to the access point, the other from it."""
    dst, src = f.data[:6], f.data[6:12]
    ap = MACS[0]
    addresses = ap + src + dst if f.back else dst + ap + src
    return b"\x88" + (b"\x01" if f.back else b"\x02") + b"\0\0" + addresses + b"\x10\0" + b"\0\0" + padding + snap(f)


def wifi_bridge(f):
    return b"\x08\x03\0\0" + MACS[0] + MACS[1] + f.data[:6] + b"\x10\0" + f.data[6:12] + snap(f)


def wifi_amsdu(f):
    dst, src, body = f.data[:6], f.data[6:12], snap(f)
    head = b"\x88\x02\0\0" + dst + MACS[0] + MACS[0] + b"\x10\0" + b"\x80\0"
    return head + dst + src + U16(len(body)) + body


def radiotap(f):
    """Two words of what is present, a clock to align, flags: padded, and a checksum behind."""
    head = b"\0\0\x19\0" + le32(0x80000003) + le32(0) + b"\0\0\0\0" + b"\1\0\0\0\0\0\0\0" + b"\x30"
    return head + wifi(f, b"\0\0") + b"\xde\xad\xbe\xef"


def nflog(f):
    return U8(2 if f.four else 10) + b"\0\0\0" + le16(6) + le16(10) + b"x\0\0\0" + le16(4 + len(f.ip)) + le16(9) + f.ip


def prism(f):
    return le32(0x44) + le32(144) + b"wlan0".ljust(136, b"\0") + wifi(f)


def avs(f):
    return U32(0x80211001) + U32(64) + b"\0" * 56 + wifi(f)


def arcnet(f):
    return b"\1\2\0\0" + (b"\xd4" if f.four else b"\xc4") + b"\0\0\1" + f.ip


def dsa(tag):
    return lambda f: f.data[:12] + tag + f.data[12:]


def again(*kinds):
    """One encapsulation in another, the innermost first."""
    def wrap_(f):
        for kind in kinds:
            f = Frame(KINDS[kind][1](f), f.tenant)
        return f.data
    return wrap_


# name: (link type, function, does it carry whole frames, does it say whose network it is)
KINDS = {
    "bare": (1, lambda f: f.data, True, False),
    "vlan": (1, vlan_wrap((0x8100, 100)), True, True),
    "qinq": (1, vlan_wrap((0x88A8, 100), (0x8100, 200)), True, True),
    "qinq-9100": (1, vlan_wrap((0x9100, 100), (0x9200, 200)), True, True),
    "vlan3": (1, vlan_wrap((0x9300, 300), (0x88A8, 100), (0x8100, 200)), True, True),
    "snap": (1, snap_ethernet, False, False),
    "pppoe": (1, pppoe, False, False),
    "pbb": (1, pbb, True, False),
    "vntag": (1, lambda f: f.data[:12] + U16(0x8926) + U32(0x80010002) + f.data[12:], True, False),
    "etag": (1, lambda f: f.data[:12] + U16(0x893F) + b"\0\0\0\1\0\0" + f.data[12:], True, False),
    "trustsec": (1, lambda f: f.data[:12] + U16(0x8909) + b"\1\1\0\1\0\5" + f.data[12:], True, False),
    "fabricpath": (1, lambda f: ethernet(f, 0x8903, U16(0x0041) + f.data), True, False),
    "mpls": (1, lambda f: ethernet(f, 0x8847, label(f) + f.ip), False, True),
    "mpls3": (1, lambda f: ethernet(f, 0x8847, U32(17 << 12 | 64) + U32(18 << 12 | 64) + label(f) + f.ip), False, True),
    "mpls-entropy": (1, lambda f: ethernet(f, 0x8847, label(f, False) + U32(7 << 12 | 64) +
                                           U32(f.port << 12 | 0x100) + f.ip), False, True),
    "mpls-ethernet": (1, lambda f: ethernet(f, 0x8847, label(f) + U32(0) + f.data), True, True),
    "mpls-ethernet-plain": (1, lambda f: ethernet(f, 0x8848, label(f) + f.data), True, True),
    "mpls-ip": (1, lambda f: in4(f, 137, label(f) + f.ip), False, True),
    "mpls-udp": (1, lambda f: udp4(f, 6635, label(f) + f.ip), False, True),
    "ip4": (1, lambda f: in4(f, 4 if f.four else 41, f.ip), False, False),
    "ip6": (1, lambda f: in6(f, 4 if f.four else 41, f.ip), False, False),
    "gre": (1, lambda f: in4(f, 47, gre(f, ethertype(f), f.ip)), False, False),
    "gre-options": (1, lambda f: in4(f, 47, gre(f, ethertype(f), f.ip, 0xB000, 90 + f.back)), False, False),
    "gre-routing": (1, gre_routing, False, False),
    "gre6": (1, lambda f: in6(f, 47, gre(f, ethertype(f), f.ip, 0x2000, 5)), False, False),
    "gre-ethernet": (1, lambda f: in4(f, 47, gre(f, 0x6558, f.data)), True, False),
    "gre-mpls": (1, lambda f: in4(f, 47, gre(f, 0x8847, label(f) + f.ip)), False, True),
    "gre-ppp": (1, lambda f: in4(f, 47, gre(f, 0x880B, ppp(f))), False, False),
    "pptp": (1, pptp, False, False),
    "nvgre": (1, lambda f: in4(f, 47, gre(f, 0x6558, f.data, 0x2000, vni(f) << 8 | 3)), True, True),
    "erspan1": (1, lambda f: in4(f, 47, gre(f, 0x88BE, f.data)), True, False),
    "erspan2": (1, erspan2, True, False),
    "erspan3": (1, erspan3, True, False),
    "erspan3-platform": (1, lambda f: erspan3(f, b"\x10\0\0\0\0\0\0\1"), True, False),
    "vxlan": (1, lambda f: udp4(f, 4789, vxlan_header(f) + f.data), True, True),
    "vxlan-8472": (1, lambda f: udp4(f, 8472, vxlan_header(f) + f.data), True, True),
    "vxlan-ipv6": (1, lambda f: udp6(f, 4789, vxlan_header(f) + f.data), True, True),
    "vxlan-vlan": (1, lambda f: udp4(f, 4789, vxlan_header(f) + vlan_wrap((0x8100, 9))(f)), True, True),
    "vxlan-gpe": (1, lambda f: udp4(f, 4790, vxlan_header(f, 0x0C, 1 if f.four else 2) + f.ip), False, True),
    "vxlan-gpe-ethernet": (1, lambda f: udp4(f, 4790, vxlan_header(f, 0x0C, 3) + f.data), True, True),
    "vxlan-gpe-nsh": (1, lambda f: udp4(f, 4790, vxlan_header(f, 0x0C, 4) + b"\0\2\2\3\0\0\1\xff" + f.data), True, True),
    "geneve": (1, lambda f: geneve(f, 0x6558, f.data, b"\1\2\3\1abcd"), True, True),
    "geneve-ip": (1, lambda f: geneve(f, ethertype(f), f.ip), False, True),
    "gtp": (1, lambda f: gtp(f, False), False, False),
    "gtp-extended": (1, lambda f: gtp(f, True), False, False),
    "l2tp2": (1, l2tp2, False, False),
    "l2tp3": (1, lambda f: in4(f, 115, U32(77 + f.back) + b"cookies!" + f.data), True, False),
    "l2tp3-udp": (1, lambda f: udp4(f, 1701, b"\0\3\0\0" + U32(77) + b"cook" + f.data, 1701), True, False),
    "raw": (101, lambda f: f.ip, False, False),
    "null": (0, lambda f: le32(2 if f.four else 30) + f.ip, False, False),
    "loop": (108, lambda f: U32(2 if f.four else 24) + f.ip, False, False),
    "sll": (113, lambda f: b"\0\0\0\1\0\6" + f.data[6:12] + b"\0\0" + f.data[12:], True, False),
    "sll2": (276, lambda f: f.data[12:14] + b"\0\0\0\0\0\2\0\1\0\6" + f.data[6:12] + b"\0\0" + f.data[14:], True, False),
    "ppp": (9, lambda f: b"\xff\x03" + ppp(f), False, False),
    "ppp-hdlc": (50, lambda f: b"\xff\x03" + ppp(f), False, False),
    "ppp-direction": (204, lambda f: U8(f.back) + b"\xff\x03" + ppp(f), False, False),
    "pppoe-link": (51, lambda f: pppoe(f)[14:], False, False),
    "cisco-hdlc": (104, lambda f: b"\x0f\0" + U16(ethertype(f)) + f.ip, False, False),
    "frame-relay": (107, lambda f: b"\x18\x41\x03" + (b"\xcc" if f.four else b"\x8e") + f.ip, False, False),
    "frame-relay-snap": (107, lambda f: b"\x18\x41\x03\0\x80\0\0\0" + f.data[12:], True, False),
    "slip": (8, lambda f: U8(f.back) + b"\0" * 15 + f.ip, False, False),
    "mpls-link": (219, lambda f: label(f) + f.ip, False, True),
    "wifi": (105, wifi, True, False),
    "wifi-bridge": (105, wifi_bridge, True, False),
    "wifi-amsdu": (105, wifi_amsdu, True, False),
    "radiotap": (127, radiotap, True, False),
    "prism": (119, prism, True, False),
    "prism-avs": (119, avs, True, False),
    "avs": (163, avs, True, False),
    "ppi": (192, lambda f: b"\0\0" + le16(16) + le32(105) + b"\0\0\4\0abcd" + wifi(f), True, False),
    "nflog": (239, nflog, False, False),
    "pktap": (258, lambda f: le32(108) + le32(1) + le32(1) + b"en0".ljust(96, b"\0") + f.data, True, False),
    "ipnet": (226, lambda f: b"\1" + (b"\2" if f.four else b"\x1a") + b"\0" * 22 + f.ip, False, False),
    "enc": (109, lambda f: le32(2) + b"\0" * 8 + f.ip, False, False),
    "pflog": (117, lambda f: b"\x3d\2" + b"\0" * 62 + f.ip, False, False),
    "atm": (100, snap, True, False),
    "atm-ip": (106, lambda f: f.ip, False, False),
    "sun-atm": (123, lambda f: b"\2\0\0\5" + snap(f), True, False),
    "arcnet": (129, arcnet, False, False),
    "fddi": (10, lambda f: b"\x50" + f.data[:12] + snap(f), True, False),
    "token-ring": (6, lambda f: b"\x10\x40" + f.data[:6] + b"\x82" + f.data[7:12] + b"\x06\x20\0\x11\0\x20" + snap(f), True,
                   False),
    "fibre-channel": (122, lambda f: b"\0\0" + f.data[:6] + b"\0\0" + f.data[6:12] + snap(f), True, False),
    "firewire": (138, lambda f: b"\0" * 16 + U16(ethertype(f)) + f.ip, False, False),
    "infiniband": (242, lambda f: b"\0" * 40 + U16(ethertype(f)) + b"\0\0" + f.ip, False, False),
    "netanalyzer": (240, lambda f: b"\0" * 4 + f.data, True, False),
    "netanalyzer-preamble": (241, lambda f: b"\0" * 4 + b"\x55" * 7 + b"\xd5" + f.data, True, False),
    "epon": (259, lambda f: b"\x55" * 8 + f.data, True, False),
    "dsa": (284, dsa(b"\x40\1\0\0"), True, False),
    "dsa-brcm": (281, dsa(b"\x20\0\0\1"), True, False),
    "dsa-brcm-before": (282, lambda f: b"\x20\0\0\1" + f.data, True, False),
    "edsa": (285, dsa(b"\xda\xda\0\0\x40\1\0\0"), True, False),
    "vxlan-in-gre": (1, again("vxlan", "gre"), True, True),
    "gtp-in-mpls-in-vlan": (1, again("gtp", "mpls", "vlan"), False, True),
    "ip-in-vxlan-in-geneve": (1, again("ip4", "vxlan", "geneve"), False, True),
    "vlan-in-vxlan-in-qinq": (1, again("vlan", "vxlan", "qinq"), True, True),
}


def wrap(kind, frames, tenant=0):
    """(link type, wrapped frames) of (seconds, microseconds, Ethernet frame)."""
    linktype, function, whole, _ = KINDS[kind]
    out = []
    for s, us, data in frames:
        f = Frame(data, tenant)
        if f.ip is not None or whole:
            out.append((s, us, function(f)))
        elif linktype == 1:
            out.append((s, us, data))
    return linktype, out


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(KINDS))
    elif len(sys.argv) == 4 and sys.argv[1] in KINDS:
        linktype, frames = wrap(sys.argv[1], read(sys.argv[2]))
        write(sys.argv[3], linktype, frames)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
