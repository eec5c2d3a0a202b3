#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# makes: l7-files-ftp.pcap	vsftpd, curl, lftp	files over FTP: passive, active, IPv6, uploads, appended, from an offset; tests/e2e/l7-files-ftp knows the digests
# makes: l7-files-tftp.pcap	tftpd-hpa, tftp-hpa, curl	files over TFTP read and written with several block sizes, one refused; tests/e2e/l7-files-tftp knows the digests
. "$(dirname "$0")/lib.sh"
need vsftpd:vsftpd curl:curl lftp:lftp in.tftpd:tftpd-hpa tftp:tftp-hpa openssl:openssl
CASES=$RECIPES/../../tests/e2e
lab inner share
A=${ADDR[share]} A6=fd57::40
for pair in inner/fd57::20 share/$A6; do
	h=${pair%%/*}
	quiet on "$h" sysctl -w net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.eth0.disable_ipv6=0
	ip -n "$TAG-$h" -6 addr add "${pair#*/}/64" dev eth0 nodad
done

noise() { # SEED BYTES: the same bytes in every run
	openssl enc -aes-128-ctr -K "$(printf %032x "$1")" -iv 0 -in /dev/zero 2>/dev/null | head -c "$2" || true
}
digests() { # FILE: all four, and the size, as fields
	printf 'fileinfo.md5: "%s", fileinfo.sha1: "%s", fileinfo.sha256: "%s", fileinfo.sm3: "%s", fileinfo.size: %d' \
		"$(md5sum <"$1" | cut -d' ' -f1)" "$(sha1sum <"$1" | cut -d' ' -f1)" \
		"$(sha256sum <"$1" | cut -d' ' -f1)" "$(openssl dgst -sm3 <"$1" | sed 's/.* //')" "$(stat -c %s "$1")"
}
file() { # COUNT FILE FIELDS: a check
	echo "- filter: {match: {event_type: fileinfo, fileinfo.state: CLOSED, fileinfo.gaps: false, $3, $(digests "$2")}, count: $1}"
}
record_both() { # FILE: IPv6 as well
	record "$1" '(ip and not igmp) or (ip6 and (tcp or udp))'
}
cd "$TMP"

# --- FTP --------------------------------------------------------------------
D=$TMP/share
accounts "$D" dataxchg 'Share#2020'
noise 1 1200 >"$D/home/data.bin"
noise 2 1500 >scan.bin
noise 3 1 >one.bin
noise 4 700 >more.bin
: >empty.bin
tail -c +701 "$D/home/data.bin" >rest.bin
tail -c +501 scan.bin >scan-rest.bin
chown -R 4242:4242 "$D/home"
head -c 500 scan.bin >"$D/home/half.bin"
chown 4242:4242 "$D/home/half.bin"
printf '%s\n' listen=NO listen_ipv6=YES anonymous_enable=NO local_enable=YES write_enable=YES background=NO \
	seccomp_sandbox=NO xferlog_enable=NO connect_from_port_20=YES pam_service_name=vsftpd >vsftpd.conf
as_host share "$D" "$(PATH=$PATH:/usr/sbin command -v vsftpd)" "$TMP/vsftpd.conf"
port share "$A" 21
ftp() { on inner curl -sS -o /dev/null --connect-timeout 5 -u 'dataxchg:Share#2020' "$@" || echo "curl says $?: $*" >&2; }
U=ftp://$A U6="ftp://[$A6]"
record_both "$OUT/l7-files-ftp.pcap"
ftp "$U/data.bin"                        # EPSV
ftp --disable-epsv "$U/data.bin"         # PASV
ftp -P - "$U/data.bin"                   # EPRT
ftp -P - --disable-eprt "$U/data.bin"    # PORT
ftp "$U6/data.bin"
ftp -P - "$U6/data.bin"
ftp -r 700- "$U/data.bin"               # REST
ftp -T scan.bin "$U/in-passive.bin" -T one.bin "$U/one.bin" -T empty.bin "$U/empty.bin"
ftp -P - -T scan.bin "$U/in-active.bin"
ftp -T scan.bin "$U6/in-six.bin"
ftp -a -T more.bin "$U/one.bin"          # APPE
on inner lftp -c "set ftp:ssl-allow no; set ftp:use-site-utime no; set ftp:use-site-utime2 no
	open -u 'dataxchg,Share#2020' $A; put -c scan.bin -o half.bin" >/dev/null # REST and STOR
