/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/mongodb.h"

#include "probe/l7/parse.h"

#define LONGEST 0x4000000u /* 64 MiB; the server's limit is 48 MB */

const char *
mongodb_opcode_name(uint32_t opcode)
{
	static const struct {
		uint32_t opcode;
		const char *name;
	} names[] = { { MONGODB_REPLY, "OP_REPLY" }, { MONGODB_UPDATE, "OP_UPDATE" },
		{ MONGODB_INSERT, "OP_INSERT" }, { MONGODB_QUERY, "OP_QUERY" },
		{ MONGODB_GET_MORE, "OP_GET_MORE" }, { MONGODB_DELETE, "OP_DELETE" },
		{ MONGODB_KILL_CURSORS, "OP_KILL_CURSORS" },
		{ MONGODB_COMPRESSED, "OP_COMPRESSED" }, { MONGODB_MSG, "OP_MSG" } };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (names[i].opcode == opcode)
			return names[i].name;
	}
	return NULL;
}

long
mongodb_header(struct view bytes, struct mongodb_header *out)
{
	struct cursor c = cursor_of_view(bytes);
	if (!cursor_u32_le(&c, &out->length))
		return L7_MORE;
	if (out->length < MONGODB_HEADER || out->length > LONGEST)
		return L7_BAD;
	if (!cursor_u32_le(&c, &out->request) || !cursor_u32_le(&c, &out->response_to) ||
	    !cursor_u32_le(&c, &out->opcode))
		return L7_MORE;
	return mongodb_opcode_name(out->opcode) ? MONGODB_HEADER : L7_BAD;
}

static bool
take_name(struct cursor *c, struct view *out)
{
	size_t left = cursor_left(c);
	const uint8_t *nul = left ? memchr(c->at, 0, left) : NULL;
	return nul && cursor_take(c, (size_t)(nul - c->at), out) && cursor_skip(c, 1);
}

/* A document, or as much of it as there is. */
static bool
take_document(struct cursor *c, struct view *out)
{
	struct cursor at = *c;
	uint32_t n;
	if (!cursor_u32_le(&at, &n) || n < 5)
		return false;
	return cursor_take(c, n < cursor_left(c) ? n : cursor_left(c), out);
}

/* OP_MSG: sections of kind 0 (the body) and 1 (a sequence of documents). */
static bool
sections(struct cursor *c, struct mongodb_message *out)
{
	uint8_t kind;
	uint32_t n;
	if (!cursor_u32_le(c, &out->flags) || out->flags & 0xfffc)
		return false; /* of the first 16 bits those unknown must be 0 */
	while (cursor_u8(c, &kind)) {
		struct cursor at = *c;
		if (kind == 0)
			return take_document(c, &out->document);
		if (kind != 1 || !cursor_u32_le(&at, &n) || n < 5)
			return false;
		if (!cursor_skip(c, n))
			break;
	}
	return true;
}

bool
mongodb_message(struct view bytes, struct mongodb_message *out)
{
	struct cursor c = cursor_of_view(bytes);
	*out = (struct mongodb_message){ 0 };
	if (mongodb_header(bytes, &out->header) < 0)
		return false;
	(void)cursor_skip(&c, MONGODB_HEADER);
	switch (out->header.opcode) {
	case MONGODB_MSG:
		return sections(&c, out);
	case MONGODB_COMPRESSED:
		return cursor_skip(&c, 8) && cursor_u8(&c, &out->compressor);
	case MONGODB_REPLY:
		if (!cursor_u32_le(&c, &out->flags) || !cursor_skip(&c, 12) ||
		    !cursor_u32_le(&c, &out->documents))
			return false;
		(void)take_document(&c, &out->document);
		return true;
	case MONGODB_KILL_CURSORS:
		return true;
	default:
		if (!cursor_u32_le(&c, &out->flags) || !take_name(&c, &out->name))
			return false;
		if (out->header.opcode == MONGODB_QUERY && cursor_skip(&c, 8))
			(void)take_document(&c, &out->document);
		return true;
	}
}

struct cursor
bson_walk(struct view document)
{
	struct cursor c = cursor_of_view(document);
	(void)cursor_skip(&c, 4);
	return c;
}

static bool
text(struct cursor *c, struct view *out)
{
	uint32_t n;
	return cursor_u32_le(c, &n) && n && cursor_take(c, n, out) && out->len-- > 0;
}

static bool
number(struct cursor *c, struct bson_element *e)
{
	uint64_t eight = 0;
	uint32_t four = 0;
	uint8_t one = 0;
	double real;
	if (e->type == BSON_BOOL) {
		bool ok = cursor_u8(c, &one);
		e->number = one;
		return ok;
	}
	if (e->type == BSON_INT32) {
		bool ok = cursor_u32_le(c, &four);
		e->number = (int32_t)four;
		return ok;
	}
	if (!cursor_u64_le(c, &eight))
		return false;
	e->number = (int64_t)eight;
	if (e->type == BSON_DOUBLE) {
		memcpy(&real, &eight, sizeof(real));
		e->number = real > -1e15 && real < 1e15 ? (int64_t)real : 0;
	}
	return true;
}

static bool
value(struct cursor *c, struct bson_element *e)
{
	struct cursor at = *c;
	struct view skipped;
	uint32_t n;
	switch (e->type) {
	case BSON_DOUBLE:
	case BSON_BOOL:
	case BSON_INT32:
	case BSON_INT64:
	case 9:
	case 17:
		return number(c, e);
	case BSON_STRING:
	case 13:
	case 14:
		return text(c, &e->value);
	case BSON_DOCUMENT:
	case BSON_ARRAY:
	case 15:
		return cursor_u32_le(&at, &n) && n >= 5 && cursor_take(c, n, &e->value);
	case BSON_BINARY:
		return cursor_u32_le(c, &n) && cursor_skip(c, 1) && cursor_take(c, n, &e->value);
	case 6:
	case 10:
	case 0x7f:
	case 0xff:
		return true;
	case 7:
		return cursor_skip(c, 12);
	case 11:
		return take_name(c, &skipped) && take_name(c, &skipped);
	case 12:
		return text(c, &e->value) && cursor_skip(c, 12);
	case 19:
		return cursor_skip(c, 16);
	default:
		return false;
	}
}

bool
bson_next(struct cursor *c, struct bson_element *out)
{
	*out = (struct bson_element){ 0 };
	return cursor_u8(c, &out->type) && out->type && take_name(c, &out->name) && value(c, out);
}

bool
bson_find(struct view document, const char *name, struct bson_element *out)
{
	struct cursor c = bson_walk(document);
	while (bson_next(&c, out)) {
		if (view_is(out->name, name))
			return true;
	}
	return false;
}
