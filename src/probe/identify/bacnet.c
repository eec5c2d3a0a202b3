/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recognise: BACnet/IP, building control (ANSI/ASHRAE 135, annex J): a virtual link header with the
 * datagram's length, and behind it a network message of version 1.
 */
#include "probe/identify.h"
#include "recognise.h"

#define BVLC 0x81
#define NETWORK_VERSION 1

enum {
	RESULT = 0x00,
	READ_TABLE = 0x02,
	FORWARDED = 0x04,
	REGISTER = 0x05,
	READ_FOREIGN = 0x06,
	DELETE_FOREIGN = 0x08,
	DISTRIBUTE = 0x09,
	UNICAST = 0x0a,
	BROADCAST = 0x0b
};

/* A network message of the version there is, with its control byte's reserved bits zero. */
static bool
network(struct cursor *c)
{
	uint8_t version, control;

	return cursor_u8(c, &version) && cursor_u8(c, &control) && version == NETWORK_VERSION &&
	       (control & 0x50) == 0;
}

static bool
body(struct cursor *c, uint8_t function, uint16_t length)
{
	switch (function) {
	case RESULT:
	case REGISTER:
		return length == 6;
	case READ_TABLE:
	case READ_FOREIGN:
		return length == 4;
	case DELETE_FOREIGN:
		return length == 10;
	case FORWARDED:
		return cursor_skip(c, 6) && network(c);
	case DISTRIBUTE:
	case UNICAST:
	case BROADCAST:
		return network(c);
	default:
		return false;
	}
}

static enum recognise_answer
look(struct view bytes, struct view *name)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t type, function;
	uint16_t length;

	(void)name;
	if (!cursor_u8(&c, &type) || !cursor_u8(&c, &function) || !cursor_u16(&c, &length))
		return RECOGNISE_NO;
	if (type != BVLC || length != bytes.len || !body(&c, function, length))
		return RECOGNISE_NO;
	return RECOGNISE_YES;
}

static const uint8_t first[] = { BVLC };

const struct recognise_row recognise_bacnet = {
	.name = "BACnet",
	.id = IDENTIFY_BACNET,
	.category = "IoT-Scada",
	.breed = "Acceptable",
	.over = OVER_UDP,
	.first = first,
	.first_n = sizeof(first),
	.enough = 1,
	.look = look,
};
