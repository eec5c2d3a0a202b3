#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Bad days of the probe: interfaces that go, disks that fill, lists that are gone, captures that lie."""
import os, re, resource, shutil, signal, subprocess, sys, threading

sys.dont_write_bytecode = True
from harness import *

STORY = TOP + "/pcaps/story.pcap"
DNS = TOP + "/pcaps/benign-dns.pcap"
WEB = TOP + "/pcaps/benign-web.pcap"


def is_whole(path):
    """Does every line of the file parse, the last one included?"""
    try:
        events(path)
    except ValueError:
        return False
    return True


def lines(text, pattern):
    return [line for line in text.splitlines() if re.search(pattern, line)]


# ---- interfaces ----

def interface_down(label, probe, room):
    with Net(1) as net:
        p = Live(probe, room, "-i", "cap0", net=net)
        n = net.send(DNS, "-p", "1000")
        net.sh("ip", "link", "set", "cap0", "down")
        check(f"{label}: a downed interface is said", p.says("cap0: the interface is down"), p.said())
        net.sh("ip", "link", "set", "cap0", "up")
        check(f"{label}: and that it is up again", p.says("cap0: capture goes on"), p.said())
        n += net.send(DNS, "-p", "1000")
        same(f"{label}: one line a change", len(lines(p.said(), "cap0: (the interface|capture)")), 2)
        net.sh("ip", "link", "del", "cap0")
        check(f"{label}: a removed interface is said", p.says("cap0: the interface is gone"), p.said())
        net.make(0)
        check(f"{label}: one made anew is taken up", p.says("cap0: capture goes on", 2), p.said())
        n += net.send(DNS, "-p", "1000")
        same(f"{label}: status 0 after all that", p.stop(), 0)
        same(f"{label}: and all frames but those nobody could see", last_stats(p.events())["capture"]["packets"], n)
        status, said = run(probe, "-i", "nosuch0", prefix=["ip", "netns", "exec", net.name])
        check(f"{label}: no such interface", status == 1 and len(lines(said, "nosuch0: cannot capture")) == 1, said)


# ---- disks ----

class SmallDisk:
    """A file system of `size` on a folder, filled by a file until make_room()."""

    def __init__(self, room, size):
        self.path, self.filler = room.folder(), None
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0777", "tmpfs", self.path], check=True)

    def fill(self, leave):
        self.filler = self.path + "/filler"
        with open(self.filler, "wb", buffering=0) as f:
            try:
                while f.write(b"x" * 4096):
                    pass
            except OSError:
                f.truncate(f.tell() - leave)

    def make_room(self):
        os.unlink(self.filler)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.path])


def disk_full(label, probe, room):
    """More events than may wait: lost ones are counted, a gap record stands in their place."""
    data = pcap_frames(STORY)
    with SmallDisk(room, "128m") as disk:
        disk.fill(64 << 10)
        reading, writing = os.pipe()
        p = subprocess.Popen([probe, "-c", CONF, "-r", "-", "-l", disk.path], stdin=reading, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE)
        os.close(reading)
        said = []
        threading.Thread(target=lambda: said.extend(p.stderr), daemon=True).start()
        with open(writing, "wb") as pipe:
            pipe.write(pcap_head())
            for turn in range(16):  # 25 MB of events, 16 may wait
                for i, (_, frame) in enumerate(data):
                    pipe.write(pcap_record(1789347600 + 700 * turn + i / 10, frame))
            pipe.flush()
            full = until(lambda: any(b"cannot write events" in s for s in said))
            # a write that the disk cut short is taken back at once; a reader may catch the moment between
            whole = until(lambda: is_whole(disk.path + "/eve.json"))
            disk.make_room()
            for i, (_, frame) in enumerate(data):
                pipe.write(pcap_record(1789347600 + 700 * 16 + i / 10, frame))
        status = p.wait(PATIENCE * 2)
        text = b"".join(said).decode()
        got = events(disk.path + "/eve.json")
        gaps = [e["gap"] for e in got if e["event_type"] == "gap"]
        output = last_stats(got)["output"]
        check(f"{label}: a full disk is said, once", full and len(lines(text, "cannot write events")) == 1, text)
        check(f"{label}: its end as well", len(lines(text, "events are written again")) == 1, text)
        check(f"{label}: every line is whole while it is full", whole)
        check(f"{label}: a gap record for what was lost", gaps and gaps[0]["lane"] == "file", gaps)
        same(f"{label}: the gap counts what stats count", sum(g["count"] for g in gaps), output["write_failed"])
        same(f"{label}: written + lost = all", len(got) - len(gaps) - 1 + output["write_failed"], output["events"])
        same(f"{label}: the exit status tells", status, 1)


