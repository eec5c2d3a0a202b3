#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The IPv6 twin of a capture (pcaps/recipes/to6.py) gives the same events.

usage: tests/compare/ipv6.py [--probe PROGRAM] [-v] [CAPTURE | FOLDER ...]

Without captures: all of pcaps/, and every sixth of ../shared/corpus/ndpi and lab where those are. Compared are all
events but stats, with the twin addresses turned back, without what must differ: ids made of addresses, frame numbers
(ARP has no twin), byte counts (the header is longer), types of ICMP, how sure nDPI is. Of captures not ours nDPI's answer
is left out: from its lists of IPv4 addresses it guesses what it cannot know of the twin. Fails below 99.5 %, or when a
capture of ours differs.
"""
import argparse
import collections
import glob
import json
import multiprocessing
import os
import re
import socket
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CORPUS = os.environ.get("WANGLOU_CORPUS", os.path.join(ROOT, "..", "shared"))
sys.path.insert(0, os.path.join(ROOT, "pcaps", "recipes"))
import to6  # noqa: E402
from wire import read_pcap  # noqa: E402

CONF = """probe: {name: twins}
rules: {files: [%s/signatures/*.rules]}
vars:
  address-groups:
    HOME_NET: "[10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fd00:db8::/96]"
    EXTERNAL_NET: "!$HOME_NET"
  port-groups: {HTTP_PORTS: "80"}
""" % ROOT
WHOLE = 0.995
# nDPI 4.2 remembers pools of miners by IPv4 address only, and reads the host name of IPv4 DHCP only
KNOWN = {"pcaps/sig/mining-not.pcap": 2, "pcaps/l7_directory.pcap": 1}
TEXT = re.compile(r"\[?(?:2001:db8|fd00:db8|ff0e)::(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4}|(?=\"))\]?|\[?\bff02::1\b\]?")
DIFFERS = ("flow_id", "alert_id", "control_flow_id", "community_id", "pcap_cnt", "pcap_filename", "icmp_type", "icmp_code", "response_icmp_type",
           "response_icmp_code", "ip_v", "packet", "packet_info", "confidence")


def back(match):
    if match[2] is None:
        return "255.255.255.255"
    n = int(match[1] or "0", 16) << 16 | int(match[2] or "0", 16)
    return socket.inet_ntoa(n.to_bytes(4, "big"))


def without_lengths(e):
    for key in [k for k in e if k in DIFFERS or k.startswith("bytes_")]:
        del e[key]
    for value in e.values():
        if isinstance(value, dict):
            without_lengths(value)
    return e


def event(line, guesses):
    e = without_lengths(json.loads(TEXT.sub(back, line)))
    if e.get("proto") == "IPv6-ICMP":
        e["proto"] = "ICMP"
        if e.get("ndpi", {}).get("proto") == "ICMPV6":
            e["ndpi"]["proto"] = "ICMP"
    if guesses:
        e.pop("ndpi", None)
    return json.dumps(e, sort_keys=True)


def events(probe, pcap, folder, guesses):
    done = subprocess.run([probe, "-c", folder + "/probe.yaml", "-r", pcap, "-l", folder], capture_output=True, text=True,
                          errors="replace")
    if done.returncode:
        raise RuntimeError("%s: exit status %d: %s" % (pcap, done.returncode, done.stderr[-300:]))
    file = folder + "/eve.json"
    with open(file, encoding="utf-8", errors="replace") as f:
        lines = [line for line in f if '"event_type":"stats"' not in line]
    os.unlink(file)
    return collections.Counter(event(line, guesses) for line in lines)


def plain(source, target):
    """The capture without the frames that have no twin, so that both say the same."""
    out = []
    for now, link, frame in read_pcap(source):
        if to6.frame6(link, frame) is not None:
            out.append((now, frame))
            last = link
    if out:
        to6.write_pcap(target, out, last)
    return len(out)


def compare(probe, pcap):
    """(name, same, only IPv4, only IPv6) or (name, why not)"""
    name = os.path.relpath(pcap, ROOT)
    with tempfile.TemporaryDirectory(prefix="wanglou-twin.") as folder:
        with open(folder + "/probe.yaml", "w", encoding="utf-8") as f:
            f.write(CONF)
        try:
            if not plain(pcap, folder + "/four.pcap"):
                return name, "no frame has a twin"
            to6.convert(pcap, folder + "/six.pcap")
        except (ValueError, IndexError) as why:
            return name, str(why)
        guesses = not pcap.startswith(ROOT + "/pcaps/")
        four = events(probe, folder + "/four.pcap", folder, guesses)
        six = events(probe, folder + "/six.pcap", folder, guesses)
    return name, (four & six).total(), sorted((four - six).elements()), sorted((six - four).elements())


def captures():
    found = sorted(glob.glob(ROOT + "/pcaps/*.pcap") + glob.glob(ROOT + "/pcaps/sig/*.pcap"))
    for folder in "ndpi", "lab":
        found += sorted(glob.glob("%s/corpus/%s/*.pcap*" % (CORPUS, folder)))[::6]
    return found


def one(pcap):
    return compare(probe, pcap)


def main():
    global probe
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--probe", default=ROOT + "/build/release/wanglou-probe")
    ap.add_argument("-v", action="store_true", help="show the events that differ")
    ap.add_argument("capture", nargs="*")
    args = ap.parse_args()
    probe = args.probe
    paths = []
    for path in args.capture:
        paths += sorted(glob.glob(os.path.abspath(path) + "/**/*.*cap*", recursive=True)) if os.path.isdir(path) else [os.path.abspath(path)]
    same = different = failed = ours = none = 0
    with multiprocessing.get_context("fork").Pool(2) as pool:
        for name, *got in pool.imap(one, paths or captures()):
            if len(got) == 1:
                none += 1
                if args.v:
                    print("left out: %s: %s" % (name, got[0]))
                continue
            n, four, six = got
            same, different = same + n, different + max(len(four), len(six))
            mine = name.startswith("pcaps/")
            ours += mine
            bad = mine and max(len(four), len(six)) > KNOWN.get(name, 0)
            failed += bad
            if four or six:
                print("%s %s: %d the same, %d only IPv4, %d only IPv6" % ("not ok" if bad else "differs", name, n, len(four),
                                                                       len(six)))
            if args.v:
                for sign, lines in (("IPv4:", four), ("IPv6:", six)):
                    print("".join("    %s %s\n" % (sign, line[:1500]) for line in lines[:20]), end="")
    share = same / max(same + different, 1)
    print("%d captures, %d without a twin; %d events the same, %d not: %.2f %%" % (
        len(paths or captures()), none, same, different, 100 * share))
    failed += share < WHOLE
    print("%d passed, %d failed" % (ours + 1 - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
