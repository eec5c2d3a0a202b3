/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Password guessing: failed logins within a window that slides in WINDOW_PARTS steps.
 *
 * Each login is counted three times: for the pair of client and server, for the client alone
 * (spraying: one client, many servers) and for the server alone (distributed: many clients, one
 * server). A login that works after guessing is the alert that matters most.
 */
#include <stdlib.h>
#include <string.h>

#include "detector.h"
#include "lib/slab.h"
#include "table.h"

#define WINDOW_PARTS 8
#define PEERS 5          /* servers (clients) with failures that make it spraying (distributed) */
#define UNKNOWN_WEIGHT 3 /* so many tries of unknown outcome weigh as much as one failure */
#define MANY_FACTOR 3    /* a server that many clients use sees many typing errors */
#define OK_FACTOR 4      /* groups: failures must be so many times the successes */

enum relation_kind { PAIR, CLIENT, SERVER, RELATION_KINDS };

struct window {
	uint32_t part[WINDOW_PARTS];
};

struct relation_key {
	struct addr client, server; /* zero where the kind has none */
	char service[8];
	uint16_t port;
	uint8_t kind, ver;
	uint32_t zero;
};

struct relation {
	struct table_node node;
	struct age_node age; /* in guess.quiet or guess.reported, by last login */
	struct relation_key key;
	const char *service;
	struct window fails, tries, oks, peers;
	uint64_t part;        /* number of the newest part */
	uint64_t first, last; /* failures of the episode, ns */
	uint64_t touched;
	uint64_t total, said; /* failures: in the episode, and when the first alert was written */
	uint64_t counted;     /* PAIR: part in which it was counted as a peer, plus one */
	struct addr last_client, last_server;
	uint16_t last_port;
	uint8_t proto;
	bool reported;
	bool broken; /* a login worked, and that was said */
};

struct guess {
	struct detector_env *env;
	struct table table;
	struct slab slab;
	struct age_list quiet, reported;
	uint64_t part_ns;
};

static const struct detector_sid sids[] = {
	[PAIR] = { NOTICE_SID_GUESS, 2, "WANGLOU password guessing: one client, one server",
	    "attempted-user", "Attempted User Privilege Gain", "attempt", "T1110.001", "02006",
	    "口令猜测" },
	[CLIENT] = { NOTICE_SID_SPRAY, 2, "WANGLOU password spraying: one client, many servers",
	    "attempted-user", "Attempted User Privilege Gain", "attempt", "T1110.003", "02006",
	    "口令喷洒" },
	[SERVER] = { NOTICE_SID_GUESS_MANY, 2,
	    "WANGLOU distributed password guessing: many clients, one server", "attempted-user",
	    "Attempted User Privilege Gain", "attempt", "T1110", "02006", "分布式口令猜测" },
};

static const struct detector_sid sid_success = { NOTICE_SID_GUESS_SUCCESS, 1,
	"WANGLOU login succeeded after password guessing", "successful-user",
	"Successful User Privilege Gain", "compromised", "T1078", "02006", "口令猜测成功登录" };

/* ---- the sliding window ---- */

static uint64_t
window_sum(const struct window *w)
{
	uint64_t sum = 0;
	for (int i = 0; i < WINDOW_PARTS; i++)
		sum += w->part[i];
	return sum;
}

/* Let the parts that fell out of the window go. */
static void
relation_slide(struct relation *r, uint64_t part)
{
	struct window *w[] = { &r->fails, &r->tries, &r->oks, &r->peers };
	for (int n = 0; r->part < part && n < WINDOW_PARTS; n++) {
		r->part++;
		for (size_t i = 0; i < sizeof(w) / sizeof(w[0]); i++)
			w[i]->part[r->part % WINDOW_PARTS] = 0;
	}
	if (r->part < part) {
		r->part = part;
		for (size_t i = 0; i < sizeof(w) / sizeof(w[0]); i++)
			memset(w[i], 0, sizeof(*w[i]));
	}
}

