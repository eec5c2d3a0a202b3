#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our alerts beside the recorded ones of Suricata 8.0.7, over every capture of the corpus with ET Open.

usage: tests/compare/baseline.py [--probe PROGRAM] [--sids N] [--least PERCENT] [--detail SID] [FOLDER]

The probe replays as the baseline was made: each capture alone, checksums ignored, connections picked up midway,
`threshold:type limit` taken out of the rules, variables as Suricata ships them; what we notice beyond rules is off. FOLDER is one below the corpus; then the
share is of its captures only. Printed are the share and the sids that differ; exit status 1 below --least, 77 without
the corpus.
"""
import argparse, csv, os, subprocess, sys, tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.path.abspath(os.environ.get("WANGLOU_CORPUS", os.path.join(ROOT, "..", "shared")))
CORPUS, ET = SHARED + "/corpus", SHARED + "/rules/etopen"
BASELINE = CORPUS + "/baselines/etopen-suricata-8.0.7.tsv"
SETTINGS = """rules:
  classification-file: %s/classification.config
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


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--probe", default=ROOT + "/build/release/wanglou-probe")
    ap.add_argument("--sids", default="60")
    ap.add_argument("--least", type=float, default=99.0)
    ap.add_argument("--detail")
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
        said = subprocess.run(["/usr/bin/python3", SHARED + "/tools/alert_diff.py", want, CORPUS, out + "/eve.json",
                               "--sids", args.sids, *more], stdout=subprocess.PIPE, text=True).stdout
    print(said, end="")
    return 0 if float(said.rsplit(": ", 1)[1].split("%")[0]) >= args.least else 1


if __name__ == "__main__":
    sys.exit(main())
