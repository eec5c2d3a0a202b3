/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run: live interfaces. A thread a worker; the kernel spreads an interface's flows over the
 * workers' handles. What they find waits in an outbox each and goes to the scribe a turn at a time;
 * this thread keeps house meanwhile.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "counters.h"
#include "lib/log.h"
#include "lib/now.h"
#include "outbox.h"
#include "pktclock.h"
#include "probe/defrag.h"
#include "run.h"

#define MS 1000000ull /* ns */
#define SECOND (1000 * MS)
#define DRAIN (10 * SECOND) /* at the end, read so long at most what the kernel still holds */
#define QUIET (250 * MS)    /* it hands over a block that is not full after 100 ms */
#define BATCH 256           /* packets of one link before the next has its turn */
#define PUBLISH (200 * MS)  /* counters are told so often */
#define HOUSE (50 * MS)
#define WAITS_MOST ((size_t)4 << 20) /* bytes of findings before a worker waits for the scribe */

struct live;

struct member {
	struct live *live;
	struct worker *worker;
	struct decode decode;
	struct packet packet;
	struct outbox box;
	struct gate gate;
	struct capture *const *captures; /* one a link */
	struct pktclock clock;
	bool begun;                  /* the clock is */
	uint64_t expired, published; /* ns */
	pthread_t thread;
	bool running;
	_Atomic(const struct knowledge *) offered; /* what to use from the next turn on */
	_Atomic(const struct knowledge *) used;

	/* told to the others, under the scribe's mutex */
	uint64_t now;
	struct worker_counters workers;
	struct decode_counters decoded;
	struct capture_stats *captured; /* one a link */
};

struct live {
	struct run_config *config;
	struct run_control *control;
	const char **interface; /* names */
	size_t link_n;
	struct links *links;
	struct scribe *scribe;
	struct worker_shared shared;
	struct knowledge *knowledge, *former; /* former: until all workers have ended */
	pthread_mutex_t scribe_mutex, gate_mutex;
	struct member *member;
	uint64_t begun, stats_at, judged_at;
	uint64_t kernel_drops, if_drops; /* when last looked at */
	struct log_state dropping, split;
};

/* ---- what workers share ---- */

static void
enter_gate(void *context)
{
	const struct member *m = context;

	pthread_mutex_lock(&m->live->gate_mutex);
}

static void
leave_gate(void *context)
{
	const struct member *m = context;

	pthread_mutex_unlock(&m->live->gate_mutex);
}

/* ---- a worker's thread ---- */

static void
pass_time(struct member *m, uint64_t ts)
{
	if (!m->begun) {
		pktclock_start(&m->clock, ts);
		m->begun = true;
		m->expired = ts;
	} else if (pktclock_take(&m->clock, ts)) {
		/* the clock was set back: nothing says how long flows were quiet */
		worker_drain(m->worker, UINT64_MAX);
		m->expired = m->clock.now;
	}
}

/* Up to BATCH packets of a link; how many there were. */
static int
read_link(struct member *m, size_t link)
{
	struct frame frame;
	struct err e;
	int taken = 0;

	while (taken < BATCH && capture_next(m->captures[link], &frame, &e) == CAPTURE_FRAME) {
		frame.source = (uint16_t)link;
		pass_time(m, frame.ts);
		run_frame(m->worker, &m->decode, &m->packet, &frame, m->clock.now);
		taken++;
	}
	return taken;
}

/* Under the mutex: counters as they are now. */
static void
publish(struct member *m)
{
	m->now = m->clock.now;
	worker_count(m->worker, &m->workers);
	m->workers.failed += m->box.lost;
	m->decoded = m->decode.count;
	for (size_t i = 0; i < m->live->link_n; i++) {
		capture_stats(m->captures[i], &m->captured[i]);
		links_captured(m->live->links, (unsigned)(m - m->live->member), i, &m->captured[i]);
	}
}

/* What was found goes to the scribe; when it is busy, with the next turn. */
static void
hand_over(struct member *m, bool must)
{
	pthread_mutex_t *mutex = &m->live->scribe_mutex;
	uint64_t now = now_steady_ns();
	bool tell = now - m->published >= PUBLISH;

	if (!m->box.items.len && !tell && !must)
		return;
	if (must || m->box.items.len > WAITS_MOST)
		pthread_mutex_lock(mutex);
	else if (pthread_mutex_trylock(mutex) != 0)
		return;
	outbox_give(&m->box, m->live->scribe);
	if (tell || must) {
		publish(m);
		m->published = now;
	}
	pthread_mutex_unlock(mutex);
}

