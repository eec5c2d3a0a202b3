#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The packet ring through the programs: what an alert's flow was, byte for byte; quota, kills, fragments, tunnels."""
import hashlib, ipaddress, json, os, signal, struct, subprocess, sys, time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from harness import *
from packets import ip as ip_frame, udp

STORY = TOP + "/pcaps/story.pcap"


def records(data):
    """(ns, frame) of a little-endian pcap; a torn last one is left out."""
    unit = 1 if data[:4] == struct.pack("<I", 0xA1B23C4D) else 1000
    at, out = 24, []
    while at + 16 <= len(data):
        s, sub, n, _ = struct.unpack_from("<IIII", data, at)
        if at + 16 + n > len(data):
            break
        out.append((s * 10**9 + sub * unit, data[at + 16:at + 16 + n]))
        at += 16 + n
    return out


def read(path):
    with open(path, "rb") as f:
        return f.read()


def tuple_of(frame):
    """What a plain look at an Ethernet frame says: (protocol, two ends), or None."""
    if frame[12:14] != b"\x08\x00":
        return None
    size, proto = (frame[14] & 15) * 4, frame[23]
    ports = struct.unpack_from(">HH", frame, 14 + size) if proto in (6, 17) else (0, 0)
    a, b = (str(ipaddress.ip_address(frame[26 + i:30 + i])) for i in (0, 4))
    return proto, tuple(sorted([(a, ports[0]), (b, ports[1])]))


def packets(*args, stdin=None):
    """`wanglou packets`: (exit status, standard output as bytes, standard error)."""
    p = subprocess.run([WANGLOU, "packets", *args], input=stdin, capture_output=True, timeout=PATIENCE * 2)
    return p.returncode, p.stdout, p.stderr.decode(errors="replace")


def record(probe, room, pcap, *args, data=None):
    """Replay into a new ring: (its folder, events)."""
    ring = room.folder()
    status, said, evs = replay(probe, room, pcap, "--set", "ring.dir=" + ring, *args, data=data)
    if status != 0:
        raise RuntimeError(f"the probe ended with {status}: {said}")
    return ring, evs


# ---- asking ----

def shown(event):
    """As `wanglou alert ID --json` prints it."""
    return json.dumps({"id": 1, "status": "open", "event": event, "records": [event]}, indent=2) + "\n"


def alerts_flows(label, probe, room, workers):
    ring, evs = record(probe, room, STORY, "-s", room.rules(), "--set", f"probe.workers={workers}")
    story = records(read(STORY))
    bad, asked = [], set()
    for e in evs:
        if e["event_type"] != "alert" or "flow" not in e or e["flow_id"] in asked:
            continue
        asked.add(e["flow_id"])
        want = (6 if e["proto"] == "TCP" else 17,
                tuple(sorted([(e["src_ip"], e["src_port"]), (e["dest_ip"], e["dest_port"])])))
        _, got, _ = packets("--ring", ring, "--event", "-", "-w", "-", stdin=shown(e).encode())
        if records(got) != [r for r in story if tuple_of(r[1]) == want]:
            bad.append(f"{e['alert']['signature']}: {want}")
        _, by_id, _ = packets("--ring", ring, "--flow", e["community_id"], "-w", "-")
        if by_id != got:
            bad.append(f"{e['community_id']} gives something else than its alert")
    check(f"{label}, {workers} workers: the flow of each of {len(asked)} alerts is as a plain filter gives it",
          asked and not bad, "\n".join(bad))
    stats = last_stats(evs)
    same(f"{label}, {workers} workers: every frame is kept", stats["ring"]["packets"], stats["capture"]["packets"])
    _, got, _ = packets("--ring", ring, "-w", "-")
    same(f"{label}, {workers} workers: all of them come out again", sorted(records(got)), sorted(story))


def by_condition(label, probe, room):
    ring, _ = record(probe, room, STORY)
    story = records(read(STORY))
    start = story[0][0] // 10**9

    def ask(*args):
        return records(packets("--ring", ring, *args, "-w", "-")[1])

    def plain(good):
        return [r for r in story if (t := tuple_of(r[1])) and good(r[0], t[0], *t[1])]

    same(f"{label}: a host", ask("--host", "10.20.5.31"),
         plain(lambda _, p, a, b: "10.20.5.31" in (a[0], b[0])))
    same(f"{label}: a prefix, a protocol and a time",
         ask("--host", "10.20.0.0/16", "--proto", "udp", "--from", str(start + 600), "--to", str(start + 1500)),
         plain(lambda t, p, a, b: p == 17 and start + 600 <= t / 10**9 <= start + 1500
               and any(e[0].startswith("10.20.") for e in (a, b))))
    same(f"{label}: a pair and a port", ask("--pair", "203.0.113.66,10.10.1.0/24", "--port", "8080"),
         plain(lambda _, p, a, b: "203.0.113.66" in (a[0], b[0]) and 8080 in (a[1], b[1])
               and any(e[0].startswith("10.10.1.") for e in (a, b))))
    status, out, _ = packets("--ring", ring, "--host", "192.0.2.99", "-w", ring + "/none.pcap")
    same(f"{label}: nothing found is exit status 3 and no file", (status, os.path.exists(ring + "/none.pcap")),
         (3, False))
    same(f"{label}: no ring is exit status 1", packets("--ring", ring + "/0")[0], 1)
    same(f"{label}: what is no address is exit status 2", packets("--ring", ring, "--host", "example")[0], 2)
    found = json.loads(packets("--ring", ring, "--json")[1])
    same(f"{label}: what the ring covers is said", found["found"]["packets"], len(story))
    files = json.loads(packets("--ring", ring, "--list", "--json")[1])
    same(f"{label}: files are listed", [(f["file"], f["packets"], f["closed"]) for f in files],
         [("0/000000000001.pcap", len(story), True)])


