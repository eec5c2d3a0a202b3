/* SPDX-License-Identifier: Apache-2.0 */
#include "packets.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "knowledge.h"
#include "lib/log.h"
#include "lockin.h"
#include "probe/capture.h"
#include "probe/spool.h"
#include "worker.h"

static struct worker_control control;

/* What the reload thread needs; lives as long as the process. */
struct reloader {
	const struct options *options;
	pthread_t thread;
	bool running;
};

/*
 * Signals are taken by one thread: no handler has to be safe for what it interrupts, and rules load there while packets flow.
 */
static void *
signal_thread(void *context)
{
	const struct reloader *r = context;
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	while (sigwait(&set, &sig) == 0) {
		struct knowledge k;
		struct err e;
		if (sig != SIGHUP) {
			atomic_store(&control.stop, true);
			continue;
		}
		atomic_store(&control.reopen, true);
		if (knowledge_load(r->options, &k, &e) != 0) {
			log_error("reload: %s; the rules in force stay", e.text);
			continue;
		}
		log_info("reload: %u rules in force, %u refused", k.summary.loaded, k.summary.failed);
		match_rules_free(atomic_exchange(&control.new_rules, k.rules));
		learn_free(atomic_exchange(&control.new_learn, k.learn));
	}
	return NULL;
}

static int
start_signals(struct reloader *r, struct err *e)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	signal(SIGPIPE, SIG_IGN);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0 ||
	    pthread_create(&r->thread, NULL, signal_thread, r) != 0)
		return err_set(e, "cannot start the signal thread");
	r->running = true;
	return 0;
}

static void
stop_signals(struct reloader *r)
{
	if (!r->running)
		return;
	pthread_cancel(r->thread);
	pthread_join(r->thread, NULL);
	match_rules_free(atomic_exchange(&control.new_rules, NULL));
	learn_free(atomic_exchange(&control.new_learn, NULL));
}

static void
close_captures(struct capture **c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		capture_close(c[i]);
}

/* -1 with a sentence; what was opened is then closed. */
static int
open_captures(const struct arguments *a, struct capture **c, size_t *n, struct err *e)
{
	const struct options *o = &a->options;
	struct capture_config config = { .snaplen = (uint32_t)o->capture_snaplen,
		.buffer_bytes = o->capture_buffer,
		.promiscuous = o->capture_promiscuous,
		.filter = o->capture_filter,
		.wait_ms = a->interface_n > 1 ? 0 : 100 };

	*n = 0;
	if (a->read) {
		c[0] = capture_open(a->read, false, &config, e);
		*n = c[0] ? 1 : 0;
		return c[0] ? 0 : -1;
	}
	for (size_t i = 0; i < a->interface_n; i++) {
		c[i] = capture_open(a->interface[i], true, &config, e);
		if (!c[i]) {
			close_captures(c, *n);
			*n = 0;
			return -1;
		}
		(*n)++;
	}
	return 0;
}

static struct spool *
open_spool(const struct options *o, struct err *e)
{
	struct spool_config config = { .dir = o->spool_dir, .probe = o->probe_name, .quota = o->spool_quota };

	return spool_open(&config, e);
}

static void
say_result(const struct worker_result *r)
{
	log_info("%llu packets, %llu events, %llu alerts", (unsigned long long)r->packets,
	    (unsigned long long)r->events, (unsigned long long)r->alerts);
}

static int
run_worker(const struct arguments *a, struct worker_config *config, struct capture **captures, size_t n)
{
	struct worker_result result;
	struct err e;
	struct worker *w = worker_new(config, &e);

	if (!w) {
		log_error("%s", e.text);
		return EXIT_FAILED;
	}
	worker_run(w, captures, n, &control, &result);
	worker_free(w);
	if (a->verbose || a->interface_n)
		say_result(&result);
	if (result.write_failed)
		return EXIT_FAILED;
	return result.damaged ? EXIT_DAMAGED : EXIT_WELL;
}

static int
run_opened(const struct arguments *a, struct reloader *r, struct capture **captures, size_t n)
{
	const struct options *o = &a->options;
	struct worker_config config = { .options = o,
		.event_file = a->event_file,
		.live = !a->read,
		.progress = a->read && isatty(STDERR_FILENO) };
	struct knowledge k;
	struct err e;

	if (*o->ship_endpoint && !(config.spool = open_spool(o, &e))) {
		log_error("%s", e.text);
		return EXIT_FAILED;
	}
	if (knowledge_load(o, &k, &e) != 0) {
		log_error("%s", e.text);
		spool_close(config.spool);
		return EXIT_SETTINGS;
	}
	config.rules = k.rules;
	config.learn = k.learn;
	config.rule_summary = k.summary;
	config.bad_lists = k.bad_lists;
	int status = EXIT_FAILED;
	if (start_signals(r, &e) != 0)
		log_error("%s", e.text);
	else
		status = run_worker(a, &config, captures, n);
	stop_signals(r);
	spool_close(config.spool);
	return status;
}

int
packets_run(const struct arguments *a)
{
	struct capture *captures[ARGUMENTS_SOURCES];
	struct reloader r = { .options = &a->options };
	struct err e;
	size_t n;

	if (open_captures(a, captures, &n, &e) != 0) {
		log_error("%s", e.text);
		return EXIT_FAILED;
	}
	int status = EXIT_FAILED;
	if (lockin_prepare(a, &e) != 0 || lockin_packets(a, &e) != 0)
		log_error("%s", e.text);
	else
		status = run_opened(a, &r, captures, n);
	close_captures(captures, n);
	return status;
}

int
packets_test(const struct arguments *a)
{
	struct knowledge k;
	struct err e;

	if (knowledge_load(&a->options, &k, &e) != 0) {
		log_error("%s", e.text);
		return EXIT_SETTINGS;
	}
	printf("settings are well; %u rule files, %u rules loaded, %u refused, %u switched off\n", k.summary.files,
	    k.summary.loaded, k.summary.failed, k.summary.disabled);
	int bad = k.summary.failed || k.bad_lists;
	match_rules_free(k.rules);
	learn_free(k.learn);
	return bad ? EXIT_SETTINGS : EXIT_WELL;
}
