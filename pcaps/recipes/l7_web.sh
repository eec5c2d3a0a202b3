#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# makes: l7-web-files.pcap	nginx, curl	downloads and uploads over HTTP/1.1 and HTTP/2: plain, chunked, gzip, brotli, in parts, forms; tests/e2e/l7-web-files knows the digests
# makes: l7-web-socket.pcap	Python websockets	one WebSocket conversation: texts, a binary message, pings, closed with a reason
# makes: l7-web-names.pcap	dig, dnsmasq, Python	DNS over UDP and TCP with EDNS, and questions by mDNS and LLMNR
. "$(dirname "$0")/lib.sh"
need curl:curl nginx:nginx-light brotli:brotli openssl:openssl dig:dnsutils dnsmasq:dnsmasq-base
[ -d /usr/lib/python3/dist-packages/websockets ] || quiet apt-get install -y python3-websockets
CASE=$RECIPES/../../tests/e2e/l7-web-files
lab office portal dns

d=$TMP/portal
mkdir -p "$d/www/br" "$d/in"
chmod 777 "$d/in"
seq -f 'Line %g of a page that packs well, 政务服务网.' 90 >"$d/www/page.txt"
openssl enc -aes-128-ctr -K 00112233445566778899aabbccddeeff -iv 0 -in /dev/zero 2>/dev/null |
	head -c 6000 >"$d/www/data.bin" || true
