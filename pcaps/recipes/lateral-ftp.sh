#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# makes: lateral-ftp.pcap	vsftpd, curl	a clear-text FTP login, refused once, then a listing and a file taken
. "$(dirname "$0")/lib.sh"
need vsftpd:vsftpd curl:curl
lab inner share
D=$TMP/share
accounts "$D" dataxchg 'Share#2020'
seq -f '3401%014g,企业登记,2026-08' 1 300 >"$D/home/export.csv"
chown -R 4242:4242 "$D/home"
printf '%s\n' listen=YES listen_ipv6=NO anonymous_enable=NO local_enable=YES background=NO seccomp_sandbox=NO \
	xferlog_enable=NO "listen_address=${ADDR[share]}" pam_service_name=vsftpd >"$TMP/vsftpd.conf"
as_host share "$D" "$(PATH=$PATH:/usr/sbin command -v vsftpd)" "$TMP/vsftpd.conf"
port share "${ADDR[share]}" 21
U=ftp://${ADDR[share]}
record "$OUT/lateral-ftp.pcap"
on inner curl -s -o /dev/null --disable-epsv -u 'dataxchg:share2020' "$U/" || true
on inner curl -s -o /dev/null --disable-epsv -u 'dataxchg:Share#2020' "$U/" || true
on inner curl -sS -o /dev/null --disable-epsv -u 'dataxchg:Share#2020' "$U/export.csv"
finish
