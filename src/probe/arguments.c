/* SPDX-License-Identifier: Apache-2.0 */
#include "arguments.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "foreign.h"
#include "lib/cmdline.h"
#include "lib/log.h"
#include "probe/identify.h"
#include "probe/links.h"
#include "version.h"

#define FOREIGN_MAX 512 /* bytes of a setting of Suricata in our names */

/* have no short letter */
enum { LONG_SPEED = CMDLINE_PRINT + 1, LONG_RUNMODE, LONG_DATA };

static const struct option long_options[] = {
	CMDLINE_LONG,
	{ "read", required_argument, NULL, 'r' },
	{ "interface", required_argument, NULL, 'i' },
	{ "rules", required_argument, NULL, 'S' },
	{ "log-dir", required_argument, NULL, 'l' },
	{ "speed", required_argument, NULL, LONG_SPEED },
	{ "runmode", required_argument, NULL, LONG_RUNMODE },
	{ "data-dir", required_argument, NULL, LONG_DATA },
	{ NULL, 0, NULL, 0 },
};

/* The command line as given, applied after the configuration file. */
struct raw {
	struct cmdline common;
	const char *log_dir, *data_dir;
	const char *speed;
	const char *rules[64];
	size_t rules_n;
	bool rules_only, no_checksums;
};

static void
usage(void)
{
	printf(
	    "usage: wanglou-probe -c FILE [-r FILE|DIR|- | -i IFACE...] [options]\n\n"
	    "  -c FILE          settings (conf/probe.yaml); may be repeated, the later one counts\n"
	    "  -r FILE|DIR|-    replay a capture (gz and zst too), every capture of a folder, or "
	    "standard input\n"
	    "  -i IFACE         capture live; may be repeated\n"
	    "  -S RULES         load these rules instead of the configured ones; may be repeated\n"
	    "  -s RULES         load these rules as well; may be repeated\n"
	    "  -l DIR           write eve.json there\n"
	    "  -k none          ignore checksums\n"
	    "  --data-dir DIR   where datasets are kept (datasets.dir)\n"
	    "  --runmode MODE   taken for Suricata's sake, without effect\n"
	    "  --speed N        replay at the speed of the capture (1) or N times as fast\n"
	    "  --set KEY=VALUE  override one setting; may be repeated\n"
	    "  -T               check settings and rules, then exit\n"
	    "  --print-config   print the settings in force, then exit\n"
	    "  -v               say more\n"
	    "  -V               version\n\n"
	    "Exit status: 0 all well; 1 could not run, or events could not be written or "
	    "delivered;\n"
	    "2 command line, settings or (with -T) rules are wrong; 3 a capture was damaged, the "
	    "rest was read.\n");
}

static int
take_option(int c, struct raw *raw, struct arguments *a, struct err *e)
{
	switch (c) {
	case 'r':
		a->read = optarg;
		return 0;
	case 'i':
		if (a->interface_n == ARGUMENTS_SOURCES)
			return err_set(e, "-i: at most %d interfaces", ARGUMENTS_SOURCES);
		a->interface[a->interface_n++] = optarg;
		return 0;
	case 'S':
	case 's':
		raw->rules_only |= c == 'S';
		if (raw->rules_n == sizeof(raw->rules) / sizeof(raw->rules[0]))
			return err_set(
			    e, "-%c: too many rule files; name a wildcard in rules.files", c);
		raw->rules[raw->rules_n++] = optarg;
		return 0;
	case 'l':
		raw->log_dir = optarg;
		return 0;
	case LONG_SPEED:
		raw->speed = optarg;
		return 0;
	case LONG_DATA:
		raw->data_dir = optarg;
		return 0;
	case LONG_RUNMODE: /* Suricata's, and without meaning here, as --set runmode */
		return 0;
	case 'k':
		raw->no_checksums = strcmp(optarg, "none") == 0;
		if (!raw->no_checksums && strcmp(optarg, "all") != 0)
			return err_set(e, "-k: found \"%s\", allowed: none, all", optarg);
		return 0;
	default:
		return cmdline_take(&raw->common, c, optarg, e);
	}
}

/* Wildcards become the files they match, sorted; a name without one stays. */
static int
expand_rules(struct conf_list *l, struct err *e)
{
	struct conf_list out = { NULL, 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->n; i++) {
		glob_t g;
		if (glob(l->item[i], GLOB_NOCHECK, NULL, &g) != 0) {
			r = conf_list_add(&out, l->item[i], e);
			continue;
		}
		for (size_t k = 0; r == 0 && k < g.gl_pathc; k++)
			r = conf_list_add(&out, g.gl_pathv[k], e);
		globfree(&g);
	}
	conf_list_clear(l);
	*l = out;
	return r;
}

static int
set_speed(const char *text, struct options *o, struct err *e)
{
	char assignment[80];

	(void)snprintf(assignment, sizeof(assignment), "capture.replay-speed=%.50s", text);
	return conf_set(options_table(), o, assignment, e);
}

