/* SPDX-License-Identifier: Apache-2.0 */
/* rules list and search: which rules there are. */
#include <ctype.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"

#define HAY 65536

struct list {
	const struct cli *c;
	struct table *table;
	json_t *json;
	size_t n;
	/* list */
	const char *sid, *class, *keyword, *severity, *proto, *action, *file;
	bool only_disabled, only_enabled;
	/* search: in lower case */
	char **word;
	int word_n;
};

static bool
has_keyword(const struct match_told *t, const char *words)
{
	for (size_t i = 0; i < t->part_n; i++) {
		if (rules_in_words(words, (const char *)t->part[i].name.ptr, t->part[i].name.len))
			return true;
	}
	return false;
}

static bool
wanted(const struct list *l, const struct match_told *t)
{
	const char *class = t->classtype ? t->classtype : "", *action = t->action;
	if ((l->sid && !rules_in_ranges(l->sid, t->sid)) || (l->only_disabled && !t->disabled) ||
	    (l->only_enabled && t->disabled) ||
	    (l->severity && !rules_in_ranges(l->severity, t->severity)))
		return false;
	return (!l->class || rules_in_words(l->class, class, strlen(class))) &&
	       (!l->action || rules_in_words(l->action, action, strlen(action))) &&
	       (!l->proto ||
		   rules_in_words(l->proto, (const char *)t->head[1].ptr, t->head[1].len)) &&
	       (!l->file || strstr(t->file, l->file)) &&
	       (!l->keyword || has_keyword(t, l->keyword));
}

static json_t *
to_json(const struct match_told *t)
{
	json_t *o = json_pack("{si si si ss ss# sb sb ss ss? si ss si ss#}", "gid", (int)t->gid,
	    "sid", (int)t->sid, "rev", (int)t->rev, "action", t->action, "proto",
	    (const char *)t->head[1].ptr, (int)t->head[1].len, "enabled", !t->disabled, "loads",
	    !t->failed, "msg", t->msg, "classtype", t->classtype, "severity", (int)t->severity,
	    "file", t->file, "line", (int)t->line, "rule", (const char *)t->text.ptr,
	    (int)t->text.len);
	return o ? o : json_pack("{si si}", "gid", (int)t->gid, "sid", (int)t->sid);
}

static const char *
state_of(const struct cli *c, const struct match_told *t)
{
	return text_of(c, t->failed     ? TEXT_RULE_FAILED
			  : t->disabled ? TEXT_RULE_OFF
					: TEXT_RULE_ON);
}

static void
add(struct list *l, const struct match_told *t)
{
	char sid[32], file[PATH_MAX], proto[32];

	l->n++;
	if (l->c->json) {
		(void)json_array_append_new(l->json, to_json(t));
		return;
	}
	if (t->gid == 1)
		(void)snprintf(sid, sizeof(sid), "%u", t->sid);
	else
		(void)snprintf(sid, sizeof(sid), "%u:%u", t->gid, t->sid);
	(void)snprintf(file, sizeof(file), "%s", t->file);
	table_cell(l->table, sid);
	table_cell(l->table, state_of(l->c, t));
	table_cell(l->table, text_severity(l->c, t->severity));
	table_cell(l->table, t->action);
	table_cell(l->table, rules_text(proto, sizeof(proto), t->head[1]));
	table_cell(l->table, l->c->chinese && t->name_zh ? t->name_zh : t->msg);
	table_cell(l->table, t->classtype ? t->classtype : "");
	table_cell(l->table, basename(file));
}

static void
on_list(void *context, const struct match_told *t)
{
	struct list *l = context;
	if (t->sid && wanted(l, t))
		add(l, t);
}

/* ---- search ---- */

/* Lower case, "_" and "," as "-": "cve,2021-44228" and "CVE_2021_44228" are the same. */
static void
put_plain(struct buf *out, const void *text, size_t n)
{
	const char *from = text;
	for (size_t i = 0; i < n; i++) {
		char c =
		    from[i] == '_' || from[i] == ',' ? '-' : (char)tolower((unsigned char)from[i]);
		buf_add(out, &c, 1);
	}
	buf_add(out, "\n", 1);
}

static void
put_text(struct buf *out, const char *text)
{
	if (text)
		put_plain(out, text, strlen(text));
}