def disk_stays_full(label, probe, room):
    with SmallDisk(room, "1m") as disk:
        disk.fill(64 << 10)
        status, said = run(probe, "-c", CONF, "-r", STORY, "-l", disk.path)
        check(f"{label}: a disk full to the end: status 1", status == 1, f"status {status}\n{said}")
        check(f"{label}: what is there is whole", len(events(disk.path + "/eve.json")) > 0)


def rotation_without_leave(label, probe, room):
    """The folder is root's: nobody may not make a new file in it. Said at start; the old one goes on."""
    log = room.folder()
    os.chown(log, 0, 0)
    with Net(1) as net:
        p = Live(probe, room, "-i", "cap0", net=net, log=log)
        check(f"{label}: a folder that forbids rotation is said at start", "may not make files here" in p.said(), p.said())
        os.rename(p.file, p.file + ".1")
        p.hit(signal.SIGHUP)
        check(f"{label}: a file that cannot be made again is said", p.says("cannot open again"), p.said())
        n = net.send(DNS, "-p", "1000")
        until(lambda: events(p.file + ".1"))
        os.close(os.open(p.file, os.O_CREAT, 0o640))
        os.chown(p.file, 65534, 65534)
        check(f"{label}: once it is there it is used", p.says("opened again"), p.said())
        same(f"{label}: status 0", p.stop(), 0)
        got = events(p.file + ".1", p.file)
        same(f"{label}: nothing is lost", (len(got), last_stats(got)["capture"]["packets"]),
             (last_stats(got)["output"]["events"] + 1, n))


def folder_missing(label, probe, room):
    status, said = run(probe, "-r", DNS, "-l", room.path + "/none")
    check(f"{label}: -l without a folder", status == 2 and "none: No such file or directory" in said, said)
    status, said = run(probe, "-r", DNS, "--set", f"output.file={room.path}/none/eve.json")
    check(f"{label}: output.file without a folder", status == 1 and "none/eve.json: cannot open" in said, said)


# ---- lists and settings ----

def lists(label, probe, room):
    rule = room.file("good.rules", 'alert dns any any -> any any (msg:"x"; dns.query; content:"."; sid:1000001; rev:1;)\n')
    mangled = room.file("mangled.mmdb", b"\0" * 4096)
    bad = {"learn.geo-databases": f"{room.path}/none.mmdb,{mangled}", "rules.classification-file": room.path + "/none.config"}
    args = [x for k, v in bad.items() for x in ("--set", f"{k}={v}")]
    status, said, got = replay(probe, room, DNS, "-s", rule, "-s", room.path + "/none.rules", *args)
    same(f"{label}: runs on without its lists", (status, 1000001 in sids(got)), (0, True))
    for name in "none.mmdb", "mangled.mmdb", "none.config", "none.rules":
        same(f"{label}: {name} is missed once", len(lines(said, re.escape(name))), 1)
    same(f"{label}: missing lists are counted", last_stats(got)["output"]["bad_lists"], 4)

    segments = room.file("segments.yaml", "- {cidr: 10.0.0.0/8, name: a}\n- {cidr: 10.0.0.0/40, name: b}\n")
    status, said, _ = replay(probe, room, DNS, "--set", f"learn.segments-file={segments}")
    check(f"{label}: broken segments are refused at their line", status == 2 and "segments.yaml:2" in said,
          f"status {status}\n{said}")
    conf = room.file("probe.yaml", "flow:\n  midstreem: yes\n")
    status, said = run(probe, "-c", conf, "-r", DNS)
    check(f"{label}: an unknown key is refused with the nearest", status == 2 and "probe.yaml:2" in said and
          "flow.midstream" in said, f"status {status}\n{said}")
    wrong = room.file("wrong.rules", 'alert tcp any any -> any any (msg:"x"; kontent:"y"; sid:1000002;)\n')
    status, said = run(probe, "-T", "-S", wrong)
    check(f"{label}: -T on a bad rule", status == 2 and "wrong.rules:1" in said, f"status {status}\n{said}")


def unreadable(label, probe, room):
    """Live, as nobody: lists of root's own."""
    secret = room.path + "/secret"
    os.mkdir(secret, 0o700)
    rule = room.file("hidden.rules", 'alert dns any any -> any any (msg:"x"; sid:1000003; rev:1;)\n')
    os.chmod(rule, 0o600)
    shutil.copyfile(rule, secret + "/deep.rules")
    with Net(1) as net:
        p = Live(probe, room, "-i", "cap0", "-S", rule, "-S", secret + "/deep.rules", net=net)
        n = net.send(DNS, "-p", "1000")
        status = p.stop()
        got = last_stats(p.events())
        same(f"{label}: unreadable rules: runs on, counted", (status, got["capture"]["packets"], got["output"]["bad_lists"]),
             (0, n, 2))
        same(f"{label}: each is said once", [len(lines(p.said(), f)) for f in ("hidden.rules", "deep.rules")], [1, 1])


