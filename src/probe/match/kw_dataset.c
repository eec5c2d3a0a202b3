/* SPDX-License-Identifier: Apache-2.0 */
/* dataset and datarep: is the buffer one of a set of values, and what is known of it? */
#include <libgen.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/log.h"
#include "probe/match_datasets.h"
#include "probe/match_keyword.h"
#include "probe/match_run.h"

#define PATH_BYTES 4096
#define RULES_MOST (UINT64_C(1) << 30) /* bytes that a rule may give a set */
#define LEARN_MOST (100u << 20) /* bytes of a set that traffic fills, unless its memcap says */

struct use {
	struct match_dataset *set;
	struct match_op_number rep;
};

/* ---- on packets ---- */

/* What an alert of this rule says besides; one object a key, the last look counts. */
static void
note(struct match *m, const struct match_dataset *d, struct view json)
{
	uint8_t i = 0;
	const char *key = d->context ? d->context : d->name;

	while (i < m->context_n && strcmp(m->context[i].key, key) != 0)
		i++;
	if (i == MATCH_CONTEXTS)
		return;
	m->context[i] = (struct alert_context){ .key = key, .json = json };
	m->context_n = i == m->context_n ? i + 1 : m->context_n;
}

static bool
find(struct match *m, const struct match_dataset *d, struct view data)
{
	struct view json = { NULL, 0 };

	if (!d->learns) {
		if (!match_values_find(d->values, data, NULL, &json))
			return false;
		if (json.ptr)
			note(m, d, json);
		return true;
	}
	gate_enter(m->config.gate);
	match_values_lock(d->values);
	bool there = match_values_find(d->values, data, NULL, NULL);
	match_values_unlock(d->values);
	gate_leave(m->config.gate);
	return there;
}

static bool
step_isset(struct match_sight *s, const struct match_op *op, size_t from, size_t *end)
{
	const struct use *u = op->data;
	*end = from;
	return find(s->m, u->set, s->data);
}

static bool
step_isnotset(struct match_sight *s, const struct match_op *op, size_t from, size_t *end)
{
	return !step_isset(s, op, from, end);
}

static int
change(struct match *m, const struct match_dataset *d, struct view data, bool set)
{
	gate_enter(m->config.gate);
	match_values_lock(d->values);
	uint64_t most = d->memcap ? d->memcap : LEARN_MOST;
	int r = set ? match_values_add(d->values, most, data, 0, (struct view){ NULL, 0 })
		    : match_values_remove(d->values, data);
	match_values_unlock(d->values);
	gate_leave(m->config.gate);
	return r;
}

/* True when it is new, as there. */
static bool
step_set(struct match_sight *s, const struct match_op *op, size_t from, size_t *end)
{
	const struct use *u = op->data;
	int r = change(s->m, u->set, s->data, true);
	*end = from;
	s->m->count.dataset_full += r < 0;
	return r > 0;
}

static bool
step_unset(struct match_sight *s, const struct match_op *op, size_t from, size_t *end)
{
	const struct use *u = op->data;
	*end = from;
	return change(s->m, u->set, s->data, false) > 0;
}

static bool
step_rep(struct match_sight *s, const struct match_op *op, size_t from, size_t *end)
{
	const struct use *u = op->data;
	uint16_t rep;
	*end = from;
	return match_values_find(u->set->values, s->data, &rep, NULL) &&
	       match_number_holds(&u->rep, rep);
}

/* ---- what a rule says of a set ---- */

struct saying {
	struct match_draft *d;
	const struct match_option *o;
	struct match_dataset said;
	bool state;          /* read and saved */
	bool json;           /* words of JSON were used */
	struct view carried; /* the file's bytes when it came with the rules; ptr NULL: on disk */
};

static const char *
text_of(struct saying *s, struct view v)
{
	return match_arena_copy(s->d->arena, v.ptr, v.len);
}

static size_t
place(const struct saying *s, struct view v)
{
	const struct view line = s->d->text;
	bool inside = v.ptr >= line.ptr && v.ptr <= line.ptr + line.len;
	return inside ? (size_t)(v.ptr - line.ptr) : s->o->value_at;
}

static int
say_type(struct saying *s, struct view v)
{
	s->said.type = match_dataset_type(v);
	return s->said.type
		   ? 0
		   : match_fail(s->d, place(s, v), "string, md5, sha256, ipv4 or ip",
			 "unknown type \"%.*s\" of a dataset", (int)v.len, (const char *)v.ptr);
}

static int
say_format(struct saying *s, struct view v)
{
	if (match_text_same(v, "json"))
		s->said.format = MATCH_SET_JSON;
	else if (match_text_same(v, "ndjson") || match_text_same(v, "jsonline"))
		s->said.format = MATCH_SET_NDJSON;
	else if (!match_text_same(v, "csv"))
		return match_fail(s->d, place(s, v), "csv, json or ndjson",
		    "unknown format \"%.*s\" of a dataset", (int)v.len, (const char *)v.ptr);
	return 0;
}

