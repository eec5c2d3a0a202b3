/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions, by PCRE2. The only file that knows it.
 *
 * Code is made at load (JIT included, since the sandbox later forbids new executable pages) and
 * shared; match data and limits belong to a worker. A wild expression is stopped by steps, never by
 * time.
 *
 * The library's own limit counts anew for each place an expression is tried at, and does not count
 * bytes that are only walked over, so that a harmless looking one takes seconds for 64 KiB of
 * "aaaa...". Therefore places are tried in slices, and see no further than a bit behind them:
 *
 *     | tried before | slice of places | reach |   not seen yet   |
 *
 * Who wants to see more, or needs more than a few steps, is tried at that place again, with all of
 * the data and the full limit, and pays for it.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"
#include "probe/match_find.h"
#include "probe/match_share.h"

#define STEPS_MAX 20000 /* at one place */
#define STEPS_FEW 100   /* likewise, within a slice */
#define SLICE 256       /* places */
#define REACH 256       /* bytes behind them */
#define SLICE_COST 8    /* steps of the matcher, whose unit is about 50 ns */
#define PLACE_COST 200
#define LIMIT_COST 20000 /* who went to the full limit */
#define COST_BYTES 512
#define DEPTH_MAX 1500
#define HEAP_KB 256
#define PROBE_BYTES 24 /* on which an expression is tried when it is read */
#define PROBES 64
#define GROUPS_MAX 15 /* whose places are kept */
#define JIT_STACK_FIRST (32u << 10)
#define JIT_STACK_MOST (256u << 10)

struct match_pcre {
	struct match_pcre *next; /* of its bucket */
	pcre2_code *code;
	uint8_t *pattern;
	size_t len;
	unsigned flags;
	uint32_t users; /* rules that have it */
	bool jit;
	bool anchored; /* can only begin where the data begins */
	bool entire;   /* has verbs, which mean all places: no slices */
};

