#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What `wanglou rules` prints, in English and Chinese, against golden files; what its commands write.
rules.py [--golden] refreshes tests/integration/golden/*/rules-*.txt; review with git diff."""
import difflib, json, os, shutil, subprocess, sys, tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WANGLOU = os.environ.get("WANGLOU", str(ROOT / "build/asan/wanglou"))
GOLDEN = HERE / "golden"
HTTP = str(ROOT / "pcaps/benign-web.pcap")

CASES = {
    "check": ["check", "-c", "probe.yaml", "bad.rules"],
    "check-json": ["check", "-c", "probe.yaml", "bad.rules", "--json"],
    "list": ["list", "-c", "probe.yaml", "good.rules"],
    "list-some": ["list", "-c", "probe.yaml", "--keyword", "flowbits,dsize", "--enabled", "good.rules"],
    "search": ["search", "-c", "probe.yaml", "cve-2021-44228", "-f", "good.rules"],
    "explain": ["explain", "9100001", "-c", "probe.yaml", "good.rules"],
    "explain-bidirectional": ["explain", "9100002", "-c", "probe.yaml", "good.rules"],
    "explain-disabled": ["explain", "9100003", "-c", "probe.yaml", "good.rules"],
    "explain-drop": ["explain", "9100004", "-c", "probe.yaml", "good.rules"],
    "explain-none": ["explain", "1", "-c", "probe.yaml", "good.rules"],
    "test": ["test", "try.rules", HTTP, "-c", "probe.yaml", "--flow", "4"],
    "usage": ["explain"],
    "help": None,
}
count = failed = 0


def check(name, good, text=""):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}")
    if not good:
        print("\n".join("  " + line for line in str(text).splitlines()[:40]))


def run(args, language, cwd):
    env = {"PATH": os.environ["PATH"], "LC_ALL": language, "COLUMNS": "160", "TZ": "UTC", "HOME": str(cwd),
           "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")}
    p = subprocess.run([WANGLOU, *args], cwd=cwd, env=env, capture_output=True, timeout=120)
    return p.returncode, (p.stdout + p.stderr).decode().replace(str(ROOT), "ROOT")


def goldens(home, refresh):
    for language, locale in (("en", "C.UTF-8"), ("zh", "zh_CN.UTF-8")):
        for name, args in CASES.items():
            code, text = run(["rules", *args] if args else ["help", "rules"], locale, home)
            text += f"[exit {code}]\n"
            path = GOLDEN / language / f"rules-{name}.txt"
            if refresh:
                path.write_text(text)
                continue
            want = path.read_text() if path.exists() else ""
            check(f"{language} {name}", text == want,
                  "\n".join(difflib.unified_diff(want.splitlines(), text.splitlines(), "golden", "now", lineterm="")))


def rules(home, *args):
    return run(["rules", *args], "C", home)


def managed(home):
    for f in ("disable", "enable", "drop", "modify"):
        Path(home, f + ".conf").write_text("")
    code, text = rules(home, "disable", "-c", "probe.yaml", "9100002", "9199999")
    check("disable says what it changed, and what changed nothing", code == 0 and "1 rules are disabled" in text and "disable.conf:2" in text, text)
    code, text = rules(home, "enable", "-c", "probe.yaml", "metadata: deployment perimeter")
    check("enable by metadata", code == 0 and "1 rules are enabled" in text, text)
    code, text = rules(home, "drop", "-c", "probe.yaml", "re:beacon of")
    check("drop by expression", code == 0 and "1 alerts are made drop" in text, text)
    code, text = rules(home, "modify", "-c", "probe.yaml", "9100001", r"seconds (\d+)", r"seconds 1\1")
    check("modify with a group", code == 0 and "1 rules are changed" in text, text)
    code, text = rules(home, "explain", "9100001", "-c", "probe.yaml")
    check("the rules are as changed", "1600 seconds" in text and "would drop" in text, text)
    code, text = rules(home, "list", "-c", "probe.yaml", "--json")
    state = {r["sid"]: r["enabled"] for r in json.loads(text)} if code == 0 else {}
    check("the states are as changed", state == {9100001: True, 9100002: False, 9100003: True, 9100004: True}, text)
    before = Path(home, "modify.conf").read_text()
    code, text = rules(home, "modify", "-c", "probe.yaml", "1", "(open", "x")
    check("an expression that is wrong is not written", code == 1 and Path(home, "modify.conf").read_text() == before, text)
    check("and its place is said", ":2:" in text and "parenthesis" in text, text)
    code, text = rules(home, "disable", "-c", "probe.yaml", "what")
    check("nor is a line that is no sid", code == 1 and "what" not in Path(home, "disable.conf").read_text(), text)
    rules(home, "enable", "-c", "probe.yaml", "9100002")
    check("enable takes the same line out of disable.conf", "9100002" not in Path(home, "disable.conf").read_text())


def kept(home, make):
    """An older bundle is refused behind a restart as well."""
    probe = str(Path(WANGLOU).with_name("wanglou-probe"))

    def start(bundle, *more):
        sets = {"rules.bundle": bundle, "rules.bundle-key": "office.pub", "rules.bundle-dir": "kept"}
        p = subprocess.run([probe, "-c", "probe.yaml", *(a for k, v in sets.items() for a in ("--set", f"{k}={v}")), *more, "-r", HTTP, "-l", "out"], cwd=home, capture_output=True, timeout=120)
        return p.returncode, p.stderr.decode()

    rules(home, *[{"r.bundle": "old.bundle", "7": "6"}.get(a, a) for a in make], "--key", "office.key")
    version = Path(home, "kept/bundle.version")
    code, text = start("old.bundle")
    check("the bundle's version is kept", code == 0 and version.read_text() == "6\n", text)
    code, text = start("r.bundle")
    check("so is that of a newer one", code == 0 and version.read_text() == "7\n", text)
    code, text = start("old.bundle")
    check("an older one is refused", code != 0 and "version 6 is older than 7" in text and version.read_text() == "7\n", text)
    code, text = start("old.bundle", "--set", "rules.bundle-older=yes")
    check("unless the settings take it", code == 0 and version.read_text() == "6\n", text)
    version.write_text("x\n")
    code, text = start("r.bundle")
    check("a file that says nothing is named", code != 0 and "bundle.version: found no version" in text, text)


def bundled(home):
    code, text = run(["keys", "new", "office", "--sign"], "C", home)
    check("keys new --sign", code == 0 and "kind: sign" in Path(home, "office.pub").read_text(), text)
    run(["keys", "new", "talk"], "C", home)
    make = ["bundle", "good.rules", "-o", "r.bundle", "--version", "7", "--date", "2026-11-22", "--name", "city"]
    code, text = rules(home, *make, "--key", "talk.key")
    check("a key that does not sign is refused", code == 1 and not Path(home, "r.bundle").exists(), text)
    code, text = rules(home, *make, "--key", "office.key")
    check("bundle", code == 0 and "version 7 (2026-11-22)" in text, text)
    first = Path(home, "r.bundle").read_bytes()
    rules(home, *make, "--key", "office.key")
    check("the same files, key and date give the same bytes", Path(home, "r.bundle").read_bytes() == first)
    code, text = rules(home, "verify", "r.bundle", "-c", "probe.yaml", "--into", ".")
    check("verify does not overwrite", code == 1 and "exists" in text, text)
    Path(home, "out").mkdir()
    code, text = rules(home, "verify", "r.bundle", "-c", "probe.yaml", "--into", "out")
    check("verify gives the files back", code == 0 and Path(home, "out/good.rules").read_text() == Path(home, "good.rules").read_text(), text)
    wrong = []
    for at in range(0, len(first), 7):
        Path(home, "bad.bundle").write_bytes(first[:at] + bytes([first[at] ^ 1]) + first[at + 1:])
        wrong += [at] if rules(home, "verify", "bad.bundle", "-c", "probe.yaml")[0] != 1 else []
    check("each byte that differs is found", not wrong, wrong)
    Path(home, "bad.bundle").write_bytes(first[:-9])
    check("a bundle that is cut is refused", rules(home, "verify", "bad.bundle", "-c", "probe.yaml")[0] == 1)
    kept(home, make)
    run(["keys", "new", "other", "--sign"], "C", home)
    code, text = rules(home, "verify", "r.bundle", "--key", "other.pub")
    check("another key is refused", code == 1 and "signature" in text, text)


def with_setters(home):
    """What a rule needs of others is enabled with it; what was not asked for by itself does not alert."""
    rule = '%salert tcp any any -> any any (msg:"%s"; content:"x"; %s sid:%d;)\n'
    Path(home, "bits.rules").write_text("".join(rule % r for r in [
        ("# ", "opens", "flowbits:set,one;", 11), ("# ", "goes on", "flowbits:isset,one; flowbits:set,two; noalert;", 12),
        ("# ", "asks", "flowbits:isset,two|none;", 13), ("# ", "marks", "xbits:set,mark,track ip_src;", 14),
        ("# ", "another", "flowbits:set,other;", 15), ("", "also two", "flowbits:set,two;", 16)]))
    Path(home, "bits.yaml").write_text("rules:\n  files: [bits.rules]\n  disable-file: d.conf\n  enable-file: e.conf\n"
                                       "  modify-file: m.conf\n")
    for f, text in ("d.conf", "16\n"), ("e.conf", ""), ("m.conf", ""):
        Path(home, f).write_text(text)

    def state():
        return {r["sid"]: r["enabled"] for r in json.loads(rules(home, "list", "-c", "bits.yaml", "--json")[1])}

    code, text = rules(home, "enable", "--alone", "13", "-c", "bits.yaml")
    check("enable --alone enables what is named", code == 0 and [n for n, on in state().items() if on] == [13], text)
    check("and says what is missing", all(w in text for w in ("still disabled: 12 sets flowbits two, which 13",
          "still disabled: 11 sets flowbits one, which 12", "no rule sets flowbits none")), text)
    code, text = rules(home, "enable", "13", "-c", "bits.yaml")
    check("enable takes the setters along, and theirs", code == 0 and
          [n for n, on in state().items() if on] == [11, 12, 13, 16] and "also enabled: 11 sets flowbits one" in text, text)
    check("they do not alert", [line.split()[0] for line in Path(home, "m.conf").read_text().splitlines()] == ["16", "11"], text)
    listed = {r["sid"]: r["rule"] for r in json.loads(rules(home, "list", "-c", "bits.yaml", "--json")[1])}
    check("by their text", all(("noalert;" in listed[n]) == on for n, on in ((11, True), (12, True), (13, False))), listed)
    rules(home, "enable", "11", "-c", "bits.yaml")
    check("who names one hears it", "11" not in Path(home, "m.conf").read_text(), Path(home, "m.conf").read_text())


def with_lists(home):
    """Lists of indicators go along, and what the probe would not understand of them is said."""
    Path(home, "iocs").mkdir()
    Path(home, "iocs/a.csv").write_text("type,value\nip,192.0.2.7\ndomain,evil.example\nip,999.1.1.1\n")
    Path(home, "b.txt").write_text("198.51.100.0/24\n")
    make = ["bundle", "good.rules", "--lists", "iocs", "--lists", "b.txt", "-o", "l.bundle", "--key", "office.key", "--version", "1"]
    code, text = rules(home, *make)
    check("bundle with lists", code == 0 and "3 indicators; 1 not understood" in text and "a.csv:4:" in text, text)
    code, text = rules(home, "verify", "l.bundle", "-c", "probe.yaml", "--json")
    about = json.JSONDecoder().raw_decode(text[text.index("{"):])[0] if code == 0 and "{" in text else {}
    check("verify says which files are lists", [f["name"] for f in about.get("files", []) if f["kind"] == "indicators"]
          == ["a.csv", "b.txt"] and about.get("indicators") == {"entries": 3, "refused": 1}, text)
    code, text = rules(home, *make, "--lists", "none.csv")
    check("a list that is not there is named", code == 1 and "none.csv" in text, text)


def main():
    refresh = "--golden" in sys.argv
    with tempfile.TemporaryDirectory() as home:
        for f in (HERE / "rules").iterdir():
            shutil.copy(f, home)
        goldens(home, refresh)
        if not refresh:
            managed(home)
            bundled(home)
            with_lists(home)
            with_setters(home)
    if not refresh:
        print(f"1..{count}")
    sys.exit(1 if failed else 0)


main()
