#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The collector's API with a capture replayed through a probe: login, tokens, pages, settling, restart.
set -u
cd "$(dirname "$0")/../.." || exit 1
PROBE=${PROBE:-build/asan/wanglou-probe} COLLECTOR=${COLLECTOR:-build/asan/wanglou-collector} WANGLOU=${WANGLOU:-build/asan/wanglou}
dir=$(mktemp -d)
chmod 755 "$dir"
collector=
stop() { [ -z "$collector" ] || { kill "$collector" 2>/dev/null; wait "$collector" 2>/dev/null; }; }
trap 'stop; rm -rf "$dir"' EXIT

check() { # NAME CONDITION...
	local name=$1
	shift
	if "$@"; then printf 'ok - %s\n' "$name"; else printf 'not ok - %s\n' "$name"; fi
}
free_port() {
	/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
wire=$(free_port) web=$(free_port)
url=http://127.0.0.1:$web
settings=(--set data.dir="$dir/data" --set listen.endpoint="tcp://127.0.0.1:$wire" --set listen.key-file="$dir/collector.key"
	--set listen.authorized="$dir/authorized" --set http.listen="127.0.0.1:$web")
start() {
	"$COLLECTOR" "${settings[@]}" 2>>"$dir/log" &
	collector=$!
	for _ in $(seq 200); do
		curl -fs "$url/healthz" >/dev/null 2>&1 && return
		kill -0 "$collector" 2>/dev/null || break
		sleep 0.1
	done
	printf 'not ok - collector starts\n'
	sed 's/^/# /' "$dir/log"
	exit 1
}
token=
ask() { # METHOD PATH [BODY]: body to $dir/answer, status printed
	local args=(-s -m 20 -o "$dir/answer" -w '%{http_code}' -X "$1")
	[ -z "$token" ] || args+=(-H "Authorization: Bearer $token")
	[ $# -lt 3 ] || args+=(-H 'Content-Type: application/json' -d "$3")
	curl "${args[@]}" "$url$2"
}
is() { # STATUS METHOD PATH [BODY]
	local want=$1 got
	shift
	got=$(ask "$@")
	[ "$got" = "$want" ] || { printf '# %s %s: %s, wanted %s: %s\n' "$1" "$2" "$got" "$want" "$(head -c 300 "$dir/answer")"; return 1; }
}
has() { jq -e "$1" "$dir/answer" >/dev/null 2>&1 || { printf '# %s not in %s\n' "$1" "$(head -c 400 "$dir/answer")"; return 1; }; }
not() { ! "$@"; }

"$WANGLOU" keys new collector --dir "$dir" >/dev/null
"$WANGLOU" keys new p1 --dir "$dir" >/dev/null
mkdir "$dir/authorized"
cp "$dir/p1.pub" "$dir/authorized/"
mkdir -m 700 "$dir/data"
[ "$(id -u)" != 0 ] || chown nobody "$dir/data" # what it becomes when root starts it
"$WANGLOU" user add li --data-dir "$dir/data" --generate --password-file "$dir/password" >/dev/null
password=$(cat "$dir/password")

chmod 644 "$dir/collector.key"
"$COLLECTOR" "${settings[@]}" -T 2>"$dir/log" >/dev/null
check 'a secret key that others may read is refused with status 2' [ $? = 2 ]
chmod 600 "$dir/collector.key"
"$COLLECTOR" "${settings[@]}" --set http.lisen=x -T 2>"$dir/log"
check 'an unknown setting is refused with status 2' [ $? = 2 ]
"$COLLECTOR" "${settings[@]}" -T >/dev/null 2>&1
check '-T with good settings ends with 0' [ $? = 0 ]
start

check 'healthz needs no token' is 200 GET /healthz
check 'healthz says nothing else' has 'keys == ["status"]'
for path in /api/v1/alerts /api/v1/alerts/1 /api/v1/probes /api/v1/events /api/v1/stats /metrics /api/v1/nothing /; do
	check "no token: 401 for $path" is 401 GET "$path"
done
token=$(printf '%064d' 0)
check 'a made-up token: 401' is 401 GET /api/v1/alerts
token=
check 'wrong password: 401' is 401 POST /api/v1/login '{"user":"li","password":"wrong wrong"}'
check 'unknown user: 401 in the same words' is 401 POST /api/v1/login '{"user":"nobody","password":"wrong wrong"}'
check 'no JSON: 400' is 400 POST /api/v1/login '{"user":'
check 'right password: 200' is 200 POST /api/v1/login "{\"user\":\"li\",\"password\":\"$password\"}"
token=$(jq -r .token "$dir/answer")
check 'the token is not on disk' not grep -rq "$token" "$dir/data"
check 'the token opens' is 200 GET /api/v1/alerts
check 'no alerts yet' has '.alerts == [] and .next == null'

mkdir "$dir/evidence"
"$PROBE" -c conf/probe.yaml -r pcaps/exploit-log4shell.pcap -k none --set probe.name=p1 --set evidence.dir="$dir/evidence" --set spool.dir="$dir/spool" \
	--set ship.endpoint="tcp://127.0.0.1:$wire" --set ship.key-file="$dir/p1.key" --set ship.collector-key-file="$dir/collector.pub" \
	--set output.file="$dir/eve.json" --set ship.linger=60s 2>"$dir/probe.log"
check 'probe delivered everything' [ $? = 0 ]
wanted=$(grep -c '"event_type":"alert"' "$dir/eve.json")
for _ in $(seq 100); do
	ask GET '/api/v1/alerts?limit=1000' >/dev/null
	[ "$(jq '.alerts | length' "$dir/answer")" = "$wanted" ] && break
	sleep 0.1
done
check "all $wanted alerts are there" has ".alerts | length == $wanted"
check 'each is there once' has '[.alerts[].event | [.flow_id, .timestamp, .alert.signature_id, .pcap_cnt]] | length == (unique | length)'
check 'newest first' has '[.alerts[].event.timestamp] | . == (sort | reverse)'
ids=$(jq -c '[.alerts[].id]' "$dir/answer")
id=$(jq '.alerts[0].id' "$dir/answer")

cursor= paged=
while :; do
	is 200 GET "/api/v1/alerts?limit=2&cursor=$cursor" >/dev/null || is 200 GET '/api/v1/alerts?limit=2'
	paged="$paged $(jq -r '[.alerts[].id] | join(" ")' "$dir/answer")"
	cursor=$(jq -r '.next // ""' "$dir/answer")
	[ -n "$cursor" ] || break
done
check 'pages give each alert once and in order' [ "[$(printf %s "${paged# }" | tr " " ,)]" = "$ids" ]
check 'a made-up cursor: 400' is 400 GET '/api/v1/alerts?cursor=abc'
check 'an unknown filter: 400' is 400 GET '/api/v1/alerts?nosuch=1'
check 'filter by verdict' is 200 GET '/api/v1/alerts?verdict=success'
check 'only that verdict' has '.alerts != [] and ([.alerts[].verdict] | unique == ["success"])'
check 'a verdict that there is not' is 400 GET '/api/v1/alerts?verdict=bogus'
check 'filter by prefix' is 200 GET '/api/v1/alerts?src=203.0.113.0/24'
check 'only that prefix' has '.alerts != [] and ([.alerts[].event.src_ip | startswith("203.0.113.")] | all)'
check 'filter by text is text, not SQL' is 200 GET "/api/v1/alerts?signature=%27%20OR%201%3D1%20--"
check 'nothing has that text' has '.alerts == []'

ask GET '/api/v1/alerts?sid=4200101' >/dev/null
judged=$(jq '.alerts[0].id' "$dir/answer")
for _ in $(seq 100); do
	ask GET "/api/v1/alerts/$judged" >/dev/null
	jq -e '.evidence != []' "$dir/answer" >/dev/null && break
	sleep 0.1
done
check 'an alert has the verdict that was found later' has '.event.verdict == "attempt" and .verdict == "compromised"'
check 'and why' has '[.updates[] | .event_type + " " + .verdict_reason.code] | index("alert_update callback") != null'
check 'and where its packets are' has '.event.alert_id as $id | [.evidence[].evidence.alert_ids[]] | index($id) != null'
printf %s "$token" >"$dir/token"
chmod 600 "$dir/token"
WANGLOU_URL=$url WANGLOU_TOKEN_FILE=$dir/token "$WANGLOU" packets --alert "$judged" --evidence "$dir/evidence" -w "$dir/alert.pcap" >/dev/null
check 'its packets by its number, checked against what the probe told' cmp -s "$dir/alert.pcap" "$dir/evidence/$(jq -r .event.alert_id "$dir/answer").pcap"

check 'one alert' is 200 GET "/api/v1/alerts/$id"
check 'it is open and has no history' has '.status == "open" and .history == []'
check 'its flows' is 200 GET "/api/v1/alerts/$id/flows"
check 'its flow record is among them' has '[.records[].event_type] | index("flow") != null'
check 'as few of them as asked for' is 200 GET "/api/v1/alerts/$id/flows?limit=1"
check 'one, and whether there are more' has '(.records | length) == 1 and (.cut | type) == "boolean"'
check 'not more than a thousand' is 400 GET "/api/v1/alerts/$id/flows?limit=1001"
check 'a false positive needs a reason: 400' is 400 POST "/api/v1/alerts/$id/settle" '{"status":"false_positive"}'
check 'an unknown status: 400' is 400 POST "/api/v1/alerts/$id/settle" '{"status":"gone","reason":"x"}'
check 'settle' is 200 POST "/api/v1/alerts/$id/settle" '{"status":"false_positive","reason":"我们自己的扫描"}'
check 'settle again' is 200 POST "/api/v1/alerts/$id/settle" '{"status":"escalated","reason":"it was not"}'
check 'no such alert: 404' is 404 POST /api/v1/alerts/999999/settle '{"status":"open","reason":"x"}'
check 'history' is 200 GET "/api/v1/alerts/$id"
check 'history has who, why and both' has '.status == "escalated" and [.history[].reason] == ["我们自己的扫描", "it was not"] and [.history[].who] == ["li", "li"]'
check 'filter by status' is 200 GET '/api/v1/alerts?status=escalated'
check 'only the settled one' has "[.alerts[].id] == [$id]"
check 'a status as people write it' is 200 GET '/api/v1/alerts?status=false-positive,open'
check 'events' is 200 GET '/api/v1/events?type=flow&limit=3'
check 'three flow records and a next page' has '(.events | length == 3) and .next != null and ([.events[].event_type] | unique == ["flow"])'
check 'probes' is 200 GET /api/v1/probes
check 'the probe was seen' has '.probes[0].name == "p1" and .probes[0].last_seen != null'
check 'stats' is 200 GET /api/v1/stats
check 'stats count the alerts' has "([.alerts.severity[].count] | add) == $wanted"
check 'metrics' is 200 GET /metrics
check 'metrics count them too' grep -q "^wanglou_store_alerts $wanted$" "$dir/answer"
check 'another method: 405' is 405 DELETE /api/v1/stats
head -c 70000 /dev/zero | tr '\0' ' ' >"$dir/big"
check 'a large body: 413' [ "$(curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' --data-binary @"$dir/big" "$url/api/v1/login")" = 413 ]

XDG_CONFIG_HOME=$dir/config WANGLOU_URL=$url "$WANGLOU" login li --password-file "$dir/password" >/dev/null
check 'wanglou login' [ $? = 0 ]
XDG_CONFIG_HOME=$dir/config WANGLOU_URL=$url "$WANGLOU" alerts --json >"$dir/answer"
check 'wanglou alerts' has ".alerts | length == $wanted"

stop
check 'SIGTERM ends it with 0' wait "$collector"
start
check 'the token outlives a restart' is 200 GET /api/v1/alerts
check 'nothing is stored twice by a restart' has ".alerts | length == $wanted"
kill -9 "$collector"
wait "$collector" 2>/dev/null
start
check 'nor by a kill' is 200 GET /api/v1/alerts
check 'all are there' has ".alerts | length == $wanted"
"$WANGLOU" user passwd li --data-dir "$dir/data" --generate >/dev/null
check 'a new password ends old tokens' is 401 GET /api/v1/alerts
token=
for _ in 1 2 3 4 5 6; do ask POST /api/v1/login '{"user":"li","password":"wrong wrong"}' >"$dir/last"; done
check 'too many wrong passwords: 429' [ "$(cat "$dir/last")" = 429 ]
check 'the sanitizers have nothing to say' not grep -q 'Sanitizer\|runtime error' "$dir/log"
stop
