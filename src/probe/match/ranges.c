/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address and port lists: any, single values, ranges, prefixes, [lists], !negation, $variables.
 *
 * A list is what its plain members cover (everything when it has none) less what its negated
 * members cover. It is worked out once into sorted, disjoint ranges, so that a packet costs one
 * binary search.
 */
#include <stdlib.h>

#include "lib/addr.h"
#include "probe/match_load.h"

#define DEPTH_MAX 16
#define MEMBERS_MAX 1000000

typedef unsigned __int128 wide;

struct span {
	wide low, high;
};

struct spans {
	struct span *item;
	size_t n, room;
	bool failed;
};

/* Addresses use v[0] for IPv4 and v[1] for IPv6; ports use v[0]. */
struct set {
	struct spans v[2];
};

struct list {
	struct match_draft *d;
	bool ports;
	wide max[2];
	const struct conf_map *vars;
	unsigned left; /* members that may still be read: variables in variables multiply */
};

static void
set_fini(struct set *s)
{
	free(s->v[0].item);
	free(s->v[1].item);
}

static void
spans_add(struct spans *s, wide low, wide high)
{
	if (s->n == s->room) {
		size_t room = s->room ? s->room * 2 : 8;
		struct span *item = realloc(s->item, room * sizeof(*item));
		if (!item) {
			s->failed = true;
			return;
		}
		s->item = item;
		s->room = room;
	}
	s->item[s->n++] = (struct span){ low, high };
}

static int
span_order(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	return x->low < y->low ? -1 : x->low > y->low;
}

/* Sort and melt together what touches. */
static void
spans_tidy(struct spans *s)
{
	size_t n = 0;
	if (!s->n)
		return;
	qsort(s->item, s->n, sizeof(*s->item), span_order);
	for (size_t i = 1; i < s->n; i++) {
		struct span *last = &s->item[n], *next = &s->item[i];
		if (next->low <= last->high || next->low == last->high + 1) {
			if (next->high > last->high)
				last->high = next->high;
		} else {
			s->item[++n] = *next;
		}
	}
	s->n = n + 1;
}

/* from less minus; both tidy. */
static void
spans_less(struct spans *from, const struct spans *minus)
{
	struct spans out = { 0 };
	for (size_t i = 0, first = 0; i < from->n; i++) {
		wide low = from->item[i].low, high = from->item[i].high;
		bool left = true;
		while (first < minus->n && minus->item[first].high < low)
			first++;
		for (size_t j = first; j < minus->n && left && minus->item[j].low <= high; j++) {
			const struct span *m = &minus->item[j];
			if (m->low > low)
				spans_add(&out, low, m->low - 1);
			left = m->high < high;
			low = m->high + 1;
		}
		if (left)
			spans_add(&out, low, high);
	}
	out.failed |= from->failed || minus->failed;
	free(from->item);
	*from = out;
}

static void
set_all(const struct list *l, struct set *s)
{
	spans_add(&s->v[0], 0, l->max[0]);
	if (!l->ports)
		spans_add(&s->v[1], 0, l->max[1]);
}

static wide
wide_of(const struct addr *a, uint8_t ver)
{
	wide v = 0;
	for (unsigned i = 0; i < (ver == 4 ? 4u : 16u); i++)
		v = v << 8 | a->b[i];
	return v;
}

/* "255.255.0.0" -> 16; -1 when it is no mask. */
static int
mask_length(const char *text)
{
	struct addr a;
	if (addr_parse(text, &a) != 4)
		return -1;
	uint32_t m = (uint32_t)wide_of(&a, 4);
	int n = m ? __builtin_popcount(m) : 0;
	return m == (n ? UINT32_MAX << (32 - n) : 0) ? n : -1;
}

