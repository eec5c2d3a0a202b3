#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The house rules. One TAP line a rule, what breaks it below; exit status 1 when any is broken.
set -u
cd "$(dirname "$0")/../.." || exit 1
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
broken=0

rule() { # NAME: reads what breaks the rule from standard input
	local name=$1 faults
	faults=$(cat)
	if [ -z "$faults" ]; then
		printf 'ok - %s\n' "$name"
	else
		broken=1
		printf 'not ok - %s\n' "$name"
		printf '%s\n' "$faults" | head -n 60 | sed 's/^/  /'
	fi
}

skip() { printf 'ok - %s # SKIP %s\n' "$1" "$2"; }

sources() {
	git ls-files -co --exclude-standard "$@" | sort -u | while read -r f; do
		[ -f "$f" ] && printf '%s\n' "$f"
	done
}

check_format() {
	local name='clang-format has nothing to change'
	command -v clang-format >/dev/null || { skip "$name" 'no clang-format'; return; }
	sources '*.c' '*.h' | xargs clang-format --dry-run 2>&1 | awk -F: '/warning:/ { n[$1]++; if (!at[$1]) at[$1] = $2 }
		END { for (f in n) printf "%s:%s: %d places; run make format\n", f, at[f], n[f] }' | sort | rule "$name"
}

# Objects are kept below build/clang, so that only what changed is compiled again.
check_clang() {
	local name='clang finds no fault'
	command -v clang >/dev/null || { skip "$name" 'no clang'; return; }
	sources 'src/*.c' 'tests/*.c' | sed 's|^\(.*\)\.c$|build/clang/obj/\1.o|' |
		xargs make -s -k -j2 BUILD=debug CC=clang OUT=build/clang 2>&1 |
		grep -E 'error|warning: ' | grep -v '^make' | rule "$name"
}

# Plain data sections only: constants with addresses in them lie in .data.rel.ro.
check_variables() {
	local name='the probe exports no variable that can change' objects
	objects=$(find build/clang/obj/src/probe -name '*.o' 2>/dev/null)
	[ -n "$objects" ] || { skip "$name" 'no objects'; return; }
	# shellcheck disable=SC2086
	objdump -t $objects | awk '/file format/ { file = $1 } $2 == "g" && $3 == "O" && $4 ~ /^\.(data|bss)($|\.[^r])/ { print file, $NF }
		$3 == "O" && $4 == "*COM*" { print file, $NF }' | rule "$name"
}

check_generated() {
	local name='generated files are as their tables make them' f
	[ -e src/gen/main.c ] || { skip "$name" 'no generator'; return; }
	if ! make -s BUILD=release build/release/wanglou-gen >"$temp/log" 2>&1 ||
		! bash src/gen/gen.sh build/release/wanglou-gen "$temp/gen" >>"$temp/log" 2>&1; then
		rule "$name" <"$temp/log"
		return
	fi
	(cd "$temp/gen" && find . -type f | sed 's|^\./||' | sort) | while read -r f; do
		cmp -s "$temp/gen/$f" "$f" || printf '%s differs; run make gen\n' "$f"
	done | rule "$name"
}

/usr/bin/python3 tests/lint/house.py || broken=1
check_format
check_clang
check_variables
check_generated
exit $broken
