/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_dhcp: DHCP messages (RFC 2131) and their options (RFC 2132 and IANA's registry).
 *
 * Pure: views into the message out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_DHCP_H
#define WANGLOU_PROBE_L7_DHCP_H

#include "lib/cursor.h"
#include "probe/l7/parse.h"

enum dhcp_option {
	DHCP_SUBNET_MASK = 1,
	DHCP_ROUTER = 3,
	DHCP_DNS = 6,
	DHCP_HOSTNAME = 12,
	DHCP_DOMAIN = 15,
	DHCP_NTP = 42,
	DHCP_REQUESTED_IP = 50,
	DHCP_LEASE_TIME = 51,
	DHCP_OVERLOAD = 52,
	DHCP_TYPE = 53,
	DHCP_SERVER_ID = 54,
	DHCP_PARAMS = 55,
	DHCP_MESSAGE = 56,
	DHCP_RENEWAL_TIME = 58,
	DHCP_REBINDING_TIME = 59,
	DHCP_VENDOR_CLASS = 60,
	DHCP_CLIENT_ID = 61,
	DHCP_TFTP_SERVER = 66,
	DHCP_BOOTFILE = 67,
	DHCP_USER_CLASS = 77,
	DHCP_FQDN = 81,
	DHCP_RELAY_AGENT = 82,
	DHCP_PROXY_CONFIG = 252,
};

struct dhcp {
	uint8_t op; /* 1 from a client, 2 from a server */
	uint8_t htype, hlen, hops;
	uint8_t type; /* option 53, 0 without (BOOTP) */
	uint32_t id;
	uint16_t secs, flags;
	struct view client_ip, assigned_ip, next_server_ip, relay_ip; /* four octets */
	struct view mac;                                              /* hlen octets, 16 at most */
	struct view server, file; /* sname and file up to their zero octet */
	struct view options;      /* behind the cookie, for dhcp_next */
};

/* A datagram: its bytes, or L7_BAD. Damaged options do not make it bad. */
long
dhcp_parse(struct view bytes, struct dhcp *out);

/* The next option other than pad. False at the end mark, at the end, or when its length goes
 * beyond; then *cut says so. */
bool
dhcp_next(struct cursor *c, uint8_t *code, struct view *value, bool *cut);

/* The first option of a code; false when there is none. */
bool
dhcp_find(const struct dhcp *m, uint8_t code, struct view *value);

/* "discover", NULL when there is none. */
const char *
dhcp_type_name(uint8_t type);

/* Name of an option that is asked for, "subnet_mask"; NULL when there is none. */
const char *
dhcp_option_name(uint8_t code);

#endif
