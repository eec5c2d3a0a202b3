/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wanglou-probe. Alone it is one process. With a collector it is three:
 *
 *     supervisor ---- fork ---> ship     (keys, network, spool; never a packet)
 *          '--------- fork ---> packets  (captures, rules, spool; no network)
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "arguments.h"
#include "lib/crypt.h"
#include "lib/gbk.h"
#include "lib/keys.h"
#include "lib/log.h"
#include "lockin.h"
#include "packets.h"
#include "probe/ship.h"

/* What the supervisor waits for. Blocked from the start, so that none is lost between two waits. */
static sigset_t
awaited(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	return set;
}

static int
ship_settings(const struct arguments *a, struct ship_config *c, struct err *e)
{
	const struct options *o = &a->options;

	memset(c, 0, sizeof(*c));
	c->spool_dir = o->spool_dir;
	c->probe = o->probe_name;
	c->endpoint[0] = o->ship_endpoint;
	c->drain = a->read != NULL;
	c->follow_parent = true;
	c->linger_ms = (uint32_t)o->ship_linger;
	struct keys_pair collector;

	if (keys_load_secret(&c->key, o->ship_key, e) != 0)
		return err_prefix(e, "ship.key-file");
	if (keys_load_public(&collector, o->ship_collector_key, e) != 0)
		return err_prefix(e, "ship.collector-key-file");
	memcpy(c->collector_key, collector.public_key, sizeof(c->collector_key));
	return 0;
}

/* The child that ships. A group of its own, so that ^C reaches the packets first and their events
 * still leave. */
static pid_t
start_ship(const struct arguments *a, const struct ship_config *settings)
{
	pid_t pid = fork();
	struct ship_config c;
	struct err e = { "" };
	int status = SHIP_FAILED;

	if (pid != 0)
		return pid;
	setpgid(0, 0);
	signal(SIGHUP, SIG_IGN);
	sigset_t set = awaited();
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	c = *settings;
	if (lockin_ship(a, &e) == 0)
		status = ship_run(&c, &e);
	if (status == SHIP_FAILED)
		log_error("ship: %s", e.text);
	_exit(status);
}

/* The child that takes packets. What it was born with of the secret key is wiped: who takes it over
 * by a packet finds no key. */
static pid_t
start_packets(const struct arguments *a, struct ship_config *settings)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	keys_wipe(&settings->key);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	_exit(packets_run(a));
}

struct children {
	const struct arguments *arguments;
	const struct ship_config *ship_settings;
	pid_t packets, ship;
	int packets_status, ship_status;
	unsigned ship_starts;
};

static int
exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED;
}

/* A child ended. The shipper is started again while there are packets; its spool has everything. */
static void
child_ended(struct children *c, pid_t pid, int status)
{
	if (pid == c->packets) {
		c->packets = 0;
		c->packets_status = exit_status(status);
		if (WIFSIGNALED(status))
			log_error("the packet process was killed by signal %d", WTERMSIG(status));
		return;
	}
	if (pid != c->ship)
		return;
	c->ship = 0;
	c->ship_status = exit_status(status);
	if (!WIFSIGNALED(status) && (!c->packets || c->ship_status != SHIP_DONE))
		return;
	if (WIFSIGNALED(status))
		log_warn(
		    "the shipper was killed by signal %d; starting it again", WTERMSIG(status));
	nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL);
	c->ship = start_ship(c->arguments, c->ship_settings);
	c->ship_starts++;
}

static void
pass_signal(const struct children *c, int sig)
{
	pid_t to = c->packets > 0 ? c->packets : sig == SIGHUP ? 0 : c->ship;

	if (to > 0)
		kill(to, sig == SIGHUP ? SIGHUP : SIGTERM);
}

/* All children that have ended since. */
static void
reap(struct children *c)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		bool was_packets = pid == c->packets;
		child_ended(c, pid, status);
		if (was_packets && c->ship > 0 && !c->ship_settings->drain)
			kill(c->ship, SIGTERM);
	}
}

static int
supervise(const struct arguments *a, struct ship_config *settings)
{
	struct err e;
	struct children c = { .arguments = a, .ship_settings = settings };
	sigset_t set = awaited();
	int sig;

	sigprocmask(SIG_BLOCK, &set, NULL);
	if (lockin_prepare(a, &e) != 0) {
		log_error("%s", e.text);
		return EXIT_FAILED;
	}
	c.packets = start_packets(a, settings);
	c.ship = start_ship(a, settings);
	if (c.packets < 0 || c.ship < 0) {
		log_error("fork: %s", strerror(errno));
		return EXIT_FAILED;
	}
	while (c.packets > 0 || c.ship > 0) {
		if (sigwait(&set, &sig) != 0)
			break;
		if (sig == SIGCHLD)
			reap(&c);
		else
			pass_signal(&c, sig);
	}
	if (c.packets_status != EXIT_WELL)
		return c.packets_status;
	return c.ship_status == SHIP_DONE ? EXIT_WELL : EXIT_FAILED;
}

int
main(int argc, char **argv)
{
	struct arguments a;
	struct ship_config ship;
	struct err e;
	int status = EXIT_SETTINGS;

	log_init("wanglou-probe", LOG_LEVEL_INFO);
	enum cmdline_result r = arguments_read(argc, argv, &a, &e);
	if (r == CMDLINE_BAD)
		log_error("%s", e.text);
	if (r == CMDLINE_DONE)
		status = EXIT_WELL;
	if (r != CMDLINE_OK)
		goto out;
	log_init(
	    "wanglou-probe", a.verbose ? LOG_LEVEL_DEBUG : (enum log_level)a.options.log_level);
	if (!gbk_init())
		log_warn("iconv knows no GBK here; mails' texts in it stay as they are");
	if (crypt_init(&e) != 0)
		log_error("%s", e.text);
	else if (a.test)
		status = packets_test(&a);
	else if (!*a.options.ship_endpoint)
		status = packets_run(&a);
	else if (ship_settings(&a, &ship, &e) != 0)
		log_error("%s", e.text);
	else
		status = supervise(&a, &ship);
out:
	arguments_clear(&a);
	return status;
}