struct match_share {
	pthread_mutex_t lock;
	struct match_pcre **bucket;
	size_t buckets, n;
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

/* The bytes that an expression is written with, and some that others stand for; each once. */
static size_t
probe_bytes(struct view pattern, uint8_t out[PROBES])
{
	static const char always[] = "aA0 /.=&-_x%";
	bool there[256] = { false };
	size_t n = 0;
	for (size_t i = 0; i < sizeof(always) - 1 + pattern.len && n < PROBES; i++) {
		uint8_t c = (uint8_t)(i < sizeof(always) - 1 ? always[i]
							     : pattern.ptr[i - sizeof(always) + 1]);
		if (!there[c])
			out[n++] = c;
		there[c] = true;
	}
	return n;
}

/* What it begins with, as far as that are plain letters; returns how many. */
static size_t
plain_start(struct view pattern, uint8_t out[PROBE_BYTES])
{
	size_t n = 0, i = pattern.len && pattern.ptr[0] == '^';
	for (; i < pattern.len && n < PROBE_BYTES && !strchr("\\^$.[|()?*+{", pattern.ptr[i]); i++)
		out[n++] = pattern.ptr[i];
	/* a repeat that may be none */
	return n && i < pattern.len && strchr("?*{", pattern.ptr[i]) ? n - 1 : n;
}

/* Does it take too many steps on a few equal bytes and one that does not belong? Then repeats
 * within repeats try all ways to share the bytes: (a+)+b. Returns the byte, or -1. */
static int
explodes(const pcre2_code *code, struct view pattern, struct match_pcre_run *r)
{
	uint8_t bytes[PROBES], text[2 * PROBE_BYTES + 1];
	size_t n = probe_bytes(pattern, bytes), from = plain_start(pattern, text);
	(void)pcre2_set_match_limit(r->context, STEPS_MAX);
	for (size_t i = 0; i < n; i++) {
		memset(text + from, bytes[i], PROBE_BYTES);
		text[from + PROBE_BYTES] = 1;
		if (pcre2_match(code, text, from + PROBE_BYTES + 1, 0, 0, r->data, r->context) ==
		    PCRE2_ERROR_MATCHLIMIT)
			return bytes[i];
	}
	return -1;
}

/* The same without what the library knows of it beforehand, which hides its steps from a text so
 * short; only where something repeats a group. */
static int
probe(struct view pattern, uint32_t bits, struct err *e)
{
	int code, byte = -1;
	PCRE2_SIZE place;
	static const char *const repeats[] = { ")+", ")*", "){" };
	bool any = false;
	for (size_t i = 0; i < sizeof(repeats) / sizeof(repeats[0]); i++)
		any |= memmem(pattern.ptr, pattern.len, repeats[i], 2) != NULL;
	if (!any)
		return 0;
	pcre2_code *c = pcre2_compile(
	    pattern.ptr, pattern.len, bits | PCRE2_NO_START_OPTIMIZE, &code, &place, NULL);
	struct match_pcre_run *r = match_pcre_run_new();
	if (c && r)
		byte = explodes(c, pattern, r);
	pcre2_code_free(c);
	match_pcre_run_free(r);
	if (byte < 0)
		return c && r ? 0 : err_set(e, "out of memory");
	return err_set(e,
	    "expression: more than %d steps on %d times |%02x|; repeats within repeats multiply",
	    STEPS_MAX, PROBE_BYTES, (unsigned)byte);
}

/* ---- expressions that rule sets have in common ---- */

#define BUCKETS 1024

struct match_share *
match_share_new(void)
{
	struct match_share *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->buckets = BUCKETS;
	s->bucket = calloc(s->buckets, sizeof(struct match_pcre *));
	if (!s->bucket) {
		free(s);
		return NULL;
	}
	pthread_mutex_init(&s->lock, NULL);
	return s;
}

void
match_share_free(struct match_share *s)
{
	if (!s)
		return;
	pthread_mutex_destroy(&s->lock);
	free((void *)s->bucket);
	free(s);
}

size_t
match_share_count(struct match_share *s)
{
	pthread_mutex_lock(&s->lock);
	size_t n = s->n;
	pthread_mutex_unlock(&s->lock);
	return n;
}

static uint64_t
hash_of(struct view pattern, unsigned flags)
{
	return hash_bytes(HASH_KEY_FIXED, pattern.ptr, pattern.len) + flags;
}

static struct match_pcre **
bucket_of(const struct match_share *s, struct view pattern, unsigned flags)
{
	return &s->bucket[hash_of(pattern, flags) & (s->buckets - 1)];
}

static struct view
pattern_of(const struct match_pcre *p)
{
	return (struct view){ p->pattern, p->len };
}

/* Twice the buckets; without memory they stay as they are. */
static void
spread(struct match_share *s)
{
	struct match_pcre *p, **old = s->bucket;
	size_t n = s->buckets;
	struct match_pcre **wide = s->n > n ? calloc(n * 2, sizeof(*wide)) : NULL;
	if (!wide)
		return;
	s->bucket = wide;
	s->buckets = n * 2;
	for (size_t i = 0; i < n; i++) {
		while ((p = old[i])) {
			struct match_pcre **to = bucket_of(s, pattern_of(p), p->flags);
			old[i] = p->next;
			p->next = *to;
			*to = p;
		}
	}
	free((void *)old);
}

static struct match_pcre *
shared(const struct match_share *s, struct view pattern, unsigned flags)
{
	struct match_pcre *p = *bucket_of(s, pattern, flags);
	while (p && (p->flags != flags || p->len != pattern.len ||
			(p->len && memcmp(p->pattern, pattern.ptr, p->len) != 0)))
		p = p->next;
	return p;
}

static void
pcre_free(struct match_pcre *p)
{
	pcre2_code_free(p->code);
	free(p->pattern);
	free(p);
}

/* The code and what is known of it. -1 with a sentence. */
static int
pcre_make(struct match_pcre *p, size_t *at, struct err *e)
{
	/* bytes are no text: UTF would trust them to be */
	uint32_t bits = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_USE_OFFSET_LIMIT, all_bits = 0;
	int code = 0;
	PCRE2_SIZE place = 0;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		bits |= p->flags & options[i].flag ? options[i].option : 0;
	p->code = pcre2_compile(p->pattern, p->len, bits, &code, &place, NULL);
	if (!p->code) {
		char text[200] = "cannot be compiled";
		(void)pcre2_get_error_message(code, (PCRE2_UCHAR *)text, sizeof(text));
		*at = place;
		return err_set(e, "expression: %s", text);
	}
	if (probe(pattern_of(p), bits, e) != 0)
		return -1;
	p->jit = pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE | PCRE2_JIT_PARTIAL_HARD) == 0;
	(void)pcre2_pattern_info(p->code, PCRE2_INFO_ALLOPTIONS, &all_bits);
	p->anchored = all_bits & PCRE2_ANCHORED;
	p->entire = memmem(p->pattern, p->len, "(*", 2) != NULL;
	return 0;
}

