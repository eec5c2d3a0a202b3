/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "probe/l7/dcerpc.h"

#define SECURITY_HEADER 8 /* sec_trailer */
#define OFFERS_MAX 64
#define TRANSFER_SIZE 20 /* a transfer syntax */

static bool
u16(struct cursor *c, bool little, uint16_t *out)
{
	return little ? cursor_u16_le(c, out) : cursor_u16(c, out);
}

static bool
u32(struct cursor *c, bool little, uint32_t *out)
{
	return little ? cursor_u32_le(c, out) : cursor_u32(c, out);
}

static bool
uuid(struct cursor *c, bool little, struct dcerpc_uuid *out)
{
	uint16_t high;
	uint32_t low;
	if (cursor_left(c) < 16)
		return false;
	(void)u32(c, little, &out->a);
	(void)u16(c, little, &out->b);
	(void)u16(c, little, &out->c);
	(void)cursor_u16(c, &out->d);
	(void)cursor_u16(c, &high);
	(void)cursor_u32(c, &low);
	out->e = (uint64_t)high << 32 | low;
	return true;
}

long
dcerpc_header(struct view data, struct dcerpc_header *out)
{
	struct cursor c = cursor_of_view(data);
	uint8_t order, b;
	if (cursor_peek(&c, 0, &b) && b != 5)
		return L7_BAD;
	if (cursor_peek(&c, 1, &b) && b > 1)
		return L7_BAD;
	if (cursor_peek(&c, 2, &b) &&
	    (b > DCERPC_RTS || (b > DCERPC_RESPONSE + 1 && b < DCERPC_BIND)))
		return L7_BAD;
	if (cursor_peek(&c, 4, &b) && b & 0xee)
		return L7_BAD;
	if (cursor_peek(&c, 5, &b) && b > 3)
		return L7_BAD;
	if (data.len < DCERPC_HEADER)
		return L7_MORE;
	(void)cursor_u8(&c, &out->major);
	(void)cursor_u8(&c, &out->minor);
	(void)cursor_u8(&c, &out->type);
	(void)cursor_u8(&c, &out->flags);
	(void)cursor_u8(&c, &order);
	out->little = order & 0x10;
	(void)cursor_skip(&c, 3);
	(void)u16(&c, out->little, &out->length);
	(void)u16(&c, out->little, &out->auth);
	(void)u32(&c, out->little, &out->call);
	return out->length < DCERPC_HEADER ? L7_BAD : DCERPC_HEADER;
}

long
dcerpc_cl_header(struct view data, struct dcerpc_cl_header *out)
{
	struct cursor c = cursor_of_view(data);
	uint8_t version, order;
	if (!cursor_u8(&c, &version) || version != 4 || !cursor_u8(&c, &out->type) ||
	    out->type > 10)
		return L7_BAD;
	if (data.len < DCERPC_CL_HEADER)
		return L7_BAD;
	(void)cursor_u8(&c, &out->flags);
	(void)cursor_skip(&c, 1);
	(void)cursor_u8(&c, &order);
	if (order & 0xee)
		return L7_BAD;
	out->little = order & 0x10;
	(void)cursor_skip(&c, 3);
	(void)uuid(&c, out->little, &out->object);
	(void)uuid(&c, out->little, &out->interface);
	(void)uuid(&c, out->little, &out->activity);
	(void)cursor_skip(&c, 4); /* server's boot time */
	(void)u32(&c, out->little, &out->version);
	(void)u32(&c, out->little, &out->sequence);
	(void)u16(&c, out->little, &out->opnum);
	(void)cursor_skip(&c, 4); /* hints */
	(void)u16(&c, out->little, &out->length);
	(void)u16(&c, out->little, &out->fragment);
	return DCERPC_CL_HEADER;
}

bool
dcerpc_call(const struct dcerpc_header *h, struct view body, struct dcerpc_call *out)
{
	struct cursor c = cursor_of_view(body);
	uint32_t all = (uint32_t)h->length - DCERPC_HEADER, fixed = 8;
	uint32_t hint;
	*out = (struct dcerpc_call){ 0 };
	if (all < 8 || !u32(&c, h->little, &hint) || !u16(&c, h->little, &out->context))
		return false;
	if (h->type == DCERPC_REQUEST) {
		if (!u16(&c, h->little, &out->opnum))
			return false;
		if (h->flags & DCERPC_OBJECT) {
			fixed += 16;
			if (!cursor_skip(&c, 16))
				return false;
		}
	} else if (!cursor_skip(&c, 2)) {
		return false;
	}
	if (h->type == DCERPC_FAULT) {
		if (!u32(&c, h->little, &out->status))
			return false;
		return true;
	}
	if (all < fixed)
		return false;
	out->args_size = all - fixed;
	size_t n = cursor_left(&c) < out->args_size ? cursor_left(&c) : out->args_size;
	return cursor_take(&c, n, &out->args);
}

