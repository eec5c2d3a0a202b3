/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow: TCP bytes in order. Whatever order segments come in, a reader gets each byte of the stream
 * once and in order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stream_bench.h"

static void
bytes_in_order_come_at_once(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 1 << 16, 0);
	begin(&b, 100, 500);
	text(&b, 'C', 100, 500, "GET ");
	expect(&b, DIR_TO_SERVER, "GET ");
	text(&b, 'C', 104, 500, "/");
	text(&b, 'S', 500, 105, "200");
	expect(&b, DIR_TO_SERVER, "GET /");
	expect(&b, DIR_TO_CLIENT, "200");
	segment(&b, 'S', TCP_FIN | TCP_ACK, 503, 105, view_of("!"));
	expect(&b, DIR_TO_CLIENT, "200!");
	assert_false(b.end[DIR_TO_CLIENT]);
	text(&b, 'C', 105, 505, "");
	assert_true(b.end[DIR_TO_CLIENT]);
	assert_false(b.end[DIR_TO_SERVER]);
	close_bench(&b);
}

/* Pieces of one text that overlap in every way; all say the same. */
struct piece {
	uint32_t at;
	const char *s;
};

static const struct piece pieces[] = { { 0, "abcd" }, { 4, "efgh" }, { 2, "cdefghij" }, { 9, "jk" },
	{ 11, "lmnop" }, { 6, "ghi" } };
#define PIECES (sizeof(pieces) / sizeof(*pieces))

/* The order of the pieces, one permutation after the other; false after the last. */
static bool
next_order(unsigned order[PIECES])
{
	size_t i = PIECES - 1, j = PIECES - 1;
	while (i > 0 && order[i - 1] > order[i])
		i--;
	if (i == 0)
		return false;
	while (order[j] < order[i - 1])
		j--;
	unsigned swap = order[i - 1];
	order[i - 1] = order[j];
	order[j] = swap;
	for (size_t k = PIECES - 1; i < k; i++, k--) {
		swap = order[i];
		order[i] = order[k];
		order[k] = swap;
	}
	return true;
}

static void
every_order_gives_the_same_bytes_from(uint32_t start)
{
	unsigned order[PIECES] = { 0, 1, 2, 3, 4, 5 };
	unsigned runs = 0;
	do {
		struct bench b;
		open_bench(&b, 1 << 16, 0);
		begin(&b, start, 500);
		for (size_t i = 0; i < PIECES; i++)
			text(&b, 'C', start + pieces[order[i]].at, 500, pieces[order[i]].s);
		expect(&b, DIR_TO_SERVER, "abcdefghijklmnop");
		assert_int_equal(b.lost[0], 0);
		assert_int_equal(flow_count(b.t)->stream_overlaps, 0);
		close_bench(&b);
		runs++;
	} while (next_order(order));
	assert_int_equal(runs, 720);
}

static void
every_order_gives_the_same_bytes(void **state)
{
	(void)state;
	every_order_gives_the_same_bytes_from(100);
}

static void
numbers_may_wrap_anywhere(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 16; i += 5)
		every_order_gives_the_same_bytes_from(UINT32_MAX - i);
}

/* Pieces that differ: of each byte the copy that came first is given, whatever the order. */
static void
first_copy_wins(void **state)
{
	static const struct piece rival[] = { { 4, "EFGH" }, { 2, "23456789" }, { 8, "ijklmn" },
		{ 0, "abc" } };
	unsigned order[4] = { 0, 1, 2, 3 };
	(void)state;
	for (unsigned run = 0; run < 24; run++) {
		struct bench b;
		char want[15] = { 0 };
		unsigned left[4] = { 0, 1, 2, 3 }, r = run;
		for (unsigned i = 0; i < 4; i++) {
			unsigned pick = r % (4 - i);
			r /= 4 - i;
			order[i] = left[pick];
			memmove(left + pick, left + pick + 1, (3 - pick) * sizeof(*left));
		}
		open_policy(&b, 1 << 16, 0, "first");
		begin(&b, 100, 500);
		for (unsigned i = 0; i < 4; i++) {
			const struct piece *p = &rival[order[i]];
			for (size_t k = 0; p->s[k]; k++)
				if (!want[p->at + k])
					want[p->at + k] = p->s[k];
			text(&b, 'C', 100 + p->at, 500, p->s);
		}
		expect(&b, DIR_TO_SERVER, want);
		close_bench(&b);
	}
}

