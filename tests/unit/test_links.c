/* SPDX-License-Identifier: Apache-2.0 */
/* links: names of interfaces, the idle and the one-way alarm, sums over workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probe/links.h"

#define S 1000000000ull
#define BEGIN (1700000000 * S)

static const char *const faces[] = { "wl-a", "wl-b" };
static struct err e;
static struct links_report last;
static unsigned changes;

static void
changed(void *context, const struct links_report *r)
{
	(void)context;
	last = *r;
	changes++;
}

static struct links *
make(struct conf_pair *pair, size_t n, unsigned workers)
{
	struct conf_map map = { pair, n };
	struct links_config config = { .rows = &map,
		.interface = faces,
		.n = 2,
		.workers = workers,
		.idle = 60 * S,
		.one_way = 20 };

	changes = 0;
	return links_new(&config, &e);
}

static void
takes_names(void **state)
{
	char b[] = "wl-b", words[] = "name=uplink  direction=in segment=office";
	char lo[] = "lo", own[] = "name=own";
	struct conf_pair pair[] = { { b, words }, { lo, own } };
	struct conf_map map = { pair, 2 };
	struct links *l = make(pair, 2, 1);
	(void)state;

	assert_int_equal(links_check(&map, faces, 2, &e), 0);
	assert_int_equal(links_check(&map, NULL, 0, &e), 0);

	assert_non_null(l);
	const struct links_row *row = links_find(l, "wl-b");
	assert_string_equal(row->name, "uplink");
	assert_string_equal(row->direction, "in");
	assert_string_equal(row->segment, "office");
	assert_null(links_find(l, "wl-a"));
	assert_null(links_find(NULL, "wl-a"));
	links_free(l);
}

static void
refuses_slips(void **state)
{
	static const struct {
		const char *interface, *value, *said;
	} bad[] = {
		{ "wl-a", "name=x colour=red", "\"colour\", allowed name, direction, segment" },
		{ "wl-a", "direction=up", "\"up\", allowed in, out, both" },
		{ "wl-a", "uplink", "\"uplink\", allowed KEY=VALUE" },
		{ "wl-a", "name=", "allowed KEY=VALUE" },
		{ "wl-none", "name=x", "capture.links.wl-none: there is no such interface" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct conf_pair pair = { (char *)bad[i].interface, (char *)bad[i].value };
		struct conf_map map = { &pair, 1 };
		assert_int_equal(links_check(&map, faces, 2, &e), -1);
		assert_non_null(strstr(e.text, bad[i].said));
	}
}

/* Frames of one worker on one link, judged at second t. */
static void
at(struct links *l, unsigned t, unsigned worker, uint64_t frames)
{
	struct capture_stats s = {
		.frames = frames, .bytes = frames * 100, .kernel_drops = worker
	};

	links_captured(l, worker, 0, &s);
	links_judge(l, BEGIN + t * S, changed, NULL);
}

static void
says_idle_and_well(void **state)
{
	struct links *l = make(NULL, 0, 2);
	(void)state;

	for (unsigned t = 0; t < 60; t++)
		at(l, t, 0, 0);
	assert_int_equal(changes, 0);
	at(l, 60, 0, 0); /* nothing from the start: both links */
	assert_int_equal(changes, 2);
	assert_int_equal(last.state, LINKS_IDLE);
	at(l, 61, 1, 5);
	assert_int_equal(changes, 3);
	assert_int_equal(last.state, LINKS_OK);
	assert_string_equal(last.row->interface, "wl-a");
	at(l, 100, 0, 7);
	at(l, 159, 0, 7);
	assert_int_equal(changes, 3);
	at(l, 160, 0, 7);
	assert_int_equal(changes, 4);
	assert_int_equal(last.state, LINKS_IDLE);
	assert_true(last.since == BEGIN + 100 * S);
	struct links_report r;
	(void)links_report(l, 0, BEGIN + 170 * S, &r);
	assert_int_equal(r.packets, 12);
	assert_int_equal(r.bytes, 1200);
	assert_int_equal(r.kernel_drops, 1);
	assert_true(r.quiet == 70 * S);
	links_free(l);
}

/* A frame each 70 seconds, for three hours: that is how the link is. */
static void
bears_a_quiet_link(void **state)
{
	struct links *l = make(NULL, 0, 2);
	(void)state;

	for (unsigned t = 0; t < 10800; t++)
		at(l, t, 0, 1 + t / 70);
	assert_in_range(changes, 3 * 2, 24 + 1); /* of 300, and the other link's one */
	for (unsigned t = 10800; t < 12000; t++)
		at(l, t, 0, 1000);
	assert_int_equal(last.state, LINKS_IDLE); /* when it falls silent that is still said */
	links_free(l);
}

