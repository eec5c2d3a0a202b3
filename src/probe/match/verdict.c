/* SPDX-License-Identifier: Apache-2.0 */
/* Cases of flows with alerts: what comes is held against each alert that is not decided for good.
 */
#include "judge.h"

#include <stdlib.h>
#include <string.h>

#include "lib/slab.h"
#include "probe/l7_file.h"

#define ALERTS 8     /* of a flow that are judged */
#define LOOKED 65536 /* bytes of answers looked at for proofs, a flow and direction */
#define TAIL 96      /* bytes kept, so that proofs over two pieces are seen */
#define SAID 64      /* of a packet */
#define WATCHES 16   /* of a packet */

static const char *const names[] = { [VERDICT_ATTEMPT] = "attempt",
	[VERDICT_FAILED] = "failed",
	[VERDICT_SUCCESS] = "success",
	[VERDICT_COMPROMISED] = "compromised" };

static const struct verdict_reason reasons[] = {
#define VERDICT_REASON(ENUM, verdict, code, text, text_zh)                                         \
	[VERDICT_WHY_##ENUM] = { code, text, text_zh, VERDICT_##verdict },
#include "probe/verdict_reasons.def"
};

struct judged {
	uint64_t alert;
	int64_t tx_id;
	uint64_t without; /* proofs that stood in the attack itself */
	struct verdict_body body;
	uint8_t kind, dir;
	uint8_t own; /* what the rule says */
	uint8_t now; /* what was found out */
	bool fresh;  /* of this packet */
	bool silent; /* its server has said nothing since */
	bool over;   /* its transaction is */
};

struct verdict_case {
	struct verdict_case *chain, *older, *newer;
	uint64_t flow;
	uint32_t looked[2];
	uint8_t n, tail_n[2];
	uint8_t tail[2][TAIL];
	struct judged alert[ALERTS];
};

struct verdicts {
	struct slab cases;
	struct verdict_case **bucket, *oldest, *newest;
	uint64_t mask;
	struct hash_key seed;
	struct verdict_said said[SAID];
	size_t said_n;
	struct verdict_watch watch[WATCHES];
	size_t watch_n;
	struct verdict_counters count;
	struct verdict_heads heads;
};

const char *
verdict_name(uint8_t verdict)
{
	return verdict <= VERDICT_COMPROMISED ? names[verdict] : NULL;
}

uint8_t
verdict_of(const char *name)
{
	for (uint8_t i = VERDICT_ATTEMPT; name && i <= VERDICT_COMPROMISED; i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	return VERDICT_NONE;
}

const struct verdict_reason *
verdict_reason(uint8_t why)
{
	return why > VERDICT_WHY_NONE && why < VERDICT_WHY_COUNT ? &reasons[why] : NULL;
}

/* ---- cases ---- */

struct verdicts *
verdicts_new(uint64_t max_flows, struct hash_key seed)
{
	struct verdicts *v = calloc(1, sizeof(*v));
	if (!v)
		return NULL;
	for (v->mask = 64; v->mask < max_flows && v->mask < 1u << 20; v->mask *= 2)
		;
	v->bucket = calloc((size_t)v->mask, sizeof(v->bucket[0]));
	v->mask--;
	v->seed = seed;
	slab_init(&v->cases, sizeof(struct verdict_case), (size_t)max_flows);
	verdict_heads_fill(&v->heads);
	if (v->bucket)
		return v;
	verdicts_free(v);
	return NULL;
}

void
verdicts_free(struct verdicts *v)
{
	if (!v)
		return;
	slab_fini(&v->cases);
	free(v->bucket);
	free(v);
}

static struct verdict_case **
place(const struct verdicts *v, uint64_t flow)
{
	struct verdict_case **at = &v->bucket[hash_two(v->seed, flow, 0) & v->mask];
	while (*at && (*at)->flow != flow)
		at = &(*at)->chain;
	return at;
}

static void
drop(struct verdicts *v, struct verdict_case *c)
{
	*place(v, c->flow) = c->chain;
	*(c->older ? &c->older->newer : &v->oldest) = c->newer;
	*(c->newer ? &c->newer->older : &v->newest) = c->older;
	slab_put(&v->cases, c);
}

static struct verdict_case *
case_of(struct verdicts *v, uint64_t flow)
{
	struct verdict_case *c = *place(v, flow);
	if (c)
		return c;
	if (!(c = slab_get(&v->cases)) && v->oldest) {
		v->count.forgotten++;
		drop(v, v->oldest);
		c = slab_get(&v->cases);
	}
	if (!c)
		return NULL;
	c->flow = flow;
	c->older = v->newest;
	*(v->newest ? &v->newest->newer : &v->oldest) = c;
	v->newest = c;
	*place(v, flow) = c;
	return c;
}

/* ---- saying ---- */

void
verdict_begin(struct verdicts *v)
{
	v->said_n = 0;
	v->watch_n = 0;
}

const struct verdict_said *
verdict_said(const struct verdicts *v, size_t *n)
{
	*n = v->said_n;
	return v->said;
}

const struct verdict_watch *
verdict_watches(const struct verdicts *v, size_t *n)
{
	*n = v->watch_n;
	return v->watch;
}

struct verdict_counters
verdict_count(const struct verdicts *v)
{
	return v->count;
}

static void
watch(struct verdicts *v, const struct verdict_watch *w)
{
	if (v->watch_n < WATCHES && !addr_same(&w->victim, &w->callee))
		v->watch[v->watch_n++] = *w;
}

/* Of one packet an alert is said once: what is graver takes the place of what was said. */
static void
say(struct verdicts *v, struct judged *j, const struct verdict_said *found)
{
	uint8_t verdict = reasons[found->why].verdict;
	size_t i = 0;

	if (verdict <= j->now)
		return;
	j->now = verdict;
	/* nothing that an infected host gets for an answer heals it */
	if (j->own >= VERDICT_SUCCESS && j->kind == KIND_CONTROL && verdict < j->own)
		return;
	/* the rule said so already; within its own packet it gets the reason */
	if (verdict >= VERDICT_SUCCESS && (j->fresh ? verdict < j->own : verdict <= j->own))
		return;
	while (i < v->said_n && v->said[i].alert != j->alert)
		i++;
	if (i == SAID)
		return;
	v->said_n += i == v->said_n;
	v->said[i] = *found;
	v->said[i].alert = j->alert;
	v->said[i].fresh = j->fresh;
	v->said[i].tx_id = j->tx_id;
	v->count.judged++;
}

static void
say_why(struct verdicts *v, struct judged *j, uint8_t why, enum dir dir)
{
	if (why != VERDICT_WHY_NONE)
		say(v, j, &(struct verdict_said){ .why = why, .dir = (uint8_t)dir });
}

/* ---- a new alert ---- */

static bool
is_attack(uint8_t kind)
{
	return kind == KIND_EXPLOIT || kind == KIND_SHELL;
}

/* Protocols whose servers call their clients as a matter of course. */
static bool
calls_back(const struct flow *f)
{
	uint8_t proto = l7_proto(f);
	return proto == L7_FTP || proto == L7_TFTP || proto == L7_SIP || proto == L7_RTSP ||
	       proto == L7_DNS;
}

#define NAMES 3 /* of an attack */

/* Names that are not the attacked host's own. */
static void
watch_names(
    struct verdicts *v, const struct verdict_watch *like, const struct alert *a, struct view bytes)
{
	struct l7_ask ask = { .what = L7_BUF_HTTP_HOST, .dir = DIR_TO_SERVER };
	struct verdict_watch w = *like;
	struct view own = { NULL, 0 }, name;
	struct addr mine;
	size_t at = 0;

	if (a->tx)
		(void)l7_tx_buffer(a->tx, &ask, &own);
	mine = verdict_name_key(own);
	w.ver = 0;
	w.how = VERDICT_TO_NAME;
	for (unsigned n = 0; n < NAMES && verdict_next_name(bytes, &at, &name);) {
		w.callee = verdict_name_key(name);
		if (addr_same(&w.callee, &mine))
			continue;
		watch(v, &w);
		n++;
	}
}

static void
watch_attack(struct verdicts *v, const struct verdict_scene *s, const struct alert *a)
{
	struct verdict_addr named[VERDICT_ADDRS];
	const struct flow_key *k = &s->flow->key;
	struct verdict_watch w = { .alert = a->id,
		.victim = k->server,
		.callee = k->client,
		.ver = k->ip_ver,
		.how = VERDICT_TO_ATTACKER };
	struct view uri;
	struct l7_ask ask = { .what = L7_BUF_HTTP_URI, .dir = DIR_TO_SERVER };
	size_t n = 0;

	if (calls_back(s->flow))
		return;
	watch(v, &w);
	if (s->packet)
		watch_names(v, &w, a, s->packet->payload);
	if (k->ip_ver != 4)
		return;
	if (a->tx && (((const struct l7_tx *)a->tx)->proto == L7_HTTP) &&
	    l7_tx_buffer(a->tx, &ask, &uri))
		n = verdict_addresses(uri, named, n, VERDICT_ADDRS);
	if (s->packet)
		n = verdict_addresses(s->packet->payload, named, n, VERDICT_ADDRS);
	for (size_t i = 0; i < n; i++) {
		if (addr_same(&named[i].addr, &k->client))
			continue;
		w.callee = named[i].addr;
		w.how = VERDICT_TO_NAMED;
		watch(v, &w);
	}
}

/* The answer fired it: what it has in it counts at once. */
static void
judge_trigger(struct verdicts *v, const struct verdict_scene *s, struct judged *j)
{
	struct verdict_said found = { .dir = DIR_TO_CLIENT };
	struct verdict_proof proof;

	j->silent = false;
	if (j->kind == KIND_CONTROL)
		say_why(v, j, VERDICT_WHY_C2_ANSWERED, DIR_TO_CLIENT);
	if (!s->packet || !verdict_proof(&v->heads, s->packet->payload, 0, &proof) ||
	    j->kind == KIND_LURE || j->kind == KIND_CONTROL)
		return;
	found.why = proof.why;
	verdict_show(&found, proof.seen);
	say(v, j, &found);
}

/* One more of the flow. Those whose answer is known give way first, so that eight attacks that come
 * to nothing do not hide the ninth; NULL: all still wait for theirs. */
static struct judged *
room(struct verdicts *v, struct verdict_case *c)
{
	uint8_t i = 0;
	if (c->n < ALERTS)
		return &c->alert[c->n++];
	v->count.forgotten++;
	while (i < ALERTS && !c->alert[i].over)
		i++;
	if (i == ALERTS)
		return NULL;
	memmove(&c->alert[i], &c->alert[i + 1], (ALERTS - 1u - i) * sizeof(c->alert[0]));
	return &c->alert[ALERTS - 1];
}

static void
open_alert(struct verdicts *v, const struct verdict_scene *s, struct alert *a)
{
	enum verdict_kind kind = verdict_kind(a, s);
	struct verdict_case *c = kind == KIND_NONE ? NULL : case_of(v, s->flow->id);

	a->verdict = verdict_name(verdict_own(a));
	if (kind == KIND_NONE)
		return;
	if (!a->verdict)
		a->verdict = names[VERDICT_ATTEMPT];
	struct judged *j = c ? room(v, c) : NULL;
	if (!j)
		return;
	memset(c->looked, 0, sizeof(c->looked)); /* what came before does not use up its share */
	*j = (struct judged){ .alert = a->id,
		.tx_id = a->tx_id,
		.kind = (uint8_t)kind,
		.dir = a->dir,
		.own = verdict_own(a),
		.now = VERDICT_ATTEMPT,
		.fresh = true,
		.silent = true };
	if (kind == KIND_FACT)
		j->now = j->own;
	if (a->dir == DIR_TO_CLIENT) {
		judge_trigger(v, s, j);
		return;
	}
	if (s->packet)
		j->without = verdict_proofs(&v->heads, s->packet->payload);
	if (is_attack(j->kind))
		watch_attack(v, s, a);
}

/* Alerts have what was said of them in their own packet. */
static void
tell_alerts(struct verdicts *v, struct alert_list *alerts)
{
	for (uint16_t i = 0; i < alerts->n; i++) {
		struct alert *a = &alerts->item[i];
		for (size_t k = 0; k < v->said_n; k++) {
			if (!v->said[k].fresh || v->said[k].alert != a->id)
				continue;
			a->judged = &v->said[k];
			a->verdict = names[reasons[v->said[k].why].verdict];
		}
	}
}

void
verdict_alerts(struct verdicts *v, const struct verdict_scene *s, struct alert_list *alerts)
{
	for (uint16_t i = 0; s->flow && i < alerts->n; i++)
		if (!alerts->item[i].ver)
			open_alert(v, s, &alerts->item[i]);
}

/* ---- what comes ---- */

static bool
is_of(const struct judged *j, const struct l7_tx *tx)
{
	return j->tx_id < 0 || j->tx_id == (int64_t)tx->id || j->kind == KIND_LOGIN ||
	       tx->proto == L7_DNS;
}

static bool
begins_page(struct view v)
{
	size_t i = 0;
	while (i < v.len && (v.ptr[i] <= ' ' || v.ptr[i] > 0x7e))
		i++;
	return i < v.len && v.ptr[i] == '<';
}

static void
prove(struct verdicts *v, struct judged *j, struct view bytes, enum dir dir)
{
	struct verdict_said found = { .dir = (uint8_t)dir };
	struct verdict_proof proof;

	if (!(is_attack(j->kind) || j->kind == KIND_SCAN || j->kind == KIND_FACT))
		return;
	if (!verdict_proof(&v->heads, bytes, j->without, &proof)) {
		/* an echo, or an attack that brought the words of its own success along */
		j->body.unsure |= j->without && verdict_proof(&v->heads, bytes, 0, &proof);
		return;
	}
	if (proof.why == VERDICT_WHY_WAF) { /* told when the answer is whole */
		j->body.firewall = true;
		return;
	}
	found.why = proof.why;
	verdict_show(&found, proof.seen);
	say(v, j, &found);
}

/* Bodies as they are without their encodings. */
static void
look_at_body(struct verdicts *v, struct verdict_case *c, const struct l7_tx *tx)
{
	for (uint16_t i = 0; i < tx->window_n; i++) {
		const struct l7_window *w = &tx->window[i];
		bool enough = c->looked[DIR_TO_CLIENT] > LOOKED;
		if (w->dir != DIR_TO_CLIENT)
			continue;
		c->looked[DIR_TO_CLIENT] += enough ? 0 : (uint32_t)(w->data.len - w->old);
		for (uint8_t k = 0; k < c->n; k++) {
			struct judged *j = &c->alert[k];
			if (!is_of(j, tx))
				continue;
			j->body.unsure |= enough;
			if (enough)
				continue;
			if (!j->body.any)
				j->body.html = begins_page(w->data);
			j->body.any |= w->data.len > 0;
			prove(v, j, w->data, DIR_TO_CLIENT);
		}
	}
}

/* Bytes of a stream that no parser unpacks. */
static void
look_at_bytes(struct verdicts *v, struct verdict_case *c, struct view bytes, enum dir dir)
{
	uint8_t joint[2 * TAIL], *tail = c->tail[dir];
	size_t head = bytes.len < TAIL ? bytes.len : TAIL, n = c->tail_n[dir];

	if (c->looked[dir] > LOOKED || !bytes.len)
		return;
	c->looked[dir] += (uint32_t)(bytes.len < LOOKED ? bytes.len : LOOKED);
	memcpy(joint, tail, n);
	memcpy(joint + n, bytes.ptr, head);
	for (uint8_t k = 0; k < c->n; k++) {
		struct judged *j = &c->alert[k];
		if (j->fresh && j->dir == (uint8_t)dir) /* that is the attack itself */
			continue;
		if (dir == DIR_TO_CLIENT && j->kind == KIND_CONTROL)
			say_why(v, j, VERDICT_WHY_C2_ANSWERED, dir);
		if (dir == DIR_TO_CLIENT || j->kind == KIND_CONTROL) {
			prove(v, j, (struct view){ joint, n + head }, dir);
			prove(v, j, bytes, dir);
		}
	}
	size_t keep = n + head < TAIL ? n + head : TAIL;
	if (bytes.len >= TAIL)
		memcpy(tail, bytes.ptr + bytes.len - TAIL, TAIL);
	else
		memcpy(tail, joint + n + head - keep, keep);
	c->tail_n[dir] = (uint8_t)keep;
}

/* Neither encrypted nor looked at in parts. */
static bool
is_plain(const struct flow *f)
{
	uint8_t proto = l7_proto(f);
	return proto != L7_HTTP && proto != L7_HTTP2 && proto != L7_TLS && proto != L7_SSH &&
	       proto != L7_QUIC && proto != L7_DTLS && proto != L7_DNS;
}

static void
watch_resolved(struct verdicts *v, const struct judged *j, const struct verdict_scene *s,
    const struct l7_tx *tx)
{
	struct l7_answered a;
	if (j->kind != KIND_CONTROL || tx->proto != L7_DNS || !l7_tx_answer(tx, &a) ||
	    a.is != L7_ANSWER_DONE)
		return;
	for (uint8_t i = 0; i < a.addr_n; i++)
		if (a.addr_ver[i] == s->flow->key.ip_ver)
			watch(v, &(struct verdict_watch){ .alert = j->alert,
				     .victim = s->flow->key.client,
				     .callee = a.addr[i],
				     .ver = a.addr_ver[i],
				     .how = VERDICT_TO_RESOLVED });
}

static void
look_at_answer(struct verdicts *v, struct verdict_case *c, const struct verdict_scene *s,
    const struct l7_tx *tx)
{
	for (uint8_t k = 0; k < c->n; k++) {
		struct judged *j = &c->alert[k];
		struct verdict_said found = { .dir = DIR_TO_CLIENT };
		if (!is_of(j, tx))
			continue;
		found.why = verdict_answer(j->kind, tx, &j->body, &found);
		/* a rule on the answer knows how it looks: a refusal may be what it is about */
		bool known = j->dir == DIR_TO_CLIENT && is_attack(j->kind) &&
			     reasons[found.why].verdict == VERDICT_FAILED;
		if (found.why != VERDICT_WHY_NONE && !known)
			say(v, j, &found);
		j->over |= j->tx_id == (int64_t)tx->id && tx->ready & L7_READY_EVENT;
		watch_resolved(v, j, s, tx);
	}
}

static void
look_at_files(struct verdicts *v, struct verdict_case *c, const struct verdict_scene *s)
{
	for (size_t i = 0; i < s->file_n; i++) {
		const struct l7_carried *f = &s->file[i];
		for (uint8_t k = 0; k < c->n; k++) {
			struct judged *j = &c->alert[k];
			if (j->kind != KIND_LURE || f->tx.dir != DIR_TO_CLIENT || !is_of(j, &f->tx))
				continue;
			say_why(v, j,
			    l7_file_about(f->file).whole ? VERDICT_WHY_DOWNLOADED
							 : VERDICT_WHY_DOWNLOAD_CUT,
			    DIR_TO_CLIENT);
		}
	}
}

static void
look_at_streams(struct verdicts *v, struct verdict_case *c, const struct verdict_scene *s)
{
	const struct packet *p = s->packet;
	if (s->flow->key.proto != PROTO_TCP) {
		if (p && s->dir == DIR_TO_CLIENT && p->payload.len)
			look_at_bytes(v, c, p->payload, s->dir);
		return;
	}
	for (size_t i = 0; i < s->chunk_n; i++)
		look_at_bytes(v, c, s->chunk[i].data, s->chunk[i].dir);
}

void
verdict_packet(struct verdicts *v, const struct verdict_scene *s, struct alert_list *alerts)
{
	if (!s->flow || !(s->flow->flags & FLOW_ALERTED))
		return;
	struct verdict_case *c = *place(v, s->flow->id);
	if (!c)
		return;
	if (s->packet && s->dir == DIR_TO_CLIENT && s->packet->payload.len)
		for (uint8_t k = 0; k < c->n; k++)
			c->alert[k].silent = false;
	for (size_t i = 0; i < s->tx_n; i++)
		look_at_body(v, c, &s->tx[i]);
	if (is_plain(s->flow))
		look_at_streams(v, c, s);
	for (size_t i = 0; i < s->tx_n; i++)
		look_at_answer(v, c, s, &s->tx[i]);
	look_at_files(v, c, s);
	tell_alerts(v, alerts);
	for (uint8_t k = 0; k < c->n; k++)
		c->alert[k].fresh = false;
}

void
verdict_login(struct verdicts *v, const struct flow *f, enum l7_login login)
{
	struct verdict_case *c = f->flags & FLOW_ALERTED ? *place(v, f->id) : NULL;
	for (uint8_t k = 0; c && k < c->n; k++) {
		struct judged *j = &c->alert[k];
		if (j->kind == KIND_CONTROL || j->kind == KIND_LURE || j->kind == KIND_FACT)
			continue;
		say_why(v, j, verdict_of_login((enum verdict_kind)j->kind, login), DIR_TO_CLIENT);
	}
}

/* ---- the end ---- */

/* What its server's silence means. A flow of which one side only is seen says nothing. */
static uint8_t
silence(const struct flow *f, const struct judged *j)
{
	bool tcp = f->key.proto == PROTO_TCP, control = j->kind == KIND_CONTROL;
	/* its client acknowledges what went another way */
	bool answered = f->flags & FLOW_MIDSTREAM || f->tcp_flags[DIR_TO_SERVER] & TCP_ACK;

	if (j->dir == DIR_TO_CLIENT || !j->silent || j->kind == KIND_LURE || j->kind == KIND_FACT)
		return VERDICT_WHY_NONE;
	if (f->flags & FLOW_REFUSED)
		return VERDICT_WHY_REFUSED;
	if (!f->packets[DIR_TO_CLIENT])
		return tcp && answered ? VERDICT_WHY_NONE
		       : control       ? VERDICT_WHY_C2_SILENT
		       : tcp           ? VERDICT_WHY_NOBODY
				       : VERDICT_WHY_NONE;
	if (tcp && f->tcp_flags[DIR_TO_CLIENT] & TCP_RST)
		return f->tcp_flags[DIR_TO_CLIENT] & TCP_SYN ? VERDICT_WHY_RESET
							     : VERDICT_WHY_REFUSED;
	return VERDICT_WHY_NONE; /* it took what was sent */
}

void
verdict_end(struct verdicts *v, const struct flow *f)
{
	struct verdict_case *c = f->flags & FLOW_ALERTED ? *place(v, f->id) : NULL;
	if (!c)
		return;
	for (uint8_t k = 0; k < c->n; k++)
		if (c->alert[k].now == VERDICT_ATTEMPT)
			say_why(v, &c->alert[k], silence(f, &c->alert[k]), DIR_TO_CLIENT);
	drop(v, c);
}
