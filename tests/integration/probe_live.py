#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The probe on real interfaces: veth pairs in a network namespace, traffic from tcpreplay. Needs root."""
import os, re, shutil, signal, sys, time

sys.dont_write_bytecode = True
from harness import *

STORY = TOP + "/pcaps/story.pcap"
DNS = TOP + "/pcaps/benign-dns.pcap"
WEB = TOP + "/pcaps/benign-web.pcap"
RATE = 3000  # frames a second: the story in one and a half
HEARD = 'alert dns any any -> any any (msg:"a name is asked for"; dns.query; pcre:"/^[a-z0-9-]+\\./i"; sid:%d; rev:1;)\n'


def retimed(room):
    """The story at the pace it is sent with: what live must give, timeouts and all."""
    data = pcap_head() + b"".join(
        pcap_record(1789347600 + i / RATE, frame) for i, (_, frame) in enumerate(pcap_frames(STORY)))
    return room.file("retimed.pcap", data)


def sockets(pid):
    fds = [os.readlink(f"/proc/{pid}/fd/{n}") for n in os.listdir(f"/proc/{pid}/fd")]
    return [f for f in fds if f.startswith("socket:")]


def story(label, probe, net, room):
    """The same findings as in replay; locked in; silent on the wire."""
    rules = room.rules()
    _, _, want = replay(probe, room, retimed(room), "-S", rules)
    before = net.left("cap0")
    p = Live(probe, room, "-i", "cap0", "-S", rules, net=net)
    same(f"{label}: becomes nobody", p.status("Uid"), "65534\t65534\t65534\t65534")
    same(f"{label}: has no capability", (p.status("CapEff"), p.status("CapPrm"), p.status("CapBnd")), ("0" * 16,) * 3)
    same(f"{label}: no new privileges, seccomp filter", (p.status("NoNewPrivs"), p.status("Seccomp")), ("1", "2"))
    check(f"{label}: one socket only, the capture's", len(sockets(p.pid)) == 1, sockets(p.pid))
    n = net.send(STORY, "-p", str(RATE))
    same(f"{label}: SIGTERM ends it with status 0", p.stop(), 0)
    got = p.events()
    same(f"{label}: every frame sent is seen", last_stats(got)["capture"]["packets"], n)
    same(f"{label}: nothing is dropped", last_stats(got)["capture"]["kernel_drops"], 0)
    same(f"{label}: the alerts of the replay", sids(got), sids(want))
    same(f"{label}: the flows of the replay", len(flows(got)), len(flows(want)))
    same(f"{label}: flows name their interface", {e.get("in_iface") for e in flows(got)}, {"cap0"})
    same(f"{label}: no frame leaves the capture interface", net.left("cap0"), before)
    check(f"{label}: no forbidden system call", "seccomp:" not in p.said(), p.said())


def two(label, probe, net, room):
    """Two interfaces at once; each flow names its own."""
    dns = {ends(e) for e in flows(replay(probe, room, DNS)[2])}
    web = {ends(e) for e in flows(replay(probe, room, WEB)[2])} - dns
    p = Live(probe, room, "-i", "cap0", "-i", "cap1", net=net)
    a, b = net.tcpreplay(DNS, "-p", "500", i=0), net.tcpreplay(WEB, "-p", "1000", i=1)
    n = sent(a.communicate(timeout=PATIENCE)[0]) + sent(b.communicate(timeout=PATIENCE)[0])
    status = p.stop()
    got = p.events()
    same(f"{label}: two interfaces, all frames", (status, last_stats(got)["capture"]["packets"]), (0, n))
    named = {(e["in_iface"], ends(e) in dns) for e in flows(got) if ends(e) in dns or ends(e) in web}
    same(f"{label}: flows of two interfaces name their own", named, {("cap0", True), ("cap1", False)})