static void
window_add(struct relation *r, struct window *w, uint64_t n)
{
	uint32_t *part = &w->part[r->part % WINDOW_PARTS];
	*part = n > UINT32_MAX - *part ? UINT32_MAX : *part + (uint32_t)n;
}

/* ---- relations ---- */

static void
relation_forget(struct guess *g, struct relation *r)
{
	age_remove(r->reported ? &g->reported : &g->quiet, &r->age);
	table_remove(&g->table, &r->node);
	slab_put(&g->slab, r);
}

/* Make room for a login's relations first, so that getting one never drops another. */
static void
relation_room(struct guess *g)
{
	while (g->slab.used + RELATION_KINDS > g->slab.cap) {
		struct age_node *oldest = g->quiet.oldest ? g->quiet.oldest : g->reported.oldest;
		g->env->count.evicted++;
		relation_forget(g, table_of(oldest, struct relation, age));
	}
}

static struct relation_key
key_of(const struct notice_record *r, enum relation_kind kind)
{
	struct relation_key key = { .kind = (uint8_t)kind, .ver = r->ip_ver };
	if (kind != SERVER)
		key.client = r->client;
	if (kind != CLIENT) {
		key.server = r->server;
		key.port = r->sport;
	}
	strncpy(key.service, r->service ? r->service : "", sizeof(key.service) - 1);
	return key;
}

static struct relation *
relation_find(const struct guess *g, const struct relation_key *key, uint64_t hash)
{
	struct table_node *node = table_first(&g->table, hash);
	for (; node; node = table_next(node)) {
		struct relation *r = table_of(node, struct relation, node);
		if (memcmp(&r->key, key, sizeof(*key)) == 0)
			return r;
	}
	return NULL;
}

/* The relation of this record, brought up to its time; made when absent. */
static struct relation *
relation_get(struct guess *g, const struct notice_record *rec, enum relation_kind kind)
{
	struct relation_key key = key_of(rec, kind);
	uint64_t hash = hash_fast(g->env->config.seed, &key, sizeof(key));
	struct relation *r = relation_find(g, &key, hash);
	if (!r) {
		r = slab_get(&g->slab);
		if (!r)
			return NULL;
		r->key = key;
		r->service = rec->service ? rec->service : "";
		table_add(&g->table, &r->node, hash);
	} else {
		age_remove(r->reported ? &g->reported : &g->quiet, &r->age);
	}
	age_add(r->reported ? &g->reported : &g->quiet, &r->age);
	relation_slide(r, rec->ts / g->part_ns);
	if (rec->ts > r->touched)
		r->touched = rec->ts;
	r->last_client = rec->client;
	r->last_server = rec->server;
	r->last_port = rec->sport;
	r->proto = rec->proto;
	return r;
}

/* ---- alerts ---- */

static struct alert *
say(struct guess *g, const struct relation *r, const struct detector_sid *row, uint64_t ts,
    struct alert_list *out)
{
	struct alert *a = detector_alert(g->env, out, row, ts);
	if (!a)
		return NULL;
	a->detector = detector_guess.name;
	a->src = r->last_client;
	a->dst = r->last_server;
	a->dport = r->last_port;
	a->ver = r->key.ver;
	a->proto = r->proto;
	detector_word(a, "service", r->service);
	return a;
}

static void
facts(const struct guess *g, const struct relation *r, struct alert *a, const char *stage)
{
	static const char *const peers[RELATION_KINDS] = { NULL, "distinct_servers",
		"distinct_clients" };
	detector_word(a, "stage", stage);
	detector_fact(a, "failures", (double)r->total);
	detector_fact(a, "failures_in_window", (double)window_sum(&r->fails));
	detector_fact(a, "unknown_in_window", (double)window_sum(&r->tries));
	detector_fact(a, "successes_in_window", (double)window_sum(&r->oks));
	if (peers[r->key.kind])
		detector_fact(a, peers[r->key.kind], (double)window_sum(&r->peers));
	detector_fact(a, "threshold", (double)g->env->config.guess_tries);
	detector_fact(a, "window_s", (double)g->env->config.guess_window / 1e9);
	detector_fact(a, "elapsed_s", (double)(r->last - r->first) / 1e9);
}

