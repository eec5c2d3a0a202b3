/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <strings.h>

#include "expect.h"
#include "files.h"
#include "frame.h"
#include "lib/crypt.h"
#include "row.h"
#include "web/body.h"
#include "window.h"

#define FIRST_MAX 1024  /* bytes of a direction looked at before a protocol must be sure */
#define DATAGRAMS 64    /* datagrams looked at, */
#define TINY 8          /* one below so many bytes counts as one (many keep-alives), */
#define NOT_TINY 16     /* any other as so many */
#define READY_MAX 65536 /* transactions a packet may make ready */

static const struct l7_row *const rows[L7_COUNT] = {
#define L7_PROTOCOL(ENUM, name, counted) [L7_##ENUM] = &l7_##name##_row,
#define L7_VARIANT(ENUM, name, event, counted) [L7_##ENUM] = &l7_##name##_row,
#include "probe/l7/protocols.def"
};

static const size_t counter_at[L7_COUNT] = {
#define L7_PROTOCOL(ENUM, name, counted) [L7_##ENUM] = offsetof(struct l7_counters, name),
#define L7_VARIANT(ENUM, name, event, counted) [L7_##ENUM] = offsetof(struct l7_counters, name),
#include "probe/l7/protocols.def"
};

_Static_assert(L7_COUNT <= 64, "a candidate is a bit");

/* Flows without a protocol share this one; it is never written. */
static struct l7_flow nobody = { .proto = L7_FAILED, .stopped = true };
/* Likewise those whose server, not heard yet, may still tell (l7_row.answers). */
static struct l7_flow unheard = { .proto = L7_FAILED, .stopped = true };

static bool
shared(const struct l7_flow *lf)
{
	return lf == &nobody || lf == &unheard;
}

const struct l7_row *
l7_row(uint8_t proto)
{
	return proto < L7_COUNT ? rows[proto] : NULL;
}

const char *
l7_from(const struct l7_flow *lf)
{
	const struct l7_row *row = lf->before ? l7_row(lf->before->proto) : NULL;
	return row ? row->name : NULL;
}

uint8_t
l7_proto_number(const char *name)
{
	for (uint8_t i = L7_UNKNOWN + 1; i < L7_COUNT; i++) {
		if (strcmp(rows[i]->name, name) == 0)
			return i;
	}
	return L7_UNKNOWN;
}

struct l7 *
l7_new(const struct l7_config *config)
{
	struct l7 *l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->config = *config;
	l->packet = 1;
	hold_pool_init(&l->pool, config->max_state, config->max_buffer, config->max_held);
	slab_init(&l->flows, sizeof(struct l7_flow), (size_t)config->max_state);
	for (int i = L7_UNKNOWN + 1; i < L7_COUNT; i++) {
		size_t txs = (size_t)config->max_state * 2 + config->max_tx_per_flow;
		uint64_t bit = l->config.off >> i & 1 ? 0 : UINT64_C(1) << i;
		l->asked[0] |= rows[i]->udp ? bit : 0;
		l->asked[1] |= rows[i]->tcp ? bit : 0;
		l->answers |= rows[i]->answers ? bit : 0;
		slab_init(&l->states[i], rows[i]->state_size, (size_t)config->max_state);
		slab_init(&l->txs[i], rows[i]->tx_size, txs);
	}
	bag_pool_init(&l->texts, config->max_text);
	slab_init(&l->framings, sizeof(struct l7_framing), (size_t)config->max_state);
	l->http = l7_http_new();
	l->web = l7_web_new(l);
	l->files = files_new(l);
	l->expects = expects_new(&l->texts);
	l->box = crypt_box_new();
	l->prints = crypt_hash_new(1u << CRYPT_SHA1 | 1u << CRYPT_SHA256);
	if (!l->http || !l->files || !l->expects || !l->box || !l->prints) {
		l7_free(l);
		return NULL;
	}
	return l;
}

void
l7_want(struct l7 *l, unsigned what)
{
	l->config.wanted = what;
}

