/* SPDX-License-Identifier: Apache-2.0 */
/* Our own recognisers: what each says of a first message, of every piece of it, and of others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/probe/identify/recognise.h"
#include "probe/identify.h"

struct sample {
	const struct recognise_row *row;
	size_t n;
	uint8_t bytes[128];
};

#define R8 "\x01\x6b\x02\x6c\xc7\xae\x2e\x71"
#define RANDOM32 R8 R8 R8 R8
#define SNI "\x00\x00\x00\x13\x00\x11\x00\x00\x0egm.lab.example"
#define BYTES(text) sizeof(text) - 1, text

/* The TLCP hellos are built like those of GmSSL. */
static const struct sample samples[] = {
	{ &recognise_tlcp, BYTES("\x16\x01\x01\x00\x2d\x01\x00\x00\x29\x01\x01" RANDOM32
				 "\x00\x00\x02\xe0\x51\x01\x00") },
	{ &recognise_tlcp, BYTES("\x16\x01\x01\x00\x46\x01\x00\x00\x42\x01\x01" RANDOM32
				 "\x00\x00\x02\xe0\x13\x01\x00\x00\x17" SNI) },
	{ &recognise_tlcp, BYTES("\x16\x01\x01\x00\x30\x02\x00\x00\x2c\x01\x01" RANDOM32
				 "\x00\xe0\x11\x00\x00\x04\x00\x00\x00\x00") },
	{ &recognise_tlcp, BYTES("\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x01\x01" RANDOM32
				 "\x00\x00\x02\xe0\x13\x01\x00") },
	{ &recognise_opcua, BYTES("HELF\x34\0\0\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\0\0\x14\0\0\0"
				  "opc.tcp://10.0.0.2:1") },
	{ &recognise_opcua, BYTES("ACKF\x1c\0\0\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\0\0") },
	{ &recognise_opcua, BYTES("OPNF\x84\0\0\0\0\0\0\0\x2f\0\0\0"
				  "http://opcfoundation.org/UA/SecurityPolicy#None") },
	{ &recognise_opcua, BYTES("MSGF\x5d\0\0\0\1\0\0\0\1\0\0\0\2\0\0\0\2\0\0\0\1\0\xac\1") },
	{ &recognise_bacnet, BYTES("\x81\x0b\x00\x0c\x01\x20\xff\xff\x00\xff\x10\x08") },
	{ &recognise_bacnet, BYTES("\x81\x05\x00\x06\x00\x3c") },
	{ &recognise_fins, BYTES("FINS\0\0\0\x0c\0\0\0\0\0\0\0\0\0\0\0\0") },
	{ &recognise_fox, BYTES("fox a 1 -1 fox hello\n{\n") },
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

struct bench {
	struct recogniser r;
	struct recognise_flow s;
	struct flow f;
	struct packet p;
	struct view name;
};

static void
open_bench(struct bench *b, const struct sample *sample)
{
	memset(b, 0, sizeof(*b));
	recognise_init(&b->r);
	b->p.proto = sample->row->over & OVER_TCP ? PROTO_TCP : PROTO_UDP;
	b->f.key.proto = b->p.proto;
	b->f.tcp_flags[0] = b->f.tcp_flags[1] = TCP_SYN;
	b->f.seq_isn[0] = b->f.seq_isn[1] = UINT32_MAX - 1;
}

/* Bytes [at, at + n) of a direction's stream. */
static const struct recognise_row *
give(struct bench *b, const struct sample *sample, size_t at, size_t n)
{
	b->p.tcp_seq = (uint32_t)at + UINT32_MAX;
	b->p.payload = (struct view){ sample->bytes + at, n };
	return recognise_packet(&b->r, &b->s, &b->f, &b->p, DIR_TO_SERVER, &b->name);
}

static void
each_knows_its_own_and_no_other(void **state)
{
	struct bench b;
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		open_bench(&b, &samples[i]);
		assert_ptr_equal(give(&b, &samples[i], 0, samples[i].n), samples[i].row);
		assert_ptr_equal(recognise_row(samples[i].row->id), samples[i].row);
	}
	assert_null(recognise_row(IDENTIFY_OURS));
}