static void
heed_knowledge(struct member *m)
{
	const struct knowledge *k = atomic_load(&m->offered);

	if (k == atomic_load_explicit(&m->used, memory_order_relaxed))
		return;
	worker_knowledge(m->worker, k);
	defrag_set_targets(m->decode.defrag, k->targets);
	atomic_store(&m->used, k);
}

/* One turn of every link. Packets there were. */
static int
turn(struct member *m)
{
	int sum = 0;

	for (size_t i = 0; i < m->live->link_n; i++)
		sum += read_link(m, i);
	if (sum == 0) {
		pass_time(m, now_real_ns());
		if (m->live->link_n > 1)
			nanosleep(&(struct timespec){ .tv_nsec = MS }, NULL);
	}
	if (m->clock.now - m->expired >= SECOND / 4 || m->clock.now < m->expired) {
		m->expired = m->clock.now;
		worker_expire(m->worker, m->clock.now);
	}
	heed_knowledge(m);
	hand_over(m, false);
	return sum;
}

/* What came before the end was called for is still looked at. */
static void
read_rest(struct member *m)
{
	uint64_t begun = now_steady_ns(), last = begun, now = begun;

	for (size_t i = 0; i < m->live->link_n; i++)
		capture_no_more(m->captures[i]);
	while (now - begun < DRAIN && now - last < QUIET) {
		int got = turn(m);
		now = now_steady_ns();
		if (got > 0)
			last = now;
	}
}

static void *
member_run(void *context)
{
	struct member *m = context;

	while (!atomic_load(&m->live->control->stop))
		(void)turn(m);
	read_rest(m);
	worker_expire(m->worker, m->clock.now);
	worker_drain(m->worker, UINT64_MAX);
	defrag_forget(m->decode.defrag, &m->decode.count);
	worker_flush(m->worker);
	hand_over(m, true);
	return NULL;
}

/* ---- the thread that keeps house ---- */

static uint64_t
earliest(const struct live *l)
{
	uint64_t now = UINT64_MAX;

	for (unsigned i = 0; i < l->config->workers; i++)
		now = l->member[i].now < now ? l->member[i].now : now;
	return now;
}

static void
sum_up(const struct live *l, struct scribe_sums *sums)
{
	*sums = (struct scribe_sums){ .uptime = (now_steady_ns() - l->begun) / SECOND };
	for (unsigned i = 0; i < l->config->workers; i++) {
		const struct member *m = &l->member[i];
		worker_counters_add(&sums->workers, &m->workers);
		counters_add(&sums->decode, &m->decoded, sizeof(m->decoded));
		for (size_t k = 0; k < l->link_n; k++)
			counters_add(&sums->capture, &m->captured[k], sizeof(m->captured[k]));
	}
}

/* Said when it begins and when a whole interval was without. */
static void
say_drops(struct live *l, const struct capture_stats *s)
{
	uint64_t kernel = s->kernel_drops - l->kernel_drops, nic = s->if_drops - l->if_drops;

	l->kernel_drops = s->kernel_drops;
	l->if_drops = s->if_drops;
	if (kernel || nic)
		(void)log_state_set(&l->dropping, true,
		    "capture: frames are lost: %llu because the kernel's ring was full (a larger "
		    "capture.buffer or more probe.workers help), %llu by the interface",
		    (unsigned long long)kernel, (unsigned long long)nic);
	else
		(void)log_state_set(&l->dropping, false, "capture: frames are not lost any more");
}

/* The outer ports of such a tunnel differ in the two directions, and so may the workers. */
static void
say_split(struct live *l, const struct decode_counters *d)
{
	bool by_address = l->config->options->capture_balance == CAPTURE_BALANCE_ADDRESS;

	if (l->config->workers > 1 && !by_address && d->vxlan + d->geneve + d->gtp > 0)
		(void)log_state_set(&l->split, true,
		    "capture: there are tunnels (VXLAN, GENEVE or GTP-U): the two directions of "
		    "what is inside may reach different workers; set capture.balance: address");
}

