#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make.sh [NAME ...]: rebuild the named captures, or all; then the manifest.
set -euo pipefail
cd "$(dirname "$0")"
all() { grep -l '^# makes: ' ./*.sh ./*.py | sed 's|^\./||; s|\.[a-z]*$||' | grep -v '^story$'; echo sig; echo story; }
for name in ${@:-$(all)}; do
	for f in "$name.sh" "$name.py"; do
		[ -x "$f" ] || continue
		echo "$name"
		"./$f"
	done
done
./manifest.py
