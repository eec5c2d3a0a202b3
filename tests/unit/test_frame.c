/* SPDX-License-Identifier: Apache-2.0 */
/* frame, compress: what is encoded is decoded, every cut and every flipped bit is refused, vectors
 * hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/compress.h"
#include "wire/frame.h"

static struct frame_hello hello = {
	.version_min = 1,
	.version_max = 1,
	.origin = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
	.epoch = 0x1122334455667788,
	.clock = 1795341600000000000,
	.lanes = 2,
	.lane = { { 1, 10, 9 }, { 5, 8, 4 } },
};

static struct frame_grant grant = {
	.version = 1,
	.clock = 1795341600000000001,
	.echo = 1795341600000000000,
	.lanes = 1,
	.lane = { { 9, 4194304 } },
};

static struct view
of(const struct buf *b)
{
	return (struct view){ b->ptr, b->len };
}

static void
hex_is(const struct buf *b, const char *want)
{
	char *have = calloc(2, b->len + 1);
	for (size_t i = 0; i < b->len; i++)
		sprintf(have + 2 * i, "%02x", b->ptr[i]);
	assert_string_equal(have, want);
	free(have);
}

static struct frame_batch
small_batch(struct buf *body)
{
	struct frame_batch b = {
		.origin = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
		.epoch = 0x1122334455667788,
		.lane = LANE_ALERT,
		.codec = FRAME_CODEC_NONE,
		.schema = FRAME_SCHEMA,
		.count = 2,
		.first = 7,
		.after = 6,
		.clock_offset = -5,
	};
	frame_event_put(body, 1795341600000000000, view_of("{\"a\":1}"));
	frame_event_put(body, 1795341600000000001, view_of("{}"));
	b.raw_len = (uint32_t)body->len;
	b.body = of(body);
	return b;
}

/* Every type, one after the other. */
static void
encode(int i, struct buf *out)
{
	struct buf body;
	buf_init(&body, 0);
	struct frame_batch b = small_batch(&body);
	hello.name = view_of("probe-1");
	struct frame_status s = { .clock = 3,
		.lanes = 1,
		.lane = { { 4, 5, 6 } },
		.json = view_of("{\"unwritten\":0}") };
	if (i == 0)
		frame_hello(out, &hello);
	else if (i == 1)
		frame_welcome(out, &grant);
	else if (i == 2)
		frame_batch(out, &b);
	else if (i == 3)
		frame_ack(out, &grant);
	else if (i == 4)
		frame_status(out, &s);
	else if (i == 5)
		frame_error(out, FRAME_ERROR_ORIGIN, "not yours");
	else
		frame_bye(out, FRAME_BYE_FINISHED, "restart");
	buf_fini(&body);
}

/* docs/protocol.md shows these same bytes */
static void
vectors(void **state)
{
	struct buf b;
	(void)state;
	buf_init(&b, 0);
	encode(1, &b);
	hex_is(&b, "574c46520102000024000000562db6a70100010001407b4eac55ea1800407b4eac55ea18"
		   "09000000000000000000400000000000");
	buf_clear(&b);
	encode(2, &b);
	hex_is(&b, "574c4652010300005d000000098d8ff8000102030405060708090a0b0c0d0e0f"
		   "8877665544332211010001000200000007000000000000000600000000000000"
		   "fbffffffffffffff210000000f00000000407b4eac55ea187b2261223a317d0a"
		   "00000001407b4eac55ea187b7d");
	buf_fini(&b);
}

static void
round_trips(void **state)
{
	struct frame f;
	struct buf b;
	struct frame_event ev;
	(void)state;
	buf_init(&b, 0);
	encode(0, &b);
	assert_int_equal(frame_decode(of(&b), &f), 0);
	assert_int_equal(f.type, FRAME_HELLO);
	assert_true(view_is(f.hello.name, "probe-1"));
	assert_int_equal(f.hello.lane[1].acked, 4);
	buf_clear(&b);
	encode(3, &b);
	assert_int_equal(frame_decode(of(&b), &f), 0);
	assert_int_equal(f.type, FRAME_ACK);
	assert_int_equal(f.grant.lane[0].credit, 4194304);
	buf_clear(&b);
	encode(2, &b);
	assert_int_equal(frame_decode(of(&b), &f), 0);
	assert_int_equal(f.batch.clock_offset, -5);
	assert_int_equal(f.batch.count, 2);
	struct cursor c = cursor_of_view(f.batch.body);
	assert_int_equal(frame_event_next(&c, &ev), 1);
	assert_true(view_is(ev.json, "{\"a\":1}"));
	assert_int_equal(frame_event_next(&c, &ev), 1);
	assert_int_equal(ev.ts, 1795341600000000001);
	assert_int_equal(frame_event_next(&c, &ev), 0);
	buf_clear(&b);
	encode(5, &b);
	assert_int_equal(frame_decode(of(&b), &f), 0);
	assert_int_equal(f.error.code, FRAME_ERROR_ORIGIN);
	assert_true(view_is(f.error.text, "not yours"));
	buf_fini(&b);
}

