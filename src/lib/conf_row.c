/* SPDX-License-Identifier: Apache-2.0 */
/* conf_row: see conf_row.h. */
#include "conf_row.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct suffix {
	const char *name;
	uint64_t factor;
};

/* Largest first, the form we print first among equals. */
static const struct suffix byte_suffix[] = {
	{ "tb", 1ULL << 40 },
	{ "t", 1ULL << 40 },
	{ "tib", 1ULL << 40 },
	{ "gb", 1ULL << 30 },
	{ "g", 1ULL << 30 },
	{ "gib", 1ULL << 30 },
	{ "mb", 1ULL << 20 },
	{ "m", 1ULL << 20 },
	{ "mib", 1ULL << 20 },
	{ "kb", 1ULL << 10 },
	{ "k", 1ULL << 10 },
	{ "kib", 1ULL << 10 },
	{ "b", 1 },
	{ NULL, 1 },
};

static const struct suffix time_suffix[] = {
	{ "d", 86400000 },
	{ "h", 3600000 },
	{ "m", 60000 },
	{ "s", 1000 },
	{ "ms", 1 },
	{ NULL, 1000 },
};

static const struct suffix no_suffix[] = { { NULL, 1 } };

static const struct suffix *
suffixes(enum conf_type type)
{
	return type == CONF_BYTES ? byte_suffix : type == CONF_TIME ? time_suffix : no_suffix;
}

static void *
field(const struct conf_row *row, void *settings)
{
	return (char *)settings + row->offset;
}

const struct conf_row *
conf_row_find(const struct conf_table *t, const char *key)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct conf_row *row = &t->row[i];
		size_t n = strlen(row->key);
		if (strcmp(row->key, key) == 0)
			return row;
		if (row->type == CONF_MAP && strncmp(row->key, key, n) == 0 && key[n] == '.' &&
		    key[n + 1])
			return row;
	}
	return NULL;
}

bool
conf_row_section(const struct conf_table *t, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < t->n; i++) {
		const struct conf_row *row = &t->row[i];
		if (strncmp(row->key, key, n) != 0)
			continue;
		if (row->key[n] == '.' || (row->key[n] == 0 && row->type == CONF_MAP))
			return true;
	}
	return false;
}

/* Levenshtein distance of two texts shorter than CONF_KEY. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[CONF_KEY], n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t corner = row[0]++;
		for (size_t j = 1; j <= n; j++) {
			size_t best = corner + (a[i - 1] != b[j - 1]);
			corner = row[j];
			best = row[j] + 1 < best ? row[j] + 1 : best;
			row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
		}
	}
	return row[n];
}

/* Cut a known key to as many components as the unknown section has. */
static void
cut_like(char *known, const char *unknown)
{
	size_t dots = 0;

	for (; *unknown; unknown++)
		dots += *unknown == '.';
	for (; *known; known++) {
		if (*known == '.' && dots-- == 0)
			break;
	}
	*known = 0;
}

void
conf_row_nearest(const struct conf_table *t, const char *key, bool section, char *out)
{
	size_t best = SIZE_MAX;
	char known[CONF_KEY];

	*out = 0;
	for (size_t i = 0; i < t->n; i++) {
		(void)snprintf(known, sizeof(known), "%s", t->row[i].key);
		if (section)
			cut_like(known, key);
		size_t d = distance(key, known);
		if (d < best) {
			best = d;
			memcpy(out, known, sizeof(known));
		}
	}
}

void
conf_row_word(const struct conf_row *row, int n, char *out)
{
	const char *at = row->choice;

	while (n-- > 0 && at) {
		at = strchr(at, '|');
		at = at ? at + 1 : NULL;
	}
	(void)snprintf(out, CONF_TEXT, "%.*s", at ? (int)strcspn(at, "|") : 0, at ? at : "");
}

void
conf_row_number(const struct conf_row *row, uint64_t v, char *out)
{
	for (const struct suffix *s = suffixes(row->type); s->name && v; s++) {
		if (v % s->factor == 0 && s->factor > 1) {
			(void)snprintf(
			    out, CONF_TEXT, "%llu%s", (unsigned long long)(v / s->factor), s->name);
			return;
		}
	}
	(void)snprintf(out, CONF_TEXT, "%llu%s", (unsigned long long)v,
	    row->type == CONF_TIME && v ? "ms" : "");
}

