/* SPDX-License-Identifier: Apache-2.0 */
/* defrag: fragments in every order, whose bytes win, what is refused, what goes when too much
 * waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "probe/defrag.h"

#define SECOND 1000000000ull
#define BEGIN (1000 * SECOND)

static struct decode_counters count;
static struct joined whole;
static uint8_t ttl = 64; /* of the next fragments */

static struct defrag *
make(const struct targets *targets, uint32_t datagrams, uint64_t memory)
{
	struct defrag_config config = { .max_datagrams = datagrams,
		.memory = memory,
		.timeout = 60 * SECOND,
		.targets = targets,
		.seed = HASH_KEY_FIXED };

	memset(&count, 0, sizeof(count));
	struct defrag *d = defrag_new(&config);
	assert_non_null(d);
	return d;
}

/* One fragment of datagram `id`; the times of all tests begin at BEGIN. */
struct piece {
	uint32_t id, offset, len;
	uint8_t ver;
	bool more;
	uint8_t proto;
	uint64_t after; /* seconds */
};

static bool
add_bytes(struct defrag *d, struct piece p, const uint8_t *bytes)
{
	uint8_t header4[20] = { 0x45, 0, 0, 0, 0, 0, 0x20, 0, ttl, 17 };
	uint8_t header6[40] = { 0x60, 0, 0, 0, 0, 0, 44, ttl };
	struct fragment f = { .ts = BEGIN + p.after * SECOND,
		.offset = p.offset,
		.wirelen = p.len + 34,
		.proto = p.proto ? p.proto : 17,
		.more = p.more,
		.header = { p.ver == 6 ? header6 : header4, p.ver == 6 ? 40 : 20 },
		.data = { bytes, p.len } };

	f.key = (struct defrag_key){
		.id = p.id, .ver = p.ver ? p.ver : 4, .proto = p.ver == 6 ? 0 : 17
	};
	return defrag_add(d, &f, 0, &count, &whole);
}

/* The bytes are gone afterwards, so that nobody may look at them again. */
static bool
add(struct defrag *d, struct piece p, const uint8_t *bytes)
{
	uint8_t *copy = malloc(p.len ? p.len : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, p.len);
	bool done = add_bytes(d, p, copy);
	free(copy);
	return done;
}

static void
fill(uint8_t *bytes, size_t n, uint32_t seed)
{
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1103515245u + 12345;
		bytes[i] = (uint8_t)(seed >> 16);
	}
}

static void
assert_whole(const uint8_t *bytes, size_t n)
{
	assert_int_equal(whole.l3.len, whole.header + n);
	assert_memory_equal(whole.l3.ptr + whole.header, bytes, n);
}

/* ---- whose bytes win ---- */

/* Units `from` to `to` filled with the letter. */
struct stroke {
	char letter;
	uint8_t from, to;
};

/* Shankar and Paxson's six fragments, and Novak's, who has one for each way to overlap. */
static const struct stroke six[] = { { '1', 0, 2 }, { '2', 4, 5 }, { '3', 6, 8 }, { '4', 1, 4 },
	{ '5', 6, 8 }, { '6', 9, 11 } };
static const struct stroke novak[] = { { 'A', 0, 2 }, { 'B', 4, 5 }, { 'C', 6, 8 }, { 'D', 10, 10 },
	{ 'E', 13, 14 }, { 'F', 15, 17 }, { 'G', 18, 19 }, { 'H', 20, 21 }, { 'I', 22, 22 },
	{ 'J', 1, 4 }, { 'K', 6, 8 }, { 'L', 9, 11 }, { 'M', 12, 14 }, { 'N', 16, 16 },
	{ 'O', 19, 19 }, { 'P', 20, 20 }, { 'Q', 22, 23 } };

static void
draw(struct defrag *d, const struct stroke *s, size_t n, const char *want)
{
	char got[64] = "";
	uint8_t bytes[64];

	for (size_t i = 0; i < n; i++) {
		uint32_t len = (s[i].to - s[i].from + 1u) * 8;
		memset(bytes, s[i].letter, len);
		struct piece p = { .offset = s[i].from * 8u, .len = len, .more = i + 1 < n };
		assert_int_equal(add(d, p, bytes), i + 1 == n);
	}
	for (size_t i = 0; i < (whole.l3.len - 20) / 8; i++)
		got[i] = (char)whole.l3.ptr[20 + i * 8];
	assert_string_equal(got, want);
}

