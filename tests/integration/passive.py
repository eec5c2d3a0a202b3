#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
The proof that the probe is passive: through start, load, reload, the interface going down and up, a crash and the
stop not one frame leaves the capture interface. Asked of two: the interface's own counters, and a packet socket at
the other end of the cable, which sees everything that arrives there. Needs root.
"""
import os, select, shutil, signal, socket, subprocess, sys

sys.dont_write_bytecode = True
from harness import *

STORY = TOP + "/pcaps/story.pcap"
COUNTED = "tx_packets", "tx_bytes", "tx_dropped", "tx_errors"
RULE = 'alert dns any any -> any any (msg:"a name is asked for"; dns.query; content:"city"; sid:%d; rev:1;)\n'
SOL_PACKET, PACKET_IGNORE_OUTGOING, PACKET_OUTGOING = 263, 23, 4


def listen(interface):
    """Until standard input ends: frames that arrive here, not those that are sent here. Prints how many."""
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)  # so that what is sent here cannot crowd it out
    s.bind((interface, 0))
    s.settimeout(0.05)
    os.set_blocking(0, False)
    print("listening", flush=True)
    n, told = 0, False
    while True:
        try:
            data, (_, _, kind, _, _) = s.recvfrom(65536)
            if kind != PACKET_OUTGOING:
                n += 1
                print(f"{len(data)} bytes: {data[:32].hex()}", flush=True)
        except TimeoutError:
            if told:
                break
        except OSError as why:  # the interface went down
            if why.errno != 100:
                raise
        told = told or os.read(0, 1) == b"" if ready(0) else told
    print(f"arrived: {n}", flush=True)


def ready(fd):
    return select.select([fd], [], [], 0)[0]


class Wire:
    """The cable of one Net: what the interface counts, and who listens at the other end."""

    def __init__(self, net):
        self.net = net
        self.ear = subprocess.Popen(["ip", "netns", "exec", net.name, sys.executable, __file__, "--listen", "send0"],
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.ear.stdout.readline() == "listening\n"
        self.before = self.counts()

    def counts(self):
        return {c: int(self.net.sh("cat", f"/sys/class/net/cap0/statistics/{c}")) for c in COUNTED}

    def silent(self, name):
        same(f"{name}: nothing left the interface", self.counts(), self.before)

    def heard(self):
        out, _ = self.ear.communicate("")
        return int(out.split("arrived: ")[1]), out


def supervised(room):
    for name in "probe", "collector":
        run(WANGLOU, "keys", "new", name, "--dir", room.path)
    return ["--set", "ship.endpoint=tcp://127.0.0.1:9", "--set", "ship.linger=1s", "--set", f"spool.dir={room.folder()}",
            "--set", f"ship.key-file={room.path}/probe.key", "--set", f"ship.collector-key-file={room.path}/collector.pub"]


def packet_process(pid, file):
    """The child that has the event file open."""
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        for child in f.read().split():
            try:
                if any(os.readlink(f"/proc/{child}/fd/{n}") == file for n in os.listdir(f"/proc/{child}/fd")):
                    return int(child)
            except OSError:
                pass


def control(net):
    """The listener does hear: one frame sent on purpose. Without it the rest would prove nothing."""
    wire = Wire(net)
    net.sh(sys.executable, "-c", "import socket; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); "
           "s.bind(('cap0', 0)); s.send(bytes(60))")
    same("control: the interface counts one frame", wire.counts()["tx_packets"], wire.before["tx_packets"] + 1)
    same("control: the other end hears it", wire.heard()[0], 1)


def life(label, probe, net, room, workers):
    wire = Wire(net)
    room.file("own.rules", RULE % 900001)
    args = ["-i", "cap0", "-S", room.path + "/own.rules", "--set", f"probe.workers={workers}"]
    p = Live(probe, room, *args, net=net)
    wire.silent(f"{label}: start")
    net.send(STORY, "--topspeed", "--loop=5")
    wire.silent(f"{label}: load")

    traffic = net.tcpreplay(STORY, "-p", "20000", "--loop=20")
    room.file("own.rules", RULE % 900002)
    p.hit(signal.SIGHUP)
    check(f"{label}: it reloads", p.says("reload: 1 rules in force"), p.said())
    traffic.communicate(timeout=PATIENCE)
    wire.silent(f"{label}: reload under load")

    net.sh("ip", "link", "set", "cap0", "down")
    net.sh("ip", "link", "set", "cap0", "up")
    until(lambda: "up" in net.sh("cat", "/sys/class/net/cap0/operstate"))
    net.send(STORY, "-p", "20000")
    wire.silent(f"{label}: the interface down and up")
    same(f"{label}: it lives on, and stops with status 0", p.stop(), 0)
    wire.silent(f"{label}: stop")

    p = Live(probe, room, *args, net=net)
    net.send(STORY, "--topspeed")
    p.stop(signal.SIGKILL)
    wire.silent(f"{label}: killed")

    p = Live(probe, room, *args, *supervised(room), net=net)
    net.send(STORY, "--topspeed")
    child = until(lambda: packet_process(p.pid, p.file))
    os.kill(child, signal.SIGKILL)
    check(f"{label}: the end of the process with packets is noticed", p.says("killed by signal 9"), p.said())
    net.send(STORY, "--topspeed")
    p.stop()
    wire.silent(f"{label}: the process with packets killed under its supervisor")
    heard, what = wire.heard()
    check(f"{label}: nobody at the other end heard anything", heard == 0, what)


def main():
    if sys.argv[1:2] == ["--listen"]:
        listen(sys.argv[2])
        return
    if not is_root() or not shutil.which("tcpreplay"):
        skip("the probe is passive", "needs root and tcpreplay")
        done()
    with Net() as net:
        control(net)
    for label, probe in builds():
        for workers in 1, 2:
            with Net() as net, Room() as room:
                net.sh("ip", "link", "set", "cap0", "arp", "off")
                life(f"{label}, workers {workers}", probe, net, room, workers)
    done()


main()
