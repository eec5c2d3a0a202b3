/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packets: the files of a ring as one sequence.
 *
 *   stream (worker, link type) -> its files one after the other -> the packet that comes next
 * Of all streams the earliest packet comes first; at the same time the lower worker's does.
 */
#include <stdlib.h>

#include "packets.h"
#include "packets_walk.h"

struct stream {
	unsigned worker;
	uint16_t linktype;
	size_t next; /* file */
	bool open, ready;
	struct packets_walk walk;
	struct packets_packet packet;
};

struct packets_reader {
	const struct packets_ring *ring;
	const struct packets_filter *filter;
	struct stream *stream;
	size_t n;
	struct stream *given; /* whose packet was given last */
};

static bool
is_of(const struct stream *s, const struct packets_file *f)
{
	return f->worker == s->worker && f->linktype == s->linktype;
}

/* Its next file that can hold something wanted. */
static bool
next_file(struct packets_reader *r, struct stream *s)
{
	while (s->next < r->ring->n) {
		const struct packets_file *f = &r->ring->file[s->next++];
		if (!is_of(s, f) || !f->packets || f->max_ts < r->filter->from ||
		    f->min_ts > r->filter->to)
			continue;
		if (packets_walk_open(&s->walk, r->ring->dir, f, r->filter) == 0)
			return true;
	}
	return false;
}

static void
advance(struct packets_reader *r, struct stream *s)
{
	s->ready = false;
	while (!s->ready && (s->open || (s->open = next_file(r, s)))) {
		s->ready = packets_walk_next(&s->walk, &s->packet);
		if (!s->ready) {
			packets_walk_close(&s->walk);
			s->open = false;
		}
	}
}

static bool
is_known(const struct packets_reader *r, const struct packets_file *f)
{
	for (size_t i = 0; i < r->n; i++)
		if (is_of(&r->stream[i], f))
			return true;
	return false;
}

struct packets_reader *
packets_reader_new(const struct packets_ring *ring, const struct packets_filter *filter)
{
	struct packets_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->ring = ring;
	r->filter = filter;
	for (size_t i = 0; i < ring->n; i++) {
		const struct packets_file *f = &ring->file[i];
		if (is_known(r, f))
			continue;
		struct stream *more = realloc(r->stream, (r->n + 1) * sizeof(*more));
		if (!more) {
			packets_reader_free(r);
			return NULL;
		}
		r->stream = more;
		r->stream[r->n++] = (struct stream){ .worker = f->worker, .linktype = f->linktype };
	}
	for (size_t i = 0; i < r->n; i++)
		advance(r, &r->stream[i]);
	return r;
}

void
packets_reader_free(struct packets_reader *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++)
		if (r->stream[i].open)
			packets_walk_close(&r->stream[i].walk);
	free(r->stream);
	free(r);
}

bool
packets_next(struct packets_reader *r, struct packets_packet *out)
{
	struct stream *first = NULL;

	if (r->given)
		advance(r, r->given);
	for (size_t i = 0; i < r->n; i++) {
		struct stream *s = &r->stream[i];
		if (s->ready && (!first || s->packet.record.ts < first->packet.record.ts))
			first = s;
	}
	r->given = first;
	if (first)
		*out = first->packet;
	return first != NULL;
}

size_t
packets_links(const struct packets_reader *r, uint16_t *out, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		size_t k = 0;
		while (k < n && k < room && out[k] != r->stream[i].linktype)
			k++;
		if (!r->stream[i].ready || (k < n && k < room))
			continue;
		if (n < room)
			out[n] = r->stream[i].linktype;
		n++;
	}
	return n;
}