void
l7_free(struct l7 *l)
{
	if (!l)
		return;
	if (l->files)
		l7_begin(l);
	l7_web_free(l, l->web);
	files_free(l->files);
	windows_begin(l);
	windows_free(l);
	frames_free(l);
	expects_free(l->expects);
	hold_pool_fini(&l->pool);
	scratch_fini(&l->scratch);
	slab_fini(&l->flows);
	for (int i = L7_UNKNOWN + 1; i < L7_COUNT; i++) {
		slab_fini(&l->states[i]);
		slab_fini(&l->txs[i]);
	}
	bag_pool_fini(&l->texts);
	l7_http_free(l->http);
	crypt_box_free(l->box);
	crypt_hash_free(l->prints);
	free(l->seen);
	free(l->ready);
	free(l->owner);
	free(l);
}

static void
release(struct l7 *l, size_t i)
{
	struct l7_flow *lf = l->owner[i];
	const struct l7_row *row = lf ? l7_row(l->ready[i].proto) : NULL;
	if (row && row->release && l->ready[i].ready & L7_READY_EVENT) {
		files_forget(l->files, l->ready[i].data);
		row->release(l, lf, l->ready[i].data);
	}
	l->owner[i] = NULL;
	l->ready[i] = (struct l7_tx){ 0 };
}

void
l7_begin(struct l7 *l)
{
	windows_begin(l);
	frames_begin(l);
	files_begin(l->files);
	for (size_t i = 0; i < l->ready_n; i++)
		release(l, i);
	l->ready_n = 0;
	l->odd_n = 0;
	scratch_clear(&l->scratch);
}

static bool
ready_grow(struct l7 *l)
{
	size_t room = l->ready_room ? l->ready_room * 2 : 64;
	if (room > READY_MAX)
		return false;
	struct l7_tx *ready = realloc(l->ready, room * sizeof(*ready));
	if (!ready)
		return false;
	l->ready = ready;
	struct l7_flow **owner = realloc(l->owner, room * sizeof(struct l7_flow *));
	if (!owner)
		return false;
	l->owner = owner;
	l->ready_room = room;
	return true;
}

void
l7_say(struct l7 *l, struct l7_flow *lf, const struct l7_tx *tx)
{
	size_t last = l->ready_n;
	for (size_t i = last; i > 0 && last - i < 8; i--) {
		struct l7_tx *old = &l->ready[i - 1];
		if (l->owner[i - 1] == lf && old->data == tx->data && old->id == tx->id) {
			old->ready |= tx->ready;
			old->has |= tx->has | tx->ready;
			old->dir = tx->dir;
			return;
		}
	}
	if (l->ready_n == l->ready_room && !ready_grow(l)) {
		const struct l7_row *row = l7_row(tx->proto);
		l->count.over_cap++;
		if (row->release && tx->ready & L7_READY_EVENT) {
			files_forget(l->files, tx->data);
			row->release(l, lf, tx->data);
		}
		return;
	}
	l->owner[l->ready_n] = lf;
	l->ready[l->ready_n] = *tx;
	l->ready[l->ready_n].around = l->around;
	l->ready[l->ready_n++].has |= tx->ready;
}

static void
odd(struct l7 *l, uint8_t proto, const char *event, int64_t tx_id, enum dir dir)
{
	if (l->odd_n == L7_ODD_MAX) {
		l->count.unsaid++;
		return;
	}
	l->odd[l->odd_n++] = (struct l7_anomaly){ event, proto, (uint8_t)dir, tx_id };
	l->count.anomalies++;
}

void
l7_odd(struct l7 *l, struct l7_flow *lf, const char *event, int64_t tx_id, enum dir dir)
{
	odd(l, lf->proto, event, tx_id, dir);
}

bool
l7_found(const struct l7 *l)
{
	return l->odd_n || files_any(l->files);
}

const struct l7_anomaly *
l7_anomalies(const struct l7 *l, size_t *n)
{
	*n = l->odd_n;
	return l->odd;
}

