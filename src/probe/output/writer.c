/* SPDX-License-Identifier: Apache-2.0 */
/* The writing half of the output stage: lines to the event file and to the spool. */
#include <stdlib.h>

#include "internal.h"
#include "probe/spool.h"
#include "sink.h"

#define FLUSH_EVERY 200000000u /* ns */

static const uint8_t event_lane[] = {
#define EV_EVENT(name, lane, doc) lane,
#define EV_HAS(key, object, need)
#define EV_EVENT_END(name)
#include "wire/event.def"
};

struct writer {
	struct spool *spool;
	struct ev_probe probe;
	struct sink sink;
	uint64_t last_flush;
	struct output_counters count;
};

struct writer *
writer_new(const struct writer_config *config, struct err *e)
{
	struct writer *w = calloc(1, sizeof(*w));

	if (!w) {
		err_set(e, "out of memory");
		return NULL;
	}
	w->spool = config->spool;
	w->probe.name = config->probe_name;
	w->sink.fd = -1;
	if (*config->file && sink_open(&w->sink, config->file, config->append, e) != 0) {
		free(w);
		return NULL;
	}
	return w;
}

/* The file's own losses, said in the file. */
static void
file_gap(struct writer *w)
{
	struct sink_loss loss = w->sink.loss;
	struct buf line;
	struct jw j;

	if (!loss.count || w->sink.state.failing)
		return;
	w->sink.loss = (struct sink_loss){ 0 };
	struct ev_head head = head_blank(&w->probe);
	head.timestamp = loss.until;
	head.event_type = "gap";
	struct ev_gap gap = { .lane = "file",
		.count = loss.count,
		.reason = "disk",
		.since = loss.since,
		.until = loss.until };
	buf_init(&line, 64u << 10);
	jw_init(&j, &line);
	jw_object(&j);
	ev_head_fields(&j, &head);
	jw_key(&j, "gap");
	ev_gap_write(&j, &gap);
	jw_object_end(&j);
	if (!line.failed)
		(void)sink_line(&w->sink, line.ptr, line.len, loss.until);
	buf_fini(&line);
}

int
writer_close(struct writer *w)
{
	uint64_t lost = 0;

	if (!w)
		return 0;
	if (w->sink.fd >= 0) {
		writer_flush(w, 0, true);
		lost = sink_close(&w->sink);
	}
	if (lost)
		log_error("%s: the end of the events could not be written", w->sink.path);
	free(w);
	return lost ? -1 : 0;
}

void
writer_line(void *writer, uint8_t type, const void *line, size_t n, uint64_t ts)
{
	struct writer *w = writer;
	bool kept = true;

	if (w->sink.fd >= 0)
		kept = sink_line(&w->sink, line, n, ts);
	if (w->spool && spool_write(w->spool, event_lane[type], line, n, ts) != 0)
		kept = false;
	w->count.events++;
	w->count.alerts += type == EVENT_alert;
	w->count.bytes += n + 1;
	w->count.write_failed += !kept;
}

void
writer_flush(struct writer *w, uint64_t now, bool force)
{
	if (w->sink.fd < 0 || (!force && now - w->last_flush < FLUSH_EVERY))
		return;
	w->last_flush = now;
	if (sink_flush(&w->sink) == 0 && w->sink.loss.count) {
		file_gap(w);
		(void)sink_flush(&w->sink);
	}
}

void
writer_reopen(struct writer *w)
{
	sink_reopen(&w->sink);
}

const struct output_counters *
writer_count(const struct writer *w)
{
	return &w->count;
}
