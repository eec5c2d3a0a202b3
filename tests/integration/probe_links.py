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


def counted(label, probe, net, room):
    """With several handles, too: sent = seen + dropped. The workers stand still, and the rings fill."""
    p = Live(probe, room, "-i", "cap0", "--set", "probe.workers=2", "--set", "capture.buffer=64kb", net=net)
    p.hit(signal.SIGSTOP)
    n = net.send(STORY, "--topspeed")
    p.hit(signal.SIGCONT)
    status, got = p.stop(), p.events()
    k = links(got)["cap0"]
    check(f"{label}: full rings drop, and say so", status == 0 and k["kernel_drops"] > 0, k)
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
    status = p.stop()
    same(f"{label}: every frame, from after the start on", (status, last_stats(p.events())["capture"]["packets"]), (0, n))
    check(f"{label}: no forbidden system call", "seccomp:" not in p.said(), p.said())


def main():
    if not is_root():
        skip("links of the probe", "needs root")
        done()
    if not shutil.which("tcpreplay"):
        skip("links of the probe", "needs tcpreplay")
        done()
    for label, probe in builds():
        for part in shared, counted, named, one_way, down:
            with Net() as net, Room() as room:
                part(label, probe, net, room)
    done()


main()
