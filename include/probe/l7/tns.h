/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_tns: Oracle's Transparent Network Substrate, as far as it is known in public (Oracle Net
 * Services documentation for the connect descriptors; the packets as open decoders describe them).
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_TNS_H
#define WANGLOU_PROBE_L7_TNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

enum tns_type {
	TNS_CONNECT = 1,
	TNS_ACCEPT = 2,
	TNS_ACK = 3,
	TNS_REFUSE = 4,
	TNS_REDIRECT = 5,
	TNS_DATA = 6,
	TNS_NULL = 7,
	TNS_ABORT = 9,
	TNS_RESEND = 11,
	TNS_MARKER = 12,
	TNS_ATTENTION = 13,
	TNS_CONTROL = 14
};

#define TNS_HEADER 8
#define TNS_WIDE_VERSION 315 /* from here on lengths have four bytes behind ACCEPT */

struct tns_connect {
	uint16_t version, compatible, data_length;
	struct view data; /* the descriptor; empty when it comes in a packet of its own */
};

/* The header. Returns 8, L7_MORE or L7_BAD; *body gets the bytes behind it. */
long
tns_header(struct view bytes, bool wide, uint8_t *type, uint32_t *body);

/* Body of CONNECT. */
bool
tns_connect(struct view body, struct tns_connect *out);

/* Body of REFUSE: its reasons and text. */
bool
tns_refuse(struct view body, uint8_t reason[2], struct view *text);

/*
 * The value of KEY in a descriptor like (A=(KEY=value)(B=...)), in any case of letters: the first
 * of that name behind `from`, an enclosing name, or NULL. False when there is none.
 */
bool
tns_value(struct view descriptor, const char *from, const char *key, struct view *out);

/* The first "ORA-01017: ..." in a packet: number and text up to the line's end. */
bool
tns_error(struct view body, uint32_t *number, struct view *text);

#endif
