#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Run all tests on the sanitizer build: run.sh [GROUP...]   groups: unit fuzz e2e signatures integration compare lint
# Prints a line a group, what was skipped and why, failures in full; the last line is
# "N passed, N failed[, N skipped]".
set -u
cd "$(dirname "$0")/.." || exit 1
groups=${*:-unit fuzz e2e signatures integration compare lint}
out=build/asan
export PROBE=${PROBE:-$PWD/$out/wanglou-probe}
export COLLECTOR=${COLLECTOR:-$PWD/$out/wanglou-collector}
export WANGLOU=${WANGLOU:-$PWD/$out/wanglou}
export WANGLOU_CORPUS=${WANGLOU_CORPUS:-../shared}
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1:suppressions=$PWD/tests/asan.supp}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export CMOCKA_MESSAGE_OUTPUT=TAP TZ=UTC LC_ALL=C.UTF-8
limit=${TEST_SECONDS:-900} # for one program
log=$(mktemp) skips=$(mktemp)
trap 'rm -f "$log" "$skips"' EXIT
passed=0 failed=0 skipped=0
group_passed=0 group_failed=0 group_skipped=0

# Run a program that speaks TAP, or ends in "N passed, N failed"; any other counts as a single test.
take() { # NAME COMMAND...
	local name=$1 status ok bad skip planned
	shift
	timeout "$limit" "$@" >"$log" 2>&1 </dev/null
	status=$?
	skip=$(grep -cE '^(not )?ok\b.*# *SKIP' "$log") # cmocka says "not ok 3 # SKIP"
	ok=$(grep -E '^ok\b' "$log" | grep -cvE '# *SKIP')
	bad=$(grep -E '^not ok\b' "$log" | grep -cvE '# *SKIP')
	planned=$(awk -F'\\.\\.' '/^1\.\.[0-9]+/ { n += $2 } END { print n + 0 }' "$log")
	if [ $((ok + bad + skip)) = 0 ]; then
		read -r ok bad < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed.*/\1 \2/p' "$log" | tail -n 1)
		ok=${ok:-0} bad=${bad:-0}
	fi
	if [ $((ok + bad + skip)) = 0 ] && [ $status = 77 ]; then
		skip=1
	elif [ $((ok + bad + skip)) = 0 ]; then
		[ $status = 0 ] && ok=1 || bad=1
	elif [ $((ok + bad + skip)) -lt "$planned" ]; then
		bad=$((bad + planned - ok - bad - skip)) # it died on the way
	elif [ $status != 0 ] && [ "$bad" = 0 ]; then
		bad=1
	fi
	group_passed=$((group_passed + ok)) group_failed=$((group_failed + bad)) group_skipped=$((group_skipped + skip))
	sed -nE "s/^(not )?ok\b[ 0-9-]*(.*)# *SKIP *(.*)/  skipped: \2\3/p" "$log" >>"$skips"
	[ "$status" = 77 ] && printf '  %s\n' "$(tail -n 1 "$log")" >>"$skips"
	if [ "$bad" != 0 ]; then
		printf -- '\n---- %s (exit status %s)\n' "$name" "$status"
		cat "$log"
		printf -- '----\n%-12s' "$g"
	fi
}

group_unit() {
	local t names
	names=$(make -s --no-print-directory unit-names)
	for t in $names; do
		take "unit $t" "$out/tests/unit/test_$t"
	done
	t=build/release/tests/unit/test_sandbox # the sanitizers need calls that the sandbox forbids
	[ -x $t ] && take "unit sandbox (release)" $t
}

group_fuzz() {
	local t
	for t in $(bash tests/fuzz/names.sh); do
		[ -d "tests/fuzz/corpus/$t" ] || { mkdir -p "tests/fuzz/corpus/$t"; }
		take "fuzz $t" "$out/tests/fuzz/fuzz_$t" "tests/fuzz/corpus/$t"
	done
}

group_e2e() { take e2e /usr/bin/python3 tests/e2e/run.py; }

group_signatures() {
	take signatures /usr/bin/python3 tests/signatures/check.py \
		--engine "$PROBE -c conf/probe.yaml -S {rules} -r {pcap} -l {out}"
	take "signatures: verdicts" /usr/bin/python3 tests/verdict/check.py --probe "$PROBE"
}

group_integration() {
	local t
	for t in tests/integration/*.sh tests/integration/*.py; do
		[ -x "$t" ] && take "$t" "$t"
	done
}

# Beside other programs, with the release build: the sanitizers' turn was above.
group_compare() {
	local probe=build/release/wanglou-probe captures=$WANGLOU_CORPUS/corpus/ndpi
	take "compare workers" /usr/bin/python3 tests/compare/workers.py --probe "$probe"
	take "compare wrapped" /usr/bin/python3 tests/compare/wrapped.py --probe "$probe"
	take "compare evasion" /usr/bin/python3 tests/compare/evasion.py --probe "$probe"
	take "compare ipv6" /usr/bin/python3 tests/compare/ipv6.py --probe "$probe"
	take "compare suricata" /usr/bin/python3 tests/compare/suricata.py --probe "$probe"
	take "compare ics" /usr/bin/python3 tests/compare/ics.py --probe "$probe"
	take "compare tshark" /usr/bin/python3 tests/compare/tshark.py --probe "$probe" --sample
	take "compare arkime" /usr/bin/python3 tests/compare/arkime.py --probe "$probe"
	if [ -d "$captures" ]; then
		take "compare ndpi" /usr/bin/python3 tests/compare/ndpi.py --probe "$probe" "$captures"
	else
		group_skipped=$((group_skipped + 1))
		printf '  skipped: protocols beside ndpiReader: no %s\n' "$captures" >>"$skips"
	fi
}

group_lint() { take lint bash tests/lint/lint.sh; }

for g in $groups; do
	group_passed=0 group_failed=0 group_skipped=0 began=$SECONDS
	: >"$skips"
	printf '%-12s' "$g"
	"group_$g"
	printf ' %4d passed, %d failed, %d skipped (%d s)\n' $group_passed $group_failed $group_skipped $((SECONDS - began))
	cat "$skips"
	passed=$((passed + group_passed)) failed=$((failed + group_failed)) skipped=$((skipped + group_skipped))
done
summary="$passed passed, $failed failed"
[ $skipped != 0 ] && summary="$summary, $skipped skipped"
printf '%s\n' "$summary"
[ $failed = 0 ] && [ $passed != 0 ]
