/* SPDX-License-Identifier: Apache-2.0 */
/* rules cost: what rules and buffers cost on a capture. */
#include <stdlib.h>
#include <string.h>

#include "lib/now.h"
#include "probe/rehearse.h"
#include "rules.h"

#define ROWS 20
#define PLACES 1024

struct spent {
	uint32_t sid;
	uint64_t checks, held, ns;
};

struct place {
	const char *name;
	uint64_t scans, bytes, ns;
};

struct cost {
	const struct cli *c;
	struct spent *rule; /* by place in the set */
	size_t rule_n;
	struct place place[PLACES];
	size_t place_n;
	uint64_t ns;
	size_t most;
};

static void
on_trial(void *context, const struct match_trial *t)
{
	struct cost *x = context;

	if (t->rule >= x->rule_n) {
		size_t n = t->rule + 1024;
		x->rule = reallocarray(x->rule, n, sizeof(*x->rule));
		if (!x->rule)
			abort();
		memset(x->rule + x->rule_n, 0, (n - x->rule_n) * sizeof(*x->rule));
		x->rule_n = n;
	}
	struct spent *s = &x->rule[t->rule];
	s->sid = t->sid;
	s->checks++;
	s->held += t->stop == MATCH_STOP_NOT;
	s->ns += t->ns;
	x->ns += t->ns;
}

static void
on_work(void *context, const struct match_work *w)
{
	struct cost *x = context;
	size_t i = 0;

	while (i < x->place_n && strcmp(x->place[i].name, w->what) != 0)
		i++;
	if (i == PLACES)
		return;
	if (i == x->place_n)
		x->place[x->place_n++].name = w->what;
	x->place[i].scans++;
	x->place[i].bytes += w->bytes;
	x->place[i].ns += w->ns;
}

static int
dearer(const void *a, const void *b)
{
	const struct spent *x = a, *y = b;
	return x->ns != y->ns ? (x->ns < y->ns ? 1 : -1) : (x->sid > y->sid) - (x->sid < y->sid);
}

static int
dearer_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	return x->ns != y->ns ? (x->ns < y->ns ? 1 : -1) : strcmp(x->name, y->name);
}

static void
number(struct table *t, uint64_t n)
{
	char text[32];
	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	table_cell(t, text);
}

static void
print_rules(const struct cost *x)
{
	const struct cli *c = x->c;
	const char *headings[] = { "SID", text_of(c, TEXT_COST_CHECKS), text_of(c, TEXT_COST_HELD),
		text_of(c, TEXT_COST_TIME), text_of(c, TEXT_COST_EACH) };
	struct table *t = table_new(headings, 5, 0);
	size_t n = 0;

	for (; n < x->rule_n && n < x->most && x->rule[n].checks; n++) {
		number(t, x->rule[n].sid);
		number(t, x->rule[n].checks);
		number(t, x->rule[n].held);
		number(t, x->rule[n].ns / 1000);
		number(t, x->rule[n].ns / x->rule[n].checks);
	}
	if (n)
		table_print(t, c, stdout);
	table_free(t);
}

static void
print_places(const struct cost *x)
{
	const struct cli *c = x->c;
	const char *headings[] = { text_of(c, TEXT_COST_WHAT), text_of(c, TEXT_COST_SCANS),
		text_of(c, TEXT_COST_BYTES), text_of(c, TEXT_COST_TIME),
		text_of(c, TEXT_COST_EACH) };
	struct table *t = table_new(headings, 5, 0);

	for (size_t i = 0; i < x->place_n && i < x->most; i++) {
		bool group = strcmp(x->place[i].name, "group") == 0;
		table_cell(t, group ? text_of(c, TEXT_COST_GROUPS) : x->place[i].name);
		number(t, x->place[i].scans);
		number(t, group ? 0 : x->place[i].bytes);
		number(t, x->place[i].ns / 1000);
		number(t, x->place[i].ns / x->place[i].scans);
	}
	if (x->place_n) {
		(void)fputc('\n', stdout);
		table_print(t, c, stdout);
	}
	table_free(t);
}

static void
print_json(const struct cost *x)
{
	json_t *rules = json_array(), *places = json_array();

	for (size_t i = 0; i < x->rule_n && x->rule[i].checks; i++)
		(void)json_array_append_new(
		    rules, json_pack("{si sI sI sI}", "sid", (int)x->rule[i].sid, "checks",
			       (json_int_t)x->rule[i].checks, "held", (json_int_t)x->rule[i].held,
			       "ns", (json_int_t)x->rule[i].ns));
	for (size_t i = 0; i < x->place_n; i++)
		(void)json_array_append_new(
		    places, json_pack("{ss sI sI sI}", "what", x->place[i].name, "scans",
				(json_int_t)x->place[i].scans, "bytes",
				(json_int_t)x->place[i].bytes, "ns", (json_int_t)x->place[i].ns));
	json_t *all = json_pack("{so so}", "rules", rules, "scans", places);
	cli_print_json(all);
	json_decref(all);
}

static void
say_all(struct cost *x, uint64_t packets)
{
	char p[32], checked[32], ms[32];
	size_t n = 0;

	if (x->rule_n)
		qsort(x->rule, x->rule_n, sizeof(*x->rule), dearer);
	qsort(x->place, x->place_n, sizeof(*x->place), dearer_place);
	if (x->c->json) {
		print_json(x);
		return;
	}
	while (n < x->rule_n && x->rule[n].checks)
		n++;
	print_rules(x);
	print_places(x);
	(void)snprintf(p, sizeof(p), "%llu", (unsigned long long)packets);
	(void)snprintf(checked, sizeof(checked), "%zu", n);
	(void)snprintf(ms, sizeof(ms), "%.1f", (double)x->ns / 1e6);
	SAY(x->c, stdout, TEXT_COST_SUM, p, checked, ms);
}

int
rules_cost(const struct cli *c, int argc, char **argv)
{
	const char *config = NULL, *limit = NULL;
	struct cli_option rows[] = { { "-c", &config, NULL }, { "--limit", &limit, NULL } };
	int n = cli_options(c, argc, argv, rows, 2), code;
	struct rules_source s = { 0 };
	struct err e = { "" };

	if (n != 2 || (limit && !cli_is_number(limit)))
		return n < 0 ? CLI_USAGE : rules_usage(c, "cost");
	struct cost *x = calloc(1, sizeof(*x));
	if (!x)
		abort();
	x->c = c;
	x->most = limit ? strtoul(limit, NULL, 10) : ROWS;
	code = rules_open(&s, c, config, 1, argv);
	if (!code) {
		struct match_load load = rules_load(&s);
		load.read_only = false;
		struct rehearse r = { .load = &load,
			.trace = { .context = x,
			    .clock = now_steady_ns,
			    .trial = on_trial,
			    .work = on_work } };
		if (rehearse(&r, &s.o, argv[1], &e) != 0) {
			cli_complain("%s", e.text);
			code = CLI_FAILED;
		} else {
			say_all(x, r.packets);
			code = r.damaged ? CLI_NOT_FOUND : CLI_WELL;
		}
	}
	free(x->rule);
	free(x);
	rules_close(&s);
	return code;
}