void
l7_counted(struct l7 *l, uint8_t proto)
{
	uint64_t *count = (uint64_t *)((char *)&l->count + counter_at[proto]);
	++*count;
	l->count.of[proto][l->flow && l->flow->key.proto == PROTO_TCP].tx++;
}

const struct l7_tx *
l7_ready(struct l7 *l, size_t *n)
{
	windows_give(l);
	*n = l->ready_n;
	return l->ready;
}

/* Give back what a protocol has; transactions it said stay in the ready list. */
static void
close_one(struct l7 *l, struct l7_flow *lf)
{
	const struct l7_row *row = l7_row(lf->proto);
	hold_drop(&l->pool, &lf->held[0]);
	hold_drop(&l->pool, &lf->held[1]);
	frames_drop(l, lf);
	while (lf->files)
		l7_file_drop(l, lf, lf->files);
	if (!row || !lf->state)
		return;
	for (size_t i = 0; i < l->ready_n; i++) {
		if (l->owner[i] == lf)
			release(l, i);
	}
	if (row->close)
		row->close(l, lf);
	slab_put(&l->states[lf->proto], lf->state);
	lf->state = NULL;
}

void
l7_flow_free(struct l7 *l, struct flow *f)
{
	struct l7_flow *lf = f->l7;
	f->l7 = NULL;
	while (lf && !shared(lf)) {
		struct l7_flow *before = lf->before;
		close_one(l, lf);
		slab_put(&l->flows, lf);
		lf = before;
	}
}

/* No more bytes: hold none. */
static void
stop(struct l7 *l, struct l7_flow *lf)
{
	lf->stopped = true;
	hold_drop(&l->pool, &lf->held[0]);
	hold_drop(&l->pool, &lf->held[1]);
}

/* Say what is open and stop. */
static void
finish(struct l7 *l, struct l7_flow *lf)
{
	const struct l7_row *row = l7_row(lf->proto);
	if (row && row->finish && lf->state)
		row->finish(l, lf);
	files_finish(l, lf);
	if (lf->framing) {
		frames_end(l, lf, DIR_TO_SERVER);
		frames_end(l, lf, DIR_TO_CLIENT);
	}
	stop(l, lf);
}

/* Nothing was recognised: back to what it spoke before, or to `nobody` whom all such flows share.
 */
static void
give_up(struct l7 *l, struct flow *f)
{
	struct l7_flow *lf = f->l7, *before = lf->before;
	stop(l, lf);
	slab_put(&l->flows, lf);
	f->l7 = before ? before : &nobody;
}

static struct l7_flow *
flow_open(struct l7 *l, struct flow *f, bool tcp)
{
	struct l7_flow *lf = slab_get(&l->flows);
	if (!lf) {
		l->count.over_cap++;
		f->l7 = &nobody;
		return NULL;
	}
	lf->candidates = l->asked[tcp];
	lf->tcp = tcp;
	lf->before = f->l7;
	f->l7 = lf;
	return lf;
}

/* What the client said is nobody's and left alone: the server's first bytes are to tell. */
static bool
by_answer(struct l7 *l, struct l7_flow *lf)
{
	hold_drop(&l->pool, &lf->held[DIR_TO_SERVER]);
	lf->candidates = l->answers;
	lf->deaf = true;
	return true;
}

/* The flow as it goes on with this chunk; NULL: it has nothing to look at. */
static struct l7_flow *
flow_at(struct l7 *l, struct flow *f, const struct flow_chunk *c)
{
	bool first = !f->l7, answered = f->l7 == &unheard && c->dir == DIR_TO_CLIENT;
	if (f->l7 && f->l7->stopped && !answered)
		return NULL;
	if ((!first && !answered) || !c->data.len)
		return first || answered ? NULL : f->l7;
	f->l7 = NULL;
	struct l7_flow *lf = flow_open(l, f, true);
	if (lf && answered)
		(void)by_answer(l, lf);
	return lf;
}

