/* SPDX-License-Identifier: Apache-2.0 */
/* conf_print: the settings as YAML; see include/lib/conf.h. */
#include <string.h>
#include <strings.h>

#include "conf_row.h"
#include "lib/conf.h"

static void
indent(FILE *out, int depth)
{
	(void)fprintf(out, "%*s", depth * 2, "");
}

/* Can the text stand without quotes and still be a text to every YAML reader? */
static bool
bare(const char *text)
{
	static const char *const word[] = { "yes", "no", "true", "false", "on", "off", "null", "y",
		"n" };
	size_t n =
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.-");

	if (!*text || text[n] ||
	    !strpbrk(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") ||
	    strchr("-.0123456789", *text))
		return false;
	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		if (strcasecmp(word[i], text) == 0)
			return false;
	}
	return true;
}

static void
put_text(FILE *out, const char *text)
{
	if (bare(text)) {
		(void)fputs(text, out);
		return;
	}
	(void)fputc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '"' || c == '\\')
			(void)fprintf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			(void)fprintf(out, "\\x%02x", c);
		else
			(void)fputc(c, out);
	}
	(void)fputc('"', out);
}

static void
put_list(FILE *out, const struct conf_list *l, int depth)
{
	(void)fputs(l->n ? "\n" : " []\n", out);
	for (size_t i = 0; i < l->n; i++) {
		indent(out, depth + 1);
		(void)fputs("- ", out);
		put_text(out, l->item[i]);
		(void)fputc('\n', out);
	}
}

static void
put_map(FILE *out, const struct conf_map *m, int depth)
{
	(void)fputs(m->n ? "\n" : " {}\n", out);
	for (size_t i = 0; i < m->n; i++) {
		indent(out, depth + 1);
		put_text(out, m->pair[i].name);
		(void)fputs(": ", out);
		put_text(out, m->pair[i].value);
		(void)fputc('\n', out);
	}
}

static void
put_value(FILE *out, const struct conf_row *row, const void *settings, int depth)
{
	const void *at = (const char *)settings + row->offset;
	char text[CONF_TEXT] = "";

	switch (row->type) {
	case CONF_LIST:
	case CONF_PATHS:
		put_list(out, at, depth);
		return;
	case CONF_MAP:
		put_map(out, at, depth);
		return;
	case CONF_STR:
	case CONF_PATH:
		(void)fputc(' ', out);
		put_text(out, *(char *const *)at ? *(char *const *)at : "");
		(void)fputc('\n', out);
		return;
	case CONF_BOOL:
		(void)snprintf(text, sizeof(text), "%s", *(const bool *)at ? "yes" : "no");
		break;
	case CONF_ENUM:
		conf_row_word(row, *(const int *)at, text);
		break;
	default:
		conf_row_number(row, *(const uint64_t *)at, text);
	}
	(void)fprintf(out, " %s\n", text);
}

static void
put_row(FILE *out, const struct conf_row *row, const void *settings, int depth)
{
	bool words = row->type == CONF_INT || row->type == CONF_BYTES || row->type == CONF_TIME ||
		     row->type == CONF_ENUM;
	const char *dot = strrchr(row->key, '.');
	char allowed[CONF_TEXT];

	conf_row_allowed(row, allowed);
	indent(out, depth);
	(void)fprintf(out, words ? "# %s; %s\n" : "# %s\n", row->help ? row->help : "", allowed);
	indent(out, depth);
	(void)fprintf(out, "%s:", dot ? dot + 1 : row->key);
	put_value(out, row, settings, depth);
}

struct print {
	const struct conf_table *t;
	const void *settings;
	FILE *out;
};

/* Has a row before i the same first n bytes? Then the section is printed already. */
static bool
printed(const struct conf_table *t, size_t i, size_t n)
{
	for (size_t j = 0; j < i; j++) {
		if (strncmp(t->row[j].key, t->row[i].key, n) == 0)
			return true;
	}
	return false;
}

/* All rows whose key begins with the first n bytes of prefix ("flow." has 5); one level of
 * recursion a dot. */
static void
put_section(const struct print *p, const char *prefix, size_t n, int depth)
{
	for (size_t i = 0; i < p->t->n; i++) {
		const struct conf_row *row = &p->t->row[i];
		if (strncmp(row->key, prefix, n) != 0)
			continue;
		size_t name = strcspn(row->key + n, ".");
		if (!row->key[n + name]) {
			put_row(p->out, row, p->settings, depth);
		} else if (!printed(p->t, i, n + name + 1)) {
			(void)fputs(depth ? "" : "\n", p->out);
			indent(p->out, depth);
			(void)fprintf(p->out, "%.*s:\n", (int)name, row->key + n);
			put_section(p, row->key, n + name + 1, depth + 1);
		}
	}
}

void
conf_print(const struct conf_table *t, const void *settings, FILE *out)
{
	struct print p = { t, settings, out };

	put_section(&p, "", 0, 0);
}
