/* SPDX-License-Identifier: Apache-2.0 */
/* spool_gaps: see spool_gaps.h. */
#include "spool_gaps.h"

#include <string.h>

#include "lib/jw.h"
#include "wire/event.h"
#include "wire/frame.h"

#define SECOND 1000000000ull
#define FEW (64u << 10) /* bytes of control lane */
#define MANY (1u << 20)

#define SAVED (offsetof(struct spool_gaps, pos))

_Static_assert(SAVED <= SPOOLPOS_NOTES, "the pending losses fit the notes");

static struct gap_pending *
at(struct spool_gaps *g, unsigned i)
{
	return &g->pending[i / GAP_REASONS][i % GAP_REASONS];
}

#define PENDING_MAX (LANE_COUNT * GAP_REASONS)

/* The first `n` that are pending are written: forget them. */
static void
forget(struct spool_gaps *g, uint64_t n)
{
	for (unsigned i = 0; i < PENDING_MAX && n; i++) {
		if (!at(g, i)->count)
			continue;
		*at(g, i) = (struct gap_pending){ 0 };
		n--;
	}
	g->writing = 0;
	spool_gaps_save(g);
}

static void
count(struct gap_pending *p, uint64_t n, uint64_t ts)
{
	if (!p->count || ts < p->since)
		p->since = ts;
	if (!p->count || ts > p->until)
		p->until = ts;
	p->count += n;
}

void
spool_gaps_load(struct spool_gaps *g, struct spoolpos *pos, const struct seglog *control)
{
	memset(g, 0, sizeof(*g));
	(void)spoolpos_load_notes(pos, g, SAVED);
	g->pos = pos;
	if (g->writing && seglog_next(control) > g->writing)
		forget(g, seglog_next(control) - g->writing);
	g->writing = 0;
	for (int i = 0; i < LANE_COUNT; i++) {
		if (g->at_risk[i])
			count(&g->pending[i][GAP_DISK], g->at_risk[i], g->risk_at);
		g->at_risk[i] = 0;
	}
	spool_gaps_save(g);
}

void
spool_gaps_save(struct spool_gaps *g)
{
	spoolpos_save_notes(g->pos, g, SAVED);
}

void
spool_gaps_unwritten(struct spool_gaps *g, enum lane lane, uint64_t ts)
{
	count(&g->pending[lane][GAP_DISK], 1, ts);
}

bool
spool_gaps_merges(const struct spool_gaps *g, enum lane lane, uint64_t first)
{
	const struct gap_pending *p = &g->pending[lane][GAP_QUOTA];
	return !p->count || p->last + 1 == first;
}

void
spool_gaps_dropped(
    struct spool_gaps *g, enum lane lane, uint64_t first, uint64_t last, uint64_t now)
{
	struct gap_pending *p = &g->pending[lane][GAP_QUOTA];
	if (!p->count)
		p->first = first;
	p->last = last;
	count(p, last - first + 1, now);
	spool_gaps_save(g);
}

static void
record(struct buf *out, const struct spool_gaps *g, unsigned i)
{
	static const char *const reasons[GAP_REASONS] = { "quota", "disk" };
	const struct gap_pending *p = at((struct spool_gaps *)g, i);
	struct ev_probe probe = { .name = g->probe };
	struct ev_gap gap = { .lane = lane_name((int)(i / GAP_REASONS)),
		.first = p->first,
		.last = p->last,
		.count = p->count,
		.reason = reasons[i % GAP_REASONS],
		.since = p->since,
		.until = p->until };
	struct jw w;
	for (int k = 0; k < 8; k++)
		buf_u8(out, (uint8_t)(p->until >> 8 * k));
	jw_init(&w, out);
	jw_object(&w);
	jw_key(&w, "timestamp");
	jw_time(&w, p->until);
	jw_key(&w, "event_type");
	jw_text(&w, "gap");
	if (g->probe) {
		jw_key(&w, "probe");
		ev_probe_write(&w, &probe);
	}
	jw_key(&w, "gap");
	ev_gap_write(&w, &gap);
	jw_object_end(&w);
}

/* Few gap records waiting: a second of merging is enough. Many: nobody is listening, an hour will
 * do. */
static uint64_t
pause_for(const struct seglog *control)
{
	uint64_t bytes = seglog_bytes(control);
	return bytes < FEW ? SECOND : bytes < MANY ? 60 * SECOND : 3600 * SECOND;
}

int
spool_gaps_write(struct spool_gaps *g, struct seglog *control, uint64_t now, bool force)
{
	struct buf line;
	uint64_t number, done = 0, want = 0;
	for (unsigned i = 0; i < PENDING_MAX; i++)
		want += at(g, i)->count > 0;
	if (!want || (!force && now - g->last_write < pause_for(control)))
		return 0;
	if (seglog_flush(control) < 0)
		return -1;
	g->writing = seglog_next(control);
	spool_gaps_save(g);
	buf_init(&line, FRAME_EVENT_MAX);
	for (unsigned i = 0; i < PENDING_MAX; i++) {
		if (!at(g, i)->count)
			continue;
		buf_clear(&line);
		record(&line, g, i);
		if (line.failed || seglog_append(control, line.ptr, line.len, &number) < 0)
			break;
		done++;
	}
	buf_fini(&line);
	/* what was appended keeps its number whether or not the disk takes it now */
	int rc = seglog_flush(control);
	forget(g, done);
	g->written += done;
	g->last_write = now;
	return rc == 0 && done == want ? 0 : -1;
}