# ---- captures ----

def stepped_clock(label, probe, room):
    """A clock that is set costs some flows their end, not all that come after it."""
    data = pcap_frames(WEB)
    want = replay(probe, room, WEB)[2]
    begin = data[0][0]

    def flows_of(times):
        path = room.file("clock.pcap", pcap_head() + b"".join(pcap_record(t, f) for t, (_, f) in zip(times, data)))
        status, said, got = replay(probe, room, path)
        return status, len(flows(got)), len([e for e in got if e["event_type"] == "http"])

    plain = (0, len(flows(want)), len([e for e in want if e["event_type"] == "http"]))
    times = [t for t, _ in data]
    half = len(data) // 2
    far = times[:half] + [times[half] + 10 * 365 * 86400] + times[half + 1:]
    status, n, http = flows_of(far)
    check(f"{label}: one packet from the far future", status == 0 and n <= plain[1] + 2 and http >= plain[2] - 1,
          f"{status, n, http} for {plain}")
    back = [t if i < half else t - 86400 for i, t in enumerate(times)]
    status, n, http = flows_of(back)
    check(f"{label}: a clock set back by a day", status == 0 and n <= plain[1] * 2 and http >= plain[2] - 20,
          f"{status, n, http} for {plain}")
    wild = [begin + (i * 7919 % 1000) * 3600 for i in range(len(times))]
    status, n, _ = flows_of(wild)
    check(f"{label}: a clock gone mad", status == 0 and n > 0, f"{status, n}")
    same(f"{label}: twice the same", flows_of(wild), flows_of(wild))


def damaged(label, probe, room):
    frames = pcap_frames(WEB)
    with open(WEB, "rb") as f:
        whole = f.read()
    cut = room.file("cut.pcap", whole[:60001])
    status, said, got = replay(probe, room, cut)
    readable = len(pcap_frames(cut)) - 1
    same(f"{label}: a truncated capture is read to its end", (status, last_stats(got)["capture"]["packets"]), (3, readable))
    check(f"{label}: one error, with the byte", len(lines(said, r"cut\.pcap: damaged at byte 60001")) == 1, said)
    at = 24 + sum(16 + len(f) for _, f in frames[:100])
    mangled = room.file("mangled.pcap", whole[:at + 8] + b"\xff" * 8 + whole[at + 16:])
    status, said, got = replay(probe, room, mangled)
    same(f"{label}: a mangled record ends the capture", (status, last_stats(got)["capture"]["packets"]), (3, 100))
    same(f"{label}: one error for it", len(lines(said, r"mangled\.pcap: damaged at byte \d+")), 1)
    empty = room.file("empty.pcap", pcap_head())
    status, said, got = replay(probe, room, empty)
    same(f"{label}: an empty capture is no fault", (status, said, last_stats(got)["capture"]["packets"]), (0, "", 0))
    nothing = room.file("nothing.pcap", b"")
    status, said, _ = replay(probe, room, nothing)
    check(f"{label}: a file of no bytes", status == 1 and len(lines(said, r"nothing\.pcap: not a readable capture")) == 1,
          f"status {status}\n{said}")
    usb = room.file("usb.pcap", pcap_head(249) + pcap_record(1, b"\0" * 64))
    status, said, _ = replay(probe, room, usb)
    check(f"{label}: a link type that is not decoded is refused by name", status == 1 and "USBPCAP" in said,
          f"status {status}\n{said}")


def folder(label, probe, room):
    """A folder of everything: captures are read, junk named as captures is counted, the rest is left alone."""
    path = room.folder()
    os.mkdir(path + "/below")
    for name, source in ("a.pcap", DNS), ("below/b.pcap", WEB):
        shutil.copyfile(source, f"{path}/{name}")
    os.symlink("/no/such/file", path + "/dangling.pcap")
    os.symlink(path, path + "/below/loop")
    for name, content in {"notes.txt": b"x" * 100, "junk.pcap": b"junk" * 99, "zero.pcap": b"", "c.pcap": pcap_head(),
                          "usb.pcap": pcap_head(249)}.items():
        with open(f"{path}/{name}", "wb") as f:
            f.write(content)
    status, said, got = replay(probe, room, path)
    capture = last_stats(got)["capture"]
    want = len(pcap_frames(DNS)) + len(pcap_frames(WEB))
    same(f"{label}: a folder with junk", (status, capture["packets"], capture["unreadable_files"]), (3, want, 3))
    same(f"{label}: each unreadable file is said", len(lines(said, r"junk\.pcap|zero\.pcap|usb\.pcap")), 3)


