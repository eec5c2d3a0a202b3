/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules test: what fires on a capture and where; and for a rule that did not fire on a flow, the
 * first condition that failed, of the trial that came furthest.
 */
#include <stdlib.h>
#include <string.h>

#include "probe/rehearse.h"
#include "rules.h"

#define WATCH_MOST 64 /* rules that are explained without --sid */
#define SILENT_MOST 8 /* flows shown that a rule did not fire on */
#define SHOWN 96
#define ENDS 128

/* One flow of the capture, by its id. */
struct seen {
	uint64_t id;
	char ends[ENDS];
};

/* The furthest that a rule came on a flow. */
struct came {
	uint32_t sid, rank;
	size_t flow; /* of seen, from 1; 0: none */
	enum match_stop stop;
	bool fired;
	uint16_t option;
	char *why;
};

/* Options of a rule, in words. */
struct known {
	uint32_t sid;
	char **option, **buffer;
	bool *negated;
	size_t option_n;
	char *msg;
};

struct test {
	const struct cli *c;
	const char *flow_wanted;
	const char *sid_wanted;
	struct seen *flow;
	size_t flow_n, fired_n, held_n; /* held back: of those that fired */
	struct came *came;
	size_t came_n;
	struct known *known;
	size_t known_n;
	json_t *json;
};

static void *
grown(void *list, size_t n, size_t size)
{
	/* room doubles: n is a power of two when it is used up */
	if (n && (n & (n - 1)))
		return list;
	void *p = reallocarray(list, n ? n * 2 : 1, size);
	if (!p)
		abort();
	return p;
}

static char *
copy(struct buf *b)
{
	char *s = strdup(rules_string(b));
	if (!s)
		abort();
	return s;
}

/* ---- the rules ---- */

/* flowbits have words of their own. */
static void
say_part(const struct test *x, struct buf *words, const struct match_told_part *p)
{
	if (!rules_flowbits(x->c, words, p))
		rules_phrase(x->c, words, p);
}

static void
on_told(void *context, const struct match_told *t)
{
	struct test *x = context;
	struct known *k;

	if (t->disabled || t->failed)
		return;
	x->known = grown(x->known, x->known_n, sizeof(*x->known));
	k = &x->known[x->known_n++];
	*k = (struct known){ .sid = t->sid, .option_n = t->part_n, .msg = strdup(t->msg) };
	k->option = calloc(t->part_n + 1, sizeof(*k->option));
	k->buffer = calloc(t->part_n + 1, sizeof(*k->buffer));
	k->negated = calloc(t->part_n + 1, sizeof(*k->negated));
	if (!k->option || !k->buffer || !k->negated || !k->msg)
		abort();
	for (size_t i = 0; i < t->part_n; i++) {
		struct buf words;
		buf_init(&words, 65536);
		struct match_told_part p = t->part[i];
		p.fast = false; /* of no use here */
		say_part(x, &words, &p);
		k->option[i] = copy(&words);
		k->negated[i] = t->part[i].flags & MATCH_TOLD_NEGATED;
		buf_fini(&words);
	}
}

static const struct known *
known_of(const struct test *x, uint32_t sid)
{
	for (size_t i = 0; i < x->known_n; i++) {
		if (x->known[i].sid == sid)
			return &x->known[i];
	}
	return NULL;
}

static bool
on_watch(void *context, uint32_t gid, uint32_t sid)
{
	struct test *x = context;
	(void)gid;
	return x->sid_wanted ? rules_in_ranges(x->sid_wanted, sid) : x->known_n <= WATCH_MOST;
}

/* ---- flows ---- */

static void
ends_of(char out[ENDS], const struct match_trial *t)
{
	char from[ADDR_TEXT], to[ADDR_TEXT];
	const struct flow_key *k = &t->f->key;

	(void)addr_text(from, &k->client, k->ip_ver);
	(void)addr_text(to, &k->server, k->ip_ver);
	(void)snprintf(out, ENDS, "%s:%u → %s:%u", from, k->cport, to, k->sport);
}

/* Its number from 1, in the order in which they were met; 0 without a flow. */
static size_t
flow_of(struct test *x, const struct match_trial *t)
{
	if (!t->f)
		return 0;
	for (size_t i = x->flow_n; i-- > 0;) {
		if (x->flow[i].id == t->f->id)
			return i + 1;
	}
	x->flow = grown(x->flow, x->flow_n, sizeof(*x->flow));
	x->flow[x->flow_n].id = t->f->id;
	ends_of(x->flow[x->flow_n].ends, t);
	return ++x->flow_n;
}

