/* SPDX-License-Identifier: Apache-2.0 */
/* rules check: what is wrong in rule files, where, and what to write instead. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "places.h"
#include "probe/match.h"

struct report {
	const struct cli *c;
	json_t *list;
	unsigned n;
};

static json_t *
to_json(const struct match_problem *p)
{
	return json_pack("{ss? si si si ss? ss?}", "file", p->file, "line", (int)p->line, "column",
	    (int)p->column, "sid", (int)p->sid, "reason", p->reason, "hint", p->hint);
}

/* The line, cut so that the place is on screen, and a caret below it in the right cell. */
static void
print_caret(const struct cli *c, const char *text, size_t column)
{
	unsigned most = c->width > 8 ? c->width - 4 : 100;
	size_t len = strlen(text), from = 0;
	char before[2048], clean[2048];

	if (column < 1 || column > len + 1)
		return;
	if (column - 1 > most * 2 / 3)
		from = column - 1 - most / 2;
	while (from && (text[from] & 0xc0) == 0x80)
		from--;
	(void)snprintf(before, sizeof(before), "%.*s", (int)(column - 1 - from), text + from);
	(void)width_copy(clean, sizeof(clean), text + from, most);
	printf("  %s\n  %*s^\n", clean, (int)width_of(before), "");
}

static void
on_problem(void *context, const struct match_problem *p)
{
	struct report *r = context;
	char clean[1024];

	r->n++;
	if (r->c->json) {
		(void)json_array_append_new(r->list, to_json(p));
		return;
	}
	(void)width_copy(clean, sizeof(clean), p->reason ? p->reason : "", 400);
	if (p->line)
		printf("%s:%u:%u: %s", p->file ? p->file : "?", p->line, p->column, clean);
	else
		printf("%s: %s", p->file ? p->file : "?", clean);
	if (p->sid)
		printf(" (sid %u)", p->sid);
	(void)fputc('\n', stdout);
	if (p->text && p->text[0])
		print_caret(r->c, p->text, p->column);
	if (p->hint)
		printf("  %s: %s\n", text_of(r->c, TEXT_HINT), p->hint);
}

static void
say_sum(const struct cli *c, const struct match_summary *s)
{
	char loaded[32], other[32];

	(void)snprintf(loaded, sizeof(loaded), "%u", s->loaded);
	(void)snprintf(other, sizeof(other), "%u",
	    s->failed             ? s->failed
	    : s->unreadable_files ? s->unreadable_files
				  : s->files);
	SAY(c, stdout,
	    s->failed             ? TEXT_RULES_BAD
	    : s->unreadable_files ? TEXT_RULES_UNREADABLE
				  : TEXT_RULES_FINE,
	    loaded, other);
}

int
cli_rules(const struct cli *c, int argc, char **argv)
{
	const char *config = NULL;
	struct cli_option rows[] = { { "-c", &config, NULL } };
	int n = cli_options(c, argc, argv, rows, 1);
	struct report r = { c, json_array(), 0 };
	struct match_summary sum = { 0 };
	struct match_rules *rules;
	struct options o;
	struct err e = { "" };

	if (n < 2 || strcmp(argv[0], "check") != 0) {
		json_decref(r.list);
		return n < 0 ? CLI_USAGE : cli_usage(c, "rules");
	}
	if (places_probe(&o, config, &e)) {
		cli_complain("%s", e.text);
		conf_clear(options_table(), &o);
		json_decref(r.list);
		return CLI_USAGE;
	}
	struct match_load load = { .files = (const char *const *)argv + 1,
		.file_n = (size_t)n - 1,
		.classification_file = o.rules_classification,
		.address_vars = &o.vars_address,
		.port_vars = &o.vars_port,
		.problem = on_problem,
		.context = &r,
		.read_only = true };
	rules = match_rules_load(&load, &sum, &e);
	if (!rules)
		cli_complain("%s", e.text);
	else if (c->json)
		cli_print_json(r.list);
	else
		say_sum(c, &sum);
	match_rules_free(rules);
	conf_clear(options_table(), &o);
	json_decref(r.list);
	return rules && r.n == 0 ? CLI_WELL : CLI_FAILED;
}