/* What worker `worker` says of the interface, judged at second t. */
static void
down_at(struct links *l, unsigned t, unsigned worker, bool down)
{
	struct capture_stats s = { .frames = worker ? 0 : 5, .down = down };

	links_captured(l, worker, 0, &s);
	links_judge(l, BEGIN + t * S, changed, NULL);
}

static void
says_down_and_up(void **state)
{
	struct links *l = make(NULL, 0, 2);
	(void)state;

	down_at(l, 0, 0, false);
	down_at(l, 1, 1, true); /* the first worker speaks for it */
	assert_int_equal(changes, 0);
	down_at(l, 30, 0, true);
	assert_int_equal(changes, 1);
	assert_int_equal(last.state, LINKS_DOWN);
	assert_true(last.since == BEGIN + 30 * S);
	down_at(l, 58, 0, true);
	assert_int_equal(changes, 1); /* and not idle besides */
	down_at(l, 59, 0, false);
	assert_int_equal(changes, 2);
	assert_int_equal(last.state, LINKS_OK);
	assert_int_equal(last.before, LINKS_DOWN);
	links_free(l);
}

static void
connections(struct links *l, unsigned n, enum links_sides sides)
{
	while (n--)
		links_connection(l, n % 2, 0, sides);
}

static void
says_one_way_and_well(void **state)
{
	struct links *l = make(NULL, 0, 2);
	(void)state;

	at(l, 0, 0, 1);
	connections(l, 19, LINKS_ONE);
	connections(l, 500, LINKS_NEITHER);
	at(l, 1, 0, 2);
	assert_int_equal(changes, 0);
	connections(l, 1, LINKS_BOTH);
	at(l, 2, 0, 3); /* 19 of 20 */
	assert_int_equal(changes, 1);
	assert_int_equal(last.state, LINKS_ONE_WAY);
	assert_int_equal(last.connections, 20);
	assert_int_equal(last.one_way, 19);
	connections(l, 19, LINKS_BOTH);
	at(l, 3, 0, 4); /* too few to say anything else */
	assert_int_equal(changes, 1);
	connections(l, 1, LINKS_BOTH);
	at(l, 4, 0, 5);
	assert_int_equal(changes, 2);
	assert_int_equal(last.state, LINKS_OK);
	links_free(l);
}

/* Connections of long ago say nothing of now. */
static void
forgets(void **state)
{
	struct links *l = make(NULL, 0, 2);
	(void)state;

	at(l, 0, 0, 1);
	for (unsigned i = 1; i <= 20; i++) {
		connections(l, 2, LINKS_ONE); /* 40 in all, at most 14 in any 300 s */
		at(l, i * 50, 0, 1 + i);
	}
	assert_int_equal(changes, 1); /* that the other link is idle */
	assert_string_equal(last.row->interface, "wl-b");
	(void)links_report(l, 0, BEGIN + 900 * S, &last);
	assert_int_equal(last.state, LINKS_OK);
	links_free(l);
}

static void
judges_connections(void **state)
{
	static const struct {
		uint64_t packets[2];
		uint8_t flags[2];
		enum links_sides sides;
	} cases[] = {
		{ { 3, 2 }, { 0x12, 0x12 }, LINKS_BOTH },
		{ { 1, 0 }, { 0x02, 0 }, LINKS_NEITHER }, /* a SYN */
		{ { 6, 0 }, { 0x02, 0 }, LINKS_NEITHER }, /* and again */
		{ { 0, 5 }, { 0, 0x12 }, LINKS_NEITHER }, /* answers to a forged address */
		{ { 1, 0 }, { 0x29, 0 }, LINKS_NEITHER }, /* a probe */
		{ { 5, 0 }, { 0x1a, 0 }, LINKS_ONE },     /* it went on with data */
		{ { 0, 5 }, { 0, 0x11 }, LINKS_ONE },     /* the other half */
		{ { 2, 0 }, { 0x18, 0 }, LINKS_NEITHER }, /* too little to say */
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(links_sides(cases[i].packets, cases[i].flags), cases[i].sides);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_names),
		cmocka_unit_test(refuses_slips),
		cmocka_unit_test(says_idle_and_well),
		cmocka_unit_test(says_down_and_up),
		cmocka_unit_test(bears_a_quiet_link),
		cmocka_unit_test(says_one_way_and_well),
		cmocka_unit_test(forgets),
		cmocka_unit_test(judges_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
