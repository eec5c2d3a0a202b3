/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules explain: a rule in plain words, from what the loader made of it: what it means, who talks
 * to whom, what is looked for where, what it does and how often it speaks.
 */
#include <stdlib.h>
#include <string.h>

#include "rules.h"

#define SHOWN_LIST 300 /* characters of a list of addresses */

struct explain {
	const struct cli *c;
	const struct rules_source *s;
	uint32_t sid;
	unsigned n;
	json_t *json;
	struct buf line;
};

/* ---- lines ---- */

static void
heading(struct explain *x, enum text_id id)
{
	if (!x->c->json)
		printf("\n%s%s%s\n", x->c->colour ? "\033[1m" : "", text_of(x->c, id),
		    x->c->colour ? "\033[0m" : "");
}

/* The line put together in x->line. */
static void
line(struct explain *x, unsigned deep)
{
	const char *text = rules_string(&x->line);
	char clean[8192];

	(void)width_copy(clean, sizeof(clean), text, 2000);
	if (x->c->json)
		(void)json_array_append_new(x->json, json_string(clean));
	else
		printf("%*s%s\n", (int)deep * 2, "", clean);
	buf_clear(&x->line);
}

#define LINE(x, deep, id, ...)                                                                     \
	do {                                                                                       \
		PUT((x)->c, &(x)->line, (id), __VA_ARGS__);                                        \
		line((x), (deep));                                                                 \
	} while (0)

static const struct match_told_part *
find(const struct match_told *t, const char *name, size_t *at)
{
	for (size_t i = at ? *at : 0; i < t->part_n; i++) {
		if (!view_is(t->part[i].name, name))
			continue;
		if (at)
			*at = i + 1;
		return &t->part[i];
	}
	return NULL;
}

/* ---- what it means ---- */

static void
say_head(struct explain *x, const struct match_told *t)
{
	static const struct {
		const char *action;
		enum text_id id;
	} actions[] = { { "alert", TEXT_EX_ACTION_ALERT }, { "pass", TEXT_EX_ACTION_PASS },
		{ "drop", TEXT_EX_ACTION_DROP }, { "reject", TEXT_EX_ACTION_REJECT } };
	char title[1024], clean[2048];

	(void)snprintf(title, sizeof(title), "%u:%u:%u  %s", t->gid, t->sid, t->rev,
	    x->c->chinese && t->name_zh ? t->name_zh : t->msg);
	(void)width_copy(clean, sizeof(clean), title, 500);
	if (!x->c->json)
		printf("%s\n%s:%u\n", clean, t->file, t->line);
	if (t->failed)
		LINE(x, 0, TEXT_EX_BROKEN, NULL);
	if (t->disabled)
		LINE(x, 0, TEXT_EX_OFF, NULL);
	for (size_t i = 0; i < 4; i++) {
		if (strcmp(t->action, actions[i].action) == 0 && !t->noalert)
			LINE(x, 0, actions[i].id, text_severity(x->c, t->severity));
	}
	if (t->noalert)
		LINE(x, 0, TEXT_EX_SILENT, NULL);
}

/* ET writes spaces and hyphens of names as "_". */
static void
say_meta(struct explain *x, const char *key, const char *value)
{
	static const struct {
		const char *key;
		enum text_id id;
		char gap;
	} rows[] = { { "cve", TEXT_EX_CVE, '-' }, { "affected_product", TEXT_EX_PRODUCT, ' ' },
		{ "malware_family", TEXT_EX_MALWARE, ' ' },
		{ "confidence", TEXT_EX_CONFIDENCE, ' ' } };
	char text[256];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcasecmp(key, rows[i].key) != 0)
			continue;
		(void)snprintf(text, sizeof(text), "%s", value);
		for (char *p = text; *p; p++)
			*p = *p == '_' ? rows[i].gap : *p;
		LINE(x, 1, rows[i].id,
		    rows[i].id == TEXT_EX_CONFIDENCE ? text_level(x->c, text) : text);
	}
}