static struct match_pcre *
pcre_new(struct view pattern, unsigned flags, size_t *at, struct err *e)
{
	struct match_pcre *p = calloc(1, sizeof(*p));
	if (p)
		p->pattern = malloc(pattern.len + 1);
	if (!p || !p->pattern) {
		free(p);
		err_set(e, "out of memory");
		return NULL;
	}
	memcpy(p->pattern, pattern.ptr, pattern.len);
	p->len = pattern.len;
	p->flags = flags;
	if (pcre_make(p, at, e) == 0)
		return p;
	pcre_free(p);
	return NULL;
}

/* Room for one more. */
static int
hold(struct match_pcre_held *h)
{
	if (!h->share) {
		h->share = match_share_new();
		h->own = h->share != NULL;
	}
	if (h->n < h->room)
		return 0;
	size_t room = h->room ? h->room * 2 : 64;
	struct match_pcre **item = realloc((void *)h->item, room * sizeof(struct match_pcre *));
	if (!item)
		return -1;
	h->item = item;
	h->room = room;
	return 0;
}

int
match_pcre_take(struct match_pcre_held *held, struct view pattern, unsigned flags,
    const struct match_pcre **out, size_t *at, struct err *e)
{
	*at = 0;
	if (hold(held) != 0 || !held->share)
		return err_set(e, "out of memory");
	struct match_share *s = held->share;
	pthread_mutex_lock(&s->lock);
	struct match_pcre *p = shared(s, pattern, flags);
	if (!p && (p = pcre_new(pattern, flags, at, e))) {
		spread(s);
		struct match_pcre **to = bucket_of(s, pattern, flags);
		p->next = *to;
		*to = p;
		s->n++;
	}
	if (p) {
		p->users++;
		held->item[held->n++] = p;
	}
	pthread_mutex_unlock(&s->lock);
	*out = p;
	return p ? 0 : -1;
}

