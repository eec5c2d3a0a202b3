/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_wireguard: the head of WireGuard's messages (Donenfeld, "WireGuard: Next Generation Kernel
 * Network Tunnel", 5.4). Pure, any thread.
 */
#ifndef WANGLOU_PROBE_L7_WIREGUARD_H
#define WANGLOU_PROBE_L7_WIREGUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cursor.h"

enum wireguard_type {
	WIREGUARD_INITIATION = 1,
	WIREGUARD_RESPONSE,
	WIREGUARD_COOKIE,
	WIREGUARD_DATA
};

struct wireguard_message {
	uint8_t type;              /* enum wireguard_type */
	uint32_t sender, receiver; /* the peers' numbers of the session; 0: not in this message */
	uint64_t counter;          /* of data */
};

/* False when it is none: another type, or not the size that its type has. */
bool
wireguard_message(struct view datagram, struct wireguard_message *out);

#endif