static void
cuts_and_flips_are_refused(void **state)
{
	struct frame f;
	struct buf b;
	(void)state;
	buf_init(&b, 0);
	for (int i = 0; i <= 6; i++) {
		buf_clear(&b);
		encode(i, &b);
		assert_int_equal(frame_decode(of(&b), &f), 0);
		for (size_t n = 0; n < b.len; n++)
			assert_int_equal(frame_decode((struct view){ b.ptr, n }, &f), -1);
		for (size_t bit = 0; bit < 8 * b.len; bit++) {
			b.ptr[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_equal(frame_decode(of(&b), &f), -1);
			b.ptr[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		buf_u8(&b, 0);
		assert_int_equal(frame_decode(of(&b), &f), -1);
	}
	buf_fini(&b);
}

/* A batch changed in one field and sealed anew. */
static int
decode_changed(void (*change)(struct frame_batch *))
{
	struct buf body, out;
	struct frame f;
	buf_init(&body, 0);
	buf_init(&out, 0);
	struct frame_batch b = small_batch(&body);
	change(&b);
	frame_batch(&out, &b);
	int rc = frame_decode(of(&out), &f);
	buf_fini(&body);
	buf_fini(&out);
	return rc;
}

static void
as_it_is(struct frame_batch *b)
{
	(void)b;
}
static void
no_such_lane(struct frame_batch *b)
{
	b->lane = LANE_COUNT;
}
static void
no_such_codec(struct frame_batch *b)
{
	b->codec = 9;
}
static void
too_many(struct frame_batch *b)
{
	b->count = FRAME_COUNT_MAX + 1;
}
static void
more_than_fit(struct frame_batch *b)
{
	b->count = 4;
}
static void
raw_too_long(struct frame_batch *b)
{
	b->raw_len = FRAME_RAW_MAX + 1;
}
static void
follows_itself(struct frame_batch *b)
{
	b->after = b->first;
}
static void
number_zero(struct frame_batch *b)
{
	b->first = 0;
}
static void
empty_without_hole(struct frame_batch *b)
{
	b->count = b->raw_len = 0;
	b->body.len = 0;
}
static void
empty_with_hole(struct frame_batch *b)
{
	empty_without_hole(b);
	b->after = 3;
}

static void
limits_hold(void **state)
{
	(void)state;
	assert_int_equal(decode_changed(as_it_is), 0);
	assert_int_equal(decode_changed(no_such_lane), -1);
	assert_int_equal(decode_changed(no_such_codec), -1);
	assert_int_equal(decode_changed(too_many), -1);
	assert_int_equal(decode_changed(more_than_fit), -1);
	assert_int_equal(decode_changed(raw_too_long), -1);
	assert_int_equal(decode_changed(follows_itself), -1);
	assert_int_equal(decode_changed(number_zero), -1);
	assert_int_equal(decode_changed(empty_without_hole), -1);
	assert_int_equal(decode_changed(empty_with_hole), 0);
}

static void
events_that_lie(void **state)
{
	static const uint8_t cases[][16] = {
		{ 255, 255, 255, 255, 0 }, /* longer than anything */
		{ 7, 0, 0, 0, 0 },         /* no room for the time */
		{ 60, 0, 0, 0, 0 },        /* longer than the rest */
	};
	struct frame_event ev;
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct cursor c = cursor_of(cases[i], 16);
		assert_int_equal(frame_event_next(&c, &ev), -1);
	}
	struct cursor c = cursor_of(cases[0], 3);
	assert_int_equal(frame_event_next(&c, &ev), -1);
}

static void
compression_is_bounded(void **state)
{
	struct buf raw, packed, out;
	(void)state;
	buf_init(&raw, 0);
	buf_init(&packed, 0);
	buf_init(&out, 0);
	for (int i = 0; i < 100000; i++)
		buf_u8(&raw, (uint8_t)(i / 1000));
	struct compress *c = compress_new(1);
	assert_int_equal(compress_pack(c, of(&raw), &packed), 0);
	assert_true(packed.len < 5000);
	assert_int_equal(compress_unpack(c, of(&packed), raw.len, &out), 0);
	assert_int_equal(out.len, raw.len);
	assert_memory_equal(out.ptr, raw.ptr, raw.len);
	/* a bomb: says less than it holds */
	assert_int_equal(compress_unpack(c, of(&packed), raw.len - 1, &out), -1);
	assert_int_equal(compress_unpack(c, of(&packed), raw.len + 1, &out), -1);
	assert_int_equal(out.len, raw.len);
	/* cut, flipped, doubled */
	for (size_t n = 0; n < packed.len; n++)
		assert_int_equal(
		    compress_unpack(c, (struct view){ packed.ptr, n }, raw.len, &out), -1);
	size_t once = packed.len;
	buf_add(&packed, packed.ptr, 0);
	assert_int_equal(compress_pack(c, of(&raw), &packed), 0);
	assert_int_equal(compress_unpack(c, of(&packed), raw.len, &out), -1);
	packed.len = once;
	assert_int_equal(compress_unpack(c, of(&packed), raw.len, &out), 0);
	compress_free(c);
	buf_fini(&raw);
	buf_fini(&packed);
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(cuts_and_flips_are_refused),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(events_that_lie),
		cmocka_unit_test(compression_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
