/* SPDX-License-Identifier: Apache-2.0 */
/* await: what waits comes out in its order, for its flow and direction only; what finds no room is
 * counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/probe/await.h"

static char taken[16];

/* of no interest here */
unsigned
flow_vlans(const struct flow *f, uint16_t out[PACKET_VLANS])
{
	(void)f;
	(void)out;
	return 0;
}

static void
take(void *context, size_t item)
{
	const char *names = context;
	size_t n = strlen(taken);
	assert_true(n + 1 < sizeof(taken));
	taken[n] = names[item];
}

/* Put one named so; true when there was room. */
static bool
put(struct await *a, char *names, char name, const struct flow *f, unsigned dir)
{
	size_t item;
	if (!await_room(a, &item))
		return false;
	names[item] = name;
	await_put(a, f, dir);
	return true;
}

static const char *
taken_of(struct await *a, char *names, const struct flow *f, unsigned dir)
{
	memset(taken, 0, sizeof(taken));
	await_take(a, f, dir, take, names);
	return taken;
}

static void
in_order_and_for_whom(void **state)
{
	struct flow one = { 0 }, two = { 0 };
	char names[4];
	struct await a;
	(void)state;
	assert_int_equal(await_open(&a, 4), 0);
	assert_true(put(&a, names, 'a', &one, DIR_TO_SERVER));
	assert_true(put(&a, names, 'b', &two, DIR_TO_SERVER));
	assert_true(put(&a, names, 'c', &one, DIR_TO_CLIENT));
	assert_true(put(&a, names, 'd', &one, DIR_TO_SERVER));
	assert_false(put(&a, names, 'e', &one, DIR_TO_SERVER));
	assert_int_equal(a.full, 1);
	assert_string_equal(taken_of(&a, names, &one, DIR_TO_SERVER), "ad");
	assert_int_equal(a.n, 2);
	assert_true(put(&a, names, 'f', &two, DIR_TO_CLIENT));
	assert_true(put(&a, names, 'g', &two, DIR_TO_SERVER));
	assert_false(put(&a, names, 'h', &two, DIR_TO_SERVER));
	assert_string_equal(taken_of(&a, names, &two, AWAIT_BOTH), "bfg");
	assert_string_equal(taken_of(&a, names, NULL, DIR_TO_SERVER), "");
	assert_string_equal(taken_of(&a, names, NULL, AWAIT_BOTH), "c");
	assert_int_equal(a.n, 0);
	assert_int_equal(a.full, 2);
	await_close(&a);
}

static void
nothing_to_close(void **state)
{
	struct await a = { 0 };
	(void)state;
	await_close(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order_and_for_whom),
		cmocka_unit_test(nothing_to_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
