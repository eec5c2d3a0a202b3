/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions, by PCRE2. The only file that knows it.
 *
 * Code is made at load (JIT included, since the sandbox later forbids new executable pages) and
 * shared; match data and limits belong to a worker. A wild expression is stopped by its step limit,
 * never by time.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "probe/match_find.h"

#define STEPS_MAX 20000
#define DEPTH_MAX 1500
#define HEAP_KB 256
#define GROUPS_MAX 15 /* whose places are kept */
#define JIT_STACK_FIRST (32u << 10)
#define JIT_STACK_MOST (256u << 10)

struct match_pcre {
	struct match_pcre *next;
	pcre2_code *code;
	bool jit;
};

struct match_pcre_run {
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
};

static const struct {
	unsigned flag;
	uint32_t option;
} options[] = {
	{ MATCH_PCRE_I, PCRE2_CASELESS },
	{ MATCH_PCRE_S, PCRE2_DOTALL },
	{ MATCH_PCRE_M, PCRE2_MULTILINE },
	{ MATCH_PCRE_X, PCRE2_EXTENDED },
	{ MATCH_PCRE_A, PCRE2_ANCHORED },
	{ MATCH_PCRE_E, PCRE2_DOLLAR_ENDONLY },
	{ MATCH_PCRE_G, PCRE2_UNGREEDY },
};

int
match_pcre_new(struct match_pcre **all, struct view pattern, unsigned flags,
    const struct match_pcre **out, size_t *at, struct err *e)
{
	uint32_t bits = 0;
	int code = 0;
	PCRE2_SIZE place = 0;
	*at = 0;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		bits |= flags & options[i].flag ? options[i].option : 0;
	struct match_pcre *p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(e, "out of memory");
	p->code = pcre2_compile(pattern.ptr, pattern.len, bits, &code, &place, NULL);
	if (!p->code) {
		char text[200] = "cannot be compiled";
		(void)pcre2_get_error_message(code, (PCRE2_UCHAR *)text, sizeof(text));
		*at = place;
		free(p);
		return err_set(e, "expression: %s", text);
	}
	p->jit = pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE) == 0;
	p->next = *all;
	*all = p;
	*out = p;
	return 0;
}

void
match_pcre_free_all(struct match_pcre *all)
{
	while (all) {
		struct match_pcre *next = all->next;
		pcre2_code_free(all->code);
		free(all);
		all = next;
	}
}

struct match_pcre_run *
match_pcre_run_new(void)
{
	struct match_pcre_run *r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->data = pcre2_match_data_create(GROUPS_MAX + 1, NULL);
	r->context = pcre2_match_context_create(NULL);
	r->stack = pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK_MOST, NULL);
	if (!r->data || !r->context || !r->stack) {
		match_pcre_run_free(r);
		return NULL;
	}
	(void)pcre2_set_match_limit(r->context, STEPS_MAX);
	(void)pcre2_set_depth_limit(r->context, DEPTH_MAX);
	(void)pcre2_set_heap_limit(r->context, HEAP_KB);
	pcre2_jit_stack_assign(r->context, NULL, r->stack);
	return r;
}

void
match_pcre_run_free(struct match_pcre_run *r)
{
	if (!r)
		return;
	pcre2_match_data_free(r->data);
	pcre2_match_context_free(r->context);
	pcre2_jit_stack_free(r->stack);
	free(r);
}

int
match_pcre_find(const struct match_pcre *p, struct match_pcre_run *r, struct view data,
    struct match_pcre_span *s)
{
	struct cursor c = cursor_of_view(data);
	if (!data.ptr || !cursor_skip(&c, s->base) || s->from > data.len)
		return 0;
	size_t n = cursor_left(&c), from = s->from - s->base;
	int rc = p->jit ? pcre2_jit_match(p->code, c.at, n, from, 0, r->data, r->context)
			: pcre2_match(p->code, c.at, n, from, 0, r->data, r->context);
	if (rc == PCRE2_ERROR_NOMATCH)
		return 0;
	if (rc < 0)
		return -1;
	const PCRE2_SIZE *pair = pcre2_get_ovector_pointer(r->data);
	/* \K can put the start behind the end */
	s->start = s->base + (pair[0] < pair[1] ? pair[0] : pair[1]);
	s->end = s->base + pair[1];
	return 1;
}

bool
match_pcre_group(const struct match_pcre_run *r, unsigned i, struct view data,
    const struct match_pcre_span *s, struct view *out)
{
	const PCRE2_SIZE *pair = pcre2_get_ovector_pointer(r->data) + (size_t)i * 2;
	struct cursor c = cursor_of_view(data);
	if (i > GROUPS_MAX || pair[0] == PCRE2_UNSET || pair[1] < pair[0])
		return false;
	return cursor_skip(&c, s->base + pair[0]) && cursor_take(&c, pair[1] - pair[0], out);
}

unsigned
match_pcre_groups(const struct match_pcre *p)
{
	uint32_t n = 0;
	(void)pcre2_pattern_info(p->code, PCRE2_INFO_CAPTURECOUNT, &n);
	return n;
}
