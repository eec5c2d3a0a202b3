#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Figures of the packet path: bench.py TIMED.pcap COUNTED.pcap WORKDIR

Packets per CPU second (user + system) on TIMED, median of ROUNDS interleaved rounds (A B C A B C ...), and
instructions per packet by callgrind on COUNTED, with the start-up (an empty capture) told apart.
  PROBE     build/release/wanglou-probe      SURICATA  suricata on PATH, left out when absent
  ROUNDS    5                                CALLGRIND 0 leaves the slow part out
"""
import os, re, shutil, statistics, struct, subprocess, sys, tempfile

TOP = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PROBE = os.environ.get("PROBE", os.path.join(TOP, "build/release/wanglou-probe"))
ALONE = os.path.join(TOP, "build/release/tests/bench/ndpi_alone")
ROUNDS = int(os.environ.get("ROUNDS", "5"))


def packets_of(path):
    n, at, size = 0, 24, os.path.getsize(path)
    with open(path, "rb") as f:
        while at + 16 <= size:
            f.seek(at + 8)
            at += 16 + struct.unpack("<I", f.read(4))[0]
            n += 1
    return n


def engines(work):
    """{name: function from capture and output folder to a command}"""
    none = os.path.join(work, "none.rules")
    open(none, "w").close()
    ours = sorted(os.path.join(TOP, "signatures", f) for f in os.listdir(os.path.join(TOP, "signatures"))
                  if f.endswith(".rules"))
    config = next(c for c in (os.path.join(TOP, n) for n in ("conf/probe.yaml", "tests/e2e/probe.yaml")) if os.path.exists(c))
    probe = [PROBE, "-c", config, "--set", "probe.sandbox=no"]
    rows = {"wanglou-probe, no rules": lambda p, out: probe + ["-S", none, "-l", out, "-r", p]}
    if ours:
        with_rules = probe + [word for f in ours for word in ("-S", f)]
        rows["wanglou-probe, our rules"] = lambda p, out: with_rules + ["-l", out, "-r", p]
    if os.path.exists(ALONE):
        rows["libndpi alone"] = lambda p, out: [ALONE, p]
    if shutil.which("ndpiReader"):
        rows["ndpiReader -q"] = lambda p, out: ["ndpiReader", "-q", "-i", p]
    suricata = os.environ.get("SURICATA") or shutil.which("suricata")
    if suricata:
        rows["Suricata, no rules"] = lambda p, out: [suricata, "-S", none, "-l", out, "-r", p, "--runmode", "single"]
    return rows


def run(command):
    """(CPU seconds, peak memory in MB); stops everything when the command fails."""
    with tempfile.TemporaryFile() as err:
        p = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=err)
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
        if p.returncode != 0:
            err.seek(0)
            sys.exit(f"{' '.join(command)}: exit status {p.returncode}\n{err.read().decode(errors='replace')[-2000:]}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def instructions(command):
    p = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"] + command,
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
    found = re.search(r"Collected\s*:\s*(\d+)", p.stderr)
    return int(found.group(1)) if found else None


def fresh(work):
    out = os.path.join(work, "out")
    shutil.rmtree(out, ignore_errors=True)
    os.mkdir(out)
    return out


def time_all(rows, capture, work):
    seconds, memory = {n: [] for n in rows}, dict.fromkeys(rows, 0)
    for _ in range(ROUNDS):
        for name, command in rows.items():
            cpu, mb = run(command(capture, fresh(work)))
            seconds[name].append(cpu)
            memory[name] = max(memory[name], mb)
    return {n: statistics.median(s) for n, s in seconds.items()}, memory


def empty_of(capture, work):
    """A capture of the same kind without packets: what it costs is the start-up."""
    empty = os.path.join(work, "empty.pcap")
    with open(capture, "rb") as f, open(empty, "wb") as out:
        out.write(f.read(24))
    return empty


def count_all(rows, capture, work):
    """{name: (instructions per packet without start-up, start-up)}; empty without valgrind."""
    if os.environ.get("CALLGRIND") == "0" or not shutil.which("valgrind"):
        return {}
    empty, n, found = empty_of(capture, work), packets_of(capture), {}
    for name, command in rows.items():
        start, whole = (instructions(command(c, fresh(work))) for c in (empty, capture))
        if start and whole:
            found[name] = ((whole - start) / n, start)
    return found


def main():
    timed, counted, work = sys.argv[1:4]
    rows, n = engines(work), packets_of(timed)
    seconds, memory = time_all(rows, timed, work)
    counts = count_all(rows, counted, work)
    base = seconds.get("ndpiReader -q")
    print(f"times: {n} packets, median of {ROUNDS} interleaved rounds; instructions: {packets_of(counted)} packets")
    print(f"{'':26s} {'packets/CPU s':>14s} {'to ndpiReader':>14s} {'peak MB':>8s} {'instr/packet':>13s} {'start-up M':>11s}")
    for name, s in seconds.items():
        ratio = f"{base / s:.2f}" if base else "-"
        per, start = counts.get(name, (None, None))
        print(f"{name:26s} {n / s:14,.0f} {ratio:>14s} {memory[name]:8.0f} "
              f"{'-' if per is None else f'{per:,.0f}':>13s} {'-' if start is None else f'{start / 1e6:,.0f}':>11s}")


if __name__ == "__main__":
    main()
