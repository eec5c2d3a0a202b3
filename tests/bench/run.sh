#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Figures of the packet path on a mixed capture: of ../shared/corpus/ndpi where that is, of pcaps/ otherwise.
#   PASSES=10 for times, 1 for instructions; ROUNDS, CALLGRIND, SURICATA, PROBE: see bench.py
set -eu
cd "$(dirname "$0")/../.."
corpus=${WANGLOU_CORPUS:-../shared}
passes=${PASSES:-10}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mix() { # OUT PASSES
	if [ -e "$corpus/tools/mixpcap.py" ]; then
		/usr/bin/python3 "$corpus/tools/mixpcap.py" "$1" "$2"
	else
		/usr/bin/python3 tests/bench/mix.py "$1" "$2" pcaps/*.pcap
	fi
}
mix "$work/timed.pcap" "$passes"
mix "$work/counted.pcap" 1
/usr/bin/python3 tests/bench/bench.py "$work/timed.pcap" "$work/counted.pcap" "$work"
if [ "${CALLGRIND:-1}" != 0 ]; then
	/usr/bin/python3 tests/bench/stages.py "$work/counted.pcap" "$work"
fi
