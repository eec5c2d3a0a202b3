/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules enable, disable, drop, modify: lines of the files that say what a site makes of rules. A
 * file is written whole or not at all, and only when its new line is understood.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rules_bits.h"

#define NEEDS_SAID 20

struct change {
	const struct cli *c;
	struct rules_source *s;
	enum match_manage_file file;
	char *path[MATCH_MANAGE_FILES];
	bool alone; /* rules that set bits for others stay as they are */
	unsigned problems;
};

static void
on_problem(void *context, const char *file, uint32_t line, uint32_t column, const char *reason)
{
	struct change *x = context;
	x->problems++;
	if (line)
		cli_complain("%s:%u:%u: %s", file, line, column, reason);
	else
		cli_complain("%s: %s", file, reason);
}

/* The file without lines that are exactly these, and with them behind it when `add`. */
static bool
put_lines(FILE *out, const char *path, int n, char *const *text, bool add)
{
	FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	bool changed = false;

	while (in && (len = getline(&line, &room, in)) > 0) {
		bool same = false;
		while (len && (line[len - 1] == '\n' || line[len - 1] == ' '))
			line[--len] = 0;
		for (int i = 0; i < n; i++)
			same |= strcmp(line, text[i]) == 0;
		changed |= same;
		if (!same)
			(void)fprintf(out, "%s\n", line);
	}
	free(line);
	if (in)
		(void)fclose(in);
	for (int i = 0; add && i < n; i++)
		(void)fprintf(out, "%s\n", text[i]);
	return changed || add;
}

/* Does the new file say something that is not understood? */
static bool
understood(struct change *x, enum match_manage_file f, const char *path)
{
	const char *files[MATCH_MANAGE_FILES] = { NULL };
	unsigned before = x->problems;

	files[f] = path;
	match_manage_free(match_manage_new(files, on_problem, x));
	return x->problems == before;
}

static int
rewrite(struct change *x, enum match_manage_file f, int n, char *const *text, bool add)
{
	char part[PATH_MAX];
	const char *path = x->path[f];

	if (!path || !*path || (!add && access(path, F_OK) != 0))
		return 0;
	if (snprintf(part, sizeof(part), "%s.part", path) >= (int)sizeof(part))
		return -1;
	FILE *out = fopen(part, "we");
	if (!out) {
		cli_complain("%s: %s", part, strerror(errno));
		return -1;
	}
	bool changed = put_lines(out, path, n, text, add);
	bool good = fflush(out) == 0 && fsync(fileno(out)) == 0;
	good = fclose(out) == 0 && good && understood(x, f, part);
	if (good && changed && rename(part, path) == 0)
		return 1;
	(void)unlink(part);
	return good && !changed ? 0 : -1;
}

/* The rules with what all files make of them now. */
static struct match_load
load_now(struct change *x)
{
	const char *files[MATCH_MANAGE_FILES];

	for (int i = 0; i < MATCH_MANAGE_FILES; i++)
		files[i] = x->path[i];
	struct match_load load = rules_load(x->s);
	load.manage = match_manage_new(files, on_problem, x);
	return load;
}

static void
report(struct change *x)
{
	struct match_summary sum;
	struct err e = { "" };
	struct match_load load = load_now(x);

	match_rules_free(match_rules_load(&load, &sum, &e));
	rules_print_managed(x->c, load.manage);
	match_manage_free(load.manage);
}

void
rules_print_managed(const struct cli *c, const struct match_manage *m)
{
	static const enum text_id ids[] = { TEXT_MANAGED_DISABLED, TEXT_MANAGED_ENABLED,
		TEXT_MANAGED_DROP, TEXT_MANAGED_MODIFIED };
	struct match_manage_counts n = match_manage_count(m);
	const char *file;
	uint32_t line;
	char text[32];

	for (int i = 0; m && i < MATCH_MANAGE_FILES; i++) {
		(void)snprintf(text, sizeof(text), "%u", n.rules[i]);
		if (n.rules[i])
			SAY(c, stdout, ids[i], text);
	}
	for (size_t at = 0; match_manage_idle(m, &at, &file, &line);) {
		(void)snprintf(text, sizeof(text), "%u", line);
		SAY(c, stdout, TEXT_MANAGED_IDLE, file, text);
	}
}

