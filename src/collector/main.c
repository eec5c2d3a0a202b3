/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wanglou-collector: one process, a thread a stage.
 *
 *     receive thread   accept -> dedupe -> hold -> acknowledge
 *     loader thread    hold -> keep
 *     API threads      keep (read) -> serve
 *     main thread      waits for signals
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arguments.h"
#include "collector/loader.h"
#include "collector/receive.h"
#include "collector/serve.h"
#include "lib/log.h"
#include "lib/sandbox.h"

enum { EXIT_WELL = 0, EXIT_RUN = 1, EXIT_SETTINGS = 2 };

#define DRAIN_MS 10000

struct collector {
	const struct collector_options *o;
	char hold_dir[4096], store_dir[4096];
	struct receive *receive;
	struct keep *keep;
	struct loader *loader;
	struct serve *serve;
	pthread_t thread;
	bool receiving;
	int receive_status;
};

/* Folders of ours are nobody else's business; one that others may write is no place for evidence.
 */
static int
check_folder(const char *path, struct err *e)
{
	struct stat st;

	if (mkdir(path, 0700) && errno != EEXIST)
		return err_set(e, "%s: cannot be made: %s", path, strerror(errno));
	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return err_set(e, "%s is not a folder", path);
	if (st.st_mode & 022)
		return err_set(e, "%s can be written by others; run: chmod go-w '%s'", path, path);
	if (access(path, R_OK | W_OK | X_OK))
		return err_set(e, "%s cannot be written by user %u; run: chown -R %u '%s'", path,
		    (unsigned)geteuid(), (unsigned)geteuid(), path);
	return 0;
}

/* As the user we stay, so that what we make is ours later. */
static int
make_folders(struct collector *c, struct err *e)
{
	(void)umask(077);
	(void)snprintf(c->hold_dir, sizeof(c->hold_dir), "%s/hold", c->o->data_dir);
	(void)snprintf(c->store_dir, sizeof(c->store_dir), "%s/store", c->o->data_dir);
	if (check_folder(c->o->data_dir, e) || check_folder(c->hold_dir, e) ||
	    check_folder(c->store_dir, e))
		return err_prefix(e, "data.dir");
	return 0;
}

/* What only the user who started us may read. */
static int
prepare(struct collector *c, struct receive_config *r, struct err *e)
{
	struct keys_allowed *allowed;

	if (keys_load_secret(&r->accept.key, c->o->key_file, e))
		return err_prefix(e, "listen.key-file");
	allowed = keys_allowed_load(c->o->authorized, e);
	if (!allowed)
		return err_prefix(e, "listen.authorized");
	if (keys_allowed_count(allowed) == 0)
		log_warn("%s is empty: no probe may come in yet", c->o->authorized);
	keys_allowed_free(allowed);
	r->accept.endpoint = c->o->listen;
	r->accept.allowed = c->o->authorized;
	r->accept.peers_max = (uint32_t)c->o->peers;
	r->hold_dir = c->hold_dir;
	r->hold_segment_bytes = c->o->hold_segment;
	r->hold_max_bytes = c->o->hold_bytes;
	return 0;
}

/* The collector never stays root. */
static const char *
become(const struct collector_options *o)
{
	return *o->user || geteuid() != 0 ? o->user : "nobody";
}

/* Before any thread is there, or it would not be covered. */
static int
lock_in(const struct collector *c, struct err *e)
{
	const char *ro[] = { c->o->authorized }, *rw[] = { c->o->data_dir };
	struct sandbox_config config = { "collector", become(c->o), ro, 1, rw, 1 };
	struct sandbox_report report;
	char text[SANDBOX_TEXT];

	if (!c->o->sandbox)
		return 0;
	if (sandbox_enter(&config, &report, e))
		return -1;
	sandbox_text(&report, text);
	log_info("locked in: %s", text);
	return 0;
}

static int
probes_of(void *user, struct accept_stats *out)
{
	return receive_stats(user, out);
}

static void *
receive_thread(void *context)
{
	struct collector *c = context;

	c->receive_status = receive_run(c->receive);
	if (c->receive_status)
		(void)kill(getpid(), SIGTERM);
	return NULL;
}

