/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a flow remembers for signatures: flowbits, and per direction the last bytes of the stream.
 *
 * Slabs of fixed objects, in a list from oldest to newest use; at the cap the oldest flow forgets.
 */
#include "probe/match_run.h"

void
match_states_init(struct match_states *s, const struct match_config *config)
{
	*s = (struct match_states){ 0 };
	slab_init(&s->flows, sizeof(struct match_flow), config->max_flow_state);
	slab_init(&s->streams, sizeof(struct match_stream), config->max_flow_state * 2);
	slab_init(&s->tails, config->stream_tail, config->max_flow_state * 2);
	/* 2 KB each: rules that capture do so on few flows */
	slab_init(&s->vars, sizeof(struct match_vars), config->max_flow_state / 8 + 1);
	/* 2 KB each, too: few flows have more than they have room for themselves */
	slab_init(&s->bits, sizeof(struct match_bits), config->max_flow_state / 8 + 1);
	slab_init(&s->ints, sizeof(struct match_ints), config->max_flow_state);
	slab_init(&s->waits, sizeof(struct match_tx_waits), config->max_flow_state);
}

void
match_states_fini(struct match_states *s)
{
	for (struct match_flow *f = s->oldest; f; f = f->newer)
		f->flow->match = NULL;
	slab_fini(&s->flows);
	slab_fini(&s->streams);
	slab_fini(&s->tails);
	slab_fini(&s->waits);
	slab_fini(&s->ints);
	slab_fini(&s->vars);
	slab_fini(&s->bits);
}

static void
waits_free(struct match_states *t, struct match_flow *s)
{
	while (s->waits) {
		struct match_tx_waits *next = s->waits->next;
		slab_put(&t->waits, s->waits);
		s->waits = next;
	}
}

void
match_states_forget(struct match_states *s)
{
	for (struct match_flow *f = s->oldest; f; f = f->newer) {
		for (unsigned dir = 0; dir < 2; dir++) {
			if (f->stream[dir])
				f->stream[dir]->wait_n = 0;
		}
		waits_free(s, f);
	}
}

static void
unlink_state(struct match_states *t, struct match_flow *s)
{
	*(s->older ? &s->older->newer : &t->oldest) = s->newer;
	*(s->newer ? &s->newer->older : &t->newest) = s->older;
}

static void
link_newest(struct match_states *t, struct match_flow *s)
{
	s->older = t->newest;
	s->newer = NULL;
	*(t->newest ? &t->newest->newer : &t->oldest) = s;
	t->newest = s;
}

static void
stream_free(struct match_states *t, struct match_stream *s)
{
	if (s && s->tail != s->first)
		slab_put(&t->tails, s->tail);
	slab_put(&t->streams, s);
}

void
match_state_drop(struct match *m, struct match_flow *s)
{
	if (!s)
		return;
	unlink_state(&m->states, s);
	s->flow->match = NULL;
	stream_free(&m->states, s->stream[0]);
	stream_free(&m->states, s->stream[1]);
	waits_free(&m->states, s);
	slab_put(&m->states.ints, s->ints);
	slab_put(&m->states.vars, s->vars);
	slab_put(&m->states.bits, s->more);
	slab_put(&m->states.flows, s);
}

struct match_flow *
match_state_get(struct match *m, struct flow *f)
{
	struct match_states *t = &m->states;
	if (!f)
		return NULL;
	struct match_flow *s = f->match;
	if (s) {
		if (s != t->newest) {
			unlink_state(t, s);
			link_newest(t, s);
		}
		return s;
	}
	s = slab_get(&t->flows);
	if (!s && t->oldest) {
		match_state_drop(m, t->oldest);
		m->count.state_evicted++;
		s = slab_get(&t->flows);
	}
	if (!s)
		return NULL;
	s->flow = f;
	f->match = s;
	link_newest(t, s);
	return s;
}

