#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# makes: l7_directory.pcap	MIT Kerberos, slapd, snmpd, FreeRADIUS, chrony, dnsmasq and their clients	logins that succeed and fail, searches and changes, gets and traps, clocks, a lease; every name and password is invented
# makes: l7_dhcpv6.pcap	dnsmasq, dhclient	an IPv6 address by DHCPv6
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
need krb5kdc:krb5-kdc kinit:krb5-user slapd:slapd ldapsearch:ldap-utils snmpd:snmpd snmpget:snmp \
	freeradius:freeradius radtest:freeradius-utils chronyd:chrony ntpdig:ntpsec-ntpdig dnsmasq:dnsmasq-base \
	udhcpc:udhcpc dhclient:isc-dhcp-client openssl:openssl
lab office admin dns
A=${ADDR[admin]}
D=$TMP/directory
mkdir -p "$D/kdc" "$D/ldap" "$D/radius" "$D/snmp"

# --- Kerberos: a user, one who needs no pre-authentication, a service with an old cipher
cat >"$D/krb5.conf" <<-CONF
	[libdefaults]
	 default_realm = LAB.EXAMPLE
	 dns_lookup_kdc = false
	 rdns = false
	 allow_weak_crypto = true
	 permitted_enctypes = aes256-cts aes128-cts rc4-hmac
	[realms]
	 LAB.EXAMPLE = {
	  kdc = $A
	 }
	[domain_realm]
	 .lab.example = LAB.EXAMPLE
CONF
sed 's/^\[libdefaults\]/&\n udp_preference_limit = 1/' "$D/krb5.conf" >"$D/krb5-tcp.conf"
cat >"$D/kdc.conf" <<-CONF
	[kdcdefaults]
	 kdc_listen = $A:88
	 kdc_tcp_listen = $A:88
	[realms]
	 LAB.EXAMPLE = {
	  database_name = $D/kdc/db
	  key_stash_file = $D/kdc/stash
	  supported_enctypes = aes256-cts:normal aes128-cts:normal rc4-hmac:normal
	  default_principal_flags = +preauth
	 }
CONF
export KRB5_CONFIG=$D/krb5.conf KRB5_KDC_PROFILE=$D/kdc.conf KRB5CCNAME=FILE:$D/cache
quiet kdb5_util create -s -r LAB.EXAMPLE -P 'Master#0000'
quiet kadmin.local -q "addprinc -pw Anna#2026 anna"
quiet kadmin.local -q "addprinc -pw Bernd#2026 -requires_preauth bernd"
quiet kadmin.local -q "addprinc -randkey -e rc4-hmac:normal http/old.lab.example"
quiet kadmin.local -q "addprinc -randkey host/files.lab.example"
serve admin krb5kdc -n
port admin "$A" 88

# --- LDAP
certificate "$D/ldap" ldap.lab.example
cat >"$D/ldap/slapd.conf" <<-CONF
	include /etc/ldap/schema/core.schema
	include /etc/ldap/schema/cosine.schema
	include /etc/ldap/schema/inetorgperson.schema
	modulepath /usr/lib/ldap
	moduleload back_mdb
	pidfile $D/ldap/pid
	TLSCertificateFile $D/ldap/cert.pem
	TLSCertificateKeyFile $D/ldap/key.pem
	database mdb
	suffix dc=lab,dc=example
	rootdn cn=admin,dc=lab,dc=example
	rootpw Admin#2026
	directory $D/ldap
CONF
serve admin slapd -d 0 -f "$D/ldap/slapd.conf" -h "ldap://$A"
port admin "$A" 389

# --- SNMP
cat >"$D/snmp/snmpd.conf" <<-CONF
	agentaddress udp:$A:161
	rocommunity public
	rocommunity Lesen#2026
	createUser anna SHA Anna#2026-auth AES Anna#2026-priv
	rouser anna priv
	sysLocation machine room
	sysContact noc@lab.example
CONF
serve admin env SNMP_PERSISTENT_DIR="$D/snmp" snmpd -f -Lo -C -c "$D/snmp/snmpd.conf" -I -ifTable

