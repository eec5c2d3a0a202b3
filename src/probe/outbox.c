/* SPDX-License-Identifier: Apache-2.0 */
/* outbox: see outbox.h. */
#include "outbox.h"

#include <string.h>

#define KEEP ((size_t)8 << 20) /* a larger one gives its memory back when it is empty */

/* An item is this, then its bytes, up to a multiple of eight. */
struct item {
	struct outbox_place place;
	uint64_t ts;        /* of a line */
	const char *source; /* of a record; belongs to the capture */
	uint32_t bytes;
	uint8_t type;   /* of a line */
	uint8_t record; /* the bytes are a struct notice_record */
};

void
outbox_init(struct outbox *o)
{
	*o = (struct outbox){ .lost = 0 };
	buf_init(&o->items, 0);
}

void
outbox_fini(struct outbox *o)
{
	buf_fini(&o->items);
}

static size_t
padding(size_t bytes)
{
	return -bytes & 7;
}

static void
add(struct outbox *o, const struct item *item, const void *bytes)
{
	static const uint8_t zeros[8];
	size_t pad = padding(item->bytes);

	if (!buf_room(&o->items, sizeof(*item) + item->bytes + pad)) {
		o->items.failed = false; /* what is there stays good */
		o->lost++;
		return;
	}
	buf_add(&o->items, item, sizeof(*item));
	buf_add(&o->items, bytes, item->bytes);
	buf_add(&o->items, zeros, pad);
}

void
outbox_line(void *outbox, uint8_t type, const void *line, size_t n, uint64_t ts)
{
	struct outbox *o = outbox;
	struct item item = { .place = o->here, .ts = ts, .bytes = (uint32_t)n, .type = type };

	add(o, &item, line);
}

void
outbox_record(void *outbox, const struct notice_record *r, const char *source)
{
	struct outbox *o = outbox;
	struct item item = {
		.place = o->here, .source = source, .bytes = sizeof(*r), .record = true
	};

	add(o, &item, r);
}

void
outbox_ending(void *outbox, uint64_t time, uint64_t number)
{
	struct outbox *o = outbox;

	if (!o->by_time)
		return; /* a packet ended it: it stands where that packet's findings stand */
	o->here.time = time;
	o->here.number = number;
}

static void
empty(struct outbox *o)
{
	if (o->items.room > KEEP) {
		buf_fini(&o->items);
		buf_init(&o->items, 0);
	}
	buf_clear(&o->items);
}

/* The item at offset `at`, which must be below items.len. */
static const struct item *
item_at(const struct outbox *o, size_t at)
{
	return (const struct item *)(const void *)(o->items.ptr + at);
}

/* Hand over the item at `at`; the offset of the next. */
static size_t
hand_over(const struct outbox *o, size_t at, struct scribe *s)
{
	const struct item *item = item_at(o, at);
	const uint8_t *bytes = (const uint8_t *)(item + 1);

	if (item->record)
		scribe_record(s, (const struct notice_record *)(const void *)bytes, item->source);
	else
		scribe_line(s, item->type, bytes, item->bytes, item->ts);
	return at + sizeof(*item) + item->bytes + padding(item->bytes);
}

void
outbox_give(struct outbox *o, struct scribe *s)
{
	size_t at = 0;

	while (at < o->items.len)
		at = hand_over(o, at, s);
	empty(o);
}

void
outbox_merge_begin(struct outbox_merge *m, struct outbox *box, unsigned n)
{
	*m = (struct outbox_merge){ .box = box, .n = n };
}

static bool
before(const struct outbox_place *a, const struct outbox_place *b)
{
	if (a->packet != b->packet)
		return a->packet < b->packet;
	if (a->time != b->time)
		return a->time < b->time;
	return a->number < b->number;
}

/* The outbox whose next item comes first; n when all are empty. */
static unsigned
first(const struct outbox_merge *m)
{
	unsigned best = m->n;

	for (unsigned i = 0; i < m->n; i++) {
		const struct outbox *o = &m->box[i];
		if (m->at[i] < o->items.len &&
		    (best == m->n || before(&item_at(o, m->at[i])->place,
					 &item_at(&m->box[best], m->at[best])->place)))
			best = i;
	}
	return best;
}

void
outbox_merge_to(struct outbox_merge *m, uint64_t packet, struct scribe *s)
{
	unsigned i;

	while ((i = first(m)) < m->n && item_at(&m->box[i], m->at[i])->place.packet <= packet)
		m->at[i] = hand_over(&m->box[i], m->at[i], s);
}

void
outbox_merge_end(struct outbox_merge *m, struct scribe *s)
{
	outbox_merge_to(m, UINT64_MAX, s);
	for (unsigned i = 0; i < m->n; i++)
		empty(&m->box[i]);
}
