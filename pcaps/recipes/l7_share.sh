#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# makes: l7_smb.pcap	samba 4.17, smbclient, rpcclient	SMB 1, 2.1 and 3.1.1: a refused login, files put, fetched, renamed and deleted, pipes with named DCERPC interfaces, an encrypted share
. "$(dirname "$0")/lib.sh"
need smbd:samba smbclient:smbclient rpcclient:smbclient
lab inner share
D=$TMP/smb
mkdir -p "$D/data" "$D/private" "$D/state"
seq -f '3401%014g,企业登记,2026-08' 1 90 >"$TMP/export.csv"
seq 1 900 >"$TMP/numbers.txt"
cp "$TMP/numbers.txt" "$D/data/stock.txt"
chmod -R 777 "$D/data"
cat >"$D/smb.conf" <<EOF
[global]
workgroup = CITY
netbios name = FILES40
server role = standalone server
private dir = $D/private
lock directory = $D/state
state directory = $D/state
cache directory = $D/state
pid directory = $D/state
ncalrpc dir = $D/state/ncalrpc
username map = $D/users
server min protocol = NT1
ntlm auth = ntlmv2-only
log file = $D/log
disable spoolss = yes
load printers = no
dns proxy = no
[data]
path = $D/data
read only = no
[sealed]
path = $D/data
read only = no
smb encrypt = required
EOF
echo 'nobody = clerk' >"$D/users"
printf 'Share#2020\nShare#2020\n' | pdbedit -s "$D/smb.conf" -a -t -u nobody >/dev/null
serve share smbd -F --no-process-group -s "$D/smb.conf"
port share "${ADDR[share]}" 445
A=${ADDR[share]}
smb() { on inner smbclient "//$A/$1" -U 'CITY\clerk%Share#2020' "${@:2}" >/dev/null 2>&1 || true; }
cd "$TMP"
record "$OUT/l7_smb.pcap"
on inner smbclient "//$A/data" -U 'CITY\clerk%share2020' -c ls >/dev/null 2>&1 || true
smb data -m SMB3_11 -c 'put export.csv 登记.csv; get stock.txt /dev/null; rename 登记.csv old.csv; del old.csv'
smb data -m SMB2_10 -c 'put numbers.txt numbers.txt'
smb data -m NT1 --option='client min protocol=NT1' -c 'put export.csv one.csv; get stock.txt /dev/null'
smb sealed -m SMB3_11 -c 'get stock.txt /dev/null'
on inner rpcclient -U 'CITY\clerk%Share#2020' "$A" -c 'srvinfo; enumdomusers; lsaquery' >/dev/null 2>&1 || true
finish
