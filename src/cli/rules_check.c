/* SPDX-License-Identifier: Apache-2.0 */
/* rules check: what is wrong in rule files, where, what to write instead, and how often. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"

#define REASON 240

/* Reasons that differ in their numbers only are one. */
struct reason {
	char text[REASON];
	unsigned n;
};

struct report {
	const struct cli *c;
	bool brief;
	const struct match_manage *manage;
	json_t *list;
	unsigned n;
	struct reason *reason;
	size_t reason_n;
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

void
rules_print_problem(const struct cli *c, const struct match_problem *p)
{
	char clean[1024];
	struct buf words;

	buf_init(&words, 4096);
	rules_reason(c, &words, p->reason ? p->reason : "");
	(void)width_copy(clean, sizeof(clean), rules_string(&words), 400);
	if (p->line)
		printf("%s:%u:%u: %s", p->file ? p->file : "?", p->line, p->column, clean);
	else
		printf("%s: %s", p->file ? p->file : "?", clean);
	if (p->sid)
		printf(" (sid %u)", p->sid);
	(void)fputc('\n', stdout);
	if (p->text && p->text[0])
		print_caret(c, p->text, p->column);
	buf_clear(&words);
	if (p->hint) {
		rules_reason(c, &words, p->hint);
		(void)width_copy(clean, sizeof(clean), rules_string(&words), 400);
		printf(c->chinese ? "  %s：%s\n" : "  %s: %s\n", text_of(c, TEXT_HINT), clean);
	}
	buf_fini(&words);
}

/* Numbers are what differs from rule to rule, unless they stand in quotes. */
static void
bare(char out[REASON], const char *text)
{
	size_t n = 0;
	bool quoted = false, word = false;

	for (; *text && n + 1 < REASON; text++) {
		bool digit = isdigit((unsigned char)*text) && !quoted && !word;
		quoted ^= *text == '"';
		word = isalpha((unsigned char)*text) || *text == '_' ||
		       (word && isdigit((unsigned char)*text));
		if (digit && n && out[n - 1] == 'N')
			continue;
		out[n++] = digit ? 'N' : *text;
	}
	out[n] = 0;
}

static void
count_reason(struct report *r, const char *reason)
{
	char text[REASON];

	bare(text, reason);
	for (size_t i = 0; i < r->reason_n; i++) {
		if (strcmp(r->reason[i].text, text) == 0) {
			r->reason[i].n++;
			return;
		}
	}
	r->reason = reallocarray(r->reason, r->reason_n + 1, sizeof(*r->reason));
	if (!r->reason)
		abort();
	r->reason[r->reason_n].n = 1;
	memcpy(r->reason[r->reason_n++].text, text, sizeof(text));
}

static void
on_problem(void *context, const struct match_problem *p)
{
	struct report *r = context;

	r->n++;
	count_reason(r, p->reason ? p->reason : "");
	if (r->c->json && !r->brief)
		(void)json_array_append_new(r->list, to_json(p));
	else if (!r->c->json && !r->brief)
		rules_print_problem(r->c, p);
}

static int
more_often(const void *a, const void *b)
{
	const struct reason *x = a, *y = b;
	return x->n != y->n ? (x->n < y->n ? 1 : -1) : strcmp(x->text, y->text);
}

static void
print_reasons(const struct report *r)
{
	const char *headings[] = { text_of(r->c, TEXT_TIMES), text_of(r->c, TEXT_REASON) };
	struct table *t = table_new(headings, 2, 1);
	struct buf words;
	char n[16];

	buf_init(&words, 4096);
	for (size_t i = 0; i < r->reason_n; i++) {
		(void)snprintf(n, sizeof(n), "%u", r->reason[i].n);
		table_cell(t, n);
		buf_clear(&words);
		rules_reason(r->c, &words, r->reason[i].text);
		table_cell(t, rules_string(&words));
	}
	table_print(t, r->c, stdout);
	table_free(t);
	buf_fini(&words);
}

static void
say_sum(const struct cli *c, const struct match_summary *s)
{
	char loaded[32], other[32];

	(void)snprintf(loaded, sizeof(loaded), "%u", s->limits);
	(void)snprintf(other, sizeof(other), "%u", s->limits_failed);
	if (s->limits || s->limits_failed)
		SAY(c, stdout, TEXT_RULES_LIMITS, loaded, other);
	(void)snprintf(loaded, sizeof(loaded), "%u", s->reputations);
	(void)snprintf(other, sizeof(other), "%u", s->reputations_failed);
	if (s->reputations || s->reputations_failed)
		SAY(c, stdout, TEXT_RULES_REPUTATION, loaded, other);

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

static void
print_json(struct report *r, const struct match_summary *s)
{
	json_t *reasons = json_array();

	for (size_t i = 0; i < r->reason_n; i++)
		(void)json_array_append_new(
		    reasons, json_pack("{si ss}", "rules", (int)r->reason[i].n, "reason",
				 r->reason[i].text));
	json_t *all = json_pack("{si si si si si si si si si so sO}", "files", (int)s->files,
	    "loaded", (int)s->loaded, "failed", (int)s->failed, "disabled", (int)s->disabled,
	    "unreadable_files", (int)s->unreadable_files, "limits", (int)s->limits, "limits_failed",
	    (int)s->limits_failed, "reputations", (int)s->reputations, "reputations_failed",
	    (int)s->reputations_failed, "reasons", reasons, "problems", r->list);
	cli_print_json(all);
	json_decref(all);
}

static void
print_end(struct report *r, const struct match_summary *s)
{
	if (r->reason_n)
		qsort(r->reason, r->reason_n, sizeof(*r->reason), more_often);
	if (r->c->json) {
		print_json(r, s);
		return;
	}
	if (r->n > 2 * r->reason_n || (r->brief && r->n)) {
		if (!r->brief)
			(void)fputc('\n', stdout);
		print_reasons(r);
	}
	rules_print_managed(r->c, r->manage);
	say_sum(r->c, s);
}

int
rules_check(const struct cli *c, int argc, char **argv)
{
	const char *config = NULL, *threshold = NULL;
	struct report r = { .c = c };
	struct cli_option rows[] = { { "-c", &config, NULL }, { "--brief", NULL, &r.brief },
		{ "--threshold", &threshold, NULL } };
	int n = cli_options(c, argc, argv, rows, 3);
	struct match_summary sum = { 0 };
	struct rules_source s = { 0 };
	struct err e = { "" };
	int code = n < 0 ? CLI_USAGE : rules_open(&s, c, config, n, argv);

	if (code) {
		rules_close(&s);
		return code;
	}
	r.list = json_array();
	struct match_load load = rules_load(&s);
	load.problem = on_problem;
	if (threshold)
		load.threshold_file = threshold;
	r.manage = load.manage;
	load.context = &r;
	struct match_rules *rules = match_rules_load(&load, &sum, &e);
	if (!rules)
		cli_complain("%s", e.text);
	else
		print_end(&r, &sum);
	match_rules_free(rules);
	rules_close(&s);
	free(r.reason);
	json_decref(r.list);
	return rules && r.n == 0 ? CLI_WELL : CLI_FAILED;
}
