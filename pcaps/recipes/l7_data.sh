#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# makes: l7-data.pcap	redis, mosquitto, MariaDB and PostgreSQL with their clients	harmless: logins with a wrong and the right password, statements, messages of two versions
# Root; everything runs in a network namespace of its own.
set -u
OUT=${OUT:-$(cd "$(dirname "$0")/.." && pwd)}
if test "${1:-}" != inside; then
	OUT=$OUT exec unshare -n bash "$0" inside
fi
ip link set lo up
work=$(mktemp -d) && chmod 755 "$work"
tcpdump -i lo -s0 -U --immediate-mode -w "$work/all.pcap" tcp >/dev/null 2>&1 &
dump=$!
redis-server --port 6390 --save '' --requirepass lab-secret >/dev/null 2>&1 &
redis=$!
mosquitto -p 1890 >/dev/null 2>&1 &
queue=$!
mkdir "$work/my" && chown mysql "$work/my"
mysql_install_db --user=mysql --datadir="$work/my" --auth-root-authentication-method=normal >/dev/null 2>&1
mariadbd --user=mysql --datadir="$work/my" --port=3390 --bind-address=127.0.0.1 --socket="$work/my/s" \
	--skip-ssl >/dev/null 2>&1 &
my=$!
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
mkdir "$work/pg" && chown postgres "$work/pg"
printf lab-pass >"$work/pw" && chmod 644 "$work/pw"
(cd / && runuser -u postgres -- "$bin/initdb" -D "$work/pg" -A scram-sha-256 --pwfile="$work/pw" >/dev/null 2>&1 &&
	runuser -u postgres -- "$bin/pg_ctl" -w -D "$work/pg" -o "-p 5490 -k $work/pg" start >/dev/null 2>&1)
for _ in $(seq 100); do test -S "$work/my/s" && break; sleep 0.2; done
redis-cli -p 6390 -a wrong ping
redis-cli -p 6390 -a lab-secret set colour blue
redis-cli -3 -p 6390 -a lab-secret config get maxmemory
mosquitto_pub -p 1890 -i meter -t lab/a -m hello -q 2
mosquitto_pub -V 5 -p 1890 -i meter -t lab/b -m hello -q 1
mariadb -S "$work/my/s" -e "create user lab@'127.0.0.1' identified by 'lab-pass'; grant all on *.* to lab@'127.0.0.1'"
mariadb -h127.0.0.1 -P3390 -ulab -pwrong -e 'select 1'
mariadb -h127.0.0.1 -P3390 -ulab -plab-pass -e "create database shop; use shop; create table t(a int, b text);
	insert into t values(1,'x'),(2,'y'); select * from t; set password = password('lab-new'); select * from nosuch"
cd /
PGPASSWORD=wrong psql -h 127.0.0.1 -p 5490 -U postgres -c 'select 1'
PGPASSWORD=lab-pass psql -h 127.0.0.1 -p 5490 -U postgres -c 'create table t(a int)' -c 'insert into t values(1),(2)' \
	-c 'select * from t' -c "alter role postgres password 'lab-new'" -c 'select * from nosuch'
sleep 2
kill $dump && wait $dump
tcpdump -r "$work/all.pcap" -w "$OUT/l7-data.pcap" 2>/dev/null
chmod 644 "$OUT/l7-data.pcap"
runuser -u postgres -- "$bin/pg_ctl" -D "$work/pg" -m fast stop >/dev/null 2>&1
kill $redis $queue $my
wait
rm -rf "$work"
