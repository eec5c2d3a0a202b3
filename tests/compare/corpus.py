#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every capture there is: no finding of the sanitizers, and never more memory than 256 MiB.

usage: tests/compare/corpus.py [--asan PROGRAM] [--release PROGRAM] [FOLDER ...]

Each folder (pcaps/ and those of ../shared/corpus, or the ones named) is replayed twice: by the sanitizer build, which
must end with nothing to say, and by the release build with conf/small.yaml, whose resident memory at its
highest must stay below 256 MiB. All our signatures are loaded. Every frame must have one outcome at each hop.
"""
import argparse
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.dont_write_bytecode = True
sys.path.insert(0, ROOT + "/tests/e2e")
from run import unaccounted
CORPUS = os.environ.get("WANGLOU_CORPUS", os.path.join(ROOT, "..", "shared"))
FINDING = re.compile(r"Sanitizer|runtime error:|seccomp:|^stats: ", re.MULTILINE)
MOST = 256
DAMAGED = 3  # the status when some of the files are damaged or no captures


def replay(program, conf, folder):
    """(status, what was said, highest resident memory in MiB, lines, seconds); wrong sums of the stats event are said"""
    with tempfile.TemporaryDirectory(prefix="wanglou-corpus.") as out, open(out + "/said", "w+b") as said:
        began = time.monotonic()
        p = subprocess.Popen([program, *conf, "-s", ROOT + "/signatures/*.rules", "-r", folder, "-l", out],
                             stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
        with open(out + "/eve.json", "rb") if os.path.exists(out + "/eve.json") else open(os.devnull, "rb") as f:
            lines, stats = 0, []
            for line in f:
                lines += 1
                if b'"event_type":"stats"' in line:
                    stats.append(json.loads(line))
        said.seek(0)
        text = said.read().decode(errors="replace") + "".join(f"{fault}\n" for fault in unaccounted(stats))
        return p.returncode, text, usage.ru_maxrss / 1024, lines, time.monotonic() - began


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--asan", default=os.environ.get("PROBE", ROOT + "/build/asan/wanglou-probe"))
    ap.add_argument("--release", default=ROOT + "/build/release/wanglou-probe")
    ap.add_argument("folder", nargs="*")
    args = ap.parse_args()
    folders = args.folder or [ROOT + "/pcaps"] + sorted(f for f in glob.glob(CORPUS + "/corpus/*/") if "baselines" not in f)
    conf = ["-c", ROOT + "/tests/e2e/probe.yaml"]
    small = ["-c", ROOT + "/conf/probe.yaml", "-c", ROOT + "/conf/small.yaml"]
    passed = failed = 0
    for folder in folders:
        name = os.path.relpath(folder, ROOT)
        for label, program, settings in ("sanitizers", args.asan, conf), ("memory", args.release, small):
            status, said, memory, lines, seconds = replay(program, settings, folder)
            found = FINDING.search(said)
            good = status in (0, DAMAGED) and lines > 0 and not found and (label != "memory" or memory < MOST)
            passed, failed = passed + good, failed + (not good)
            print("%s %s: %s: %d events, %.0f MiB, %.0f s" % ("ok" if good else "not ok", name, label, lines, memory, seconds),
                  flush=True)
            if not good:
                print("    status %d\n%s" % (status, said[found.start() - 200 if found and found.start() > 200 else 0:][:4000]))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