/* --flow: a number of ours, or a flow_id of an event. */
static bool
flow_asked(const struct test *x, size_t flow)
{
	char id[32];

	if (!x->flow_wanted || !flow)
		return !x->flow_wanted;
	(void)snprintf(id, sizeof(id), "%llu", (unsigned long long)x->flow[flow - 1].id);
	return strtoull(x->flow_wanted, NULL, 10) == flow || strcmp(x->flow_wanted, id) == 0;
}

/* ---- what fired ---- */

static json_t *
found_json(const struct match_found *f)
{
	struct buf bytes;
	char number[32];

	buf_init(&bytes, 65536);
	rules_bytes(&bytes, (struct view){ f->data.ptr + f->start, f->end - f->start }, SHOWN);
	(void)snprintf(number, sizeof(number), "%llu", (unsigned long long)(f->at + f->start));
	json_t *o = json_pack("{ss ss ss}", "buffer", f->buffer ? f->buffer : "", "offset", number,
	    "bytes", rules_string(&bytes));
	buf_fini(&bytes);
	return o;
}

static void
fired(struct test *x, const struct match_trial *t, size_t flow)
{
	const struct known *k = known_of(x, t->sid);
	json_t *found = json_array();

	x->fired_n++;
	for (size_t i = 0; i < t->found_n; i++)
		(void)json_array_append_new(found, found_json(&t->found[i]));
	(void)json_array_append_new(
	    x->json, json_pack("{sI si si ss ss so}", "packet", (json_int_t)t->p->frame.number,
			 "flow", (int)flow, "sid", (int)t->sid, "msg", k ? k->msg : "", "direction",
			 t->dir == DIR_TO_SERVER ? "to_server" : "to_client", "found", found));
}

static void
on_held_back(void *context, uint32_t sid)
{
	struct test *x = context;
	json_t *last = json_array_get(x->json, json_array_size(x->json) - 1);

	if (json_array_size(x->json) && cli_number_at(last, "sid", 0) == (long long)sid &&
	    !json_object_get(last, "held_back")) {
		(void)json_object_set_new(last, "held_back", json_true());
		x->held_n++;
	}
}

/* ---- why not ---- */

static const enum text_id stops[] = {
	[MATCH_STOP_TRANSPORT] = TEXT_STOP_TRANSPORT,
	[MATCH_STOP_PLACE] = TEXT_STOP_PLACE,
	[MATCH_STOP_ADDRESS] = TEXT_STOP_ADDRESS,
	[MATCH_STOP_PORT] = TEXT_STOP_PORT,
	[MATCH_STOP_FLOW] = TEXT_STOP_FLOW,
	[MATCH_STOP_DIRECTION] = TEXT_STOP_DIRECTION,
	[MATCH_STOP_ESTABLISHED] = TEXT_STOP_ESTABLISHED,
	[MATCH_STOP_NEW] = TEXT_STOP_NEW,
	[MATCH_STOP_PROTO] = TEXT_STOP_PROTO,
	[MATCH_STOP_READY] = TEXT_STOP_READY,
	[MATCH_STOP_TEST] = TEXT_STOP_TEST,
	[MATCH_STOP_BUFFER] = TEXT_STOP_BUFFER,
	[MATCH_STOP_PATTERN] = TEXT_STOP_PATTERN,
	[MATCH_STOP_SPOKEN] = TEXT_STOP_SPOKEN,
};

static void
put_where(const struct test *x, struct buf *out, const struct match_trial *t)
{
	const char *gap = x->c->chinese ? "；" : "; ";
	struct buf bytes;
	char number[32];
	size_t from = t->last.start < t->last.data.len ? t->last.start : 0;

	buf_init(&bytes, 65536);
	rules_bytes(
	    &bytes, (struct view){ t->last.data.ptr + from, t->last.data.len - from }, SHOWN);
	(void)snprintf(number, sizeof(number), "%llu", (unsigned long long)(t->last.at + from));
	buf_add(out, gap, strlen(gap));
	if (from)
		PUT(x->c, out, TEXT_TRY_THERE, number, rules_string(&bytes));
	else
		PUT(x->c, out, TEXT_TRY_BEGINS, rules_string(&bytes));
	buf_fini(&bytes);
}