finish
cmp "$D/home/in-passive.bin" scan.bin
cmp "$D/home/in-active.bin" scan.bin
cmp "$D/home/in-six.bin" scan.bin
cmp "$D/home/half.bin" scan.bin
mkdir -p "$CASES/l7-files-ftp"
{
	echo "pcap: pcaps/l7-files-ftp.pcap"
	echo 'args: [--set, "files.digests=md5,sha1,sha256,sm3"]'
	echo "checks:"
	file 6 "$D/home/data.bin" "app_proto: ftp-data, fileinfo.filename: data.bin"
	file 2 "$D/home/data.bin" "fileinfo.filename: data.bin, proto: TCP, 'src_ip.__startswith': 'fd57:'"
	file 1 rest.bin "fileinfo.filename: data.bin, ftp_data.command: RETR, ftp_data.offset: 700"
	file 1 scan.bin "fileinfo.filename: in-passive.bin, ftp_data.command: STOR"
	file 1 scan.bin "fileinfo.filename: in-active.bin, ftp_data.command: STOR"
	file 1 scan.bin "fileinfo.filename: in-six.bin, ftp_data.command: STOR"
	file 1 one.bin "fileinfo.filename: one.bin, ftp_data.command: STOR"
	file 1 more.bin "fileinfo.filename: one.bin, ftp_data.command: APPE"
	file 1 scan-rest.bin "fileinfo.filename: half.bin, ftp_data.command: STOR, ftp_data.offset: 500"
	echo "- filter: {match: {event_type: fileinfo}, count: 13}"
	echo "- filter: {match: {event_type: anomaly}, count: 0}"
	echo "absent: ['Share#2020']"
} >"$CASES/l7-files-ftp/test.yaml"

# --- TFTP -------------------------------------------------------------------
R=$TMP/tftp
mkdir -p "$R"
noise 5 1300 >"$R/boot.cfg"
noise 6 4000 >"$R/image.bin"
noise 7 1024 >"$R/whole.bin" # the last block is empty
: >"$R/nothing.bin"
noise 8 2500 >saved.bin
chmod -R a+rwX "$R"
serve share "$(PATH=$PATH:/usr/sbin command -v in.tftpd)" -L -c -s -u root -p -a "$A:69" "$R"
serve share "$(PATH=$PATH:/usr/sbin command -v in.tftpd)" -L -c -s -u root -p -6 -a "[$A6]:69" "$R"
sleep 1
T=tftp://$A T6="tftp://[$A6]"
get() { on inner curl -sS -o /dev/null -m 5 "$@" || echo "curl says $?: $*" >&2; }
record_both "$OUT/l7-files-tftp.pcap"
get --tftp-no-options "$T/boot.cfg"
get "$T/image.bin"
get --tftp-blksize 1428 "$T/image.bin"
get --tftp-blksize 1024 "$T/whole.bin"
get "$T6/image.bin"
quiet get "$T/absent.cfg" || true
get --tftp-no-options -T saved.bin "$T/saved-plain.bin"
get --tftp-blksize 1000 -T saved.bin "$T/saved-blocks.bin"
get -T saved.bin "$T6/saved-six.bin"
on inner tftp -m binary "$A" -c get boot.cfg boot.out >/dev/null
on inner tftp -m binary "$A" -c put saved.bin saved-hpa.bin >/dev/null
on inner tftp -m binary "$A" -c get nothing.bin nothing.out >/dev/null
finish
for f in plain blocks six hpa; do cmp saved.bin "$R/saved-$f.bin"; done
mkdir -p "$CASES/l7-files-tftp"
{
	echo "pcap: pcaps/l7-files-tftp.pcap"
	echo 'args: [--set, "files.digests=md5,sha1,sha256,sm3"]'
	echo "checks:"
	file 2 "$R/boot.cfg" "app_proto: tftp, fileinfo.filename: boot.cfg"
	file 3 "$R/image.bin" "fileinfo.filename: image.bin, tftp.packet: read"
	file 1 "$R/whole.bin" "fileinfo.filename: whole.bin, tftp.packet: read"
	file 1 "$R/nothing.bin" "fileinfo.filename: nothing.bin, tftp.packet: read"
	echo "- filter: {match: {event_type: tftp, tftp.file: image.bin, tftp.packet: read, tftp.blksize: 1428}, count: 1}"
	echo "- filter: {match: {event_type: tftp, tftp.file: whole.bin, tftp.packet: read, tftp.blksize: 1024}, count: 1}"
	echo "- filter: {match: {event_type: tftp, tftp.file: saved-blocks.bin, tftp.packet: write, tftp.blksize: 1000, tftp.tsize: 2500}, count: 1}"
	for f in plain blocks six hpa; do
		file 1 saved.bin "fileinfo.filename: saved-$f.bin, tftp.packet: write"
	done
	echo "- filter: {match: {event_type: tftp, tftp.packet: error, tftp.file: absent.cfg, tftp.error_code: 1}, count: 1}"
	echo "- filter: {match: {event_type: anomaly}, count: 0}"
} >"$CASES/l7-files-tftp/test.yaml"
