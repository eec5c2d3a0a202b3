/* SPDX-License-Identifier: Apache-2.0 */
/* recognise: see recognise.h. */
#include "recognise.h"

#define PACKETS_MAX 4 /* with payload, looked at in a direction */

static const struct recognise_row *const rows[] = {
	&recognise_tlcp,
	&recognise_opcua,
	&recognise_bacnet,
	&recognise_fins,
	&recognise_fox,
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))
_Static_assert(ROWS <= 8, "recognise_flow.rows has eight bits");

void
recognise_init(struct recogniser *r)
{
	*r = (struct recogniser){ 0 };
	for (size_t i = 0; i < ROWS; i++) {
		for (uint8_t n = 0; n < rows[i]->first_n; n++) {
			uint8_t byte = rows[i]->first[n];
			if (rows[i]->over & OVER_TCP)
				r->may[0][byte] |= (uint8_t)(1u << i);
			if (rows[i]->over & OVER_UDP)
				r->may[1][byte] |= (uint8_t)(1u << i);
		}
	}
}

const struct recognise_row *
recognise_row(uint16_t id)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i]->id == id)
			return rows[i];
	return NULL;
}

/* Ask the rows that are left; those that say no are gone. */
static const struct recognise_row *
ask(uint8_t *left, struct view bytes, struct view *name)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (!(*left & 1u << i))
			continue;
		*name = (struct view){ NULL, 0 };
		enum recognise_answer said = rows[i]->look(bytes, name);
		if (said == RECOGNISE_YES)
			return rows[i];
		if (said == RECOGNISE_NO || bytes.len >= rows[i]->enough)
			*left &= (uint8_t) ~(1u << i);
	}
	return NULL;
}

/* Does this payload go on where the beginning that we hold ends? Without a SYN nobody knows. */
static bool
follows(const struct recognise_flow *s, const struct flow *f, const struct packet *p, enum dir dir)
{
	if (!(f->tcp_flags[dir] & TCP_SYN))
		return true;
	return p->tcp_seq == f->seq_isn[dir] + 1 + s->held_n[dir];
}

/* Keep the bytes behind those held; the view of all of them. */
static struct view
join(struct recognise_flow *s, struct view bytes, enum dir dir)
{
	size_t room = RECOGNISE_HELD - s->held_n[dir];
	size_t n = bytes.len < room ? bytes.len : room;

	memcpy(s->held[dir] + s->held_n[dir], bytes.ptr, n);
	s->held_n[dir] = (uint8_t)(s->held_n[dir] + n);
	return (struct view){ s->held[dir], s->held_n[dir] };
}

static const struct recognise_row *
segment(struct recognise_flow *s, struct view bytes, enum dir dir, struct view *name)
{
	const struct recognise_row *row;

	if (s->held_n[dir])
		return ask(&s->rows[dir], join(s, bytes, dir), name);
	row = ask(&s->rows[dir], bytes, name);
	if (!row && s->rows[dir])
		(void)join(s, bytes, dir);
	return row;
}

const struct recognise_row *
recognise_packet(const struct recogniser *r, struct recognise_flow *s, const struct flow *f,
    const struct packet *p, enum dir dir, struct view *name)
{
	bool tcp = p->proto == PROTO_TCP;
	uint8_t bit = (uint8_t)(1u << dir), first;
	struct cursor c = cursor_of_view(p->payload);

	*name = (struct view){ NULL, 0 };
	if ((!tcp && p->proto != PROTO_UDP) || !cursor_u8(&c, &first) ||
	    s->looked[dir] >= PACKETS_MAX || (s->begun & bit && !s->rows[dir]))
		return NULL;
	s->looked[dir]++;
	if (tcp && !follows(s, f, p, dir))
		return NULL;
	if (!(s->begun & bit) || !tcp)
		s->rows[dir] = r->may[!tcp][first];
	s->begun |= bit;
	if (!s->rows[dir])
		return NULL;
	return tcp ? segment(s, p->payload, dir, name) : ask(&s->rows[dir], p->payload, name);
}