static bool
choose(struct l7 *l, struct l7_flow *lf, uint8_t proto)
{
	const struct l7_row *row = rows[proto];
	lf->proto = proto;
	lf->candidates = 0;
	if (lf->deaf)
		odd(l, L7_UNKNOWN, "APPLAYER_DETECT_PROTOCOL_ONLY_ONE_DIRECTION", -1,
		    DIR_TO_SERVER);
	lf->state = slab_get(&l->states[proto]);
	if (lf->state && (!row->open || row->open(l, lf))) {
		l->count.of[proto][lf->tcp].flows++;
		return true;
	}
	slab_put(&l->states[proto], lf->state);
	lf->state = NULL;
	l->count.over_cap++;
	stop(l, lf);
	return false;
}

/* A protocol other than this one that is sure of a direction's first bytes, or L7_UNKNOWN. */
static uint8_t
another(struct l7 *l, uint8_t but, struct view data, enum dir dir)
{
	uint64_t mind = 0;
	const struct l7_first first = { data, &l->flow->key, dir, true, &mind };
	bool tcp = l->flow->key.proto == PROTO_TCP;
	for (uint8_t i = L7_UNKNOWN + 1; i < L7_COUNT; i++) {
		if (i != but && !(l->config.off >> i & 1) && (tcp ? rows[i]->tcp : rows[i]->udp) &&
		    rows[i]->probe(&first) == L7_YES)
			return i;
	}
	return L7_UNKNOWN;
}

/* A flow that another one announced. */
static void
choose_expected(struct l7 *l, struct flow *f, struct view data, enum dir dir)
{
	const struct l7_expect *e = expects_find(l->expects, f, l->now);
	if (!e || !(f->l7->candidates >> e->proto & 1))
		return;
	if (!e->content && data.len && another(l, e->proto, data, dir) != L7_UNKNOWN)
		return;
	l->expected = e;
	(void)choose(l, f->l7, e->proto);
	l->expected = NULL;
	expects_done(l->expects, e);
}

/* Which packet is looked at. */
static void
now(struct l7 *l, const struct flow *f, const struct packet *p)
{
	l->flow = f;
	if (p)
		l->now = p->frame.ts;
}

/* Ask the protocols not ruled out yet. True when one is sure (and set up). */
static bool
probe(struct l7 *l, struct l7_flow *lf, const struct l7_first *first)
{
	for (uint64_t left = lf->candidates; left; left &= left - 1) {
		uint8_t i = (uint8_t)__builtin_ctzll(left);
		enum l7_guess guess = rows[i]->probe(first);
		if (guess == L7_YES)
			return choose(l, lf, i);
		if (guess == L7_NO || first->data.len >= FIRST_MAX)
			lf->candidates &= ~(UINT64_C(1) << i);
	}
	return false;
}

/* Why the parsing of a flow ended early. */
enum failure { FAILED_HOLE, FAILED_BYTES, FAILED_CAP };

static void
count_failure(struct l7 *l, struct l7_flow *lf, enum failure why)
{
	struct l7_proto_counters *of = &l->count.of[lf->proto][lf->tcp];
	if (lf->bad)
		return;
	lf->bad = true;
	l->count.gaps += why == FAILED_HOLE;
	l->count.failed += why == FAILED_BYTES;
	l->count.over_cap += why == FAILED_CAP;
	of->gap += why == FAILED_HOLE;
	of->parser += why == FAILED_BYTES && !lf->crowded;
	of->alloc += why == FAILED_CAP;
}

static void
failed(struct l7 *l, struct l7_flow *lf, enum failure why)
{
	count_failure(l, lf, why);
	finish(l, lf);
}

