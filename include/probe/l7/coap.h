/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_coap: CoAP over UDP (RFC 7252) and TCP (RFC 8323), with Observe (RFC 7641) and block-wise
 * transfers (RFC 7959).
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_COAP_H
#define WANGLOU_PROBE_L7_COAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

enum coap_option_number {
	COAP_URI_HOST = 3,
	COAP_OBSERVE = 6,
	COAP_URI_PORT = 7,
	COAP_LOCATION_PATH = 8,
	COAP_URI_PATH = 11,
	COAP_CONTENT_FORMAT = 12,
	COAP_MAX_AGE = 14,
	COAP_URI_QUERY = 15,
	COAP_ACCEPT = 17,
	COAP_LOCATION_QUERY = 20,
	COAP_BLOCK2 = 23,
	COAP_BLOCK1 = 27,
	COAP_SIZE2 = 28,
	COAP_PROXY_URI = 35,
	COAP_PROXY_SCHEME = 39,
	COAP_SIZE1 = 60
};

struct coap_message {
	uint8_t type; /* 0 CON, 1 NON, 2 ACK, 3 RST; UDP */
	uint8_t code; /* class in the high three bits */
	uint16_t id;  /* UDP */
	struct view token, options, payload;
};

struct coap_option {
	uint32_t number;
	struct view value;
};

/* Walks the options; `number` starts at 0. */
struct coap_walk {
	struct cursor c;
	uint32_t number;
};

/* A datagram. Returns its length or L7_BAD. */
long
coap_datagram(struct view bytes, struct coap_message *out);

/* The header of a message in a stream. Returns bytes before the token, L7_MORE; *body gets the
 * bytes from the token on. */
long
coap_header(struct view bytes, uint32_t *body);

/* A message in a stream, header included; its payload may be cut. Returns bytes used or L7_BAD. */
long
coap_stream(struct view bytes, struct coap_message *out);

/* Before the first option. */
struct coap_walk
coap_walk(struct view options);

/* The next option; false at the end. */
bool
coap_next(struct coap_walk *w, struct coap_option *out);

/* An option's value as a number. */
uint32_t
coap_number(struct view value);

/* True for the options that are registered, with a length they may have. */
bool
coap_known(const struct coap_option *o);

/* "GET", "2.05 Content" without its number: "Content"; NULL when there is none. */
const char *
coap_code_name(uint8_t code);

#endif
