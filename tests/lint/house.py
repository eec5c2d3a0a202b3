#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""House rules that can be read off the sources. One TAP line a rule; what breaks it stands below.

usage: house.py        (in the top folder)
"""
import hashlib, os, re, subprocess, sys

STAGES = {
    "probe": "capture decode flow identify l7 learn match notice output ship".split(),
    "collector": "accept dedupe hold join keep posture relay report serve".split(),
}
# Headers that are no stage of their own: the leftmost stage that may include them.
SHARED = {"packet": "capture", "alert": "match"}

# What a library's header may be included by.
FENCES = [
    (r"pcap(/|\.h)", "src/probe/capture/"),
    (r"ndpi", "src/probe/identify/"),
    (r"hs(/|\.h)", "src/probe/match/mpm.c"),
    (r"pcre2?(\.h|posix)", "src/probe/match/pcre"),
    (r"htp/", "src/probe/l7/web/http"),
    (r"gcrypt", "src/lib/crypt.c"),
    (r"iconv", "src/lib/gbk.c"),
    (r"magic\.h", "src/probe/l7/magic.c"),
    (r"brotli", "src/probe/l7/web/brotli.c"),
    (r"maxminddb", "src/probe/learn/geo.c"),
    (r"zmq", "src/lib/zsock.c"),
    (r"zstd", "src/lib/compress.c"),
    (r"zlib", "src/lib/gunzip.c src/probe/l7/web/inflate.c"),
    (r"yaml\.h", "src/lib/conf.c src/lib/yaml.c"),
    (r"sqlite3", "src/collector/keep/sqlite"),
    (r"microhttpd", "src/collector/serve/http"),
    (r"curl/", "src/cli/client.c"),
    (r"seccomp|linux/(landlock|seccomp)", "src/lib/sandbox.c"),
]
SPDX = re.compile(r"SPDX-License-Identifier: \S+")
SPDX_KINDS = (".c", ".h", ".def", ".sh", ".py", ".mk", ".ts", ".tsx", ".mts", ".css", ".rules")
# Spelled in halves, so that a search of the tree for them finds only what matters.
UNFINISHED = re.compile(r"\b(%s)\b" % "|".join(
    a + b for a, b in (("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("HA", "CK"), ("[Ss]tu", "bs?"),
                       ("[Nn]ot imple", "mented"), ("[Uu]nimple", "mented"))))
C_WORDS = {"if", "for", "while", "switch", "return", "sizeof", "defined"}
LIMITS = {".c": 800, ".h": 250, ".py": 800, ".ts": 300, ".tsx": 300}
FUNCTION_MAX, FUNCTION_LONG, PARAMETERS, NESTING = 100, 45, 6, 4

count, failed, notes = 0, 0, []


def rule(name, broken):
    """Print the TAP line of a rule and what breaks it."""
    global count, failed
    count += 1
    failed += bool(broken)
    print(f"{'not ok' if broken else 'ok'} {count} - {name}")
    for line in broken[:40]:
        print(f"  {line}")
    if len(broken) > 40:
        print(f"  ... and {len(broken) - 40} more")


def tracked():
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True)
    return sorted({f for f in out.stdout.splitlines() if os.path.isfile(f)})


def text_of(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def check_spdx(files):
    bad = []
    for f in files:
        if f.endswith(SPDX_KINDS) or os.path.basename(f) == "Makefile":
            if not SPDX.search("\n".join(text_of(f).split("\n", 5)[:5])):
                bad.append(f)
    rule("every source begins with its SPDX line", bad)


def room(path):
    """(program, stage) of a source or header, e.g. ("probe", "flow"); stage None outside the stages."""
    m = re.match(r"(?:src|include)/(\w+)/(?:(\w+)/)?(\w+)\.\w+$", path)
    if not m:
        return None, None
    program, folder, base = m.groups()
    stages = STAGES.get(program, [])
    if folder:
        return program, folder if folder in stages else None
    if path.startswith("include/"):
        name = SHARED.get(base, base)
        for s in stages:
            if name == s or name.startswith(s + "_"):
                return program, s
    return program, None


def includes(text):
    return [(n, m.group(1), m.group(2)) for n, line in enumerate(text.splitlines(), 1)
            if (m := re.match(r'\s*#\s*include\s+([<"])([^>"]+)[>"]', line))]


def order_fault(path, target):
    """Why `path` must not include "target", or None."""
    program, stage = room(path)
    to_program, to_stage = room("include/" + target)
    if program == "lib" and to_program != "lib":
        return "lib includes lib only"
    if program == "wire" and to_program not in ("lib", "wire"):
        return "wire includes lib and wire only"
    if {program, to_program} == {"probe", "collector"}:
        return "probe and collector do not know each other"
    if stage and to_stage and program == to_program:
        order = STAGES[program]
        if order.index(to_stage) > order.index(stage):
            return f"{to_stage} lies to the right of {stage}"
    return None


def check_includes(sources):
    bad = []
    for f in sources:
        for line, quote, target in includes(text_of(f)):
            if quote == "<":
                continue
            if "/" not in target:
                if not os.path.exists(os.path.join(os.path.dirname(f), target)) and \
                        not os.path.exists(os.path.join("include", target)):
                    bad.append(f"{f}:{line}: {target} is not in this folder")
            elif target.startswith("../") and target.count("/") == 1 and f.startswith("src/probe/l7/"):
                continue  # a family's files and what all parsers stand on
            elif ".." in target and not f.startswith("tests/"):
                bad.append(f"{f}:{line}: {target} reaches into another folder")
            elif f.startswith(("src/", "include/")) and (why := order_fault(f, target)):
                bad.append(f"{f}:{line}: includes {target}: {why}")
    rule("a stage includes nothing to its right", bad)


def check_fences(sources):
    bad = []
    for f in sources:
        if f.startswith("tests/"):
            continue
        for line, quote, target in includes(text_of(f)):
            for pattern, homes in FENCES:
                if quote == "<" and re.match(pattern, target) and not f.startswith(tuple(homes.split())):
                    bad.append(f"{f}:{line}: <{target}> belongs behind {homes}")
    rule("each library is included behind its fence only", bad)


def check_sizes(files):
    bad = []
    for f in files:
        most = LIMITS.get(os.path.splitext(f)[1])
        if most and "/node_modules/" not in f and (n := text_of(f).count("\n")) > most:
            bad.append(f"{f}: {n} lines, at most {most}")
    rule("files and headers are short enough", bad)


def functions(text):
    """(name, line, lines, parameters, deepest braces) of each function in house layout."""
    lines = text.splitlines()
    name = start = None
    head, body = "", False
    for n, line in enumerate(lines, 1):
        if not body and (m := re.match(r"([A-Za-z_]\w*)\(", line)) and m.group(1) not in C_WORDS:
            name, start, head = m.group(1), n, line
        elif not body and name and line == "{":
            body, depth, deepest, opened = True, 1, 1, n
        elif body and line.startswith("}"):
            yield name, start, n - opened, head.count(",") + 1, deepest - 1
            name, body, head = None, False, ""
        elif body:
            code = re.sub(r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])*\'|//.*|/\*.*?\*/', "", line)
            depth += code.count("{") - code.count("}")
            if not re.search(r"[=(,]\s*(\([^()]*\)\s*)?\{|^\s*\{", code):
                deepest = max(deepest, depth)
        elif name:
            head += line
            if line.endswith(";"):
                name = None


def check_functions(sources):
    long, wide, deep = [], [], []
    for f in sources:
        if not f.endswith(".c"):
            continue
        for name, line, n, parameters, nesting in functions(text_of(f)):
            if n > FUNCTION_MAX:
                long.append(f"{f}:{line}: {name} has {n} lines, at most {FUNCTION_MAX}")
            elif n > FUNCTION_LONG and not f.startswith("tests/"):
                notes.append(f"{f}:{line}: {name} has {n} lines")
            if parameters > PARAMETERS and not f.startswith("tests/"):
                wide.append(f"{f}:{line}: {name} has {parameters} parameters, at most {PARAMETERS}")
            if nesting > NESTING:
                deep.append(f"{f}:{line}: {name} nests {nesting} deep, at most {NESTING}")
    rule("functions are short enough", [f for f in long if not excused(f)])
    rule("functions have few parameters", [f for f in wide if not excused(f)])
    rule("functions nest little", [f for f in deep if not excused(f)])


def excused(fault):
    """Exceptions stand in tests/lint/exceptions.txt, each with its reason."""
    try:
        rows = [r.split(None, 1)[0] for r in text_of("tests/lint/exceptions.txt").splitlines()
                if r and not r.startswith("#")]
    except FileNotFoundError:
        return False
    return any(f" {r} " in fault for r in rows)


def check_words(files):
    bad = []
    for f in files:
        if f.startswith(("src/", "include/", "tests/", "web/src/")) and not f.startswith("tests/lint/") \
                and f.endswith((".c", ".h", ".def", ".py", ".sh", ".ts", ".tsx")):
            bad += [f"{f}:{n}: {line.strip()}" for n, line in enumerate(text_of(f).splitlines(), 1)
                    if UNFINISHED.search(line)]
    rule("nothing says that it is unfinished", bad)


def check_scripts(files):
    bad = []
    for f in files:
        if f.endswith(".py"):
            try:
                compile(text_of(f), f, "exec")
            except SyntaxError as e:
                bad.append(f"{f}:{e.lineno}: {e.msg}")
        elif f.endswith(".sh"):
            p = subprocess.run(["bash", "-n", f], capture_output=True, text=True)
            if p.returncode:
                bad.append(p.stderr.strip())
    rule("scripts are well-formed", bad)


def manifest_faults(path):
    folder, seen, bad = os.path.dirname(path), set(), []
    rows = [r.split("\t") for r in text_of(path).splitlines() if r and not r.startswith("#")]
    column = {name: i for i, name in enumerate(rows[0])}
    for r in rows[1:]:
        name = os.path.join(folder, r[column["file"]])
        seen.add(name)
        if len(r) != len(column) or not all(r):
            bad.append(f"{path}: {name}: a column is missing")
        if not os.path.exists(name):
            bad.append(f"{path}: {name} is not there")
        elif hashlib.sha256(open(name, "rb").read()).hexdigest() != r[column["sha256"]]:
            bad.append(f"{path}: {name} is not what its sha256 says")
    return seen, bad


def check_manifest(files):
    bad, seen = [], set()
    for m in [f for f in files if os.path.basename(f) == "MANIFEST.tsv"]:
        found, faults = manifest_faults(m)
        seen |= found
        bad += faults
    bad += [f"{f}: no line in a MANIFEST.tsv" for f in files
            if f.startswith("pcaps/") and f.endswith((".pcap", ".pcapng")) and f not in seen]
    rule("each capture has its manifest line", bad)


def names_of(files):
    """Every path's endings ("l7/http.c", "http.c"), and every function that is defined."""
    endings, defined = set(), set()
    for f in files:
        parts = f.split("/")
        endings |= {"/".join(parts[i:]) for i in range(len(parts))}
        if f.endswith((".c", ".h")):
            defined |= set(re.findall(r"^(?:#define )?([a-z]\w*)\(", text_of(f), re.M))
    return endings, defined


