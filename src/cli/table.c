/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define GAP 2
#define FLEX_MIN 16 /* the flexible column is never narrower, when others can go */
#define FLEX_LEAST 8
#define CELL_BYTES 2048

struct table {
	const char *const *headings;
	unsigned columns, flex;
	const unsigned *spare;
	size_t spares;
	char **cell;
	size_t n;
};

struct table *
table_new(const char *const *headings, unsigned columns, unsigned flex)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	t->headings = headings;
	t->columns = columns;
	t->flex = flex;
	return t;
}

/* The cell is made harmless here, so that its width and what is printed agree. */
void
table_cell(struct table *t, const char *text)
{
	char clean[CELL_BYTES];

	(void)width_copy(clean, sizeof(clean), text[0] ? text : "-", CELL_BYTES / 4);
	t->cell = reallocarray(t->cell, t->n + 1, sizeof(*t->cell));
	if (!t->cell || !(t->cell[t->n++] = strdup(clean)))
		abort();
}

void
table_spare(struct table *t, const unsigned *order, size_t n)
{
	t->spare = order;
	t->spares = n;
}

/* Columns with gaps between; those of width 0 are left out. */
static unsigned
sum_of(const struct table *t, const unsigned *width)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < t->columns; i++)
		sum += width[i] ? width[i] + (sum ? GAP : 0) : 0;
	return sum;
}

static void
measure(const struct table *t, const struct cli *c, unsigned *width)
{
	unsigned *flex = &width[t->flex], most;

	for (unsigned i = 0; i < t->columns; i++)
		width[i] = width_of(t->headings[i]);
	for (size_t i = 0; i < t->n; i++)
		if (width_of(t->cell[i]) > width[i % t->columns])
			width[i % t->columns] = width_of(t->cell[i]);
	if (!c->width || sum_of(t, width) <= c->width)
		return;
	most = *flex;
	*flex = most < FLEX_MIN ? most : FLEX_MIN;
	for (size_t i = 0; i < t->spares && sum_of(t, width) > c->width; i++)
		width[t->spare[i]] = 0;
	for (; *flex > FLEX_LEAST && sum_of(t, width) > c->width; --*flex)
		;
	for (; *flex < most && sum_of(t, width) < c->width; ++*flex)
		;
}

static void
print_row(const struct table *t, const char *const *cell, const unsigned *width, FILE *out)
{
	char text[CELL_BYTES];
	unsigned owed = 0; /* blanks before the next cell, none at the end of a line */

	for (unsigned i = 0; i < t->columns; i++) {
		if (!width[i])
			continue;
		(void)width_copy(text, sizeof(text), cell[i], width[i]);
		(void)fprintf(out, "%*s%s", (int)owed, "", text);
		owed = width[i] - width_of(text) + GAP;
	}
	(void)fputc('\n', out);
}

void
table_print(const struct table *t, const struct cli *c, FILE *out)
{
	unsigned *width = calloc(t->columns, sizeof(*width));

	if (!width)
		abort();
	measure(t, c, width);
	if (c->colour)
		(void)fputs("\033[1m", out);
	print_row(t, t->headings, width, out);
	if (c->colour)
		(void)fputs("\033[0m", out);
	for (size_t i = 0; i + t->columns <= t->n; i += t->columns)
		print_row(t, (const char *const *)t->cell + i, width, out);
	free(width);
}

void
table_free(struct table *t)
{
	for (size_t i = 0; t && i < t->n; i++)
		free(t->cell[i]);
	if (t)
		free(t->cell);
	free(t);
}
