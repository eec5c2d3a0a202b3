#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The main job from nothing: collector with fresh keys, capture replayed through a probe, alerts shown.
#   demo.sh [CAPTURE]     without a terminal it ends by itself and leaves nothing running
set -eu
cd "$(dirname "$0")/.."
bin=$PWD/build/release
dir=$PWD/build/demo
pcap=${1:-pcaps/story.pcap}
[ -e "$pcap" ] || { printf '%s: no such capture\n' "$pcap" >&2; exit 2; }

free_port() {
	local p=$1
	while (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null; do p=$((p + 2)); done
	printf '%s' "$p"
}

collector=
stop() {
	[ -z "$collector" ] || { kill "$collector" 2>/dev/null && wait "$collector" 2>/dev/null; } || true
	collector=
}
trap stop EXIT
trap 'exit 130' INT TERM

rm -rf "$dir"
mkdir -p -m 700 "$dir/authorized"
wire=$(free_port 17788) web=$(free_port 17781)
export WANGLOU_URL=http://127.0.0.1:$web XDG_CONFIG_HOME=$dir/config

"$bin/wanglou" keys new collector --dir "$dir" >/dev/null
"$bin/wanglou" keys new probe-demo --dir "$dir" >/dev/null
cp "$dir/probe-demo.pub" "$dir/authorized/"
settings=(--set data.dir="$dir/data" --set listen.endpoint="tcp://127.0.0.1:$wire" --set listen.key-file="$dir/collector.key"
	--set listen.authorized="$dir/authorized" --set http.listen="127.0.0.1:$web")
"$bin/wanglou" user add analyst --data-dir "$dir/data" --generate --password-file "$dir/password" >/dev/null
"$bin/wanglou-collector" -c conf/collector.yaml "${settings[@]}" 2>"$dir/collector.log" &
collector=$!
for _ in $(seq 100); do
	curl -fs "$WANGLOU_URL/healthz" >/dev/null 2>&1 && break
	kill -0 "$collector" 2>/dev/null || { cat "$dir/collector.log" >&2; exit 1; }
	sleep 0.1
done
"$bin/wanglou" login analyst --password-file "$dir/password" >/dev/null

printf 'Replaying %s through a probe to a collector on 127.0.0.1 (CURVE keys made just now)\n' "$pcap"
"$bin/wanglou-probe" -c conf/probe.yaml -r "$pcap" -k none --set probe.name=probe-demo --set spool.dir="$dir/spool" \
	--set ship.endpoint="tcp://127.0.0.1:$wire" --set ship.key-file="$dir/probe-demo.key" \
	--set ship.collector-key-file="$dir/collector.pub" -v 2>"$dir/probe.log" || { tail -n 5 "$dir/probe.log" >&2; exit 1; }
