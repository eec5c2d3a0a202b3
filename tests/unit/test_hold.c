/* SPDX-License-Identifier: Apache-2.0 */
/* dedupe and hold: repeats and overlaps are trimmed, holes become gaps, all of it again after a
 * restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/dedupe.h"
#include "collector/hold.h"
#include "folder.h"
#include "lib/compress.h"

static struct frame_hello hello = {
	.origin = "0123456789abcde",
	.epoch = 7,
	.lanes = LANE_COUNT,
	.lane = { { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 }, { 101, 200, 100 } },
};

static struct frame_batch
batch(uint8_t lane, uint64_t after, uint64_t first, uint32_t count)
{
	struct frame_batch b = { .epoch = 7,
		.lane = lane,
		.schema = 1,
		.after = after,
		.first = first,
		.count = count };
	memcpy(b.origin, hello.origin, 16);
	return b;
}

static void
says_what_is_new(void **state)
{
	uint64_t acked[LANE_COUNT];
	struct frame_batch b;
	struct dedupe_answer a;
	(void)state;
	struct dedupe *d = dedupe_new(10);
	b = batch(LANE_FLOW, 100, 101, 10);
	assert_int_equal(dedupe_check(d, &b).verdict, DEDUPE_EARLY); /* nobody said HELLO */
	assert_true(dedupe_hello(d, &hello, 1, acked));
	assert_false(dedupe_hello(d, &hello, 2, acked));
	assert_int_equal(acked[LANE_FLOW], 100);
	a = dedupe_check(d, &b);
	assert_int_equal(a.verdict, DEDUPE_NEW);
	assert_int_equal(a.skip, 0);
	assert_int_equal(a.gap_first, 0);
	dedupe_advance(d, b.origin, 7, LANE_FLOW, 110);
	a = dedupe_check(d, &b);
	assert_int_equal(a.verdict, DEDUPE_OLD);
	assert_int_equal(a.skip, 10);
	b = batch(LANE_FLOW, 105, 106, 10); /* half of it again */
	a = dedupe_check(d, &b);
	assert_int_equal(a.verdict, DEDUPE_NEW);
	assert_int_equal(a.skip, 5);
	b = batch(LANE_FLOW, 115, 116, 10); /* 111 to 115 never came */
	assert_int_equal(dedupe_check(d, &b).verdict, DEDUPE_EARLY);
	b = batch(LANE_FLOW, 110, 121, 10); /* and will not: the sender has lost them */
	a = dedupe_check(d, &b);
	assert_int_equal(a.verdict, DEDUPE_NEW);
	assert_int_equal(a.gap_first, 111);
	assert_int_equal(a.gap_last, 120);
	b = batch(LANE_FLOW, 105, 121, 0); /* a hole alone, of which some is held */
	a = dedupe_check(d, &b);
	assert_int_equal(a.gap_first, 111);
	assert_int_equal(a.gap_last, 120);
	assert_int_equal(dedupe_acked(d, b.origin, 8, LANE_FLOW), 0); /* another epoch */
	dedupe_free(d);
}

/* One BATCH frame with events first .. first + count - 1 that say their numbers. */
static void
make_frame(struct buf *out, uint64_t first, uint32_t count)
{
	struct buf raw, packed;
	struct compress *c = compress_new(1);
	buf_init(&raw, 0);
	buf_init(&packed, 0);
	for (uint32_t i = 0; i < count; i++) {
		char json[64];
		snprintf(json, sizeof(json), "{\"n\":%d}", (int)(first + i));
		frame_event_put(&raw, first + i, view_of(json));
	}
	assert_int_equal(compress_pack(c, (struct view){ raw.ptr, raw.len }, &packed), 0);
	struct frame_batch b = batch(LANE_FLOW, first - 1, first, count);
	b.codec = FRAME_CODEC_ZSTD;
	b.raw_len = (uint32_t)raw.len;
	b.body = (struct view){ packed.ptr, packed.len };
	buf_clear(out);
	frame_batch(out, &b);
	compress_free(c);
	buf_fini(&raw);
	buf_fini(&packed);
}

