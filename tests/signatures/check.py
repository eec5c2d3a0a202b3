#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every signature of ours fires on its capture and stays silent on its near miss.

    check.py --engine 'suricata -r {pcap} -S {rules} -k none -l {out}
                       --set classification-file={classes}'
    check.py --engine 'build/release/wanglou-probe -c conf/probe.yaml -S {rules} -r {pcap} -l {out}'
    check.py --lint                                  only look at the rules' form
    check.py --engine '...' --harmless FILE.pcap ... count alerts on captures that should give none

The engine runs once per capture with all rules and leaves {out}/eve.json.
Checked: signatures/CASES.tsv, the signatures named in pcaps/story.md, the form
of every rule. Alerts nobody asked for are listed, and counted at the end.
"""
import argparse
import collections
import concurrent.futures
import glob
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KEYWORDS = set('''msg sid rev gid classtype reference metadata priority flow flowbits dsize threshold
content nocase depth offset distance within startswith endswith fast_pattern pcre
http.uri http.method http.host http.user_agent dns.query tls.sni'''.split())
PROTOCOLS = set('tcp udp icmp ip http dns tls ssh ftp'.split())
OPTION = re.compile(r'\s*([\w.]+)(?:\s*:\s*((?:"(?:\\.|[^"\\])*"|\\.|[^;"\\])*))?;')


def read_rules():
    for path in sorted(glob.glob(ROOT + '/signatures/*.rules')):
        lines = open(path, encoding='utf-8').read().split('\n')
        for line in lines:
            if line and not line.startswith('#'):
                yield os.path.basename(path), line


def lint(rules, cases):
    """Yields one sentence for each fault of form."""
    classes = set(re.findall(r'^config classification: ([\w-]+),', open(
        ROOT + '/signatures/classification.config', encoding='utf-8').read(), re.M))
    seen = set()
    tested = {sid for sid, _, _ in cases}
    for name, line in rules:
        head, _, rest = line.partition('(')
        options = [(m[1], (m[2] or '').strip()) for m in OPTION.finditer(rest[:-1])]
        one = dict(options)
        sid = int(one.get('sid', 0))
        where = '%s %d: ' % (name, sid)
        meta = dict(x.strip().split(' ', 1) for x in one.get('metadata', '').split(',') if ' ' in x.strip())
        faults = {
            'sid outside 4200000-4299999': not 4200000 <= sid <= 4299999,
            'sid used twice': sid in seen,
            'msg does not start with WANGLOU': not one.get('msg', '').startswith('"WANGLOU '),
            'unknown class type': one.get('classtype') not in classes,
            'unknown protocol': head.split()[1] not in PROTOCOLS,
            'keyword outside the first engine: %s' % sorted({k for k, _ in options} - KEYWORDS):
                bool({k for k, _ in options} - KEYWORDS),
            'attack': not re.fullmatch(r'T\d{4}(\.\d{3})?', meta.get('attack', '')),
            'gbt20986': not re.fullmatch(r'(0[1-9]|10)\d{3}', meta.get('gbt20986', '')),
            'verdict': meta.get('verdict') not in ('attempt', 'success', 'compromised', 'failed'),
            'name_zh': not re.search('[\u4e00-\u9fff]', meta.get('name_zh', '')),
            'created_at': not re.fullmatch(r'\d{4}_\d\d_\d\d', meta.get('created_at', '')),
            'no case': sid not in tested and ('flowbits', 'noalert') not in options,
        }
        seen.add(sid)
        yield from (where + fault for fault, bad in faults.items() if bad)
    yield from ('CASES.tsv %d: no such rule' % sid for sid in sorted(tested - seen))


def read_cases():
    with open(ROOT + '/signatures/CASES.tsv', encoding='utf-8') as f:
        next(f)
        return [(int(sid), fires, near) for sid, fires, near in (line.rstrip('\n').split('\t') for line in f)]


def run(engine, rules, pcap):
    """Signature ids and how often each fired, or the engine's failure as text."""
    with tempfile.TemporaryDirectory(prefix='wanglou-sig.') as out:
        words = [w.format(rules=rules, pcap=os.path.join(ROOT, pcap), out=out,
                          classes=ROOT + '/signatures/classification.config') for w in shlex.split(engine)]
        done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            with open(out + '/eve.json', encoding='utf-8', errors='replace') as f:
                events = [json.loads(line) for line in f if '"alert"' in line]
        except (OSError, ValueError) as why:
            return 'engine gave no readable eve.json (%s): %s' % (
                why, done.stdout.decode('utf-8', 'replace').strip()[-300:])
        if done.returncode:
            return 'engine ended with %d' % done.returncode
        return collections.Counter(e['alert']['signature_id'] for e in events if e.get('event_type') == 'alert')


def main():
    arg = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arg.add_argument('--engine')
    arg.add_argument('--lint', action='store_true')
    arg.add_argument('--jobs', type=int, default=2)
    arg.add_argument('--harmless', nargs='+', default=[], metavar='PCAP')
    a = arg.parse_args()
    if not a.engine and not a.lint:
        arg.error('--engine or --lint')

    rules, cases = list(read_rules()), read_cases()
    failures = list(lint(rules, cases))
    passed = 0 if failures else len(rules)
    if a.lint:
        return report(passed, failures)

    all_rules = tempfile.NamedTemporaryFile('w', suffix='.rules', prefix='wanglou-', encoding='utf-8')
    all_rules.write('\n'.join(line for _, line in rules) + '\n')
    all_rules.flush()
    with open(ROOT + '/pcaps/story.md', encoding='utf-8') as f:
        story = {int(sid) for sid in re.findall(r'\b42\d{5}\b', f.read())}
    wanted = collections.defaultdict(set)
    wanted['pcaps/story.pcap'] = story
    for sid, fires, near in cases:
        wanted[fires].add(sid)
        wanted[near] |= set()
    pcaps = sorted(wanted) + [os.path.abspath(p) for p in a.harmless]
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        got = dict(zip(pcaps, pool.map(lambda p: run(a.engine, all_rules.name, p), pcaps)))

    for pcap in pcaps:
        if isinstance(got[pcap], str):
            failures.append('%s: %s' % (pcap, got[pcap]))
            got[pcap] = None
    for sid, pcap, should in ([(s, p, True) for s, p, _ in cases] + [(s, p, False) for s, _, p in cases]
                              + [(s, 'pcaps/story.pcap', True) for s in sorted(story)]):
        if got[pcap] is not None and (sid in got[pcap]) == should:
            passed += 1
        else:
            failures.append('%s: %d %s' % (pcap, sid, 'did not fire' if should else 'fired on its near miss'))
    extra = 0
    for pcap in pcaps:
        for sid, n in sorted((got[pcap] or {}).items()):
            if sid not in wanted.get(pcap, ()):
                print('extra: %s: %d, %d times' % (pcap, sid, n))
                extra += n
    print('%d extra alerts in %d captures' % (extra, len(pcaps)))
    return report(passed, failures)


def report(passed, failures):
    for line in failures:
        print('FAIL:', line)
    print('%d passed, %d failed' % (passed, len(failures)))
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
