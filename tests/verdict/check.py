#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Are attacks judged right?

    check.py [--probe PATH] [-v]

Each capture of pcaps/verdict has a label in LABELS.tsv, written before it was recorded: the verdict
that a person would give the alert of a rule of verdict.rules. The gravest one of the alert and its
alert_update events counts. Replayed with 1, 2 and 3 workers, all together: it must be the same. Fails
below nine of ten; prints which are wrong, each class, and the share. TAP.
"""
import argparse
import collections
import csv
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, '..', '..')
RANK = {None: 0, 'attempt': 1, 'failed': 2, 'success': 3, 'compromised': 4}
LEAST = 0.9


def replay(probe, capture, out, workers=1):
    words = [probe, '-c', os.path.join(TOP, 'conf', 'probe.yaml'), '-S', os.path.join(HERE, 'verdict.rules'),
             '-r', capture, '-l', out, '--set', 'probe.workers=%d' % workers]
    done = subprocess.run(words, cwd=TOP, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit('Bail out! %s: %s' % (capture, done.stderr.strip()))
    with open(os.path.join(out, 'eve.json'), encoding='utf-8') as f:
        return [json.loads(line) for line in f if '"alert' in line]


def joined(events):
    """alert_id -> (sid, verdict, code), as the collector joins them (docs/verdicts.md)."""
    said = {}
    for e in events:
        if e['event_type'] == 'alert':
            own, best = e.get('verdict'), (None, None)
            for u in events:
                if u['event_type'] == 'alert_update' and u['alert_id'] == e['alert_id'] \
                        and RANK[u['verdict']] > RANK[best[0]]:
                    best = u['verdict'], u['verdict_reason']['code']
            if best[0] != 'failed' and RANK[own] >= RANK[best[0]]:
                best = own, e.get('verdict_reason', {}).get('code')
            said[e['alert_id']] = (e['alert']['signature_id'], *best)
    return said


def told():
    """Does the page have every reason?"""
    with open(os.path.join(TOP, 'include', 'probe', 'verdict_reasons.def'), encoding='utf-8') as f:
        rows = re.findall(r'^VERDICT_REASON\(\w+, (\w+), "(\w+)"', f.read(), re.M)
    with open(os.path.join(TOP, 'docs', 'verdicts.md'), encoding='utf-8') as f:
        page = f.read()
    return [code for word, code in rows if '| `%s` | %s |' % (code, word.lower()) not in page]


def verdict(probe, capture, sid):
    with tempfile.TemporaryDirectory(prefix='wanglou-verdict.') as out:
        said = joined(replay(probe, capture, out))
    mine = [(RANK[v], v, why) for s, v, why in said.values() if s == sid]
    return max(mine, key=lambda m: m[0])[1:] if mine else ('no alert', None)


def same(probe, folder):
    lines = []
    for workers in (1, 2, 3):
        with tempfile.TemporaryDirectory(prefix='wanglou-verdict.') as out:
            lines.append([json.dumps(e) for e in replay(probe, folder, out, workers)])
    return lines[0] == lines[1] == lines[2]


def main():
    arg = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arg.add_argument('--probe', default=os.environ.get('PROBE', os.path.join(TOP, 'build/asan/wanglou-probe')))
    arg.add_argument('--captures', default=os.path.join(TOP, 'pcaps', 'verdict'))
    arg.add_argument('-v', action='store_true')
    a = arg.parse_args()
    with open(os.path.join(HERE, 'LABELS.tsv'), encoding='utf-8') as f:
        labels = list(csv.DictReader(f, delimiter='\t'))
    right = collections.Counter()
    of = collections.Counter()
    for row in labels:
        got, why = verdict(a.probe, os.path.join(a.captures, row['capture'] + '.pcap'), int(row['sid']))
        of[row['verdict']] += 1
        right[row['verdict']] += got == row['verdict']
        if a.v or got != row['verdict']:
            print('# %s: %s (%s); the label says %s: %s' % (row['capture'], got, why, row['verdict'], row['because']))
    for word in sorted(of, key=RANK.get):
        print('# %-11s %d of %d right' % (word, right[word], of[word]))
    share = sum(right.values()) / len(labels)
    good = share >= LEAST
    print('%s 1 - %d of %d verdicts are right (%.1f %%)' % (
        'ok' if good else 'not ok', sum(right.values()), len(labels), 100 * share))
    alike = same(a.probe, a.captures)
    print('%s 2 - the same with 1, 2 and 3 workers' % ('ok' if alike else 'not ok'))
    missing = told()
    print('%s 3 - docs/verdicts.md has every reason %s' % ('not ok' if missing else 'ok', ' '.join(missing)))
    print('1..3')
    return 0 if good and alike and not missing else 1


if __name__ == '__main__':
    sys.exit(main())