/* *sums gets what was written. */
static void
write_stats(struct live *l, struct scribe_sums *sums)
{
	sum_up(l, sums);
	say_drops(l, &sums->capture);
	say_split(l, &sums->decode);
	scribe_stats(l->scribe, now_real_ns(), sums);
}

/* Have all workers left the old one? At a stop they end without looking again. */
static bool
await_knowledge(const struct live *l)
{
	for (unsigned i = 0; i < l->config->workers; i++)
		while (atomic_load(&l->member[i].used) != l->knowledge) {
			if (atomic_load(&l->control->stop))
				return false;
			nanosleep(&(struct timespec){ .tv_nsec = MS }, NULL);
		}
	return true;
}

/* What was loaded anew while packets flowed. */
static void
take_knowledge(struct live *l, struct knowledge *fresh)
{
	l->former = l->knowledge;
	l->knowledge = fresh;
	for (unsigned i = 0; i < l->config->workers; i++)
		atomic_store(&l->member[i].offered, fresh);
	bool left = await_knowledge(l);
	pthread_mutex_lock(&l->scribe_mutex);
	scribe_knowledge(l->scribe, fresh);
	pthread_mutex_unlock(&l->scribe_mutex);
	log_info(
	    "reload: %u rules in force, %u refused", fresh->summary.loaded, fresh->summary.failed);
	if (left) {
		knowledge_free(l->former);
		l->former = NULL;
	}
}

static void
say_link(void *context, const struct links_report *r)
{
	struct live *l = context;
	char text[LINKS_TEXT];

	scribe_link(l->scribe, now_real_ns(), r);
	if (r->state == LINKS_DOWN || r->before == LINKS_DOWN)
		return; /* capture says so itself */
	links_text(text, r);
	log_line(r->state == LINKS_OK ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, "%s", text);
}

static void
keep_house(struct live *l)
{
	struct knowledge *fresh = atomic_exchange(&l->control->fresh, NULL);
	uint64_t now = now_steady_ns();
	struct scribe_sums sums;

	if (fresh)
		take_knowledge(l, fresh);
	pthread_mutex_lock(&l->scribe_mutex);
	if (atomic_exchange(&l->control->reopen, false))
		scribe_reopen(l->scribe);
	scribe_time(l->scribe, earliest(l), l->interface[0]);
	if (now - l->judged_at >= SECOND) {
		l->judged_at = now;
		links_judge(l->links, now_real_ns(), say_link, l);
	}
	if (now - l->stats_at >= l->config->options->output_stats * MS) {
		l->stats_at = now;
		write_stats(l, &sums);
	}
	scribe_flush(l->scribe, false);
	pthread_mutex_unlock(&l->scribe_mutex);
}

/* ---- making and ending ---- */

static int
member_open(struct live *l, unsigned i, struct capture *const *captures, struct hash_key seed,
    struct err *e)
{
	struct member *m = &l->member[i];
	struct worker_config config = { .options = l->config->options,
		.knowledge = l->knowledge,
		.interface = l->interface,
		.links = l->links,
		.index = i,
		.out = { .line = outbox_line, .record = outbox_record, .context = &m->box },
		.shared = l->shared,
		.gate = l->config->workers > 1 ? &m->gate : NULL,
		.seed = seed,
		.workers = l->config->workers };

	m->live = l;
	m->captures = captures + i * l->link_n;
	m->gate = (struct gate){ enter_gate, leave_gate, m };
	outbox_init(&m->box);
	atomic_init(&m->offered, l->knowledge);
	atomic_init(&m->used, l->knowledge);
	m->captured = calloc(l->link_n, sizeof(*m->captured));
	if (!m->captured)
		return err_set(e, "out of memory");
	if (run_decode(&m->decode, l->config->options, l->knowledge->targets, seed,
		l->config->workers, e) != 0)
		return -1;
	m->worker = worker_new(&config, e);
	return m->worker ? 0 : -1;
}