static int
leaf_prefix(const char *address, const char *mask, struct set *out)
{
	char text[224];
	struct prefix p;
	int dotted = strchr(mask, '.') ? mask_length(mask) : -1;
	if (dotted >= 0)
		snprintf(text, sizeof(text), "%s/%d", address, dotted);
	else
		snprintf(text, sizeof(text), "%s/%s", address, mask);
	if (!prefix_parse(text, &p))
		return -1;
	unsigned host = (p.ver == 4 ? 32u : 128u) - p.len;
	wide low = wide_of(&p.addr, p.ver);
	wide fill = host == 128 ? ~(wide)0 : ((wide)1 << host) - 1;
	spans_add(&out->v[p.ver == 6], low, low | fill);
	return 0;
}

static int
leaf_address(const struct list *l, struct view v, size_t at, struct set *out)
{
	char text[96];
	struct addr a, b;
	if (v.len >= sizeof(text))
		return match_fail(l->d, at, NULL, "address too long");
	memcpy(text, v.ptr, v.len);
	text[v.len] = 0;
	char *slash = strchr(text, '/'), *dash = strchr(text, '-');
	char *second = slash ? slash : dash;
	if (second)
		*second++ = 0;
	uint8_t ver = addr_parse(text, &a), high = dash && !slash ? addr_parse(second, &b) : 0;
	if (!ver || (dash && !slash && high != ver) ||
	    (slash && leaf_prefix(text, second, out) != 0))
		return match_fail(l->d, at,
		    "write 10.0.0.0/8, 10.0.0.1-10.0.0.9, 2001:db8::/32, a [list] or $NAME",
		    "\"%.*s\" is not an address", (int)v.len, (const char *)v.ptr);
	if (slash)
		return 0;
	wide low = wide_of(&a, ver), end = high ? wide_of(&b, ver) : low;
	if (end < low)
		return match_fail(l->d, at, NULL, "address range runs backwards");
	spans_add(&out->v[ver == 6], low, end);
	return 0;
}

static int
leaf_port(const struct list *l, struct view v, size_t at, struct set *out)
{
	struct view rest = v, first, second;
	int64_t low = 0, high = 65535;
	bool range = memchr(v.ptr, ':', v.len) != NULL;
	(void)match_text_split(&rest, ':', &first);
	bool good = first.len ? match_text_int(first, 0, 65535, &low) : range;
	if (!range)
		high = low;
	else if (match_text_split(&rest, ':', &second) && second.len)
		good = good && match_text_int(second, 0, 65535, &high);
	if (!good || rest.ptr || high < low)
		return match_fail(l->d, at, "write 80, 1024:, :1023, 80:90, a [list] or $NAME",
		    "\"%.*s\" is not a port or range", (int)v.len, (const char *)v.ptr);
	spans_add(&out->v[0], (wide)low, (wide)high);
	return 0;
}

static int
list_members(struct list *l, struct view v, size_t at, unsigned depth, struct set *out);

struct var {
	const char *name, *value;
};

/* What a variable stands for when the settings do not say. */
static const char *
built_in(bool ports, const char *name)
{
	static const struct var vars[2][64] = { {
#define MATCH_ADDRESSES(name, value) { name, value },
#define MATCH_PORTS(name, value)
#include "probe/match_vars.def"
						},
		{
#define MATCH_ADDRESSES(name, value)
#define MATCH_PORTS(name, value) { name, value },
#include "probe/match_vars.def"
		} };
	for (const struct var *v = vars[ports]; v->name; v++) {
		if (strcmp(v->name, name) == 0)
			return v->value;
	}
	return NULL;
}

static int
variable(struct list *l, struct view v, size_t at, unsigned depth, struct set *out)
{
	char name[128];
	snprintf(name, sizeof(name), "%.*s", (int)v.len - 1, (const char *)v.ptr + 1);
	const char *value = l->vars ? conf_map_find(l->vars, name) : NULL;
	if (!value)
		value = built_in(l->ports, name);
	if (!value)
		return match_fail(l->d, at, "define it under vars in the configuration",
		    "unknown variable $%s", name);
	return list_members(l, match_text_trim(view_of(value)), at, depth + 1, out);
}