def standard_input(label, probe, room):
    with open(DNS, "rb") as f:
        data = f.read()
    status, _, got = replay(probe, room, "-", data=data)
    file = replay(probe, room, DNS)[2]
    same(f"{label}: standard input gives what the file gives", (status, len(got), sids(got)), (0, len(file), sids(file)))
    status, said, got = replay(probe, room, "-", data=data[:-5])
    same(f"{label}: a pipe that breaks", (status, len(lines(said, f"damaged at byte {len(data) - 5}"))), (3, 1))
    reading, writing = os.pipe()
    log = room.folder()
    p = subprocess.Popen([probe, "-r", "-", "-l", log], stdin=reading, stderr=subprocess.DEVNULL)
    os.write(writing, data[:4000])
    until(lambda: os.path.exists(log + "/eve.json"))
    p.terminate()
    try:
        status = p.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        p.kill()
        status = "hangs"
    os.close(writing)
    os.close(reading)
    check(f"{label}: SIGTERM ends a probe on a silent pipe", status == 0 and last_stats(events(log + "/eve.json")), status)


def memory(label, probe, room):
    """The story within 256 MB of address space beyond what the program maps by itself."""
    if label == "asan":
        return
    log = room.folder()
    limit = 768 << 20
    p = subprocess.Popen([probe, "-c", CONF, "-r", STORY, "-l", log, "-S", room.rules(), "--set", "flow.max=20000", "--set",
                          "l7.max-flows=20000", "--set", "match.max-flows=20000"], stderr=subprocess.PIPE,
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    p.stderr.read()
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = status
    check(f"{label}: the story in bounded memory", status == 0 and usage.ru_maxrss < 256 << 10,
          f"status {status}, {usage.ru_maxrss} KB")


# ---- who took over the process with packets ----

def copies(pid, secret):
    """How often the bytes stand in what the process can read."""
    found = 0
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as mem:
        for line in maps:
            m = re.match(r"([0-9a-f]+)-([0-9a-f]+) r", line)
            begin, end = (int(m[1], 16), int(m[2], 16)) if m else (0, 0)
            if not 0 < end - begin < 1 << 28:
                continue
            try:
                mem.seek(begin)
                found += mem.read(end - begin).count(secret)
            except (OSError, ValueError, OverflowError):
                pass
    return found


def key_of_the_shipper(label, probe, room):
    folder = room.folder()
    for name in "probe", "collector":
        subprocess.run([WANGLOU, "keys", "new", name, "--dir", folder], check=True, stdout=subprocess.DEVNULL)
    digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
    text = re.search(r"^secret: (\S+)", open(folder + "/probe.key").read(), re.M)[1]
    values = [0] * 8
    for i, c in enumerate(text):
        values[i // 5] = values[i // 5] * 85 + digits.index(c)
    secret = b"".join(v.to_bytes(4, "big") for v in values)
    p = subprocess.Popen([probe, "-c", CONF, "-r", "-", "-l", folder, "-S", room.rules(), "--set", "ship.linger=0s",
                          "--set", "ship.endpoint=tcp://127.0.0.1:1", "--set", f"ship.key-file={folder}/probe.key",
                          "--set", f"ship.collector-key-file={folder}/collector.pub", "--set", f"spool.dir={folder}/spool"],
                         stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    p.stdin.write(pcap_head())
    p.stdin.flush()
    children = lambda: [int(n) for n in open(f"/proc/{p.pid}/task/{p.pid}/children").read().split()]
    until(lambda: len(children()) == 2 and any(copies(n, secret) for n in children()))
    found = [copies(n, secret) for n in children()]
    check(f"{label}: only the shipper has the secret key", found.count(0) == 1 and len(found) == 2, str(found))
    p.stdin.close()
    p.wait()


def main():
    parts = [folder_missing, lists, stepped_clock, damaged, folder, standard_input, memory]
    if is_root():
        parts += [interface_down, disk_full, disk_stays_full, rotation_without_leave, unreadable,
                  key_of_the_shipper]
    else:
        skip("interfaces and disks that fail", "needs root")
    for label, probe in builds():
        for part in parts:
            with Room() as room:
                part(label, probe, room)
    if not os.path.exists(RELEASE):
        skip("the release build on bad days", "build/release/wanglou-probe is not built")
    done()


main()