/* Operands as lines: modify puts three of them together. */
static int
as_lines(struct change *x, int n, char **operand)
{
	static char line[8192];

	if (x->file != MATCH_MANAGE_MODIFY)
		return n;
	(void)snprintf(line, sizeof(line), "%s \"%s\" \"%s\"", operand[0], operand[1], operand[2]);
	operand[0] = line;
	return 1;
}

/* ---- what enabled rules need ---- */

/* These lines by themselves, as a file has them. */
static struct match_manage *
lines_alone(struct change *x, int n, char *const *text)
{
	const char *files[MATCH_MANAGE_FILES] = { NULL };
	char part[PATH_MAX];

	if (snprintf(part, sizeof(part), "%s.part", x->path[x->file]) >= (int)sizeof(part))
		return NULL;
	FILE *out = fopen(part, "we");
	for (int i = 0; out && i < n; i++)
		(void)fprintf(out, "%s\n", text[i]);
	if (!out || fclose(out) != 0)
		return NULL;
	files[x->file] = part;
	struct match_manage *m = match_manage_new(files, NULL, NULL);
	(void)unlink(part);
	return m;
}

/* Lines that are to be written: at most one for each rule that is needed. */
struct lines {
	char **text;
	int n;
};

static void
add_line(struct lines *l, const char *text)
{
	l->text = reallocarray(l->text, (size_t)l->n + 1, sizeof(*l->text));
	if (!l->text || !(l->text[l->n++] = strdup(text)))
		abort();
}

static void
forget_lines(struct lines *l)
{
	for (int i = 0; i < l->n; i++)
		free(l->text[i]);
	free((void *)l->text);
}

/* "2019401", or with its gid where that is not 1. */
static void
number_of(char text[24], const struct rules_need *n)
{
	if (n->gid == 1)
		(void)snprintf(text, 24, "%u", n->sid);
	else
		(void)snprintf(text, 24, "%u:%u", n->gid, n->sid);
}

static void
say_need(const struct change *x, const struct rules_need *n, const char *number)
{
	char by[16];

	(void)snprintf(by, sizeof(by), "%u", n->by);
	if (!n->sid)
		SAY(x->c, stdout, TEXT_MANAGED_UNSET, n->bit, by);
	else
		SAY(x->c, stdout, x->alone ? TEXT_MANAGED_MISSING : TEXT_MANAGED_SETTER, number,
		    n->bit, by);
}

/* They are enabled for what they set: as suricata-update has it they do not alert. */
static void
silent_line(struct lines *l, uint32_t sid, const char *number)
{
	char text[128];

	(void)snprintf(
	    text, sizeof(text), "%s \"sid:\\s*%u\\s*;\" \"noalert; sid:%u;\"", number, sid, sid);
	add_line(l, text);
}

/* Who names such a rule wants to hear it. */
static int
let_speak(struct change *x, int n, char *const *operand)
{
	struct lines modify = { NULL, 0 };

	for (int i = 0; i < n; i++)
		if (cli_is_number(operand[i]))
			silent_line(&modify, (uint32_t)strtoul(operand[i], NULL, 10), operand[i]);
	int rc = rewrite(x, MATCH_MANAGE_MODIFY, modify.n, modify.text, false);
	forget_lines(&modify);
	return rc;
}

static int
write_needs(struct change *x, struct lines *enable, struct lines *modify)
{
	char text[16];

	if (!enable->n || x->alone)
		return 0;
	if (rewrite(x, MATCH_MANAGE_DISABLE, enable->n, enable->text, false) < 0 ||
	    rewrite(x, MATCH_MANAGE_ENABLE, enable->n, enable->text, true) < 0 ||
	    (modify->n && rewrite(x, MATCH_MANAGE_MODIFY, modify->n, modify->text, true) < 0))
		return -1;
	(void)snprintf(text, sizeof(text), "%d", modify->n);
	if (modify->n)
		SAY(x->c, stdout,
		    *x->path[MATCH_MANAGE_MODIFY] ? TEXT_MANAGED_SILENT : TEXT_MANAGED_LOUD, text);
	return 0;
}

