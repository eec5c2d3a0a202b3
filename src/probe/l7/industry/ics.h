/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ics: what the industrial protocols share: messages that say their length cut out of a stream,
 * copies that live as long as the packet, and names for numbers. Inside this folder only.
 */
#ifndef WANGLOU_PROBE_L7_ICS_H
#define WANGLOU_PROBE_L7_ICS_H

#include "../item.h"
#include "wire/event.h"

struct ics_word {
	uint32_t number;
	const char *name;
};

/* Whether the next message must be found anew, by direction. */
struct ics_sync {
	bool lost[2];
};

struct ics_way {
	/* Bytes of the message that begins here (more than there are: it goes on), L7_MORE or
	 * L7_BAD. */
	long (*length)(struct view bytes);
	/* One whole message. False: a cap was reached. */
	bool (*message)(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir);
};

/*
 * For row->data of a stream: hands message by message to way->message. What is no message is said
 * as MALFORMED_DATA once, and looked for again where the next segment begins. Returns bytes used or
 * L7_FULL.
 */
long
ics_stream(struct l7 *l, struct l7_flow *lf, struct ics_sync *sync, const struct ics_way *way,
    struct view bytes, enum dir dir);

/* For row->lost, of a state that begins with its struct ics_sync. */
bool
ics_lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir);

/* A copy that lives until the packet's transactions were looked at; empty at a cap. */
struct view
ics_copy(struct l7 *l, struct view bytes);

/* The name of a number; NULL when the table has none. `table` is sorted by number. */
const char *
ics_find(const struct ics_word *table, size_t n, uint32_t number);
#define ics_name(table, number) ics_find(table, sizeof(table) / sizeof(*(table)), number)

/* The name, or the number as text. */
void
ics_write_name(struct jw *w, const char *name, uint32_t number);

/* The rest of a cursor. */
static inline struct view
ics_rest(const struct cursor *c)
{
	return (struct view){ c->at, cursor_left(c) };
}

/* IEEE 754, 32 and 64 bits. */
static inline float
ics_f32(uint32_t bits)
{
	float v;
	memcpy(&v, &bits, sizeof(v));
	return v;
}

static inline double
ics_f64(uint64_t bits)
{
	double v;
	memcpy(&v, &bits, sizeof(v));
	return v;
}

#endif
