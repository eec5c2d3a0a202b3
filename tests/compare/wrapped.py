#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The same traffic in every encapsulation gives the same events as the bare capture.

usage: wrapped.py [--probe PROGRAM] [-k WORD] [-v]

Wraps captures of this repository with pcaps/recipes/wrap.py, replays them with the project's signatures and compares
all events but stats, without what only the outer headers make: tunnel, vlan, counts of bytes with link headers, numbers
of flows and packets. Then two tenants with the same addresses at the same time: each must get the events that it gets
alone. TAP on stdout.
"""
import argparse, collections, glob, json, os, subprocess, sys, tempfile
from concurrent.futures import ThreadPoolExecutor

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, f"{TOP}/pcaps/recipes")
import wrap

CAPTURES = ["story", "benign-dns", "lateral-ftp", "lateral-smb", "webshell-jsp"]
OUTER = {"tunnel", "vlan", "flow_id", "alert_id", "control_flow_id", "pcap_cnt", "pcap_filename", "bytes_toserver", "bytes_toclient"}


def bare(value):
    if isinstance(value, dict):
        return {k: bare(v) for k, v in value.items() if k not in OUTER}
    return [bare(v) for v in value] if isinstance(value, list) else value


def replay(probe, path, out, *more):
    rules = sorted(glob.glob(f"{TOP}/signatures/*.rules"))
    command = [probe, "-c", f"{TOP}/conf/probe.yaml", "-S", rules[0]]
    for r in rules[1:]:
        command += ["-s", r]
    r = subprocess.run(command + ["-r", path, "-l", out, *more], capture_output=True, text=True)
    if r.returncode:
        raise RuntimeError(f"{path}: exit status {r.returncode}: {r.stderr[-300:]}")
    events = [json.loads(line) for line in open(f"{out}/eve.json", errors="replace")]
    stats = [e["stats"]["decoder"] for e in events if e["event_type"] == "stats"][-1]
    return [e for e in events if e["event_type"] != "stats"], stats


def difference(want, got):
    a = collections.Counter(json.dumps(bare(e), sort_keys=True) for e in want)
    b = collections.Counter(json.dumps(bare(e), sort_keys=True) for e in got)
    lines = [f"  - {t}" for t in (a - b).elements()] + [f"  + {t}" for t in (b - a).elements()]
    return lines


def one(probe, name, kind, want, frames):
    with tempfile.TemporaryDirectory() as d:
        linktype, wrapped = wrap.wrap(kind, frames)
        wrap.write(f"{d}/{name}.pcap", linktype, wrapped)
        got, stats = replay(probe, f"{d}/{name}.pcap", d)
    lines = difference(want, got)
    outcomes = sum(stats[k] for k in ("to_flow", "no_ip", "invalid", "fragment_kept", "unknown_link"))
    if stats["pkts"] != len(wrapped) or outcomes != len(wrapped):
        lines.append(f"  {len(wrapped)} frames, {stats['pkts']} looked at, {outcomes} outcomes")
    if stats["bad_checksum"] or stats["offloaded"] or stats["invalid"]:
        lines.append(f"  {stats['bad_checksum']} wrong checksums, {stats['offloaded']} offloaded, {stats['invalid']} damaged")
    return lines


def records(events):
    out = [json.loads(json.dumps(e)) for e in events if e["event_type"] != "alert"]
    for e in out:
        e.get("flow", {}).pop("alerted", None)
    return out


def tenants(probe, name, kind, want, frames):
    """Both at once, a packet of each in turn."""
    with tempfile.TemporaryDirectory() as d:
        linktype, first = wrap.wrap(kind, frames)
        _, second = wrap.wrap(kind, frames, tenant=1)
        wrap.write(f"{d}/{name}.pcap", linktype, [f for pair in zip(first, second) for f in pair])
        got, _ = replay(probe, f"{d}/{name}.pcap", d)
    # detectors and thresholds count by address, of whatever tenant; records are each flow's own
    return difference(records(want) * 2, records(got))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--probe", default=os.environ.get("PROBE", f"{TOP}/build/release/wanglou-probe"))
    ap.add_argument("-k", default="", help="only encapsulations whose name holds WORD")
    ap.add_argument("-v", action="store_true", help="all differences, not the first ones")
    a = ap.parse_args()
    jobs = []
    with tempfile.TemporaryDirectory() as d:
        for name in CAPTURES:
            frames = list(wrap.read(f"{TOP}/pcaps/{name}.pcap"))
            want, _ = replay(a.probe, f"{TOP}/pcaps/{name}.pcap", d)
            kinds = [k for k in wrap.KINDS if a.k in k]
            jobs += [(f"{name} in {k}", one, name, k, want, frames) for k in kinds]
            if name in ("benign-dns", "lateral-ftp", "webshell-jsp"):
                jobs += [(f"two tenants of {name} in {k}", tenants, name, k, want, frames)
                         for k in kinds if wrap.KINDS[k][3]]
    failed = 0
    with ThreadPoolExecutor(2) as pool:
        done = pool.map(lambda j: j[1](a.probe, *j[2:]), jobs)
        for i, (job, lines) in enumerate(zip(jobs, done), 1):
            print(f"{'not ' if lines else ''}ok {i} - {job[0]}")
            failed += bool(lines)
            print("\n".join(lines if a.v else [t[:300] for t in lines[:4]]), end="\n" if lines else "")
    print(f"1..{len(jobs)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
