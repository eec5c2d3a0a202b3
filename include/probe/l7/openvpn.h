/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_openvpn: the control packets of OpenVPN (the protocol's description in its public
 * documentation: openvpn.net, "OpenVPN network protocol", and its wire-protocol draft). Pure: views
 * out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_OPENVPN_H
#define WANGLOU_PROBE_L7_OPENVPN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

enum openvpn_opcode {
	OPENVPN_RESET_CLIENT_1 = 1,
	OPENVPN_RESET_SERVER_1,
	OPENVPN_SOFT_RESET,
	OPENVPN_CONTROL,
	OPENVPN_ACK,
	OPENVPN_DATA_1,
	OPENVPN_RESET_CLIENT_2,
	OPENVPN_RESET_SERVER_2,
	OPENVPN_DATA_2,
	OPENVPN_RESET_CLIENT_3,
	OPENVPN_CONTROL_WKC
};

/* How control packets are protected. */
enum openvpn_guard {
	OPENVPN_UNKNOWN,
	OPENVPN_PLAIN,
	OPENVPN_AUTH,  /* tls-auth: a hash of guard_size bytes and a counter before the rest */
	OPENVPN_CRYPT, /* tls-crypt: the rest is encrypted */
	OPENVPN_CRYPT_2
};

struct openvpn_packet {
	uint8_t opcode, key_id;
	struct view session, peer; /* eight bytes; peer is absent without acknowledgements */
	uint8_t acks;
	uint32_t id;
	struct view payload; /* TLS bytes of a control packet */
};

/*
 * How the first packet of a session is protected, told by its size and its zeros; *size gets the
 * bytes of the hash. OPENVPN_UNKNOWN: it is no such packet.
 */
enum openvpn_guard
openvpn_guess(struct view packet, size_t *size);

/* One packet (of a datagram, or behind a length of TCP). What is encrypted is absent. False: it is
 * none. */
bool
openvpn_packet(
    struct view bytes, enum openvpn_guard guard, size_t size, struct openvpn_packet *out);

#endif