def reload(label, probe, net, room):
    """SIGHUP while traffic flows: rules, databases, event file; nothing is lost."""
    rules = room.file("own.rules", HEARD % 900001)
    segments = room.file("segments.yaml", "- {cidr: 10.0.0.0/8, name: office, importance: 3}\n")
    args = ["-S", rules, "--set", f"learn.segments-file={segments}"]
    country = CORPUS + "/mmdb/GeoLite2-Country-2019.mmdb"
    if os.path.exists(country):
        shutil.copyfile(country, room.path + "/country.mmdb")
        args += ["--set", f"learn.geo-databases={room.path}/country.mmdb"]
    before = net.left("cap0")
    p = Live(probe, room, "-i", "cap0", *args, net=net)
    n = net.send(DNS, "-p", "1000")
    traffic = net.tcpreplay(STORY, "-p", "2000", "--loop=2")
    room.file("own.rules", HEARD % 900001 + HEARD % 900002)
    os.rename(p.file, p.file + ".1")
    p.hit(signal.SIGHUP)
    check(f"{label}: a reload is said", p.says(r"reload: 2 rules in force, 0 refused"), p.said())
    until(lambda: os.path.exists(p.file))
    n += sent(traffic.communicate(timeout=PATIENCE)[0])
    n += net.send(DNS, "-p", "1000")

    room.file("own.rules", HEARD % 900003 + "alert nonsense\n")
    p.hit(signal.SIGHUP)
    check(f"{label}: a bad rule is refused, the others load", p.says(r"reload: 1 rules in force, 1 refused"), p.said())
    n += net.send(DNS, "-p", "1000")
    room.file("segments.yaml", "- {cidr: 10.0.0.0/99, name: office, importance: 3}\n")
    p.hit(signal.SIGHUP)
    check(f"{label}: broken segments: what is in force stays", p.says(r"segments\.yaml:\d+.*in force stay"), p.said())
    n += net.send(DNS, "-p", "1000")
    same(f"{label}: status 0 after reloads", p.stop(), 0)

    old, new = events(p.file + ".1"), p.events()
    capture = last_stats(new)["capture"]
    same(f"{label}: no frame lost over reloads", (capture["packets"], capture["kernel_drops"]), (n, 0))
    check(f"{label}: the new rules are in force", {900002, 900003} <= set(sids(new)), sids(new))
    same(f"{label}: events from before the rename stay in the old file", sids(old)[:1], [900001])
    same(f"{label}: no event lost over the rotation", len(old) + len(new), last_stats(new)["output"]["events"] + 1)
    same(f"{label}: stats count what is loaded now", last_stats(new)["match"]["rules_loaded"], 1)
    same(f"{label}: all lists were readable", last_stats(new)["output"]["bad_lists"], 0)
    same(f"{label}: no frame leaves over reloads", net.left("cap0"), before)
    check(f"{label}: no forbidden system call over reloads", "seccomp:" not in p.said(), p.said())


def lists_reload(label, probe, net, room):
    """Lists of indicators change under traffic: each packet meets those in force, whole."""
    def listed(text):
        room.file("new.csv", text)
        os.rename(room.path + "/new.csv", room.path + "/iocs.csv")

    def turn(pattern):
        p.hit(signal.SIGHUP)
        turns.append(p.says(r"reload: ", len(turns) + 1) and p.says(pattern))
        return net.send(DNS, "-p", "1000")

    turns = []
    listed("type,value,confidence,source\ndomain,nobody-asks.example,90,first\n")
    p = Live(probe, room, "-i", "cap0", "--set", f"lists.files={room.path}/iocs.csv", net=net)
    n = net.send(DNS, "-p", "1000")
    listed("type,value,confidence,source\ndomain,city.example,90,second\n")
    n += turn(r"lists: 1 entries, \d+ bytes, 0 not used")
    listed("type,value,confidence,expires,source\ndomain,city.example,90,2020-01-01,third\nip,300.1.1.1,,,\n")
    n += turn(r"iocs\.csv:3: .*not understood")
    os.remove(room.path + "/iocs.csv")
    n += turn(r"iocs\.csv: No such file")
    status, got = p.stop(), p.events()
    heard = [e["indicator"] for e in got if e["event_type"] == "alert"]
    asked = [e for e in got if e["event_type"] == "dns" and e["dns"]["type"] == "request"]
    check(f"{label}: each reload of the lists is said", all(turns), p.said())
    same(f"{label}: no frame lost over them", (status, last_stats(got)["capture"]["packets"]), (0, n))
    same(f"{label}: only the second list spoke", {(i["source"], i["value"]) for i in heard}, {("second", "city.example")})
    below = [e for e in asked if "city.example" in str(e["dns"])]
    same(f"{label}: for each question of one round", len(heard) * 4, len(below))
    check(f"{label}: what expired is counted", last_stats(got)["match"]["list_expired"] > 0, last_stats(got)["match"])
    same(f"{label}: the list that is gone is counted", last_stats(got)["output"]["bad_lists"], 1)


