/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recognise: TLCP, the transport layer cryptography protocol of GB/T 38636, which has the shape of
 * TLS (RFC 5246, 6.2.1 and 7.4.1) and the version 0x0101. A hello of either side shows it. Some
 * clients put that hello into a record that has a TLS version.
 */
#include "probe/identify.h"
#include "recognise.h"

#define HANDSHAKE 22
#define CLIENT_HELLO 1
#define SERVER_HELLO 2
#define TLCP 0x0101
#define RECORD_MAX 16384
#define RANDOM_BYTES 32
#define SESSION_MAX 32
#define SERVER_NAME 0 /* extension, and the type of name in it (RFC 6066, 3) */

struct hello {
	uint8_t type;
	bool whole;         /* all of the message is there */
	struct cursor rest; /* behind the session id; what is there of the message */
};

/* The record and the beginning of its message, as far as the version. */
static enum recognise_answer
head(struct cursor *c, uint8_t *type, uint32_t *size)
{
	uint16_t version, length, hello;
	uint8_t content;

	if (!cursor_u8(c, &content) || !cursor_u16(c, &version))
		return RECOGNISE_MORE;
	bool tls = version >= 0x0300 && version <= 0x0303;
	if (content != HANDSHAKE || (version != TLCP && !tls))
		return RECOGNISE_NO;
	if (!cursor_u16(c, &length) || !cursor_u8(c, type) || !cursor_u24(c, size) ||
	    !cursor_u16(c, &hello))
		return RECOGNISE_MORE;
	if (hello != TLCP || length > RECORD_MAX || *size + 4 > length)
		return RECOGNISE_NO;
	return *type == CLIENT_HELLO || (*type == SERVER_HELLO && !tls) ? RECOGNISE_YES
									: RECOGNISE_NO;
}

static enum recognise_answer
beginning(struct view bytes, struct hello *out)
{
	struct cursor c = cursor_of_view(bytes), message;
	uint32_t size;
	uint8_t session;
	enum recognise_answer said = head(&c, &out->type, &size);

	if (said != RECOGNISE_YES)
		return said;
	/* version, random, length of the session id, two bytes more at least */
	if (size < 2 + RANDOM_BYTES + 1 + 2)
		return RECOGNISE_NO;
	size -= 2;
	out->whole = cursor_sub(&c, size, &message);
	if (!out->whole)
		message = c;
	if (!cursor_skip(&message, RANDOM_BYTES) || !cursor_u8(&message, &session))
		return RECOGNISE_MORE;
	if (session > SESSION_MAX || (!cursor_skip(&message, session) && out->whole))
		return RECOGNISE_NO;
	out->rest = message;
	return RECOGNISE_YES;
}

static struct view
server_name(struct view data)
{
	struct cursor c = cursor_of_view(data);
	struct view list, name;
	uint8_t type;

	if (!cursor_vector16(&c, &list))
		return (struct view){ NULL, 0 };
	c = cursor_of_view(list);
	while (cursor_u8(&c, &type) && cursor_vector16(&c, &name))
		if (type == SERVER_NAME)
			return name;
	return (struct view){ NULL, 0 };
}

/* Nothing, or a block of extensions that ends where the message does. */
static bool
extensions(struct cursor c, struct view *name)
{
	struct view block, data;
	uint16_t type;

	if (cursor_left(&c) == 0)
		return true;
	if (!cursor_vector16(&c, &block) || cursor_left(&c))
		return false;
	c = cursor_of_view(block);
	while (cursor_u16(&c, &type)) {
		if (!cursor_vector16(&c, &data))
			return false;
		if (type == SERVER_NAME)
			*name = server_name(data);
	}
	return cursor_left(&c) == 0;
}

static bool
client_rest(struct cursor c, struct view *name)
{
	struct view suites, methods;

	return cursor_vector16(&c, &suites) && suites.len >= 2 && suites.len % 2 == 0 &&
	       cursor_vector8(&c, &methods) && methods.len && memchr(methods.ptr, 0, methods.len) &&
	       extensions(c, name);
}

static bool
server_rest(struct cursor c)
{
	struct view ignored;
	uint16_t suite;
	uint8_t method;

	return cursor_u16(&c, &suite) && cursor_u8(&c, &method) && method == 0 &&
	       extensions(c, &ignored);
}

static enum recognise_answer
look(struct view bytes, struct view *name)
{
	struct hello h;
	enum recognise_answer said = beginning(bytes, &h);

	if (said != RECOGNISE_YES || !h.whole)
		return said;
	if (h.type == CLIENT_HELLO ? client_rest(h.rest, name) : server_rest(h.rest))
		return RECOGNISE_YES;
	return RECOGNISE_NO;
}

static const uint8_t first[] = { HANDSHAKE };

const struct recognise_row recognise_tlcp = {
	.name = "TLCP",
	.id = IDENTIFY_TLCP,
	.category = "Web",
	.breed = "Safe",
	.over = OVER_TCP,
	.first = first,
	.first_n = sizeof(first),
	.enough = 44,
	.look = look,
};
