/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recognise: protocols that we tell ourselves, ahead of nDPI: one row each, one file each. Inside
 * src/probe/identify only.
 *
 * A row sees the first payload of each direction, and more of a TCP direction's beginning when it
 * comes in small pieces. It is pure, and says yes only when it is sure: its answer is final.
 */
#ifndef WANGLOU_PROBE_IDENTIFY_RECOGNISE_H
#define WANGLOU_PROBE_IDENTIFY_RECOGNISE_H

#include "probe/flow.h"
#include "probe/packet.h"

enum recognise_answer { RECOGNISE_NO, RECOGNISE_MORE, RECOGNISE_YES };

/* recognise_row.over */
#define OVER_TCP 0x01
#define OVER_UDP 0x02

#define RECOGNISE_HELD 64 /* bytes of a direction's beginning kept for a row that wants more */

struct recognise_row {
	const char *name; /* as events show it */
	uint16_t id;      /* IDENTIFY_ in probe/identify.h, outside the library's range */
	const char *category, *breed; /* in the library's words */
	uint8_t over;
	const uint8_t *first; /* what the first byte may be; nothing else is looked at */
	uint8_t first_n;
	uint8_t enough; /* bytes with which it never says MORE, at most RECOGNISE_HELD */
	/*
	 * The direction's first bytes. *name gets the host name they give, if any; it points into
	 * them.
	 */
	enum recognise_answer (*look)(struct view bytes, struct view *name);
};

/* What is known of one flow; zeroed at its start. */
struct recognise_flow {
	uint8_t rows[2];   /* by enum dir: not ruled out, a bit a row; valid once begun */
	uint8_t begun;     /* bit a direction */
	uint8_t looked[2]; /* packets with payload */
	uint8_t held_n[2];
	uint8_t held[2][RECOGNISE_HELD];
};

/* Which rows may begin with a byte: [transport][byte]. */
struct recogniser {
	uint8_t may[2][256];
};

void
recognise_init(struct recogniser *r);

/*
 * One packet with payload. The row that knows it, or NULL; *name as the row gave it, valid as long
 * as the packet and s.
 */
const struct recognise_row *
recognise_packet(const struct recogniser *r, struct recognise_flow *s, const struct flow *f,
    const struct packet *p, enum dir dir, struct view *name);

/* The row of an id, or NULL. */
const struct recognise_row *
recognise_row(uint16_t id);

extern const struct recognise_row recognise_tlcp, recognise_opcua, recognise_bacnet, recognise_fins,
    recognise_fox;

#endif