/* The bytes are not cleared: tail_n says how many of them count. */
static struct match_stream *
stream_new(struct slab *streams)
{
	struct match_stream *s = slab_get_raw(streams);
	if (s) {
		memset(s, 0, offsetof(struct match_stream, first));
		s->tail = s->first;
		s->room = sizeof(s->first);
	}
	return s;
}

void
match_state_tail(struct match *m, struct match_stream *s, struct view window)
{
	size_t keep = window.len < m->config.stream_tail ? window.len : m->config.stream_tail;
	uint8_t *more = keep > s->room ? slab_get_raw(&m->states.tails) : NULL;
	if (more) {
		s->tail = more;
		s->room = m->config.stream_tail;
	}
	keep = keep < s->room ? keep : s->room;
	struct cursor c = cursor_of_view(window);
	(void)cursor_skip(&c, window.len - keep);
	(void)cursor_copy(&c, s->tail, keep);
	s->tail_n = (uint32_t)keep;
}

struct match_stream *
match_state_stream(struct match *m, struct match_flow *s, enum dir dir)
{
	if (s && !s->stream[dir])
		s->stream[dir] = stream_new(&m->states.streams);
	return s ? s->stream[dir] : NULL;
}

struct match_wait *
match_state_wait(struct match_stream *s, uint32_t rule)
{
	for (uint8_t i = 0; i < s->wait_n; i++) {
		if (s->wait[i].rule == rule)
			return &s->wait[i];
	}
	return NULL;
}

/* Who puts more literals into a stream than are remembered does not hide the first of them. */
static void
wait_give_way(struct match_stream *s)
{
	uint8_t i = 0;
	while (i < MATCH_WAITS && s->wait[i].from) /* fired, or did before: it would again */
		i++;
	if (i == MATCH_WAITS)
		i = 0;
	else if (s->wait[i].until > s->again)
		s->again = s->wait[i].until;
	memmove(&s->wait[i], &s->wait[i + 1], (MATCH_WAITS - 1u - i) * sizeof(s->wait[0]));
	s->wait_n--;
}

bool
match_state_wait_put(struct match_stream *s, struct match_wait w)
{
	struct match_wait *old = match_state_wait(s, w.rule);
	bool full = !old && s->wait_n == MATCH_WAITS;
	if (full)
		wait_give_way(s);
	*(old ? old : &s->wait[s->wait_n++]) = w;
	return !full;
}

void
match_state_wait_trim(struct match_stream *s, uint64_t window_at)
{
	uint8_t n = 0;
	for (uint8_t i = 0; i < s->wait_n; i++) {
		if (s->wait[i].until > window_at)
			s->wait[n++] = s->wait[i];
	}
	s->wait_n = n;
}

struct match_tx_wait *
match_state_tx_wait(const struct match_flow *s, uint64_t tx, uint32_t rule)
{
	for (struct match_tx_waits *t = s ? s->waits : NULL; t; t = t->next) {
		for (uint8_t i = 0; i < t->n; i++) {
			if (t->wait[i].tx == tx && t->wait[i].rule == rule)
				return &t->wait[i];
		}
	}
	return NULL;
}

/* Room for one more: in a block, in a new one, or that of another. NULL when memory is out. */
static struct match_tx_wait *
tx_room(struct match *m, struct match_flow *s)
{
	unsigned blocks = 0;
	for (struct match_tx_waits *t = s->waits; t; t = t->next, blocks++) {
		if (t->n < MATCH_TX_WAITS)
			return &t->wait[t->n++];
	}
	struct match_tx_waits *fresh =
	    blocks < MATCH_TX_BLOCKS ? slab_get_raw(&m->states.waits) : NULL;
	if (fresh) {
		fresh->next = s->waits;
		fresh->n = 1;
		s->waits = fresh;
		return &fresh->wait[0];
	}
	m->count.state_evicted++;
	if (!blocks)
		return NULL;
	unsigned turn = s->waits_lost++ % (blocks * MATCH_TX_WAITS);
	struct match_tx_waits *t = s->waits;
	for (; turn >= MATCH_TX_WAITS; turn -= MATCH_TX_WAITS)
		t = t->next;
	return &t->wait[turn];
}