static bool
has_words(const struct list *l, const struct match_told *t, struct buf *hay)
{
	buf_clear(hay);
	put_text(hay, t->msg);
	put_text(hay, t->classtype);
	put_text(hay, t->name_zh);
	for (uint16_t i = 0; i < t->meta_n; i++) {
		put_text(hay, t->meta[i].key);
		put_text(hay, t->meta[i].value);
	}
	for (size_t i = 0; i < t->part_n; i++) {
		const struct match_told_part *p = &t->part[i];
		if (p->kind == MATCH_TOLD_CONTENT)
			put_plain(hay, p->bytes.ptr, p->bytes.len);
		else if (p->kind == MATCH_TOLD_PCRE || view_is(p->name, "reference"))
			put_plain(hay, p->value.ptr, p->value.len);
	}
	for (int i = 0; i < l->word_n; i++) {
		if (!hay->len || !memmem(hay->ptr, hay->len, l->word[i], strlen(l->word[i])))
			return false;
	}
	return true;
}

static void
on_search(void *context, const struct match_told *t)
{
	struct list *l = context;
	struct buf hay;

	buf_init(&hay, HAY);
	if (t->sid && has_words(l, t, &hay))
		add(l, t);
	buf_fini(&hay);
}

/* ---- both ---- */

static int
finish(struct list *l)
{
	char n[32];

	(void)snprintf(n, sizeof(n), "%zu", l->n);
	if (l->c->json)
		cli_print_json(l->json);
	else if (l->n)
		table_print(l->table, l->c, stdout);
	if (!l->c->json)
		SAY(l->c, stdout, TEXT_RULES_LISTED, n);
	return l->n ? CLI_WELL : CLI_NOT_FOUND;
}

static int
run(struct list *l, const char *config, int n, char *const *files, match_told_fn told)
{
	const struct cli *c = l->c;
	const char *headings[] = { "SID", text_of(c, TEXT_STATE), text_of(c, TEXT_SEVERITY),
		text_of(c, TEXT_ACTION), text_of(c, TEXT_PROTO), text_of(c, TEXT_MESSAGE),
		text_of(c, TEXT_CLASSTYPE), text_of(c, TEXT_FILE) };
	static const unsigned spare[] = { 7, 6, 3, 1 };
	struct match_summary sum;
	struct rules_source s = { 0 };
	struct err e = { "" };
	int code = rules_open(&s, c, config, n, files);

	l->table = table_new(headings, 8, 5);
	table_spare(l->table, spare, 4);
	l->json = json_array();
	if (!code) {
		struct match_load load = rules_load(&s);
		load.told = told;
		load.context = l;
		struct match_rules *rules = match_rules_load(&load, &sum, &e);
		code = rules ? finish(l) : CLI_FAILED;
		if (!rules)
			cli_complain("%s", e.text);
		match_rules_free(rules);
	}
	table_free(l->table);
	json_decref(l->json);
	rules_close(&s);
	return code;
}

int
rules_list(const struct cli *c, int argc, char **argv)
{
	struct list l = { .c = c };
	const char *config = NULL;
	struct cli_option rows[] = { { "-c", &config, NULL }, { "--sid", &l.sid, NULL },
		{ "--class", &l.class, NULL }, { "--keyword", &l.keyword, NULL },
		{ "--severity", &l.severity, NULL }, { "--proto", &l.proto, NULL },
		{ "--action", &l.action, NULL }, { "--file", &l.file, NULL },
		{ "--disabled", NULL, &l.only_disabled }, { "--enabled", NULL, &l.only_enabled } };
	int n = cli_options(c, argc, argv, rows, sizeof(rows) / sizeof(rows[0]));

	return n < 0 ? CLI_USAGE : run(&l, config, n, argv, on_list);
}

int
rules_search(const struct cli *c, int argc, char **argv)
{
	struct list l = { .c = c };
	char *file[RULES_TAKE_MAX];
	const char *config = NULL;
	struct cli_option rows[] = { { "-c", &config, NULL } };
	int file_n = 0, n;

	argc = rules_take(argc, argv, "-f", file, &file_n);
	n = cli_options(c, argc, argv, rows, 1);
	if (n < 1)
		return n < 0 ? CLI_USAGE : rules_usage(c, "search");
	for (int i = 0; i < n; i++) {
		for (char *p = argv[i]; *p; p++)
			*p = *p == '_' || *p == ',' ? '-' : (char)tolower((unsigned char)*p);
	}
	l.word = argv;
	l.word_n = n;
	return run(&l, config, file_n, file, on_search);
}
