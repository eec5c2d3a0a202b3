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
    """alert_id -> (sid, verdict, code): the gravest of what was said."""
    alerts = {e['alert_id']: e for e in events if e['event_type'] == 'alert'}
    said = {k: (e['alert']['signature_id'], e.get('verdict'), e.get('verdict_reason', {}).get('code'))
            for k, e in alerts.items()}
    for e in events:
        if e['event_type'] == 'alert_update' and RANK[e['verdict']] > RANK[said[e['alert_id']][1]]:
            said[e['alert_id']] = (said[e['alert_id']][0], e['verdict'], e['verdict_reason']['code'])
    return said


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
    print('1..2')
    return 0 if good and alike else 1


if __name__ == '__main__':
    sys.exit(main())