static int
set_data_dir(const char *dir, struct options *o, struct err *e)
{
	char assignment[4096];
	int n = snprintf(assignment, sizeof(assignment), "datasets.dir=%s", dir);

	if (n < 0 || (size_t)n >= sizeof(assignment))
		return err_set(e, "--data-dir: too long");
	return conf_set(options_table(), o, assignment, e);
}

/* --set in our names. `room` has a place for each of them. */
static void
translate(struct cmdline *c, char room[][FOREIGN_MAX])
{
	size_t kept = 0;

	for (size_t i = 0; i < c->set_n; i++) {
		const char *set = c->set[i];
		enum foreign what = foreign_setting(set, room[i], FOREIGN_MAX);
		if (what == FOREIGN_NOTHING)
			log_warn("--set %s: a setting of Suricata without a meaning here", set);
		else
			c->set[kept++] = what == FOREIGN_SAME ? room[i] : set;
	}
	c->set_n = kept;
}

static int
load_settings(const struct raw *raw, struct options *o, struct err *e)
{
	struct cmdline common = raw->common;
	char(*room)[FOREIGN_MAX] = calloc(CMDLINE_SETS, FOREIGN_MAX);

	if (!room)
		return err_set(e, "out of memory");
	translate(&common, room);
	int r = cmdline_load(&common, options_table(), o, e);
	free(room);
	return r;
}

static int
apply(const struct raw *raw, struct arguments *a, struct err *e)
{
	struct options *o = &a->options;
	struct stat st;

	if (load_settings(raw, o, e) != 0)
		return -1;
	if (raw->speed && a->interface_n)
		return err_set(e, "--speed: an interface has its own speed; it is for -r");
	if (raw->speed && set_speed(raw->speed, o, e) != 0)
		return -1;
	if (raw->rules_only)
		conf_list_clear(&o->rules_files);
	for (size_t i = 0; i < raw->rules_n; i++)
		if (conf_list_add(&o->rules_files, raw->rules[i], e) != 0)
			return -1;
	if (raw->no_checksums)
		o->capture_checksums = false;
	if (raw->data_dir && !*o->datasets_dir && set_data_dir(raw->data_dir, o, e) != 0)
		return -1;
	if (raw->log_dir && stat(raw->log_dir, &st) != 0)
		return err_set(e, "-l %s: %s", raw->log_dir, strerror(errno));
	if (raw->log_dir && !S_ISDIR(st.st_mode))
		return err_set(e, "-l %s: not a folder", raw->log_dir);
	if (raw->log_dir ? asprintf(&a->event_file, "%s/eve.json", raw->log_dir) < 0
			 : !(a->event_file = strdup(o->output_file)))
		return err_set(e, "out of memory");
	return expand_rules(&o->rules_files, e) == 0 ? expand_rules(&o->lists_files, e) : -1;
}

static int
check(const struct arguments *a, struct err *e)
{
	if (a->read && a->interface_n)
		return err_set(e, "-r and -i exclude each other");
	if (!a->read && !a->interface_n && !a->test)
		return err_set(
		    e, "nothing to read: give -r FILE or -i INTERFACE (see wanglou-probe -h)");
	for (size_t i = 1; i < a->interface_n; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(a->interface[i], a->interface[k]) == 0)
				return err_set(e,
				    "-i %s: named twice; each frame would count twice",
				    a->interface[i]);
	return links_check(&a->options.capture_links, a->interface, a->interface_n, e);
}

enum cmdline_result
arguments_read(int argc, char **argv, struct arguments *a, struct err *e)
{
	struct raw raw = { 0 };
	int c;

	memset(a, 0, sizeof(*a));
	conf_defaults(options_table(), &a->options);
	while (
	    (c = getopt_long(argc, argv, CMDLINE_SHORT "r:i:S:s:l:k:", long_options, NULL)) != -1)
		if (take_option(c, &raw, a, e) != 0)
			return CMDLINE_BAD;
	if (raw.common.help)
		usage();
	else if (raw.common.version)
		printf("wanglou-probe %s, nDPI %s\n", WANGLOU_VERSION, identify_version());
	if (raw.common.help || raw.common.version)
		return CMDLINE_DONE;
	if (optind < argc) {
		err_set(e, "%s: unexpected; captures are named with -r", argv[optind]);
		return CMDLINE_BAD;
	}
	if (apply(&raw, a, e) != 0)
		return CMDLINE_BAD;
	if (raw.common.print) {
		conf_print(options_table(), &a->options, stdout);
		return CMDLINE_DONE;
	}
	a->test = raw.common.test;
	a->verbose = raw.common.verbose;
	return check(a, e) == 0 ? CMDLINE_OK : CMDLINE_BAD;
}

void
arguments_clear(struct arguments *a)
{
	conf_clear(options_table(), &a->options);
	free(a->event_file);
}
