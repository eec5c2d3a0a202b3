/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/tns.h"

#include <strings.h>

#include "probe/l7/parse.h"

long
tns_header(struct view bytes, bool wide, uint8_t *type, uint32_t *body)
{
	struct cursor c = cursor_of_view(bytes);
	uint16_t length = 0;
	uint32_t n;
	bool ok = wide ? cursor_u32(&c, &n) : cursor_u16(&c, &length) && cursor_skip(&c, 2);
	if (!ok || !cursor_u8(&c, type) || !cursor_skip(&c, 3))
		return L7_MORE;
	if (!wide)
		n = length;
	if (n < TNS_HEADER || n > 0x1000000 || !*type || *type > 19)
		return L7_BAD;
	*body = n - TNS_HEADER;
	return TNS_HEADER;
}

bool
tns_connect(struct view body, struct tns_connect *out)
{
	struct cursor c = cursor_of_view(body), at = c;
	uint16_t offset;
	*out = (struct tns_connect){ 0 };
	if (!cursor_u16(&c, &out->version) || !cursor_u16(&c, &out->compatible) ||
	    !cursor_skip(&c, 12) || !cursor_u16(&c, &out->data_length) || !cursor_u16(&c, &offset))
		return false;
	if (offset < TNS_HEADER || !cursor_skip(&at, offset - TNS_HEADER))
		return true;
	size_t left = cursor_left(&at);
	return cursor_take(&at, out->data_length < left ? out->data_length : left, &out->data);
}

bool
tns_refuse(struct view body, uint8_t reason[2], struct view *text)
{
	struct cursor c = cursor_of_view(body);
	uint16_t n;
	if (!cursor_copy(&c, reason, 2) || !cursor_u16(&c, &n))
		return false;
	size_t left = cursor_left(&c);
	return cursor_take(&c, n < left ? n : left, text);
}

/* Behind "(KEY" and blanks up to "="; false when there is no more of it. */
static bool
seek(struct cursor *c, const char *key)
{
	size_t n = strlen(key);
	uint8_t b;
	while (cursor_u8(c, &b)) {
		struct cursor at = *c;
		if (b != '(' || cursor_left(c) < n ||
		    strncasecmp((const char *)c->at, key, n) != 0 || !cursor_skip(&at, n))
			continue;
		while (cursor_peek(&at, 0, &b) && b == ' ')
			(void)cursor_skip(&at, 1);
		if (!cursor_u8(&at, &b) || b != '=')
			continue;
		*c = at;
		return true;
	}
	return false;
}

bool
tns_value(struct view descriptor, const char *from, const char *key, struct view *out)
{
	struct cursor c = cursor_of_view(descriptor);
	uint8_t b;
	size_t n = 0;
	if ((from && !seek(&c, from)) || !seek(&c, key))
		return false;
	while (cursor_peek(&c, 0, &b) && b == ' ')
		(void)cursor_skip(&c, 1);
	while (cursor_peek(&c, n, &b) && b != ')' && b != '(')
		n++;
	return n && cursor_take(&c, n, out);
}

bool
tns_error(struct view body, uint32_t *number, struct view *text)
{
	struct cursor c = cursor_of_view(body);
	uint8_t b;
	while (cursor_left(&c) >= 10) {
		struct cursor at = c;
		size_t n = 0;
		*number = 0;
		if (memcmp(c.at, "ORA-", 4) != 0) {
			(void)cursor_skip(&c, 1);
			continue;
		}
		(void)cursor_skip(&at, 4);
		for (int i = 0; i < 5 && cursor_u8(&at, &b) && b >= '0' && b <= '9'; i++)
			*number = *number * 10 + (b - '0');
		while (cursor_peek(&c, n, &b) && b >= ' ')
			n++;
		return *number && cursor_take(&c, n, text);
	}
	return false;
}