brotli -q 9 -o "$d/www/br/page.txt" "$d/www/page.txt"
head -c 3000 "$d/www/data.bin" >"$TMP/scan.bin"
printf 'name,amount\nLi,12\nWang,7\n' >"$TMP/list.csv"
cat >"$d/nginx.conf" <<-CONF
	user root; worker_processes 1; pid $d/pid; error_log $d/error.log;
	events { worker_connections 64; }
	http {
	  default_type application/octet-stream; access_log off; root $d/www; server_tokens off;
	  client_body_temp_path $d/in; proxy_temp_path $d; fastcgi_temp_path $d; uwsgi_temp_path $d; scgi_temp_path $d;
	  types { text/plain txt; }
	  server { listen 80; listen 8080 http2;
	    location /packed/ { alias $d/www/; gzip on; gzip_types text/plain; gzip_min_length 1; gzip_http_version 1.0; }
	    location /br/ { add_header Content-Encoding br; }
	    location /named/ { alias $d/www/; add_header Content-Disposition 'attachment; filename="report 1.bin"'; }
	    location /in/ { alias $d/in/; dav_methods PUT; create_full_put_path on; }
	    location /form { proxy_pass http://127.0.0.1:8081/; }
	  }
	  server { listen 127.0.0.1:8081; return 204; }
	}
CONF
serve portal nginx -c "$d/nginx.conf" -g 'daemon off;' -e "$d/error.log"
port portal "${ADDR[portal]}" 80
U=http://${ADDR[portal]} H2=http://${ADDR[portal]}:8080
get() { on office curl -s -o /dev/null -A 'recipe/1' "$@" || echo "curl says $?: $*" >&2; }

record "$OUT/l7-web-files.pcap"
get "$U/data.bin"
get "$U/page.txt"
get --compressed "$U/packed/page.txt"
get "$U/br/page.txt"
get "$U/named/data.bin"
get -r 0-2499 "$U/data.bin"
get -r 2500-5999 "$U/data.bin"
get -T "$TMP/scan.bin" "$U/in/scan.bin"
get -H 'Transfer-Encoding: chunked' -T "$TMP/list.csv" "$U/in/list.csv"
get -F who=Li -F "a=@$TMP/scan.bin;filename=scan 1.bin" -F "b=@$TMP/list.csv" "$U/form"
for path in packed/page.txt named/data.bin br/page.txt; do
	get --http2-prior-knowledge -H 'Accept-Encoding: gzip, br' "$H2/$path"
done
get --http2-prior-knowledge -T "$TMP/scan.bin" "$H2/in/scan.bin"
get -u 'clerk:Invented-1' "$U/data.bin?page=2" -r 0-9
finish

digests() { # FILE: the three of them as fields
	printf 'fileinfo.sha256: "%s", fileinfo.md5: "%s", fileinfo.sm3: "%s", fileinfo.size: %d' \
		"$(sha256sum <"$1" | cut -d' ' -f1)" "$(md5sum <"$1" | cut -d' ' -f1)" \
		"$(openssl dgst -sm3 <"$1" | sed 's/.* //')" "$(stat -c %s "$1")"
}
part() { tail -c +$(($2 + 1)) "$1" | head -c "$3" >"$TMP/part"; digests "$TMP/part"; }
check() { # COUNT, FIELDS
	echo "- filter: {match: {event_type: fileinfo, fileinfo.state: CLOSED, fileinfo.gaps: false, $2}, count: $1}"
}
{
	echo "pcap: pcaps/l7-web-files.pcap"
	echo 'args: [--set, "files.digests=md5,sha1,sha256,sm3"]'
	echo "checks:"
	check 2 "fileinfo.filename: /data.bin, $(digests "$d/www/data.bin")"
	check 1 "fileinfo.filename: /page.txt, $(digests "$d/www/page.txt")"
	check 2 "fileinfo.filename: /packed/page.txt, http.content_encoding: gzip, $(digests "$d/www/page.txt")"
	check 2 "fileinfo.filename: /br/page.txt, http.content_encoding: br, $(digests "$d/www/page.txt")"
	check 2 "fileinfo.filename: report 1.bin, $(digests "$d/www/data.bin")"
	check 1 "fileinfo.start: 0, fileinfo.end: 2499, $(part "$d/www/data.bin" 0 2500)"
	check 1 "fileinfo.start: 2500, fileinfo.end: 5999, $(part "$d/www/data.bin" 2500 3500)"
	check 2 "fileinfo.filename: /in/scan.bin, http.http_method: PUT, $(digests "$TMP/scan.bin")"
	check 1 "fileinfo.filename: /in/list.csv, $(digests "$TMP/list.csv")"
	check 1 "fileinfo.filename: scan 1.bin, $(digests "$TMP/scan.bin")"
	check 1 "fileinfo.filename: list.csv, $(digests "$TMP/list.csv")"
	echo '- filter: {match: {event_type: http, http.version: "2", http.http_method: GET, http.status: 200}, count: 3}'
	echo "- filter: {match: {event_type: http, http.authorization.scheme: Basic, http.authorization.user: clerk}, count: 1}"
	echo "- filter: {match: {event_type: anomaly}, count: 0}"
	echo "absent: [Invented-1, Y2xlcms6]"
} >"$CASE/test.yaml"

cat >"$TMP/ws.py" <<-PY
	import asyncio, sys, websockets
	async def answer(ws, path=None):
	    async for m in ws:
	        await ws.send(m[::-1])
	async def serve():
	    async with websockets.serve(answer, "0.0.0.0", 8765, ping_interval=None):
	        await asyncio.Future()
	async def ask(to):
	    async with websockets.connect("ws://%s:8765/chat" % to, compression=None, ping_interval=None) as ws:
	        for m in ("hello", "x" * 300, bytes(range(200))):
	            await ws.send(m)
	            await ws.recv()
	        await (await ws.ping(b"still there"))
	        await ws.close(1001, "going away")
	asyncio.run(ask(sys.argv[1]) if len(sys.argv) > 1 else serve())
PY
serve portal /usr/bin/python3 "$TMP/ws.py"
port portal "${ADDR[portal]}" 8765
record "$OUT/l7-web-socket.pcap"
on office /usr/bin/python3 "$TMP/ws.py" "${ADDR[portal]}"
finish

serve dns dnsmasq -k -C /dev/null --no-resolv --no-hosts --address=/city.example/10.10.1.10 \
	--mx-host=city.example,mail.city.example,10 --txt-record=city.example,v=spf1,second \
	--srv-host=_sip._tcp.city.example,pbx.city.example,5060,1,2 --caa-record=city.example,0,issue,ca.example
port dns "${ADDR[dns]}" 53
record "$OUT/l7-web-names.pcap"
ask() { on office dig +tries=1 +time=2 "@${ADDR[dns]}" "$@" >/dev/null || true; }
ask www.city.example A +subnet=192.0.2.0/24 +dnssec
ask city.example MX +tcp
ask city.example TXT +noedns
ask _sip._tcp.city.example SRV +keepopen +tcp
ask city.example CAA
ask nothing.invalid AAAA
on office /usr/bin/python3 - <<-'PY'
	import socket, struct
	def name(n): return b"".join(bytes([len(x)]) + x.encode() for x in n.split(".")) + b"\0"
	def message(flags, q, a=()):
	    m = struct.pack(">6H", 7 if flags & 1 else 0, flags & 0xfffe, len(q), len(a), 0, 0)
	    for n, t in q: m += name(n) + struct.pack(">2H", t, 1)
	    for n, t, d in a: m += name(n) + struct.pack(">2HIH", t, 0x8001 if t != 12 else 1, 120, len(d)) + d
	    return m
	def send(to, port, m):
	    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	    s.bind(("", port)); s.sendto(m, (to, port)); s.close()
	send("224.0.0.251", 5353, message(0, [("_ipp._tcp.local", 12), ("printer.local", 28)]))
	send("224.0.0.251", 5353, message(0x8400, [], [("_ipp._tcp.local", 12, name("Laser._ipp._tcp.local")),
	    ("printer.local", 1, bytes([10, 10, 8, 9])), ("Laser._ipp._tcp.local", 16, b"\4a=12\3b=x")]))
	send("224.0.0.252", 5355, message(1, [("wpad", 1)]))
PY
finish