/* "T1190 (Exploit Public Facing Application)", and its tactic. */
static void
say_technique(struct explain *x, const struct match_told *t)
{
	static const char *const keys[] = { "mitre_technique_name", "mitre_tactic_id",
		"mitre_tactic_name" };
	char text[3][128] = { "" };
	struct buf full;

	for (uint16_t i = 0; i < t->meta_n; i++) {
		for (size_t k = 0; k < 3; k++) {
			if (strcasecmp(t->meta[i].key, keys[k]) == 0)
				(void)snprintf(text[k], sizeof(text[k]), "%s", t->meta[i].value);
		}
	}
	for (size_t k = 0; k < 3; k++) {
		for (char *p = text[k]; *p; p++)
			*p = *p == '_' ? ' ' : *p;
	}
	buf_init(&full, 1024);
	if (t->attack && *text[0])
		PUT(x->c, &full, TEXT_EX_TECHNIQUE, t->attack, text[0]);
	if (t->attack)
		LINE(x, 1, TEXT_EX_ATTACK, *text[0] ? rules_string(&full) : t->attack);
	buf_clear(&full);
	if (*text[1] && *text[2])
		PUT(x->c, &full, TEXT_EX_TECHNIQUE, text[1], text[2]);
	if (*text[1])
		LINE(x, 1, TEXT_EX_TACTIC, *text[2] ? rules_string(&full) : text[1]);
	buf_fini(&full);
}

static void
say_means(struct explain *x, const struct match_told *t)
{
	const struct match_told_part *p;

	heading(x, TEXT_EX_MEANS);
	if (t->classtype)
		LINE(x, 1, TEXT_EX_CLASS, text_classtype(x->c, t->classtype, t->category),
		    t->classtype);
	if (t->gbt20986)
		LINE(x, 1, TEXT_EX_GBT, t->gbt20986);
	say_technique(x, t);
	if (t->verdict)
		LINE(x, 1, TEXT_EX_VERDICT, text_word(x->c, t->verdict));
	for (uint16_t i = 0; i < t->meta_n; i++)
		say_meta(x, t->meta[i].key, t->meta[i].value);
	if ((p = find(t, "target", NULL)))
		LINE(x, 1, view_is(p->value, "src_ip") ? TEXT_EX_TARGET_SRC : TEXT_EX_TARGET_DST,
		    NULL);
}

/* ---- who ---- */

/* A variable is followed by what the settings make of it. */
static void
put_list(struct explain *x, struct buf *out, struct view v, const struct conf_map *vars,
    enum text_id any)
{
	char name[512], full[1200], many[32];
	size_t members = 1;

	(void)rules_text(name, sizeof(name), v);
	for (size_t i = 0; i < v.len; i++)
		members += v.ptr[i] == ',';
	if (v.len > SHOWN_LIST) { /* cut behind a whole member */
		name[SHOWN_LIST] = 0;
		if (strrchr(name, ','))
			strrchr(name, ',')[1] = 0;
		(void)snprintf(many, sizeof(many), "%zu", members);
		PUT(x->c, out, TEXT_EX_MANY, name, many);
		return;
	}
	const char *bare = name + strspn(name, "!$"), *value = NULL;
	if (strchr(name, '$'))
		value = conf_map_find(vars, bare);
	if (strcmp(name, "any") == 0)
		(void)snprintf(full, sizeof(full), "%s", text_of(x->c, any));
	else if (value)
		(void)snprintf(full, sizeof(full), "%s (%.600s)", name, value);
	else
		(void)snprintf(full, sizeof(full), "%s", name);
	buf_add(out, full, strlen(full));
}

static void
put_end(struct explain *x, struct buf *out, const struct match_told *t, size_t at)
{
	struct buf who, port;

	buf_init(&who, 4096);
	buf_init(&port, 4096);
	put_list(x, &who, t->head[at], &x->s->o.vars_address, TEXT_EX_ANY);
	put_list(x, &port, t->head[at + 1], &x->s->o.vars_port, TEXT_EX_ANY_PORT);
	if (view_is(t->head[at + 1], "any"))
		buf_add(out, rules_string(&who), who.len);
	else
		PUT(x->c, out, TEXT_EX_END, rules_string(&who), rules_string(&port));
	buf_fini(&who);
	buf_fini(&port);
}

static void
say_flow(struct explain *x, const struct match_told *t)
{
	static const struct {
		const char *word;
		enum text_id id;
	} words[] = { { "to_server", TEXT_EX_TO_SERVER }, { "from_client", TEXT_EX_TO_SERVER },
		{ "to_client", TEXT_EX_TO_CLIENT }, { "from_server", TEXT_EX_TO_CLIENT },
		{ "established", TEXT_EX_ESTABLISHED },
		{ "not_established", TEXT_EX_NOT_ESTABLISHED }, { "stateless", TEXT_EX_STATELESS },
		{ "only_stream", TEXT_EX_ONLY_STREAM }, { "no_stream", TEXT_EX_NO_STREAM } };
	const struct match_told_part *p = find(t, "flow", NULL);
	char value[256];

	for (char *save = NULL,
		  *w = p ? strtok_r((char *)rules_text(value, sizeof(value), p->value), ", ", &save)
			 : NULL;
	     w; w = strtok_r(NULL, ", ", &save)) {
		for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
			if (strcasecmp(w, words[i].word) == 0)
				LINE(x, 1, words[i].id, NULL);
		}
	}
}