static uint64_t
hold_batch(struct hold *h, uint64_t first, uint32_t count, uint32_t skip)
{
	struct buf frame;
	uint64_t position;
	buf_init(&frame, 0);
	make_frame(&frame, first, count);
	struct hold_record r = { .kind = HOLD_BATCH,
		.received = 1795341600000000000,
		.probe = view_of("probe-1"),
		.epoch = 7,
		.lane = LANE_FLOW,
		.first = first + skip,
		.last = first + count - 1,
		.skip = skip,
		.frame = { frame.ptr, frame.len } };
	memcpy(r.origin, hello.origin, 16);
	assert_int_equal(hold_append(h, &r, &position), 0);
	buf_fini(&frame);
	return position;
}

static uint64_t
hold_missing(struct hold *h, enum hold_kind kind, uint64_t first, uint64_t last)
{
	uint64_t position;
	struct hold_record r = { .kind = kind,
		.received = 1795341600000000000,
		.probe = view_of("probe-1"),
		.epoch = 7,
		.lane = LANE_FLOW,
		.first = first,
		.last = last };
	memcpy(r.origin, hello.origin, 16);
	assert_int_equal(hold_append(h, &r, &position), 0);
	return position;
}

static void
reads_back(void **state)
{
	struct hold_batch b;
	struct hold_event ev;
	(void)state;
	struct hold *h = hold_open(dir, 0, NULL);
	struct hold_reader *r = hold_reader_open(dir, 0, NULL);
	assert_int_equal(hold_read(r, &b), 0);
	hold_batch(h, 101, 10, 0);
	hold_batch(h, 106, 10, 5);
	hold_missing(h, HOLD_HOLE, 116, 120);
	uint64_t gap = hold_missing(h, HOLD_GAP, 121, 125);
	assert_int_equal(hold_sync(h), 0);
	uint64_t want = 101;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(hold_read(r, &b), 1);
		assert_int_equal(b.first_seq, want);
		assert_string_equal(b.probe, "probe-1");
		assert_false(b.made_here);
		for (uint32_t n = 0; n < b.count; n++) {
			char json[64];
			assert_int_equal(hold_next_event(r, &ev), 1);
			assert_int_equal(ev.seq, want);
			snprintf(json, sizeof(json), "{\"n\":%d}", (int)want);
			assert_true(view_is(ev.json, json));
			want++;
		}
		assert_int_equal(hold_next_event(r, &ev), 0);
	}
	assert_int_equal(want, 116);
	assert_int_equal(hold_read(r, &b), 1); /* the covered hole is passed over */
	assert_true(b.made_here);
	assert_int_equal(b.position, gap);
	assert_int_equal(b.first_seq, 121);
	assert_int_equal(b.count, 1);
	assert_int_equal(hold_next_event(r, &ev), 1);
	assert_non_null(
	    memmem(ev.json.ptr, ev.json.len, "\"first\":121,\"last\":125,\"count\":5", 32));
	assert_int_equal(hold_next_event(r, &ev), 0);
	assert_int_equal(hold_read(r, &b), 0);
	hold_reader_close(r);
	hold_close(h);
}

static void
trims_behind_the_loader(void **state)
{
	struct hold_batch b;
	(void)state;
	struct hold *h = hold_open(dir, 1000, NULL);
	for (int i = 0; i < 50; i++) {
		hold_batch(h, 101 + (uint64_t)i * 10, 10, 0);
		assert_int_equal(hold_sync(h), 0);
	}
	assert_true(hold_backlog(h) > 5000);
	hold_expire(h, 1000); /* the loader has reported nothing */
	struct hold_reader *r = hold_reader_open(dir, 0, NULL);
	assert_int_equal(hold_read(r, &b), 1);
	assert_int_equal(b.position, 1);
	hold_trim(h, 40);
	hold_trim(h, 30); /* never back */
	hold_expire(h, 21);
	struct hold_reader *again = hold_reader_open(dir, 0, NULL);
	assert_int_equal(hold_read(again, &b), 1);
	assert_true(b.position > 10 && b.position <= 21);
	hold_reader_close(again);
	hold_expire(h, 1000);
	int holes = 0, rc;
	uint64_t last = 1;
	while ((rc = hold_read(r, &b)) != 0) {
		holes += rc < 0;
		if (rc < 0)
			assert_int_equal(b.first_seq, b.position - last);
		last = b.position;
	}
	assert_true(holes >= 1);
	assert_int_equal(last, 50);
	hold_trim(h, 50);
	assert_int_equal(hold_backlog(h), 0);
	hold_reader_close(r);
	hold_close(h);
}

