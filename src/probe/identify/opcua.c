/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recognise: OPC UA over TCP (OPC 10000-6, 6.7.2 and 7.1.2): three letters, a chunk type and the
 * message's size, little-endian. Each kind of message must be sound besides; one that is not a
 * greeting shows itself by the type of its request, for flows picked up in their middle.
 */
#include "probe/identify.h"
#include "recognise.h"

#define HELLO_BYTES 32 /* without the address */
#define ADDRESS_MAX 4096
#define SIZE_MAX_SANE (1u << 24)

static const char policy[] = "http://opcfoundation.org/UA/SecurityPolicy#";

static enum recognise_answer
yes_if(bool sound)
{
	return sound ? RECOGNISE_YES : RECOGNISE_NO;
}

/* Version and four limits, then the address. */
static enum recognise_answer
hello(struct cursor *c, uint32_t size)
{
	uint32_t length;

	if (!cursor_skip(c, 20) || !cursor_u32_le(c, &length))
		return RECOGNISE_MORE;
	if (length == UINT32_MAX)
		length = 0;
	return yes_if(length <= ADDRESS_MAX && size == HELLO_BYTES + length);
}

static enum recognise_answer
open_channel(struct cursor *c)
{
	struct view uri;
	uint32_t length;

	if (!cursor_skip(c, 4) || !cursor_u32_le(c, &length))
		return RECOGNISE_MORE;
	if (length < sizeof(policy) - 1 || length > 255)
		return RECOGNISE_NO;
	if (!cursor_take(c, sizeof(policy) - 1, &uri))
		return RECOGNISE_MORE;
	return yes_if(view_is(uri, policy));
}

/* Channel, token, sequence and request, then the request's type: a number of the namespace zero in
 * four bytes. */
static enum recognise_answer
message(struct cursor *c, uint32_t size)
{
	uint16_t encoding;

	if (!cursor_skip(c, 16) || !cursor_u16(c, &encoding))
		return RECOGNISE_MORE;
	return yes_if(encoding == 0x0100 && size >= 28);
}

static enum recognise_answer
look(struct view bytes, struct view *name)
{
	struct cursor c = cursor_of_view(bytes);
	struct view kind;
	uint32_t size;

	(void)name;
	if (!cursor_take(&c, 4, &kind) || !cursor_u32_le(&c, &size))
		return RECOGNISE_MORE;
	if (size < 8 || size > SIZE_MAX_SANE)
		return RECOGNISE_NO;
	if (view_is(kind, "HELF"))
		return hello(&c, size);
	if (view_is(kind, "ACKF"))
		return yes_if(size == 28);
	if (view_is(kind, "OPNF"))
		return open_channel(&c);
	if (view_is(kind, "MSGF"))
		return message(&c, size);
	return RECOGNISE_NO;
}

static const uint8_t first[] = { 'H', 'A', 'O', 'M' };

const struct recognise_row recognise_opcua = {
	.name = "OPC-UA",
	.id = IDENTIFY_OPCUA,
	.category = "IoT-Scada",
	.breed = "Acceptable",
	.over = OVER_TCP,
	.first = first,
	.first_n = sizeof(first),
	.enough = 60,
	.look = look,
};