static void
each_system_keeps_its_own(void **state)
{
	static const struct {
		const char *name, *six, *novak;
	} rows[] = {
		{ "bsd", "111442333666", "AAAJJBCCCLLLMMMFFFGGHHIQ" },
		{ "bsd-right", "144422555666", "AJJJBBKKKLDLMEEFNFGOPHQQ" },
		{ "linux", "111442555666", "AAAJJBKKKLLLMMMFFFGGPHQQ" },
		{ "first", "111422333666", "AAAJBBCCCLDLMEEFFFGGHHIQ" },
		{ "last", "144442555666", "AJJJJBKKKLLLMMMFNFGOPHQQ" },
		{ "windows", "111422333666", "AAAJBBCCCLLLMEEFFFGGHHIQ" },
		{ "solaris", "111422333666", "AAAJBBCCCLLLMMMFFFGGHHIQ" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char all[] = "[default]", *name = strdup(rows[i].name);
		struct conf_pair pair = { name, all };
		struct conf_map map = { &pair, 1 };
		struct targets *t = targets_new(&map, NULL);
		struct defrag *d = make(t, 16, DEFRAG_MEMORY_MIN);
		draw(d, six, sizeof(six) / sizeof(six[0]), rows[i].six);
		assert_int_equal(count.defrag_overlaps, 2);
		assert_int_equal(count.defrag_conflicts, 2);
		draw(d, novak, sizeof(novak) / sizeof(novak[0]), rows[i].novak);
		assert_int_equal(count.defrag_joined, 2);
		assert_int_equal(count.defrag_waiting, 0);
		defrag_free(d);
		targets_free(t);
		free(name);
	}
}

/* First and Last are simple enough to be done again byte by byte. */
static void
overlaps_at_random(void **state)
{
	static uint8_t bytes[4096], want[8192];
	static const char *const names[] = { "first", "last" };
	uint32_t seed = 1;

	(void)state;
	for (int last = 0; last < 2; last++) {
		char all[] = "default", *name = strdup(names[last]);
		struct conf_pair pair = { name, all };
		struct conf_map map = { &pair, 1 };
		struct targets *t = targets_new(&map, NULL);
		struct defrag *d = make(t, 16, DEFRAG_MEMORY_MIN);
		for (uint32_t id = 1; id < 200; id++) {
			bool had[1024] = { false }, done = false;
			for (int i = 0; i < 400 && !done; i++) {
				seed = seed * 1103515245u + 12345;
				uint32_t from = seed >> 16 & 255, n = 1 + (seed >> 8 & 63);
				n = from + n > 256 ? 256 - from : n;
				fill(bytes, n * 8, seed);
				struct piece p = { id, from * 8, n * 8, 4, from + n < 256, 0, 0 };
				done = add(d, p, bytes);
				for (uint32_t u = from; u < from + n; u++) {
					if (last || !had[u])
						memcpy(want + u * 8, bytes + (u - from) * 8, 8);
					had[u] = true;
				}
			}
			if (done)
				assert_whole(want, 2048);
		}
		assert_true(count.defrag_joined > 100);
		defrag_free(d);
		targets_free(t);
		free(name);
	}
}

/* ---- orders ---- */

static void
both_orders(void **state)
{
	static const uint32_t lens[] = { 1, 7, 8, 9, 511, 512, 513, 3000, 20000, 65515 };
	static const uint32_t sizes[] = { 8, 512, 1480, 4096 };
	static uint8_t bytes[65536];
	struct defrag *d = make(NULL, 16, DEFRAG_MEMORY_MIN);

	(void)state;
	fill(bytes, sizeof(bytes), 7);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		for (size_t k = 0; k < 8; k++) {
			uint32_t len = lens[i], size = sizes[k / 2], n = (len + size - 1) / size;
			for (uint32_t j = 0; j < n; j++) {
				uint32_t at = (k & 1 ? n - 1 - j : j) * size;
				uint32_t here = len - at < size ? len - at : size;
				struct piece p = { 1, at, here, 4, at + here < len, 0, 0 };
				assert_int_equal(add(d, p, bytes + at), j + 1 == n);
			}
			assert_whole(bytes, len);
			assert_int_equal(
			    whole.kept, (n - 1) * 34 + len -
					    (k & 1 ? (n > 1 ? size : len) : len - (n - 1) * size));
		}
	}
	assert_int_equal(count.defrag_waiting, 0);
	assert_int_equal(count.defrag_overlaps, 0);
	defrag_free(d);
}