static void
differing_overlap_is_counted(void **state)
{
	struct bench b;
	(void)state;
	open_policy(&b, 1 << 16, 0, "first");
	begin(&b, 100, 500);
	text(&b, 'C', 104, 500, "evil");
	text(&b, 'C', 104, 500, "evil");
	assert_int_equal(flow_count(b.t)->stream_overlaps, 0);
	text(&b, 'C', 102, 500, "..good..");
	assert_int_equal(flow_count(b.t)->stream_overlaps, 1);
	assert_int_equal(flow_odd(b.f), 1u << ODD_STREAM_OVERLAP);
	assert_int_equal(flow_odd(b.f), 0); /* told once */
	text(&b, 'C', 100, 500, "ab");
	expect(&b, DIR_TO_SERVER, "ab..evil..");
	close_bench(&b);
}

static void
keepalives_and_repeats_give_nothing(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 1 << 16, 0);
	begin(&b, 100, 500);
	text(&b, 'C', 100, 500, "hello");
	text(&b, 'C', 104, 500, "");
	text(&b, 'C', 104, 500, "o");
	text(&b, 'C', 100, 500, "hello");
	text(&b, 'C', 103, 500, "lo!");
	expect(&b, DIR_TO_SERVER, "hello!");
	close_bench(&b);
}

static void
hole_is_given_up_when_acknowledged(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 1 << 16, 0);
	begin(&b, 100, 500);
	text(&b, 'C', 100, 500, "ab");
	text(&b, 'C', 105, 500, "fg");
	text(&b, 'S', 500, 104, ""); /* inside the hole: the rest may still come */
	expect(&b, DIR_TO_SERVER, "ab");
	text(&b, 'S', 500, 107, "");
	expect(&b, DIR_TO_SERVER, "ab???fg");
	assert_int_equal(flow_count(b.t)->stream_gaps, 1);
	assert_int_equal(flow_count(b.t)->stream_lost_bytes, 3);
	assert_true(b.f->flags & FLOW_STREAM_LOST);
	assert_int_equal(b.f->lost, 3);
	/* acknowledged before it came: that is believed when it is said again */
	text(&b, 'S', 500, 112, "");
	text(&b, 'C', 109, 500, "jkl");
	expect(&b, DIR_TO_SERVER, "ab???fg");
	text(&b, 'S', 500, 112, "");
	expect(&b, DIR_TO_SERVER, "ab???fg??jkl");
	close_bench(&b);
}

static void
strange_numbers_change_nothing(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 1 << 16, 0);
	begin(&b, 100, 500);
	text(&b, 'C', 100, 500, "ab");
	text(&b, 'C', 100 + 0x50000000, 500, "far");
	text(&b, 'C', 100 - 0x50000000, 500, "old");
	segment(&b, 'C', TCP_FIN | TCP_ACK, 50, 500, view_of(""));
	text(&b, 'S', 500, 100 + 0x60000000, "");
	text(&b, 'C', 102, 500, "cd");
	expect(&b, DIR_TO_SERVER, "abcd");
	assert_false(b.end[DIR_TO_SERVER]);
	close_bench(&b);
}

static void
fin_waits_for_what_is_missing(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 1 << 16, 0);
	begin(&b, 100, 500);
	text(&b, 'C', 100, 500, "ab");
	segment(&b, 'C', TCP_FIN | TCP_ACK, 104, 500, view_of("ef"));
	assert_false(b.end[DIR_TO_SERVER]);
	text(&b, 'C', 102, 500, "cd");
	expect(&b, DIR_TO_SERVER, "abcdef");
	assert_false(b.end[DIR_TO_SERVER]);
	/* the server's last bytes were not captured, only their acknowledgement */
	text(&b, 'S', 500, 107, "x");
	assert_true(b.end[DIR_TO_SERVER]);
	segment(&b, 'S', TCP_FIN | TCP_ACK, 504, 107, view_of(""));
	assert_false(b.end[DIR_TO_CLIENT]);
	text(&b, 'C', 107, 505, "");
	expect(&b, DIR_TO_CLIENT, "x???");
	assert_true(b.end[DIR_TO_CLIENT]);
	close_bench(&b);
}

static void
reset_gives_up_holes(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 1 << 16, 0);
	begin(&b, 100, 500);
	text(&b, 'C', 100, 500, "ab");
	text(&b, 'S', 500, 102, "x");
	text(&b, 'C', 104, 501, "ef");
	segment(&b, 'S', TCP_RST, 501, 0, view_of("text of a reset"));
	expect(&b, DIR_TO_SERVER, "ab??ef");
	expect(&b, DIR_TO_CLIENT, "x");
	flush(&b);
	assert_true(b.end[0] && b.end[1]);
	close_bench(&b);
}