/* The first bytes of the second direction: are they of another protocol than those of the first? */
static void
mismatch(struct l7 *l, struct l7_flow *lf, struct view data, enum dir dir)
{
	uint64_t mind = 0;
	const struct l7_first first = { data, &l->flow->key, dir, true, &mind };
	if (rows[lf->proto]->probe(&first) != L7_NO)
		return;
	lf->other = another(l, lf->proto, data, dir);
	lf->other_dir = (uint8_t)dir;
	if (lf->other != L7_UNKNOWN)
		odd(l, L7_UNKNOWN, "APPLAYER_MISMATCH_PROTOCOL_BOTH_DIRECTIONS", -1, dir);
}

/* Hand `data` to the parser; returns how many bytes are done with (all of them once it has
 * stopped). `behind`: bytes of this direction that came behind them. */
static size_t
parse(struct l7 *l, struct l7_flow *lf, struct view data, enum dir dir, size_t behind)
{
	l->fed.data = data;
	l->fed.dir = dir;
	l->fed.end = lf->end[dir] - behind;
	l->fed.copy = NULL;
	if (lf->heard == 2 - dir) /* the other one only */
		mismatch(l, lf, data, dir);
	lf->heard |= (uint8_t)(1 << dir);
	long used = rows[lf->proto]->data(l, lf, data, dir);
	if (used >= 0)
		return (size_t)used;
	if (used == L7_MORE)
		return 0;
	if (used == L7_BAD)
		failed(l, lf, FAILED_BYTES);
	else if (used == L7_FULL)
		failed(l, lf, FAILED_CAP);
	else
		stop(l, lf);
	return data.len;
}

/*
 * Parse with what is held in front. Large data goes in slices, so that a parser which makes
 * progress never meets the cap of what may be held.
 */
static void
feed(struct l7 *l, struct l7_flow *lf, struct view data, enum dir dir)
{
	struct hold *h = &lf->held[dir];
	struct cursor c = cursor_of_view(data);
	struct view part;
	if (!h->len) {
		size_t used = parse(l, lf, data, dir, 0);
		if (lf->stopped)
			return;
		(void)cursor_skip(&c, used);
	}
	while (cursor_left(&c) && !lf->stopped && !lf->again) {
		size_t room = hold_room(&l->pool, h), left = cursor_left(&c), before = h->len;
		(void)cursor_take(&c, left < room ? left : room, &part);
		if (!part.len || !hold_add(&l->pool, h, part)) {
			failed(l, lf, FAILED_CAP);
			return;
		}
		if (before == 0 && left == part.len)
			return; /* just parsed: it wants more than there is */
		size_t used = parse(l, lf, hold_view(h), dir, cursor_left(&c));
		if (!lf->stopped)
			hold_shift(&l->pool, h, used);
	}
	if (lf->again && cursor_left(&c))
		(void)hold_add(&l->pool, h, (struct view){ c.at, cursor_left(&c) });
}

/* A parser may wait for the other direction (HTTP's CONNECT): try what it left there. */
static void
wake(struct l7 *l, struct l7_flow *lf, enum dir dir)
{
	struct hold *h = &lf->held[dir];
	if (lf->stopped || lf->again || !h->len || !rows[lf->proto]->waits)
		return;
	size_t used = parse(l, lf, hold_view(h), dir, 0);
	if (!lf->stopped)
		hold_shift(&l->pool, h, used);
}

static void
take(struct l7 *l, struct flow *f, struct view data, enum dir dir);

/* Protocols in each other that are followed: CONNECT, then HTTP, then its websocket. */
static bool
deep(const struct l7_flow *lf)
{
	int n = 0;
	while (lf) {
		lf = lf->before;
		n++;
	}
	return n >= 3;
}

/*
 * The protocol was left for another one inside it. Its state stays for what it said; choosing
 * begins anew with what it did not use.
 */
