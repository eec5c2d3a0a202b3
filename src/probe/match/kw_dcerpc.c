/* SPDX-License-Identifier: Apache-2.0 */
/* dcerpc.iface and dcerpc.opnum: the interface a call goes to, and which of its operations. */
#include <ctype.h>

#include "probe/match_keyword.h"
#include "probe/match_run.h"

#define UUID_TEXT 36
#define RANGES 64

struct interface {
	char uuid[UUID_TEXT]; /* lower case */
	bool versioned;
	struct match_op_number version;
};

static bool
iface_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct interface *want = op->data;
	struct l7_ask ask = { .what = L7_BUF_DCERPC_IFACE, .dir = c->dir, .scratch = &m->scratch };
	struct view uuid;
	uint64_t version;
	if (c->in != MATCH_IN_TX || !l7_tx_buffer(&m->now.tx[c->tx], &ask, &uuid) ||
	    uuid.len != UUID_TEXT || memcmp(uuid.ptr, want->uuid, UUID_TEXT) != 0)
		return false;
	ask.what = L7_NUM_DCERPC_IFACE_VERSION;
	return !want->versioned || (l7_tx_number(&m->now.tx[c->tx], &ask, &version) &&
				       match_number_holds(&want->version, version));
}

static bool
uuid(struct view v, char out[UUID_TEXT])
{
	for (size_t i = 0; v.len == UUID_TEXT && i < UUID_TEXT; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? v.ptr[i] != '-' : !isxdigit(v.ptr[i]))
			return false;
		out[i] = (char)tolower(v.ptr[i]);
	}
	return v.len == UUID_TEXT;
}

/* "=1", "!1", "<2", ">0" */
static int
version(struct match_draft *d, const struct match_option *o, struct view v, struct interface *out)
{
	struct match_option number = *o;
	struct cursor c = cursor_of_view(v);
	uint8_t first;
	if (!cursor_peek(&c, 0, &first) || !strchr("=!<>", first))
		return match_fail(d, o->value_at, "write =1, !1, <2 or >0",
		    "\"%.*s\" is no version of an interface", (int)v.len, (const char *)v.ptr);
	(void)cursor_skip(&c, first == '=');
	number.value = (struct view){ c.at, cursor_left(&c) };
	out->versioned = true;
	return match_number_read(d, &number, 16, NULL, &out->version);
}

static int
key_iface(struct match_draft *d, const struct match_option *o)
{
	const struct l7_buffer_row *row = l7_buffer_row(L7_BUF_DCERPC_IFACE);
	struct view rest = o->value, part;
	struct interface want = { .versioned = false };
	if (!match_text_split(&rest, ',', &part) || !uuid(part, want.uuid))
		return match_fail(d, o->value_at, "write 12345678-1234-abcd-ef00-0123456789ab",
		    "\"%.*s\" is no UUID", (int)part.len, (const char *)part.ptr);
	while (match_text_split(&rest, ',', &part)) {
		if (match_text_same(part, "any_frag")) /* calls are looked at whole */
			continue;
		if (version(d, o, part, &want) != 0)
			return -1;
	}
	if (match_of_tx(d, o, row->protos, row->when) != 0)
		return -1;
	struct match_op *op = match_new_test(d, o, iface_holds);
	if (!op)
		return -1;
	op->data = match_arena_copy(d->arena, &want, sizeof(want));
	return op->data ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

/* ---- operations ---- */

struct ranges {
	uint8_t n;
	struct match_op_number one[RANGES];
};

static bool
opnum_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct ranges *all = op->data;
	struct l7_ask ask = { .what = L7_NUM_DCERPC_OPNUM, .dir = c->dir, .scratch = &m->scratch };
	uint64_t n;
	if (c->in != MATCH_IN_TX || !l7_tx_number(&m->now.tx[c->tx], &ask, &n))
		return false;
	for (uint8_t i = 0; i < all->n; i++) {
		if (match_number_holds(&all->one[i], n))
			return true;
	}
	return false;
}

/* "15-20": both ends belong to it. */
static bool
range(struct view v, struct match_op_number *out)
{
	struct view rest = v, low, high;
	int64_t a, b;
	(void)match_text_split(&rest, '-', &low);
	if (!rest.ptr || !match_text_split(&rest, '-', &high) || rest.ptr ||
	    !match_text_int(low, 0, UINT16_MAX, &a) || !match_text_int(high, 0, UINT16_MAX, &b) ||
	    a > b)
		return false;
	*out = (struct match_op_number){
		.compare = MATCH_BETWEEN, .a = (uint64_t)a, .b = (uint64_t)b
	};
	return true;
}

static int
key_opnum(struct match_draft *d, const struct match_option *o)
{
	const struct l7_number_row *row = l7_number_row(L7_NUM_DCERPC_OPNUM);
	struct match_option number = *o;
	struct view rest = o->value;
	struct ranges *all = match_arena_get(d->arena, sizeof(*all));
	if (!all)
		return match_fail(d, o->at, NULL, "out of memory");
	while (match_text_split(&rest, ',', &number.value)) {
		if (all->n == RANGES)
			return match_fail(d, o->value_at, NULL, "more than %d operations", RANGES);
		if (!range(number.value, &all->one[all->n]) &&
		    match_number_read(d, &number, 16, NULL, &all->one[all->n]) != 0)
			return -1;
		all->n++;
	}
	if (match_of_tx(d, o, row->protos, row->when) != 0)
		return -1;
	struct match_op *op = match_new_test(d, o, opnum_holds);
	if (!op)
		return -1;
	op->data = all;
	return 0;
}

const struct match_keyword match_keywords_dcerpc[] = {
	{ "dce_iface", key_iface, MATCH_KEY_VALUE, 0 },
	{ "dce_opnum", key_opnum, MATCH_KEY_VALUE, 0 },
	{ "dcerpc.iface", key_iface, MATCH_KEY_VALUE, 0 },
	{ "dcerpc.opnum", key_opnum, MATCH_KEY_VALUE, 0 },
	{ NULL, NULL, 0, 0 },
};