def busy_reload(label, probe, net, room):
    """While rules compile: the next SIGHUP is remembered, a stop ends it cleanly."""
    def many(n, first):
        name = "alert tcp any any -> any any (msg:\"m\"; content:\"%08x-{n}\"; pcre:\"/%08x[a-f]+z/\"; sid:%d;)\n"
        return "".join(name.replace("{n}", str(first)) % (i * 2654435761 % 2**32, i, first + i) for i in range(n))

    rules = room.file("own.rules", HEARD % 900001)
    p = Live(probe, room, "-i", "cap0", "-S", rules, net=net)
    room.file("own.rules", many(6000, 1000))
    p.hit(signal.SIGHUP)
    room.file("own.rules", many(6000, 1000) + many(6000, 20000) + HEARD % 900002)
    p.hit(signal.SIGHUP)
    check(f"{label}: a reload asked for during another is done", p.says(r"reload: 12001 rules in force, 0 refused"), p.said())
    n = net.send(DNS, "-p", "1000")
    room.file("own.rules", many(6000, 1000) + many(6000, 40000))
    p.hit(signal.SIGHUP)
    same(f"{label}: a stop during a reload", p.stop(), 0)
    got = p.events()
    same(f"{label}: all frames were seen", last_stats(got)["capture"]["packets"], n)
    check(f"{label}: by the rules of the second", set(sids(got)) == {900002}, sids(got)[:5])
    check(f"{label}: nothing is said of the reload given up", "told to stop" not in p.said(), p.said())
    check(f"{label}: no forbidden system call during reloads", "seccomp:" not in p.said(), p.said())


def losses(label, probe, net, room):
    """
    Stats come at their interval, and what the kernel had no room for is counted. The kernel counts
    a frame as dropped when the ring is full at its arrival, and all others are in the ring until they
    are read; so with the sender done and the ring read to its end, sent = seen + drops.
    """
    p = Live(probe, room, "-i", "cap0", "--set", "capture.buffer=64kb", "--set", "output.stats-interval=1s", net=net)
    until(lambda: len([e for e in p.events() if e["event_type"] == "stats"]) >= 3)
    ups = [e["stats"]["uptime"] for e in p.events() if e["event_type"] == "stats"]
    check(f"{label}: stats come again and again on a silent line", len(ups) >= 3 and sorted(set(ups)) == ups, ups)
    p.hit(signal.SIGSTOP)
    n = net.send(STORY, "--topspeed")
    p.hit(signal.SIGCONT)
    status = p.stop()
    capture = last_stats(p.events())["capture"]
    check(f"{label}: a full ring drops, and says so", status == 0 and capture["kernel_drops"] > 0, capture)
    same(f"{label}: sent = seen + dropped", capture["packets"] + capture["kernel_drops"], n)


def killed(label, probe, net, room):
    """An end without notice sends nothing either; an end by the filter is never silent."""
    before = net.left("cap0")
    p = Live(probe, room, "-i", "cap0", net=net)
    net.send(DNS, "-p", "1000")
    p.stop(signal.SIGKILL)
    same(f"{label}: no frame leaves at a kill", net.left("cap0"), before)
    p = Live(probe, room, "-i", "cap0", net=net)
    status = p.stop(signal.SIGSYS)
    check(f"{label}: a seccomp kill is said", status == -signal.SIGSYS and "forbidden system call" in p.said(),
          f"status {status}\n{p.said()}")


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return [int(n) for n in f.read().split()]


def has_open(pid, path):
    """Does a process have this file open? One that is just beginning or ending has not."""
    try:
        return any(os.readlink(f"/proc/{pid}/fd/{n}") == path for n in os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return False


def supervised(label, probe, net, room):
    """With a collector (here one that never answers): three processes, and their ends are heard."""
    for name in "probe", "collector":
        run(WANGLOU, "keys", "new", name, "--dir", room.path)
    for end, status in (signal.SIGTERM, 1), (signal.SIGSYS, 1):
        p = Live(probe, room, "-i", "cap0", "--set", "ship.endpoint=tcp://127.0.0.1:9", "--set", "ship.linger=1s",
                 "--set", f"spool.dir={room.folder()}", "--set", f"ship.key-file={room.path}/probe.key",
                 "--set", f"ship.collector-key-file={room.path}/collector.pub", net=net)
        packets = until(lambda: [c for c in children(p.pid) if has_open(c, p.file)])
        same(f"{label}: the process with packets has the capture's socket only",
             [len(sockets(c)) for c in packets], [1])
        n = net.send(DNS, "-p", "1000")
        if end == signal.SIGSYS:
            os.kill(packets[0], end)
            got = p.process.wait(PATIENCE)
            check(f"{label}: a seccomp kill of a child is said by both", "forbidden system call" in p.said() and
                  f"killed by signal {int(end)}" in p.said(), p.said())
        else:
            got = p.stop(end)
            same(f"{label}: supervised, all frames", last_stats(p.events())["capture"]["packets"], n)
        same(f"{label}: an end without the collector's word", got, status)


def main():
    if not is_root():
        skip("the probe on interfaces", "needs root")
        done()
    if not shutil.which("tcpreplay"):
        skip("the probe on interfaces", "needs tcpreplay")
        done()
    for label, probe in builds():
        for part in story, two, reload, busy_reload, lists_reload, losses, killed, supervised:
            with Net() as net, Room() as room:
                part(label, probe, net, room)
    if not os.path.exists(RELEASE):
        skip("the release build on interfaces", "build/release/wanglou-probe is not built")
    done()


main()
