#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# makes: l7-tls.pcap	openssl	TLS 1.0 with an expired weak certificate, 1.2 with a client certificate and resumption, 1.3 with a PSK, DTLS 1.2
. "$(dirname "$0")/lib.sh"
need openssl:openssl
lab office app
cd "$TMP"
weak='ALL:@SECLEVEL=0'
ca() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 3650 -subj "/O=Lab/CN=Lab CA"; }
signed() { # NAME DAYS KEY...
	local name=$1 days=$2
	shift 2
	openssl req -newkey "$@" -nodes -keyout "$name.key" -out "$name.csr" -subj "/O=Lab/CN=$name.example"
	openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days "$days" -out "$name.pem" \
		-extfile <(echo "subjectAltName=DNS:$name.example")
}
quiet ca
quiet signed server 365 ec -pkeyopt ec_paramgen_curve:P-256
quiet signed client 365 rsa:2048
quiet signed old -1 rsa:1024
run() { on office timeout 5 openssl s_client -connect "${ADDR[app]}:$1" "${@:2}" </dev/null >/dev/null 2>&1 || true; }

serve app openssl s_server -accept 4431 -cert old.pem -key old.key -tls1 -cipher "$weak" -www
serve app openssl s_server -accept 4432 -cert server.pem -key server.key -cert_chain ca.pem -CAfile ca.pem -Verify 1 -tls1_2 -www
serve app openssl s_server -accept 4433 -cert server.pem -key server.key -cert_chain ca.pem -tls1_3 -alpn h2 -www
serve app bash -c 'sleep 60 | openssl s_server -accept 4434 -cert server.pem -key server.key -cert_chain ca.pem -dtls1_2 -listen -quiet'
for p in 4431 4432 4433; do port app "${ADDR[app]}" $p; done
record "$OUT/l7-tls.pcap"
run 4431 -tls1 -cipher "$weak" -servername old.example
run 4432 -tls1_2 -cert client.pem -key client.key -servername server.example -sess_out s12 -no_ticket
run 4432 -tls1_2 -cert client.pem -key client.key -servername server.example -sess_in s12 -no_ticket
(sleep 1) | on office timeout 5 openssl s_client -connect "${ADDR[app]}:4433" -tls1_3 -servername server.example -alpn h2 -sess_out s13 >/dev/null 2>&1 || true
run 4433 -tls1_3 -servername server.example -alpn h2 -sess_in s13
run 4434 -dtls1_2 -servername server.example
finish