bool
dcerpc_offers(const struct dcerpc_header *h, struct view body, struct cursor *c, uint8_t *count)
{
	(void)h;
	*c = cursor_of_view(body);
	return cursor_skip(c, 8) && cursor_u8(c, count) && cursor_skip(c, 3) &&
	       *count <= OFFERS_MAX;
}

bool
dcerpc_offer(const struct dcerpc_header *h, struct cursor *c, struct dcerpc_offer *out)
{
	uint8_t syntaxes;
	return u16(c, h->little, &out->context) && cursor_u8(c, &syntaxes) && cursor_skip(c, 1) &&
	       uuid(c, h->little, &out->uuid) && u16(c, h->little, &out->major) &&
	       u16(c, h->little, &out->minor) && cursor_skip(c, (size_t)syntaxes * TRANSFER_SIZE);
}

bool
dcerpc_results(const struct dcerpc_header *h, struct view body, struct cursor *c, uint8_t *count)
{
	uint16_t n;
	*c = cursor_of_view(body);
	if (!cursor_skip(c, 8) || !u16(c, h->little, &n))
		return false;
	size_t padded = (2 + (size_t)n + 3) / 4 * 4 - 2; /* behind the secondary address */
	return cursor_skip(c, padded) && cursor_u8(c, count) && cursor_skip(c, 3) &&
	       *count <= OFFERS_MAX;
}

bool
dcerpc_result(const struct dcerpc_header *h, struct cursor *c, uint16_t *result, uint16_t *reason)
{
	return u16(c, h->little, result) && u16(c, h->little, reason) &&
	       cursor_skip(c, TRANSFER_SIZE);
}

int
dcerpc_nak(const struct dcerpc_header *h, struct view body)
{
	struct cursor c = cursor_of_view(body);
	uint16_t reason;
	return u16(&c, h->little, &reason) ? reason : -1;
}

struct view
dcerpc_token(const struct dcerpc_header *h, struct view fragment, uint8_t *type)
{
	struct cursor c = cursor_of_view(fragment);
	struct view token = { 0 };
	size_t n = (size_t)h->auth + SECURITY_HEADER;
	if (!h->auth || h->length < DCERPC_HEADER + n || fragment.len < h->length)
		return token;
	(void)cursor_skip(&c, h->length - n);
	(void)cursor_u8(&c, type);
	(void)cursor_skip(&c, SECURITY_HEADER - 1);
	(void)cursor_take(&c, h->auth, &token);
	return token;
}

/* A floor of a tower: its protocol and two parts (C706, appendix L). */
static bool
floor_of(struct cursor *c, struct view *left, struct view *right)
{
	uint16_t n;
	return cursor_u16_le(c, &n) && cursor_take(c, n, left) && cursor_u16_le(c, &n) &&
	       cursor_take(c, n, right);
}

static uint16_t
tower(struct cursor *c, struct dcerpc_uuid *interface)
{
	struct view left, right;
	uint16_t floors, port = 0;
	if (!cursor_u16_le(c, &floors) || floors > 16)
		return 0;
	for (int i = 0; i < floors && floor_of(c, &left, &right); i++) {
		struct cursor l = cursor_of_view(left), r = cursor_of_view(right);
		uint8_t kind;
		if (!cursor_u8(&l, &kind))
			continue;
		if (i == 0 && kind == 0x0d)
			(void)uuid(&l, true, interface);
		else if (kind == 0x07 || kind == 0x08)
			(void)cursor_u16(&r, &port);
	}
	return port;
}

uint16_t
dcerpc_endpoint(bool little, struct view args, struct dcerpc_uuid *interface)
{
	struct cursor c = cursor_of_view(args);
	uint32_t count, length;
	/* handle (20), number of towers, array: room, offset, number, then one pointer each */
	if (!cursor_skip(&c, 20) || !u32(&c, little, &count) || !count || count > 64 ||
	    !cursor_skip(&c, 12) || !cursor_skip(&c, (size_t)count * 4) ||
	    !u32(&c, little, &length) || !cursor_skip(&c, 4))
		return 0;
	return tower(&c, interface);
}

const char *
dcerpc_type_name(uint8_t type)
{
	static const char *const names[] = { "REQUEST", "PING", "RESPONSE", "FAULT", "WORKING",
		"NOCALL", "REJECT", "ACK", "CL_CANCEL", "FACK", "CANCEL_ACK", "BIND", "BINDACK",
		"BINDNAK", "ALTER_CONTEXT", "ALTER_CONTEXT_RESP", "AUTH3", "SHUTDOWN", "CO_CANCEL",
		"ORPHANED", "RTS" };
	return type < sizeof(names) / sizeof(*names) ? names[type] : NULL;
}

void
dcerpc_uuid_text(const struct dcerpc_uuid *u, char out[37])
{
	(void)snprintf(out, 37, "%08x-%04x-%04x-%04x-%012llx", u->a, u->b, u->c, u->d,
	    (unsigned long long)u->e);
}

bool
dcerpc_uuid_same(const struct dcerpc_uuid *a, const struct dcerpc_uuid *b)
{
	return a->a == b->a && a->b == b->b && a->c == b->c && a->d == b->d && a->e == b->e;
}
