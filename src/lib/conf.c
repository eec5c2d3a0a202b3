/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf: see include/lib/conf.h. The YAML is read as a stream of events; nested mappings become
 * dotted keys:
 *
 *     flow:              key = "flow"
 *       timeout:         key = "flow.timeout"
 *         icmp: 30s      key = "flow.timeout.icmp"  -> conf_row_set
 */
#include "lib/conf.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "conf_row.h"

struct load {
	const struct conf_table *t;
	void *settings;
	const char *path;
	struct err *e;
	yaml_parser_t parser;
	yaml_event_t event; /* the current one */
	size_t line;        /* of the current event; a section's or list's is its key's */
	char key[CONF_KEY];
	struct conf_list seen; /* every key so far, to refuse a second one */
};

void
conf_defaults(const struct conf_table *t, void *settings)
{
	struct err e = { "" };

	memset(settings, 0, t->size);
	for (size_t i = 0; i < t->n; i++) {
		const struct conf_row *row = &t->row[i];
		int rc = conf_row_set(row, settings, row->key, row->value ? row->value : "", &e);
		assert(rc == 0);
		(void)rc;
	}
}

void
conf_clear(const struct conf_table *t, void *settings)
{
	for (size_t i = 0; i < t->n; i++)
		conf_row_clear(&t->row[i], settings);
}

const char *
conf_map_find(const struct conf_map *m, const char *name)
{
	for (size_t i = 0; i < m->n; i++) {
		if (strcmp(m->pair[i].name, name) == 0)
			return m->pair[i].value;
	}
	return NULL;
}

static int
unknown(const struct conf_table *t, const char *key, bool section, struct err *e)
{
	char near[CONF_KEY];

	conf_row_nearest(t, key, section, near);
	return err_set(e, "%s: found an unknown key, the nearest known one is %s", key, near);
}

/* A scalar for a key, from a file or from an assignment. */
static int
set_text(
    const struct conf_table *t, void *settings, const char *key, const char *text, struct err *e)
{
	const struct conf_row *row = conf_row_find(t, key);

	if (row)
		return conf_row_set(row, settings, key, text, e);
	if (!conf_row_section(t, key))
		return unknown(t, key, false, e);
	if (*text)
		return err_set(
		    e, "%s: found \"%.60s\", allowed a section with keys below it", key, text);
	return 0; /* "flow:" with all its keys commented out */
}

int
conf_set(const struct conf_table *t, void *settings, const char *assignment, struct err *e)
{
	const char *equals = strchr(assignment, '=');
	char key[CONF_KEY];

	if (!equals || equals == assignment || (size_t)(equals - assignment) >= sizeof(key))
		return err_set(e, "found \"%.60s\", allowed KEY=VALUE", assignment);
	(void)snprintf(key, sizeof(key), "%.*s", (int)(equals - assignment), assignment);
	return set_text(t, settings, key, equals + 1, e);
}

/* The next event takes the place of the current one. */
static int
advance(struct load *l)
{
	yaml_event_delete(&l->event);
	if (yaml_parser_parse(&l->parser, &l->event)) {
		yaml_event_type_t type = l->event.type;
		if (type != YAML_MAPPING_START_EVENT && type != YAML_SEQUENCE_START_EVENT)
			l->line = l->event.start_mark.line + 1;
		return 0;
	}
	return err_set(l->e, "%s:%zu: found %s, allowed YAML", l->path,
	    l->parser.problem_mark.line + 1,
	    l->parser.problem ? l->parser.problem : "an unreadable file");
}

/* Put file and line before a sentence about the current event. */
static int
at_line(struct load *l, int rc)
{
	return rc < 0 ? err_prefix(l->e, "%s:%zu", l->path, l->line) : rc;
}

static bool
is_null(const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;

	return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
}

/* Text of the current scalar; NULL with a sentence when a NUL hides in it. */
static const char *
scalar(struct load *l)
{
	const char *text = (const char *)l->event.data.scalar.value;

	if (strlen(text) == l->event.data.scalar.length)
		return is_null(&l->event) ? "" : text;
	(void)at_line(l, err_set(l->e, "%s: found a NUL character, allowed text", l->key));
	return NULL;
}

static int
load_scalar(struct load *l)
{
	const char *text = scalar(l);

	return text ? at_line(l, set_text(l->t, l->settings, l->key, text, l->e)) : -1;
}

static int
load_list(struct load *l)
{
	const struct conf_row *row = conf_row_find(l->t, l->key);
	const char *text;

	if (!row)
		return at_line(l, unknown(l->t, l->key, false, l->e));
	if (row->type == CONF_MAP)
		return at_line(
		    l, err_set(l->e, "%s: found a list, allowed text: put it in quotes", l->key));
	if (!conf_row_is_list(row))
		return at_line(l, conf_row_refuse(row, l->key, "a list", l->e));
	conf_row_empty(row, l->settings);
	for (;;) {
		if (advance(l) < 0)
			return -1;
		if (l->event.type == YAML_SEQUENCE_END_EVENT)
			return 0;
		if (l->event.type != YAML_SCALAR_EVENT)
			return at_line(
			    l, err_set(l->e, "%s: found no text, allowed a list of texts", l->key));
		text = scalar(l);
		if (!text || conf_row_add(row, l->settings, text, l->e) < 0)
			return -1;
	}
}