static void
say_who(struct explain *x, const struct match_told *t)
{
	char proto[64];
	struct buf from, to;

	heading(x, TEXT_EX_WHO);
	buf_init(&from, 8192);
	buf_init(&to, 8192);
	put_end(x, &from, t, 2);
	put_end(x, &to, t, 5);
	(void)rules_text(proto, sizeof(proto), t->head[1]);
	for (char *p = proto; *p; p++)
		*p = *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
	LINE(x, 1, view_is(t->head[4], "<>") ? TEXT_EX_ENDS_BOTH : TEXT_EX_ENDS, proto,
	    rules_string(&from), rules_string(&to));
	buf_fini(&from);
	buf_fini(&to);
	say_flow(x, t);
}

/* ---- what is looked for ---- */

static bool
is_pattern(const struct match_told_part *p)
{
	return p->kind == MATCH_TOLD_CONTENT || p->kind == MATCH_TOLD_PCRE ||
	       p->kind == MATCH_TOLD_STEP;
}

static void
say_buffer(struct explain *x, const char *buffer)
{
	struct view name = { (const uint8_t *)buffer, strlen(buffer) };
	struct buf words;

	buf_init(&words, 4096);
	rules_place(x->c, &words, name);
	if (words.len && words.ptr[words.len - 1] == ' ')
		words.len--;
	if (words.len != name.len + (words.ptr[0] == ' ') && strcmp(buffer, "payload") != 0) {
		const char *open = x->c->chinese ? "（" : " (", *close = x->c->chinese ? "）" : ")";
		buf_add(&words, open, strlen(open));
		buf_add(&words, buffer, strlen(buffer));
		buf_add(&words, close, strlen(close));
	}
	LINE(x, 1, TEXT_EX_IN, rules_string(&words));
	buf_fini(&words);
}

static void
say_transform(struct explain *x, const struct match_told_part *p)
{
	struct buf words;

	buf_init(&words, 4096);
	(void)rules_word(x->c, &words, p->name, p->value);
	LINE(x, 2, TEXT_EX_TRANSFORMED, rules_string(&words));
	buf_fini(&words);
}

/* Transforms stand before the first pattern of their buffer: they wait for its name. */
static void
say_looks(struct explain *x, const struct match_told *t)
{
	const char *in = NULL;
	size_t waits = 0;
	bool any = false;

	heading(x, TEXT_EX_LOOKS);
	for (size_t i = 0; i < t->part_n; i++) {
		const struct match_told_part *p = &t->part[i];
		if (p->kind == MATCH_TOLD_BUFFER) {
			in = NULL;
			waits = i + 1;
		}
		if (!is_pattern(p) || !p->buffer)
			continue;
		any = true;
		if (!in || strcmp(in, p->buffer) != 0)
			say_buffer(x, p->buffer);
		for (size_t k = waits; !in && k < i; k++) {
			if (t->part[k].kind == MATCH_TOLD_TRANSFORM)
				say_transform(x, &t->part[k]);
		}
		in = p->buffer;
		rules_phrase(x->c, &x->line, p);
		line(x, 2);
	}
	if (!any)
		LINE(x, 1, TEXT_EX_NOTHING, NULL);
}

static void
say_parts(struct explain *x, const struct match_told *t, uint8_t kind, enum text_id id)
{
	bool said = false;

	for (size_t i = 0; i < t->part_n; i++) {
		const struct match_told_part *p = &t->part[i];
		if (p->kind != kind)
			continue;
		if (!said)
			heading(x, id);
		said = true;
		if (!rules_flowbits(x->c, &x->line, p))
			rules_phrase(x->c, &x->line, p);
		line(x, 1);
	}
}

/* ---- how often ---- */

/* "track by_src, count 5": the word behind `name`. */
static const char *
word_of(const char *text, const char *name, char out[64])
{
	const char *at = strstr(text, name);
	out[0] = 0;
	if (!at)
		return out;
	at += strlen(name);
	at += strspn(at, " ");
	(void)snprintf(out, 64, "%.*s", (int)strcspn(at, ", "), at);
	return out;
}

