/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow: what is sent to be seen by us and not by the receiver, or by the receiver and not by us. A
 * reader gets what the receiver gets, whichever comes first.
 */
#include "stream_bench.h"

/* A held segment from 4 to 8, and the ways another can overlap it: who wins, by policy. */
struct shape {
	uint32_t from, to;
};

static const struct shape shapes[] = { { 2, 6 }, { 2, 8 }, { 2, 10 }, { 4, 6 }, { 4, 8 }, { 4, 10 },
	{ 5, 7 }, { 6, 8 }, { 6, 10 } };
#define SHAPES (sizeof(shapes) / sizeof(*shapes))

struct row {
	const char *policy;
	const char *wins; /* '1': the later segment does, by shape */
};

static const struct row rows[] = {
	{ "first", "000000000" },
	{ "vista", "000000000" },
	{ "last", "111111111" },
	{ "bsd", "111000000" },
	{ "bsd-right", "111000000" },
	{ "windows", "111000000" },
	{ "windows2k3", "111000000" },
	{ "macos", "111000000" },
	{ "irix", "111000000" },
	{ "hpux10", "111000000" },
	{ "linux", "111001000" },
	{ "old-linux", "111011000" },
	{ "solaris", "011001001" },
	{ "old-solaris", "011001001" },
	{ "hpux11", "011001001" },
};

static void
one_overlap(const struct row *row, size_t i)
{
	struct bench b;
	char later[16] = { 0 }, want[16] = "abcdAAAA";
	const struct shape *sh = &shapes[i];

	memset(later, 'n', sh->to - sh->from);
	for (uint32_t k = sh->from; k < sh->to; k++)
		if (k < 4 || k >= 8 || row->wins[i] == '1')
			want[k] = 'n';
	open_policy(&b, 1 << 16, 0, row->policy);
	begin(&b, 100, 500);
	text(&b, 'C', 104, 500, "AAAA");
	text(&b, 'C', 100 + sh->from, 500, later);
	assert_int_equal(flow_count(b.t)->stream_overlaps, 1);
	text(&b, 'C', 100, 500, "ab");
	text(&b, 'C', 102, 500, "cd");
	expect(&b, DIR_TO_SERVER, want);
	close_bench(&b);
}

static void
overlaps_go_as_their_receiver_has_it(void **state)
{
	(void)state;
	for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++)
		for (size_t i = 0; i < SHAPES; i++)
			one_overlap(&rows[r], i);
}

/* What closes a hole covers what waits behind it. */
static void
who_closes_the_hole_counts_too(void **state)
{
	static const char *const want[][3] = { { "first", "nnAAAA", "nnAAAAnn" },
		{ "linux", "nnnnAA", "nnnnnnnn" }, { "windows", "nnnnAA", "nnnnnnnn" },
		{ "solaris", "nnAAAA", "nnnnnnnn" }, { "last", "nnnnAA", "nnnnnnnn" } };
	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		for (int longer = 0; longer < 2; longer++) {
			struct bench b;
			open_policy(&b, 1 << 16, 0, want[i][0]);
			begin(&b, 100, 500);
			text(&b, 'C', 102, 500, "AAAA");
			text(&b, 'C', 100, 500, longer ? "nnnnnnnn" : "nnnn");
			expect(&b, DIR_TO_SERVER, want[i][1 + longer]);
			close_bench(&b);
		}
	}
}

/* What makes a segment one that its receiver may not take. */
static void
low_ttl(struct bench *b)
{
	b->ttl = 3;
}

static void
usual_ttl(struct bench *b)
{
	b->ttl = 64;
}

static void
old_stamp(struct bench *b)
{
	b->stamp = 10;
}

static void
usual_stamp(struct bench *b)
{
	b->stamp = 1000;
}

static void
no_stamp(struct bench *b)
{
	b->stamp = 0;
}

struct doubt {
	void (*before)(struct bench *b);
	void (*after)(struct bench *b);
	uint32_t ack;
};

static const struct doubt doubts[] = { { low_ttl, usual_ttl, 500 }, { old_stamp, usual_stamp, 500 },
	{ no_stamp, usual_stamp, 500 }, { usual_stamp, usual_stamp, 90000 },
	{ usual_stamp, usual_stamp, 500 - (1 << 24) } };
#define DOUBTS (sizeof(doubts) / sizeof(*doubts))

