/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_dcerpc: messages of DCE/RPC (The Open Group C706, chapter 12; [MS-RPCE] 2.2.2), version 5 over
 * streams and pipes, version 4 over datagrams; names of well-known interfaces and their operations
 * from Microsoft's protocol documents.
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_DCERPC_H
#define WANGLOU_PROBE_L7_DCERPC_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "probe/l7/parse.h"

enum dcerpc_type {
	DCERPC_REQUEST = 0,
	DCERPC_PING = 1,
	DCERPC_RESPONSE = 2,
	DCERPC_FAULT = 3,
	DCERPC_WORKING = 4,
	DCERPC_NOCALL = 5,
	DCERPC_REJECT = 6,
	DCERPC_ACK = 7,
	DCERPC_BIND = 11,
	DCERPC_BINDACK = 12,
	DCERPC_BINDNAK = 13,
	DCERPC_ALTER_CONTEXT = 14,
	DCERPC_ALTER_CONTEXT_RESP = 15,
	DCERPC_AUTH3 = 16,
	DCERPC_SHUTDOWN = 17,
	DCERPC_CANCEL = 18,
	DCERPC_ORPHANED = 19,
	DCERPC_RTS = 20
};

#define DCERPC_FIRST 0x01  /* pfc_flags: first fragment */
#define DCERPC_LAST 0x02   /* last fragment */
#define DCERPC_OBJECT 0x80 /* an object UUID is there */

#define DCERPC_HEADER 16
#define DCERPC_CL_HEADER 80

struct dcerpc_uuid {
	uint32_t a;
	uint16_t b, c, d;
	uint64_t e; /* 48 bits */
};

/* Common header of version 5. */
struct dcerpc_header {
	uint8_t major, minor, type, flags;
	bool little;
	uint16_t length; /* of the whole fragment */
	uint16_t auth;   /* bytes of the authentication token behind its 8-byte header */
	uint32_t call;
};

/* Header of version 4 (datagrams). */
struct dcerpc_cl_header {
	uint8_t type, flags;
	bool little;
	struct dcerpc_uuid object, interface, activity;
	uint32_t version, sequence;
	uint16_t opnum, length, fragment;
};

/* What all versions of a REQUEST, RESPONSE or FAULT say behind the header. */
struct dcerpc_call {
	uint16_t context, opnum; /* opnum: REQUEST */
	uint32_t status;         /* FAULT */
	struct view args;        /* as far as it is there */
	uint32_t args_size;      /* as the length says; authentication counts with it, as in EVE */
};

/* An interface offered in a BIND or ALTER_CONTEXT. */
struct dcerpc_offer {
	uint16_t context;
	struct dcerpc_uuid uuid;
	uint16_t major, minor;
};

/* The header of version 5; L7_MORE under 16 bytes, L7_BAD when it is none. Returns 16. */
long
dcerpc_header(struct view data, struct dcerpc_header *out);

/* The header of version 4; the same values; returns 80. */
long
dcerpc_cl_header(struct view data, struct dcerpc_cl_header *out);

/* The part of a REQUEST, RESPONSE or FAULT behind the header. `body` may be cut (then the size
 * still counts); false when even its fixed part is not there. */
bool
dcerpc_call(const struct dcerpc_header *h, struct view body, struct dcerpc_call *out);

/* Offers of a BIND or ALTER_CONTEXT one by one: begin, then next until false. */
bool
dcerpc_offers(const struct dcerpc_header *h, struct view body, struct cursor *c, uint8_t *count);
bool
dcerpc_offer(const struct dcerpc_header *h, struct cursor *c, struct dcerpc_offer *out);

/* Answers of a BINDACK or ALTER_CONTEXT_RESP in the order of the offers. */
bool
dcerpc_results(const struct dcerpc_header *h, struct view body, struct cursor *c, uint8_t *count);
bool
dcerpc_result(const struct dcerpc_header *h, struct cursor *c, uint16_t *result, uint16_t *reason);

/* Why a BINDNAK refuses; -1 when it does not say. */
int
dcerpc_nak(const struct dcerpc_header *h, struct view body);

/* The authentication token at the end of a whole fragment (header included), its type (10: NTLM, 9:
 * SPNEGO, 16: Kerberos) in *type. Absent: ptr NULL. */
struct view
dcerpc_token(const struct dcerpc_header *h, struct view fragment, uint8_t *type);

/* The first endpoint of the first tower in the args of an ept_map response: its TCP port and the
 * address; 0 when there is none. */
uint16_t
dcerpc_endpoint(bool little, struct view args, struct dcerpc_uuid *interface);

/* EVE's name of a type: "REQUEST"; NULL for those unknown. */
const char *
dcerpc_type_name(uint8_t type);

/* "12345778-1234-abcd-ef00-0123456789ac"; room for 37 bytes. */
void
dcerpc_uuid_text(const struct dcerpc_uuid *u, char out[37]);

/* Neither may be NULL. */
bool
dcerpc_uuid_same(const struct dcerpc_uuid *a, const struct dcerpc_uuid *b);

/* "samr", and the operation's name; NULL when not known. */
const char *
dcerpc_interface(const struct dcerpc_uuid *u);
const char *
dcerpc_operation(const struct dcerpc_uuid *u, uint16_t opnum);

#endif
