#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# makes: brute-ssh.pcap	hydra, openssh	36 wrong passwords for one account, then the right one, then a login that uses it
. "$(dirname "$0")/lib.sh"
need hydra:hydra
lab app inner
sshd_on inner sysadm 'Admin@123' 2
{ seq -f 'Passw0rd%g' 36; echo 'Admin@123'; } >"$TMP/words"
record "$OUT/brute-ssh.pcap"
(cd "$TMP" && on app timeout 300 hydra -I -q -t 4 -l sysadm -P "$TMP/words" "ssh://${ADDR[inner]}") >"$TMP/hydra.log" 2>&1 || true
grep -q 'password: Admin@123' "$TMP/hydra.log" || { cat "$TMP/hydra.log" >&2; exit 1; }
sleep 2
login app sysadm 'Admin@123' inner 'hostname; ls /etc; cat /etc/hosts' >/dev/null
finish
