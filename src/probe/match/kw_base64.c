/* SPDX-License-Identifier: Apache-2.0 */
/* base64_decode: what base64_data looks at; RFC 4648. */
#include "lib/base64.h"
#include "probe/match_keyword.h"
#include "probe/match_run.h"

#define BASE64_MOST 65535

size_t
match_base64(struct view in, enum match_base64_mode mode, uint8_t *out)
{
	uint32_t bits = 0;
	size_t n = 0, letters = 0, i = 0;
	for (; i < in.len && in.ptr[i] != '='; i++) {
		int v = base64_digit(in.ptr[i]);
		if (v < 0 && mode == MATCH_BASE64_SKIPS)
			continue;
		if (v < 0)
			break;
		bits = bits << 6 | (uint32_t)v;
		if (letters++ % 4)
			out[n++] = (uint8_t)(bits >> (4 - letters % 4) * 2 % 8);
	}
	if (mode != MATCH_BASE64_STRICT)
		return n;
	/* padded to four, and nothing behind */
	size_t pads = in.len - i;
	return pads < 3 && (letters + pads) % 4 == 0 && in.len &&
		       (!pads || in.ptr[in.len - 1] == '=')
		   ? n
		   : 0;
}

struct decode {
	uint32_t bytes, offset; /* bytes 0: all */
	bool relative;
};

static bool
base64_decode(struct match_sight *s, const struct match_op *op, size_t from, size_t *end)
{
	const struct decode *b = op->data;
	struct cursor c = cursor_of_view(s->data);
	struct view in;
	(void)end;
	if (!cursor_skip(&c, (b->relative ? from : 0) + b->offset))
		return false;
	size_t n = b->bytes ? b->bytes : BASE64_MOST;
	(void)cursor_take(&c, n < cursor_left(&c) ? n : cursor_left(&c), &in);
	const struct scratch_at before = scratch_here(&s->m->scratch);
	uint8_t *out = scratch_get(&s->m->scratch, in.len + 1);
	n = out ? match_base64(in, MATCH_BASE64_STOPS, out) : 0;
	s->m->base64 = (struct view){ out, n };
	if (n && match_base64_holds(s->m, s->c))
		return true;
	s->m->base64 = (struct view){ NULL, 0 };
	if (!s->m->marking)
		scratch_back(&s->m->scratch, before);
	return false;
}

static int
key_base64_decode(struct match_draft *d, const struct match_option *o)
{
	struct match_pattern *p = match_new_pattern(d, o);
	struct decode b = { 0 };
	struct view rest = o->value, v, name;
	uint64_t n;
	if (!p)
		return -1;
	while (rest.len && match_text_split(&rest, ',', &v)) {
		(void)match_text_split(&v, ' ', &name);
		v = match_text_trim(v);
		if (match_text_same(name, "relative"))
			b.relative = true;
		else if (match_text_same(name, "bytes") && match_number_plain(v, BASE64_MOST, &n))
			b.bytes = (uint32_t)n;
		else if (match_text_same(name, "offset") && match_number_plain(v, 65535, &n))
			b.offset = (uint32_t)n;
		else
			return match_fail(d, o->value_at,
			    "write base64_decode:bytes 10, offset 2, relative;",
			    "\"%.*s\" is not understood", (int)name.len, (const char *)name.ptr);
	}
	p->op.kind = MATCH_OP_STEP;
	p->op.step = base64_decode;
	p->op.flags |= b.relative ? MATCH_OP_DISTANCE : 0;
	p->op.data = match_arena_copy(d->arena, &b, sizeof(b));
	d->decodes = true;
	return p->op.data ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

const struct match_keyword match_keywords_base64[] = {
	{ "base64_decode", key_base64_decode, 0, 0 },
	{ NULL, NULL, 0, 0 },
};