static void
open_doubt(struct bench *b, const struct doubt *d)
{
	open_bench(b, 1 << 16, 0);
	b->scale = 4;
	d->after(b);
	begin(b, 100, 500);
	text(b, 'C', 100, 500, "GET ");
	text(b, 'S', 500, 104, "");
	text(b, 'S', 500, 104, "x");
	text(b, 'C', 104, 501, "");
}

static void
decoy(struct bench *b, const struct doubt *d, uint32_t seq, const char *s)
{
	d->before(b);
	text(b, 'C', seq, d->ack, s);
	d->after(b);
}

static void
decoys_give_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < DOUBTS; i++) {
		for (int first = 0; first < 2; first++) {
			struct bench b;
			open_doubt(&b, &doubts[i]);
			if (first)
				decoy(&b, &doubts[i], 104, "/nice.html");
			text(&b, 'C', 104, 501, "/evil.html");
			if (!first)
				decoy(&b, &doubts[i], 104, "/nice.html");
			text(&b, 'S', 501, 114, "");
			expect(&b, DIR_TO_SERVER, "GET /evil.html");
			assert_int_equal(flow_count(b.t)->stream_doubtful, 1);
			close_bench(&b);
		}
	}
}

/* An acknowledgement from before the connection, or older than the widest window (RFC 5961). */
static void
numbers_long_acknowledged_are_strange(void **state)
{
	(void)state;
	for (int spoken = 0; spoken < 2; spoken++) {
		struct bench b;
		open_bench(&b, 1 << 16, 0);
		begin(&b, 100, 500);
		if (spoken) {
			text(&b, 'S', 500, 100, "220 ");
			text(&b, 'C', 100, 504, "");
		}
		text(&b, 'C', 100, 400 - (spoken ? UINT16_MAX : 0), "/nice");
		text(&b, 'C', 100, spoken ? 504 : 500, "/evil");
		expect(&b, DIR_TO_SERVER, "/evil");
		close_bench(&b);
	}
}

/* The mark of the capturing host's own card, by a sender who has none. */
static void
who_makes_his_own_checksums_makes_all(void **state)
{
	struct bench b;
	(void)state;
	for (int card = 0; card < 2; card++) {
		open_bench(&b, 1 << 16, 0);
		b.offloaded = card;
		begin(&b, 100, 500);
		b.offloaded = true;
		text(&b, 'C', 100, 500, "/nice");
		expect(&b, DIR_TO_SERVER, card ? "/nice" : "");
		b.offloaded = false;
		text(&b, 'C', 100, 500, "/evil");
		expect(&b, DIR_TO_SERVER, card ? "/nice" : "/evil");
		close_bench(&b);
	}
}

/* In pieces, out of order, and longer than what is real. */
static void
decoys_give_way_in_parts(void **state)
{
	(void)state;
	for (size_t i = 0; i < DOUBTS; i++) {
		struct bench b;
		open_doubt(&b, &doubts[i]);
		decoy(&b, &doubts[i], 104, "/nice.html?a=1");
		text(&b, 'C', 109, 501, "html");
		text(&b, 'C', 104, 501, "/e");
		text(&b, 'C', 106, 501, "v");
		expect(&b, DIR_TO_SERVER, "GET /ev");
		text(&b, 'C', 107, 501, "il");
		expect(&b, DIR_TO_SERVER, "GET /evilhtml");
		text(&b, 'S', 501, 113, "");
		text(&b, 'C', 113, 501, "!");
		expect(&b, DIR_TO_SERVER, "GET /evilhtml!");
		close_bench(&b);
	}
}

/* The route has changed: what is acknowledged was taken, and after that nobody doubts it. */
static void
who_is_wrongly_doubted_waits_for_an_acknowledgement(void **state)
{
	(void)state;
	for (size_t i = 0; i < DOUBTS; i++) {
		struct bench b;
		open_doubt(&b, &doubts[i]);
		decoy(&b, &doubts[i], 104, "/index");
		expect(&b, DIR_TO_SERVER, "GET ");
		text(&b, 'S', 501, 108, "");
		expect(&b, DIR_TO_SERVER, "GET ");
		text(&b, 'S', 501, 110, "");
		expect(&b, DIR_TO_SERVER, "GET /index");
		if (doubts[i].before == low_ttl) {
			decoy(&b, &doubts[i], 110, ".html");
			expect(&b, DIR_TO_SERVER, "GET /index.html");
			assert_int_equal(flow_count(b.t)->stream_low_ttl, 1);
		}
		close_bench(&b);
	}
}

