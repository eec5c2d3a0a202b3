/* SPDX-License-Identifier: Apache-2.0 */
/* links: see include/probe/links.h. */
#include "probe/links.h"

#include <net/if.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOSTLY 95 /* per cent of connections with one side, for one-way */

/* A link that falls silent and comes back more often than that is quiet by nature: each time more
 * it is given twice as long before it is said to be idle, up to PATIENCE_MOST times. */
#define RETURNS 3
#define RETURNS_WITHIN 3600000000000u /* ns */
#define PATIENCE_MOST 8

/*
 * Connections are counted over a window of SLOTS * SLOT, so that what was long ago does not hide
 * what is now; a change of state begins it anew.
 */
#define SLOTS 10
#define SLOT 30000000000u /* ns */

/* What one worker counts of one link. Written by the worker alone, read by who sums. */
struct tally {
	_Atomic uint64_t packets, bytes, kernel_drops, if_drops, connections, one_way, down;
	char apart[8]; /* a cache line each */
};
_Static_assert(sizeof(struct tally) == 64, "workers must not share a line");

struct sums {
	uint64_t connections, one_way;
};

struct link {
	struct links_row row; /* its texts are in `text` */
	char *text;
	enum links_state state;
	uint64_t since;
	uint64_t packets;      /* when last judged */
	uint64_t heard;        /* ns: when that last grew; 0: not judged yet */
	uint64_t returns_from; /* ns: since when they are counted */
	unsigned returns;      /* from idle to well */
	unsigned patience;     /* doublings of the idle alarm; see RETURNS */
	struct sums seen;      /* when last judged */
	struct sums slot[SLOTS];
	uint64_t slot_number; /* of the newest slot: time / SLOT */
};

struct links {
	struct links_config config;
	struct link *link;   /* [n] */
	struct tally *tally; /* [workers][n] */
};

/* ---- the setting ---- */

static bool
direction_known(const char *text)
{
	return strcmp(text, "in") == 0 || strcmp(text, "out") == 0 || strcmp(text, "both") == 0;
}

/* One KEY=VALUE; the row points into it. */
static int
take_word(const char *interface, char *word, struct links_row *row, struct err *e)
{
	char *value = strchr(word, '=');

	if (!value || !value[1])
		return err_set(
		    e, "capture.links.%s: found \"%.60s\", allowed KEY=VALUE", interface, word);
	*value++ = '\0';
	if (strcmp(word, "name") == 0)
		row->name = value;
	else if (strcmp(word, "segment") == 0)
		row->segment = value;
	else if (strcmp(word, "direction") != 0)
		return err_set(e,
		    "capture.links.%s: found \"%.60s\", allowed name, direction, segment",
		    interface, word);
	else if (!direction_known(value))
		return err_set(e,
		    "capture.links.%s: direction: found \"%.60s\", allowed in, out, both",
		    interface, value);
	else
		row->direction = value;
	return 0;
}

/* Cuts the text into the row's values. */
static int
parse_row(const char *interface, char *text, struct links_row *row, struct err *e)
{
	char *rest = NULL;

	*row = (struct links_row){ .interface = interface };
	for (char *w = strtok_r(text, " \t", &rest); w; w = strtok_r(NULL, " \t", &rest))
		if (take_word(interface, w, row, e) != 0)
			return -1;
	return 0;
}

static int
check_row(const struct conf_pair *pair, struct err *e)
{
	char *text = strdup(pair->value);
	struct links_row row;
	int rc = text ? parse_row(pair->name, text, &row, e) : err_set(e, "out of memory");

	free(text);
	return rc;
}

static bool
among(const char *name, const char *const *interface, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(interface[i], name) == 0)
			return true;
	return false;
}

int
links_check(const struct conf_map *rows, const char *const *interface, size_t n, struct err *e)
{
	for (size_t i = 0; i < rows->n; i++) {
		const char *name = rows->pair[i].name;
		if (check_row(&rows->pair[i], e) != 0)
			return -1;
		/* one that is not captured now is allowed; one that is nowhere is a slip */
		if (n && !among(name, interface, n) && if_nametoindex(name) == 0)
			return err_set(e, "capture.links.%s: there is no such interface", name);
	}
	return 0;
}

static int
fill_row(struct link *k, const char *interface, const struct conf_map *rows, struct err *e)
{
	const char *text = conf_map_find(rows, interface);

	k->row = (struct links_row){ .interface = interface };
	if (!text)
		return 0;
	k->text = strdup(text);
	return k->text ? parse_row(interface, k->text, &k->row, e) : err_set(e, "out of memory");
}

