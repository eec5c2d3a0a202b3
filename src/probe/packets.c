/* SPDX-License-Identifier: Apache-2.0 */
#include "packets.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "knowledge.h"
#include "lib/log.h"
#include "lockin.h"
#include "probe/capture.h"
#include "probe/decode.h"
#include "probe/spool.h"
#include "run.h"
#include "worker.h"

static struct run_control control;

/*
 * Two threads beside those with packets. Signals are taken by one, so that no handler has to be
 * safe for what it interrupts; rules and lists load in the other, so that a stop, a save or the
 * next reload does not wait for them.
 *
 *     SIGHUP -> wanted -> load -> control.fresh -> taken between packets
 */
struct reloader {
	const struct options *options;
	struct knowledge_shared shared;
	pthread_t signals, loader;
	bool running;
	atomic_bool quit;    /* ends both */
	atomic_bool give_up; /* ends a load */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool wanted; /* by the lock: since the load under way began, if there is one */
};

static sigset_t
signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	return set;
}

static void
reload(const struct reloader *r)
{
	struct knowledge *k = calloc(1, sizeof(*k));
	struct err e = { "out of memory" };

	if (!k || knowledge_load(r->options, &r->shared, k, &e) != 0) {
		if (!atomic_load(&r->give_up))
			log_error("reload: %s; what is in force stays", e.text);
		free(k);
		return;
	}
	knowledge_keep(r->options);
	knowledge_free(atomic_exchange(&control.fresh, k));
}

