#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a reload costs while packets come: reload.py CAPTURE RULES [RULES2]   as root

A cable between two namespaces carries the capture at RATE packets a second (default 20000) while SIGHUP is sent RELOADS
times (default 4); with RULES2 the two files take turns, so that databases change. Printed: frames sent, seen, dropped
with and without reloads, how long a reload takes, memory before, and the most memory (VmHWM). CACHE=DIR has
rules.cache-dir.
"""
import os, re, shutil, signal, sys, time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../integration")
from harness import RELEASE, Live, Net, Room, last_stats, sent, until  # noqa: E402

RATE, RELOADS = os.environ.get("RATE", "20000"), int(os.environ.get("RELOADS", "4"))


def megabytes(p, key):
    return int(p.status(key).split()[0]) / 1024


def run(net, room, capture, files, reloads):
    rules = room.path + "/rules.rules"
    shutil.copy(files[0], rules)
    more = ["--set", "rules.cache-dir=" + os.environ["CACHE"]] if os.environ.get("CACHE") else []
    p = Live(RELEASE, room, "-i", "cap0", "-S", rules, "--set", "output.types=alert,stats", *more, net=net)
    tcpreplay = net.tcpreplay(capture, "--pps", RATE)
    time.sleep(5)
    steady, took = megabytes(p, "VmRSS"), []
    for i in range(reloads):
        shutil.copy(files[(i + 1) % len(files)], rules)
        began = time.monotonic()
        p.hit(signal.SIGHUP)
        until(lambda: len(re.findall(r"reload: \d+ rules", p.said())) > i)
        took.append(time.monotonic() - began)
    n = sent(tcpreplay.communicate(timeout=300)[0])
    after, most = megabytes(p, "VmRSS"), megabytes(p, "VmHWM")
    status = p.stop()
    c = last_stats(p.events())["capture"]
    print(f"{reloads} reloads: status {status}, {n} sent, {c['packets']} seen, {c['kernel_drops'] + c['if_drops']} dropped; "
          f"{steady:.0f} MB before, {after:.0f} MB at the end, {most:.0f} MB at most"
          + (f"; took {', '.join(f'{s:.2f}' for s in took)} s" if took else ""), flush=True)


def main():
    with Net(1) as net, Room() as room:
        run(net, room, sys.argv[1], sys.argv[2:], 0)
        run(net, room, sys.argv[1], sys.argv[2:], RELOADS)


if __name__ == "__main__":
    main()