static void
switch_over(struct l7 *l, struct flow *f)
{
	struct l7_flow *old = f->l7;
	struct hold held[2] = { old->held[0], old->held[1] };
	old->held[0] = old->held[1] = (struct hold){ 0 };
	finish(l, old);
	if (!deep(old) && flow_open(l, f, true)) {
		memcpy(f->l7->end, old->end, sizeof(old->end));
		if (old->follow && !(l->config.off >> old->follow & 1))
			(void)choose(l, f->l7, old->follow);
		for (int i = 0; i < 2; i++)
			take(l, f, hold_view(&held[i]), (enum dir)i);
	} else {
		f->l7 = old;
	}
	hold_drop(&l->pool, &held[0]);
	hold_drop(&l->pool, &held[1]);
}

static void
speak(struct l7 *l, struct flow *f, struct view data, enum dir dir)
{
	struct l7_flow *lf = f->l7;
	feed(l, lf, data, dir);
	wake(l, lf, !dir);
	if (lf->again && !lf->stopped)
		switch_over(l, f);
}

/* The protocol is chosen: what was held meanwhile, in the order in which it came. */
static void
speak_held(struct l7 *l, struct flow *f)
{
	struct l7_flow *lf = f->l7;
	struct hold held[2] = { lf->held[0], lf->held[1] };
	enum dir first = lf->first ? DIR_TO_CLIENT : DIR_TO_SERVER;
	lf->held[0] = lf->held[1] = (struct hold){ 0 };
	take(l, f, hold_view(&held[first]), first);
	take(l, f, hold_view(&held[!first]), !first);
	hold_drop(&l->pool, &held[0]);
	hold_drop(&l->pool, &held[1]);
}

/* No protocol is left. */
static void
unknown(struct l7 *l, struct flow *f, enum dir dir)
{
	const struct l7_flow *lf = f->l7;
	bool heard = dir == DIR_TO_CLIENT || lf->held[DIR_TO_CLIENT].len || lf->deaf || lf->before;
	give_up(l, f);
	if (!heard)
		f->l7 = &unheard;
}

static void
choose_and_speak(struct l7 *l, struct flow *f, struct view data, enum dir dir)
{
	struct l7_flow *lf = f->l7;
	struct hold *h = &lf->held[dir];
	struct l7_first first = { data, &f->key, dir, lf->held[!dir].len > 0, NULL };
	if (!h->len && probe(l, lf, &first)) { /* most show themselves at once */
		speak_held(l, f);
		take(l, f, data, dir);
		return;
	}
	if (!h->len && !lf->held[!dir].len)
		lf->first = (uint8_t)dir;
	bool more = h->len > 0;
	if (!lf->candidates && !more && dir == DIR_TO_CLIENT && !lf->deaf && !lf->before)
		more = by_answer(l, lf);
	if (lf->candidates && !hold_add(&l->pool, h, data))
		lf->candidates = 0;
	first.data = hold_view(h);
	if (lf->candidates && more && probe(l, lf, &first))
		speak_held(l, f);
	else if (!lf->candidates && !lf->stopped)
		unknown(l, f, dir);
}

static void
take(struct l7 *l, struct flow *f, struct view data, enum dir dir)
{
	struct l7_flow *lf = f->l7;
	if (!data.len || lf->stopped)
		return;
	if (lf->deaf && dir == DIR_TO_SERVER)
		return;
	if (lf->proto == L7_UNKNOWN)
		choose_and_speak(l, f, data, dir);
	else
		speak(l, f, data, dir);
}

/* Bytes are missing. False: they end this flow's parsing. */
static bool
hole(struct l7 *l, struct flow *f, const struct flow_chunk *c)
{
	struct l7_flow *lf = f->l7;
	const struct l7_row *row = l7_row(lf->proto);
	if (!row) { /* nothing chosen yet: what is held does not join what comes */
		hold_drop(&l->pool, &lf->held[c->dir]);
		return true;
	}
	if (row->lost && !lf->stopped) { /* what is held goes with what is missing behind it */
		uint64_t n = c->lost + lf->held[c->dir].len;
		hold_drop(&l->pool, &lf->held[c->dir]);
		if (row->lost(l, lf, n, c->dir))
			return true;
	}
	failed(l, lf, FAILED_HOLE);
	return false;
}