/* One member without its "!": any, $VAR, [list] or a value. */
static int
member(struct list *l, struct view v, size_t at, unsigned depth, struct set *out)
{
	if (depth > DEPTH_MAX)
		return match_fail(l->d, at, NULL, "lists or variables nested too deeply");
	if (l->left-- == 0)
		return match_fail(l->d, at, NULL, "more than %d members in a list", MEMBERS_MAX);
	if (!v.len)
		return match_fail(l->d, at, NULL, "empty member in a list");
	if (match_text_same(v, "any")) {
		set_all(l, out);
		return 0;
	}
	if (v.ptr[0] == '$')
		return variable(l, v, at, depth, out);
	if (v.ptr[0] != '[')
		return l->ports ? leaf_port(l, v, at, out) : leaf_address(l, v, at, out);
	if (v.ptr[v.len - 1] != ']')
		return match_fail(l->d, at, NULL, "\"[\" without its \"]\"");
	return list_members(l, (struct view){ v.ptr + 1, v.len - 2 }, at + 1, depth + 1, out);
}

/* Length of the first member: up to a comma outside brackets. */
static size_t
member_length(struct view v)
{
	int open = 0;
	size_t i = 0;
	for (; i < v.len && (open > 0 || v.ptr[i] != ','); i++)
		open += v.ptr[i] == '[' ? 1 : v.ptr[i] == ']' ? -1 : 0;
	return i;
}

/* A member into the plain or the negated half. */
static int
member_into(
    struct list *l, struct view m, size_t at, unsigned depth, struct set half[2], bool *plain)
{
	bool negated = m.len && m.ptr[0] == '!';
	if (negated)
		m = match_text_trim((struct view){ m.ptr + 1, m.len - 1 });
	*plain |= !negated;
	l->d->negated |= negated;
	struct set s = { 0 };
	int rc = member(l, m, at, depth, &s);
	for (unsigned k = 0; k < 2 && rc == 0; k++) {
		for (size_t i = 0; i < s.v[k].n; i++)
			spans_add(&half[negated].v[k], s.v[k].item[i].low, s.v[k].item[i].high);
	}
	set_fini(&s);
	return rc;
}

static int
list_members(struct list *l, struct view v, size_t at, unsigned depth, struct set *out)
{
	struct set half[2] = { 0 };
	bool plain = false;
	int rc = 0;
	for (struct view rest = v; rc == 0;) {
		size_t n = member_length(rest);
		struct view m = match_text_trim((struct view){ rest.ptr, n });
		/* inside a variable's value there is no place in the rule to point at but its name
		 */
		size_t here = m.ptr >= l->d->text.ptr && m.ptr < l->d->text.ptr + l->d->text.len
				  ? (size_t)(m.ptr - l->d->text.ptr)
				  : at;
		rc = member_into(l, m, here, depth, half, &plain);
		if (n == rest.len)
			break;
		rest = (struct view){ rest.ptr + n + 1, rest.len - n - 1 };
	}
	if (!plain)
		set_all(l, &half[0]);
	for (unsigned k = 0; k < 2 && rc == 0; k++) {
		spans_tidy(&half[0].v[k]);
		spans_tidy(&half[1].v[k]);
		spans_less(&half[0].v[k], &half[1].v[k]);
		for (size_t i = 0; i < half[0].v[k].n; i++)
			spans_add(&out->v[k], half[0].v[k].item[i].low, half[0].v[k].item[i].high);
		if (half[0].v[k].failed || out->v[k].failed)
			rc = match_fail(l->d, at, NULL, "out of memory");
	}
	set_fini(&half[0]);
	set_fini(&half[1]);
	return rc;
}

static bool
is_all(const struct list *l, const struct set *s)
{
	for (unsigned k = 0; k < (l->ports ? 1u : 2u); k++) {
		if (s->v[k].n != 1 || s->v[k].item[0].low != 0 || s->v[k].item[0].high != l->max[k])
			return false;
	}
	return true;
}

