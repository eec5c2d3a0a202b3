#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# makes: benign-web.pcap	nginx, curl	harmless: citizens and an office reading the portal and a news site, HTTP and HTTPS
. "$(dirname "$0")/lib.sh"
need curl:curl
lab citizen1 citizen2 citizen3 office portal news
nginx_on portal www.city.example
nginx_on news news.example.com

FF='Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'
EDGE='Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0'
visit() { # HOST AGENT NAME ADDR SCHEME PATH...
	local h=$1 agent=$2 at="--resolve $3:80:$4 --resolve $3:443:$4" base=$5://$3; shift 5
	# shellcheck disable=SC2086
	on "$h" curl -sk $at -A "$agent" -H 'Accept: text/html,*/*;q=0.8' \
		-H 'Accept-Language: zh-CN,zh;q=0.9' "${@/#/$base}" >/dev/null || true
}
record "$OUT/benign-web.pcap"
P="www.city.example ${ADDR[portal]}" N="news.example.com ${ADDR[news]}"
# shellcheck disable=SC2086
for i in 1 2 3 1 2; do
	visit citizen1 "$FF" $P http / /static/site.css /news/$i.html
	visit citizen2 "$EDGE" $P https / /guide.html
	visit office "$EDGE" $N https / /news/$i.html
	visit citizen3 "$FF" $P http /guide.html "/search?q=select+a+service&page=$i"
	visit office "$FF" $P http / /static/site.js
	visit office "$EDGE" $N http /news/$i.html
	visit citizen2 "$EDGE" $P http /news/$i.html /favicon.ico
	visit citizen1 "$FF" $P https /guide.html
done
finish
