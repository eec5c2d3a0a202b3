#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Install what the named group of packaging/deps.txt lacks: deps.sh build|test|fuzz|bench|carriers
set -u
cd "$(dirname "$0")/.." || exit 1
group=$1
[ "$group" = build ] && groups=" build " || groups=" build $group "

present() {
	case $1 in
	cmd:*) command -v "${1#cmd:}" >/dev/null 2>&1 ;;
	pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
	file:*) [ -e "${1#file:}" ] ;;
	glob:*) compgen -G "${1#glob:}" >/dev/null ;;
	py:*) /usr/bin/python3 -c "import ${1#py:}" 2>/dev/null ;;
	esac
}

lacking() {
	while read -r where what package; do
		case $where in '' | '#'*) continue ;; esac
		[[ $groups == *" $where "* ]] || continue
		present "$what" || printf '%s\n' "$package"
	done <packaging/deps.txt | sort -u
}

missing=$(lacking | tr '\n' ' ')
[ -z "$missing" ] && exit 0
root=
if [ "$(id -u)" != 0 ]; then
	if command -v sudo >/dev/null 2>&1; then
		root=sudo
	else
		printf 'Missing Debian packages, and neither root nor sudo is at hand to install them. Ask for:\n  apt-get install %s\n' "$missing" >&2
		exit 1
	fi
fi
if ! command -v apt-get >/dev/null 2>&1; then
	printf 'Missing packages, and this is no Debian (no apt-get). Install what provides:\n  %s\n' "$missing" >&2
	exit 1
fi
printf 'installing: %s\n' "$missing"
log=$(mktemp)
if ! { $root apt-get update && $root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
	tail -n 15 "$log" >&2
	printf 'apt-get could not install: %s (whole log: %s)\n' "$missing" "$log" >&2
	exit 1
fi
rm -f "$log"
left=$(lacking | tr '\n' ' ')
[ -z "$left" ] || { printf 'still missing after installing: %s\n' "$left" >&2; exit 1; }