/* What speaks for guessing within the window, in failures. */
static uint64_t
weight(const struct relation *r)
{
	return window_sum(&r->fails) + window_sum(&r->tries) / UNKNOWN_WEIGHT;
}

static bool
guessing(const struct guess *g, const struct relation *r)
{
	uint64_t need = g->env->config.guess_tries;
	if (r->key.kind == PAIR)
		return weight(r) >= need && (window_sum(&r->fails) || !window_sum(&r->oks));
	if (window_sum(&r->peers) < PEERS)
		return false;
	if (weight(r) < OK_FACTOR * window_sum(&r->oks))
		return false;
	return weight(r) >= (r->key.kind == SERVER ? MANY_FACTOR * need : need);
}

static void
judge(struct guess *g, struct relation *r, uint64_t ts, struct alert_list *out)
{
	if (r->reported || !guessing(g, r))
		return;
	struct alert *a = say(g, r, &sids[r->key.kind], ts, out);
	if (a)
		facts(g, r, a, "start");
	r->said = r->total;
	age_remove(&g->quiet, &r->age);
	r->reported = true;
	age_add(&g->reported, &r->age);
}

static void
succeeded(struct guess *g, struct relation *pair, uint64_t ts, struct alert_list *out)
{
	pair->broken = true;
	struct alert *a = say(g, pair, &sid_success, ts, out);
	if (!a)
		return;
	detector_fact(a, "failures", (double)pair->total);
	detector_fact(a, "failures_in_window", (double)window_sum(&pair->fails));
	detector_fact(a, "threshold", (double)g->env->config.guess_tries);
	detector_fact(a, "window_s", (double)g->env->config.guess_window / 1e9);
	detector_fact(a, "elapsed_s", (double)(ts - pair->first) / 1e9);
}

/* ---- records and the clock ---- */

static void
failed(struct relation *r, const struct notice_record *rec)
{
	uint64_t n = rec->count ? rec->count : 1;
	window_add(r, rec->kind == NOTICE_LOGIN_FAIL ? &r->fails : &r->tries, n);
	if (!r->total)
		r->first = rec->ts;
	if (rec->ts > r->last)
		r->last = rec->ts;
	r->total += n;
}

/* Is this the pair's first failure within the window? Then its client and server have one more
 * peer. */
static bool
pair_fresh(struct relation *pair)
{
	bool fresh = !pair->counted || pair->counted - 1 + WINDOW_PARTS <= pair->part;
	if (fresh)
		pair->counted = pair->part + 1;
	return fresh;
}

static void
login_failed(struct guess *g, const struct notice_record *rec, struct alert_list *out)
{
	struct relation *pair = relation_get(g, rec, PAIR);
	if (!pair)
		return;
	failed(pair, rec);
	judge(g, pair, rec->ts, out);
	bool fresh = pair_fresh(pair), known = pair->reported;
	for (int kind = CLIENT; kind <= SERVER; kind++) {
		struct relation *group = relation_get(g, rec, (enum relation_kind)kind);
		/* a client that is known to guess does not make its server a victim of many */
		if (!group || (kind == SERVER && known))
			continue;
		failed(group, rec);
		if (fresh)
			window_add(group, &group->peers, 1);
		judge(g, group, rec->ts, out);
	}
}

/* An access server asks for all its users: the one let in is not the one refused before. */
static bool
asks_for_many(const struct notice_record *rec)
{
	return rec->service && strcmp(rec->service, "radius") == 0;
}