static void *
loader_thread(void *context)
{
	struct reloader *r = context;

	pthread_mutex_lock(&r->lock);
	while (!atomic_load(&r->quit)) {
		if (!r->wanted) {
			pthread_cond_wait(&r->wake, &r->lock);
			continue;
		}
		r->wanted = false;
		pthread_mutex_unlock(&r->lock);
		reload(r);
		pthread_mutex_lock(&r->lock);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* Wake the loader: there is something to load, or it is to end. */
static void
tell_loader(struct reloader *r, bool wanted)
{
	pthread_mutex_lock(&r->lock);
	r->wanted = wanted;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
}

static void
heed(struct reloader *r, int sig)
{
	if (sig == SIGHUP) {
		atomic_store(&control.reopen, true);
		tell_loader(r, true);
		return;
	}
	atomic_store(&control.stop, true);
	atomic_store(&r->give_up, true);
}

static void *
signal_thread(void *context)
{
	struct reloader *r = context;
	sigset_t set = signals();
	const uint64_t every = r->options->datasets_every; /* ms */
	const struct timespec wait = { (time_t)(every / 1000), (long)(every % 1000) * 1000000 };
	int sig;

	for (;;) {
		sig = sigtimedwait(&set, NULL, &wait);
		if (sig < 0 && errno == EINTR)
			continue;
		if (atomic_load(&r->quit))
			break;
		if (sig < 0)
			match_datasets_save(r->shared.datasets);
		else
			heed(r, sig);
	}
	return NULL;
}

/* Before anything else: a signal that comes while rules load must wait, not kill. */
static void
block_signals(void)
{
	sigset_t set = signals();

	signal(SIGPIPE, SIG_IGN); /* a reader of standard output that leaves is a failed write */
	signal(SIGXFSZ, SIG_IGN); /* and so is a file at its size limit */
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void
end_loader(struct reloader *r)
{
	atomic_store(&r->quit, true);
	atomic_store(&r->give_up, true);
	tell_loader(r, false);
	pthread_join(r->loader, NULL);
}

static int
start_signals(struct reloader *r, struct err *e)
{
	r->shared.stop = &r->give_up;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->wake, NULL);
	if (pthread_create(&r->loader, NULL, loader_thread, r) != 0)
		return err_set(e, "cannot start the thread that loads");
	if (pthread_create(&r->signals, NULL, signal_thread, r) != 0) {
		end_loader(r);
		return err_set(e, "cannot start the signal thread");
	}
	r->running = true;
	return 0;
}

static void
stop_signals(struct reloader *r)
{
	if (!r->running)
		return;
	end_loader(r);
	pthread_kill(r->signals, SIGTERM);
	pthread_join(r->signals, NULL);
	pthread_cond_destroy(&r->wake);
	pthread_mutex_destroy(&r->lock);
	knowledge_free(atomic_exchange(&control.fresh, NULL));
}

/* Every worker has a handle of its own on every interface: handle[worker * interface_n +
 * interface]; a file has one. */
struct captures {
	struct capture *handle[ARGUMENTS_SOURCES * WORKERS_MOST];
	size_t n;
};

static void
close_captures(struct captures *c)
{
	for (size_t i = 0; i < c->n; i++)
		capture_close(c->handle[i]);
	c->n = 0;
}

/* -1 with a sentence; what was opened is then closed. */
static int
open_captures(const struct arguments *a, struct captures *c, struct err *e)
{
	const struct options *o = &a->options;
	struct capture_config config = { .snaplen = (uint32_t)o->capture_snaplen,
		.buffer_bytes = o->capture_buffer,
		.promiscuous = o->capture_promiscuous,
		.filter = o->capture_filter,
		.balance = o->capture_balance,
		.workers = (unsigned)o->probe_workers,
		.speed = (unsigned)o->capture_speed,
		.decodes = decode_linktype_known,
		.stop = &control.stop,
		.wait_ms = a->interface_n > 1 ? 0 : 100 };
	size_t all = a->read ? 1 : a->interface_n * o->probe_workers;

	for (c->n = 0; c->n < all; c->n++) {
		const char *what = a->read ? a->read : a->interface[c->n % a->interface_n];
		if (!a->read) {
			config.worker = (unsigned)(c->n / a->interface_n);
			config.first = config.worker ? c->handle[c->n % a->interface_n] : NULL;
		}
		c->handle[c->n] = capture_open(what, !a->read, &config, e);
		if (!c->handle[c->n]) {
			close_captures(c);
			return -1;
		}
	}
	return 0;
}

static struct spool *
open_spool(const struct options *o, struct err *e)
{
	struct spool_config config = {
		.dir = o->spool_dir, .probe = o->probe_name, .quota = o->spool_quota
	};

	return spool_open(&config, e);
}

static void
say_result(const struct run_result *r)
{
	log_info("%llu packets, %llu events, %llu alerts", (unsigned long long)r->packets,
	    (unsigned long long)r->events, (unsigned long long)r->alerts);
}

/* Live: from here on packets are looked at and signals are heeded. */
static void
say_watching(const struct arguments *a, const struct match_summary *rules)
{
	for (size_t i = 0; i < a->interface_n; i++)
		log_info("%s: watching, %u rules in force, %u refused", a->interface[i],
		    rules->loaded, rules->failed);
	if (a->interface_n && !rules->loaded)
		log_warn("no signature is looked for: rules.files names no rule (conf/probe.yaml "
			 "has our own)");
}

static int
run(const struct arguments *a, struct run_config *config, const struct captures *c)
{
	struct run_result result;
	struct err e;

	say_watching(a, &config->knowledge.summary);
	int rc = a->read ? run_replay(config, c->handle[0], &control, &result, &e)
			 : run_live(config, c->handle, a->interface_n, &control, &result, &e);
	if (rc != 0) {
		log_error("%s", e.text);
		return EXIT_FAILED;
	}
	if (a->verbose || a->interface_n)
		say_result(&result);
	if (result.write_failed)
		return EXIT_FAILED;
	return result.damaged ? EXIT_DAMAGED : EXIT_WELL;
}

static int
run_opened(const struct arguments *a, struct reloader *r, const struct captures *c)
{
	const struct options *o = &a->options;
	struct run_config config = { .options = o,
		.event_file = a->event_file,
		.workers = (unsigned)o->probe_workers,
		.progress = a->read && isatty(STDERR_FILENO) };
	struct err e;

	if (*o->ship_endpoint && !(config.spool = open_spool(o, &e))) {
		log_error("%s", e.text);
		return EXIT_FAILED;
	}
	if (knowledge_load(o, &r->shared, &config.knowledge, &e) != 0) {
		log_error("%s", e.text);
		spool_close(config.spool);
		return EXIT_SETTINGS;
	}
	knowledge_keep(o);
	int status = EXIT_FAILED;
	if (start_signals(r, &e) != 0) {
		log_error("%s", e.text);
		knowledge_clear(&config.knowledge);
	} else {
		status = run(a, &config, c);
	}
	stop_signals(r);
	match_datasets_save(r->shared.datasets);
	spool_close(config.spool);
	return status;
}

static void
free_shared(struct knowledge_shared *s)
{
	match_datasets_free(s->datasets);
	match_share_free(s->expressions);
}

int
packets_run(const struct arguments *a)
{
	static struct captures captures;
	/* one worker meets the same values in every replay; live, nobody shall foresee the order */
	struct reloader r = { .options = &a->options,
		.shared = { .datasets = match_datasets_new(a->read ? HASH_KEY_FIXED : run_seed()),
		    .expressions = match_share_new() } };
	struct err e = { "out of memory" };

	block_signals();
	if (!r.shared.datasets || !r.shared.expressions || open_captures(a, &captures, &e) != 0) {
		log_error("%s", e.text);
		free_shared(&r.shared);
		return EXIT_FAILED;
	}
	int status = EXIT_FAILED;
	if (lockin_prepare(a, &e) != 0 || lockin_packets(a, &e) != 0)
		log_error("%s", e.text);
	else
		status = run_opened(a, &r, &captures);
	close_captures(&captures);
	free_shared(&r.shared);
	return status;
}

int
packets_test(const struct arguments *a)
{
	struct knowledge k;
	struct err e;

	if (knowledge_load(&a->options, NULL, &k, &e) != 0) {
		log_error("%s", e.text);
		return EXIT_SETTINGS;
	}
	printf("settings are well; %u rule files, %u rules loaded, %u refused, %u switched off\n",
	    k.summary.files, k.summary.loaded, k.summary.failed, k.summary.disabled);
	int bad = k.summary.failed || k.bad_lists;
	knowledge_clear(&k);
	return bad ? EXIT_SETTINGS : EXIT_WELL;
}
