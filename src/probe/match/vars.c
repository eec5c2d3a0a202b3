/* SPDX-License-Identifier: Apache-2.0 */
/* What rules leave for events: texts that expressions capture, entropy, names of flowbits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"
#include "probe/match_compile.h"
#include "probe/match_keyword.h"
#include "probe/match_run.h"

#define BEFORE 48
#define BEHIND 16

/* ---- names: at load ---- */

int
match_bit_name(struct match_draft *d, struct view name, uint64_t salt)
{
	struct match_bit_name b = { hash_bytes(HASH_KEY_FIXED, name.ptr, name.len) ^ salt,
		match_arena_copy(d->arena, name.ptr, name.len), d->set->rules->bit_last };
	const struct match_bit_name *kept =
	    b.name ? match_arena_copy(d->arena, &b, sizeof(b)) : NULL;
	if (!kept)
		return match_fail(d, 0, NULL, "out of memory");
	d->set->rules->bit_last = kept;
	d->set->rules->bit_name_n++;
	return 0;
}

static int
by_hash(const void *a, const void *b)
{
	const struct match_bit_name *x = a, *y = b;
	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

int
match_bit_names(struct match_rules *r)
{
	struct match_bit_name *all =
	    match_arena_get(&r->arena, (r->bit_name_n + 1u) * sizeof(*all));
	uint32_t n = 0;
	if (!all)
		return -1;
	for (const struct match_bit_name *b = r->bit_last; b; b = b->before)
		all[n++] = *b;
	qsort(all, n, sizeof(*all), by_hash);
	r->bit_name = all;
	return 0;
}

static const char *
name_of(const struct match_rules *r, uint64_t hash)
{
	const struct match_bit_name key = { .hash = hash };
	const struct match_bit_name *b =
	    r && r->bit_name_n
		? bsearch(&key, r->bit_name, r->bit_name_n, sizeof(*r->bit_name), by_hash)
		: NULL;
	return b ? b->name : NULL;
}

/* ---- what is kept of a flow ---- */

/* The place of a name, made when it is new; the oldest goes. NULL without a flow or memory. */
static struct match_var *
place_for(struct match *m, uint8_t kind, const char *name)
{
	m->now.state = match_state_get(m, m->now.f);
	struct match_flow *s = m->now.state;
	if (!s)
		return NULL;
	if (!s->vars)
		s->vars = slab_get(&m->states.vars);
	if (!s->vars) {
		m->count.state_evicted++;
		return NULL;
	}
	struct match_vars *v = s->vars;
	for (uint8_t i = 0; i < v->n; i++) {
		if (v->var[i].kind == kind && strcmp(v->var[i].name, name) == 0)
			return &v->var[i];
	}
	if (v->n == MATCH_FLOW_VARS) {
		memmove(v->var, v->var + 1, sizeof(v->var) - sizeof(v->var[0]));
		v->n--;
	}
	struct match_var *var = &v->var[v->n++];
	*var = (struct match_var){ .kind = kind };
	(void)snprintf(var->name, sizeof(var->name), "%s", name);
	return var;
}

/* The bytes with some before and behind them, as many as there is room for. */
static void
copy_text(struct match_var *var, const struct match_sight *s, size_t start, size_t len)
{
	struct cursor c = cursor_of_view(s->data);
	size_t n = len < MATCH_VAR_BYTES ? len : MATCH_VAR_BYTES;
	size_t before = start < BEFORE ? start : BEFORE;
	size_t left = s->data.len - start - n;
	struct view all;
	if (!cursor_skip(&c, start - before) ||
	    !cursor_take(&c, before + n + (left < BEHIND ? left : BEHIND), &all))
		return;
	memcpy(var->bytes, all.ptr, all.len);
	var->at = (uint8_t)before;
	var->len = (uint16_t)n;
	var->all = (uint16_t)all.len;
	var->buffer = s->m->rules->list[s->list].place;
}

static void
keep(const struct match_sight *s, const struct match_capture *c, size_t start, size_t len)
{
	struct match *m = s->m;
	struct match_var *var = NULL;
	if (c->kind == MATCH_VAR_FLOW)
		var = place_for(m, MATCH_VAR_FLOW, c->name);
	else if (m->pkt_var_n < MATCH_FLOW_VARS)
		var = &m->pkt_var[m->pkt_var_n++];
	if (!var)
		return;
	if (c->kind != MATCH_VAR_FLOW) {
		*var = (struct match_var){ .kind = c->kind };
		(void)snprintf(var->name, sizeof(var->name), "%s", c->name);
	}
	copy_text(var, s, start, len);
}

void
match_capture(const struct match_sight *s, const struct match_op *op, struct match_pcre_span span)
{
	span.from = span.start;
	if (match_pcre_find(op->pcre, s->m->pcre, s->data, &span) <= 0)
		return;
	for (const struct match_capture *c = op->capture; c; c = c->next) {
		struct view v;
		if (match_pcre_group(s->m->pcre, c->group, s->data, &span, &v))
			keep(s, c, (size_t)(v.ptr - s->data.ptr), v.len);
	}
}

void
match_entropy_put(const struct match_sight *s, double value)
{
	uint16_t place = s->m->rules->list[s->list].place;
	char name[MATCH_VAR_NAME];
	(void)snprintf(
	    name, sizeof(name), "%s", place == MATCH_PAYLOAD ? "content" : match_place_name(place));
	for (char *at = strchr(name, '.'); at; at = strchr(at, '.'))
		*at = '_';
	struct match_var *var = place_for(s->m, MATCH_VAR_ENTROPY, name);
	if (var)
		var->number = value;
}

/* ---- said ---- */

static struct match_said_var
said_var(const struct match_var *v)
{
	return (struct match_said_var){ v->name, { .buffer = match_place_name(v->buffer),
						     .around = { v->bytes, v->all },
						     .len = v->len,
						     .at = v->at,
						     .n = v->len } };
}

static void
say_bits(const struct match *m, const uint64_t *bit, uint8_t n, struct match_said *out)
{
	for (uint8_t i = 0; i < n && out->bit_n < MATCH_SAID_BITS; i++) {
		const char *name = name_of(m->rules, bit[i]);
		if (name)
			out->bit[out->bit_n++] = name;
	}
}

static void
say_state(const struct match *m, const struct match_flow *s, struct match_said *out)
{
	say_bits(m, s->bit, s->bit_n, out);
	if (s->more)
		say_bits(m, s->more->bit, s->more->n, out);
	for (uint8_t i = 0; s->ints && i < s->ints->n; i++) {
		const char *name = name_of(m->rules, s->ints->var[i].name);
		if (!name)
			continue;
		out->number[out->number_n].name = name;
		out->number[out->number_n++].value = s->ints->var[i].value;
	}
	for (uint8_t i = 0; s->vars && i < s->vars->n; i++) {
		const struct match_var *v = &s->vars->var[i];
		if (v->kind == MATCH_VAR_FLOW) {
			out->flow[out->flow_n++] = said_var(v);
		} else {
			out->entropy[out->entropy_n].name = v->name;
			out->entropy[out->entropy_n++].value = v->number;
		}
	}
}

const struct match_said *
match_said(struct match *m, const struct flow *f)
{
	const struct match_flow *s = f ? f->match : NULL;
	struct match_said *out = &m->said;
	*out = (struct match_said){ .bit_n = 0 };
	if (s)
		say_state(m, s, out);
	for (uint8_t i = 0; i < m->pkt_var_n; i++) {
		if (m->pkt_var[i].kind == MATCH_VAR_PACKET)
			out->packet[out->packet_n++] = said_var(&m->pkt_var[i]);
	}
	return out->bit_n || out->number_n || out->flow_n || out->packet_n || out->entropy_n ? out
											     : NULL;
}