def check_docs(files):
    endings, defined = names_of(files)
    bad = []
    for f in ("docs/ARCHITECTURE.md", "docs/HACKING.md"):
        for n, line in enumerate(text_of(f).splitlines(), 1):
            for word in re.split(r"[\s:]+", " ".join(re.findall(r"`([^`]+)`", line))):
                if re.fullmatch(r"[a-z0-9_./-]+\.(c|h|def|sh|py|mk|md|yaml|tsv|txt|rules)", word) and word not in endings:
                    bad.append(f"{f}:{n}: there is no {word}")
                elif re.fullmatch(r"[a-z]\w*\(\)", word) and word[:-2] not in defined:
                    bad.append(f"{f}:{n}: there is no function {word}")
    rule("what the guides name is there", bad)


def check_decisions(files):
    folder, bad = "docs/decisions/", []
    index = text_of(folder + "README.md")
    for f in files:
        if f.startswith(folder) and (m := re.fullmatch(r"(\d{4})-[\w-]+\.md", f[len(folder):])):
            if not text_of(f).startswith(f"# {m.group(1)} "):
                bad.append(f"{f}: its heading has another number")
            if f"({m.group(0)})" not in index:
                bad.append(f"{f}: not in {folder}README.md")
            if sum(g.startswith(folder + m.group(1)) for g in files) > 1:
                bad.append(f"{f}: its number is given twice")
    rule("decisions are numbered and listed", bad)