/* Append the key that is the current event to the dotted key, and refuse it when it was there
 * before. */
static int
enter(struct load *l)
{
	size_t n = strlen(l->key);
	const char *name;

	if (l->event.type != YAML_SCALAR_EVENT)
		return at_line(
		    l, err_set(l->e, "%s: found a key that is no text, allowed a name", l->key));
	name = scalar(l);
	if (!name)
		return -1;
	if (!*name || n + strlen(name) + 2 > sizeof(l->key))
		return at_line(l, err_set(l->e, "%.40s: found an empty or too long key", l->key));
	(void)snprintf(l->key + n, sizeof(l->key) - n, "%s%s", n ? "." : "", name);
	for (size_t i = 0; i < l->seen.n; i++) {
		if (strcmp(l->seen.item[i], l->key) == 0)
			return at_line(
			    l, err_set(l->e, "%s: found the key twice, allowed once", l->key));
	}
	return conf_list_add(&l->seen, l->key, l->e);
}

static int
load_mapping(struct load *l);

static int
load_section(struct load *l)
{
	const struct conf_row *row = conf_row_find(l->t, l->key);

	if (conf_row_section(l->t, l->key))
		return load_mapping(l); /* no deeper than the table's keys */
	if (row)
		return at_line(l, conf_row_refuse(row, l->key, "a section", l->e));
	return at_line(l, unknown(l->t, l->key, true, l->e));
}

static int
load_value(struct load *l)
{
	if (advance(l) < 0)
		return -1;
	switch (l->event.type) {
	case YAML_SCALAR_EVENT:
		return load_scalar(l);
	case YAML_SEQUENCE_START_EVENT:
		return load_list(l);
	case YAML_MAPPING_START_EVENT:
		return load_section(l);
	default:
		return at_line(l, err_set(l->e, "%s: found an alias, allowed a value", l->key));
	}
}

static int
load_mapping(struct load *l)
{
	size_t n = strlen(l->key);

	for (;;) {
		l->key[n] = 0;
		if (advance(l) < 0)
			return -1;
		if (l->event.type == YAML_MAPPING_END_EVENT)
			return 0;
		if (enter(l) < 0 || load_value(l) < 0)
			return -1;
	}
}

/* stream start, document start, one mapping or nothing, document end, stream end */
static int
load_stream(struct load *l)
{
	if (advance(l) < 0 || advance(l) < 0)
		return -1;
	if (l->event.type == YAML_STREAM_END_EVENT)
		return 0;
	if (advance(l) < 0)
		return -1;
	if (l->event.type == YAML_MAPPING_START_EVENT) {
		if (load_mapping(l) < 0)
			return -1;
	} else if (l->event.type != YAML_SCALAR_EVENT || l->event.data.scalar.length) {
		return at_line(l, err_set(l->e, "found no mapping, allowed lines of KEY: VALUE"));
	}
	if (advance(l) < 0 || advance(l) < 0)
		return -1;
	if (l->event.type != YAML_STREAM_END_EVENT)
		return at_line(l, err_set(l->e, "found a second document, allowed one"));
	return 0;
}

static bool
was_there(const struct load *l, const struct conf_row *row)
{
	for (size_t i = 0; i < l->seen.n; i++)
		if (strcmp(l->seen.item[i], row->key) == 0)
			return true;
	return false;
}

/* over: what the file does not name stays as it is, paths too. */
static int
load_file(const struct conf_table *t, void *settings, const char *path, bool over, struct err *e)
{
	struct load l = { .t = t, .settings = settings, .path = path, .e = e };
	FILE *f = fopen(path, "rb");
	int rc = -1;

	if (!f)
		return err_set(e, "%s: cannot be opened: %s", path, strerror(errno));
	if (!yaml_parser_initialize(&l.parser)) {
		(void)err_set(e, "%s: out of memory", path);
		goto out;
	}
	yaml_parser_set_input_file(&l.parser, f);
	rc = load_stream(&l);
	for (size_t i = 0; rc == 0 && i < t->n; i++)
		if (!over || was_there(&l, &t->row[i]))
			rc = conf_row_resolve(&t->row[i], settings, path, e);
	yaml_event_delete(&l.event);
	yaml_parser_delete(&l.parser);
	conf_list_clear(&l.seen);
out:
	(void)fclose(f);
	return rc;
}

int
conf_load(const struct conf_table *t, void *settings, const char *path, struct err *e)
{
	return load_file(t, settings, path, false, e);
}

int
conf_load_over(const struct conf_table *t, void *settings, const char *path, struct err *e)
{
	return load_file(t, settings, path, true, e);
}
