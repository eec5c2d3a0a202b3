#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packets per CPU second with a rule set, beside Suricata: rules.py CAPTURE RULES WORKDIR

ROUNDS pairs (default 5), ours and Suricata in turns, one worker each, user and system time. Printed: both medians, and
the ratios of the pairs, with and without the start.
  ours      the run less a run on a capture of one packet just before it; cache of databases warm
  Suricata  likewise, told by its threads: all but the main thread, which only loads rules
  PROBE     build/release/wanglou-probe      SURICATA  suricata on PATH, left out when absent
  MORE      more words for ours              EMPTY     a capture of one packet (made when not given)
"""
import os, shlex, shutil, statistics, struct, subprocess, sys, threading, time

sys.dont_write_bytecode = True
from bench import PROBE, TOP, fresh, packets_of  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "5"))
TICK = os.sysconf("SC_CLK_TCK")


def first_packet(capture, work):
    """Its start-up is what this costs; Suricata refuses captures without packets."""
    out = os.path.join(work, "one.pcap")
    with open(capture, "rb") as f, open(out, "wb") as o:
        head = f.read(40)
        o.write(head + f.read(struct.unpack_from("<I", head, 32)[0]))
    return out


class Threads(threading.Thread):
    """CPU of all threads but the first, read until the process ends."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.seen = pid, {}

    def run(self):
        base = f"/proc/{self.pid}/task"
        while True:
            try:
                for tid in os.listdir(base):
                    with open(f"{base}/{tid}/schedstat") as f:
                        self.seen[tid] = int(f.read().split()[0]) / 1e9
            except OSError:
                return
            time.sleep(0.02)

    def workers(self):
        return sum(s for tid, s in self.seen.items() if tid != str(self.pid))


def run(command):
    """(CPU seconds, those of all threads but the first, peak MB)"""
    p = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    t = Threads(p.pid)
    t.start()
    said = p.stderr.read()
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit status {p.returncode}\n{said.decode(errors='replace')[-2000:]}")
    return usage.ru_utime + usage.ru_stime, t.workers(), usage.ru_maxrss / 1024


class Bench:
    def __init__(self, capture, rules, work):
        self.capture, self.rules, self.work = capture, rules, work
        self.cache = os.path.join(work, "cache")
        os.makedirs(self.cache, mode=0o700, exist_ok=True)
        self.one = os.environ.get("EMPTY") or first_packet(capture, work)
        self.suricata = os.environ.get("SURICATA") or shutil.which("suricata")

    def ours(self, capture):
        command = [PROBE, "-c", os.path.join(TOP, "conf/probe.yaml"), "--set", "probe.sandbox=no",
                   "--set", "rules.cache-dir=" + self.cache, *shlex.split(os.environ.get("MORE", "")),
                   "-S", self.rules, "-l", fresh(self.work), "-r", capture]
        return run(command)

    def theirs(self):
        return run([self.suricata, "-S", self.rules, "-l", fresh(self.work), "-r", self.capture, "--runmode", "single",
                    "-k", "none"])


def shown(name, seconds, n, extra=""):
    print(f"{name:10s} {statistics.median(seconds):7.2f} s ({min(seconds):.2f} to {max(seconds):.2f})  "
          f"{n / statistics.median(seconds):9,.0f} packets/CPU s{extra}")


def main():
    b = Bench(*sys.argv[1:4])
    n, ours, starts, theirs, memory = packets_of(b.capture), [], [], [], [0, 0]
    b.ours(b.one)  # the cache is warm from here on
    for _ in range(ROUNDS):
        start = b.ours(b.one)
        whole = b.ours(b.capture)
        starts.append(start[0])
        ours.append(whole[0] - start[0])
        memory[0] = max(memory[0], whole[2])
        if b.suricata:
            _, cpu, mb = b.theirs()
            theirs.append(cpu)
            memory[1] = max(memory[1], mb)
    print(f"{n} packets, {ROUNDS} rounds, start of ours {statistics.median(starts):.2f} s taken off")
    shown("ours", ours, n, f", {memory[0]:.0f} MB")
    if theirs:
        shown("Suricata", theirs, n, f", {memory[1]:.0f} MB")
        ratios = sorted(t / o for t, o in zip(theirs, ours))
        print(f"ratio      {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")


if __name__ == "__main__":
    main()
