#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# makes: scan-nmap.pcap	nmap, nginx	port scan of two DMZ hosts from outside, then version and script probes that name themselves
. "$(dirname "$0")/lib.sh"
need nmap:nmap
lab attacker portal app
nginx_on portal www.city.example
victim_on app
record "$OUT/scan-nmap.pcap"
on attacker nmap -n -Pn -sS --top-ports 300 --max-retries 1 -T4 "${ADDR[portal]}" "${ADDR[app]}" >/dev/null
on attacker nmap -n -Pn -sT -p 80 --script http-title,http-methods,http-robots.txt "${ADDR[portal]}" >/dev/null
on attacker nmap -n -Pn -sT -p 8080 --script http-title,http-headers "${ADDR[app]}" >/dev/null
finish
