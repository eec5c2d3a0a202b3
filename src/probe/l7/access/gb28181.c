/* SPDX-License-Identifier: Apache-2.0 */
/* What GB/T 28181 lays on SIP: devices of 20 digits (annex E there) and MANSCDP, commands in XML.
 */
#include "sip.h"

#define ID 20

static struct view
behind(struct view text, const char *word)
{
	struct cursor c = cursor_of_view(text);
	struct view out = { 0 };
	const uint8_t *at = text.len ? memmem(text.ptr, text.len, word, strlen(word)) : NULL;
	if (at && cursor_skip(&c, (size_t)(at - text.ptr) + strlen(word)))
		(void)cursor_take(&c, cursor_left(&c), &out);
	return out;
}

struct view
gb28181_id(struct view address)
{
	struct view rest = behind(address, "sip:"), id = { 0 };
	struct cursor c = cursor_of_view(rest.ptr ? rest : address);
	uint8_t b = 0;
	size_t n = 0;
	while (cursor_peek(&c, n, &b) && b >= '0' && b <= '9')
		n++;
	if (n == ID)
		(void)cursor_take(&c, n, &id);
	return id;
}

struct view
manscdp_element(struct view xml, const char *name)
{
	char tag[32];
	struct view rest;
	size_t n = strlen(name);
	if (n + 3 > sizeof(tag))
		return (struct view){ 0 };
	tag[0] = '<';
	memcpy(tag + 1, name, n);
	tag[n + 1] = '>';
	tag[n + 2] = '\0';
	rest = behind(xml, tag);
	const uint8_t *end = rest.len ? memchr(rest.ptr, '<', rest.len) : NULL;
	if (!end)
		return (struct view){ 0 };
	rest.len = (size_t)(end - rest.ptr);
	return message_trim(rest);
}

struct view
manscdp_root(struct view xml)
{
	struct view rest = xml;
	uint8_t b = 0;
	for (int i = 0; i < 8; i++) {
		size_t n = 0;
		rest = behind(rest, "<");
		struct cursor c = cursor_of_view(rest);
		if (!cursor_peek(&c, 0, &b) || b == '?' || b == '!')
			continue;
		while (cursor_peek(&c, n, &b) && b != '>' && b != ' ' && b != '/' && n < 64)
			n++;
		rest.len = n;
		return rest;
	}
	return (struct view){ 0 };
}
