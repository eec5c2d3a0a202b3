/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_dhcpv6: DHCPv6 messages and their options (RFC 8415).
 *
 * Pure: views into the message out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_DHCPV6_H
#define WANGLOU_PROBE_L7_DHCPV6_H

#include "lib/cursor.h"
#include "probe/l7/parse.h"

enum dhcpv6_type { DHCPV6_RELAY_FORWARD = 12, DHCPV6_RELAY_REPLY = 13 };

enum dhcpv6_option {
	DHCPV6_CLIENT_ID = 1,
	DHCPV6_SERVER_ID = 2,
	DHCPV6_IA_NA = 3,
	DHCPV6_IA_TA = 4,
	DHCPV6_IA_ADDRESS = 5,
	DHCPV6_REQUESTED = 6,
	DHCPV6_PREFERENCE = 7,
	DHCPV6_ELAPSED = 8,
	DHCPV6_RELAY_MESSAGE = 9,
	DHCPV6_STATUS = 13,
	DHCPV6_RAPID_COMMIT = 14,
	DHCPV6_VENDOR_CLASS = 16,
	DHCPV6_INTERFACE_ID = 18,
	DHCPV6_DNS = 23,
	DHCPV6_DOMAINS = 24,
	DHCPV6_IA_PD = 25,
	DHCPV6_IA_PREFIX = 26,
	DHCPV6_SNTP = 31,
	DHCPV6_REMOTE_ID = 37,
	DHCPV6_FQDN = 39,
	DHCPV6_BOOTFILE = 59,
};

struct dhcpv6 {
	uint8_t type;
	uint32_t id;            /* transaction, 24 bits; 0 in relayed messages */
	uint8_t hops;           /* relayed */
	struct view link, peer; /* relayed: 16 octets; ptr NULL else */
	struct view options;    /* for dhcpv6_next */
};

/* A datagram, or the message inside a relayed one: its bytes, or L7_BAD when it is none. */
long
dhcpv6_parse(struct view bytes, struct dhcpv6 *out);

/* The next option; false at the end or where a length goes beyond. */
bool
dhcpv6_next(struct cursor *c, uint16_t *code, struct view *value);

/* The first option of a code; false when there is none. */
bool
dhcpv6_find(struct view options, uint16_t code, struct view *value);

/* Whether the options fill the message exactly. */
bool
dhcpv6_sound(struct view options);

/* "solicit", NULL when there is none. */
const char *
dhcpv6_type_name(uint8_t type);

#endif