# ---- what travels in pieces, or in something else ----

def fragments(datagram):
    """The datagram of an Ethernet frame in pieces of 24 bytes."""
    head, body = datagram[14:34], datagram[34:]
    for at in range(0, len(body), 24):
        more = 0x2000 if at + 24 < len(body) else 0
        part = body[at:at + 24]
        yield datagram[:14] + head[:2] + struct.pack(">H", 20 + len(part)) + head[4:6] + \
            struct.pack(">H", more | at // 8) + head[8:10] + b"\0\0" + head[12:] + part


def pieces(label, probe, room):
    plain = udp("10.0.0.1", 1000, "10.0.0.2", 2000, b"x" * 60)
    inner = udp("192.168.7.1", 3000, "192.168.7.2", 4000, b"inside")
    vxlan = udp("10.0.0.3", 50000, "10.0.0.4", 4789, b"\x08\0\0\0\0\0\x07\0" + inner)
    arp = b"\xff" * 6 + b"\x02" * 6 + b"\x08\x06" + b"\0" * 46
    frames = [*fragments(plain), vxlan, arp, udp("10.0.0.1", 1001, "10.0.0.2", 2000, b"another")]
    n = len(frames) - 3
    pcap = room.file("pieces.pcap", pcap_head() + b"".join(pcap_record(1700000000 + i, f) for i, f in enumerate(frames)))
    ring, _ = record(probe, room, pcap, "-k", "none")

    def ask(*args):
        return [frames.index(r[1]) for r in records(packets("--ring", ring, *args, "-w", "-")[1])]

    for index in ("with its index", "without"):
        same(f"{label}: all fragments of a flow are found, {index}",
             ask("--flow", "udp 10.0.0.1:1000 10.0.0.2:2000"), list(range(n)))
        same(f"{label}: a tunnelled frame is found by its inner flow, {index}",
             ask("--flow", "udp 192.168.7.2:4000 192.168.7.1:3000"), [n])
        same(f"{label}: and by what carried it, {index}", ask("--host", "10.0.0.4", "--port", "4789"), [n])
        same(f"{label}: what is no IP is found by time, {index}", ask("--from", str(1700000000 + n + 1),
                                                                     "--to", str(1700000000 + n + 1)), [n + 1])
        os.remove(ring + "/0/000000000001.idx") if index == "with its index" else None


# ---- limits and bad ends ----

def on_disk(ring):
    return sum(os.path.getsize(os.path.join(d, f)) for d, _, fs in os.walk(ring) for f in fs)


def many(times):
    """The story that often, one hour after the other."""
    for i in range(times):
        yield b"".join(pcap_record(t / 10**9 + 3600 * i, f) for t, f in records(read(STORY)))


def quota(label, probe, room):
    ring, evs = record(probe, room, "-", "--set", "ring.quota=16mb", data=pcap_head() + b"".join(many(40)))
    kept = last_stats(evs)["ring"]
    check(f"{label}: the ring keeps to its quota", 12 << 20 < on_disk(ring) <= 16 << 20, on_disk(ring))
    same(f"{label}: what is on disk is what the counters say", kept["disk"], on_disk(ring))
    got = records(packets("--ring", ring, "-w", "-")[1])
    check(f"{label}: the newest frames are the ones that are left", len(got) > 10000 and got ==
          records(pcap_head() + b"".join(many(40)))[-len(got):], len(got))
    same(f"{label}: the oldest is said", kept["oldest"], got[0][0] // 10**9)
    ring, evs = record(probe, room, STORY, "--set", "ring.flow-limit=2kb")
    kept = last_stats(evs)["ring"]
    check(f"{label}: large flows are cut and counted", kept["cut"] > 100 and
          kept["packets"] + kept["cut"] == last_stats(evs)["capture"]["packets"], kept)


def killed(label, probe, room):
    """SIGKILL while frames flow in: what is left reads from the beginning without a hole."""
    all_of_it = pcap_head() + b"".join(many(30))
    whole = records(all_of_it)
    bad, least = [], 10**9
    for round in range(6):
        ring = room.folder()
        log = room.folder()
        p = subprocess.Popen([probe, "-c", CONF, "-r", "-", "-l", log, "--set", "ring.dir=" + ring,
                              "--set", "ring.file-size=3mb"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        half = len(all_of_it) * (3 + round) // 9
        p.stdin.write(all_of_it[:half])
        p.stdin.flush()
        until(lambda: on_disk(ring) > (round + 1) << 20)
        p.kill()
        p.wait()
        p.stdin.close()
        status, got, said = packets("--ring", ring, "-w", "-")
        got = records(got)
        least = min(least, len(got))
        if status != 0 or got != whole[:len(got)]:
            bad.append(f"round {round}: exit status {status}, {len(got)} frames: {said}")
        host = records(packets("--ring", ring, "--host", "203.0.113.66", "-w", "-")[1])
        if host != [r for r in got if b"\xcb\x00\x71\x42" in (r[1][26:30], r[1][30:34])]:
            bad.append(f"round {round}: the index is wrong")
    check(f"{label}: what a killed probe left is read without a hole", not bad and least > 1000, "\n".join(bad) or least)


def one_at_a_time(label, probe, room):
    ring, log = room.folder(), room.folder()
    p = subprocess.Popen([probe, "-c", CONF, "-r", "-", "-l", log, "--set", "ring.dir=" + ring], stdin=subprocess.PIPE,
                         stderr=subprocess.DEVNULL)
    p.stdin.write(pcap_head())
    p.stdin.flush()
    until(lambda: os.path.exists(ring + "/0/lock"))
    status, said, _ = replay(probe, room, STORY, "--set", "ring.dir=" + ring)
    check(f"{label}: two probes do not record into one ring", status == 1 and "another probe is recording here" in said, said)
    p.stdin.close()
    p.wait()


# ---- around alerts ----

def evidence(label, probe, room):
    """`packets --alert`: what the probe kept, as long as it is what the probe told."""
    folder, out = room.folder(), room.folder() + "/out.pcap"
    status, said, evs = replay(probe, room, TOP + "/pcaps/webshell-jsp.pcap", "-s", TOP + "/signatures/webshell.rules", "--set", "evidence.dir=" + folder)
    told = [e for e in evs if e["event_type"] == "evidence"]
    events = room.folder() + "/eve.json"
    with open(events, "w") as f:
        f.writelines(json.dumps(e) + "\n" for e in evs)
    one = told[0]["evidence"]
    for n, alert in enumerate(one["alert_ids"]):
        status, _, said = packets("--alert", alert, "--evidence", folder, "--event", events, "-w", out)
        got = read(out) if status == 0 else b""
        check(f"{label}: evidence by alert_id {n}", len(got) == one["bytes"] and hashlib.sha256(got).hexdigest() == one["sha256"], said)
        os.unlink(out)
    alert = one["alert_ids"][0]
    asked = ["--alert", alert, "--evidence", folder, "-w", out]
    status, _, said = packets(*asked, "--event", "/dev/null")
    check(f"{label}: evidence that nobody told of is not given out", status == 1 and not os.path.exists(out), said)
    status, _, said = packets(*asked, "--event", "/dev/null", "--unverified")
    check(f"{label}: but when asked for as it is", status == 0 and os.path.getsize(out) == one["bytes"], said)
    os.unlink(out)
    with open(folder + "/" + one["file"], "r+b") as f:
        f.seek(100)
        f.write(b"X")
    status, _, said = packets(*asked, "--event", events)
    check(f"{label}: evidence that was changed is not", status == 1 and "was changed" in said and not os.path.exists(out), said)
    status, _, said = packets("--alert", "../../etc/passwd", "--evidence", folder)
    check(f"{label}: an alert_id is no path", status == 2, said)


# ---- live ----

def live(label, probe, room):
    if not is_root():
        return skip(f"{label}: live", "needs root")
    with Net(1) as net:
        ring = room.folder()
        p = Live(probe, room, "-i", "cap0", "--set", "ring.dir=" + ring, net=net)
        n = net.send(STORY, "-p", "2000")
        got = until(lambda: len(g) == n and g if (g := records(packets("--ring", ring, "-w", "-")[1])) else None)
        same(f"{label}: frames are there while the probe runs", len(got or []), n)
        p.stop()
        stats = last_stats(p.events())
        same(f"{label}: kept, cut and lost are all there were",
             sum(stats["ring"][k] for k in ("packets", "cut", "lost")), stats["capture"]["packets"])
        modes = {oct(os.stat(os.path.join(d, f)).st_mode & 0o777) for d, _, fs in os.walk(ring + "/0") for f in fs}
        same(f"{label}: nobody else may read the files", modes, {"0o600"})


def main():
    for label, probe in builds():
        with Room() as room:
            alerts_flows(label, probe, room, 1)
            alerts_flows(label, probe, room, 2)
            by_condition(label, probe, room)
            pieces(label, probe, room)
            quota(label, probe, room)
            killed(label, probe, room)
            one_at_a_time(label, probe, room)
            evidence(label, probe, room)
            live(label, probe, room)
    done()


main()