struct links *
links_new(const struct links_config *config, struct err *e)
{
	struct links *l = calloc(1, sizeof(*l));
	size_t n = config->n ? config->n : 1, workers = config->workers ? config->workers : 1;

	if (l) {
		l->config = *config;
		l->config.workers = (unsigned)workers;
		l->link = calloc(n, sizeof(*l->link));
		l->tally = calloc(n * workers, sizeof(*l->tally));
	}
	if (!l || !l->link || !l->tally) {
		(void)err_set(e, "out of memory");
		goto failed;
	}
	for (size_t i = 0; i < config->n; i++)
		if (fill_row(&l->link[i], config->interface[i], config->rows, e) != 0)
			goto failed;
	l->config.rows = NULL; /* not kept */
	return l;
failed:
	links_free(l);
	return NULL;
}

void
links_free(struct links *l)
{
	if (!l)
		return;
	for (size_t i = 0; l->link && i < l->config.n; i++)
		free(l->link[i].text);
	free(l->link);
	free(l->tally);
	free(l);
}

const struct links_row *
links_find(const struct links *l, const char *interface)
{
	for (size_t i = 0; l && interface && i < l->config.n; i++)
		if (strcmp(l->link[i].row.interface, interface) == 0)
			return l->link[i].text ? &l->link[i].row : NULL;
	return NULL;
}

/* ---- counting ---- */

enum links_sides
links_sides(const uint64_t packets[2], const uint8_t tcp_flags[2])
{
	unsigned seen = packets[0] ? 0 : 1; /* the side, when there is one only */

	if (packets[0] && packets[1])
		return LINKS_BOTH;
	/* an attempt or an answer to a forged one is not followed by data or an orderly end */
	if (packets[seen] < 3 || !(tcp_flags[seen] & TCP_ACK) ||
	    !(tcp_flags[seen] & (TCP_PSH | TCP_FIN)))
		return LINKS_NEITHER;
	return LINKS_ONE;
}

static struct tally *
tally_of(const struct links *l, unsigned worker, size_t i)
{
	return &l->tally[worker * l->config.n + i];
}

/* No lock: one thread writes, and the reader needs no two numbers of one moment. */
static void
put(_Atomic uint64_t *to, uint64_t value)
{
	atomic_store_explicit(to, value, memory_order_relaxed);
}

static uint64_t
get(const _Atomic uint64_t *from)
{
	return atomic_load_explicit(from, memory_order_relaxed);
}

void
links_connection(struct links *l, unsigned worker, size_t i, enum links_sides sides)
{
	struct tally *t = tally_of(l, worker, i);

	if (sides == LINKS_NEITHER)
		return;
	put(&t->connections, get(&t->connections) + 1);
	if (sides == LINKS_ONE)
		put(&t->one_way, get(&t->one_way) + 1);
}

void
links_captured(struct links *l, unsigned worker, size_t i, const struct capture_stats *s)
{
	struct tally *t = tally_of(l, worker, i);

	put(&t->packets, s->frames);
	put(&t->bytes, s->bytes);
	put(&t->kernel_drops, s->kernel_drops);
	put(&t->if_drops, s->if_drops);
	put(&t->down, s->down);
}

bool
links_report(const struct links *l, size_t i, uint64_t now, struct links_report *out)
{
	if (i >= l->config.n)
		return false;
	const struct link *k = &l->link[i];
	*out = (struct links_report){ .row = &k->row, .state = k->state, .since = k->since };
	for (unsigned w = 0; w < l->config.workers; w++) {
		const struct tally *t = tally_of(l, w, i);
		out->packets += get(&t->packets);
		out->bytes += get(&t->bytes);
		out->kernel_drops += get(&t->kernel_drops);
		out->if_drops += get(&t->if_drops);
		out->connections += get(&t->connections);
		out->one_way += get(&t->one_way);
	}
	if (out->packets == k->packets && k->heard && now > k->heard)
		out->quiet = now - k->heard;
	return true;
}

/* ---- judging ---- */

/* Slots that time has passed are emptied. */
static void
turn_window(struct link *k, uint64_t now)
{
	uint64_t number = now / SLOT;
	uint64_t passed = number > k->slot_number ? number - k->slot_number : 0;

	for (uint64_t i = 0; i < passed && i < SLOTS; i++)
		k->slot[(number - i) % SLOTS] = (struct sums){ 0 };
	if (passed)
		k->slot_number = number;
}