static void
repeated_ones_change_nothing(void **state)
{
	uint8_t bytes[64];
	struct defrag *d = make(NULL, 16, DEFRAG_MEMORY_MIN);

	(void)state;
	fill(bytes, sizeof(bytes), 3);
	for (uint8_t ver = 4; ver <= 6; ver += 2) {
		assert_false(add(d, (struct piece){ 1, 16, 16, ver, true, 0, 0 }, bytes + 16));
		assert_false(add(d, (struct piece){ 1, 16, 16, ver, true, 0, 0 }, bytes + 16));
		assert_false(add(d, (struct piece){ 1, 32, 20, ver, false, 0, 0 }, bytes + 32));
		assert_false(add(d, (struct piece){ 1, 32, 20, ver, false, 0, 0 }, bytes + 32));
		assert_true(add(d, (struct piece){ 1, 0, 16, ver, true, 0, 0 }, bytes));
		assert_whole(bytes, 52);
	}
	assert_int_equal(count.defrag_overlaps, 4);
	assert_int_equal(count.defrag_conflicts, 0);
	defrag_free(d);
}

/* ---- IPv6 ---- */

static void
overlapping_ipv6_is_dropped(void **state)
{
	uint8_t bytes[64] = { 0 };
	struct defrag *d = make(NULL, 16, DEFRAG_MEMORY_MIN);

	(void)state;
	assert_false(add(d, (struct piece){ 1, 0, 16, 6, true, 0, 0 }, bytes));
	assert_false(add(d, (struct piece){ 1, 8, 16, 6, true, 0, 0 }, bytes));
	assert_int_equal(count.defrag_dropped, 1);
	assert_false(add(d, (struct piece){ 1, 16, 8, 6, false, 0, 0 }, bytes));
	assert_false(add(d, (struct piece){ 1, 0, 16, 6, true, 0, 0 }, bytes));
	assert_false(add(d, (struct piece){ 1, 16, 8, 6, false, 0, 59 }, bytes));
	/* a minute after the first nobody remembers */
	assert_false(add(d, (struct piece){ 1, 0, 16, 6, true, 0, 60 }, bytes));
	assert_true(add(d, (struct piece){ 1, 16, 8, 6, false, 0, 60 }, bytes));
	defrag_free(d);
}

/* Fragments that end on their way, in any order, take nothing from those that arrive. */
static void
decoys_with_low_ttls(void **state)
{
	static const struct {
		uint32_t offset, len;
		bool more;
		uint8_t ttl; /* 0: 64 */
	} rows[][7] = {
		/* another end */
		{ { .offset = 16, .len = 8, .ttl = 3 }, { .len = 48, .more = true },
		    { .offset = 48, .len = 48 } },
		/* other bytes before, between and behind */
		{ { .len = 48, .more = true, .ttl = 3 }, { .len = 48, .more = true },
		    { .offset = 48, .len = 48 } },
		{ { .offset = 48, .len = 48 }, { .len = 48, .more = true, .ttl = 3 },
		    { .len = 48, .more = true } },
		{ { .len = 48, .more = true }, { .offset = 48, .len = 48, .ttl = 3 },
		    { .offset = 48, .len = 48 } },
		/* of more hop limits than are kept apart */
		{ { .len = 48, .more = true, .ttl = 2 }, { .len = 48, .more = true, .ttl = 3 },
		    { .len = 48, .more = true, .ttl = 4 }, { .len = 48, .more = true, .ttl = 5 },
		    { .len = 48, .more = true, .ttl = 6 }, { .len = 48, .more = true },
		    { .offset = 48, .len = 48 } },
	};
	uint8_t bytes[96], nice[96];

	(void)state;
	fill(bytes, sizeof(bytes), 1);
	fill(nice, sizeof(nice), 2);
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		struct defrag *d = make(NULL, 16, DEFRAG_MEMORY_MIN);
		bool done = false;
		for (size_t k = 0; k < 7 && rows[i / 2][k].len; k++) {
			struct piece p = { .offset = rows[i / 2][k].offset,
				.len = rows[i / 2][k].len,
				.ver = i % 2 ? 6 : 4,
				.more = rows[i / 2][k].more };
			bool decoy = rows[i / 2][k].ttl;
			ttl = decoy ? rows[i / 2][k].ttl : 64;
			done = add(d, p, (decoy ? nice : bytes) + p.offset);
			if (done && decoy)
				assert_int_equal(whole.ttl, 3);
		}
		assert_true(done);
		assert_whole(bytes, sizeof(bytes));
		assert_int_equal(whole.ttl, 64);
		defrag_free(d);
	}
}