# --- RADIUS
cat >"$D/radius/radiusd.conf" <<-CONF
	prefix = /usr
	libdir = /usr/lib/freeradius
	run_dir = $D/radius
	logdir = $D/radius
	client office {
	 ipaddr = ${ADDR[office]}
	 secret = "Secret#2026"
	}
	modules {
	 pap { }
	 chap { }
	 files {
	  filename = $D/radius/users
	 }
	 always ok {
	  rcode = ok
	 }
	}
	server default {
	 listen {
	  type = auth
	  ipaddr = $A
	  port = 1812
	 }
	 listen {
	  type = acct
	  ipaddr = $A
	  port = 1813
	 }
	 authorize {
	  chap
	  files
	  pap
	 }
	 authenticate {
	  Auth-Type PAP {
	   pap
	  }
	  Auth-Type CHAP {
	   chap
	  }
	 }
	 accounting {
	  ok
	 }
	}
CONF
printf 'anna Cleartext-Password := "Anna#2026"\n\tReply-Message := "Welcome, anna",\n\tFramed-IP-Address := 10.10.8.99,\n\tTunnel-Private-Group-Id:1 := "42"\n' >"$D/radius/users"
serve admin freeradius -f -l stdout -d "$D/radius" -n radiusd

# --- NTP and DHCP
printf 'local stratum 8\nallow\nport 123\nbindaddress %s\ncmdport 0\npidfile %s\n' "$A" "$D/chrony.pid" >"$D/chrony.conf"
serve admin chronyd -x -d -u root -f "$D/chrony.conf"
serve dns dnsmasq -k -C /dev/null -u root --port=0 --pid-file= --interface=eth0 --dhcp-leasefile="$D/leases" \
	--dhcp-range=10.10.8.100,10.10.8.120,255.255.255.0,1h --domain=lab.example --dhcp-option=option:router,10.10.8.1 \
	--dhcp-option=option:dns-server,10.10.1.53 --dhcp-option=option:ntp-server,10.10.8.11
on dns ip addr add 10.10.8.2/24 dev eth0
sleep 2

record "$OUT/l7_directory.pcap"
secret() { printf '%s\n' "$1" | quiet on office kinit "$2" || true; }
secret 'Wrong#2026' anna
secret 'Anna#2026' anna
quiet on office kvno http/old.lab.example || true
secret 'Bernd#2026' bernd
secret 'x' nobody
KRB5_CONFIG=$D/krb5-tcp.conf secret 'Anna#2026' anna
KRB5_CONFIG=$D/krb5-tcp.conf quiet on office kvno host/files.lab.example || true

L=(-x -H "ldap://$A")
R=("${L[@]}" -D cn=admin,dc=lab,dc=example -w 'Admin#2026')
export LDAPTLS_REQCERT=never
printf '%s\n' 'dn: dc=lab,dc=example' 'objectClass: dcObject' 'objectClass: organization' 'o: Lab' 'dc: lab' '' \
	'dn: uid=anna,dc=lab,dc=example' 'objectClass: inetOrgPerson' 'cn: Anna Example' 'sn: Example' 'uid: anna' \
	'mail: anna@lab.example' 'userPassword: Anna#2026' >"$D/add.ldif"
quiet on office ldapadd "${R[@]}" -f "$D/add.ldif"
quiet on office ldapsearch "${L[@]}" -D uid=anna,dc=lab,dc=example -w 'Wrong#2026' -b dc=lab,dc=example || true
quiet on office ldapsearch "${L[@]}" -D uid=anna,dc=lab,dc=example -w 'Anna#2026' -b dc=lab,dc=example \
	'(&(objectClass=person)(|(uid=an*)(!(mail=*))))' cn mail userPassword
printf '%s\n' 'dn: uid=anna,dc=lab,dc=example' 'changetype: modify' 'replace: mail' 'mail: a.example@lab.example' - \
	'add: telephoneNumber' 'telephoneNumber: 1234' >"$D/modify.ldif"
