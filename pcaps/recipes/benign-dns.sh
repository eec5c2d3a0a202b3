#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# makes: benign-dns.pcap	dnsmasq, dig	harmless: everyday lookups of several record types, some names that do not exist
. "$(dirname "$0")/lib.sh"
lab office admin inner dns
dns_on dns
ask() { on "$1" dig +tries=1 +time=1 "@${ADDR[dns]}" "${@:2}" >/dev/null || true; }
record "$OUT/benign-dns.pcap"
for _ in 1 2 3 4 5; do
	ask office www.city.example A
	ask office news.example.com A
	ask admin app.city.example AAAA
	ask inner mirror.example.org A
	ask inner city.example MX
	ask office city.example TXT
	ask admin printer-3f.city.example A
done
finish