static void
known(void *user, const struct hold_record *h)
{
	dedupe_advance(user, h->origin, h->epoch, h->lane, h->last);
}

static void
positions_survive(void **state)
{
	uint64_t acked[LANE_COUNT];
	struct err e;
	(void)state;
	struct hold *h = hold_open(dir, 0, NULL);
	struct dedupe *d = dedupe_new(10);
	assert_int_equal(dedupe_load(d, dir, &e), 0);
	assert_true(dedupe_hello(d, &hello, 1, acked));
	assert_int_equal(dedupe_save(d, dir, 0, &e), 0);
	hold_batch(h, 101, 10, 0);
	hold_missing(h, HOLD_GAP, 111, 120);
	hold_batch(h, 121, 10, 0);
	assert_int_equal(hold_sync(h), 0);
	dedupe_free(d);
	d = dedupe_new(10); /* killed here: the log says the rest */
	assert_int_equal(dedupe_load(d, dir, &e), 0);
	assert_int_equal(hold_replay(dir, dedupe_saved(d), known, d, &e), 0);
	assert_false(dedupe_hello(d, &hello, 1, acked));
	assert_int_equal(acked[LANE_FLOW], 130);
	assert_int_equal(acked[LANE_ALERT], 0);
	assert_int_equal(dedupe_save(d, dir, 3, &e), 0);
	dedupe_free(d);
	d = dedupe_new(10);
	assert_int_equal(dedupe_load(d, dir, &e), 0);
	assert_int_equal(dedupe_saved(d), 3);
	assert_int_equal(dedupe_acked(d, hello.origin, 7, LANE_FLOW), 130);
	dedupe_free(d);
	hold_close(h);
}

static void
damaged_positions_are_refused(void **state)
{
	char path[128];
	struct err e;
	uint64_t acked[LANE_COUNT];
	(void)state;
	struct dedupe *d = dedupe_new(10);
	(void)dedupe_hello(d, &hello, 1, acked);
	assert_int_equal(dedupe_save(d, dir, 0, &e), 0);
	dedupe_free(d);
	snprintf(path, sizeof(path), "%s/origins", dir);
	for (int at = 0; at < 150; at++) {
		FILE *f = fopen(path, "r+");
		fseek(f, at, SEEK_SET);
		int byte = fgetc(f);
		if (byte == EOF) {
			fclose(f);
			break;
		}
		fseek(f, at, SEEK_SET);
		fputc(byte ^ 1, f);
		fclose(f);
		d = dedupe_new(10);
		if (dedupe_load(d, dir, &e) == 0)
			fail_msg("a flip at %d was not seen", at);
		dedupe_free(d);
		f = fopen(path, "r+");
		fseek(f, at, SEEK_SET);
		fputc(byte, f);
		fclose(f);
	}
}

static void
table_is_bounded(void **state)
{
	uint64_t acked[LANE_COUNT];
	struct frame_hello h = hello;
	(void)state;
	struct dedupe *d = dedupe_new(3);
	for (uint64_t i = 1; i <= 100; i++) {
		h.epoch = i;
		(void)dedupe_hello(d, &h, i, acked);
	}
	assert_int_equal(dedupe_acked(d, h.origin, 100, LANE_FLOW), 100);
	assert_int_equal(dedupe_acked(d, h.origin, 97, LANE_FLOW), 100);
	assert_int_equal(dedupe_acked(d, h.origin, 96, LANE_FLOW), 0);
	for (uint64_t i = 1; i <= 100; i++) {
		h.origin[0] = (uint8_t)i;
		(void)dedupe_hello(d, &h, 1000 + i, acked);
	}
	assert_int_equal(dedupe_acked(d, h.origin, 100, LANE_FLOW), 100);
	dedupe_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(says_what_is_new, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(reads_back, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(trims_behind_the_loader, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(positions_survive, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    damaged_positions_are_refused, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(table_is_bounded, make_dir, remove_dir),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