void
match_state_tx_put(struct match *m, struct match_flow *s, struct match_tx_wait w)
{
	struct match_tx_wait *to = match_state_tx_wait(s, w.tx, w.rule);
	if (!to && s)
		to = tx_room(m, s);
	if (to)
		*to = w;
}

void
match_state_tx_done(struct match *m, struct match_flow *s, uint64_t tx)
{
	struct match_tx_waits **at = s ? &s->waits : NULL;
	while (at && *at) {
		struct match_tx_waits *t = *at;
		uint8_t n = 0;
		for (uint8_t i = 0; i < t->n; i++) {
			if (t->wait[i].tx != tx)
				t->wait[n++] = t->wait[i];
		}
		t->n = n;
		if (n) {
			at = &t->next;
			continue;
		}
		*at = t->next;
		slab_put(&m->states.waits, t);
	}
}

static bool
has_bit(const uint64_t *bit, uint8_t n, uint64_t name)
{
	for (uint8_t i = 0; i < n; i++) {
		if (bit[i] == name)
			return true;
	}
	return false;
}

bool
match_state_bit(const struct match_flow *s, uint64_t name)
{
	return s && (has_bit(s->bit, s->bit_n, name) ||
			(s->more && has_bit(s->more->bit, s->more->n, name)));
}

/* Room behind the flow's own bits, so that who sets two dozen others does not unset one. */
static uint64_t *
more_room(struct match *m, struct match_flow *s)
{
	if (!s->more)
		s->more = slab_get(&m->states.bits);
	return s->more && s->more->n < MATCH_MORE_BITS ? &s->more->bit[s->more->n++] : NULL;
}

void
match_state_set(struct match *m, struct match_flow *s, uint64_t name)
{
	if (!s || match_state_bit(s, name))
		return;
	uint64_t *to = s->bit_n < MATCH_FLOWBITS ? &s->bit[s->bit_n++] : more_room(m, s);
	if (!to) {
		memmove(s->bit, s->bit + 1, (MATCH_FLOWBITS - 1) * sizeof(s->bit[0]));
		to = &s->bit[MATCH_FLOWBITS - 1];
		m->count.state_evicted++;
	}
	*to = name;
}

static void
drop_bit(uint64_t *bit, uint8_t *n, uint64_t name)
{
	uint8_t kept = 0;
	for (uint8_t i = 0; i < *n; i++) {
		if (bit[i] != name)
			bit[kept++] = bit[i];
	}
	*n = kept;
}

void
match_state_unset(struct match_flow *s, uint64_t name)
{
	if (!s)
		return;
	drop_bit(s->bit, &s->bit_n, name);
	if (s->more)
		drop_bit(s->more->bit, &s->more->n, name);
}

bool
match_state_int(const struct match_flow *s, uint64_t name, uint32_t *out)
{
	const struct match_ints *t = s ? s->ints : NULL;
	for (uint8_t i = 0; t && i < t->n; i++) {
		if (t->var[i].name == name) {
			*out = t->var[i].value;
			return true;
		}
	}
	return false;
}

void
match_state_int_put(struct match *m, struct match_flow *s, uint64_t name, uint32_t value)
{
	uint8_t i = 0;
	if (s && !s->ints)
		s->ints = slab_get(&m->states.ints);
	if (!s || !s->ints)
		return;
	struct match_ints *t = s->ints;
	while (i < t->n && t->var[i].name != name)
		i++;
	if (i == MATCH_INTS) {
		memmove(t->var, t->var + 1, (MATCH_INTS - 1) * sizeof(t->var[0]));
		m->count.state_evicted++;
		i--;
	}
	t->n = i < t->n ? t->n : (uint8_t)(i + 1);
	t->var[i].name = name;
	t->var[i].value = value;
}