def check_pages(files):
    folder = "docs/protocols/"
    table = text_of(folder + "README.md")
    bad = [f"{name}: not in {folder}README.md"
           for name in re.findall(r"^L7_(?:PROTOCOL|EITHER|VARIANT)\(\w+, (\w+)", text_of("include/probe/l7/protocols.def"), re.M)
           if f"| [{name}](" not in table]
    bad += [f"{folder}README.md: there is no {page}" for page in re.findall(r"\]\((\w+\.md)\)", table)
            if folder + page not in files]
    rule("each protocol has its page", bad)


def check_events(sources):
    """What parsers say of a protocol's violations stands in the table that rules are checked with, and nothing else."""
    table = "include/probe/l7/events.def"
    rows = text_of(table)
    told = set(re.findall(r"^L7_EVENT(?:_ALL)?\((?:\w+, )?\"(\w+)\"\)", rows, re.M))
    texts = {f: text_of(f) for f in sources if f.startswith("src/probe/l7/")}
    words = {w.lower() for text in texts.values() for w in re.findall(r'"(\w+)"', text)}
    bad = [f"{table}: nothing says {name}" for name in sorted(told - words)]
    for f, text in texts.items():
        for call in re.findall(r"\b(?:l7_)?odd\(([^;{]*);", text):
            bad += [f"{f}: {name} is not in {table}" for name in re.findall(r'"(\w+)"', call)
                    if name.lower() not in told]
    rule("events of protocols are in their table", bad)


def check_plates(files):
    bad = [f for f in files if f.startswith("include/") and f.endswith(".h")
           and not re.match(r"/\*[^\n]*\*/\n/\*", text_of(f))]
    rule("each header opens with what it is", bad)


def main():
    files = tracked()
    sources = [f for f in files if f.endswith((".c", ".h"))]
    check_spdx(files)
    check_includes(sources)
    check_fences(sources)
    check_sizes(files)
    check_functions(sources)
    check_events(sources)
    check_words(files)
    check_scripts(files)
    check_manifest(files)
    check_docs(files)
    check_decisions(files)
    check_pages(files)
    check_plates(files)
    if notes:
        print(f"# {len(notes)} functions are longer than {FUNCTION_LONG} lines (no fault):")
        for line in notes:
            print(f"#   {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
