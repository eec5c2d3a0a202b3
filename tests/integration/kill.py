#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Feeder, ship and collector are killed (SIGKILL) again and again while events flow; every event the spool
took must be there exactly once: first as the hold log's reader sees it, then in the store of the whole collector.

Environment: EVENTS (100000), KILLS (20), SEED (random, printed), PIECES (folder with the small programs),
COLLECTOR (the whole collector; build/asan/wanglou-collector)."""
import glob
import os
import random
import signal
import sqlite3
import sys
import time

from pieces import ROOT, Bench, finish, ok, stop

EVENTS = int(os.environ.get("EVENTS", 100000))
KILLS = int(os.environ.get("KILLS", 20))
SEED = int(os.environ.get("SEED", random.SystemRandom().randrange(1 << 32)))
COLLECTOR = os.environ.get("COLLECTOR", os.path.join(ROOT, "build/asan/wanglou-collector"))
PAUSE = 0.15  # seconds between kills on average


def check_store(b, numbers):
    """(lane, seq) pairs in the store's files: each expected pair once."""
    seen = [bytearray(n) for n in numbers]
    events = doubled = 0
    for path in sorted(glob.glob(b.path("data", "store", "events-*.db"))):
        db = sqlite3.connect(path)
        rows = db.execute("SELECT s.lane, e.seq FROM event e JOIN stream s ON s.id = e.stream WHERE s.lane > 0")
        for lane, seq in rows:
            events += 1
            doubled += seen[lane][seq]
            seen[lane][seq] = 1
        db.close()
    missing = sum(s.count(0) - 1 for s in seen[1:])
    return {"events": events, "doubled": doubled, "missing": missing, "covered": 0}


def ordeal(what, collector, check, kills):
    dice = random.Random(f"{SEED} {what}")
    b = Bench()
    rate = max(1000, int(EVENTS / (kills * PAUSE + 1)))
    run = {
        "collector": [lambda: collector(b), collector(b)],
        "ship": [b.ship, b.ship()],
        "feeder": [lambda: b.feed(EVENTS, rate), b.feed(EVENTS, rate)],
    }
    done = dict.fromkeys(run, 0)
    for _ in range(kills):
        time.sleep(dice.uniform(0.2, 1.8) * PAUSE)
        name = dice.choice(list(run))
        start, p = run[name]
        if p.poll() is None:
            p.send_signal(signal.SIGKILL)
            done[name] += 1
        p.wait()
        run[name][1] = start()
    print(f"# {what}: killed " + ", ".join(f"{k} {v}" for k, v in done.items()), flush=True)
    good = ok(run["feeder"][1].wait(timeout=600) == 0, f"{what}: the feeder came to its end")
    fed = b.last("spool_feed")
    stop(run["ship"][1], 120)
    good &= ok(b.ship("drain").wait(timeout=300) == 0, f"{what}: everything was acknowledged")
    good &= ok(stop(run["collector"][1], 300) == 0, f"{what}: the collector ended well")
    found = check(b, fed["next"])
    print(f"# {what}: {found}", flush=True)
    good &= ok(fed["events"] >= EVENTS, f"{what}: the spool took {fed['events']} events")
    good &= ok(found.get("missing") == 0, f"{what}: none is missing ({found.get('missing')})")
    good &= ok(found.get("doubled") == 0, f"{what}: none is there twice ({found.get('doubled')})")
    good &= ok(found.get("events") == fed["events"] and found.get("covered") == 0,
               f"{what}: all were stored, none needed a gap record")
    b.done(good)
    return good


def main():
    print(f"# {EVENTS} events, {KILLS} kills, seed {SEED}", flush=True)
    good = ordeal("hold", lambda b: b.collector(), lambda b, n: b.check(n), KILLS)
    if os.path.exists(COLLECTOR):
        good &= ordeal("store", lambda b: b.real_collector(COLLECTOR), check_store, KILLS)
    finish()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