static void
login_worked(struct guess *g, const struct notice_record *rec, struct alert_list *out)
{
	struct relation *r[RELATION_KINDS];
	bool known = false;
	for (int kind = SERVER; kind >= PAIR; kind--) {
		r[kind] = relation_get(g, rec, (enum relation_kind)kind);
		if (!r[kind])
			return;
		window_add(r[kind], &r[kind]->oks, 1);
		known |= r[kind]->reported && kind != SERVER;
	}
	struct relation *pair = r[PAIR];
	if (known && pair->total && !pair->broken && !asks_for_many(rec)) {
		succeeded(g, pair, rec->ts, out);
	} else if (!pair->reported) {
		/* mistyped, then right: nothing happened */
		memset(&pair->fails, 0, sizeof(pair->fails));
		memset(&pair->tries, 0, sizeof(pair->tries));
		pair->total = 0;
	}
}

static void
guess_record(void *state, const struct notice_record *r, struct alert_list *out)
{
	if (r->kind < NOTICE_LOGIN_TRY || r->kind > NOTICE_LOGIN_OK)
		return;
	relation_room(state);
	struct notice_record failures = *r;
	if (r->kind == NOTICE_LOGIN_OK) {
		failures.kind = NOTICE_LOGIN_FAIL;
		failures.count = r->count > 1 ? r->count - 1 : 0;
	}
	if (failures.count || r->kind != NOTICE_LOGIN_OK)
		login_failed(state, &failures, out);
	if (r->kind == NOTICE_LOGIN_OK)
		login_worked(state, r, out);
}

static void
summarise(struct guess *g, struct relation *r, struct alert_list *out)
{
	if (r->total < NOTICE_GROWTH * r->said)
		return;
	struct alert *a = say(g, r, &sids[r->key.kind], r->last, out);
	if (a)
		facts(g, r, a, "summary");
}

static void
guess_tick(void *state, uint64_t now, struct alert_list *out)
{
	struct guess *g = state;
	uint64_t window = g->env->config.guess_window, quiet = g->env->config.quiet;
	while (g->quiet.oldest) {
		struct relation *r = table_of(g->quiet.oldest, struct relation, age);
		if (r->touched + window > now)
			break;
		relation_forget(g, r);
	}
	while (g->reported.oldest && out->n < ALERT_MAX) {
		struct relation *r = table_of(g->reported.oldest, struct relation, age);
		if (r->touched + (quiet > window ? quiet : window) > now)
			break;
		summarise(g, r, out);
		relation_forget(g, r);
	}
}

static void
guess_finish(void *state, struct alert_list *out)
{
	struct guess *g = state;
	while (g->reported.oldest && out->n < ALERT_MAX) {
		struct relation *r = table_of(g->reported.oldest, struct relation, age);
		summarise(g, r, out);
		relation_forget(g, r);
	}
}

static uint64_t
guess_watched(const void *state)
{
	const struct guess *g = state;
	return g->slab.used;
}

static bool
guess_enabled(const struct notice_config *config)
{
	return config->guess_enabled;
}

static void
guess_destroy(void *state)
{
	struct guess *g = state;
	if (!g)
		return;
	table_fini(&g->table);
	slab_fini(&g->slab);
	free(g);
}

static void *
guess_create(struct detector_env *env)
{
	struct guess *g = calloc(1, sizeof(*g));
	if (!g)
		return NULL;
	/* a login needs its pair, its client and its server at once */
	uint64_t cap =
	    env->config.max_sources < RELATION_KINDS ? RELATION_KINDS : env->config.max_sources;
	g->env = env;
	g->part_ns = env->config.guess_window / WINDOW_PARTS;
	if (!g->part_ns)
		g->part_ns = 1;
	slab_init(&g->slab, sizeof(struct relation), cap);
	if (!table_init(&g->table, cap)) {
		guess_destroy(g);
		return NULL;
	}
	return g;
}

const struct detector detector_guess = {
	.name = "password_guessing",
	.help =
	    "failed logins in a row, against one server or many, and a login that works after them",
	.enabled = guess_enabled,
	.create = guess_create,
	.destroy = guess_destroy,
	.record = guess_record,
	.tick = guess_tick,
	.finish = guess_finish,
	.watched = guess_watched,
};