/* What the other side does not get, or does not believe, does not end the stream for us. */
static void
false_ends_hide_nothing(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 1 << 16, 0);
	begin(&b, 100, 500);
	text(&b, 'C', 100, 500, "ab");
	segment(&b, 'C', TCP_FIN | TCP_ACK, 102, 500, view_of(""));
	segment(&b, 'C', TCP_RST, 102, 0, view_of(""));
	segment(&b, 'S', TCP_RST, 9000, 0, view_of(""));
	text(&b, 'C', 102, 500, "cd");
	text(&b, 'S', 500, 104, "x");
	text(&b, 'C', 106, 501, "gh"); /* holes wait again */
	expect(&b, DIR_TO_SERVER, "abcd");
	text(&b, 'C', 104, 501, "ef");
	expect(&b, DIR_TO_SERVER, "abcdefgh");
	segment(&b, 'C', TCP_FIN | TCP_ACK, 108, 501, view_of(""));
	text(&b, 'S', 501, 109, "");
	assert_true(b.end[DIR_TO_SERVER]);
	assert_false(b.end[DIR_TO_CLIENT]);
	close_bench(&b);
}

/* Bytes that no receiver takes do not stand in the place of those it does. */
static void
bytes_that_do_not_count(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 1 << 16, 0);
	begin(&b, 100, 500);
	text(&b, 'C', 100, 500, "ab");
	segment(&b, 'C', TCP_PSH, 102, 0, view_of("XX"));
	segment(&b, 'C', TCP_SYN | TCP_ACK, 101, 500, view_of("YY"));
	segment(&b, 'C', TCP_RST | TCP_ACK, 102, 500, view_of("ZZ"));
	text(&b, 'C', 102, 500, "cd");
	expect(&b, DIR_TO_SERVER, "abcd");
	close_bench(&b);
}

/* A SYN that nobody got, before the one that counts or behind it. */
static void
the_answer_tells_which_syn(void **state)
{
	struct bench b;
	for (int late = 0; late < 2; late++) {
		(void)state;
		open_bench(&b, 1 << 16, 0);
		segment(&b, 'C', TCP_SYN, late ? 99 : 70000, 0, view_of(""));
		segment(&b, 'C', TCP_SYN, late ? 70000 : 99, 0, view_of(""));
		segment(&b, 'S', TCP_SYN | TCP_ACK, 499, 100, view_of(""));
		text(&b, 'C', 100, 500, "");
		text(&b, 'C', 102, 500, "cd");
		text(&b, 'C', 100, 500, "ab");
		expect(&b, DIR_TO_SERVER, "abcd");
		close_bench(&b);
	}
}

static void
end_of_flow_gives_what_waits(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 1 << 16, 0);
	begin(&b, 100, 500);
	text(&b, 'C', 102, 500, "cd");
	text(&b, 'C', 106, 500, "gh");
	flush(&b);
	expect(&b, DIR_TO_SERVER, "??cd??gh");
	assert_true(b.end[DIR_TO_SERVER]);
	close_bench(&b);
}

static void
short_memory_costs_the_hole_and_no_bytes(void **state)
{
	static uint8_t big[4000];
	struct bench b;
	(void)state;
	memset(big, 'B', sizeof(big));
	open_bench(&b, 4096, 0); /* two blocks */
	begin(&b, 100, 500);
	text(&b, 'C', 102, 500, "cd");
	segment(&b, 'C', TCP_ACK, 106, 500, (struct view){ big, sizeof(big) });
	assert_int_equal(b.n[0], 6 + sizeof(big));
	assert_memory_equal(b.got[0], "??cd??BB", 8);
	assert_int_equal(b.got[0][b.n[0] - 1], 'B');
	assert_int_equal(flow_count(b.t)->stream_evicted, 1);
	close_bench(&b);
}

/* One connection holds all there is, behind a hole that is never filled: another one has room all
 * the same. */
static void
who_holds_longest_gives_way(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 4096, 0); /* two blocks */
	begin(&b, 100, 500);
	text(&b, 'C', 110, 500, "x");
	text(&b, 'C', 120, 500, "y");
	b.client_port = 2000;
	begin(&b, 100, 500);
	text(&b, 'C', 102, 500, "cd");
	expect(&b, DIR_TO_SERVER, "");
	text(&b, 'C', 100, 500, "ab");
	expect(&b, DIR_TO_SERVER, "abcd");
	assert_int_equal(flow_count(b.t)->stream_evicted, 1);
	close_bench(&b);
}