static void
allowed_number(const struct conf_row *row, char *out)
{
	static const char *const hint[] = {
		[CONF_BYTES] = " (with kb, mb, gb)", [CONF_TIME] = " (with ms, s, m, h, d)"
	};
	bool plain = row->type == CONF_INT;
	char min[CONF_TEXT], max[CONF_TEXT];

	conf_row_number(row, row->min, min);
	conf_row_number(row, row->max, max);
	(void)snprintf(out, CONF_TEXT, "%.40s%s%.40s%s%.60s%s", row->max ? min : "a number",
	    row->max ? " to " : "", row->max ? max : "", plain && row->unit ? " " : "",
	    plain && row->unit ? row->unit : "", plain ? "" : hint[row->type]);
}

/* "a, b or c" of "a|b|c" */
static void
allowed_words(const struct conf_row *row, char *out)
{
	char word[CONF_TEXT], next[CONF_TEXT];
	size_t n = 0;

	*out = 0;
	conf_row_word(row, 0, word);
	for (int i = 1; *word && n < CONF_TEXT - 1; i++) {
		conf_row_word(row, i, next);
		const char *joint = i == 1 ? "" : *next ? ", " : " or ";
		int got = snprintf(out + n, CONF_TEXT - n, "%s%s", joint, word);
		n += got > 0 ? (size_t)got : 0;
		memcpy(word, next, sizeof(word));
	}
}

void
conf_row_allowed(const struct conf_row *row, char *out)
{
	static const char *const plain[] = { [CONF_BOOL] = "yes or no",
		[CONF_STR] = "text",
		[CONF_PATH] = "a path",
		[CONF_LIST] = "a list",
		[CONF_PATHS] = "a list",
		[CONF_MAP] = "names with values" };

	switch (row->type) {
	case CONF_INT:
	case CONF_BYTES:
	case CONF_TIME:
		allowed_number(row, out);
		break;
	case CONF_ENUM:
		allowed_words(row, out);
		break;
	default:
		(void)snprintf(out, CONF_TEXT, "%s", plain[row->type]);
	}
}

int
conf_row_refuse(const struct conf_row *row, const char *key, const char *found, struct err *e)
{
	char allowed[CONF_TEXT];

	conf_row_allowed(row, allowed);
	return err_set(e, "%s: found %s, allowed %s", key, found, allowed);
}

static bool
parse_bool(const char *text, bool *out)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = { { "yes", true }, { "no", false }, { "true", true }, { "false", false },
		{ "on", true }, { "off", false } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i].word) == 0) {
			*out = words[i].value;
			return true;
		}
	}
	return false;
}

/* Digits, then one of the type's suffixes, a space between them allowed; within the row's bounds.
 */
static bool
parse_number(const struct conf_row *row, const char *text, uint64_t *out)
{
	uint64_t v = 0;
	const struct suffix *s = suffixes(row->type);

	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*text - '0'), &v))
			return false;
	}
	text += *text == ' ' && text[1];
	while (s->name && strcasecmp(s->name, text) != 0)
		s++;
	if ((!s->name && *text) || __builtin_mul_overflow(v, s->factor, &v))
		return false;
	if (row->max && (v < row->min || v > row->max))
		return false;
	*out = v;
	return true;
}

static bool
parse_enum(const struct conf_row *row, const char *text, int *out)
{
	char word[CONF_TEXT];

	for (int i = 0;; i++) {
		conf_row_word(row, i, word);
		if (!*word)
			return false;
		if (strcmp(word, text) == 0) {
			*out = i;
			return true;
		}
	}
}

static int
no_memory(struct err *e)
{
	return err_set(e, "out of memory");
}

static int
set_str(char **slot, const char *text, struct err *e)
{
	char *copy = strdup(text);

	if (!copy)
		return no_memory(e);
	free(*slot);
	*slot = copy;
	return 0;
}

void
conf_list_clear(struct conf_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->item[i]);
	free(l->item);
	*l = (struct conf_list){ 0 };
}

static int
add_n(struct conf_list *l, const char *text, size_t n, struct err *e)
{
	char **wide = realloc(l->item, (l->n + 1) * sizeof(*wide));
	char *copy = strndup(text, n);

	if (wide)
		l->item = wide;
	if (!wide || !copy) {
		free(copy);
		return no_memory(e);
	}
	l->item[l->n++] = copy;
	return 0;
}

int
conf_list_add(struct conf_list *l, const char *text, struct err *e)
{
	return add_n(l, text, strlen(text), e);
}