/* All of them arrive. */
static void
two_ways_for_one_datagram(void **state)
{
	uint8_t bytes[96];
	struct defrag *d = make(NULL, 16, DEFRAG_MEMORY_MIN);

	(void)state;
	fill(bytes, sizeof(bytes), 1);
	assert_false(add(d, (struct piece){ .len = 48, .more = true }, bytes));
	ttl = 63;
	assert_true(add(d, (struct piece){ .offset = 48, .len = 48 }, bytes + 48));
	ttl = 64;
	assert_whole(bytes, sizeof(bytes));
	assert_int_equal(whole.ttl, 63);
	defrag_forget(d, &count);
	assert_int_equal(count.defrag_waiting, 0);
	defrag_free(d);
}

static void
first_ipv6_fragment_says_what_it_is(void **state)
{
	uint8_t bytes[64] = { 0 };
	struct defrag *d = make(NULL, 16, DEFRAG_MEMORY_MIN);

	(void)state;
	assert_false(add(d, (struct piece){ 1, 0, 16, 6, true, 6, 0 }, bytes));
	assert_true(add(d, (struct piece){ 1, 16, 5, 6, false, 58, 0 }, bytes));
	assert_int_equal(whole.proto, 6);
	assert_int_equal(whole.l3.ptr[6], 6);
	assert_int_equal(whole.l3.ptr[5], 21);
	assert_int_equal(whole.ttl, 64);
	defrag_free(d);
}

/* ---- what is refused ---- */

static void
refused(void **state)
{
	static uint8_t bytes[65536];
	struct defrag *d = make(NULL, 16, DEFRAG_MEMORY_MIN);

	(void)state;
	assert_false(
	    add(d, (struct piece){ 1, 65528, 8, 4, false, 0, 0 }, bytes)); /* ping of death */
	assert_false(add(d, (struct piece){ 1, 65512, 4, 4, false, 0, 0 }, bytes));
	assert_int_equal(count.defrag_too_large, 2);
	assert_false(add(d, (struct piece){ 2, 65520, 16, 6, false, 0, 0 }, bytes));
	assert_int_equal(count.defrag_too_large, 3);
	assert_false(add(d, (struct piece){ 3, 0, 0, 4, true, 0, 0 }, bytes));
	assert_false(add(d, (struct piece){ 3, 8, 0, 4, false, 0, 0 }, bytes));
	assert_false(add(d, (struct piece){ 3, 8, 7, 4, true, 0, 0 }, bytes));
	assert_false(add(d, (struct piece){ 3, 8, 12, 6, true, 0, 0 }, bytes));
	assert_int_equal(count.defrag_bad_size, 4);
	assert_int_equal(count.defrag_waiting, 0);
	assert_int_equal(count.defrag_tiny, 3);
	assert_false(add(d, (struct piece){ 4, 64, 64, 4, true, 0, 0 }, bytes));
	assert_false(add(d, (struct piece){ 4, 8, 16, 4, false, 0, 0 }, bytes)); /* teardrop */
	assert_int_equal(count.defrag_bad_end, 1);
	assert_false(add(d, (struct piece){ 4, 128, 9, 4, false, 0, 0 }, bytes));
	assert_false(add(d, (struct piece){ 4, 128, 10, 4, false, 0, 0 }, bytes));
	assert_false(add(d, (struct piece){ 4, 128, 16, 4, true, 0, 0 }, bytes));
	assert_int_equal(count.defrag_bad_end, 3);
	assert_true(add(d, (struct piece){ 4, 0, 64, 4, true, 0, 0 }, bytes));
	assert_int_equal(whole.l3.len, 20 + 137);
	defrag_free(d);
}

/* Linux takes the whole units of an odd fragment, Windows nothing of it. */
static void
odd_fragments(void **state)
{
	uint8_t bytes[64];
	char windows[] = "windows", all[] = "default";
	struct conf_pair pair = { windows, all };
	struct conf_map map = { &pair, 1 };
	struct targets *t = targets_new(&map, NULL);
	struct defrag *d = make(NULL, 16, DEFRAG_MEMORY_MIN);

	(void)state;
	fill(bytes, sizeof(bytes), 5);
	assert_false(add(d, (struct piece){ 1, 0, 13, 4, true, 0, 0 }, bytes));
	assert_true(add(d, (struct piece){ 1, 8, 9, 4, false, 0, 0 }, bytes + 8));
	assert_whole(bytes, 17);
	defrag_set_targets(d, t);
	assert_false(add(d, (struct piece){ 1, 0, 13, 4, true, 0, 0 }, bytes));
	assert_int_equal(count.defrag_bad_size, 1);
	defrag_free(d);
	targets_free(t);
}