static char *
why(const struct test *x, const struct match_trial *t)
{
	const struct known *k = known_of(x, t->sid);
	bool has = k && t->option && t->option <= k->option_n;
	const char *phrase = has ? k->option[t->option - 1] : "?";
	const char *buffer = t->last.buffer ? t->last.buffer : "payload";
	struct view name = { (const uint8_t *)buffer, strlen(buffer) };
	enum text_id id = stops[t->stop];
	struct buf out, place;

	buf_init(&out, 65536);
	buf_init(&place, 65536);
	rules_place(x->c, &place, name);
	if (t->stop == MATCH_STOP_TEST)
		PUT(x->c, &out, id, phrase);
	else if (t->stop == MATCH_STOP_PROTO && t->f && l7_proto_name(l7_proto(t->f)))
		PUT(x->c, &out, id, l7_proto_name(l7_proto(t->f)));
	else if (t->stop == MATCH_STOP_PROTO)
		PUT(x->c, &out, TEXT_STOP_PROTO_NONE, NULL);
	else if (t->stop == MATCH_STOP_PATTERN && has && k->negated[t->option - 1])
		PUT(x->c, &out, TEXT_STOP_PATTERN_NOT, rules_string(&place), phrase);
	else if (t->stop == MATCH_STOP_PATTERN)
		PUT(x->c, &out, id, rules_string(&place), phrase);
	else
		PUT(x->c, &out, id, rules_string(&place), buffer);
	if (t->stop == MATCH_STOP_PATTERN && t->last.data.ptr)
		put_where(x, &out, t);
	char *text = copy(&out);
	buf_fini(&out);
	buf_fini(&place);
	return text;
}

static struct came *
came_of(struct test *x, uint32_t sid, size_t flow)
{
	for (size_t i = 0; i < x->came_n; i++) {
		if (x->came[i].sid == sid && x->came[i].flow == flow)
			return &x->came[i];
	}
	x->came = grown(x->came, x->came_n, sizeof(*x->came));
	x->came[x->came_n] = (struct came){ .sid = sid, .flow = flow };
	return &x->came[x->came_n++];
}

static void
on_trial(void *context, const struct match_trial *t)
{
	struct test *x = context;
	size_t flow = flow_of(x, t);

	if (!flow_asked(x, flow) || (x->sid_wanted && !rules_in_ranges(x->sid_wanted, t->sid)))
		return;
	if (t->stop == MATCH_STOP_NOT) {
		came_of(x, t->sid, flow)->fired = true;
		fired(x, t, flow);
		return;
	}
	if (!on_watch(x, t->gid, t->sid))
		return;
	struct came *k = came_of(x, t->sid, flow);
	uint32_t rank = (uint32_t)t->stop * 1000 + t->option;
	if (k->fired || rank < k->rank || (rank == k->rank && k->why))
		return;
	free(k->why);
	k->rank = rank;
	k->stop = t->stop;
	k->option = t->option;
	k->why = why(x, t);
}

/* ---- saying it ---- */

static void
print_fired(const struct test *x)
{
	const struct cli *c = x->c;
	const char *headings[] = { text_of(c, TEXT_TRY_PACKET), text_of(c, TEXT_TRY_FLOW), "SID",
		text_of(c, TEXT_MESSAGE) };
	struct table *t = table_new(headings, 4, 3);
	json_t *one, *f;
	size_t i, k;
	char n[32], text[1024];

	json_array_foreach(x->json, i, one)
	{
		(void)snprintf(n, sizeof(n), "%lld", cli_number_at(one, "packet", 0));
		table_cell(t, n);
		(void)snprintf(n, sizeof(n), "%lld", cli_number_at(one, "flow", 0));
		table_cell(t, n);
		(void)snprintf(n, sizeof(n), "%lld", cli_number_at(one, "sid", 0));
		table_cell(t, n);
		(void)snprintf(text, sizeof(text), "%s%s", cli_text_at(one, "msg"),
		    json_object_get(one, "held_back") ? text_of(c, TEXT_TRY_HELD_BACK) : "");
		table_cell(t, text);
		json_array_foreach(cli_at(one, "found"), k, f)
		{
			const char *args[3] = { cli_text_at(f, "buffer"), cli_text_at(f, "offset"),
				cli_text_at(f, "bytes") };
			text_fill(c, text, sizeof(text), TEXT_TRY_FOUND, args);
			for (int e = 0; e < 3; e++)
				table_cell(t, " ");
			table_cell(t, text);
		}
	}
	if (x->fired_n)
		table_print(t, c, stdout);
	table_free(t);
}

static int
further(const void *a, const void *b)
{
	const struct came *x = a, *y = b;
	if (x->sid != y->sid)
		return x->sid < y->sid ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? 1 : -1;
	return (x->flow > y->flow) - (x->flow < y->flow);
}

static void
print_silent(const struct test *x)
{
	const struct cli *c = x->c;
	char sid[32], flow[32 + ENDS], more[32];
	size_t shown = 0, hidden = 0;

	for (size_t i = 0; i < x->came_n; i++) {
		const struct came *k = &x->came[i];
		bool first = i == 0 || x->came[i - 1].sid != k->sid;
		bool last = i + 1 == x->came_n || x->came[i + 1].sid != k->sid;
		if (first)
			shown = hidden = 0;
		(void)snprintf(sid, sizeof(sid), "%u", k->sid);
		(void)snprintf(flow, sizeof(flow), "%zu (%s)", k->flow,
		    k->flow ? x->flow[k->flow - 1].ends : "");
		bool again = !first && x->came[i - 1].why && k->why &&
			     strcmp(x->came[i - 1].why, k->why) == 0;
		if (!k->fired && k->why && (x->flow_wanted || (shown < SILENT_MOST && !again))) {
			shown++;
			SAY(c, stdout, TEXT_TRY_SILENT, sid, flow, k->why);
		} else {
			hidden += !k->fired;
		}
		(void)snprintf(more, sizeof(more), "%zu", hidden);
		if (last && hidden)
			SAY(c, stdout, TEXT_TRY_MORE, more);
	}
}

