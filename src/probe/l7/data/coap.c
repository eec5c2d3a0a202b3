/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/coap.h"

#include "probe/l7/parse.h"

/* A nibble of 13 or 14 means that one or two bytes more follow, plus 13 or 269. */
static bool
extended(struct cursor *c, uint32_t *n)
{
	uint8_t one;
	uint16_t two;
	if (*n == 15)
		return false;
	if (*n == 14) {
		if (!cursor_u16(c, &two))
			return false;
		*n = two + 269u;
	} else if (*n == 13) {
		if (!cursor_u8(c, &one))
			return false;
		*n = one + 13u;
	}
	return true;
}

struct coap_walk
coap_walk(struct view options)
{
	return (struct coap_walk){ cursor_of_view(options), 0 };
}

bool
coap_next(struct coap_walk *w, struct coap_option *out)
{
	uint8_t b;
	if (!cursor_peek(&w->c, 0, &b) || b == 0xff)
		return false;
	(void)cursor_skip(&w->c, 1);
	uint32_t delta = b >> 4, length = b & 15;
	if (!extended(&w->c, &delta) || !extended(&w->c, &length) ||
	    !cursor_take(&w->c, length, &out->value))
		return false;
	w->number += delta;
	out->number = w->number;
	return true;
}

/* Options up to the payload's mark or the end. */
static bool
rest(struct cursor *c, struct coap_message *out)
{
	struct coap_walk w = { *c, 0 };
	struct coap_option o;
	uint8_t b;
	while (coap_next(&w, &o))
		;
	size_t n = (size_t)(w.c.at - c->at);
	if (!cursor_take(c, n, &out->options))
		return false;
	if (!cursor_u8(c, &b))
		return true;
	return b == 0xff && cursor_left(c) && cursor_take(c, cursor_left(c), &out->payload);
}

long
coap_datagram(struct view bytes, struct coap_message *out)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t first;
	*out = (struct coap_message){ 0 };
	if (!cursor_u8(&c, &first) || first >> 6 != 1 || (first & 15) > 8 ||
	    !cursor_u8(&c, &out->code) || !cursor_u16(&c, &out->id) ||
	    !cursor_take(&c, first & 15, &out->token))
		return L7_BAD;
	out->type = first >> 4 & 3;
	if (!out->code && (bytes.len != 4 || out->type == 1))
		return L7_BAD;
	return rest(&c, out) ? (long)bytes.len : L7_BAD;
}

long
coap_header(struct view bytes, uint32_t *body)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t first, one, code;
	uint16_t two;
	uint32_t length;
	if (!cursor_u8(&c, &first))
		return L7_MORE;
	length = first >> 4;
	if (length == 13 && cursor_u8(&c, &one))
		length = one + 13u;
	else if (length == 14 && cursor_u16(&c, &two))
		length = two + 269u;
	else if (length == 15 && cursor_u32(&c, &length))
		length = length < UINT32_MAX - 65805u - 8 ? length + 65805u : length;
	else if (length >= 13)
		return L7_MORE;
	if (!cursor_u8(&c, &code))
		return L7_MORE;
	*body = length + (first & 15);
	return (long)(bytes.len - cursor_left(&c));
}

long
coap_stream(struct view bytes, struct coap_message *out)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t first = 0;
	uint32_t body;
	long head = coap_header(bytes, &body);
	*out = (struct coap_message){ 0 };
	if (head < 0 || !cursor_peek(&c, 0, &first) || (first & 15) > 8 ||
	    !cursor_skip(&c, (size_t)head - 1) || !cursor_u8(&c, &out->code) ||
	    !cursor_take(&c, first & 15, &out->token))
		return L7_BAD;
	return rest(&c, out) ? (long)bytes.len : L7_BAD;
}

uint32_t
coap_number(struct view value)
{
	struct cursor c = cursor_of_view(value);
	uint32_t n = 0;
	uint8_t b;
	while (cursor_u8(&c, &b))
		n = n << 8 | b;
	return n;
}

bool
coap_known(const struct coap_option *o)
{
	static const struct {
		uint16_t number, min, max;
	} known[] = { { 1, 0, 8 }, { 3, 1, 255 }, { 4, 1, 8 }, { 5, 0, 0 }, { 6, 0, 3 },
		{ 7, 0, 2 }, { 8, 0, 255 }, { 9, 0, 255 }, { 11, 0, 255 }, { 12, 0, 2 },
		{ 14, 0, 4 }, { 15, 0, 255 }, { 16, 1, 1 }, { 17, 0, 2 }, { 19, 0, 3 },
		{ 20, 0, 255 }, { 21, 0, 34 }, { 23, 0, 3 }, { 27, 0, 3 }, { 28, 0, 4 },
		{ 31, 0, 3 }, { 35, 1, 1034 }, { 39, 1, 255 }, { 60, 0, 4 }, { 252, 1, 40 },
		{ 258, 0, 1 }, { 292, 0, 8 } };
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (known[i].number == o->number)
			return o->value.len >= known[i].min && o->value.len <= known[i].max;
	}
	return false;
}

const char *
coap_code_name(uint8_t code)
{
	static const struct {
		uint8_t code;
		const char *name;
	} names[] = { { 0x00, "Empty" }, { 0x01, "GET" }, { 0x02, "POST" }, { 0x03, "PUT" },
		{ 0x04, "DELETE" }, { 0x05, "FETCH" }, { 0x06, "PATCH" }, { 0x07, "iPATCH" },
		{ 0x41, "Created" }, { 0x42, "Deleted" }, { 0x43, "Valid" }, { 0x44, "Changed" },
		{ 0x45, "Content" }, { 0x5f, "Continue" }, { 0x80, "Bad Request" },
		{ 0x81, "Unauthorized" }, { 0x82, "Bad Option" }, { 0x83, "Forbidden" },
		{ 0x84, "Not Found" }, { 0x85, "Method Not Allowed" }, { 0x86, "Not Acceptable" },
		{ 0x88, "Request Entity Incomplete" }, { 0x89, "Conflict" },
		{ 0x8c, "Precondition Failed" }, { 0x8d, "Request Entity Too Large" },
		{ 0x8f, "Unsupported Content-Format" }, { 0x96, "Unprocessable Entity" },
		{ 0x9d, "Too Many Requests" }, { 0xa0, "Internal Server Error" },
		{ 0xa1, "Not Implemented" }, { 0xa2, "Bad Gateway" },
		{ 0xa3, "Service Unavailable" }, { 0xa4, "Gateway Timeout" },
		{ 0xa5, "Proxying Not Supported" }, { 0xa8, "Hop Limit Reached" }, { 0xe1, "CSM" },
		{ 0xe2, "Ping" }, { 0xe3, "Pong" }, { 0xe4, "Release" }, { 0xe5, "Abort" } };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (names[i].code == code)
			return names[i].name;
	}
	return NULL;
}
