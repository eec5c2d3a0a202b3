/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_ike: the readable part of IKE: headers, chains of payloads, proposals and their transforms.
 *
 * Version 1 (RFC 2408, 2409, IANA's isakmp-registry) and 2 (RFC 7296, IANA's ikev2-parameters).
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_IKE_H
#define WANGLOU_PROBE_L7_IKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

#define IKE1_ENCRYPTED 0x01 /* flags of version 1 */
#define IKE2_INITIATOR 0x08 /* flags of version 2 */
#define IKE2_RESPONSE 0x20

enum ike_payload_type {
	IKE1_SA = 1,
	IKE1_PROPOSAL,
	IKE1_TRANSFORM,
	IKE1_KE,
	IKE1_NONCE = 10,
	IKE1_VENDOR = 13,
	IKE2_SA = 33,
	IKE2_KE = 34,
	IKE2_NONCE = 40,
	IKE2_NOTIFY = 41,
	IKE2_VENDOR = 43,
	IKE2_ENCRYPTED = 46,
	IKE2_FRAGMENT = 53
};

struct ike_message {
	struct view init_spi, resp_spi; /* eight bytes each */
	uint8_t next;                   /* type of the first payload */
	uint8_t major, minor, exchange, flags;
	uint32_t id;
	struct view payloads; /* encrypted ones of version 1 included */
};

/* A datagram, with or without the marker of UDP encapsulation (RFC 3948, 2.2). Returns bytes used
 * or L7_BAD. */
long
ike_message(struct view datagram, struct ike_message *out);

struct ike_payload {
	uint8_t type;
	struct view body;
};

/* The next payload of a chain; *next is the type of the first one, and is moved on. False at the
 * end, or when it is damaged. What is behind an encrypted payload is not read. */
bool
ike_payload(struct cursor *c, uint8_t *next, struct ike_payload *out);

#define IKE_ATTRIBUTES 12

/* One attribute of a transform; of version 2, also the transform itself as (type, id). */
struct ike_attribute {
	uint16_t type;
	uint64_t value; /* of up to eight bytes */
};

struct ike_transform {
	uint8_t proposal, number; /* version 1: numbers; version 2: type in `number` */
	uint16_t id;              /* version 1: 1 for IKE; version 2: transform ID */
	unsigned n;
	struct ike_attribute at[IKE_ATTRIBUTES];
};

/*
 * Transforms of the SA payload's body, one after the other, over all proposals. Begin with a zeroed
 * struct ike_walk.
 */
struct ike_walk {
	struct cursor sa, proposal;
	uint8_t major, number;
	bool begun;
	uint32_t doi; /* version 1 */
};

/* The next transform of a security association's payload (RFC 2408, 3.6; RFC 7296, 3.3.2), *w
 * zeroed before the first; false at the end. */
bool
ike_transform(struct ike_walk *w, struct view sa, uint8_t major, struct ike_transform *out);

/* EVE's names; NULL for numbers without one. */
const char *
ike_payload_text(uint8_t type);
const char *
ike_exchange_text(uint8_t exchange);
/* Of version 1: attribute types ("alg_enc") and their values ("EncAesCbc"). */
const char *
ike1_attribute_text(uint16_t type);
const char *
ike1_value_text(uint16_t type, uint64_t value);
/* Of version 2: keys of transform types, and IANA's names of transforms. */
const char *
ike2_type_text(uint8_t type);
const char *
ike2_transform_text(uint8_t type, uint16_t id);
/* Notify message types of version 2. */
const char *
ike2_notify_text(uint16_t type);

#endif
