/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_opcua: OPC UA binary over TCP (OPC 10000-6: 5.2 encoding, 6.7 secure conversation, 7.1
 * transport; services of OPC 10000-4). Messages of channels that encrypt are named, not read.
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_OPCUA_H
#define WANGLOU_PROBE_L7_OPCUA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

enum opcua_type {
	OPCUA_HEL,
	OPCUA_ACK,
	OPCUA_ERR,
	OPCUA_RHE,
	OPCUA_OPN,
	OPCUA_MSG,
	OPCUA_CLO,
	OPCUA_TYPES
};

struct opcua_chunk {
	enum opcua_type type;
	char final; /* F: last, C: more follow, A: given up */
	uint32_t size;
	/* hello and acknowledge */
	uint32_t version, receive_buffer, send_buffer, max_message, max_chunks;
	struct view endpoint;
	/* error */
	uint32_t error;
	struct view reason;
	/* secure channel */
	uint32_t channel, token, sequence, request;
	struct view policy;           /* of OPN: address of the policy */
	bool certificate, thumbprint; /* of OPN: the sender's, the receiver's */
	struct view body;             /* behind the headers; may be encrypted */
};

/* A node id (5.2.2.9). */
struct opcua_node {
	uint16_t space;
	uint8_t kind; /* 'i' number, 's' text, 'g' GUID, 'b' bytes */
	uint32_t number;
	struct view text;
};

/* What a body begins with: which service, and its header. */
struct opcua_message {
	uint32_t service; /* number of the encoding in namespace 0 */
	bool request;
	struct view token; /* authentication token of a request: a secret */
	uint32_t handle;
	uint32_t result; /* of a response */
	struct cursor rest;
};

/* A variant's value (5.2.2.16). */
struct opcua_value {
	uint8_t type;     /* built-in type, 1 to 25; 0: none */
	bool array, more; /* more: dimensions or what cannot be shown follows */
	uint32_t count;
	struct cursor items;
};

/* One element of it. */
enum opcua_is {
	OPCUA_NULL,
	OPCUA_BOOL,
	OPCUA_INT,
	OPCUA_UINT,
	OPCUA_REAL,
	OPCUA_TEXT,
	OPCUA_BYTES,
	OPCUA_TIME,
	OPCUA_NODE,
	OPCUA_STATUS
};
struct opcua_item {
	enum opcua_is is;
	int64_t number;
	uint64_t whole;
	double real;
	struct view text;
	struct opcua_node node;
};

/* A data value: value, status, times. */
struct opcua_data {
	struct opcua_value value;
	bool has_status;
	uint32_t status;
	uint64_t source_time, server_time; /* 100 ns since 1601; 0: none */
};

/* Bytes of the chunk that begins here, L7_MORE or L7_BAD. */
long
opcua_length(struct view bytes);

/* A whole chunk; false when it is too short for its type. */
bool
opcua_chunk(struct view bytes, struct opcua_chunk *out);

/* The beginning of a body in clear; false when it is none. */
bool
opcua_message(struct view body, struct opcua_message *out);

/* Parts of messages, each false when short. A text of length -1 has ptr NULL. */
bool
opcua_text(struct cursor *c, struct view *out);
bool
opcua_localized(struct cursor *c, struct view *out);
bool
opcua_node(struct cursor *c, struct opcua_node *out);
bool
opcua_qualified(struct cursor *c, struct view *out);
bool
opcua_data(struct cursor *c, struct opcua_data *out);
/* An extension object: its type and its bytes (empty when it has none). */
bool
opcua_extension(struct cursor *c, struct opcua_node *type, struct view *body);
/* The next element of a value; false at the end. */
bool
opcua_item(struct opcua_value *v, struct opcua_item *out);

/* Name of a service by the number of its encoding ("Read"), and whether that is the request. NULL
 * for unknown ones. */
const char *
opcua_service(uint32_t number, bool *request);

/* "Good", "BadNodeIdUnknown", ...; NULL for codes without a name here. */
const char *
opcua_status(uint32_t code);

/* A request that changes something: Write, Call, history updates, nodes and references. */
bool
opcua_control(uint32_t service);

#endif
