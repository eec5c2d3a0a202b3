/* SPDX-License-Identifier: Apache-2.0 */
/* zsock: only keys that are let in get through, messages carry the key, nothing blocks. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/keys.h"
#include "lib/zsock.h"

static struct keys_pair server_key, good_key, bad_key;

static bool
allow(void *user, const uint8_t key[ZSOCK_KEY])
{
	(*(int *)user)++;
	return memcmp(key, good_key.public_key, ZSOCK_KEY) == 0;
}

static struct zsock *
server(int *asked)
{
	struct err e;
	struct zsock_config c = { .endpoint = "tcp://127.0.0.1:*",
		.allow = allow,
		.user = asked,
		.message_max = 10000,
		.queue_max = 10,
		.handshake_ms = 1000 };
	memcpy(c.secret_key, server_key.secret_key, ZSOCK_KEY);
	struct zsock *z = zsock_listen(&c, &e);
	if (!z)
		fail_msg("%s", e.text);
	return z;
}

static struct zsock *
client(const struct zsock *to, const struct keys_pair *key, const uint8_t *expect)
{
	struct err e;
	struct zsock_config c = { .endpoint = zsock_endpoint(to),
		.message_max = 10000,
		.queue_max = 10,
		.handshake_ms = 1000 };
	memcpy(c.public_key, key->public_key, ZSOCK_KEY);
	memcpy(c.secret_key, key->secret_key, ZSOCK_KEY);
	memcpy(c.server_key, expect, ZSOCK_KEY);
	return zsock_connect(&c, &e);
}

/* Let both sides run until the client's link is no longer what it was, or for five seconds. */
static enum zsock_link
run(struct zsock *a, struct zsock *b, enum zsock_link from)
{
	for (int i = 0; i < 500 && zsock_link(b) == from; i++) {
		(void)zsock_wait(a, -1, 5);
		(void)zsock_wait(b, -1, 5);
	}
	return zsock_link(b);
}

static int
receive(struct zsock *z, struct zsock_message *m)
{
	for (int i = 0; i < 500; i++)
		if (zsock_wait(z, -1, 10))
			return zsock_recv(z, m);
	return 0;
}

static void
there_and_back(void **state)
{
	int asked = 0;
	struct zsock_message m;
	(void)state;
	struct zsock *a = server(&asked), *b = client(a, &good_key, server_key.public_key);
	assert_int_equal(zsock_send(b, NULL, view_of("too early")), -EAGAIN);
	assert_int_equal(run(a, b, ZSOCK_LINK_TRYING), ZSOCK_LINK_UP);
	assert_true(asked >= 1);
	assert_int_equal(zsock_send(b, NULL, view_of("hello")), 0);
	assert_int_equal(receive(a, &m), 1);
	assert_true(view_is(m.bytes, "hello"));
	assert_memory_equal(m.key, good_key.public_key, ZSOCK_KEY);
	struct zsock_peer peer = m.from;
	assert_int_equal(zsock_send(a, &peer, view_of("welcome")), 0);
	assert_int_equal(receive(b, &m), 1);
	assert_true(view_is(m.bytes, "welcome"));
	zsock_close(b);
	int rc = 0;
	for (int i = 0; i < 500 && rc != -EHOSTUNREACH; i++) {
		(void)zsock_wait(a, -1, 10);
		rc = zsock_send(a, &peer, view_of("anybody?"));
	}
	assert_int_equal(rc, -EHOSTUNREACH); /* said, not dropped in silence */
	zsock_close(a);
}

static void
others_stay_out(void **state)
{
	int asked = 0;
	(void)state;
	struct zsock *a = server(&asked), *b = client(a, &bad_key, server_key.public_key);
	assert_int_equal(run(a, b, ZSOCK_LINK_TRYING), ZSOCK_LINK_DOWN);
	for (int i = 0; i < 100 && !zsock_count(a)->refused_key; i++)
		(void)zsock_wait(a, -1, 10);
	assert_int_equal(zsock_count(a)->refused_key, 1);
	zsock_close(b);
	b = client(a, &good_key, bad_key.public_key); /* it wants to talk to somebody else */
	assert_int_equal(run(a, b, ZSOCK_LINK_TRYING), ZSOCK_LINK_DOWN);
	zsock_close(b);
	zsock_close(a);
}

static void
full_queues_do_not_block(void **state)
{
	static uint8_t big[9000];
	int asked = 0, rc = 0;
	(void)state;
	struct zsock *a = server(&asked), *b = client(a, &good_key, server_key.public_key);
	assert_int_equal(run(a, b, ZSOCK_LINK_TRYING), ZSOCK_LINK_UP);
	for (int i = 0; i < 100000 && rc == 0; i++)
		rc = zsock_send(b, NULL, (struct view){ big, sizeof(big) });
	assert_int_equal(rc, -EAGAIN);
	zsock_close(b);
	zsock_close(a);
}

static void
long_messages_end_the_connection(void **state)
{
	static uint8_t big[20000];
	int asked = 0;
	(void)state;
	struct zsock *a = server(&asked), *b = client(a, &good_key, server_key.public_key);
	assert_int_equal(run(a, b, ZSOCK_LINK_TRYING), ZSOCK_LINK_UP);
	assert_int_equal(zsock_send(b, NULL, (struct view){ big, sizeof(big) }), 0);
	assert_int_equal(run(a, b, ZSOCK_LINK_UP), ZSOCK_LINK_DOWN);
	zsock_close(b);
	zsock_close(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(others_stay_out),
		cmocka_unit_test(full_queues_do_not_block),
		cmocka_unit_test(long_messages_end_the_connection),
	};
	if (keys_make(&server_key, "server", "2026-11-22", NULL) < 0 ||
	    keys_make(&good_key, "good", "2026-11-22", NULL) < 0 ||
	    keys_make(&bad_key, "bad", "2026-11-22", NULL) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