static int
say_memcap(struct saying *s, struct view v)
{
	static const char units[] = "kmg";
	int64_t n;
	unsigned shift = 0;
	struct view digits = v;
	if (digits.len > 1 && (digits.ptr[digits.len - 1] | 0x20) == 'b')
		digits.len--;
	const char *unit = digits.len > 1
			       ? memchr(units, digits.ptr[digits.len - 1] | 0x20, sizeof(units) - 1)
			       : NULL;
	if (unit) {
		shift = 10 * (unsigned)(unit - units + 1);
		digits.len--;
	}
	if (!match_text_int(digits, 1, INT64_MAX >> 31, &n))
		return match_fail(s->d, place(s, v), "write 100mb", "memcap is not understood");
	s->said.memcap = (uint64_t)n << shift;
	if (!s->said.settings && s->said.memcap > RULES_MOST)
		return match_fail(s->d, place(s, v), "the settings may (datasets.sets)",
		    "a rule may not give a set more than 1 GiB");
	return 0;
}

static int
say_hashsize(struct saying *s, struct view v)
{
	int64_t n;
	/* tables grow by themselves */
	return match_text_int(v, 1, UINT32_MAX, &n)
		   ? 0
		   : match_fail(s->d, place(s, v), NULL, "hashsize must be a number");
}

struct word {
	const char *name;
	int (*say)(struct saying *s, struct view v);
};

static const struct word words[] = {
	{ "type", say_type },
	{ "format", say_format },
	{ "memcap", say_memcap },
	{ "hashsize", say_hashsize },
};

/* Words whose value is a text. */
static const char **
text_word(struct saying *s, struct view name)
{
	if (match_text_same(name, "load"))
		return &s->said.load;
	if (match_text_same(name, "save"))
		return &s->said.save;
	s->json = true;
	if (match_text_same(name, "context_key") || match_text_same(name, "enrichment_key"))
		return &s->said.context;
	if (match_text_same(name, "value_key"))
		return &s->said.value;
	if (match_text_same(name, "array_key"))
		return &s->said.array;
	return NULL;
}

static int
say(struct saying *s, struct view name, struct view value)
{
	if (match_text_same(name, "remove_key") && !value.len) {
		s->said.remove_key = s->json = true;
		return 0;
	}
	if (value.len) {
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			if (match_text_same(name, words[i].name))
				return words[i].say(s, value);
		}
	}
	s->state |= match_text_same(name, "state");
	const char **to = match_text_same(name, "state") ? &s->said.save : text_word(s, name);
	if (!to || !value.len)
		return match_fail(s->d, place(s, name),
		    "type, load, save, state, memcap, hashsize, format, context_key, value_key, "
		    "array_key and remove_key are known",
		    "\"%.*s\" is not understood here", (int)name.len, (const char *)name.ptr);
	if (*to)
		return match_fail(s->d, place(s, name), NULL, "%.*s is given twice", (int)name.len,
		    (const char *)name.ptr);
	*to = text_of(s, value);
	return *to ? 0 : match_fail(s->d, s->o->at, NULL, "out of memory");
}

/* "type string, load file, ..." */
static int
say_all(struct saying *s, struct view rest)
{
	struct view part;
	while (match_text_split(&rest, ',', &part)) {
		struct view value = part, name;
		(void)match_text_split(&value, ' ', &name);
		if (say(s, name, value.ptr ? match_text_trim(value) : (struct view){ NULL, 0 }) !=
		    0)
			return -1;
	}
	return 0;
}

/* The settings' words: NAME: "type string, load file", or one word each as NAME.type: string. */
static int
say_settings(struct saying *s, const char *name)
{
	const struct conf_map *all = s->d->set->load->dataset_sets;
	size_t n = strlen(name);
	for (size_t i = 0; all && i < all->n; i++) {
		const char *key = all->pair[i].name, *text = all->pair[i].value;
		struct view value = { (const uint8_t *)text, strlen(text) };
		if (strncmp(key, name, n) != 0 || (key[n] != '\0' && key[n] != '.'))
			continue;
		s->said.settings = true;
		if (key[n] == '\0'
			? say_all(s, value)
			: say(s, (struct view){ (const uint8_t *)key + n + 1, strlen(key + n + 1) },
			      value))
			return -1;
	}
	return 0;
}

/* ---- files ---- */

static const char *
joined(struct saying *s, const char *dir, const char *name)
{
	char path[PATH_BYTES];
	int n = snprintf(path, sizeof(path), "%s/%s", dir, name);
	return n > 0 && (size_t)n < sizeof(path) ? match_arena_copy(s->d->arena, path, (size_t)n)
						 : NULL;
}

