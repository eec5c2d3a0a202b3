#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compare what our records say with what tshark says, field by field, over every capture of a corpus.

usage: tshark.py [--probe PROGRAM] [--share 0.995] [--corpus DIR] [--cache DIR] [--index | --sample | --pick N] [-v]
                 [NAME...]

NAME is a file of tests/compare/fields/ (all of them when none is given). It has
  EVENT   type of our events, or a tuple of types
  FILTER  tshark's display filter for what is compared
  PROTOCOLS  words of tshark's frame.protocols that a capture must have one of (default: NAME)
  FIELDS  rows (our dotted path, tshark's field[, normalise]): lists are flattened; "*" is any key, "**" any keys or
          none; a function of the event instead of a path yields the values itself; normalise is a function, or a pair
          (ours, theirs), that makes a value a text to compare, or a list of them; None leaves it out
and may have
  WHERE   function of one of our events: whether it is compared
  TSHARK  more arguments for tshark
  PROBE   more arguments for the probe
  LEFT_OUT  {the end of a capture's path: why it is not compared}
  DIFFERENCES  what the remaining differences are, in words
For each capture and field the two multisets of values are compared: equal values / the larger number of values.
Which protocols a capture has is asked of tshark once and kept in the cache folder. With --sample only the captures of
fields/sample.txt are compared (lines: NAME, capture; written by --pick N: the N with most values of those below 256
KiB, of every NAME given). Prints a line a protocol (fields with -v, and their differences), then `N passed, N failed`.
"""
import argparse, collections, concurrent.futures, hashlib, importlib.util, json, os, subprocess, sys, tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.dirname(os.path.abspath(__file__))
UNIT, RECORD = "\x1f", "\x1e"
LARGEST = 20 << 20  # a capture beyond takes tshark minutes
SMALL = 256 << 10   # for the sample
SAMPLE = os.path.join(HERE, "fields", "sample.txt")


def captures(corpus):
    found = []
    for folder, _, names in os.walk(corpus):
        found += [os.path.join(folder, n) for n in names
                  if n.endswith((".pcap", ".pcapng", ".cap")) and os.path.getsize(os.path.join(folder, n)) <= LARGEST]
    return sorted(found)


def protocols(path, cache):
    """The words of frame.protocols in a capture."""
    path = os.path.realpath(path)
    mark = f"{path} {os.path.getsize(path)} {int(os.path.getmtime(path))}"
    kept = os.path.join(cache, hashlib.sha1(mark.encode()).hexdigest())
    if os.path.exists(kept):
        return set(open(kept).read().split())
    try:
        p = subprocess.run(["tshark", "-n", "-r", path, "-T", "fields", "-e", "frame.protocols"], capture_output=True,
                           text=True, errors="replace", timeout=120)
        words = {w for line in p.stdout.split() for w in line.split(":")}
    except subprocess.TimeoutExpired:
        words = set()
    with tempfile.NamedTemporaryFile("w", dir=cache, delete=False) as t:
        t.write(" ".join(sorted(words)))
    os.replace(t.name, kept)
    return words


def load(name):
    spec = importlib.util.spec_from_file_location(name, os.path.join(HERE, "fields", name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def flatten(node, path):
    """Values at a dotted path, lists opened on the way."""
    if isinstance(node, list):
        return [v for item in node for v in flatten(item, path)]
    if not path:
        return [] if node is None or isinstance(node, dict) else [node]
    if path[0] in ("*", "**") and isinstance(node, dict):
        below = [v for item in node.values() for v in flatten(item, path if path[0] == "**" else path[1:])]
        return below + (flatten(node, path[1:]) if path[0] == "**" else [])
    return flatten(node.get(path[0]), path[1:]) if isinstance(node, dict) else []


def text(value):
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def values(normalise, value):
    value = normalise(value)
    return value if isinstance(value, list) else [] if value is None else [value]


def both(row):
    normalise = row[2] if len(row) > 2 else text
    return normalise if isinstance(normalise, tuple) else (normalise, normalise)


def theirs(path, m):
    command = ["tshark", "-n", "-r", path, "-Y", m.FILTER, "-T", "fields", "-E", f"separator={UNIT}",
               "-E", f"aggregator={RECORD}", "-E", "occurrence=a", *getattr(m, "TSHARK", [])]
    names = list(dict.fromkeys(row[1] for row in m.FIELDS))  # a name given twice comes once
    for name in names:
        command += ["-e", name]
    p = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=300)
    if p.returncode not in (0, 2):
        sys.exit(f"{path}: tshark: {p.stderr.strip()}")
    found = [collections.Counter() for _ in m.FIELDS]
    for line in p.stdout.split("\n"):
        cells = dict(zip(names, line.split(UNIT)))
        for i, row in enumerate(m.FIELDS):
            cell = cells.get(row[1])
            for value in cell.split(RECORD) if cell else ():
                found[i].update(values(both(m.FIELDS[i])[1], value))
    return found


def ours(path, m, probe):
    found = [collections.Counter() for _ in m.FIELDS]
    events = m.EVENT if isinstance(m.EVENT, (tuple, list)) else (m.EVENT,)
    n = 0
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([probe, "-S", "/dev/null", "-k", "none", "-r", path, "-l", out, *getattr(m, "PROBE", [])],
                       capture_output=True, timeout=300)
        eve = os.path.join(out, "eve.json")
        for line in open(eve, errors="replace") if os.path.exists(eve) else ():
            e = json.loads(line)
            if e["event_type"] not in events or not getattr(m, "WHERE", lambda e: True)(e):
                continue
            n += 1
            for i, row in enumerate(m.FIELDS):
                for value in row[0](e) if callable(row[0]) else flatten(e, row[0].split(".")):
                    found[i].update(values(both(row)[0], value))
    return n, found


def compare(args):
    path, name, probe = args
    m = load(name)
    n, mine = ours(path, m, probe)
    rows = []
    for a, b in zip(mine, theirs(path, m)):
        equal = sum((a & b).values())
        rows.append((equal, max(sum(a.values()), sum(b.values())), (a - b).most_common(5), (b - a).most_common(5)))
    return path, n, rows


def sample(corpus):
    """Captures of the sample: {name: paths}."""
    found = collections.defaultdict(list)
    for line in open(SAMPLE):
        if line.strip() and not line.startswith("#"):
            name, path = line.split()
            found[name].append(os.path.join(corpus, path))
    return found


def pick(corpus, name, results, n):
    small = [r for r in results if os.path.getsize(r[0]) <= SMALL and all(row[0] == row[1] for row in r[2])]
    best = sorted(small, key=lambda r: (-sum(row[1] > 0 for row in r[2]), -sum(row[1] for row in r[2]), r[0]))[:n]
    kept = [line for line in open(SAMPLE) if line.split()[:1] != [name]] if os.path.exists(SAMPLE) else []
    with open(SAMPLE, "w") as out:
        out.writelines(sorted(kept + [f"{name} {os.path.relpath(r[0], corpus)}\n" for r in best]))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("names", nargs="*")
    ap.add_argument("--probe", default=os.environ.get("PROBE", os.path.join(TOP, "build/release/wanglou-probe")))
    ap.add_argument("--share", type=float, default=0.995)
    ap.add_argument("--corpus", default=os.path.join(os.environ.get("WANGLOU_CORPUS", "../shared"), "corpus"))
    ap.add_argument("--cache", default=os.path.join(tempfile.gettempdir(), "wanglou-tshark"))
    ap.add_argument("--index", action="store_true", help="only find out which protocols the captures have")
    ap.add_argument("--sample", action="store_true")
    ap.add_argument("--pick", type=int, default=0)
    ap.add_argument("-v", action="store_true")
    a = ap.parse_args()
    names = a.names or sorted(f[:-3] for f in os.listdir(os.path.join(HERE, "fields")) if f.endswith(".py"))
    if not os.path.isdir(a.corpus) or subprocess.run(["which", "tshark"], capture_output=True).returncode:
        print("no corpus or no tshark # SKIP")
        return 77
    os.makedirs(a.cache, exist_ok=True)
    chosen = sample(a.corpus) if a.sample else {}
    if a.sample:
        names = a.names or sorted(chosen)
    every = [] if a.sample else captures(a.corpus)
    passed = failed = 0
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        has = dict(zip(every, pool.map(protocols, every, [a.cache] * len(every), chunksize=8)))
        for name in [] if a.index else names:
            m = load(name)
            want = set(getattr(m, "PROTOCOLS", (name,)))
            out = getattr(m, "LEFT_OUT", {})
            todo = chosen[name] if a.sample else [p for p in every if has[p] & want and
                                                  not any(p.endswith("/" + o) for o in out)]
            if not todo:
                print(f"ok - {name} # SKIP no capture has it", flush=True)
                continue
            results = list(pool.map(compare, [(p, name, a.probe) for p in todo]))
            equal = [sum(r[2][i][0] for r in results) for i in range(len(m.FIELDS))]
            total = [sum(r[2][i][1] for r in results) for i in range(len(m.FIELDS))]
            share = sum(equal) / max(1, sum(total))
            good = share >= a.share and sum(total) > 0
            passed, failed = passed + good, failed + (not good)
            print(f"{'ok' if good else 'not ok'} - {name}: {len(m.FIELDS)} fields, {len(todo)} captures, "
                  f"{sum(r[1] for r in results)} records, {sum(equal)} of {sum(total)} values equal, {100 * share:.2f} %",
                  flush=True)
            if a.pick:
                pick(a.corpus, name, results, a.pick)
            for i, row in enumerate(m.FIELDS):
                if a.v:
                    print(f"    {row[0].__name__ if callable(row[0]) else row[0]} ~ {row[1]}: {equal[i]} of {total[i]}")
                for path, _, rows in results:
                    if a.v and rows[i][0] < rows[i][1]:
                        print(f"        {os.path.relpath(path, a.corpus)}: only ours {rows[i][2]}, only theirs {rows[i][3]}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
