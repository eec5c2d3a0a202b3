#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The main job from nothing: collector with fresh keys, capture replayed through a probe, alerts shown.
#   demo.sh [CAPTURE]     without a terminal it ends by itself and leaves nothing running
set -eu
cd "$(dirname "$0")/.."
bin=$PWD/build/release
dir=$PWD/build/demo
# as root the collector becomes nobody, who must get to its data; a checkout below /root is closed to others
if [ "$(id -u)" = 0 ]; then
	at=$PWD
	while [ "$at" != / ]; do
		[[ $(stat -c %A "$at") == *[xt] ]] || dir=/var/cache/wanglou-demo
		at=$(dirname "$at")
	done
fi
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
mkdir -p "$dir/authorized"
mkdir -m 700 "$dir/data"
wire=$(free_port 17788) web=$(free_port 17781)
export WANGLOU_URL=http://127.0.0.1:$web XDG_CONFIG_HOME=$dir/config

"$bin/wanglou" keys new collector --dir "$dir" >/dev/null
"$bin/wanglou" keys new probe-demo --dir "$dir" >/dev/null
cp "$dir/probe-demo.pub" "$dir/authorized/"
"$bin/wanglou" user add analyst --data-dir "$dir/data" --generate --password-file "$dir/password" >/dev/null
# the collector never stays root; started as root it becomes nobody
[ "$(id -u)" != 0 ] || chown -R nobody: "$dir/data"
"$bin/wanglou-collector" -c conf/collector.yaml --set data.dir="$dir/data" \
	--set listen.endpoint="tcp://127.0.0.1:$wire" --set listen.key-file="$dir/collector.key" \
	--set listen.authorized="$dir/authorized" --set http.listen="127.0.0.1:$web" 2>"$dir/collector.log" &
collector=$!
up() { (exec 3<>"/dev/tcp/127.0.0.1/$web") 2>/dev/null; }
for _ in $(seq 100); do
	up && break
	kill -0 "$collector" 2>/dev/null || { cat "$dir/collector.log" >&2; exit 1; }
	sleep 0.1
done
"$bin/wanglou" login analyst --password-file "$dir/password" >/dev/null

printf 'Replaying %s through a probe to a collector on 127.0.0.1, with keys made just now ...\n\n' "$pcap"
status=0
"$bin/wanglou-probe" -c conf/probe.yaml -r "$pcap" -k none --set probe.name=probe-demo --set spool.dir="$dir/spool" \
	--set ship.endpoint="tcp://127.0.0.1:$wire" --set ship.key-file="$dir/probe-demo.key" \
	--set ship.collector-key-file="$dir/collector.pub" -v 2>"$dir/probe.log" || status=$?
if [ "$status" != 0 ]; then
	grep -E 'error|warn' "$dir/probe.log" >&2 || tail -n 5 "$dir/probe.log" >&2
	[ "$status" = 3 ] || exit "$status"
fi

# everything is acknowledged; wait until it is stored as well
sent=$(grep -o '[0-9]* events' "$dir/probe.log" | tail -n 1)
for _ in $(seq 100); do
	said=$("$bin/wanglou" probes --json)
	events=$(grep -o '"events": *[0-9]*' <<<"$said" | head -n 1 | tr -dc 0-9)
	[ "${events:-0}" -ge "${sent% events}" ] && grep -q '"backlog_bytes": *0\b' <<<"$said" && break
	sleep 0.1
done

cat >"$dir/env" <<END
# the demo's collector: . $dir/env
export WANGLOU_URL=$WANGLOU_URL XDG_CONFIG_HOME=$XDG_CONFIG_HOME PATH=$bin:\$PATH
END
"$bin/wanglou" alerts --group --order oldest --limit 40
printf '\n'
"$bin/wanglou" probes

# one of them, opened: the web shell's answer, or else the latest of the gravest
pick() { "$bin/wanglou" alerts --json --limit 1 "$@" | grep -om 1 '"id": *[0-9]*' | tr -dc 0-9 || true; }
id=$(pick --sid 4200210)
id=${id:-$(pick --order severity)}
if [ -n "$id" ]; then
	printf '\n$ wanglou alert %s --brief\n' "$id"
	"$bin/wanglou" alert "$id" --brief
fi

printf '\nA capture of your own: make demo PCAP=file.pcap\n'
if [ -t 0 ] && [ -t 1 ]; then
	cat <<END
The collector is running. In another terminal:
  . $dir/env
  wanglou alert ${id:-1}                                      proof, flows and records, history
  wanglou settle ${id:-1} --as acknowledged --why "a test"    then: wanglou alerts --status open
Press Enter here to stop it.
END
	read -r _ || true
	stop
	printf 'Stopped. What it kept is in %s.\n' "$dir"
else
	stop
	printf 'The collector is stopped; what it kept is in %s. In a terminal it stays up for you to work on.\n' "$dir"
fi
