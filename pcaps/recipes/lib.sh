# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A small government network made of network namespaces on one bridge, and a
# tap on that bridge. Sourced by the recipes. Everything goes away on exit.
#
#   need CMD:PACKAGE ...   install what is missing (root) or say what to install
#   lab HOST ...           bring up the bridge and the named hosts
#   on HOST CMD ...        run a command in a host
#   serve HOST CMD ...     run a server in a host until exit
#   port HOST ADDR PORT    wait until a TCP port answers
#   record FILE [FILTER] / finish   capture what is on the bridge (IPv4) into FILE

set -euo pipefail

RECIPES=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
OUT=${OUT:-$(dirname "$RECIPES")}
TMP=$(mktemp -d /tmp/wanglou-lab.XXXXXX)
chmod 755 "$TMP"
TAG=wl$$
PIDS=()
HOSTS=()
TAP_PID=

# name → address; the story tells which segment each belongs to
declare -A ADDR=(
	[attacker]=203.0.113.66 [c2]=198.51.100.53
	[citizen1]=192.0.2.21 [citizen2]=192.0.2.35 [citizen3]=192.0.2.77 [news]=192.0.2.180
	[portal]=10.10.1.10 [app]=10.10.1.20 [dns]=10.10.1.53
	[office]=10.10.8.31 [admin]=10.10.8.11
	[inner]=10.20.5.20 [files]=10.20.5.31 [cache]=10.20.5.60
	[share]=10.30.2.40
)

quiet() { "$@" >/dev/null 2>&1; }

down() {
	trap - EXIT INT TERM
	[ -n "$TAP_PID" ] && quiet kill "$TAP_PID" || true
	for p in "${PIDS[@]}"; do quiet kill -- "-$p" || quiet kill "$p" || true; done
	for h in "${HOSTS[@]}" tap; do
		for p in $(ip netns pids "$TAG-$h" 2>/dev/null); do quiet kill -9 "$p" || true; done
		quiet ip netns del "$TAG-$h" || true
	done
	rm -rf "$TMP"
}
trap down EXIT
trap 'exit 130' INT TERM