/* The folder of the rule file at hand. */
static const char *
rule_dir(const struct saying *s, char copy[PATH_BYTES])
{
	(void)snprintf(copy, PATH_BYTES, "%s", s->d->set->file ? s->d->set->file : ".");
	return dirname(copy);
}

/* Relative ones stand beside the rules (in a bundle: came with them), else in the data folder. */
static const char *
to_load(struct saying *s, const char *name)
{
	char copy[PATH_BYTES];
	const char *dir = s->d->set->load->dataset_dir;
	struct view v = { (const uint8_t *)name, strlen(name) };
	if (*name == '/' || (!s->said.settings && match_carried(s->d->set, v, &s->carried)))
		return name;
	const char *beside = joined(s, rule_dir(s, copy), name);
	if (!dir || !*dir || (beside && access(beside, F_OK) == 0))
		return beside;
	return joined(s, dir, name);
}

/* Rules are somebody else's: what they write stays within the data folder. */
static int
place_save(struct saying *s)
{
	const char *name = s->said.save, *dir = s->d->set->load->dataset_dir;
	if (!s->said.settings && (*name == '/' || strstr(name, "..")))
		return match_fail(s->d, s->o->value_at, "name a file within datasets.dir",
		    "a rule must not write to %s", name);
	bool has_dir = dir && *dir;
	if (*name != '/')
		s->said.save = has_dir ? joined(s, dir, name) : NULL;
	if (s->state)
		s->said.load = s->said.save && access(s->said.save, F_OK) == 0 ? s->said.save
			       : has_dir || *name == '/'                       ? NULL
									       : to_load(s, name);
	if (!s->said.save)
		log_warn("dataset %s: datasets.dir is not set, so what is learned is not kept",
		    s->said.name);
	return 0;
}

static int
read_values(struct saying *s, struct match_dataset *d)
{
	struct err e;
	d->values = match_values_new(d->type, match_datasets_seed(s->d->set->load->datasets));
	if (!d->values)
		return match_fail(s->d, s->o->at, NULL, "out of memory");
	int rc = 0;
	/* what is to be saved later need not be there yet */
	if (s->carried.ptr)
		rc = match_dataset_parse(d, s->carried, &e);
	else if (!d->load || (s->state && access(d->load, F_OK) != 0))
		return 0;
	else
		rc = match_dataset_read(d, d->load, &e);
	if (rc == 0)
		return 0;
	match_values_free(d->values);
	d->values = NULL;
	return match_fail(s->d, s->o->value_at, NULL, "%s%s%s", s->carried.ptr ? d->load : "",
	    s->carried.ptr ? ": " : "", e.text);
}

/* Does what was said make sense together? */
static int
check(struct saying *s)
{
	struct match_dataset *d = &s->said;
	if (!d->type)
		return match_fail(s->d, s->o->value_at,
		    "write type string (or md5, sha256, ipv4, ip), or declare the set in "
		    "datasets.sets",
		    "the type of dataset %s is not known", d->name);
	if (s->state && d->load)
		return match_fail(s->d, s->o->value_at, "state is load and save of one file",
		    "state does not go with load");
	if (d->format == MATCH_SET_CSV && s->json)
		return match_fail(s->d, s->o->value_at, "add format json or ndjson",
		    "keys of JSON need such a format");
	if (d->format != MATCH_SET_CSV && (!d->value || !d->load || d->save || d->rep))
		return match_fail(s->d, s->o->value_at, NULL,
		    "a dataset of JSON needs load and value_key, and learns nothing");
	return 0;
}

static int
declare(struct saying *s, struct match_dataset **out)
{
	struct match_set *set = s->d->set;
	struct match_dataset *d = &s->said;
	if (check(s) != 0 || (d->save && place_save(s) != 0))
		return -1;
	if (d->load && !s->state && !(d->load = to_load(s, d->load)))
		return match_fail(s->d, s->o->at, NULL, "out of memory");
	d->learns = d->save != NULL;
	if (read_values(s, d) != 0)
		return -1;
	d = match_arena_copy(s->d->arena, d, sizeof(*d));
	struct view name = d ? (struct view){ (const uint8_t *)d->name, strlen(d->name) }
			     : (struct view){ NULL, 0 };
	if (!d || match_names_put(&set->datasets, name, d) != 0) {
		match_values_free(s->said.values);
		return match_fail(s->d, s->o->at, NULL, "out of memory");
	}
	d->next = set->rules->datasets;
	set->rules->datasets = d;
	*out = d;
	return 0;
}

