#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""End-to-end cases of wanglou-probe: each folder here with a test.yaml is one case. TAP on stdout.

usage: run.py [--golden] [-k WORD] [-v]
  --golden   write the expected outputs anew; review with git diff
  -k WORD    only cases whose name holds WORD
  -v         show commands

test.yaml:
  pcap: PATH           capture, relative to the top folder; or
  folder: [PATH...]    copies in one folder; or
  stdin: PATH          fed to -r -; or
  cut: {from: PATH, bytes: N}  the first N bytes of a capture; or
  (input.py in the case's folder, or the script that `input` names, writes the capture to the path it is given)
                       With none of these, no -r is given.
  rules: FILE          in the case's folder; none: an empty rule file
  config: FILE         in the case's folder; none: probe.yaml beside this script
  args: [..]           more arguments; ${CASE} ${OUT} ${IN} are replaced
  expect: 0            exit status
  stderr, stdout: [..] texts that must be there (no-stderr: must not)
  absent: [..]         texts that must not be anywhere in eve.json
  checks: [{filter: {match: {..}, count: N}}]   as in suricata-verify; count may be {min: N, max: N}
  golden: [TYPE..]     events of these types must be as in golden.json
  same: true           a second run must give the same bytes
  requires: PATH       skipped without it; ${CORPUS} is replaced
Every event is checked against docs/event.schema.json, and every stats event for sums: each frame has one outcome
at each hop.
"""
import argparse, json, os, re, shutil, subprocess, sys, tempfile
from concurrent.futures import ThreadPoolExecutor

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.normpath(os.path.join(HERE, "..", ".."))
PROBE = os.environ.get("PROBE", os.path.join(TOP, "build/asan/wanglou-probe"))
CORPUS = os.environ.get("WANGLOU_CORPUS", os.path.join(TOP, "..", "shared"))
SCHEMA = os.path.join(TOP, "docs/event.schema.json")
SECONDS = 120
KEYS = set("input pcap folder stdin cut rules config args expect stderr no-stderr stdout absent checks golden "
           "same requires".split())
ABSENT = object()
OPERATORS = {
    "__gt": lambda a, b: a > b, "__gte": lambda a, b: a >= b,
    "__lt": lambda a, b: a < b, "__lte": lambda a, b: a <= b,
    "__contains": lambda a, b: b in a, "__find": lambda a, b: b in a,
    "__startswith": lambda a, b: a.startswith(b), "__endswith": lambda a, b: a.endswith(b),
}


def find(event, path):
    """Value at a dotted path with [index] parts, or ABSENT."""
    node = event
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        if name == "__len":
            return len(node) if hasattr(node, "__len__") else ABSENT
        if name:
            node = node.get(name, ABSENT) if isinstance(node, dict) else ABSENT
        else:
            node = node[int(index)] if isinstance(node, list) and int(index) < len(node) else ABSENT
        if node is ABSENT:
            return ABSENT
    return node


def holds(event, key, want):
    if key in ("has-key", "not-has-key"):
        paths = want if isinstance(want, list) else [want]
        return all((find(event, p) is not ABSENT) == (key == "has-key") for p in paths)
    path, _, operator = key.rpartition(".")
    if operator in OPERATORS:
        value = find(event, path)
        try:
            return value is not ABSENT and OPERATORS[operator](value, want)
        except TypeError:
            return False
    value = find(event, key)
    return (None if value is ABSENT else value) == want


def counts(events, check):
    """A sentence when a filter counts something else than it should, else None."""
    f = check["filter"]
    n = sum(all(holds(e, k, v) for k, v in f["match"].items()) for e in events)
    want = f["count"]
    if isinstance(want, dict):
        good = want.get("min", 0) <= n <= want.get("max", n)
    else:
        good = n == want
    return None if good else f"want {want}, got {n} of {json.dumps(f['match'], ensure_ascii=False)}"


HOPS = [  # what comes in, and what becomes of it: one outcome for each frame (include/probe/counters.def)
    ("capture.packets", ["decoder.pkts"]),
    ("decoder.pkts", ["decoder.to_flow", "decoder.no_ip", "decoder.invalid", "decoder.unknown_link", "decoder.fragment_kept"]),
    ("decoder.to_flow+decoder.carriers", ["flow.packets", "flow.no_flow", "flow.memory_failed"]),
    ("flow.packets", ["identify.packets", "identify.settled", "identify.left_out"]),
]


def unaccounted(events):
    """A sentence for each hop of a stats event whose sum is wrong."""
    for s in (e["stats"] for e in events if e.get("event_type") == "stats"):
        for whole, parts in HOPS:
            come, got = [find(s, w) for w in whole.split("+")], [find(s, p) for p in parts]
            want = ABSENT if ABSENT in come else sum(come)
            if ABSENT in (want, *got) or want != sum(got):
                yield f"stats: {whole} is {want}, its outcomes are {dict(zip(parts, got))}"


class Case:
    def __init__(self, name, golden):
        self.name, self.golden = name, golden
        self.folder = os.path.join(HERE, name)
        with open(os.path.join(self.folder, "test.yaml"), encoding="utf-8") as f:
            self.spec = yaml.safe_load(f) or {}
        self.faults, self.skip, self.command = [], None, ""

    def fill(self, text):
        return (str(text).replace("${CASE}", os.path.relpath(self.folder, TOP)).replace("${OUT}", self.out)
                .replace("${IN}", self.input or "").replace("${CORPUS}", CORPUS))

    def prepare(self):
        """Make the input below self.temp; what -r gets, or None."""
        s = self.spec
        script = os.path.join(self.folder, s.get("input", "input.py"))
        if os.path.exists(script):
            path = os.path.join(self.temp, "input.pcap")
            subprocess.run([sys.executable, script, path], check=True,
                           env={**os.environ, "PYTHONPATH": HERE, "PYTHONDONTWRITEBYTECODE": "1"})
            return path
        if "folder" in s:
            path = os.path.join(self.temp, "in")
            os.mkdir(path)
            for p in s["folder"]:
                shutil.copy(os.path.join(TOP, self.fill(p)), path)
            return path
        if "cut" in s:
            path = os.path.join(self.temp, "cut.pcap")
            with open(os.path.join(TOP, s["cut"]["from"]), "rb") as f, open(path, "wb") as out:
                out.write(f.read(s["cut"]["bytes"]))
            return path
        if "stdin" in s:
            return "-"
        return self.fill(s["pcap"]) if "pcap" in s else None

    def run_probe(self, out):
        os.mkdir(out)
        s = self.spec
        rules = os.path.join(self.temp, "none.rules")
        open(rules, "a").close()
        if "rules" in s:
            rules = os.path.relpath(os.path.join(self.folder, s["rules"]), TOP)
        config = os.path.join(self.folder, s["config"]) if "config" in s else os.path.join(HERE, "probe.yaml")
        command = [PROBE, "-c", os.path.relpath(config, TOP), "-S", rules, "-l", out]
        if self.input:
            command += ["-r", self.input]
        command += [self.fill(a) for a in s.get("args", [])]
        self.command = " ".join(command)
        feed = open(os.path.join(TOP, s["stdin"]), "rb") if "stdin" in s else subprocess.DEVNULL
        return subprocess.run(command, cwd=TOP, stdin=feed, capture_output=True, timeout=SECONDS,
                              env={**os.environ, "TZ": "UTC"})

    def texts(self, p):
        err, out = p.stderr.decode(errors="replace"), p.stdout.decode(errors="replace")
        want = self.spec.get("expect", 0)
        if p.returncode != want:
            self.faults.append(f"exit status {p.returncode}, expected {want}")
        for key, text in (("stderr", err), ("stdout", out)):
            self.faults += [f"{key} lacks {t!r}" for t in self.spec.get(key, []) if self.fill(t) not in text]
        self.faults += [f"stderr holds {t!r}" for t in self.spec.get("no-stderr", []) if t in err]
        if self.faults or "Sanitizer" in err or "runtime error" in err:
            self.faults.append("stderr:\n" + err[-6000:])

    def load(self):
        path = os.path.join(self.out, "eve.json")
        if not os.path.exists(path):
            return []
        raw = open(path, "rb").read()
        self.faults += [f"eve.json holds {t!r}" for t in self.spec.get("absent", []) if t.encode() in raw]
        events = []
        for n, line in enumerate(raw.split(b"\n")[:-1], 1):
            try:
                events.append(json.loads(line.decode("utf-8")))
            except ValueError as e:
                self.faults.append(f"eve.json:{n}: {e}: {line[:200]!r}")
        if raw and not raw.endswith(b"\n"):
            self.faults.append("eve.json ends within a line")
        return events

    def compare(self, events):
        """Against golden.json, with paths that differ from run to run replaced."""
        path = os.path.join(self.folder, "golden.json")
        lines = [json.dumps(e, ensure_ascii=False).replace(self.temp, "$TEMP")
                 for e in events if e.get("event_type") in self.spec["golden"]]
        if self.golden:
            with open(path, "w", encoding="utf-8") as f:
                f.write("".join(line + "\n" for line in lines))
            return
        if not os.path.exists(path):
            self.faults.append("no golden.json; make golden writes it")
            return
        with open(path, encoding="utf-8") as f:
            want = f.read().splitlines()
        for n in range(max(len(want), len(lines))):
            a, b = (want[n:n + 1] or ["(nothing)"])[0], (lines[n:n + 1] or ["(nothing)"])[0]
            if a != b:
                self.faults.append(f"golden.json:{n + 1} differs\n  want {a}\n  got  {b}")
                return

    def again(self):
        second = os.path.join(self.temp, "again")
        self.run_probe(second)
        # the folder's name is as long in both runs, so only what the probe says can differ
        a, b = (open(os.path.join(d, "eve.json"), "rb").read() for d in (self.out, second))
        if a != b:
            self.faults.append("a second run gave other bytes")

    def run(self):
        unknown = set(self.spec) - KEYS
        if unknown:
            self.faults.append(f"test.yaml: unknown keys {sorted(unknown)}")
        if not os.path.exists(os.path.join(self.folder, "README.md")):
            self.faults.append("README.md is missing")
        self.temp = tempfile.mkdtemp(prefix="wanglou-e2e.")
        self.out, self.input = os.path.join(self.temp, "first"), None
        needed = self.fill(self.spec.get("requires", HERE))
        try:
            if not os.path.exists(os.path.join(TOP, needed)):
                self.skip = f"needs {needed}"
                return self
            self.input = self.prepare()
            self.texts(self.run_probe(self.out))
            events = self.load()
            self.faults += SCHEMA_CHECK(events)
            self.faults += unaccounted(events)
            self.faults += filter(None, (counts(events, c) for c in self.spec.get("checks", [])))
            if "golden" in self.spec:
                self.compare(events)
            if self.spec.get("same"):
                self.again()
        except (subprocess.SubprocessError, OSError, KeyError) as e:
            self.faults.append(f"{type(e).__name__}: {e}")
        finally:
            shutil.rmtree(self.temp, ignore_errors=True)
        return self


def schema_check():
    """A function from events to faults; one that finds none when there is no schema."""
    if not os.path.exists(SCHEMA):
        print("# no docs/event.schema.json: events are not checked against it")
        return lambda events: []
    import jsonschema
    with open(SCHEMA, encoding="utf-8") as f:
        schema = json.load(f)
    validator = jsonschema.validators.validator_for(schema)(schema)

    def check(events):
        faults = []
        for n, e in enumerate(events, 1):
            for fault in validator.iter_errors(e):
                where = ".".join(map(str, fault.absolute_path)) or "(top)"
                faults.append(f"eve.json:{n}: {e.get('event_type')} {where}: {fault.message[:200]}")
            if len(faults) > 5:
                break
        return faults
    return check


def main():
    global SCHEMA_CHECK
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--golden", action="store_true")
    ap.add_argument("-k", metavar="WORD", default="")
    ap.add_argument("-v", action="store_true")
    a = ap.parse_args()
    if a.golden and "PROBE" not in os.environ:
        globals()["PROBE"] = os.path.join(TOP, "build/release/wanglou-probe")
    if not os.path.exists(PROBE):
        print(f"not ok 1 - {os.path.relpath(PROBE)} is not built")
        return 1
    SCHEMA_CHECK = schema_check()
    names = sorted(n for n in os.listdir(HERE) if os.path.exists(os.path.join(HERE, n, "test.yaml")) and a.k in n)
    print(f"1..{len(names)}")
    failed = 0
    with ThreadPoolExecutor(2) as pool:
        for n, c in enumerate(pool.map(lambda name: Case(name, a.golden).run(), names), 1):
            failed += bool(c.faults)
            print(f"{'not ok' if c.faults else 'ok'} {n} - {c.name}" + (f" # SKIP {c.skip}" if c.skip else ""))
            if c.faults or a.v:
                print(f"# {c.command}")
            for fault in c.faults:
                print("\n".join("# " + line for line in fault.splitlines()))
            sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
