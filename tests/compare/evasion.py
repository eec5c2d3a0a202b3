#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What is found in plain conversations is found in all evasions of pcaps/recipes/evade.py.

usage: tests/compare/evasion.py [--probe PROGRAM] [--keep FOLDER] [-v] [EVASION ...]

The conversations of our signature captures that fire something are played plainly and by each evasion, each
with a client's port of its own; kept is the share of (conversation, signature) pairs that fire again. Fails
below 99 % in all, or when an evasion is below its minimum (evasion.min; 100 % where it says nothing).
Not asked for: port-bound rules at odd ports, rules about a place in a segment where segments are cut anew (unless
it is the first), rules about the other side, or about an answer to what was asked, where only one is in the capture.
"""
import argparse
import glob
import json
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "pcaps", "recipes"))
import evade  # noqa: E402
from evade_rows import ROWS  # noqa: E402
from wire import write_pcap  # noqa: E402

CAPTURES = sorted(p for p in glob.glob(ROOT + "/pcaps/sig/*.pcap") if not p.endswith("-not.pcap"))
CAPTURES += [ROOT + "/pcaps/%s.pcap" % n for n in ("exploit-log4shell", "webshell-jsp", "lateral-smb", "lateral-ftp")]
CONF = """probe: {{name: evasion}}
rules: {{files: [{root}/signatures/*.rules]}}
vars:
  address-groups:
    HOME_NET: "[10.0.0.0/8,2001:db8::a00:0/104]"
    EXTERNAL_NET: "!$HOME_NET"
  port-groups: {{HTTP_PORTS: "80"}}
{more}"""
PER_SID = 2  # conversations for one signature
WHOLE = 0.99


class Rules:
    """What our signatures are bound to by their own words: a port, or a place in a segment."""

    def __init__(self):
        text = "".join(open(f, encoding="utf-8").read() for f in glob.glob(ROOT + "/signatures/*.rules"))
        rules = re.findall(r"^alert (\w+) \S+ (\S+) -> \S+ (\S+) \((.*?sid:\s*(\d+).*)", text, re.M)
        self.port = {int(r[4]) for r in rules if r[1:3] != ("any", "any")}
        self.size = {int(r[4]) for r in rules if "dsize:" in r[3]}
        self.both = {int(r[4]) for r in rules if "flowbits:isset" in r[3]}
        self.place = {int(r[4]) for r in rules if r[0] in ("tcp", "ftp") and re.search(
            r"startswith|offset:|depth:|pcre:\s*\"/\^", r[3])}

    def in_segments(self, talk, sid, side):
        """The beginning of a stream is one however it is cut; of what comes later, only the old segments had one."""
        return sid in self.size or (sid in self.place and sum(t[0] == side for t in talk.turns) > 1)


def minima():
    """{evasion: share}, with the reason behind it in the file."""
    rows = (line.split("#")[0].split() for line in open(os.path.join(HERE, "evasion.min"), encoding="utf-8"))
    return {r[0]: float(r[1]) / 100 for r in rows if r}


def conf_of(row):
    """The policy is for every host; linux is what the probe takes when nothing is said."""
    if row.policy in (None, "linux"):
        return CONF.format(root=ROOT, more="")
    return CONF.format(root=ROOT, more='stream: {host-os-policy: {%s: "[default]"}}\n' % row.policy)


class Bench:
    def __init__(self, probe, folder):
        self.probe, self.folder = probe, folder

    def fires(self, talks, row):
        """{(conversation's number, signature, from the client)}"""
        out = os.path.join(self.folder, row.name)
        os.makedirs(out, exist_ok=True)
        pcap, conf = out + "/x.pcap", out + "/probe.yaml"
        write_pcap(pcap, evade.play(talks, row))
        with open(conf, "w", encoding="utf-8") as f:
            f.write(conf_of(row))
        file = out + "/eve.json"
        if os.path.exists(file):
            os.unlink(file)
        done = subprocess.run([self.probe, "-c", conf, "-r", pcap, "-l", out, "--set", "output.types=alert"],
                              capture_output=True, text=True, errors="replace")
        if done.returncode:
            raise RuntimeError("%s: exit status %d: %s" % (row.name, done.returncode, done.stderr[-500:]))
        found = set()
        for line in open(file, encoding="utf-8", errors="replace"):
            e = json.loads(line)
            sid = e.get("alert", {}).get("signature_id", 0)
            if e["event_type"] != "alert" or not 4200000 <= sid < 4300000:
                continue
            number = e["src_port"] - evade.FIRST_PORT
            mine = number in self.numbers and self.numbers[number].ends[0] == self.short(e["src_ip"])
            if not mine:
                number = e["dest_port"] - evade.FIRST_PORT
            found.add((number, sid, mine))
        return found

    @staticmethod
    def short(text):
        return evade.packed(text)[-4:]

    def choose(self):
        """The conversations that fire alone what they fire, at most PER_SID for a signature."""
        talks = list(enumerate(t for path in CAPTURES for t in evade.talks_of(path)))
        self.numbers = dict(talks)
        taken, count = set(), {}
        for number, sid, _ in sorted(self.fires(talks, ROWS["plain"])):
            if count.get(sid, 0) < PER_SID:
                count[sid] = count.get(sid, 0) + 1
                taken.add(number)
        talks = [(n, t) for n, t in talks if n in taken]
        return talks, self.fires(talks, ROWS["plain"])


def one(name):
    return played(name)


def wanted(row, plain, rules, talks):
    if row.port:
        plain = {k for k in plain if k[1] not in rules.port}
    if row.say is not evade.say:
        plain = {k for k in plain if talks[k[0]].proto != evade.TCP or
                 not rules.in_segments(talks[k[0]], k[1], int(not k[2]))}
    if row.sides != (0, 1):
        plain = {k for k in plain if k[2] == (row.sides == (0,)) and k[1] not in rules.both}
    return {k[:2] for k in plain}


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--probe", default=ROOT + "/build/release/wanglou-probe")
    ap.add_argument("--keep", metavar="FOLDER", help="leave captures and events there")
    ap.add_argument("-v", action="store_true", help="say which are missing")
    ap.add_argument("evasion", nargs="*", help="only these; wildcards allowed")
    args = ap.parse_args()
    names = [n for n in ROWS if n != "plain"]
    if args.evasion:
        names = [n for n in names if any(re.fullmatch(p.replace("*", ".*"), n) for p in args.evasion)]
    with tempfile.TemporaryDirectory(prefix="wanglou-evasion.") as folder:
        bench = Bench(args.probe, args.keep or folder)
        talks, plain = bench.choose()
        rules, least = Rules(), minima()
        print("%d conversations, %d signatures, %d pairs" % (len(talks), len({k[1] for k in plain}), len(plain)))
        kept = total = failed = 0
        global played  # the children of fork(2) have it: rows hold functions, which cannot be sent
        played = lambda name: bench.fires(talks, ROWS[name])
        with multiprocessing.get_context("fork").Pool(2) as pool:
            for name, got in zip(names, pool.imap(one, names)):
                want = wanted(ROWS[name], plain, rules, dict(talks))
                have = want & {k[:2] for k in got}
                share = len(have) / len(want)
                bad = share < least.get(name, 1)
                failed += bad
                kept, total = kept + len(have), total + len(want)
                print("%s %-36s %4d / %4d  %5.1f %%%s" % ("not ok" if bad else "ok    ", name, len(have), len(want),
                                                       100 * share, "" if share == 1 or bad else "  (known)"))
                if args.v:
                    for number, sid in sorted(want - have):
                        print("         %d at client port %d" % (sid, evade.FIRST_PORT + number))
    share = kept / total
    print("kept %d of %d: %.2f %%" % (kept, total, 100 * share))
    if share < WHOLE and not args.evasion:
        print("not ok: below %.0f %%" % (100 * WHOLE))
        failed += 1
    print("%d passed, %d failed" % (len(names) + 1 - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