/* The set of this name, declared by this rule, by one before, or by the settings. */
static int
set_of(struct match_draft *d, const struct match_option *o, struct view name, struct view rest,
    bool rep, struct match_dataset **out)
{
	struct saying s = { .d = d, .o = o };
	*out = NULL;
	if (!name.len || name.len > 63)
		return match_fail(
		    d, o->value_at, NULL, "a dataset needs a name of 1 to 63 letters");
	*out = match_names_find(&d->set->datasets, name);
	s.said.name = text_of(&s, name);
	s.said.rep = rep;
	if (!s.said.name)
		return match_fail(d, o->at, NULL, "out of memory");
	if (!*out && say_settings(&s, s.said.name) != 0)
		return -1;
	const char *save = s.said.save;
	if (say_all(&s, rest) != 0)
		return -1;
	s.said.settings = s.said.settings && s.said.save == save; /* the rule's own is the rule's */
	if (!*out)
		return declare(&s, out);
	if (s.said.type && s.said.type != (*out)->type)
		return match_fail(
		    d, o->value_at, NULL, "dataset %s has another type already", s.said.name);
	if ((*out)->rep != rep)
		return match_fail(
		    d, o->value_at, NULL, "one name cannot be both dataset and datarep");
	return 0;
}

/* ---- keywords ---- */

static int
new_step(
    struct match_draft *d, const struct match_option *o, match_step step, const struct use *use)
{
	struct match_pattern *p = match_new_pattern(d, o);
	if (!p)
		return -1;
	p->op.kind = MATCH_OP_STEP;
	p->op.step = step;
	p->op.data = match_arena_copy(d->arena, use, sizeof(*use));
	return p->op.data ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

static int
needs_buffer(struct match_draft *d, const struct match_option *o)
{
	return d->sticky ? 0
			 : match_fail(d, o->at, "write buffer; dataset:isset,name;",
			       "%.*s looks at a sticky buffer, and there is none before it",
			       (int)o->name.len, (const char *)o->name.ptr);
}

struct command {
	const char *name;
	match_step step;
	bool learns;
};

static const struct command commands[] = {
	{ "isset", step_isset, false },
	{ "isnotset", step_isnotset, false },
	{ "set", step_set, true },
	{ "unset", step_unset, true },
};

static int
key_dataset(struct match_draft *d, const struct match_option *o)
{
	struct view rest = o->value, what, name = { NULL, 0 };
	struct use use = { 0 };
	const struct command *c = NULL;
	(void)match_text_split(&rest, ',', &what);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (match_text_same(what, commands[i].name))
			c = &commands[i];
	}
	if (!c)
		return match_fail(d, o->value_at, "isset, isnotset, set and unset are known",
		    "unknown dataset command \"%.*s\"", (int)what.len, (const char *)what.ptr);
	(void)match_text_split(&rest, ',', &name);
	if (needs_buffer(d, o) != 0 || set_of(d, o, name, rest, false, &use.set) != 0)
		return -1;
	if (c->learns && use.set->format != MATCH_SET_CSV)
		return match_fail(d, o->value_at, NULL, "a dataset of JSON learns nothing");
	use.set->learns |= c->learns;
	return new_step(d, o, c->step, &use);
}

static int
rep_operator(struct match_draft *d, const struct match_option *o, struct view op, struct view value,
    struct match_op_number *out)
{
	int64_t n;
	if (!match_text_int(value, 0, UINT16_MAX, &n))
		return match_fail(d, o->value_at, "write datarep:NAME,>,200",
		    "datarep compares with a number from 0 to 65535");
	*out = (struct match_op_number){ .a = (uint64_t)n, .b = (uint64_t)n };
	if (match_text_same(op, "<"))
		out->compare = MATCH_LESS;
	else if (match_text_same(op, ">"))
		out->compare = MATCH_MORE;
	else if (match_text_same(op, "==") || match_text_same(op, "="))
		out->compare = MATCH_EQUAL;
	else
		return match_fail(d, o->value_at, "<, > and == are known",
		    "unknown comparison \"%.*s\"", (int)op.len, (const char *)op.ptr);
	return 0;
}

static int
key_datarep(struct match_draft *d, const struct match_option *o)
{
	struct view rest = o->value, name, op = { NULL, 0 }, value = { NULL, 0 };
	struct use use = { 0 };
	(void)match_text_split(&rest, ',', &name);
	(void)match_text_split(&rest, ',', &op);
	(void)match_text_split(&rest, ',', &value);
	if (needs_buffer(d, o) != 0 || rep_operator(d, o, op, value, &use.rep) != 0 ||
	    set_of(d, o, name, rest, true, &use.set) != 0)
		return -1;
	return new_step(d, o, step_rep, &use);
}

const struct match_keyword match_keywords_dataset[] = {
	{ "datarep", key_datarep, MATCH_KEY_VALUE, 0 },
	{ "dataset", key_dataset, MATCH_KEY_VALUE, 0 },
	{ NULL, NULL, 0, 0 },
};
