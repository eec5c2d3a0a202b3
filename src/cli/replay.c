/* SPDX-License-Identifier: Apache-2.0 */
/* replay: captures through a probe, and what it found as a table. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "places.h"

#define PROBE_DAMAGED 3

struct found {
	const struct cli *c;
	struct table *table;
	json_t *alerts;
	size_t events, alert_n;
};

/* Run the probe and wait. Its exit status, or -1 having complained. */
static int
run_probe(const char *const argv[])
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		(void)execvp(argv[0], (char *const *)argv);
		cli_complain("%s cannot be run: %s", argv[0], strerror(errno));
		_exit(127);
	}
	if (pid < 0) {
		cli_complain("no process for the probe: %s", strerror(errno));
		return -1;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void
take_event(struct found *f, const char *line)
{
	json_t *event = json_loads(line, JSON_ALLOW_NUL, NULL);

	f->events += event != NULL;
	if (strcmp(cli_text_at(event, "event_type"), "alert") == 0) {
		f->alert_n++;
		(void)json_array_append(f->alerts, event);
	}
	json_decref(event);
}

static void
read_events(struct found *f, const char *path)
{
	FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;

	while (in && getline(&line, &room, in) > 0)
		take_event(f, line);
	free(line);
	if (in)
		(void)fclose(in);
}

struct replay {
	const char *probe, *config;
	bool ship;
};

static void
say_result(const struct cli *c, const char *file, const struct found *f, const struct replay *r)
{
	char events[32], alerts[32];

	(void)snprintf(events, sizeof(events), "%zu", f->events);
	(void)snprintf(alerts, sizeof(alerts), "%zu", f->alert_n);
	if (r->ship)
		SAY(c, stdout, TEXT_SHIPPED, file);
	else if (!c->json)
		SAY(c, stdout, TEXT_REPLAYED, file, events, alerts);
}

static int
earlier(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int order = strcmp(cli_text_at(x, "timestamp"), cli_text_at(y, "timestamp"));

	return order ? order : (x > y) - (x < y);
}

/* A detector says its alerts when it is sure; people read them in the order of what happened. */
static void
print_found(struct found *f)
{
	const json_t **list = calloc(f->alert_n + 1, sizeof(*list)), *one;
	char number[32];
	size_t i;

	if (!list)
		abort();
	json_array_foreach(f->alerts, i, one) list[i] = one;
	qsort((void *)list, f->alert_n, sizeof(*list), earlier);
	for (i = 0; i < f->alert_n; i++) {
		(void)snprintf(number, sizeof(number), "%zu", i + 1);
		alert_row(f->table, f->c, number, "", list[i]);
	}
	if (f->alert_n)
		table_print(f->table, f->c, stdout);
	free((void *)list);
}

static void
show(struct found *f)
{
	if (f->c->json)
		cli_print_json(f->alerts);
	else
		print_found(f);
}

/* One capture. Events go to a folder of our own, unless they are shipped. */
static int
replay_one(const struct cli *c, const struct replay *r, const char *file)
{
	char dir[] = "/tmp/wanglou-replay.XXXXXX", eve[64];
	struct found f = { c, alert_table(c), json_array(), 0, 0 };
	const char *argv[16] = { r->probe, "-c", r->config, "-r", file };
	int n = 5, status;

	if (!mkdtemp(dir)) {
		cli_complain("/tmp cannot be written: %s", strerror(errno));
		return CLI_FAILED;
	}
	argv[n++] = "--set";
	argv[n++] = "ring.dir="; /* a live probe may be recording there */
	if (!r->ship) {
		argv[n++] = "-l";
		argv[n++] = dir;
		argv[n++] = "--set";
		argv[n++] = "ship.endpoint=";
	}
	(void)snprintf(eve, sizeof(eve), "%s/eve.json", dir);
	status = run_probe(argv);
	read_events(&f, eve);
	if (!r->ship && (status == 0 || status == PROBE_DAMAGED))
		show(&f);
	if (status == PROBE_DAMAGED)
		SAY(c, stderr, TEXT_DAMAGED, file);
	if (status == 0 || status == PROBE_DAMAGED)
		say_result(c, file, &f, r);
	(void)unlink(eve);
	(void)rmdir(dir);
	table_free(f.table);
	json_decref(f.alerts);
	return status < 0 || status > PROBE_DAMAGED ? CLI_FAILED : status;
}

int
cli_replay(const struct cli *c, int argc, char **argv)
{
	char probe[PATH_MAX], found[PATH_MAX];
	struct replay r = { .probe = probe };
	struct cli_option rows[] = { { "-c", &r.config, NULL }, { "--ship", NULL, &r.ship } };
	int n = cli_options(c, argc, argv, rows, 2), code = CLI_WELL;

	if (n < 1)
		return n < 0 ? CLI_USAGE : cli_usage(c, "replay");
	places_program(probe, "wanglou-probe");
	if (!r.config && !places_config(found, "probe.yaml")) {
		cli_complain("no settings for the probe: -c FILE, or make %s", found);
		return CLI_USAGE;
	}
	if (!r.config)
		r.config = found;
	for (int i = 0; i < n; i++) {
		int one = replay_one(c, &r, argv[i]);
		code = one > code ? one : code;
	}
	return code;
}
