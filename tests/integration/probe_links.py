#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Links of a live probe: shared by workers, named, counted, watched. veth pairs in a network namespace; needs root."""
import shutil, signal, struct, sys

sys.dont_write_bytecode = True
from harness import *

STORY = TOP + "/pcaps/story.pcap"
DNS = TOP + "/pcaps/benign-dns.pcap"
WEB = TOP + "/pcaps/benign-web.pcap"


def links(evs):
    """What the last stats event says of each interface."""
    return {k["interface"]: k for k in last_stats(evs)["links"]}


def states(evs):
    return [(e["in_iface"], e["link_state"]["state"]) for e in evs if e["event_type"] == "link"]


def shared(label, probe, net, room):
    """Workers share an interface: together they see every frame once, and each connection whole."""
    want = sorted(ends(e) for e in flows(replay(probe, room, STORY)[2]))
    for balance in "flow", "address":
        p = Live(probe, room, "-i", "cap0", "--set", "probe.workers=3", "--set", f"capture.balance={balance}", net=net)
        n = net.send(STORY, "-p", "3000")
        status, got = p.stop(), p.events()
        capture = last_stats(got)["capture"]
        same(f"{label}: {balance}: every frame once", (status, capture["packets"], capture["kernel_drops"]), (0, n, 0))
        same(f"{label}: {balance}: the link's number is the sum", links(got)["cap0"]["packets"], n)
        same(f"{label}: {balance}: the connections of the replay, whole", sorted(ends(e) for e in flows(got)), want)


def in_vxlan(path, room):
    """
    A capture between tunnel ends, each behind a few of the hosts, under two VLAN tags. A tunnel end takes its
    source port from the connection as it sees it, so the two directions have different ports outside.
    """
    def wrap(frame):
        if frame[12:14] != b"\x08\x00":
            return frame
        ends = [bytes([172, 16, 0, frame[at] & 7]) for at in (29, 33)]
        port = 49152 + (frame[26] * 7 + frame[29] * 31 + frame[33] * 17 + frame[35] * 5) % 1024
        inner = struct.pack(">HHHHII", port, 4789, len(frame) + 16, 0, 0x08000000, 77 << 8) + frame
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, len(inner) + 20, 0, 0, 64, 17, 0, *ends)
        sum_ = sum(struct.unpack(">10H", ip))
        sum_ = ~((sum_ & 0xFFFF) + (sum_ >> 16)) & 0xFFFF
        tags = bytes.fromhex("8100000581000006") + b"\x08\x00"
        return bytes.fromhex("020000000002020000000001") + tags + ip[:10] + struct.pack(">H", sum_) + ip[12:] + inner
    return room.file("vxlan.pcap", pcap_head() + b"".join(
        pcap_record(at, wrap(frame)) for at, frame in pcap_frames(path)))


def tunnels(label, probe, net, room):
    """By address, the two directions of what is in a tunnel reach the same worker."""
    for end in "send0", "cap0":
        net.sh("ip", "link", "set", end, "mtu", "2000")
    path = in_vxlan(WEB, room)
    whole = sorted((ends(e), e["flow"]["pkts_toserver"], e["flow"]["pkts_toclient"])
                   for e in flows(replay(probe, room, path)[2]))
    check(f"{label}: tunnels: what is inside is seen", sum(1 for w in whole if w[0][0] == "TCP") > 10, whole)
    p = Live(probe, room, "-i", "cap0", "--set", "probe.workers=3", "--set", "capture.balance=address", net=net)
    n = net.send(path, "-p", "3000")
    status, got = p.stop(), p.events()
    same(f"{label}: tunnels: every frame", (status, last_stats(got)["capture"]["packets"]), (0, n))
    same(f"{label}: tunnels: connections are whole",
         sorted((ends(e), e["flow"]["pkts_toserver"], e["flow"]["pkts_toclient"]) for e in flows(got)), whole)
    check(f"{label}: tunnels: nothing to warn of", "capture.balance" not in p.said(), p.said())
    p = Live(probe, room, "-i", "cap0", "--set", "probe.workers=3", net=net)
    net.send(path, "-p", "3000")
    p.stop()
    check(f"{label}: tunnels: sharing by connection is warned of", "set capture.balance: address" in p.said(), p.said())


def two_fibres(label, probe, net, room):
    """A tap gives each direction on an interface of its own: both reach the same worker."""
    def part(there):
        return room.file(f"part{there}.pcap", pcap_head() + b"".join(
            pcap_record(at, frame) for at, frame in pcap_frames(DNS)
            if frame[12:14] == b"\x08\x00" and (struct.unpack_from(">H", frame, 36)[0] == 53) == there))
    for balance in "flow", "address":
        p = Live(probe, room, "-i", "cap0", "-i", "cap1", "--set", "probe.workers=3", "--set",
                 f"capture.balance={balance}", net=net)
        n = net.send(part(True), "-p", "500") + net.send(part(False), "-p", "500", i=1)
        status, got = p.stop(), p.events()
        same(f"{label}: two fibres, {balance}: every frame", (status, last_stats(got)["capture"]["packets"]), (0, n))
        halves = [e for e in flows(got) if e["dest_port"] == 53 and not e["flow"]["pkts_toclient"]]
        check(f"{label}: two fibres, {balance}: queries have their answers", flows(got) and not halves, halves[:3])


