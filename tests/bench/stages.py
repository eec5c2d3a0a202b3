#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where the time goes: stages.py CAPTURE WORKDIR [PROBE]

Instructions per packet by stage, counted by callgrind on the release build with its debug lines. Each source file
belongs to a row; what is shared by all (src/lib, headers, libc) counts where it is called from, libc's allocator has a
row of its own. What an empty capture costs is taken off each row and shown as start-up.
  TOP=10   also the costliest functions of each row of ours
"""
import collections, os, re, subprocess, sys

from bench import ALONE, PROBE, empty_of, fresh, packets_of

ROWS = [  # the first pattern that finds something in "object file function" is its row; SHARED: the caller's row
    ("libc memory", r"/libc\S*\.so\S* .* (_?_?(int_)?(malloc|free|calloc|realloc)\w*|unlink_chunk\S*|systrim\S*|"
                    r"sysmalloc\S*|tcache_\w+|checked_request2size)$"),
    ("SHARED", r"/(libc|libm|ld-linux|libpthread)\S*\.so"),
    ("nDPI itself", r"/libndpi\S*\.so"),
    ("libpcap", r"/libpcap\S*\.so"),
    ("libhtp", r"/libhtp\S*\.so"),
    ("other libraries", r"^\S+\.so\S* "),
    ("capture", r" \S*src/probe/capture/"),
    ("decode", r" \S*src/probe/decode/"),
    ("flow: community id", r" \S*src/probe/flow/community\."),
    ("flow", r" \S*src/probe/flow/"),
    ("identify around nDPI", r" \S*src/probe/identify/"),
    ("l7: dns", r" \S*src/probe/l7/web/dns"),
    ("l7: http", r" \S*src/probe/l7/web/http"),
    ("l7: tls", r" \S*src/probe/l7/secure/(tls|ja|der)"),
    ("l7: files and digests", r" \S*src/probe/l7/files|libgcrypt"),
    ("l7: industry", r" \S*src/probe/l7/industry/"),
    ("l7: data", r" \S*src/probe/l7/data/"),
    ("l7", r" \S*src/probe/l7/"),
    ("learn", r" \S*src/probe/learn/"),
    ("match", r" \S*src/probe/match/"),
    ("notice", r" \S*src/probe/notice/"),
    ("output", r" \S*(src/probe/output/|src/wire/|src/lib/jw\.c|lib/jw\.h|wire/event\.def|src/lib/spool)"),
    ("worker", r" \S*src/probe/"),
    ("SHARED", r""),
]
NAMES = list(dict.fromkeys(n for n, _ in ROWS if n != "SHARED"))
PATTERNS = [(n, re.compile(p)) for n, p in ROWS]


KNOWN = {}


def row_of(obj, source, function=""):
    key = obj, source, function
    if key not in KNOWN:
        KNOWN[key] = next(n for n, p in PATTERNS if p.search(" ".join(key)))
    return KNOWN[key]


def name(table, text):
    """callgrind gives each name once: "(12) name", then "(12)"."""
    number, _, rest = text.partition(" ")
    if rest:
        table[number] = rest
    return table.get(number, text)


KINDS = {"ob": "ob", "cob": "ob", "fl": "fl", "fi": "fl", "fe": "fl", "cfi": "fl", "cfl": "fl", "fn": "fn", "cfn": "fn"}


def lines(path):
    """(function, file of the line, called function or None, instructions); a function is (object, file, name)."""
    names, now, call = {"ob": {}, "fl": {}, "fn": {}}, dict.fromkeys(("ob", "fl", "fn", "at"), ""), None
    with open(path, errors="replace") as f:
        for line in f:
            key, eq, text = line.rstrip("\n").partition("=")
            if eq and key in KINDS:
                value = name(names[KINDS[key]], text)
                if key in ("fi", "fe"):
                    now["at"] = value
                elif key[0] == "c":
                    now[key[:3].replace("cfi", "cfl")] = value
                else:
                    now[key] = value
                    if key in ("fl", "fn"):
                        now["at"] = now["fl"]
            elif key == "calls":
                call = now.get("cob", now["ob"]), now.get("cfl", now["at"]), now["cfn"]
            elif line[0] in "0123456789+-*":
                yield (now["ob"], now["fl"], now["fn"]), now["at"], call, int(line.split()[1])
                if call:
                    call = None
                    now = {k: now[k] for k in ("ob", "fl", "fn", "at")}


def homes(path):
    """{function: its row}: of its file, or for one that begins with something inlined, of most of its lines."""
    votes = collections.defaultdict(collections.Counter)
    for function, at, call, cost in lines(path):
        if not call:
            votes[function][row_of(function[0], at)] += cost
    found = {}
    for function, rows in votes.items():
        found[function] = row_of(*function)
        own = [(c, r) for r, c in rows.items() if r != "SHARED"]
        if found[function] == "SHARED" and "/src/lib/" not in function[1] and own:
            found[function] = max(own)[1]
    return found


class Profile:
    """What a callgrind file says, by row."""

    def __init__(self, path):
        self.cost = collections.Counter()       # row -> instructions
        self.functions = collections.Counter()  # (row, function) -> instructions
        self.total = 0
        home = homes(path)
        for function, at, call, cost in lines(path):
            mine = home.get(function, "SHARED")
            here = row_of(function[0], at) if mine != "SHARED" else mine
            here = mine if here == "SHARED" else here
            there = home.get(call, row_of(*call)) if call else None
            if not call:
                self.total += cost
            if here != "SHARED" and there in (None, "SHARED"):
                self.add(here, function[2], cost)
            elif here == "SHARED" and there not in (None, "SHARED", "libc memory") and call[2] != "main":
                self.add(there, call[2], -cost)  # called back, as by qsort: its own lines count already

    def add(self, row, function, cost):
        self.cost[row] += cost
        self.functions[row, function] += cost


def profile(command, work):
    found = os.path.join(work, "callgrind.out")
    subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={found}"] + command, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return Profile(found)


def net(command_of, capture, work):
    """(instructions by row, by function, start-up), what an empty capture costs taken off."""
    start, whole = (profile(command_of(c), work) for c in (empty_of(capture, work), capture))
    for k in whole.cost:
        whole.cost[k] -= start.cost[k]
    for k in whole.functions:
        whole.functions[k] -= start.functions[k]
    whole.total -= start.total
    return whole, start.total


def table(whole, n):
    for row in NAMES:
        print(f"  {row:24s} {whole.cost[row] / n:8,.0f} {100 * whole.cost[row] / whole.total:5.1f} %")
        top = int(os.environ.get("TOP", "0"))
        each = [(c, k[1]) for k, c in whole.functions.items() if k[0] == row]
        for c, function in sorted(each, reverse=True)[:top]:
            print(f"      {c / n:8,.1f}  {function}")
    rest = whole.total - sum(whole.cost[r] for r in NAMES)
    print(f"  {'caller unknown':24s} {rest / n:8,.0f} {100 * rest / whole.total:5.1f} %")
    print(f"  {'all':24s} {whole.total / n:8,.0f}")


def main():
    capture, work = sys.argv[1:3]
    probe = sys.argv[3] if len(sys.argv) > 3 else PROBE
    out, n = fresh(work), packets_of(capture)
    whole, start = net(lambda c: [probe, "--set", "probe.sandbox=no", "-l", out, "-r", c], capture, work)
    print(f"where the time goes: instructions per packet, {n} packets, start-up ({start / 1e6:,.0f} M) taken off")
    table(whole, n)
    if os.path.exists(ALONE):
        alone, _ = net(lambda c: [ALONE, c], capture, work)
        own = alone.cost["nDPI itself"] + alone.cost["libc memory"] + alone.cost["other libraries"]
        print(f"libndpi alone (tests/bench/ndpi_alone.c): {own / n:,.0f} inside the library with its memory, "
              f"{alone.total / n:,.0f} with reading and flows; the probe is {whole.total / own:.2f} and "
              f"{whole.total / alone.total:.2f} times that")


if __name__ == "__main__":
    main()