/* Only one direction is seen: nobody could acknowledge anything. */
static void
one_sided_streams_are_not_held_up(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 1 << 16, 0);
	segment(&b, 'C', TCP_SYN, 99, 0, view_of(""));
	text(&b, 'C', 100, 500, "ab");
	b.ttl = 9;
	text(&b, 'C', 102, 500, "cd");
	b.window = 0;
	text(&b, 'C', 104, 9500, "ef");
	expect(&b, DIR_TO_SERVER, "abcdef");
	text(&b, 'C', 108, 9500, "ij"); /* a hole: until it fills, or the end */
	flush(&b);
	expect(&b, DIR_TO_SERVER, "abcdef??ij");
	close_bench(&b);
}

static void
nothing_beyond_the_window_hides_what_is_sent_later(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 1 << 16, 0);
	begin(&b, 100, 500);
	text(&b, 'C', 100, 500, "a");
	b.window = 2;
	text(&b, 'S', 500, 101, "");
	text(&b, 'C', 101, 500, "XXXX");
	expect(&b, DIR_TO_SERVER, "a");
	b.window = 100;
	text(&b, 'S', 500, 101, "");
	text(&b, 'C', 101, 500, "bcde");
	expect(&b, DIR_TO_SERVER, "abcde");
	/* a window probe: one byte more than there is room, taken all the same */
	text(&b, 'S', 500, 105, "");
	b.window = 0;
	text(&b, 'C', 105, 500, "f");
	text(&b, 'S', 500, 106, "");
	expect(&b, DIR_TO_SERVER, "abcdef");
	close_bench(&b);
}

/* Data on a SYN: taken by who takes part in Fast Open, thrown away by others. */
static void
the_answer_says_what_a_syn_brought(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 1 << 16, 0);
	segment(&b, 'C', TCP_SYN, 99, 0, view_of("XX"));
	expect(&b, DIR_TO_SERVER, "");
	segment(&b, 'S', TCP_SYN | TCP_ACK, 499, 100, view_of(""));
	text(&b, 'C', 100, 500, "abcd");
	expect(&b, DIR_TO_SERVER, "abcd");
	close_bench(&b);
	open_bench(&b, 1 << 16, 0);
	segment(&b, 'C', TCP_SYN, 99, 0, view_of("ab"));
	segment(&b, 'S', TCP_SYN | TCP_ACK, 499, 102, view_of(""));
	expect(&b, DIR_TO_SERVER, "ab");
	text(&b, 'C', 102, 500, "cd");
	expect(&b, DIR_TO_SERVER, "abcd");
	close_bench(&b);
}

/* Bytes before the other side has said anything cannot be meant for it. */
static void
bytes_before_the_handshake_do_not_stay(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 1 << 16, 0);
	segment(&b, 'C', TCP_SYN, 99, 0, view_of(""));
	text(&b, 'C', 100, 77, "XXXXXX");
	segment(&b, 'S', TCP_SYN | TCP_ACK, 499, 100, view_of(""));
	text(&b, 'C', 100, 500, "");
	text(&b, 'C', 100, 500, "abcd");
	text(&b, 'C', 104, 500, "ef");
	expect(&b, DIR_TO_SERVER, "XXXXXXabcdef");
	assert_int_equal(flow_count(b.t)->stream_restarted, 1);
	close_bench(&b);
}

static void
a_forged_acknowledgement_makes_no_hole(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 1 << 16, 0);
	begin(&b, 100, 500);
	text(&b, 'C', 100, 500, "ab");
	text(&b, 'S', 500, 5000, "");
	text(&b, 'C', 104, 500, "ef");
	expect(&b, DIR_TO_SERVER, "ab");
	text(&b, 'C', 102, 500, "cd");
	expect(&b, DIR_TO_SERVER, "abcdef");
	close_bench(&b);
}

static void
a_forged_reset_makes_no_hole(void **state)
{
	(void)state;
	for (int way = 0; way < 3; way++) {
		struct bench b;
		open_bench(&b, 1 << 16, 0);
		begin(&b, 100, 500);
		text(&b, 'C', 100, 500, "ab");
		text(&b, 'S', 500, 102, "x");
		text(&b, 'C', 104, 501, "ef");
		b.ttl = way == 0 ? 2 : 64;
		segment(&b, 'C', TCP_RST, way == 0 ? 102 : way == 1 ? 106 : 103, 0, view_of(""));
		b.ttl = 64;
		expect(&b, DIR_TO_SERVER, "ab");
		text(&b, 'C', 102, 501, "cd");
		expect(&b, DIR_TO_SERVER, "abcdef");
		close_bench(&b);
	}
}

