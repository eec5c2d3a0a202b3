#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Live, every frame is accounted for: as fast as tcpreplay goes over a cable between two namespaces, sent = seen +
counted drops, and at each hop behind the sum of the outcomes is what came in. With one worker and with two, with the
kernel ring of the settings and with one that is far too small. Where the kernel shares an interface by connection it
joins IPv4 fragments first (PACKET_FANOUT_FLAG_DEFRAG) and says not how many: there the traffic has none. Needs root.
"""
import shutil, signal, sys

sys.dont_write_bytecode = True
from harness import *
sys.path.insert(0, TOP + "/pcaps/recipes")
import evade, wire
from evade_rows import ROWS

STORY = TOP + "/pcaps/story.pcap"
TLS = TOP + "/pcaps/sig/tls.pcap"
LOOPS = 20
ODD = ["ffffffffffff020000000001" "0806" "0001080006040001", "0180c200000e020000000001" "88cc" "0207",
       "020000000002020000000001" "0800" "4f00ffff", "020000000002020000000001" "8899", "020000000002020000000001" "86dd" "60"]
SMALL = "--set", "capture.buffer=64kb"


def mixed(room, fragments=True):
    """The story, and what has another outcome at some hop: fragments, decoys, tags, ARP, LLDP, damage."""
    frames = [frame for _, frame in pcap_frames(STORY)]
    talks = list(enumerate(evade.talks_of(TLS)))
    rows = ["ipv6-chain-fragments", "decoy-checksum-data", "decoy-ttl-data", "qinq", "midstream"]
    for row in rows + ["fragments-24", "fragments-interleaved"] * fragments:
        frames += [frame for _, frame in evade.play(talks, ROWS[row])]
    frames += [bytes.fromhex(odd).ljust(60, b"\0") for odd in ODD for _ in range(50)]
    path = room.path + "/mixed.pcap"
    wire.write_pcap(path, [(i, frame) for i, frame in enumerate(frames)])
    return path


def hops(name, s, sent):
    """Every frame has one outcome at each hop; the names are those of the stats event."""
    c, d, f, i = s["capture"], s["decoder"], s["flow"], s["identify"]
    same(f"{name}: sent = seen + drops", (sent, c["packets"] + c["kernel_drops"] + c["if_drops"]), (sent, sent))
    same(f"{name}: captured = decoded", d["pkts"], c["packets"])
    same(f"{name}: decoded = to flow + no IP + damaged + unknown link + fragments kept", d["pkts"],
         d["to_flow"] + d["no_ip"] + d["invalid"] + d["unknown_link"] + d["fragment_kept"])
    same(f"{name}: to flow = in a flow + without + no memory", d["to_flow"],
         f["packets"] + f["no_flow"] + f["memory_failed"])
    same(f"{name}: in a flow = identified + settled + left out", f["packets"],
         i["packets"] + i["settled"] + i["left_out"])


def live(name, probe, net, room, *args, held=False, fragments=True):
    p = Live(probe, room, "-i", "cap0", "-S", room.rules(), *args, net=net)
    if held:  # so that the ring runs over on any machine
        p.hit(signal.SIGSTOP)
    n = net.send(mixed(room, fragments), "--topspeed", f"--loop={LOOPS}")
    if held:
        p.hit(signal.SIGCONT)
    same(f"{name}: ends with status 0", p.stop(), 0)
    s = last_stats(p.events())
    hops(name, s, n)
    return s["capture"]["kernel_drops"] + s["capture"]["if_drops"], n


def two_links(name, probe, net, room, *args, fragments=True):
    p = Live(probe, room, "-i", "cap0", "-i", "cap1", *args, net=net)
    path = mixed(room, fragments)
    a, b = (net.tcpreplay(path, "--topspeed", f"--loop={LOOPS // 4}", i=i) for i in (0, 1))
    n = sum(sent(t.communicate(timeout=PATIENCE)[0]) for t in (a, b))
    same(f"{name}: ends with status 0", p.stop(), 0)
    hops(name, last_stats(p.events()), n)


def main():
    if not is_root() or not shutil.which("tcpreplay"):
        skip("every frame is accounted for", "needs root and tcpreplay")
        done()
    for label, probe in builds():
        with Far() as net, Room() as room:
            for workers, balance in (1, "flow"), (2, "flow"), (2, "address"):
                name = f"{label}, workers {workers}" + (f" by {balance}" if workers > 1 else "")
                more = "--set", f"probe.workers={workers}", "--set", f"capture.balance={balance}"
                whole = workers == 1 or balance == "address"
                dropped, n = live(name, probe, net, room, *more, fragments=whole)
                print(f"# {name}: {n} frames sent, {dropped} dropped", flush=True)
                dropped, n = live(f"{name}, small ring", probe, net, room, *more, *SMALL, held=True, fragments=whole)
                check(f"{name}, small ring: the kernel drops, and it is counted", 0 < dropped < n, dropped)
                two_links(f"{name}, two links", probe, net, room, *more, fragments=whole)
    done()


main()
