#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Explore with every fuzz target: run.sh SECONDS-EACH [NAME...]. New inputs stay in build/fuzz/corpus, findings in
# build/fuzz/found; what is worth keeping goes by hand into tests/fuzz/corpus.
set -u
cd "$(dirname "$0")/../.."
seconds=$1
shift
names=${*:-$(bash tests/fuzz/names.sh)}
passed=0 failed=0
mkdir -p build/fuzz/found
for name in $names; do
	program=build/fuzz/tests/fuzz/fuzz_$name
	mkdir -p "build/fuzz/corpus/$name"
	printf '%-16s ' "$name"
	if "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="build/fuzz/found/$name-" "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name" \
		>"build/fuzz/$name.log" 2>&1; then
		awk '/stat::number_of_executed_units/ { printf "%s inputs, no finding\n", $2 }' "build/fuzz/$name.log"
		passed=$((passed + 1))
	else
		printf 'FOUND, see build/fuzz/%s.log\n' "$name"
		tail -n 4 "build/fuzz/$name.log"
		failed=$((failed + 1))
	fi
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
