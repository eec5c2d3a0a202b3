#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The highest rate live without a dropped frame: ours beside Suricata, in the same run on the same machine.

usage: live.py [CAPTURE]   as root; without one, a mix of pcaps/; SECONDS, STEPS, WORKERS, SHARE, SURICATA from outside

tcpreplay sends over a cable between two namespaces; the rate is halved in between until it is known to a few percent.
Both without rules, with events of flows, DNS, HTTP and TLS, a kernel ring of about 64 MB for each thread. What the
sender itself can do bounds all figures: "at least" says so. SHARE=10 leaves each program 10 % of a processor (a control
group), so that a sender of any speed finds its limit.
"""
import atexit, os, re, shutil, signal, subprocess, sys, tempfile, time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/../integration")
from harness import RELEASE, TOP, Far, Live, Room, last_stats, sent, until

SECONDS, STEPS = float(os.environ.get("SECONDS", "3")), int(os.environ.get("STEPS", "7"))
WORKERS = [int(n) for n in os.environ.get("WORKERS", "1,2").split(",")]


SHARE = int(os.environ.get("SHARE", "0"))
PERIOD = 20000  # microseconds; the ring bridges them


class Group:
    """A control group, of either version, that has SHARE percent of a processor; nothing when there is no SHARE."""

    def __init__(self):
        if not SHARE:
            return
        old = "/sys/fs/cgroup/cpu"
        self.path = (old if os.path.isdir(old) else "/sys/fs/cgroup") + f"/wanglou-bench{os.getpid()}"
        os.mkdir(self.path)
        atexit.register(lambda: os.rmdir(self.path))
        if os.path.isdir(old):
            self.write("cpu.cfs_period_us", PERIOD)
            self.write("cpu.cfs_quota_us", PERIOD * SHARE // 100)
        else:
            self.write("cpu.max", f"{PERIOD * SHARE // 100} {PERIOD}")

    def write(self, name, value):
        with open(f"{self.path}/{name}", "w") as f:
            f.write(str(value))

    def take(self, pid):
        if SHARE:
            self.write("cgroup.procs", pid)


class Ours:
    def __init__(self, net, room, workers):
        self.p = Live(RELEASE, room, "-i", "cap0", "-S", room.file("none.rules", ""), "--set", f"probe.workers={workers}",
                      "--set", "output.types=flow,dns,http,tls,stats", net=net)

    def stop(self):
        """(seen, dropped)"""
        self.p.stop()
        c = last_stats(self.p.events())["capture"]
        return c["packets"], c["kernel_drops"] + c["if_drops"]


class Suricata:
    def __init__(self, net, room, workers):
        self.log = tempfile.mkdtemp(dir=room.path)
        self.said = self.log + "/said"
        none = room.file("none.rules", "")
        sets = [f"af-packet.0.{k}" for k in ("interface=cap0", f"threads={workers}", "cluster-id=99", "use-mmap=yes",
                "cluster-type=cluster_flow", "tpacket-v3=yes", "ring-size=40000", "block-size=1048576")]
        self.p = subprocess.Popen(["ip", "netns", "exec", net.name, program(), "--af-packet=cap0", "-S", none, "-l", self.log,
                                   "-k", "none", *[w for s in sets for w in ("--set", s)]],
                                  stdin=subprocess.DEVNULL, stdout=open(self.said, "wb"), stderr=subprocess.STDOUT)
        until(lambda: self.p.poll() is not None or "ngine started" in self.text())

    def text(self):
        with open(self.said, errors="replace") as f:
            return f.read()

    def stop(self):
        self.p.send_signal(signal.SIGINT)
        self.p.wait(60)
        found = re.findall(r"packets: (\d+), drops: (\d+)", self.text())
        shutil.rmtree(self.log)
        if not found:
            sys.exit("no figures from Suricata: " + self.text()[-1000:])
        return sum(int(a) for a, _ in found), sum(int(b) for _, b in found)


def program():
    return os.environ.get("SURICATA") or shutil.which("suricata") or shutil.which("suri7")


def trial(engine, net, room, workers, capture, rate):
    """(rate that was sent, dropped or missed)"""
    e = engine(net, room, workers)
    group.take(e.p.pid)
    speed = ["--topspeed"] if rate is None else ["-p", str(int(rate)), "--pps-multi=16"]
    text, _ = net.tcpreplay(capture, "-K", "--loop=0", f"--duration={SECONDS:.0f}", *speed).communicate()
    n = sent(text)
    time.sleep(0.3)
    seen, dropped = e.stop()
    pps = float(re.search(r"Rated:.*?([\d.]+) pps", text)[1])
    return pps, dropped + max(0, n - seen - dropped)


def highest(engine, net, room, workers, capture):
    top, lost = trial(engine, net, room, workers, capture, None)
    if not lost:
        return top, True
    low, high = 0.0, top
    for _ in range(STEPS):
        rate = (low + high) / 2
        got, lost = trial(engine, net, room, workers, capture, rate)
        if lost:
            high = rate
        else:
            low = max(low, got)
    return low, False


def main():
    global group
    if os.geteuid() != 0 or not shutil.which("tcpreplay"):
        sys.exit("needs root and tcpreplay")
    group = Group()
    engines = [("wanglou-probe", Ours)] + ([("Suricata", Suricata)] if program() else [])
    with Far() as net, Room() as room:
        capture = sys.argv[1] if sys.argv[1:] else room.path + "/mix.pcap"
        if not sys.argv[1:]:
            subprocess.run([sys.executable, HERE + "/mix.py", capture, "20"] + sorted(
                TOP + "/pcaps/" + n for n in os.listdir(TOP + "/pcaps") if n.endswith(".pcap")), check=True)
        print(f"highest rate without a drop, {SECONDS:.0f} s each, {os.cpu_count()} processors, the sender takes one" +
              (f", {SHARE} % of one for each program" if SHARE else ""), flush=True)
        for workers in WORKERS:
            for name, engine in engines:
                pps, bound = highest(engine, net, room, workers, capture)
                print(f"{name:16s} {workers} worker{'s' * (workers > 1):1s} {'at least ' if bound else '':9s}{pps:10,.0f} packets/s",
                      flush=True)


if __name__ == "__main__":
    main()