/* ---- time and room ---- */

static void
waiting_ends(void **state)
{
	uint8_t bytes[64] = { 0 };
	struct defrag *d = make(NULL, 16, DEFRAG_MEMORY_MIN);

	(void)state;
	assert_false(add(d, (struct piece){ 1, 0, 16, 4, true, 0, 0 }, bytes));
	assert_true(add(d, (struct piece){ 1, 16, 8, 4, false, 0, 29 }, bytes));
	assert_false(add(d, (struct piece){ 1, 0, 16, 4, true, 0, 29 }, bytes));
	assert_false(add(d, (struct piece){ 1, 16, 8, 4, false, 0, 59 }, bytes));
	assert_int_equal(count.defrag_timeouts, 1);
	assert_false(add(d, (struct piece){ 2, 0, 16, 6, true, 0, 60 }, bytes));
	assert_true(add(d, (struct piece){ 2, 16, 8, 6, false, 0, 119 }, bytes));
	/* a little out of order, then a clock that was set back */
	assert_false(add(d, (struct piece){ 3, 0, 16, 6, true, 0, 110 }, bytes));
	assert_int_equal(count.defrag_timeouts, 2);
	assert_int_equal(count.defrag_waiting, 1);
	assert_false(add(d, (struct piece){ 3, 16, 8, 6, false, 0, 1 }, bytes));
	assert_int_equal(count.defrag_timeouts, 3);
	defrag_forget(d, &count);
	assert_int_equal(count.defrag_timeouts, 4);
	assert_int_equal(count.defrag_waiting, 0);
	defrag_free(d);
}

static void
oldest_goes(void **state)
{
	static uint8_t bytes[65536];
	struct defrag *d = make(NULL, 3, DEFRAG_MEMORY_MIN);

	(void)state;
	for (uint32_t id = 1; id <= 4; id++)
		assert_false(add(d, (struct piece){ id, 0, 16, 4, true, 0, id }, bytes));
	assert_int_equal(count.defrag_evicted, 1);
	assert_true(add(d, (struct piece){ 2, 16, 8, 4, false, 0, 5 }, bytes));
	assert_false(add(d, (struct piece){ 1, 16, 8, 4, false, 0, 5 }, bytes));
	defrag_free(d);
	/* room for bytes: six of 64 kb do not fit into 256 kb, the last one does */
	d = make(NULL, 100, DEFRAG_MEMORY_MIN);
	for (uint32_t id = 1; id <= 6; id++)
		assert_false(add(d, (struct piece){ id, 8, 65504, 4, false, 0, id }, bytes));
	assert_true(count.defrag_evicted >= 2);
	assert_true(add(d, (struct piece){ 6, 0, 8, 4, true, 0, 7 }, bytes));
	assert_int_equal(whole.l3.len, 65532);
	defrag_free(d);
}

static long
peak_kb(void)
{
	struct rusage u;

	assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
	return u.ru_maxrss;
}

static void
flood(void **state)
{
	static uint8_t bytes[1480];
	struct defrag *d = make(NULL, 20000, 4u << 20);
	long before = peak_kb();
	uint32_t id = 1;

	(void)state;
	for (uint32_t i = 0; i < 1000000; i++) {
		id = id * 1664525u + 1013904223u; /* each value once */
		struct piece p = { id, (i & 3) * 1480, i & 7 ? 1480 : 24, 4, true, 0, i >> 17 };
		assert_false(add_bytes(d, p, bytes));
	}
	assert_true(count.defrag_waiting <= 20000);
	assert_int_equal(count.defrag_evicted + count.defrag_waiting, 1000000);
	assert_true(peak_kb() - before < 3 * 4096); /* sanitizers take their share */
	defrag_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_system_keeps_its_own),
		cmocka_unit_test(overlaps_at_random),
		cmocka_unit_test(both_orders),
		cmocka_unit_test(repeated_ones_change_nothing),
		cmocka_unit_test(overlapping_ipv6_is_dropped),
		cmocka_unit_test(decoys_with_low_ttls),
		cmocka_unit_test(two_ways_for_one_datagram),
		cmocka_unit_test(first_ipv6_fragment_says_what_it_is),
		cmocka_unit_test(refused),
		cmocka_unit_test(odd_fragments),
		cmocka_unit_test(waiting_ends),
		cmocka_unit_test(oldest_goes),
		cmocka_unit_test(flood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