static struct match_addresses *
addresses_of(struct match_arena *a, const struct set *s, bool negated)
{
	struct match_addresses *out = match_arena_get(a, sizeof(*out));
	struct match_range4 *v4 = match_arena_get(a, (s->v[0].n + 1) * sizeof(*v4));
	struct match_range6 *v6 = match_arena_get(a, (s->v[1].n + 1) * sizeof(*v6));
	if (!out || !v4 || !v6)
		return NULL;
	for (size_t i = 0; i < s->v[0].n; i++)
		v4[i] = (struct match_range4){ (uint32_t)s->v[0].item[i].low,
			(uint32_t)s->v[0].item[i].high };
	for (size_t i = 0; i < s->v[1].n; i++) {
		wide low = s->v[1].item[i].low, high = s->v[1].item[i].high;
		v6[i] = (struct match_range6){ { (uint64_t)(low >> 64), (uint64_t)low },
			{ (uint64_t)(high >> 64), (uint64_t)high } };
	}
	*out =
	    (struct match_addresses){ v4, v6, (uint32_t)s->v[0].n, (uint32_t)s->v[1].n, negated };
	return out;
}

static struct match_ports *
ports_of(struct match_arena *a, const struct set *s)
{
	struct match_ports *out = match_arena_get(a, sizeof(*out));
	struct match_port_range *range = match_arena_get(a, (s->v[0].n + 1) * sizeof(*range));
	if (!out || !range)
		return NULL;
	*out = (struct match_ports){ range, (uint32_t)s->v[0].n, 0 };
	for (size_t i = 0; i < s->v[0].n; i++) {
		range[i] = (struct match_port_range){ (uint16_t)s->v[0].item[i].low,
			(uint16_t)s->v[0].item[i].high };
		out->count += (uint32_t)(range[i].high - range[i].low) + 1;
	}
	return out;
}

/* Stands for "any" in the tables of lists already read. */
static char any_mark;

static int
build(struct list *l, struct view text, size_t at, void **out)
{
	struct set s = { 0 };
	l->d->negated = false;
	int rc = list_members(l, text, at, 0, &s);
	spans_tidy(&s.v[0]);
	spans_tidy(&s.v[1]);
	if (rc == 0 && !s.v[0].n && !s.v[1].n)
		rc = match_fail(l->d, at, NULL, "this %s leaves nothing to match",
		    l->ports ? "port list" : "address list");
	if (rc == 0) {
		*out = is_all(l, &s) ? (void *)&any_mark
		       : l->ports    ? (void *)ports_of(l->d->arena, &s)
				     : (void *)addresses_of(l->d->arena, &s, l->d->negated);
		if (!*out)
			rc = match_fail(l->d, at, NULL, "out of memory");
	}
	set_fini(&s);
	return rc;
}

/* Most rules share a few lists: each text is worked out once. */
static int
build_once(struct list *l, struct match_names *known, struct view text, size_t at, void **out)
{
	*out = match_names_find(known, text);
	if (!*out) {
		if (build(l, text, at, out) != 0)
			return -1;
		const uint8_t *name = match_arena_copy(l->d->arena, text.ptr, text.len);
		if (!name || match_names_put(known, (struct view){ name, text.len }, *out) != 0)
			return match_fail(l->d, at, NULL, "out of memory");
	}
	if (*out == &any_mark)
		*out = NULL;
	return 0;
}

int
match_parse_addresses(
    struct match_draft *d, struct view text, size_t at, const struct match_addresses **out)
{
	struct list l = { d, false, { UINT32_MAX, ~(wide)0 }, d->set->load->address_vars,
		MEMBERS_MAX };
	void *p;
	if (build_once(&l, &d->set->addresses, text, at, &p) != 0)
		return -1;
	*out = p;
	return 0;
}

int
match_parse_ports(
    struct match_draft *d, struct view text, size_t at, const struct match_ports **out)
{
	struct list l = { d, true, { UINT16_MAX, 0 }, d->set->load->port_vars, MEMBERS_MAX };
	void *p;
	if (build_once(&l, &d->set->ports, text, at, &p) != 0)
		return -1;
	*out = p;
	return 0;
}
