/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recognise: FINS of Omron's controllers over TCP (Omron W421, 7-4): its name, the length of what
 * follows, a command and an error code. Its form over UDP has nothing to be sure of.
 */
#include "probe/identify.h"
#include "recognise.h"

#define LENGTH_MAX 4096
#define COMMAND_MAX 6 /* connection confirmation */
#define ERROR_MAX 0x25

static enum recognise_answer
look(struct view bytes, struct view *name)
{
	struct cursor c = cursor_of_view(bytes);
	uint32_t length, command, error;
	struct view magic;

	(void)name;
	if (!cursor_take(&c, 4, &magic) || !cursor_u32(&c, &length) || !cursor_u32(&c, &command) ||
	    !cursor_u32(&c, &error))
		return RECOGNISE_MORE;
	if (!view_is(magic, "FINS") || length < 8 || length > LENGTH_MAX || command > COMMAND_MAX ||
	    error > ERROR_MAX)
		return RECOGNISE_NO;
	return RECOGNISE_YES;
}

static const uint8_t first[] = { 'F' };

const struct recognise_row recognise_fins = {
	.name = "FINS",
	.id = IDENTIFY_FINS,
	.category = "IoT-Scada",
	.breed = "Acceptable",
	.over = OVER_TCP,
	.first = first,
	.first_n = sizeof(first),
	.enough = 16,
	.look = look,
};