static void
host_name_comes_from_the_hello(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, &samples[1]);
	assert_non_null(give(&b, &samples[1], 0, samples[1].n));
	assert_true(view_is(b.name, "gm.lab.example"));
	open_bench(&b, &samples[0]);
	assert_non_null(give(&b, &samples[0], 0, samples[0].n));
	assert_int_equal(b.name.len, 0);
}

/* Cut anywhere into two segments of a stream, it is known all the same. */
static void
two_pieces_are_as_good_as_one(void **state)
{
	struct bench b;
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		for (size_t cut = 1; cut < samples[i].n; cut++) {
			if (samples[i].row->over & OVER_UDP)
				continue;
			open_bench(&b, &samples[i]);
			const struct recognise_row *row = give(&b, &samples[i], 0, cut);
			if (!row)
				row = give(&b, &samples[i], cut, samples[i].n - cut);
			assert_ptr_equal(row, samples[i].row);
		}
	}
}

static void
order_and_repetition_do_not_matter(void **state)
{
	const struct sample *hello = &samples[1];
	struct bench b;
	(void)state;
	open_bench(&b, hello);
	assert_null(give(&b, hello, 20, 30)); /* its place is not yet there */
	assert_null(give(&b, hello, 0, 20));
	assert_null(give(&b, hello, 0, 20));
	assert_ptr_equal(give(&b, hello, 20, 50), hello->row);
}

static void
one_wrong_byte_is_enough(void **state)
{
	/* where a change must be seen: of the first TLCP sample, OPC UA's hello, BACnet, FINS, Fox
	 */
	static const struct {
		size_t sample, byte;
	} wrong[] = { { 0, 0 }, { 0, 1 }, { 0, 2 }, { 0, 5 }, { 0, 6 }, { 0, 7 }, { 0, 8 },
		{ 0, 9 }, { 0, 10 }, { 0, 43 }, { 0, 45 }, { 0, 48 }, { 3, 9 }, { 4, 0 }, { 4, 3 },
		{ 4, 4 }, { 4, 28 }, { 6, 20 }, { 7, 24 }, { 8, 0 }, { 8, 1 }, { 8, 3 }, { 8, 4 },
		{ 9, 3 }, { 10, 3 }, { 10, 5 }, { 10, 9 }, { 11, 2 }, { 11, 20 } };
	struct sample changed;
	struct bench b;
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		changed = samples[wrong[i].sample];
		changed.bytes[wrong[i].byte] ^= 0x11;
		open_bench(&b, &changed);
		assert_null(give(&b, &changed, 0, changed.n));
	}
}

/* SM suites in TLS stay TLS: the version decides. */
static void
tls_with_its_suites_is_no_tlcp(void **state)
{
	static const struct sample tls = { &recognise_tlcp,
		BYTES("\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x03" RANDOM32
		      "\x00\x00\x02\xe0\x11\x01\x00") };
	struct bench b;
	(void)state;
	open_bench(&b, &tls);
	assert_null(give(&b, &tls, 0, tls.n));
}

static void
transport_must_be_right(void **state)
{
	struct bench b;
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		open_bench(&b, &samples[i]);
		b.p.proto = b.p.proto == PROTO_TCP ? PROTO_UDP : PROTO_TCP;
		assert_null(give(&b, &samples[i], 0, samples[i].n));
	}
}

/* What comes later in a stream is not its beginning, whatever it looks like. */
static void
only_the_beginning_counts(void **state)
{
	static const struct sample noise = { &recognise_tlcp, BYTES("noise, and more of it") };
	struct bench b;
	(void)state;
	open_bench(&b, &noise);
	assert_null(give(&b, &noise, 0, noise.n));
	b.f.tcp_flags[0] = 0;
	assert_null(give(&b, &samples[0], 0, samples[0].n));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_knows_its_own_and_no_other),
		cmocka_unit_test(host_name_comes_from_the_hello),
		cmocka_unit_test(two_pieces_are_as_good_as_one),
		cmocka_unit_test(order_and_repetition_do_not_matter),
		cmocka_unit_test(one_wrong_byte_is_enough),
		cmocka_unit_test(tls_with_its_suites_is_no_tlcp),
		cmocka_unit_test(transport_must_be_right),
		cmocka_unit_test(only_the_beginning_counts),
	};
	return cmocka_run_group_tests_name("recognise", tests, NULL, NULL);
}