/* Rules that were looked for and never tried. */
static void
print_never(const struct test *x)
{
	char sid[32];

	for (size_t i = 0; i < x->known_n; i++) {
		bool tried = !on_watch((void *)(uintptr_t)x, 1, x->known[i].sid);
		for (size_t k = 0; k < x->came_n && !tried; k++)
			tried = x->came[k].sid == x->known[i].sid;
		(void)snprintf(sid, sizeof(sid), "%u", x->known[i].sid);
		if (!tried)
			SAY(x->c, stdout, TEXT_TRY_NEVER, sid);
	}
}

static void
print_json(const struct test *x)
{
	json_t *silent = json_array();

	for (size_t i = 0; i < x->came_n; i++) {
		const struct came *k = &x->came[i];
		if (!k->fired && k->why)
			(void)json_array_append_new(silent,
			    json_pack("{si si ss ss}", "sid", (int)k->sid, "flow", (int)k->flow,
				"ends", k->flow ? x->flow[k->flow - 1].ends : "", "why", k->why));
	}
	json_t *all = json_pack("{sO so}", "fired", x->json, "silent", silent);
	cli_print_json(all);
	json_decref(all);
}

static void
say_all(struct test *x)
{
	char a[32], r[32], f[32];

	if (x->came_n)
		qsort(x->came, x->came_n, sizeof(*x->came), further);
	if (x->c->json) {
		print_json(x);
		return;
	}
	print_fired(x);
	print_silent(x);
	print_never(x);
	(void)snprintf(a, sizeof(a), "%zu", x->fired_n - x->held_n);
	(void)snprintf(r, sizeof(r), "%zu", x->known_n);
	(void)snprintf(f, sizeof(f), "%zu", x->flow_n);
	SAY(x->c, stdout, TEXT_TRY_FIRED, a, r, f);
}

static void
forget(struct test *x)
{
	for (size_t i = 0; i < x->came_n; i++)
		free(x->came[i].why);
	for (size_t i = 0; i < x->known_n; i++) {
		for (size_t k = 0; k < x->known[i].option_n; k++)
			free(x->known[i].option[k]);
		free(x->known[i].option);
		free(x->known[i].buffer);
		free(x->known[i].negated);
		free(x->known[i].msg);
	}
	free(x->came);
	free(x->known);
	free(x->flow);
	json_decref(x->json);
}

static void
on_problem(void *context, const struct match_problem *p)
{
	struct test *x = context;
	char sid[32];
	bool asked = x->sid_wanted && p->sid && rules_in_ranges(x->sid_wanted, p->sid);

	/* what is wrong with other rules is not the question */
	if (x->c->json || (x->sid_wanted && p->sid && !asked))
		return;
	rules_print_problem(x->c, p);
	(void)snprintf(sid, sizeof(sid), "%u", p->sid);
	if (asked)
		SAY(x->c, stdout, TEXT_TRY_BROKEN, sid);
}

int
rules_test(const struct cli *c, int argc, char **argv)
{
	struct test x = { .c = c };
	const char *config = NULL;
	struct cli_option rows[] = { { "-c", &config, NULL }, { "--sid", &x.sid_wanted, NULL },
		{ "--flow", &x.flow_wanted, NULL } };
	int n = cli_options(c, argc, argv, rows, 3), code;
	struct rules_source s = { 0 };
	struct err e = { "" };

	if (n != 2)
		return n < 0 ? CLI_USAGE : rules_usage(c, "test");
	code = rules_open(&s, c, config, 1, argv);
	x.json = json_array();
	if (!code) {
		struct match_load load = rules_load(&s);
		load.read_only = false;
		load.told = on_told;
		load.problem = on_problem;
		load.context = &x;
		struct rehearse r = { .load = &load,
			.trace = { .context = &x,
			    .trial = on_trial,
			    .watch = on_watch,
			    .held_back = on_held_back } };
		if (rehearse(&r, &s.o, argv[1], &e) != 0) {
			cli_complain("%s", e.text);
			code = CLI_FAILED;
		} else {
			say_all(&x);
			code = r.damaged              ? CLI_NOT_FOUND
			       : x.fired_n > x.held_n ? CLI_WELL
						      : CLI_FAILED;
		}
	}
	forget(&x);
	rules_close(&s);
	return code;
}
