/* SPDX-License-Identifier: Apache-2.0 */
/* A capture through the pipeline with one worker and a trace: see include/probe/rehearse.h. */
#include "probe/rehearse.h"

#include <stdlib.h>

#include "pktclock.h"
#include "probe/defrag.h"
#include "run.h"

#define EXPIRE_EVERY 1024u

struct stage {
	struct rehearse *r;
	struct options o;
	struct knowledge knowledge;
	struct capture *capture;
	struct decode decode;
	struct worker *worker;
	struct packet packet;
	struct pktclock clock;
	bool started;
};

static void
on_line(void *context, uint8_t type, const void *line, size_t n, uint64_t ts)
{
	struct stage *s = context;
	(void)type;
	(void)ts;
	if (s->r->line)
		s->r->line(s->r->context, line, n);
}

static void
on_record(void *context, const struct notice_record *r, const char *source)
{
	(void)context;
	(void)r;
	(void)source;
}

/* What the probe knows, with these rules, and nothing that writes. */
static int
know(struct stage *s, const struct options *o, struct err *e)
{
	static char none[] = "";
	s->o = *o;
	s->o.rules_files = (struct conf_list){ NULL, 0 };
	s->o.lists_files = (struct conf_list){ NULL, 0 };
	s->o.ring_dir = none;
	s->o.files_store = none;
	s->o.rules_bundle = s->o.rules_bundle_dir = s->o.rules_disable = s->o.rules_enable = none;
	s->o.rules_drop = s->o.rules_modify = s->o.rules_threshold = none;
	s->o.rules_categories = none;
	s->o.rules_reputation = (struct conf_list){ NULL, 0 };
	s->o.evidence_dir = none;
	if (knowledge_load(&s->o, NULL, &s->knowledge, e) != 0)
		return -1;
	match_rules_free(s->knowledge.rules);
	s->knowledge.rules = match_rules_load(s->r->load, &s->r->summary, e);
	return s->knowledge.rules ? 0 : -1;
}

static int
begin(struct stage *s, const char *file, struct err *e)
{
	struct capture_config capture = { .filter = "", .decodes = decode_linktype_known };
	struct worker_config worker = { .options = &s->o,
		.knowledge = &s->knowledge,
		.out = { .line = on_line, .record = on_record, .context = s },
		.seed = HASH_KEY_FIXED,
		.workers = 1 };

	s->capture = capture_open(file, false, &capture, e);
	if (!s->capture ||
	    run_decode(&s->decode, &s->o, s->knowledge.targets, HASH_KEY_FIXED, 1, e) != 0)
		return -1;
	s->worker = worker_new(&worker, e);
	if (!s->worker)
		return -1;
	worker_source(s->worker, file);
	return worker_trace(s->worker, &s->r->trace) == 0 ? 0 : err_set(e, "out of memory");
}

static void
take(struct stage *s, const struct frame *frame)
{
	if (!s->started)
		pktclock_start(&s->clock, frame->ts);
	else if (pktclock_take(&s->clock, frame->ts))
		worker_drain(s->worker, UINT64_MAX);
	s->started = true;
	if (frame->number % EXPIRE_EVERY == 0)
		worker_expire(s->worker, s->clock.now);
	run_frame(s->worker, &s->decode, &s->packet, frame, s->clock.now);
	s->r->packets++;
}

static void
end_capture(struct stage *s)
{
	if (s->started)
		worker_expire(s->worker, s->clock.now);
	defrag_forget(s->decode.defrag, &s->decode.count);
	worker_drain(s->worker, UINT64_MAX);
	s->started = false;
}

static void
read_all(struct stage *s)
{
	struct frame frame;
	struct err e;

	for (;;) {
		switch (capture_next(s->capture, &frame, &e)) {
		case CAPTURE_FRAME:
			take(s, &frame);
			break;
		case CAPTURE_DAMAGED:
			s->r->damaged = true;
			break;
		case CAPTURE_NEXT:
			end_capture(s);
			break;
		case CAPTURE_END:
			end_capture(s);
			return;
		default:
			break;
		}
	}
}

int
rehearse(struct rehearse *r, const struct options *o, const char *capture, struct err *e)
{
	struct stage *s = calloc(1, sizeof(*s));
	int rc = -1;

	if (!s)
		return err_set(e, "out of memory");
	s->r = r;
	if (know(s, o, e) == 0 && begin(s, capture, e) == 0) {
		read_all(s);
		rc = 0;
	}
	worker_free(s->worker);
	run_decode_end(&s->decode);
	capture_close(s->capture);
	knowledge_clear(&s->knowledge);
	free(s);
	return rc;
}
