/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recognise: Fox, which the Niagara frames of building control speak among themselves: its greeting
 * is a line of text in either direction.
 */
#include "probe/identify.h"
#include "recognise.h"

static const char greeting[] = "fox a 0 -1 fox hello\n"; /* the digit is a number of its own */
#define DIGIT 6

static enum recognise_answer
look(struct view bytes, struct view *name)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t byte;

	(void)name;
	for (size_t i = 0; i < sizeof(greeting) - 1; i++) {
		if (!cursor_u8(&c, &byte))
			return RECOGNISE_MORE;
		bool good = i == DIGIT ? byte >= '0' && byte <= '9' : byte == greeting[i];
		if (!good)
			return RECOGNISE_NO;
	}
	return RECOGNISE_YES;
}

static const uint8_t first[] = { 'f' };

const struct recognise_row recognise_fox = {
	.name = "Fox",
	.id = IDENTIFY_FOX,
	.category = "IoT-Scada",
	.breed = "Acceptable",
	.over = OVER_TCP,
	.first = first,
	.first_n = sizeof(first),
	.enough = sizeof(greeting) - 1,
	.look = look,
};
