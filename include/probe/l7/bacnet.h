/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_bacnet: BACnet/IP, building control (ANSI/ASHRAE 135-2020: annex J virtual link, clause 6
 * network, clause 20 encoding).
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_BACNET_H
#define WANGLOU_PROBE_L7_BACNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

#define BACNET_CONFIRMED 0
#define BACNET_UNCONFIRMED 1
#define BACNET_SIMPLE_ACK 2
#define BACNET_COMPLEX_ACK 3
#define BACNET_SEGMENT_ACK 4
#define BACNET_ERROR 5
#define BACNET_REJECT 6
#define BACNET_ABORT 7

struct bacnet {
	uint8_t function;   /* of the virtual link */
	bool miscounted;    /* the length it says is not the datagram's */
	int result;         /* of BVLC-Result; -1: none */
	int ttl;            /* of a registration, seconds; -1: none */
	struct view origin; /* of Forwarded-NPDU: address and port, 6 bytes */
	bool has_network;
	int source_network, dest_network; /* -1: not said */
	struct view source, dest;
	int hops, network_message; /* -1: none */
	bool expects_reply;
	uint8_t priority;
	bool has_apdu;
	uint8_t type; /* of the APDU */
	bool segmented, more;
	int sequence, window;   /* of segments; -1: none */
	int invoke_id, service; /* -1: none */
	int reason;             /* of a reject or abort; -1: none */
	bool server;
	struct view body; /* parameters of the service: tags */
};

struct bacnet_tag {
	uint8_t number;
	bool context, opening, closing;
	uint32_t length; /* bytes; of an application boolean its value */
	struct view bytes;
};

/* A property that is read, written or told. */
struct bacnet_property {
	int32_t object_type, instance; /* -1: not said */
	int64_t property, index, priority;
	struct view value; /* tags; ptr NULL: none */
	struct view error; /* class and code, tags */
};

/* Which context tags a service has for what; -1: none. */
struct bacnet_shape {
	int8_t object, list, property, index, value, error, priority;
};

struct bacnet_walk {
	struct cursor rest;
	const struct bacnet_shape *shape; /* NULL: a service without properties */
	struct bacnet_property at;
	bool in_list, pending;
};

/* A whole datagram. False when it is not of this protocol. */
bool
bacnet_parse(struct view bytes, struct bacnet *out);

/* The next tag; false at the end or when it does not fit. */
bool
bacnet_tag(struct cursor *c, struct bacnet_tag *out);

/* Number of an unsigned or enumerated value of up to four bytes; -1 for others. */
int64_t
bacnet_number(const struct bacnet_tag *tag);

/* Type and instance of an object identifier; false for another length. */
bool
bacnet_object(struct view bytes, int32_t *type, int32_t *instance);

/* The bytes between the opening tag `open`, just read, and its closing tag. */
bool
bacnet_inside(struct cursor *c, const struct bacnet_tag *open, struct view *out);

/* The properties of a message, one by one. */
struct bacnet_walk
bacnet_properties(const struct bacnet *m);
bool
bacnet_next(struct bacnet_walk *w, struct bacnet_property *out);

/* A request that changes something: writes, creates, deletes, reinitialises, silences. */
bool
bacnet_control(const struct bacnet *m);

/* Names of the standard; NULL for unknown numbers. */
const char *
bacnet_object_name(uint32_t type);
const char *
bacnet_property_name(uint32_t property);
const char *
bacnet_error_class(uint32_t number);
const char *
bacnet_error_code(uint32_t number);

#endif