/* Comma-separated items, blanks around them cut, empty ones left out. */
static int
list_set(struct conf_list *l, const char *text, struct err *e)
{
	conf_list_clear(l);
	while (*text) {
		size_t n = strcspn(text, ","), keep;
		size_t blank = strspn(text, " \t");
		const char *from = text + (blank < n ? blank : n);
		keep = (size_t)(text + n - from);
		while (keep && (from[keep - 1] == ' ' || from[keep - 1] == '\t'))
			keep--;
		if (keep && add_n(l, from, keep, e) < 0)
			return -1;
		text += n + (text[n] == ',');
	}
	return 0;
}

static void
map_clear(struct conf_map *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->pair[i].name);
		free(m->pair[i].value);
	}
	free(m->pair);
	*m = (struct conf_map){ 0 };
}

static int
map_set(struct conf_map *m, const char *name, const char *value, struct err *e)
{
	struct conf_pair *wide, made = { 0 };

	for (size_t i = 0; i < m->n; i++) {
		if (strcmp(m->pair[i].name, name) == 0)
			return set_str(&m->pair[i].value, value, e);
	}
	wide = realloc(m->pair, (m->n + 1) * sizeof(*wide));
	if (!wide)
		return no_memory(e);
	m->pair = wide;
	if (set_str(&made.name, name, e) < 0)
		return -1;
	if (set_str(&made.value, value, e) < 0) {
		free(made.name);
		return -1;
	}
	m->pair[m->n++] = made;
	return 0;
}

static int
set_map(
    const struct conf_row *row, void *settings, const char *key, const char *text, struct err *e)
{
	size_t n = strlen(row->key);

	if (key[n] == '.')
		return map_set(field(row, settings), key + n + 1, text, e);
	if (*text)
		return err_set(
		    e, "%s: found \"%.60s\", allowed %s.NAME with a value", key, text, key);
	return 0;
}

int
conf_row_set(
    const struct conf_row *row, void *settings, const char *key, const char *text, struct err *e)
{
	char found[80];
	void *to = field(row, settings);
	bool good = true;

	switch (row->type) {
	case CONF_BOOL:
		good = parse_bool(text, to);
		break;
	case CONF_INT:
	case CONF_BYTES:
	case CONF_TIME:
		good = parse_number(row, text, to);
		break;
	case CONF_ENUM:
		good = parse_enum(row, text, to);
		break;
	case CONF_STR:
	case CONF_PATH:
		return set_str(to, text, e);
	case CONF_LIST:
	case CONF_PATHS:
		return list_set(to, text, e);
	case CONF_MAP:
		return set_map(row, settings, key, text, e);
	}
	(void)snprintf(found, sizeof(found), *text ? "\"%.60s\"" : "nothing%s", text);
	return good ? 0 : conf_row_refuse(row, key, found, e);
}

bool
conf_row_is_list(const struct conf_row *row)
{
	return row->type == CONF_LIST || row->type == CONF_PATHS;
}

void
conf_row_empty(const struct conf_row *row, void *settings)
{
	conf_list_clear(field(row, settings));
}

int
conf_row_add(const struct conf_row *row, void *settings, const char *item, struct err *e)
{
	return conf_list_add(field(row, settings), item, e);
}

/* Put the folder before a relative path. */
static int
from_folder(char **path, const char *folder, size_t n, struct err *e)
{
	char *full;

	if (!**path || **path == '/')
		return 0;
	if (asprintf(&full, "%.*s%s", (int)n, folder, *path) < 0)
		return no_memory(e);
	free(*path);
	*path = full;
	return 0;
}

int
conf_row_resolve(const struct conf_row *row, void *settings, const char *file, struct err *e)
{
	const char *slash = strrchr(file, '/');
	size_t n = slash ? (size_t)(slash - file) + 1 : 0;
	struct conf_list *l;

	if (row->type == CONF_PATH)
		return from_folder(field(row, settings), file, n, e);
	if (row->type != CONF_PATHS)
		return 0;
	l = field(row, settings);
	for (size_t i = 0; i < l->n; i++)
		if (from_folder(&l->item[i], file, n, e) < 0)
			return -1;
	return 0;
}

void
conf_row_clear(const struct conf_row *row, void *settings)
{
	char **text;

	switch (row->type) {
	case CONF_STR:
	case CONF_PATH:
		text = field(row, settings);
		free(*text);
		*text = NULL;
		break;
	case CONF_LIST:
	case CONF_PATHS:
		conf_list_clear(field(row, settings));
		break;
	case CONF_MAP:
		map_clear(field(row, settings));
		break;
	default:
		break;
	}
}