static void
say_often(struct explain *x, const struct match_told *t)
{
	const struct match_told_part *p = find(t, "threshold", NULL),
				     *f = find(t, "detection_filter", NULL);
	char text[512], type[64], track[64], count[64], seconds[64];
	enum text_id id = TEXT_EX_FILTER, who;

	heading(x, TEXT_EX_OFTEN);
	if (!p && !f) {
		LINE(x, 1, TEXT_EX_EACH, NULL);
		return;
	}
	(void)rules_text(text, sizeof(text), p ? p->value : f->value);
	(void)word_of(text, "type", type);
	if (p)
		id = strcmp(type, "limit") == 0     ? TEXT_EX_LIMIT
		     : strcmp(type, "both") == 0    ? TEXT_EX_BOTH
		     : strcmp(type, "backoff") == 0 ? TEXT_EX_BACKOFF
						    : TEXT_EX_THRESHOLD;
	(void)word_of(text, "track", track);
	who = strcmp(track, "by_src") == 0    ? TEXT_EX_BY_SRC
	      : strcmp(track, "by_dst") == 0  ? TEXT_EX_BY_DST
	      : strcmp(track, "by_both") == 0 ? TEXT_EX_BY_BOTH
	      : strcmp(track, "by_flow") == 0 ? TEXT_EX_BY_FLOW
					      : TEXT_EX_BY_RULE;
	LINE(x, 1, id, word_of(text, "count", count), word_of(text, "seconds", seconds),
	    text_of(x->c, who));
}

static void
say_see(struct explain *x, const struct match_told *t)
{
	const struct match_told_part *p;
	bool said = false;
	char text[512];

	for (size_t at = 0; (p = find(t, "reference", &at));) {
		(void)rules_text(text, sizeof(text), p->value);
		char *comma = strchr(text, ',');
		const char *value = comma ? comma + 1 + strspn(comma + 1, " ") : "";
		if (comma)
			*comma = 0;
		if (!said)
			heading(x, TEXT_EX_SEE);
		said = true;
		const char *before =
		    strcasecmp(text, "url") == 0 && !strstr(value, "://")               ? "https://"
		    : strcasecmp(text, "cve") == 0 && strncasecmp(value, "cve", 3) != 0 ? "CVE-"
		    : strcasecmp(text, "md5") == 0                                      ? "MD5 "
											: "";
		buf_add(&x->line, before, strlen(before));
		buf_add(&x->line, value, strlen(value));
		line(x, 1);
	}
}

static void
on_rule(void *context, const struct match_told *t)
{
	struct explain *x = context;

	if (t->sid != x->sid)
		return;
	if (x->n++ && !x->c->json)
		(void)fputc('\n', stdout);
	say_head(x, t);
	say_means(x, t);
	say_who(x, t);
	say_looks(x, t);
	say_parts(x, t, MATCH_TOLD_TEST, TEXT_EX_ASKS);
	say_parts(x, t, MATCH_TOLD_AFTER, TEXT_EX_THEN);
	say_often(x, t);
	say_see(x, t);
}

static int
explain(struct explain *x, const char *sid)
{
	struct match_summary sum;
	struct err e = { "" };
	struct match_load load = rules_load(x->s);

	load.told = on_rule;
	load.context = x;
	struct match_rules *rules = match_rules_load(&load, &sum, &e);
	if (!rules)
		cli_complain("%s", e.text);
	else if (!x->n)
		COMPLAIN(x->c, TEXT_NO_RULE, sid);
	else if (x->c->json)
		cli_print_json(x->json);
	match_rules_free(rules);
	return !rules ? CLI_FAILED : x->n ? CLI_WELL : CLI_NOT_FOUND;
}

int
rules_explain(const struct cli *c, int argc, char **argv)
{
	const char *config = NULL;
	struct cli_option rows[] = { { "-c", &config, NULL } };
	int n = cli_options(c, argc, argv, rows, 1);
	struct rules_source s = { 0 };

	if (n < 1)
		return n < 0 ? CLI_USAGE : rules_usage(c, "explain");
	if (!cli_is_number(argv[0])) {
		COMPLAIN(c, TEXT_NO_SID, argv[0]);
		return CLI_USAGE;
	}
	struct explain x = {
		.c = c, .s = &s, .sid = (uint32_t)strtoul(argv[0], NULL, 10), .json = json_array()
	};
	buf_init(&x.line, 65536);
	int code = rules_open(&s, c, config, n - 1, argv + 1);
	if (!code)
		code = explain(&x, argv[0]);
	buf_fini(&x.line);
	json_decref(x.json);
	rules_close(&s);
	return code;
}