static void
depth_ends_the_direction(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 1 << 16, 6);
	begin(&b, 100, 500);
	text(&b, 'C', 100, 500, "abcd");
	text(&b, 'C', 104, 500, "efgh");
	expect(&b, DIR_TO_SERVER, "abcdef");
	assert_true(b.end[DIR_TO_SERVER]);
	text(&b, 'C', 108, 500, "ij");
	expect(&b, DIR_TO_SERVER, "abcdef");
	flush(&b);
	close_bench(&b);
}

static void
stream_picked_up_in_its_middle(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 1 << 16, 0);
	text(&b, 'C', 7000, 9000, "middle");
	text(&b, 'S', 9000, 7006, "answer");
	expect(&b, DIR_TO_SERVER, "middle");
	expect(&b, DIR_TO_CLIENT, "answer");
	close_bench(&b);
}

/* Data on a SYN (TCP Fast Open, RFC 7413) begins one behind its number. */
static void
data_on_the_syn(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 1 << 16, 0);
	segment(&b, 'C', TCP_SYN, 99, 0, view_of("ab"));
	text(&b, 'C', 102, 0, "cd");
	expect(&b, DIR_TO_SERVER, "abcd");
	close_bench(&b);
}

/* A long stream in random cuts and random order within a window arrives whole. */
static void
long_stream_in_disorder(void **state)
{
	enum { BYTES = 60000, CUTS = 400 };
	static uint8_t sent[BYTES];
	static uint32_t at[CUTS + 1];
	static struct bench b;
	uint32_t r = 12345;
	(void)state;
	for (size_t i = 0; i < BYTES; i++)
		sent[i] = (uint8_t)(i * 31 + (i >> 8));
	for (size_t i = 0; i <= CUTS; i++)
		at[i] = (uint32_t)(i * BYTES / CUTS);
	for (int run = 0; run < 20; run++) {
		unsigned order[CUTS];
		for (unsigned i = 0; i < CUTS; i++)
			order[i] = i;
		for (unsigned i = 0; i < CUTS; i++) {
			r = r * 1664525 + 1013904223;
			unsigned j = i + (r >> 8) % (CUTS - i < 30 ? CUTS - i : 30),
				 swap = order[i];
			order[i] = order[j];
			order[j] = swap;
		}
		open_bench(&b, 1 << 20, 0);
		begin(&b, UINT32_MAX - 30000, 500);
		for (unsigned i = 0; i < CUTS; i++) {
			uint32_t from = at[order[i]], more = (r >> (i % 16)) % 50;
			uint32_t to = at[order[i] + 1] + more;
			to = to > BYTES ? BYTES : to;
			segment(&b, 'C', TCP_ACK, UINT32_MAX - 30000 + from, 500,
			    (struct view){ sent + from, to - from });
		}
		assert_int_equal(b.n[0], BYTES);
		assert_memory_equal(b.got[0], sent, BYTES);
		assert_int_equal(b.lost[0], 0);
		assert_int_equal(flow_count(b.t)->stream_overlaps, 0);
		close_bench(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_in_order_come_at_once),
		cmocka_unit_test(every_order_gives_the_same_bytes),
		cmocka_unit_test(numbers_may_wrap_anywhere),
		cmocka_unit_test(first_copy_wins),
		cmocka_unit_test(differing_overlap_is_counted),
		cmocka_unit_test(keepalives_and_repeats_give_nothing),
		cmocka_unit_test(hole_is_given_up_when_acknowledged),
		cmocka_unit_test(strange_numbers_change_nothing),
		cmocka_unit_test(fin_waits_for_what_is_missing),
		cmocka_unit_test(reset_gives_up_holes),
		cmocka_unit_test(false_ends_hide_nothing),
		cmocka_unit_test(bytes_that_do_not_count),
		cmocka_unit_test(the_answer_tells_which_syn),
		cmocka_unit_test(end_of_flow_gives_what_waits),
		cmocka_unit_test(short_memory_costs_the_hole_and_no_bytes),
		cmocka_unit_test(who_holds_longest_gives_way),
		cmocka_unit_test(depth_ends_the_direction),
		cmocka_unit_test(stream_picked_up_in_its_middle),
		cmocka_unit_test(data_on_the_syn),
		cmocka_unit_test(long_stream_in_disorder),
	};
	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
