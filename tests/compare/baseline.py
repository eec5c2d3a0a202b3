#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our alerts beside the recorded ones of Suricata 8.0.7, over every capture of the corpus with ET Open.

usage: tests/compare/baseline.py [--probe PROGRAM] [--sids N] [--least PERCENT] [--detail SID] [--explain] [FOLDER]

The probe replays as the baseline was made: each capture alone but for what thresholds counted, checksums ignored,
connections picked up midway, `threshold:type limit` taken out of the rules, variables as Suricata ships them; what we
notice beyond rules is off. FOLDER is one below the corpus; then the
share is of its captures only. Printed are the share and the sids that differ; exit status 1 below --least, 77 without
the corpus.

The recorded run had threads, and went through the captures in an order of its own. --explain therefore asks Suricata itself (see suricata.py) about each capture with a difference,
alone and with one thread: a row in which it then says what we say is explained, and only the others count against
--least.
"""
import argparse, csv, json, os, re, subprocess, sys, tempfile

from suricata import Suricata

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.path.abspath(os.environ.get("WANGLOU_CORPUS", os.path.join(ROOT, "..", "shared")))
CORPUS, ET = SHARED + "/corpus", SHARED + "/rules/etopen"
BASELINE = CORPUS + "/baselines/etopen-suricata-8.0.7.tsv"
SETTINGS = """rules:
  classification-file: %s/classification.config
  carry-over: yes
output:
  types: alert,stats
notice:
  scan:
    enabled: no
  guess:
    enabled: no
""" % ET
DAMAGED = 3


def only(folder, out):
    """The baseline's rows of this folder, and its place for what comes out."""
    name = os.path.relpath(os.path.abspath(folder), CORPUS) + "/"
    with open(BASELINE) as f, open(out, "w") as to:
        rows = csv.DictReader(f, delimiter="\t")
        table = csv.DictWriter(to, rows.fieldnames, delimiter="\t", lineterminator="\n")
        table.writeheader()
        table.writerows(r for r in rows if name == "./" or r["capture"].startswith(name))


def key(capture, sid, proto, a, a_port, b, b_port):
    return capture, int(sid), proto.upper(), tuple(sorted([(a, int(a_port or 0)), (b, int(b_port or 0))]))


def recorded(table):
    with open(table) as f:
        return {key(r["capture"], r["sid"], r["proto"], r["src"], r["sport"], r["dst"], r["dport"])
                for r in csv.DictReader(f, delimiter="\t")}


def said(eve, capture=None):
    found = set()
    for line in open(eve, errors="replace"):
        e = json.loads(line) if '"alert"' in line else {}
        if e.get("event_type") == "alert" and e["alert"]["gid"] == 1:
            name = capture or os.path.relpath(os.path.realpath(e["pcap_filename"]), os.path.realpath(CORPUS))
            found.add(key(name, e["alert"]["signature_id"], e.get("proto", ""), e.get("src_ip", ""), e.get("src_port"),
                          e.get("dest_ip", ""), e.get("dest_port")))
    return found


def with_their_flowbits(rules, sids):
    """The rules of these sids, and those that set the flowbits they ask for."""
    lines, bits, kept = [], set(), set()
    for line in open(rules, errors="replace"):
        sid = re.search(r"\bsid:\s*(\d+)", line)
        if sid and not line.startswith("#"):
            lines.append((int(sid.group(1)), set(re.findall(r"flowbits:\s*\w+\s*,\s*([^;]+)", line)), line))
    while True:
        more = {i for i, (sid, names, _) in enumerate(lines) if i not in kept and (sid in sids or names & bits)}
        if not more:
            return "".join(lines[i][2] for i in sorted(kept))
        kept |= more
        for i in more:
            bits |= lines[i][1]


def explain(work, rules, want, eve):
    """Print the rows in which Suricata alone says something else than we do; their number and that of the union."""
    theirs, ours_said = recorded(want), said(eve)
    rest, suricata = 0, Suricata()
    if not suricata.program:
        sys.exit("--explain: no Suricata (see tests/compare/suricata.py)")
    differing = theirs ^ ours_said
    some = work + "/some.rules"
    with open(some, "w") as f:
        f.write(with_their_flowbits(rules, {sid for _, sid, _, _ in differing}))
    for capture in sorted({k[0] for k in differing}):
        out = tempfile.mkdtemp(dir=work)
        suricata.alerts(os.path.join(CORPUS, capture), some, out)
        alone = said(out + "/eve.json", capture)
        for k in sorted(k for k in differing if k[0] == capture):
            if (k in alone) != (k in ours_said):
                rest += 1
                print("missed" if k in theirs else "extra", *k)
    union = len(theirs | ours_said)
    print(f"of {len(differing)} rows that differ Suricata alone says the same as we do in {len(differing) - rest}; "
          f"{rest} are ours: {100 - 100 * rest / union:.2f} % of the union")
    return 100 - 100 * rest / union


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--probe", default=ROOT + "/build/release/wanglou-probe")
    ap.add_argument("--sids", default="60")
    ap.add_argument("--least", type=float, default=99.0)
    ap.add_argument("--detail")
    ap.add_argument("--explain", action="store_true")
    ap.add_argument("--keep", help="folder for eve.json")
    ap.add_argument("folder", nargs="?", default=CORPUS)
    args = ap.parse_args()
    if not os.path.exists(BASELINE):
        print("skip: no baseline in " + SHARED)
        return 77
    with tempfile.TemporaryDirectory() as work:
        out = args.keep or work
        rules, conf, want = work + "/nolimit.rules", work + "/probe.yaml", work + "/want.tsv"
        subprocess.run(["/usr/bin/python3", SHARED + "/tools/nolimit.py", ET + "/emerging-open.rules", rules], check=True)
        with open(conf, "w") as f:
            f.write(SETTINGS)
        only(args.folder, want)
        p = subprocess.run([args.probe, "-c", conf, "-S", rules, "-k", "none", "-r", args.folder, "-l", out],
                           stderr=subprocess.PIPE, text=True, errors="replace")
        if p.returncode not in (0, DAMAGED):
            sys.exit(f"the probe ended with {p.returncode}\n{p.stderr[-2000:]}")
        more = ["--detail", args.detail] if args.detail else []
        table = subprocess.run(["/usr/bin/python3", SHARED + "/tools/alert_diff.py", want, CORPUS, out + "/eve.json",
                                "--sids", args.sids, *more], stdout=subprocess.PIPE, text=True).stdout
        print(table, end="")
        share = float(table.rsplit(": ", 1)[1].split("%")[0])
        if args.explain:
            share = explain(work, rules, want, out + "/eve.json")
    return 0 if share >= args.least else 1


if __name__ == "__main__":
    sys.exit(main())