/* Rules that set the bits which those just enabled ask for are of use only when they are loaded. */
static int
enable_needs(struct change *x, struct match_manage *named)
{
	struct match_load load = load_now(x);
	struct rules_bits *bits = rules_bits_new(&load, named);
	struct lines enable = { NULL, 0 }, modify = { NULL, 0 };
	struct rules_need need;
	char number[24];
	int said = 0;

	while (rules_bits_next(bits, &need)) {
		number_of(number, &need);
		if (said++ < NEEDS_SAID)
			say_need(x, &need, number);
		if (!need.sid)
			continue;
		add_line(&enable, number);
		if (!need.noalert)
			silent_line(&modify, need.sid, number);
	}
	(void)snprintf(number, sizeof(number), "%d", said - NEEDS_SAID);
	if (said > NEEDS_SAID)
		SAY(x->c, stdout, TEXT_MANAGED_MORE, number);
	int rc = write_needs(x, &enable, &modify);
	forget_lines(&enable);
	forget_lines(&modify);
	rules_bits_free(bits);
	match_manage_free(load.manage);
	return rc;
}

static int
change(struct change *x, const char *given, int n, char **operand)
{
	struct match_manage *named = NULL;
	int code = CLI_WELL;
	const struct options *o = &x->s->o;
	const enum match_manage_file against =
	    x->file == MATCH_MANAGE_ENABLE ? MATCH_MANAGE_DISABLE : MATCH_MANAGE_ENABLE;

	x->path[MATCH_MANAGE_DISABLE] = o->rules_disable;
	x->path[MATCH_MANAGE_ENABLE] = o->rules_enable;
	x->path[MATCH_MANAGE_DROP] = o->rules_drop;
	x->path[MATCH_MANAGE_MODIFY] = o->rules_modify;
	if (given)
		x->path[x->file] = (char *)(uintptr_t)given;
	if (!*x->path[x->file]) {
		COMPLAIN(x->c, TEXT_MANAGED_NO_FILE, match_manage_name(x->file));
		return CLI_USAGE;
	}
	if ((x->file == MATCH_MANAGE_ENABLE || x->file == MATCH_MANAGE_DISABLE) &&
	    rewrite(x, against, n, operand, false) < 0)
		return CLI_FAILED;
	if (rewrite(x, x->file, as_lines(x, n, operand), operand, true) < 0 ||
	    (x->file == MATCH_MANAGE_ENABLE && let_speak(x, n, operand) < 0))
		return CLI_FAILED;
	SAY(x->c, stdout, TEXT_MANAGED_WRITTEN, x->path[x->file]);
	if (x->s->n && x->file == MATCH_MANAGE_ENABLE && (named = lines_alone(x, n, operand)) &&
	    enable_needs(x, named) != 0)
		code = CLI_FAILED;
	match_manage_free(named);
	if (x->s->n)
		report(x);
	return code;
}

static int
run(const struct cli *c, int argc, char **argv, enum match_manage_file file)
{
	static const char *const names[] = { "disable", "enable", "drop", "modify" };
	const char *config = NULL, *given = NULL;
	struct rules_source s = { 0 };
	struct change x = { .c = c, .s = &s, .file = file };
	struct cli_option rows[] = { { "-c", &config, NULL }, { "--file", &given, NULL },
		{ "--alone", NULL, &x.alone } };
	int n = cli_options(c, argc, argv, rows, file == MATCH_MANAGE_ENABLE ? 3 : 2);

	if (n < 1 || (file == MATCH_MANAGE_MODIFY && n != 3))
		return n < 0 ? CLI_USAGE : rules_usage(c, names[file]);
	int code = rules_settings(&s, config);
	if (!code)
		code = change(&x, given, n, argv);
	rules_close(&s);
	return code;
}

int
rules_enable(const struct cli *c, int argc, char **argv)
{
	return run(c, argc, argv, MATCH_MANAGE_ENABLE);
}

int
rules_disable(const struct cli *c, int argc, char **argv)
{
	return run(c, argc, argv, MATCH_MANAGE_DISABLE);
}

int
rules_drop(const struct cli *c, int argc, char **argv)
{
	return run(c, argc, argv, MATCH_MANAGE_DROP);
}

int
rules_modify(const struct cli *c, int argc, char **argv)
{
	return run(c, argc, argv, MATCH_MANAGE_MODIFY);
}
