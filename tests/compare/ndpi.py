#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compare the protocol of every flow with Debian's ndpiReader, unknown flows included.

usage: ndpi.py [--probe PROGRAM] [--share 0.995] [-v] FOLDER

ndpiReader's table leaves unknown flows out; with -v 1 it has only them. Both tables together are the reference.
Its text of IPv6 addresses turns every ":0:" into "::"; both sides are written that way before they are compared.
ndpiReader opens IP in IP, MPLS and PPPoE, no other tunnel, and takes what hosts drop (UDP lengths beyond the datagram,
IP behind any EtherType), so ours are told to do the same. It prints no SCTP ports, and reads nothing of a PPI capture,
which is left out.
A flow is (protocol, both ends); it agrees when both sides name it with the same set of protocols.
Prints the differences with -v, then the share, then `N passed, N failed` (one check: the share is reached).
"""
import argparse, collections, csv, json, os, subprocess, sys, tempfile

NUMBER = {"TCP": 6, "UDP": 17, "ICMP": 1, "IPv6-ICMP": 58, "SCTP": 132, "IGMP": 2, "GRE": 47, "ESP": 50, "AH": 51}
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


PPI = 192


def link_type(path):
    """Of a classic capture; None for others."""
    head = open(path, "rb").read(24)
    order = {b"\xd4\xc3\xb2\xa1": "little", b"\xa1\xb2\xc3\xd4": "big", b"\x4d\x3c\xb2\xa1": "little"}.get(head[:4])
    return int.from_bytes(head[20:24], order) if order else None


def text(address):
    return address.replace(":0:", "::").replace(":0:", "::") if ":" in address else address


def key(proto, a, ap, b, bp):
    proto = int(NUMBER.get(proto, proto))
    if proto not in (6, 17):
        ap = bp = 0
    return proto, tuple(sorted([(text(a), int(ap or 0)), (text(b), int(bp or 0))]))


def reference(pcap):
    flows = collections.defaultdict(set)
    for more in ([], ["-v", "1"]):
        with tempfile.NamedTemporaryFile(suffix=".csv") as t:
            subprocess.run(["ndpiReader", "-q", *more, "-C", t.name, "-i", pcap], capture_output=True)
            for r in csv.DictReader(open(t.name, errors="replace")):
                flows[key(r["protocol"], r["src_ip"], r["src_port"], r["dst_ip"], r["dst_port"])].add(r["ndpi_proto"])
    return flows


def ours(probe, pcap):
    flows = collections.defaultdict(set)
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([probe, "-c", f"{TOP}/conf/probe.yaml", "-S", "/dev/null", "-k", "none", "-r", pcap, "-l", out,
                        "--set", "decode.tunnels=ip,mpls", "--set", "identify.own-recognisers=no",
                        "--set", "decode.lenient=yes"], capture_output=True)
        for line in open(f"{out}/eve.json", errors="replace") if os.path.exists(f"{out}/eve.json") else ():
            e = json.loads(line)
            if e["event_type"] == "flow":
                flows[key(e["proto"], e["src_ip"], e.get("src_port"), e["dest_ip"], e.get("dest_port"))].add(
                    e["ndpi"]["proto"])
    return flows


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--probe", default=os.environ.get("PROBE", f"{TOP}/build/release/wanglou-probe"))
    ap.add_argument("--share", type=float, default=0.995)
    ap.add_argument("-v", action="store_true")
    ap.add_argument("folder")
    a = ap.parse_args()
    total = agree = equal = captures = 0
    for name in sorted(os.listdir(a.folder)):
        if not name.endswith((".pcap", ".pcapng", ".cap")):
            continue
        if link_type(f"{a.folder}/{name}") == PPI:
            continue
        want, got = reference(f"{a.folder}/{name}"), ours(a.probe, f"{a.folder}/{name}")
        keys = want.keys() | got.keys()
        same = sum(want.get(k) == got.get(k) for k in keys)
        total, agree, captures, equal = total + len(keys), agree + same, captures + 1, equal + (same == len(keys))
        for k in sorted(keys, key=str) if a.v else ():
            if want.get(k) != got.get(k):
                print(name, k, "ndpiReader", want.get(k), "ours", got.get(k))
    good = total and agree / total >= a.share
    print(f"{equal} of {captures} captures equal; {agree} of {total} flows agree: {100 * agree / max(total, 1):.2f} %")
    print(f"{int(bool(good))} passed, {int(not good)} failed")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
