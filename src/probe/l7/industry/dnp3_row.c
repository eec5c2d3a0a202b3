/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNP3 in the table of protocols: an application fragment is a transaction. Its transport segments
 * are kept, by direction, until the last has come.
 */
#include "../look.h"
#include "dnp3_write.h"
#include "ics.h"

#define TRANSPORT_FIN 0x80
#define TRANSPORT_FIR 0x40
#define FROM_MASTER 0x80
#define SEGMENTS 9 /* of 249 bytes make the longest fragment */

struct part {
	struct bag bag;
	struct view piece[SEGMENTS];
	size_t n, bytes;
	uint16_t src;
	uint8_t next; /* sequence number of the segment that must follow */
};

struct dnp3_state {
	struct ics_sync sync;
	struct part part[2];
};

static enum l7_guess
probe(const struct l7_first *first)
{
	struct dnp3_link link;

	if (dnp3_length(first->data) == L7_BAD)
		return L7_NO;
	if (first->data.len < 10)
		return L7_MAYBE;
	return dnp3_link(first->data, &link) ? L7_YES : L7_NO;
}

static void
forget(struct l7 *l, struct part *p)
{
	bag_empty(&l->texts, &p->bag);
	*p = (struct part){ 0 };
}

/* The fragment, put together in memory of this packet. */
static struct view
together(struct l7 *l, const struct part *p)
{
	uint8_t *to = l7_once(l, p->bytes ? p->bytes : 1);
	size_t at = 0;

	if (!to)
		return (struct view){ 0 };
	for (size_t i = 0; i < p->n; i++) {
		memcpy(to + at, p->piece[i].ptr, p->piece[i].len);
		at += p->piece[i].len;
	}
	return (struct view){ to, at };
}

static bool
fragment(
    struct l7 *l, struct l7_flow *lf, const struct dnp3_link *link, struct view bytes, enum dir dir)
{
	struct dnp3_tx *tx = bytes.ptr ? l7_once(l, sizeof(*tx)) : NULL;
	struct dnp3_walk walk;
	struct dnp3_object o;
	int64_t id = (int64_t)lf->next_id;

	if (!tx)
		return false;
	tx->link = *link;
	tx->bytes = bytes;
	tx->request = link->control & FROM_MASTER;
	if (!dnp3_app(bytes, tx->request, &tx->app)) {
		l7_odd(l, lf, "LEN_TOO_SMALL", -1, dir);
		return true;
	}
	walk = dnp3_objects(&tx->app);
	while (dnp3_next(&walk, &o))
		;
	if (walk.unknown)
		l7_odd(l, lf, "UNKNOWN_OBJECT", id, dir);
	else if (walk.bad)
		l7_odd(l, lf, "MALFORMED_DATA", id, dir);
	(void)l7_once_say(l, lf, tx, tx->request ? L7_READY_REQUEST : L7_READY_RESPONSE, dir);
	return true;
}

/* One transport segment (IEEE 1815, 8.2). */
static bool
segment(
    struct l7 *l, struct l7_flow *lf, const struct dnp3_link *link, struct view user, enum dir dir)
{
	struct dnp3_state *s = lf->state;
	struct part *p = &s->part[dir];
	struct cursor c = cursor_of_view(user);
	uint8_t head;
	bool ok;

	if (!cursor_u8(&c, &head))
		return true;
	if (head & TRANSPORT_FIR) {
		forget(l, p);
		p->src = link->src;
		p->next = head & 0x3f;
	}
	if (p->src != link->src || p->next != (head & 0x3f) || p->n == SEGMENTS ||
	    (!p->n && !(head & TRANSPORT_FIR))) {
		forget(l, p);
		return true;
	}
	p->next = (head + 1) & 0x3f;
	p->piece[p->n] = bag_keep(&l->texts, &p->bag, ics_rest(&c), BAG_TEXT_MAX);
	if (!p->piece[p->n].ptr) {
		forget(l, p);
		return true;
	}
	p->bytes += p->piece[p->n++].len;
	if (!(head & TRANSPORT_FIN))
		return true;
	ok = fragment(l, lf, link, together(l, p), dir);
	forget(l, p);
	return ok;
}

static bool
message(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct dnp3_link link;
	uint8_t user[DNP3_USER_MAX];
	bool sound;
	size_t n;

	if (!dnp3_link(bytes, &link)) {
		l7_odd(l, lf, "BAD_LINK_CRC", -1, dir);
		return true;
	}
	n = dnp3_user(bytes, user, &sound);
	if (!sound) {
		l7_odd(l, lf, "BAD_TRANSPORT_CRC", -1, dir);
		return true;
	}
	return segment(l, lf, &link, (struct view){ user, n }, dir);
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	static const struct ics_way way = { dnp3_length, message };
	struct dnp3_state *s = lf->state;

	return ics_stream(l, lf, &s->sync, &way, bytes, dir);
}

static bool
lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir)
{
	struct dnp3_state *s = lf->state;

	(void)n;
	s->sync.lost[dir] = true;
	forget(l, &s->part[dir]);
	return true;
}

static void
row_close(struct l7 *l, struct l7_flow *lf)
{
	struct dnp3_state *s = lf->state;

	forget(l, &s->part[0]);
	forget(l, &s->part[1]);
}

static bool
buffer(const void *data_of, const struct l7_ask *ask, struct view *out)
{
	return look_one(ask, ((const struct dnp3_tx *)data_of)->bytes, out);
}

/* The i-th object header: group and variation. */
static bool
object(const struct dnp3_tx *tx, uint16_t i, uint64_t *out)
{
	struct dnp3_walk walk = dnp3_objects(&tx->app);
	struct dnp3_object o;

	do {
		if (!dnp3_next(&walk, &o))
			return false;
	} while (i--);
	*out = (uint64_t)o.group << 8 | o.variation;
	return true;
}

static bool
number(const void *data_of, const struct l7_ask *ask, uint64_t *out)
{
	const struct dnp3_tx *tx = data_of;

	switch (ask->what) {
	case L7_NUM_DNP3_FUNC:
		return look_number(ask, true, tx->app.function, out);
	case L7_NUM_DNP3_IND:
		return look_number(ask, tx->app.iin >= 0, (uint64_t)tx->app.iin, out);
	default:
		return object(tx, ask->i, out);
	}
}

const struct l7_row l7_dnp3_row = {
	.name = "dnp3",
	.proto = L7_DNP3,
	.tcp = true,
	.udp = true,
	.state_size = sizeof(struct dnp3_state),
	.probe = probe,
	.data = data,
	.lost = lost,
	.close = row_close,
	.buffer = buffer,
	.number = number,
	.write = dnp3_write,
};