void
match_pcre_drop(struct match_pcre_held *held)
{
	struct match_share *s = held->share;
	for (size_t i = 0; i < held->n; i++) {
		struct match_pcre *p = held->item[i];
		pthread_mutex_lock(&s->lock);
		bool last = --p->users == 0;
		struct match_pcre **at = bucket_of(s, pattern_of(p), p->flags);
		while (last && *at != p)
			at = &(*at)->next;
		if (last) {
			*at = p->next;
			s->n--;
		}
		pthread_mutex_unlock(&s->lock);
		if (last)
			pcre_free(p);
	}
	free((void *)held->item);
	if (held->own)
		match_share_free(s);
	memset(held, 0, sizeof(*held));
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

/* What is looked at: all of it, and which part of it is tried with what. */
struct attempt {
	const uint8_t *at;
	size_t n;          /* bytes to be seen */
	size_t from, last; /* places to begin at, inclusive */
	uint32_t steps;
	bool more; /* there are bytes behind n */
};

static int
attempt(const struct match_pcre *p, struct match_pcre_run *r, const struct attempt *a)
{
	uint32_t options_now = a->more ? PCRE2_PARTIAL_HARD : 0;
	(void)pcre2_set_match_limit(r->context, a->steps);
	(void)pcre2_set_offset_limit(r->context, a->last);
	return p->jit
		   ? pcre2_jit_match(
			 p->code, a->at, a->n, a->from, options_now, r->data, r->context)
		   : pcre2_match(p->code, a->at, a->n, a->from, options_now, r->data, r->context);
}

static bool
pay(unsigned *steps, size_t cost)
{
	bool can = *steps > cost;
	*steps = can ? *steps - (unsigned)cost : 0;
	return can;
}

/* Places from..last with all of the data and the full limit. */
static int
attempt_fully(const struct match_pcre *p, struct match_pcre_run *r, struct view v, size_t from,
    size_t last, unsigned *steps)
{
	const struct attempt a = { v.ptr, v.len, from, last, STEPS_MAX, false };
	if (!pay(steps, PLACE_COST + (v.len - from) / COST_BYTES))
		return PCRE2_ERROR_MATCHLIMIT;
	int rc = attempt(p, r, &a);
	if (rc < 0 && rc != PCRE2_ERROR_NOMATCH)
		(void)pay(steps, LIMIT_COST);
	return rc;
}

/* The places of a slice one by one, since one of them needs many steps: which one is not told. */
static int
attempt_each(const struct match_pcre *p, struct match_pcre_run *r, struct view v,
    const struct attempt *slice, unsigned *steps)
{
	struct attempt a = *slice;
	int rc = PCRE2_ERROR_NOMATCH;
	for (; a.from <= slice->last && rc == PCRE2_ERROR_NOMATCH; a.from++) {
		a.last = a.from;
		if (!pay(steps, 1))
			return PCRE2_ERROR_MATCHLIMIT;
		rc = attempt(p, r, &a);
		if (rc < 0 && rc != PCRE2_ERROR_NOMATCH)
			rc = attempt_fully(p, r, v, a.from, a.from, steps);
	}
	return rc;
}

/* One slice from a->from on; a->last is the last place that was tried. */
static int
attempt_slice(const struct match_pcre *p, struct match_pcre_run *r, struct view v,
    struct attempt *a, unsigned *steps)
{
	const PCRE2_SIZE *pair = pcre2_get_ovector_pointer(r->data);
	size_t cost = p->anchored ? 1 : SLICE_COST;
	a->more = v.len - a->from > SLICE + REACH;
	a->n = a->more ? a->from + SLICE + REACH : v.len;
	a->last = p->anchored ? a->from : a->more ? a->from + SLICE - 1 : v.len;
	if (!pay(steps, cost))
		return PCRE2_ERROR_MATCHLIMIT;
	int rc = attempt(p, r, a);
	if (rc == PCRE2_ERROR_PARTIAL) {
		a->last = pair[0] >= a->from && pair[0] <= a->last ? pair[0] : a->from;
		return attempt_fully(p, r, v, a->last, a->last, steps);
	}
	if (rc < 0 && rc != PCRE2_ERROR_NOMATCH)
		return attempt_each(p, r, v, a, steps);
	/* what was found at once was cheap */
	if (rc >= 0 && pair[0] >= a->from && pair[0] - a->from < SLICE / SLICE_COST)
		*steps += (unsigned)cost - 1;
	return rc;
}

static int
find(const struct match_pcre *p, struct match_pcre_run *r, struct view v, size_t from,
    unsigned *steps)
{
	struct attempt a = { .at = v.ptr, .from = from, .steps = STEPS_FEW };
	int rc = attempt_slice(p, r, v, &a, steps);
	while (rc == PCRE2_ERROR_NOMATCH && !p->anchored && a.last < v.len) {
		a.from = a.last + 1;
		rc = attempt_slice(p, r, v, &a, steps);
	}
	return rc;
}

int
match_pcre_find(const struct match_pcre *p, struct match_pcre_run *r, struct view data,
    struct match_pcre_span *s)
{
	struct cursor c = cursor_of_view(data);
	if (!data.ptr || !cursor_skip(&c, s->base) || s->from > data.len)
		return 0;
	struct view v = { c.at, cursor_left(&c) };
	size_t from = s->from - s->base;
	int rc = p->entire ? attempt_fully(p, r, v, from, v.len, s->steps)
			   : find(p, r, v, from, s->steps);
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

bool
match_pcre_named(const struct match_pcre *p, unsigned i, struct view *name, unsigned *group)
{
	uint32_t n = 0, size = 0;
	PCRE2_SPTR table = NULL;
	struct view number;
	uint8_t high, low;
	(void)pcre2_pattern_info(p->code, PCRE2_INFO_NAMECOUNT, &n);
	(void)pcre2_pattern_info(p->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	(void)pcre2_pattern_info(p->code, PCRE2_INFO_NAMETABLE, &table);
	if (i >= n || size < 3)
		return false;
	struct cursor c = cursor_of(table, (size_t)n * size);
	if (!cursor_skip(&c, (size_t)i * size) || !cursor_u8(&c, &high) || !cursor_u8(&c, &low) ||
	    !cursor_take(&c, size - 2, &number))
		return false;
	*group = (unsigned)high << 8 | low;
	*name = (struct view){ number.ptr, strnlen((const char *)number.ptr, number.len) };
	return true;
}
