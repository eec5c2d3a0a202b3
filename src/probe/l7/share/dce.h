/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dce: a DCERPC call as a transaction, and what a conversation agreed on; shared by the row of
 * DCERPC and by the pipes of SMB.
 *
 *	BIND, ALTER_CONTEXT --> contexts: number -> interface    REQUEST names a number only
 *
 * Texts and lists live in the bag of the transaction. One thread.
 */
#ifndef WANGLOU_PROBE_L7_SHARE_DCE_H
#define WANGLOU_PROBE_L7_SHARE_DCE_H

#include "../row.h"
#include "probe/l7/dcerpc.h"
#include "probe/l7/ntlm.h"

#define DCE_CONTEXTS 10 /* contexts of a conversation kept */

struct dce_interface {
	struct dcerpc_uuid uuid;
	uint16_t context, major, minor;
	uint16_t result, reason;
	bool answered;
};

struct dce_contexts {
	struct dce_interface one[DCE_CONTEXTS];
	uint8_t n;
};

struct dce_piece;

/* Arguments, for signatures; in pieces in the bag, and no more than some of them. */
struct dce_kept {
	struct dce_piece *first, *last;
	uint32_t n; /* bytes */
};

struct dce_call {
	bool used; /* there is one */
	bool asked, replied, datagram;
	uint8_t request, response; /* enum dcerpc_type */
	uint8_t minor;
	uint8_t offer_n;
	uint8_t token; /* type of the authentication */
	uint16_t context, opnum, endpoint;
	uint32_t call;
	uint32_t req_frags, res_frags;
	uint32_t req_size, res_size;
	uint32_t fault;
	uint32_t
	    returned; /* the last 4 bytes of a whole response in clear: what the call returned */
	bool returns;
	int nak;
	bool known; /* `bound` is what the context stands for */
	struct dce_interface bound;
	struct dce_interface *offers; /* of BIND and ALTER_CONTEXT, in the bag */
	struct dcerpc_uuid activity;  /* datagrams */
	struct ntlm_text *ntlm;       /* in the bag */
	struct dce_kept kept[2];      /* by direction */
};

/* Where the texts go. */
struct dce_place {
	struct l7 *l;
	struct bag *bag;
	struct dce_contexts *contexts; /* NULL: datagrams */
};

/* Is this fragment the client's? */
bool
dce_from_client(uint8_t type);

/* Take a fragment of the client into a call (its first one sets it up). `fragment` begins with the
 * header; all of it for BIND, ALTER_CONTEXT and AUTH3. */
void
dce_ask(const struct dce_place *at, struct dce_call *call, const struct dcerpc_header *h,
    struct view fragment);

/* The same for the server's. True: the answer is complete. */
bool
dce_answer(const struct dce_place *at, struct dce_call *call, const struct dcerpc_header *h,
    struct view fragment);

/* Does anybody answer this type of fragment? */
bool
dce_is_answered(uint8_t type);

/* Keep more of the arguments (dce_look.c). */
void
dce_keep(const struct dce_place *at, struct dce_kept *s, struct view args);

/* What signatures look at. */
bool
dce_buffer(const struct dce_call *call, const struct l7_ask *ask, struct view *out);
bool
dce_number(const struct dce_call *call, const struct l7_ask *ask, uint64_t *out);

/* Members of the EVE object dcerpc (key and braces are the caller's). */
void
dce_write(const struct dce_call *call, struct jw *w);

#endif
