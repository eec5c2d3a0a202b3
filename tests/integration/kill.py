#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Feeder, ship and collector are killed (SIGKILL) again and again while events flow; every event the spool
took must be read from the hold log exactly once.

Environment: EVENTS (100000), KILLS (20), SEED (random, printed), PIECES (folder with the programs),
SQLITE=FILE checks a table instead: columns (lane, seq) from SQLITE_QUERY."""
import os
import random
import signal
import sqlite3
import sys
import time

from pieces import Bench, finish, ok, stop

EVENTS = int(os.environ.get("EVENTS", 100000))
KILLS = int(os.environ.get("KILLS", 20))
SEED = int(os.environ.get("SEED", random.SystemRandom().randrange(1 << 32)))
PAUSE = 0.15  # seconds between kills on average


def check_sqlite(path, numbers):
    """(lane, seq) pairs of a store: each expected pair once."""
    query = os.environ.get("SQLITE_QUERY", "SELECT lane, seq FROM events")
    seen = [bytearray(n) for n in numbers]
    doubled = 0
    for lane, seq in sqlite3.connect(path).execute(query):
        if lane == 0:
            continue
        doubled += seen[lane][seq] > 0
        seen[lane][seq] = 1
    missing = sum(s.count(0) - 1 for s in seen[1:])
    return {"events": sum(map(sum, seen[1:])), "doubled": doubled, "missing": missing, "covered": 0}


def main():
    dice = random.Random(SEED)
    print(f"# {EVENTS} events, {KILLS} kills, seed {SEED}", flush=True)
    b = Bench()
    rate = max(1000, int(EVENTS / (KILLS * PAUSE + 1)))
    run = {
        "collector": [b.collector, b.collector()],
        "ship": [b.ship, b.ship()],
        "feeder": [lambda: b.feed(EVENTS, rate), b.feed(EVENTS, rate)],
    }
    done = dict.fromkeys(run, 0)
    for _ in range(KILLS):
        time.sleep(dice.uniform(0.2, 1.8) * PAUSE)
        name = dice.choice(list(run))
        start, p = run[name]
        if p.poll() is None:
            p.send_signal(signal.SIGKILL)
            done[name] += 1
        p.wait()
        run[name][1] = start()
    print("# killed: " + ", ".join(f"{k} {v}" for k, v in done.items()), flush=True)
    feeder = run["feeder"][1]
    good = ok(feeder.wait(timeout=600) == 0, "the feeder came to its end")
    fed = b.last("spool_feed")
    stop(run["ship"][1], 120)
    status = b.ship("drain").wait(timeout=300)
    good &= ok(status == 0, "everything was acknowledged")
    good &= ok(stop(run["collector"][1]) == 0, "the collector ended well")
    path = os.environ.get("SQLITE")
    found = check_sqlite(path, fed["next"]) if path else b.check(fed["next"])
    print(f"# {found}", flush=True)
    good &= ok(fed["events"] >= EVENTS, f"the spool took {fed['events']} events")
    good &= ok(found.get("missing") == 0, f"none is missing ({found.get('missing')})")
    good &= ok(found.get("doubled") == 0, f"none is there twice ({found.get('doubled')})")
    good &= ok(found.get("events") == fed["events"] and found.get("covered") == 0,
               "all were stored, none needed a gap record")
    b.done(good)
    finish()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
