#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same rules on the same captures, Wanglou and Suricata side by side.

usage: tests/compare/suricata.py [--rules FILE] [--captures LIST | CAPTURE ...] [--probe PROGRAM] [-v]

Alerts are compared as the set of (sid, protocol, source, destination) with ports. Suricata is $SURICATA, the one on
the PATH, or, as root on Debian 12, the backports package unpacked below build/suricata (nothing is installed:
its Hyperscan would drive out our Vectorscan). Without any of them the comparison is skipped (exit status 77).
"""
import argparse
import collections
import ipaddress
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.dirname(os.path.abspath(__file__))
OURS = os.path.join(ROOT, "build", "suricata")
CORPUS = os.environ.get("WANGLOU_CORPUS", os.path.join(ROOT, "..", "shared"))
SKIP = 77


def run(args, **more):
    return subprocess.run(args, capture_output=True, text=True, **more)


def package_closure(packages):
    """The packages with all they depend on, as far as they are not installed."""
    out = run(["apt-cache", "depends", "--recurse", "--no-recommends", "--no-suggests", "--no-conflicts",
               "--no-breaks", "--no-replaces", "--no-enhances", *packages]).stdout
    names = {line.strip() for line in out.splitlines() if line and not line.startswith((" ", "<", "|"))}
    installed = set(run(["dpkg-query", "-W", "-f", "${binary:Package}\n"]).stdout.replace(":amd64", "").split())
    keep = {"libhyperscan5", "suricata"}
    return sorted(n for n in names if n in keep or n not in installed)


def unpack():
    """Suricata from the backports packages below build/suricata; the program's path, or None."""
    program = os.path.join(OURS, "usr/bin/suricata")
    if os.path.exists(program):
        return program
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    os.makedirs(os.path.join(OURS, "deb"), exist_ok=True)
    version = next((line.split("|")[1].strip() for line in run(["apt-cache", "madison", "suricata"]).stdout.splitlines()
                    if "bookworm-backports" in line), None)
    if not version:
        return None
    names = [n for n in package_closure(["suricata"]) if n != "suricata"]
    deb = os.path.join(OURS, "deb")
    for name in [f"suricata={version}", "libhtp2/bookworm-backports", *names]:
        run(["apt-get", "download", name], cwd=deb)
    for name in sorted(os.listdir(deb)):
        if name.endswith(".deb"):
            run(["dpkg", "-x", os.path.join(deb, name), OURS])
    return program if os.path.exists(program) else None


class Suricata:
    def __init__(self):
        self.program = os.environ.get("SURICATA") or shutil.which("suricata") or unpack()
        self.env = dict(os.environ)
        self.args = []
        if self.program and self.program.startswith(OURS):
            libs = [os.path.join(OURS, "usr/lib", d) for d in ("x86_64-linux-gnu", "aarch64-linux-gnu", "")]
            self.env["LD_LIBRARY_PATH"] = ":".join(libs)
            etc = os.path.join(OURS, "etc/suricata")
            self.args = ["-c", os.path.join(etc, "suricata.yaml"),
                         "--set", f"classification-file={etc}/classification.config",
                         "--set", f"reference-config-file={etc}/reference.config"]

    def alerts(self, capture, rules, out):
        done = run([self.program, *self.args, "-r", capture, "-S", rules, "-k", "none", "-l", out, "--runmode", "single", "--set",
                    "stream.midstream=true", "--set", "packet-alert-max=255"], env=self.env)
        return read_alerts(out, done)


def read_alerts(out, done):
    path = os.path.join(out, "eve.json")
    if not os.path.exists(path):
        sys.exit(f"no eve.json: {done.args[0]}: {done.stderr[-400:]}")
    found = collections.Counter()
    for line in open(path, errors="replace"):
        if '"alert"' not in line:
            continue
        e = json.loads(line)
        if e.get("event_type") != "alert" or "signature_id" not in e["alert"]:
            continue
        if e["alert"].get("gid") != 1:
            continue
        found[(e["alert"]["signature_id"], e.get("proto", "").upper().replace("IPV6-ICMP", "ICMP"),
               str(ipaddress.ip_address(e["src_ip"])), e.get("src_port", 0),
               str(ipaddress.ip_address(e["dest_ip"])), e.get("dest_port", 0))] += 1
    return found


def ours(probe, capture, rules, out):
    done = run([probe, "-c", os.path.join(ROOT, "conf", "probe.yaml"), "-r", capture, "-S", rules, "-k", "none",
                "-l", out])
    return read_alerts(out, done)


def known_sids(rules):
    return {int(n) for n in re.findall(r"\bsid\s*:\s*(\d+)", open(rules, errors="replace").read())}


def captures_of(args):
    if args.capture:
        return args.capture
    names = [line.split("#")[0].strip() for line in open(args.captures)]
    found = []
    for name in filter(None, names):
        path = next((p for p in (os.path.join(ROOT, name), os.path.join(CORPUS, name)) if os.path.exists(p)), None)
        if path:
            found.append(path)
        else:
            print(f"skipped {name}: not there")
    return found


def show(differences, verbose):
    for sign, sid, ends in differences[: None if verbose else 10]:
        print(f"    {sign} {sid} {' '.join(map(str, ends))}")
    if len(differences) > 10 and not verbose:
        print(f"    ... {len(differences) - 10} more (-v shows them)")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--rules", default=os.path.join(HERE, "rules30.rules"))
    ap.add_argument("--captures", default=os.path.join(HERE, "captures.txt"))
    ap.add_argument("--probe", default=os.path.join(ROOT, "build/release/wanglou-probe"))
    ap.add_argument("-v", action="store_true", help="show every difference")
    ap.add_argument("capture", nargs="*")
    args = ap.parse_args()
    suricata = Suricata()
    if not suricata.program:
        print("skipped: no Suricata (set SURICATA, or run as root on Debian 12 with bookworm-backports)")
        return SKIP
    passed = failed = both = 0
    sids = known_sids(args.rules)
    for capture in captures_of(args):
        with tempfile.TemporaryDirectory() as a, tempfile.TemporaryDirectory() as b:
            want = {k for k in suricata.alerts(capture, args.rules, a) if k[0] in sids}
            got = {k for k in ours(args.probe, capture, args.rules, b) if k[0] in sids}
        differences = sorted([("suricata only:", k[0], k[1:]) for k in want - got] +
                             [("wanglou only: ", k[0], k[1:]) for k in got - want])
        both += len(want & got)
        passed += not differences
        failed += bool(differences)
        name = os.path.relpath(capture, ROOT)
        print(f"{'ok  ' if not differences else 'FAIL'} {name}: {len(want & got)} the same, {len(differences)} not")
        show(differences, args.v)
    print(f"{both} alerts the same")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