static int
open_all(struct live *l, struct capture *const *captures, struct err *e)
{
	struct hash_key seed = run_seed();
	struct scribe_config scribe = { .options = l->config->options,
		.knowledge = l->knowledge,
		.event_file = l->config->event_file,
		.spool = l->config->spool,
		.seed = seed,
		.live = true };
	struct links_config links = { .rows = &l->config->options->capture_links,
		.interface = l->interface,
		.n = l->link_n,
		.workers = l->config->workers,
		.idle = l->config->options->capture_idle * MS,
		.one_way = l->config->options->capture_one_way };

	if (!(l->links = links_new(&links, e)))
		return -1;
	scribe.links = l->links;
	if (worker_shared_new(&l->shared, l->config->options, seed, e) != 0)
		return -1;
	if (!(l->scribe = scribe_new(&scribe, e)))
		return -1;
	for (unsigned i = 0; i < l->config->workers; i++)
		if (member_open(l, i, captures, seed, e) != 0)
			return -1;
	return 0;
}

static int
start_all(struct live *l, struct err *e)
{
	for (unsigned i = 0; i < l->config->workers; i++) {
		struct member *m = &l->member[i];
		m->running = pthread_create(&m->thread, NULL, member_run, m) == 0;
		if (!m->running) {
			atomic_store(&l->control->stop, true);
			return err_set(e, "cannot start a worker's thread");
		}
	}
	return 0;
}

static void
join_all(struct live *l)
{
	for (unsigned i = 0; i < l->config->workers; i++)
		if (l->member[i].running)
			pthread_join(l->member[i].thread, NULL);
}

static void
finish(struct live *l, struct run_result *result)
{
	struct scribe_sums sums;
	struct err e;

	if (scribe_capture_end(l->scribe, l->interface[0], &e) != 0)
		log_error("%s", e.text);
	write_stats(l, &sums);
	scribe_flush(l->scribe, true);
	const struct output_counters *o = scribe_count(l->scribe);
	*result = (struct run_result){ .packets = sums.capture.frames,
		.alerts = o->alerts,
		.events = o->events,
		.write_failed = o->write_failed || sums.workers.failed };
}

static void
close_all(struct live *l)
{
	for (unsigned i = 0; l->member && i < l->config->workers; i++) {
		struct member *m = &l->member[i];
		worker_free(m->worker);
		run_decode_end(&m->decode);
		outbox_fini(&m->box);
		free(m->captured);
	}
	free(l->member);
	free(l->interface);
	links_free(l->links);
	worker_shared_free(&l->shared);
	knowledge_free(l->former);
	knowledge_free(l->knowledge);
	pthread_mutex_destroy(&l->scribe_mutex);
	pthread_mutex_destroy(&l->gate_mutex);
}

/* The names of the links, and room for the workers; what config knows is the live run's now. */
static int
set_up(struct live *l, struct capture *const *captures, struct err *e)
{
	l->interface = calloc(l->link_n, sizeof(*l->interface));
	l->member = calloc(l->config->workers, sizeof(*l->member));
	l->knowledge = malloc(sizeof(*l->knowledge));
	if (!l->interface || !l->member || !l->knowledge) {
		free(l->knowledge);
		l->knowledge = NULL;
		knowledge_clear(&l->config->knowledge);
		return err_set(e, "out of memory");
	}
	*l->knowledge = l->config->knowledge;
	for (size_t i = 0; i < l->link_n; i++)
		l->interface[i] = capture_name(captures[i]);
	return 0;
}

int
run_live(struct run_config *config, struct capture *const *captures, size_t link_n,
    struct run_control *control, struct run_result *result, struct err *e)
{
	struct live l = { .config = config, .control = control, .link_n = link_n };

	pthread_mutex_init(&l.scribe_mutex, NULL);
	pthread_mutex_init(&l.gate_mutex, NULL);
	l.begun = l.stats_at = now_steady_ns();
	int rc = set_up(&l, captures, e);
	if (rc == 0)
		rc = open_all(&l, captures, e);
	if (rc == 0)
		rc = start_all(&l, e);
	while (rc == 0 && !atomic_load(&control->stop)) {
		nanosleep(&(struct timespec){ .tv_nsec = HOUSE }, NULL);
		keep_house(&l);
	}
	if (l.member)
		join_all(&l);
	if (rc == 0)
		finish(&l, result);
	if (scribe_close(l.scribe) != 0 && rc == 0)
		result->write_failed = true;
	close_all(&l);
	return rc;
}
