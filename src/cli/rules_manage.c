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

#include "rules.h"

struct change {
	const struct cli *c;
	struct rules_source *s;
	enum match_manage_file file;
	char *path[MATCH_MANAGE_FILES];
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

/* What all files make of the rules now. */
static void
report(struct change *x)
{
	const char *files[MATCH_MANAGE_FILES];
	struct match_summary sum;
	struct err e = { "" };

	for (int i = 0; i < MATCH_MANAGE_FILES; i++)
		files[i] = x->path[i];
	struct match_load load = rules_load(x->s);
	load.manage = match_manage_new(files, on_problem, x);
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

static int
change(struct change *x, const char *given, int n, char **operand)
{
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
	if (rewrite(x, x->file, as_lines(x, n, operand), operand, true) < 0)
		return CLI_FAILED;
	SAY(x->c, stdout, TEXT_MANAGED_WRITTEN, x->path[x->file]);
	if (x->s->n)
		report(x);
	return CLI_WELL;
}

static int
run(const struct cli *c, int argc, char **argv, enum match_manage_file file)
{
	static const char *const names[] = { "disable", "enable", "drop", "modify" };
	const char *config = NULL, *given = NULL;
	struct cli_option rows[] = { { "-c", &config, NULL }, { "--file", &given, NULL } };
	int n = cli_options(c, argc, argv, rows, 2);
	struct rules_source s = { 0 };
	struct change x = { .c = c, .s = &s, .file = file };

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
