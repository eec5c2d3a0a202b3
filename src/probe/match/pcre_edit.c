/* SPDX-License-Identifier: Apache-2.0 */
/* Find and replace in the text of rules, by PCRE2. Load time only; steps are limited. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <ctype.h>
#include <pcre2.h>
#include <stdlib.h>

#include "probe/match_manage.h"

#define STEPS_MAX 200000
#define RULE_MAX (1u << 20)

struct match_edit {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
	struct buf with;
	bool replaces;
};

/* \1 and \g<1> become ${1}; a "$" stands for itself. */
static void
convert(struct buf *out, struct view v)
{
	for (size_t i = 0; i < v.len; i++) {
		uint8_t c = v.ptr[i], next = i + 1 < v.len ? v.ptr[i + 1] : 0;
		if (c == '$') {
			buf_text(out, "$$");
		} else if (c == '\\' && isdigit(next)) {
			buf_text(out, "${");
			buf_add(out, &next, 1);
			buf_text(out, "}");
			i++;
		} else if (c == '\\' && next == 'g' && i + 2 < v.len && v.ptr[i + 2] == '<') {
			buf_text(out, "${");
			for (i += 3; i < v.len && v.ptr[i] != '>'; i++)
				buf_add(out, v.ptr + i, 1);
			buf_text(out, "}");
		} else if (c == '\\' && next == '\\') {
			buf_add(out, &c, 1);
			i++;
		} else {
			buf_add(out, &c, 1);
		}
	}
}

struct match_edit *
match_edit_new(
    struct view pattern, const struct view *with, unsigned flags, size_t *at, struct err *e)
{
	struct match_edit *x = calloc(1, sizeof(*x));
	int code = 0;
	PCRE2_SIZE place = 0;
	*at = 0;
	if (!x) {
		err_set(e, "out of memory");
		return NULL;
	}
	buf_init(&x->with, RULE_MAX);
	if (with)
		convert(&x->with, *with);
	x->replaces = with != NULL;
	x->code = pcre2_compile(pattern.ptr, pattern.len,
	    flags & MATCH_EDIT_NOCASE ? PCRE2_CASELESS : 0, &code, &place, NULL);
	if (!x->code) {
		char text[200] = "cannot be compiled";
		(void)pcre2_get_error_message(code, (PCRE2_UCHAR *)text, sizeof(text));
		*at = place;
		err_set(e, "expression: %s", text);
		match_edit_free(x);
		return NULL;
	}
	x->data = pcre2_match_data_create_from_pattern(x->code, NULL);
	x->context = pcre2_match_context_create(NULL);
	if (!x->data || !x->context || x->with.failed) {
		err_set(e, "out of memory");
		match_edit_free(x);
		return NULL;
	}
	(void)pcre2_set_match_limit(x->context, STEPS_MAX);
	return x;
}

void
match_edit_free(struct match_edit *x)
{
	if (!x)
		return;
	pcre2_match_data_free(x->data);
	pcre2_match_context_free(x->context);
	pcre2_code_free(x->code);
	buf_fini(&x->with);
	free(x);
}

bool
match_edit_finds(const struct match_edit *x, struct view text)
{
	return pcre2_match(x->code, text.ptr, text.len, 0, 0, x->data, x->context) >= 0;
}

bool
match_edit_apply(const struct match_edit *x, struct view text, struct buf *out)
{
	PCRE2_SIZE n = text.len * 2 + x->with.len * 16 + 256;
	if (!x->replaces || !match_edit_finds(x, text) || n > RULE_MAX || !buf_room(out, n))
		return false;
	int rc = pcre2_substitute(x->code, text.ptr, text.len, 0, PCRE2_SUBSTITUTE_GLOBAL, x->data,
	    x->context, x->with.ptr ? x->with.ptr : (PCRE2_SPTR) "", x->with.len,
	    out->ptr + out->len, &n);
	if (rc <= 0)
		return false;
	out->len += n;
	return true;
}