need() {
	local missing=()
	for pair; do
		PATH=$PATH:/usr/sbin:/sbin command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
	done
	[ ${#missing[@]} -eq 0 ] && return
	if [ "$(id -u)" -ne 0 ]; then
		echo "missing: apt-get install ${missing[*]}" >&2
		exit 1
	fi
	DEBIAN_FRONTEND=noninteractive quiet apt-get install -y --no-install-recommends \
		"${missing[@]}" || { echo "could not install ${missing[*]}" >&2; exit 1; }
}

lab() {
	[ "$(id -u)" -eq 0 ] || { echo "recipes need root for network namespaces" >&2; exit 1; }
	need ip:iproute2 tcpdump:tcpdump ethtool:ethtool
	ip netns add "$TAG-tap"
	ip -n "$TAG-tap" link add br0 type bridge
	ip -n "$TAG-tap" link set br0 up
	local h i=0
	for h; do
		i=$((i + 1))
		HOSTS+=("$h")
		ip netns add "$TAG-$h"
		ip -n "$TAG-tap" link add "p$i" type veth peer name eth0 netns "$TAG-$h"
		ip -n "$TAG-tap" link set "p$i" master br0 up
		# shellcheck disable=SC2046
		ip -n "$TAG-$h" link set eth0 address $(printf '02:57:%02x:%02x:%02x:%02x' ${ADDR[$h]//./ })
		quiet on "$h" sysctl -w net.ipv6.conf.all.disable_ipv6=1 || true
		ip -n "$TAG-$h" addr add "${ADDR[$h]}/32" dev eth0
		ip -n "$TAG-$h" link set lo up
		ip -n "$TAG-$h" link set eth0 up
		ip -n "$TAG-$h" route add default dev eth0
		# real checksums and real segment sizes on the wire
		quiet on "$h" ethtool -K eth0 tx off tso off gso off gro off
	done
}

on() { local h=$1; shift; ip netns exec "$TAG-$h" "$@"; }

serve() {
	local h=$1; shift
	setsid ip netns exec "$TAG-$h" "$@" >>"$TMP/serve.log" 2>&1 </dev/null &
	PIDS+=($!)
	disown
}

port() {
	for _ in $(seq 50); do
		quiet on "$1" bash -c "exec 3<>/dev/tcp/$2/$3" && return
		sleep 0.1
	done
	echo "nothing answers at $2:$3" >&2
	cat "$TMP/serve.log" >&2
	exit 1
}

record() {
	ip netns exec "$TAG-tap" tcpdump -Z root -i br0 --immediate-mode -B 32768 -U -s 0 -w "$1" "${2:-ip and not igmp}" 2>"$TMP/tap.log" &
	TAP_PID=$!
	for _ in $(seq 50); do
		grep -q 'listening on' "$TMP/tap.log" && return
		sleep 0.1
	done
	echo "tcpdump did not start" >&2
	exit 1
}

finish() {
	sleep 0.7
	quiet kill -INT "$TAP_PID" && wait "$TAP_PID" || true
	grep -q '^0 packets dropped by kernel' "$TMP/tap.log" || { cat "$TMP/tap.log" >&2; exit 1; }
	TAP_PID=
}

# --- servers that several recipes use ---------------------------------------

# accounts HOST-DIR USER PASSWORD: passwd and shadow files that only servers
# started through `as_host` see; the machine's own accounts stay untouched.
accounts() {
	mkdir -p "$1/home"
	sed "/^$2:/d" /etc/passwd >"$1/passwd"
	echo "$2:x:4242:4242::$1/home:/bin/sh" >>"$1/passwd"
	echo "$2:$(openssl passwd -6 "$3"):19000:0:99999:7:::" >"$1/shadow"
	chmod 600 "$1/shadow"
	chown 4242:4242 "$1/home"
}

# as_host HOST DIR CMD...: a server with the accounts of DIR
as_host() {
	local h=$1 d=$2; shift 2
	serve "$h" bash -c 'mount --bind "$0/passwd" /etc/passwd; mount --bind "$0/shadow" /etc/shadow
		mkdir -p /run/sshd /var/run/vsftpd/empty; exec "$@"' "$d" "$@"
}

sshd_on() { # HOST USER PASSWORD [TRIES]
	need sshd:openssh-server ssh:openssh-client ssh-keygen:openssh-client
	local d=$TMP/$1
	accounts "$d" "$2" "$3"
	quiet ssh-keygen -q -t ed25519 -N '' -f "$d/key"
	printf '%s\n' "HostKey $d/key" 'UsePAM no' 'PasswordAuthentication yes' 'PrintMotd no' \
		"MaxAuthTries ${4:-6}" 'MaxStartups 40' "PidFile $d/pid" >"$d/sshd_config"
	as_host "$1" "$d" "$(PATH=$PATH:/usr/sbin command -v sshd)" -D -f "$d/sshd_config"
	port "$1" "${ADDR[$1]}" 22
}

# login HOST USER PASSWORD TARGET [CMD]: ssh with a password, no questions
login() {
	printf '#!/bin/sh\necho "%s"\n' "$3" >"$TMP/ask"
	chmod +x "$TMP/ask"
	on "$1" env SSH_ASKPASS="$TMP/ask" SSH_ASKPASS_REQUIRE=force ssh -F none \
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
		-o NumberOfPasswordPrompts=1 -o PubkeyAuthentication=no "$2@${ADDR[$4]}" "${@:5}"
}

certificate() { # DIR CN
	mkdir -p "$1"
	quiet openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/C=CN/O=Wanglou lab/CN=$2" \
		-keyout "$1/key.pem" -out "$1/cert.pem"
}

nginx_on() { # HOST NAME
	need nginx:nginx-light openssl:openssl
	local d=$TMP/$1
	mkdir -p "$d/www/news" "$d/www/static"
	certificate "$d" "$2"
	local i
	for i in index guide news/1 news/2 news/3; do
		printf '<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>%s</title><link rel="stylesheet" href="/static/site.css"></head><body><h1>政务服务网</h1><p>办事指南、通知公告与在线申报。</p><ul>%s</ul></body></html>\n' \
			"$i" "$(seq -f '<li>通知公告第 %g 号</li>' -s '' 20)" >"$d/www/$i.html"
	done
	seq -f '.item-%g{margin:0;padding:2px;color:#234}' 60 >"$d/www/static/site.css"
	seq -f 'console.log("item %g");' 40 >"$d/www/static/site.js"
	cat >"$d/nginx.conf" <<-CONF
		user root; worker_processes 1; pid $d/pid; error_log $d/error.log;
		events { worker_connections 64; }
		http {
		  include /etc/nginx/mime.types; access_log off; root $d/www; server_tokens off;
		  client_body_temp_path $d; proxy_temp_path $d; fastcgi_temp_path $d; uwsgi_temp_path $d; scgi_temp_path $d;
		  server { listen 80; server_name _; }
		  server { listen 443 ssl; ssl_certificate $d/cert.pem; ssl_certificate_key $d/key.pem; ssl_protocols TLSv1.2 TLSv1.3; }
		}
	CONF
	serve "$1" "$(PATH=$PATH:/usr/sbin command -v nginx)" -c "$d/nginx.conf" -g 'daemon off;' -e "$d/error.log"
	port "$1" "${ADDR[$1]}" 443
}

dns_on() { # HOST; forwards the tunnel's domain to the host c2
	need dnsmasq:dnsmasq-base dig:bind9-dnsutils
	serve "$1" "$(PATH=$PATH:/usr/sbin command -v dnsmasq)" -k -C /dev/null -u root --no-resolv --no-hosts \
		--pid-file= --listen-address="${ADDR[$1]}" --bind-interfaces --local=/city.example/ \
		--address=/www.city.example/"${ADDR[portal]}" --address=/app.city.example/"${ADDR[app]}" \
		--address=/news.example.com/"${ADDR[news]}" --host-record=mirror.example.org,192.0.2.181 \
		--mx-host=city.example,mail.city.example,10 --host-record=mail.city.example,10.10.1.25 \
		--txt-record=city.example,'v=spf1 mx -all' --server=/cdn-update.example/"${ADDR[c2]}"
	sleep 0.5
}

victim_on() { # HOST: the harmless stand-in for an exploitable application
	serve "$1" /usr/bin/python3 "$RECIPES/victim.py" "${ADDR[$1]}" 8080
	port "$1" "${ADDR[$1]}" 8080
}
