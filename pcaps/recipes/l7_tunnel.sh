#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# makes: l7-ike.pcap	strongSwan 5.9	IKEv2: a wrong key, no proposal in common, a login that succeeds and is closed (without ESP, which the kernel need not have)
# makes: l7-openvpn.pcap	OpenVPN 2.6	tunnels whose control channel is bare (UDP), has tls-auth (TCP) and tls-crypt (UDP)
# makes: l7-quic.pcap	ngtcp2	a page over HTTP/3 in version 1 and the draft of version 2, a version that is not spoken, a Retry
. "$(dirname "$0")/lib.sh"
need charon-systemd:charon-systemd swanctl:strongswan-swanctl openvpn:openvpn gtlsclient:ngtcp2-client \
	gtlsserver:ngtcp2-server openssl:openssl
lab office app
A=${ADDR[app]} B=${ADDR[office]}
cd "$TMP"
only=${1:-ike openvpn quic}
wanted() { [[ " $only " == *" $1 "* ]]; }

if wanted ike; then
	for h in office app; do
		mkdir -p "ike-$h"
		cat >"ike-$h/strongswan.conf" <<-EOF
			charon-systemd {
				plugins {
					vici {
						socket = unix://$TMP/ike-$h/vici
					}
				}
				filelog {
					log {
						path = $TMP/ike-$h/log
						default = 1
					}
				}
				load = random nonce aes sha1 sha2 hmac kdf pem pkcs1 x509 openssl gmp curve25519 socket-default kernel-netlink vici updown
				retransmit_tries = 1
			}
			swanctl {
				load = pem pkcs1 x509 openssl random
			}
		EOF
	done
	connection() { # NAME FROM TO FROM-NET TO-NET PROPOSAL SECRET
		printf '%s\n' 'connections {' "$1 {" 'version = 2' "local_addrs = $2" "remote_addrs = $3" "proposals = $6" \
			'local {' 'auth = psk' "id = $2" '}' 'remote {' 'auth = psk' "id = $3" '}' \
			'children {' "$1 {" "local_ts = $4" "remote_ts = $5" 'esp_proposals = aes128gcm16' '}' '}' '}' '}'
		printf '%s\n' 'secrets {' 'ike-1 {' "id-1 = $A" "id-2 = $B" "secret = \"$7\"" '}' '}'
	}
	N1=10.99.1.0/24 N2=10.99.2.0/24
	connection lab "$A" "$B" $N2 $N1 aes256-sha256-x25519 Tunnel-20 >ike-app/swanctl.conf
	connection good "$B" "$A" $N1 $N2 aes256-sha256-x25519 Tunnel-20 >ike-office/good.conf
	connection good "$B" "$A" $N1 $N2 aes256-sha256-x25519 tunnel20 >ike-office/wrong.conf
	connection weak "$B" "$A" $N1 $N2 aes128-sha1-modp1024 Tunnel-20 >ike-office/weak.conf
	for h in office app; do
		serve $h unshare -m bash -c "mount -t tmpfs none /run; exec env STRONGSWAN_CONF=$TMP/ike-$h/strongswan.conf charon-systemd"
	done
	swan() { local h=$1; shift; quiet on "$h" env STRONGSWAN_CONF="$TMP/ike-$h/strongswan.conf" timeout 20 swanctl "$@" --uri "unix://$TMP/ike-$h/vici" || true; }
	for _ in $(seq 50); do [ -S ike-app/vici ] && [ -S ike-office/vici ] && break; sleep 0.1; done
	swan app --load-all --file "$TMP/ike-app/swanctl.conf"
	record "$OUT/l7-ike.pcap"
	for c in wrong weak good; do
		swan office --load-all --clear --file "$TMP/ike-office/$c.conf"
		n=$c
		[ $c = wrong ] && n=good
		swan office --initiate --child $n
		swan office --terminate --ike $n
	done
	finish
	[ -z "${DEBUG:-}" ] || cat ike-office/log ike-app/log serve.log >&2
fi

if wanted openvpn; then
	mkdir -p vpn
	quiet openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout vpn/ca.key -out vpn/ca.pem -days 3650 -subj "/O=Lab/CN=Lab VPN CA"
	for n in gate clerk; do
		quiet openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout vpn/$n.key -out vpn/$n.csr -subj "/O=Lab/CN=$n.example"
		quiet openssl x509 -req -in vpn/$n.csr -CA vpn/ca.pem -CAkey vpn/ca.key -CAcreateserial -days 3650 -out vpn/$n.pem
	done
	openvpn --genkey secret vpn/static.key
	vpn() { # HOST NAME OPTIONS...
		local h=$1 n=$2; shift 2
		serve "$h" openvpn --dev null --ca vpn/ca.pem --cert vpn/$n.pem --key vpn/$n.key --verb 1 --ping 60 "$@"
	}
	gate() { vpn app gate --tls-server --dh none --local "$A" "$@"; }
	clerk() { vpn office clerk --tls-client --nobind --remote "$A" "$@" --connect-retry-max 1 --tls-version-max 1.2; }
	gate --port 1194 --proto udp4
	gate --port 1195 --proto tcp4-server --tls-auth vpn/static.key 0
	gate --port 1196 --proto udp4 --tls-crypt vpn/static.key
	sleep 1
	record "$OUT/l7-openvpn.pcap"
	clerk 1194 udp4
	clerk 1195 tcp4-client --tls-auth vpn/static.key 1
	clerk 1196 udp4 --tls-crypt vpn/static.key
	sleep 3
	finish
	[ -z "${DEBUG:-}" ] || cat serve.log >&2
fi

if wanted quic; then
	certificate quic app.city.example
	mkdir -p quic/www
	echo '<h1>notices</h1>' >quic/www/index.html
	quic() { serve app gtlsserver -q -d quic/www "$A" "$@" quic/key.pem quic/cert.pem; }
	quic 4433
	quic -V 4434
	sleep 1
	echo "$A app.city.example" >quic/hosts
	fetch() { # PORT OPTIONS...
		on office unshare -m bash -c 'mount --bind quic/hosts /etc/hosts; exec timeout 10 gtlsclient -q "${@:2}" \
			--exit-on-all-streams-close app.city.example "$1" https://app.city.example/index.html' fetch "$@" >>quic.log 2>&1 || true
	}
	record "$OUT/l7-quic.pcap"
	fetch 4433
	fetch 4433 -v v2draft
	fetch 4433 -v 0x1a2a3a4a
	fetch 4434
	finish
	[ -z "${DEBUG:-}" ] || cat quic.log serve.log >&2
fi