static void
a_forged_new_connection_ends_nothing(void **state)
{
	(void)state;
	for (int reset = 0; reset < 2; reset++) {
		struct bench b;
		open_bench(&b, 1 << 16, 0);
		begin(&b, 100, 500);
		text(&b, 'C', 100, 500, "ab");
		text(&b, 'S', 500, 102, "x");
		uint64_t id = b.f->id;
		if (reset)
			segment(&b, 'C', TCP_RST, 102, 0, view_of(""));
		segment(&b, 'C', TCP_SYN, 70000, 0, view_of(""));
		text(&b, 'C', 102, 501, "cd");
		expect(&b, DIR_TO_SERVER, "abcd");
		assert_true(b.f->id == id);
		/* a real one is answered */
		segment(&b, 'C', TCP_SYN, 80000, 0, view_of(""));
		b.n[0] = b.n[1] = 0;
		segment(&b, 'S', TCP_SYN | TCP_ACK, 90000, 80001, view_of(""));
		assert_true(b.f->id != id);
		text(&b, 'C', 80001, 90001, "new");
		text(&b, 'S', 90001, 80004, "too");
		expect(&b, DIR_TO_SERVER, "new");
		expect(&b, DIR_TO_CLIENT, "too");
		close_bench(&b);
	}
}

static void
a_forged_fin_ends_nothing(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 1 << 16, 0);
	begin(&b, 100, 500);
	text(&b, 'C', 100, 500, "ab");
	b.ttl = 2;
	segment(&b, 'C', TCP_FIN | TCP_ACK, 102, 500, view_of(""));
	b.ttl = 64;
	segment(&b, 'C', TCP_FIN | TCP_ACK, 110, 500, view_of(""));
	text(&b, 'C', 102, 500, "cd");
	text(&b, 'S', 500, 104, "");
	segment(&b, 'C', TCP_FIN | TCP_ACK, 104, 500, view_of("ef"));
	assert_false(b.end[DIR_TO_SERVER]);
	text(&b, 'S', 500, 107, "");
	expect(&b, DIR_TO_SERVER, "abcdef");
	assert_true(b.end[DIR_TO_SERVER]);
	close_bench(&b);
}

/* A route that grew by a hop: the end is believed when it is acknowledged alone. */
static void
a_fin_from_farther_away(void **state)
{
	(void)state;
	for (int forged = 0; forged < 2; forged++) {
		struct bench b;
		open_bench(&b, 1 << 16, 0);
		begin(&b, 100, 500);
		text(&b, 'C', 100, 500, "ab");
		b.ttl = 63;
		segment(&b, 'C', TCP_FIN | TCP_ACK, 102, 500, view_of(""));
		b.ttl = 64;
		if (forged)
			text(&b, 'C', 102, 500, "c");
		text(&b, 'S', 500, 103, "");
		assert_int_equal(b.end[DIR_TO_SERVER], !forged);
		expect(&b, DIR_TO_SERVER, forged ? "abc" : "ab");
		close_bench(&b);
	}
}

/* "eXvil" with an urgent X is "evil" to who reads a socket. */
static void
urgent_bytes_are_apart(void **state)
{
	(void)state;
	for (int inline_too = 0; inline_too < 2; inline_too++) {
		for (int order = 0; order < 3; order++) {
			struct bench b;
			struct flow_config c = { .max_flows = 10,
				.max_stream_bytes = 1 << 16,
				.timeout_tcp_new = SECOND,
				.timeout_tcp_established = SECOND,
				.timeout_tcp_closed = SECOND,
				.urgent = inline_too ? FLOW_URGENT_INLINE : FLOW_URGENT_APART,
				.seed = HASH_KEY_FIXED };
			open_bench(&b, 1 << 16, 0);
			flow_free(b.t);
			b.t = flow_new(&c);
			begin(&b, 100, 500);
			if (order == 1)
				text(&b, 'C', 105, 500, "!");
			b.urgent = order == 2 ? 4 : 2;
			if (order == 2) { /* it points into the next segment */
				segment(&b, 'C', TCP_ACK | TCP_URG, 98, 500, view_of("--e"));
				text(&b, 'C', 101, 500, "Xvil");
			} else {
				segment(&b, 'C', TCP_ACK | TCP_URG, 100, 500, view_of("eXvil"));
			}
			if (order != 1)
				text(&b, 'C', 105, 500, "!");
			expect(&b, DIR_TO_SERVER, inline_too ? "eXvil!" : "evil!");
			assert_int_equal(b.lost[0], 0);
			assert_int_equal(flow_count(b.t)->stream_urgent, 1);
			close_bench(&b);
		}
	}
}

