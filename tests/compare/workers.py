#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same bytes with any number of workers.

usage: workers.py [--probe PATH] [--workers N,N] [CAPTURE|FOLDER ...]

Replays each capture (folders as one replay) with one worker and with several, all rules of ours
loaded, and compares the event files byte for byte. Prints TAP.
"""
import argparse
import filecmp
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")


def replay(probe, capture, workers, out):
    os.makedirs(out, exist_ok=True)
    rules = os.path.join(ROOT, "signatures", "*.rules")
    threshold = os.path.join(HERE, "workers.rules")
    r = subprocess.run([probe, "-r", capture, "-l", out, "-S", rules, "-s", threshold,
                        "--set", f"probe.workers={workers}"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    # 3: a capture was damaged; what could be read of it counts
    return r.returncode in (0, 3), r.stderr


def first_difference(a, b):
    with open(a) as x, open(b) as y:
        for n, (p, q) in enumerate(zip(x, y), 1):
            if p != q:
                return f"line {n}:\n# {p[:600]}\n# {q[:600]}"
    return "one is longer"


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--probe", default=os.path.join(ROOT, "build", "release", "wanglou-probe"))
    ap.add_argument("--workers", default="2,3")
    ap.add_argument("captures", nargs="*")
    a = ap.parse_args()
    corpus = os.environ.get("WANGLOU_CORPUS", os.path.join(ROOT, "..", "shared"))
    captures = a.captures or [os.path.join(ROOT, "pcaps")] + [
        f for f in (os.path.join(corpus, "corpus", d) for d in ("ndpi", "lab", "attacks")) if os.path.isdir(f)]
    done = failed = 0
    for capture in captures:
        with tempfile.TemporaryDirectory() as tmp:
            one = os.path.join(tmp, "1")
            ok, why = replay(a.probe, capture, 1, one)
            for n in a.workers.split(",") if ok else []:
                out = os.path.join(tmp, n)
                ok, why = replay(a.probe, capture, n, out)
                files = [os.path.join(d, "eve.json") for d in (one, out)]
                if ok and not filecmp.cmp(*files, shallow=False):
                    ok, why = False, first_difference(*files)
                if not ok:
                    break
            done += 1
            failed += not ok
            size = sum(1 for _ in open(os.path.join(one, "eve.json")))
            print(f"{'ok' if ok else 'not ok'} {done} - {os.path.relpath(capture, ROOT)}: "
                  f"{size} events, the same with {a.workers} workers as with one")
            if not ok:
                print("# " + why.strip().replace("\n", "\n# "))
    print(f"1..{done}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