quiet on office ldapmodify "${R[@]}" -f "$D/modify.ldif"
quiet on office ldapcompare "${R[@]}" uid=anna,dc=lab,dc=example sn:Example || true
quiet on office ldappasswd "${R[@]}" -s 'New#2026' uid=anna,dc=lab,dc=example
quiet on office ldapmodrdn "${R[@]}" -r uid=anna,dc=lab,dc=example uid=anna.example
quiet on office ldapdelete "${R[@]}" uid=anna.example,dc=lab,dc=example
quiet on office ldapsearch "${L[@]}" -ZZ -b dc=lab,dc=example || true

quiet on office snmpget -v1 -c public "$A" 1.3.6.1.2.1.1.6.0 1.3.6.1.2.1.1.99.0 || true
quiet on office snmpbulkget -v2c -c 'Lesen#2026' "$A" 1.3.6.1.2.1.1
quiet on office snmpget -v2c -c 'Raten#2026' -r0 -t1 "$A" 1.3.6.1.2.1.1.1.0 || true
quiet on office snmpget -v3 -l authPriv -u anna -a SHA -A 'Anna#2026-auth' -x AES -X 'Anna#2026-priv' "$A" 1.3.6.1.2.1.1.5.0
quiet on office snmpget -v3 -l authNoPriv -u anna -a SHA -A 'Wrong#2026-auth' -r0 -t1 "$A" 1.3.6.1.2.1.1.5.0 || true
quiet on office snmptrap -v1 -c public "$A" 1.3.6.1.4.1.99999 10.10.8.31 6 7 1234 1.3.6.1.4.1.99999.1 s 'door open'
quiet on office snmptrap -v2c -c public "$A" 1234 1.3.6.1.6.3.1.1.5.3 1.3.6.1.2.1.2.2.1.1.2 i 2

quiet on office radtest anna 'Anna#2026' "$A" 7 'Secret#2026' 0 10.10.8.31 || true
quiet on office radtest anna 'Wrong#2026' "$A" 7 'Secret#2026' 0 10.10.8.31 || true
quiet on office radtest -t chap anna 'Anna#2026' "$A" 8 'Secret#2026' 0 10.10.8.31 || true
printf 'User-Name = anna\nAcct-Status-Type = Stop\nAcct-Session-Id = "0001"\nAcct-Session-Time = 61\nAcct-Input-Octets = 1000\nAcct-Input-Gigawords = 1\nAcct-Output-Octets = 2000\nCalling-Station-Id = 02-57-0a-0a-08-1f\nNAS-IP-Address = 10.10.8.31\n' |
	quiet on office radclient "$A:1813" acct 'Secret#2026' || true

quiet on office ntpdig -t 1 "$A" || true
quiet on office timeout 10 udhcpc -i eth0 -f -q -n -t 3 -x hostname:office-7 -s /bin/true -V 'lab client' || true
finish

for h in office dns; do on $h sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.eth0.disable_ipv6=0 net.ipv6.conf.eth0.accept_dad=0; done
on dns ip -6 addr add fd00:10:10:8::2/64 dev eth0 nodad
serve dns dnsmasq -k -C /dev/null -u root --port=0 --pid-file= --interface=eth0 --dhcp-leasefile="$D/leases6" \
	--dhcp-range=fd00:10:10:8::100,fd00:10:10:8::1ff,64,1h --domain=lab.example \
	--dhcp-option=option6:dns-server,[fd00:10:10:8::2] --dhcp-option=option6:domain-search,lab.example
sleep 3
ip netns exec "$TAG-tap" tcpdump -Z root -i br0 --immediate-mode -U -w "$OUT/l7_dhcpv6.pcap" 'udp port 546 or udp port 547' 2>"$TMP/tap.log" &
TAP_PID=$!
sleep 1
printf 'send fqdn.fqdn "office-7.lab.example.";\nsend fqdn.encoded on;\n' >"$D/dhclient.conf"
quiet on office ip link set eth0 up
sleep 2
quiet on office timeout 15 dhclient -6 -1 -v -d -cf "$D/dhclient.conf" -lf "$D/dhclient.leases" -pf "$D/dhclient.pid" -sf /bin/true eth0 || true
finish