static int
open_store(struct collector *c, struct err *e)
{
	struct keep_config keep = { c->store_dir, c->o->file_bytes, c->o->max_bytes,
		c->o->event_age, c->o->alert_age, c->o->settled_age };

	c->keep = keep_open(&keep, e);
	return c->keep ? 0 : -1;
}

static int
open_api(struct collector *c, struct err *e)
{
	struct serve_config serve = {
		.listen = c->o->http_listen,
		.data_dir = c->o->data_dir,
		.store_dir = c->store_dir,
		.token_ms = c->o->http_token,
		.connections_max = (unsigned)c->o->http_connections,
		.query_ms = (unsigned)c->o->http_query,
		.keep = c->keep,
		.probes = probes_of,
		.user = c->receive,
	};

	if (!c->o->http_listen[0])
		return 0;
	c->serve = serve_open(&serve, e);
	return c->serve ? 0 : -1;
}

static int
start(struct collector *c, const struct receive_config *r, struct err *e)
{
	if (open_store(c, e))
		return -1;
	c->receive = receive_open(r, e);
	if (!c->receive)
		return -1;
	c->loader = loader_start(c->keep, c->hold_dir, receive_hold(c->receive), e);
	if (!c->loader || open_api(c, e))
		return -1;
	c->receiving = pthread_create(&c->thread, NULL, receive_thread, c) == 0;
	return c->receiving ? 0 : err_set(e, "no thread for receiving");
}

/* In data-path order: nothing more comes in, what is there is stored, then the doors close. */
static void
stop(struct collector *c)
{
	if (c->receiving) {
		receive_stop(c->receive);
		(void)pthread_join(c->thread, NULL);
	}
	loader_stop(c->loader, DRAIN_MS);
	serve_close(c->serve);
	receive_close(c->receive);
	keep_close(c->keep);
}

static void
wait_for_signals(struct collector *c, const sigset_t *set)
{
	int sig;

	while (sigwait(set, &sig) == 0) {
		if (sig != SIGHUP) {
			log_info("storing what was received, then ending");
			return;
		}
		log_info("reading the authorised keys again");
		receive_reload(c->receive);
	}
}

static int
run(const struct arguments *a)
{
	struct collector c = { .o = &a->options };
	struct receive_config r = { 0 };
	struct err e = { "" };
	sigset_t set;
	int status = EXIT_SETTINGS;

	if (prepare(&c, &r, &e))
		goto out;
	if (a->line.test) {
		/* Root would make folders that whom it becomes cannot write. */
		status = geteuid() != 0 && make_folders(&c, &e) ? EXIT_SETTINGS : EXIT_WELL;
		goto out;
	}
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	status = EXIT_RUN;
	if (lock_in(&c, &e))
		goto out;
	status = EXIT_SETTINGS;
	if (make_folders(&c, &e))
		goto out;
	status = EXIT_RUN;
	if (start(&c, &r, &e))
		goto out;
	log_info(
	    "probes: %s, API: %s", receive_endpoint(c.receive), c.serve ? c.o->http_listen : "off");
	wait_for_signals(&c, &set);
	status = EXIT_WELL;
out:
	stop(&c);
	if (status != EXIT_WELL)
		log_error("%s", e.text);
	else if (a->line.test)
		printf("settings, keys and folders are fine\n");
	keys_wipe(&r.accept.key);
	return c.receive_status ? EXIT_RUN : status;
}

int
main(int argc, char **argv)
{
	struct arguments a;
	struct err e = { "" };
	int status = EXIT_SETTINGS;

	log_init("wanglou-collector", LOG_LEVEL_INFO);
	switch (arguments_read(argc, argv, &a, &e)) {
	case CMDLINE_OK:
		log_init("wanglou-collector",
		    a.line.verbose ? LOG_LEVEL_DEBUG : (enum log_level)a.options.log_level);
		status = run(&a);
		break;
	case CMDLINE_DONE:
		status = EXIT_WELL;
		break;
	case CMDLINE_BAD:
		log_error("%s", e.text);
		break;
	}
	arguments_clear(&a);
	return status;
}