def counted(label, probe, net, room):
    """With several handles, too: sent = seen + dropped. The workers stand still, and the rings fill."""
    p = Live(probe, room, "-i", "cap0", "--set", "probe.workers=2", "--set", "capture.buffer=64kb", net=net)
    p.hit(signal.SIGSTOP)
    n = net.send(STORY, "--topspeed")
    p.hit(signal.SIGCONT)
    status, got = p.stop(), p.events()
    k = links(got)["cap0"]
    check(f"{label}: full rings drop, and say so", status == 0 and k["kernel_drops"] > 0, k)
    check(f"{label}: in the log, too", f"frames are lost: {k['kernel_drops']} because the kernel's ring was full" in p.said(),
          p.said())
    same(f"{label}: two handles: sent = seen + dropped", k["packets"] + k["kernel_drops"], n)


def named(label, probe, net, room):
    """Events carry what capture.links says; silence is said, and its end."""
    p = Live(probe, room, "-i", "cap0", "-i", "cap1", "--set", "capture.idle-alarm=2s", "--set",
             "capture.links.cap0=name=uplink-a direction=in segment=office", net=net)
    check(f"{label}: silence from the start is said", p.says(r"cap0 \(uplink-a\): no frame for") and
          p.says(r"cap1: no frame for"), p.said())
    net.send(WEB, "-p", "1000")
    check(f"{label}: its end is said", p.says(r"cap0 \(uplink-a\): the link is well again"), p.said())
    check(f"{label}: the silence after it is said", p.says(r"cap0 \(uplink-a\): no frame for", 2), p.said())
    net.send(DNS, "-p", "1000", i=1)
    p.stop()
    got = p.events()
    known = {(e["in_iface"], json.dumps(e.get("link"))) for e in got if "in_iface" in e}
    same(f"{label}: events name their link", known,
         {("cap0", '{"name": "uplink-a", "direction": "in", "segment": "office"}'), ("cap1", "null")})
    same(f"{label}: the states of a link in order", [s for i, s in states(got) if i == "cap0"][:3], ["idle", "ok", "idle"])
    same(f"{label}: and in stats", (links(got)["cap0"]["name"], links(got)["cap0"]["state"]), ("uplink-a", "idle"))


def half(path, room):
    """A capture with what clients say only."""
    def to_server(frame):
        return frame[12:14] == b"\x08\x00" and frame[23] == 6 and struct.unpack_from(">H", frame, 36)[0] < 1024
    return room.file("half.pcap", pcap_head() + b"".join(
        pcap_record(at, frame) for at, frame in pcap_frames(path) if to_server(frame)))


def one_way(label, probe, net, room):
    """A mirror port that copies one direction."""
    p = Live(probe, room, "-i", "cap0", "--set", "capture.one-way-alarm=5", "--set", "probe.workers=2",
             "--set", "flow.timeout.tcp-closed=1s", "--set", "flow.timeout.tcp-established=1s", net=net)
    net.send(half(WEB, room), "-p", "1000")
    check(f"{label}: one direction only is said", p.says("cap0: TCP connections show one direction only"), p.said())
    net.send(WEB, "-p", "1000")
    net.send(WEB, "-p", "1000")
    check(f"{label}: both again is said", p.says("cap0: the link is well again"), p.said())
    p.stop()
    same(f"{label}: one direction, then well", states(p.events())[:2], [("cap0", "one-way"), ("cap0", "ok")])


def down(label, probe, net, room):
    """An interface that is down at start, and goes down again."""
    net.sh("ip", "link", "set", "cap0", "down")
    net.sh("ip", "link", "set", "lo", "up")
    p = Live(probe, room, "-i", "cap0", "--set", "probe.workers=2", net=net)
    check(f"{label}: a link that is down is said", "cap0: the interface is down; capture begins when it is up" in p.said(),
          p.said())
    net.sh("ip", "link", "set", "cap0", "up")
    check(f"{label}: and that it came up", p.says("cap0: capture goes on"), p.said())
    n = net.send(STORY, "-p", "3000")
    net.sh("ip", "link", "set", "cap0", "down")
    check(f"{label}: down again is said", p.says("cap0: the interface is down; capture goes on when it is up"), p.said())
    net.sh("ip", "link", "set", "cap0", "up")
    check(f"{label}: and up again", p.says("cap0: capture goes on", 2), p.said())
    n += net.send(DNS, "-p", "1000")
    check(f"{label}: capture said it, nobody else", "well again" not in p.said() and "or gone" not in p.said(), p.said())
    status = p.stop()
    same(f"{label}: down in events", states(p.events())[:3], [("cap0", s) for s in ("down", "ok", "down")])
    same(f"{label}: every frame, from after the start on", (status, last_stats(p.events())["capture"]["packets"]), (0, n))
    check(f"{label}: no forbidden system call", "seccomp:" not in p.said(), p.said())


def anew(label, probe, net, room):
    """Removed and made anew, while workers share it: what is not taken up again is said."""
    p = Live(probe, room, "-i", "cap0", "--set", "probe.workers=2", net=net)
    net.sh("ip", "link", "del", "cap0")
    check(f"{label}: an interface that is gone is said", p.says("cap0: the interface is gone"), p.said())
    net.make(0)
    check(f"{label}: and whether its successor is captured", p.says("cap0: (.*needs a restart|capture goes on\n)"), p.said())
    p.stop()


def main():
    if not is_root():
        skip("links of the probe", "needs root")
        done()
    if not shutil.which("tcpreplay"):
        skip("links of the probe", "needs tcpreplay")
        done()
    for label, probe in builds():
        for part in shared, tunnels, two_fibres, counted, named, one_way, down, anew:
            with Net() as net, Room() as room:
                part(label, probe, net, room)
    done()


main()