static void
both_may_begin(void **state)
{
	struct bench b;
	(void)state;
	/* at once (RFC 9293, figure 8) */
	open_bench(&b, 1 << 16, 0);
	segment(&b, 'C', TCP_SYN, 99, 0, view_of(""));
	segment(&b, 'S', TCP_SYN, 499, 0, view_of(""));
	segment(&b, 'C', TCP_SYN | TCP_ACK, 99, 500, view_of(""));
	segment(&b, 'S', TCP_SYN | TCP_ACK, 499, 100, view_of(""));
	text(&b, 'C', 100, 500, "ab");
	text(&b, 'S', 500, 102, "xy");
	expect(&b, DIR_TO_SERVER, "ab");
	expect(&b, DIR_TO_CLIENT, "xy");
	assert_int_equal(b.f->tcp, FLOW_TCP_ESTABLISHED);
	close_bench(&b);
	/* the server answers with a SYN of its own instead: the handshake is split in four */
	open_bench(&b, 1 << 16, 0);
	segment(&b, 'C', TCP_SYN, 99, 0, view_of(""));
	segment(&b, 'S', TCP_ACK, 499, 100, view_of(""));
	segment(&b, 'S', TCP_SYN, 499, 0, view_of(""));
	segment(&b, 'C', TCP_SYN | TCP_ACK, 99, 500, view_of(""));
	segment(&b, 'S', TCP_ACK, 500, 100, view_of(""));
	text(&b, 'C', 100, 500, "ab");
	text(&b, 'S', 500, 102, "xy");
	expect(&b, DIR_TO_SERVER, "ab");
	expect(&b, DIR_TO_CLIENT, "xy");
	close_bench(&b);
}

/* Finished in both directions: nothing is kept of the stream, and what still comes is no new one.
 */
static void
what_is_over_costs_nothing(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 1 << 16, 0);
	begin(&b, 100, 500);
	segment(&b, 'C', TCP_FIN | TCP_ACK, 100, 500, view_of("ab"));
	segment(&b, 'S', TCP_FIN | TCP_ACK, 500, 103, view_of("xy"));
	text(&b, 'C', 103, 503, "");
	text(&b, 'C', 103, 503, "");
	assert_true(b.end[0] && b.end[1]);
	assert_null(b.f->streams);
	text(&b, 'C', 103, 503, "more");
	assert_null(b.f->streams);
	expect(&b, DIR_TO_SERVER, "ab");
	close_bench(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overlaps_go_as_their_receiver_has_it),
		cmocka_unit_test(who_closes_the_hole_counts_too),
		cmocka_unit_test(decoys_give_way),
		cmocka_unit_test(decoys_give_way_in_parts),
		cmocka_unit_test(numbers_long_acknowledged_are_strange),
		cmocka_unit_test(who_makes_his_own_checksums_makes_all),
		cmocka_unit_test(who_is_wrongly_doubted_waits_for_an_acknowledgement),
		cmocka_unit_test(one_sided_streams_are_not_held_up),
		cmocka_unit_test(nothing_beyond_the_window_hides_what_is_sent_later),
		cmocka_unit_test(the_answer_says_what_a_syn_brought),
		cmocka_unit_test(bytes_before_the_handshake_do_not_stay),
		cmocka_unit_test(a_forged_acknowledgement_makes_no_hole),
		cmocka_unit_test(a_forged_reset_makes_no_hole),
		cmocka_unit_test(a_forged_new_connection_ends_nothing),
		cmocka_unit_test(a_forged_fin_ends_nothing),
		cmocka_unit_test(a_fin_from_farther_away),
		cmocka_unit_test(urgent_bytes_are_apart),
		cmocka_unit_test(both_may_begin),
		cmocka_unit_test(what_is_over_costs_nothing),
	};
	return cmocka_run_group_tests_name("evasion", tests, NULL, NULL);
}