/* What came since last time, into the newest slot. */
static void
add_connections(struct link *k, const struct links_report *r)
{
	struct sums *slot = &k->slot[k->slot_number % SLOTS];

	slot->connections += r->connections - k->seen.connections;
	slot->one_way += r->one_way - k->seen.one_way;
	k->seen = (struct sums){ r->connections, r->one_way };
}

static enum links_state
judge_sides(const struct link *k, uint64_t enough)
{
	enum links_state before = k->state == LINKS_ONE_WAY ? LINKS_ONE_WAY : LINKS_OK;
	struct sums all = { 0 };

	for (size_t i = 0; i < SLOTS; i++) {
		all.connections += k->slot[i].connections;
		all.one_way += k->slot[i].one_way;
	}
	if (!enough || all.connections < enough)
		return before;
	return all.one_way * 100 >= all.connections * MOSTLY ? LINKS_ONE_WAY : LINKS_OK;
}

/* Worker 0 speaks for the interface. */
static bool
is_down(const struct links *l, size_t i)
{
	return get(&tally_of(l, 0, i)->down) != 0;
}

/* It was idle and is well again. */
static void
count_return(struct link *k, uint64_t now)
{
	if (now - k->returns_from > RETURNS_WITHIN) {
		k->returns_from = now;
		k->returns = 0;
		k->patience = 0;
	}
	if (++k->returns > RETURNS && 1u << k->patience < PATIENCE_MOST)
		k->patience++;
}

/* It was not silent, it was not there. */
static void
came_up(struct link *k, uint64_t now)
{
	k->state = LINKS_OK;
	k->heard = now;
}

static void
judge(struct links *l, size_t i, uint64_t now, struct links_report *r)
{
	struct link *k = &l->link[i];
	enum links_state before = k->state;

	(void)links_report(l, i, now, r);
	if (!k->heard || r->packets != k->packets) {
		k->heard = now;
		k->packets = r->packets;
		r->quiet = 0;
	}
	turn_window(k, now);
	add_connections(k, r);
	if (is_down(l, i))
		k->state = LINKS_DOWN;
	else if (before == LINKS_DOWN)
		came_up(k, now);
	else if (l->config.idle && now > k->heard &&
		 now - k->heard >= l->config.idle << k->patience)
		k->state = LINKS_IDLE;
	else
		k->state = judge_sides(k, l->config.one_way);
	if (k->state == before)
		return;
	if (before == LINKS_IDLE && k->state != LINKS_DOWN)
		count_return(k, now);
	k->since = k->state == LINKS_IDLE ? k->heard : now;
	memset(k->slot, 0, sizeof(k->slot));
	r->state = k->state;
	r->before = before;
	r->since = k->since;
}

void
links_judge(struct links *l, uint64_t now,
    void (*changed)(void *context, const struct links_report *r), void *context)
{
	for (size_t i = 0; i < l->config.n; i++) {
		enum links_state before = l->link[i].state;
		struct links_report r;

		judge(l, i, now, &r);
		if (l->link[i].state != before)
			changed(context, &r);
	}
}

void
links_text(char out[LINKS_TEXT], const struct links_report *r)
{
	const char *name = r->row->name ? r->row->name : "";
	int n = snprintf(out, LINKS_TEXT, "%s%s%.100s%s: ", r->row->interface, *name ? " (" : "",
	    name, *name ? ")" : "");

	if (r->state == LINKS_IDLE)
		(void)snprintf(out + n, LINKS_TEXT - (size_t)n, "no frame for %llu s",
		    (unsigned long long)(r->quiet / 1000000000));
	else if (r->state == LINKS_DOWN)
		(void)snprintf(out + n, LINKS_TEXT - (size_t)n, "the interface is down or gone");
	else if (r->state == LINKS_ONE_WAY)
		(void)snprintf(out + n, LINKS_TEXT - (size_t)n,
		    "TCP connections show one direction only (%llu of %llu since the start)",
		    (unsigned long long)r->one_way, (unsigned long long)r->connections);
	else
		(void)snprintf(out + n, LINKS_TEXT - (size_t)n, "the link is well again");
}

const char *
links_state_name(enum links_state state)
{
	static const char *const name[] = { "ok", "idle", "one-way", "down" };

	return name[state];
}
