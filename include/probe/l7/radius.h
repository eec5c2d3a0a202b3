/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_radius: RADIUS packets (RFC 2865, 2866, 3162, 3576/5176) and the EAP in them (RFC 3748, 3579).
 *
 * Pure: views into the packet out, no allocation. Nothing is decrypted. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_RADIUS_H
#define WANGLOU_PROBE_L7_RADIUS_H

#include "lib/cursor.h"
#include "probe/l7/parse.h"

enum radius_code {
	RADIUS_ACCESS_REQUEST = 1,
	RADIUS_ACCESS_ACCEPT = 2,
	RADIUS_ACCESS_REJECT = 3,
	RADIUS_ACCESS_CHALLENGE = 11,
};

enum radius_attribute {
	RADIUS_USER_NAME = 1,
	RADIUS_USER_PASSWORD = 2,
	RADIUS_CHAP_PASSWORD = 3,
	RADIUS_NAS_IP = 4,
	RADIUS_NAS_PORT = 5,
	RADIUS_REPLY_MESSAGE = 18,
	RADIUS_VENDOR_SPECIFIC = 26,
	RADIUS_ACCT_INPUT_OCTETS = 42,
	RADIUS_ACCT_OUTPUT_OCTETS = 43,
	RADIUS_ACCT_INPUT_GIGAWORDS = 52,
	RADIUS_ACCT_OUTPUT_GIGAWORDS = 53,
	RADIUS_EAP_MESSAGE = 79,
	RADIUS_MESSAGE_AUTHENTICATOR = 80,
};

struct radius {
	uint8_t code, id;
	struct view attributes; /* for radius_next */
};

struct radius_eap {
	uint8_t code, id, type; /* type 0: none */
	struct view identity;   /* ptr NULL: none; as much as the first attribute has */
};

/* A datagram: bytes of the packet (what follows is padding), or L7_BAD when it is none or its
 * attributes do not fill it. */
long
radius_parse(struct view bytes, struct radius *out);

/* The next attribute; false at the end. */
bool
radius_next(struct cursor *c, uint8_t *type, struct view *value);

/* Attributes that have a length they may not have (RFC 2865, 5). */
unsigned
radius_wrong(const struct radius *m);

/* The value of the first attribute of a type; false when there is none. */
bool
radius_find(const struct radius *m, uint8_t type, struct view *value);

/* The EAP packet that the first EAP-Message begins; false when there is none. */
bool
radius_eap(const struct radius *m, struct radius_eap *out);

/* "access_request", NULL when there is none. */
const char *
radius_code_name(uint8_t code);

#endif
