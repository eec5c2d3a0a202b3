#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copy programs and their files: install.sh BUILD-FOLDER PREFIX. Configuration that is there already stays.
set -eu
cd "$(dirname "$0")/.."
out=$1 prefix=$2
etc=$([ "$prefix" = /usr ] && printf /etc/wanglou || printf '%s' "$prefix/etc/wanglou")
install -d "$prefix/bin" "$prefix/share/wanglou/signatures" "$prefix/share/man/man1" "$prefix/share/man/man8" \
	"$prefix/lib/systemd/system" "$etc"
install -m 755 "$out/wanglou" "$out/wanglou-probe" "$out/wanglou-collector" "$prefix/bin/"
install -m 644 signatures/*.rules signatures/classification.config "$prefix/share/wanglou/signatures/"
for page in docs/man/*.[18]; do
	install -m 644 "$page" "$prefix/share/man/man${page##*.}/"
done
for file in probe.yaml small.yaml as-suricata.yaml collector.yaml segments.yaml; do
	[ -e "$etc/$file" ] || sed "s|\.\./signatures/|$prefix/share/wanglou/signatures/|" "conf/$file" >"$etc/$file"
done
for unit in packaging/*.service; do
	sed "s|@bin@|$prefix/bin|; s|@etc@|$etc|" "$unit" >"$prefix/lib/systemd/system/$(basename "$unit")"
done
printf 'installed below %s; settings in %s\n' "$prefix" "$etc"
