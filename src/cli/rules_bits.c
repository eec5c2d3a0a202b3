/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bits between rules: which disabled rules set what others ask for (flowbits, xbits, hostbits).
 *
 *	rule[]  each rule that was read
 *	use[]   each bit that a rule sets or asks for, in the order of the rules
 */
#include "rules_bits.h"

#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"

struct rule {
	uint32_t gid, sid;
	bool disabled, noalert;
	bool taken; /* named, or found to be needed */
};

struct use {
	uint64_t bit;
	char *name; /* "flowbits ET.x" */
	uint32_t rule;
	bool sets;
	bool said; /* that nothing sets it */
};

struct rules_bits {
	struct match_manage *named;
	struct rule *rule;
	struct use *use;
	size_t rule_n, rule_room, use_n, use_room;
	uint32_t *todo; /* rules whose questions are to be looked at */
	size_t todo_n, todo_at;
};

/* A place more; memory that is out ends a command. */
static void *
widen(void *items, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return items;
	*room = *room ? *room * 2 : 256;
	items = reallocarray(items, *room, size);
	if (!items)
		abort();
	return items;
}

static void
add_use(struct rules_bits *b, struct view kind, struct view bit, bool sets)
{
	char name[512];
	int n = snprintf(name, sizeof(name), "%.*s %.*s", (int)kind.len, (const char *)kind.ptr,
	    (int)(bit.len < 400 ? bit.len : 400), (const char *)bit.ptr);

	b->use = widen(b->use, b->use_n, &b->use_room, sizeof(*b->use));
	struct use *u = &b->use[b->use_n++];
	*u = (struct use){ .bit = hash_bytes(HASH_KEY_FIXED, name, (size_t)n),
		.name = strdup(name),
		.rule = (uint32_t)b->rule_n,
		.sets = sets };
	if (!u->name)
		abort();
}

static struct view
trim(struct view v)
{
	while (v.len && (v.ptr[0] == ' ' || v.ptr[0] == '\t')) {
		v.ptr++;
		v.len--;
	}
	while (v.len && (v.ptr[v.len - 1] == ' ' || v.ptr[v.len - 1] == '\t'))
		v.len--;
	return v;
}

/* The part up to one of these letters off the front. */
static struct view
part(struct view *rest, const char *ends)
{
	size_t n = 0;
	while (n < rest->len && !strchr(ends, rest->ptr[n]))
		n++;
	struct view v = { rest->ptr, n };
	n += n < rest->len;
	*rest = (struct view){ rest->ptr + n, rest->len - n };
	return trim(v);
}

/* "set, a", "isset,a|b", xbits also "..., track ip_src". Toggling is setting; what is asked not to
 * be set needs its setters as well, or the rule says more than its author wanted. */
static void
on_part(struct rules_bits *b, const struct match_told_part *p)
{
	static const char *const kinds[] = { "flowbits", "xbits", "hostbits" };
	static const struct {
		const char *word;
		bool sets;
	} words[] = { { "set", true }, { "toggle", true }, { "isset", false },
		{ "isnotset", false } };
	struct view rest = p->value, bits;
	bool known = false;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		known |= view_is(p->name, kinds[i]);
	struct view word = part(&rest, ",");
	for (size_t i = 0; known && i < sizeof(words) / sizeof(words[0]); i++) {
		if (!view_is(word, words[i].word))
			continue;
		for (bits = part(&rest, ","); bits.len;) {
			struct view bit = part(&bits, "|&");
			if (bit.len)
				add_use(b, p->name, bit, words[i].sets);
		}
	}
}

static void
on_rule(void *context, const struct match_told *t)
{
	struct rules_bits *b = context;
	struct buf text;
	bool disabled = true;

	if (!t->sid || t->failed)
		return;
	buf_init(&text, 1u << 20);
	(void)match_manage_apply(b->named, t->file, t->text, &disabled, &text);
	buf_fini(&text);
	for (size_t i = 0; i < t->part_n; i++)
		on_part(b, &t->part[i]);
	b->rule = widen(b->rule, b->rule_n, &b->rule_room, sizeof(*b->rule));
	b->rule[b->rule_n++] = (struct rule){ .gid = t->gid,
		.sid = t->sid,
		.disabled = t->disabled,
		.noalert = t->noalert,
		.taken = !disabled };
}

struct rules_bits *
rules_bits_new(struct match_load *load, struct match_manage *named)
{
	struct rules_bits *b = calloc(1, sizeof(*b));
	struct match_summary sum;
	struct err e = { "" };

	if (!b)
		abort();
	b->named = named;
	load->told = on_rule;
	load->context = b;
	load->read_only = true;
	match_rules_free(match_rules_load(load, &sum, &e));
	b->todo = calloc(b->rule_n + 1, sizeof(*b->todo));
	if (!b->todo)
		abort();
	for (size_t i = 0; i < b->rule_n; i++)
		if (b->rule[i].taken)
			b->todo[b->todo_n++] = (uint32_t)i;
	return b;
}

void
rules_bits_free(struct rules_bits *b)
{
	for (size_t i = 0; b && i < b->use_n; i++)
		free(b->use[i].name);
	if (b) {
		free(b->rule);
		free(b->use);
		free(b->todo);
	}
	free(b);
}

/* A disabled rule that sets the bit and is not taken yet. */
static const struct use *
setter(struct rules_bits *b, const struct use *asks, bool *any)
{
	for (size_t i = 0; i < b->use_n; i++) {
		const struct use *u = &b->use[i];
		if (!u->sets || u->bit != asks->bit)
			continue;
		*any = true;
		if (b->rule[u->rule].disabled && !b->rule[u->rule].taken)
			return u;
	}
	return NULL;
}

/* Nothing sets it: said once for a bit. */
static bool
first_time(struct rules_bits *b, struct use *asks)
{
	bool said = false;
	for (size_t i = 0; i < b->use_n; i++) {
		if (b->use[i].bit != asks->bit)
			continue;
		said |= b->use[i].said;
		b->use[i].said = true;
	}
	return !said;
}

bool
rules_bits_next(struct rules_bits *b, struct rules_need *out)
{
	for (; b->todo_at < b->todo_n; b->todo_at++) {
		uint32_t rule = b->todo[b->todo_at];
		for (size_t i = 0; i < b->use_n; i++) {
			struct use *asks = &b->use[i];
			bool any = false;
			if (asks->rule != rule || asks->sets)
				continue;
			const struct use *u = setter(b, asks, &any);
			if (!u && (any || !first_time(b, asks)))
				continue;
			*out = (struct rules_need){ .bit = asks->name, .by = b->rule[rule].sid };
			if (!u)
				return true;
			struct rule *r = &b->rule[u->rule];
			r->taken = true;
			b->todo[b->todo_n++] = u->rule;
			out->gid = r->gid;
			out->sid = r->sid;
			out->noalert = r->noalert;
			return true;
		}
	}
	return false;
}