static void
chunk(struct l7 *l, struct flow *f, const struct packet *p, const struct flow_chunk *c)
{
	struct l7_flow *lf = flow_at(l, f, c);
	if (!lf)
		return;
	now(l, f, p);
	lf->end[c->dir] = c->offset + c->data.len;
	l->fed.raw = c->data;
	if (lf->proto == L7_UNKNOWN && !lf->before && !lf->held[0].len && !lf->held[1].len)
		choose_expected(l, f, c->data, c->dir);
	if (c->lost && !(lf->deaf && c->dir == DIR_TO_SERVER) && !hole(l, f, c))
		return;
	take(l, f, c->data, c->dir);
	lf = f->l7;
	const struct l7_row *row = l7_row(lf->proto);
	if (!c->end || !row || lf->stopped)
		return;
	if (row->end)
		row->end(l, lf, c->dir);
	lf->ended |= (uint8_t)(1u << c->dir);
	if (lf->ended == 3 && !lf->stopped) /* nothing will answer what waits */
		finish(l, lf);
}

void
l7_chunk(struct l7 *l, struct flow *f, const struct packet *p, const struct flow_chunk *c)
{
	chunk(l, f, p, c);
	if (f->l7 && f->l7->framing)
		frames_grow(l, f->l7, c);
}

void
l7_datagram(struct l7 *l, struct flow *f, const struct packet *p, enum dir dir)
{
	struct l7_flow *lf = f->l7;
	if ((lf && lf->stopped) || !p->payload.len)
		return;
	now(l, f, p);
	if (!lf && !(lf = flow_open(l, f, false)))
		return;
	if (lf->proto == L7_UNKNOWN)
		choose_expected(l, f, p->payload, dir);
	if (lf->proto == L7_UNKNOWN && !lf->stopped) {
		uint64_t all = lf->candidates;
		struct l7_first first = {
			.data = p->payload, .key = &f->key, .dir = dir, .mind = &lf->mind[dir]
		};
		bool sure = probe(l, lf, &first);
		lf->tries += p->payload.len < TINY ? 1 : NOT_TINY;
		if (!sure && !lf->stopped && lf->tries < DATAGRAMS)
			lf->candidates = all; /* the next datagram may show it */
		else if (!sure && !lf->stopped)
			give_up(l, f);
		if (!sure)
			return;
	}
	if (lf->stopped)
		return;
	l->fed = (struct l7_fed){ p->payload, p->payload, NULL, p->payload.len, dir };
	long used = rows[lf->proto]->data(l, lf, p->payload, dir);
	if (used == L7_BAD)
		count_failure(l, lf, FAILED_BYTES);
}

void
l7_finish(struct l7 *l, struct flow *f)
{
	struct l7_flow *lf = f->l7;
	if (!lf || shared(lf))
		return;
	now(l, f, NULL);
	finish(l, lf);
	if (lf->proto == L7_UNKNOWN && !lf->tcp) /* looked at, and nothing */
		give_up(l, f);
}

bool
l7_sealed(const struct flow *f)
{
	const struct l7_flow *lf = f->l7;
	return lf && lf->stopped && !lf->bad && (lf->proto == L7_TLS || lf->proto == L7_SSH);
}

bool
l7_encrypted(const struct flow *f)
{
	const struct l7_flow *lf = f->l7;
	const struct l7_row *row = lf && lf->state ? l7_row(lf->proto) : NULL;
	return l7_sealed(f) || (row && row->sealed && row->sealed(lf->state));
}

uint8_t
l7_proto(const struct flow *f)
{
	const struct l7_flow *lf = f->l7;
	if (lf && lf->proto == L7_UNKNOWN && lf->before)
		lf = lf->before;
	return lf ? lf->proto : L7_UNKNOWN;
}

const char *
l7_proto_name(uint8_t proto)
{
	const struct l7_row *row = l7_row(proto);
	return row ? row->name : proto == L7_FAILED ? "failed" : NULL;
}
