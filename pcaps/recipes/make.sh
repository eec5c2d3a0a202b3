#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make.sh [NAME ...]: rebuild the named captures, or all; then the manifest.
set -euo pipefail
cd "$(dirname "$0")"
all() { grep -l '^# makes: ' ./*.sh ./*.py | sed 's|^\./||; s|\.[a-z]*$||' | grep -v '^story$'; echo sig; echo story; }
names=("$@")
[ $# -gt 0 ] || mapfile -t names < <(all)
for name in "${names[@]}"; do
	recipe=$(find . -name "$name.sh" -perm -u+x -o -name "$name.py" -perm -u+x)
	[ -n "$recipe" ] || { echo "no recipe makes $name" >&2; exit 1; }
	echo "$name"
	"$recipe"
done
./manifest.py
