/* SPDX-License-Identifier: Apache-2.0 */
/* flow: who is the client of a connection that was picked up in its middle. */
#include "flow_bench.h"

static struct packet
midway(
    struct bench *b, bool from_client, uint16_t cport, uint16_t sport, const char *bytes, size_t n)
{
	struct packet p = packet(b, 6, from_client);
	p.tcp_flags = TCP_ACK;
	p.sport = from_client ? cport : sport;
	p.dport = from_client ? sport : cport;
	p.payload = (struct view){ (const uint8_t *)bytes, n };
	return p;
}

/* Who is the client of a connection picked up midway is in its first bytes, whatever the ports. */
static void
first_bytes_tell_the_ends(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		bool client;
	} cases[] = {
		{ "GET /a HTTP/1.1\r\n", 17, true },
		{ "HTTP/1.1 200 OK\r\n", 17, false },
		{ "\x16\x03\x01\x00\x50\x01", 6, true },
		{ "\x16\x03\x03\x00\x50\x02", 6, false },
		{ "\x80\0\0\x28"
		  "abcd"
		  "\0\0\0\0"
		  "\0\0\0\2",
		    16, true },
		{ "\x80\0\0\x28"
		  "abcd"
		  "\0\0\0\1"
		  "\0\0\0\0",
		    16, false },
		{ "\0\0\0\x23\xffSMBr\0\0\0\0\x98"
		  "1234567890",
		    24, false },
		{ "\0\0\0\x23\xffSMBr\0\0\0\0\x18"
		  "1234567890",
		    24, true },
	};
	struct bench b;
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum dir dir;
		open_bench(&b, 100);
		/* by the ports it would be the other way round */
		bool client = cases[i].client;
		struct packet p = midway(&b, client, client ? 700 : 2049, client ? 40000 : 40001,
		    cases[i].bytes, cases[i].n);
		struct flow *f = send(&b, &p, &dir);
		assert_int_equal(dir, client ? DIR_TO_SERVER : DIR_TO_CLIENT);
		assert_int_equal(f->key.cport, client ? 700 : 2049);
		close_bench(&b);
	}
}

/* A server's bare acknowledgement came first. */
static void
ends_are_turned_at_the_first_bytes(void **state)
{
	struct bench b;
	enum dir dir;
	(void)state;
	open_bench(&b, 100);
	struct packet p = midway(&b, false, 1234, 80, "", 0);
	struct flow *f = send(&b, &p, &dir);
	assert_int_equal(dir, DIR_TO_SERVER); /* as far as is known */
	p = midway(&b, false, 1234, 80, "HTTP/1.1 200 OK\r\n", 17);
	assert_ptr_equal(send(&b, &p, &dir), f);
	assert_int_equal(dir, DIR_TO_CLIENT);
	assert_int_equal(f->key.cport, 1234);
	assert_int_equal(f->key.server.b[3], 2);
	assert_int_equal(f->packets[DIR_TO_CLIENT], 2);
	assert_int_equal(f->packets[DIR_TO_SERVER], 0);
	p = midway(&b, true, 1234, 80, "GET / HTTP/1.1\r\n", 16);
	assert_ptr_equal(send(&b, &p, &dir), f);
	assert_int_equal(dir, DIR_TO_SERVER);
	assert_int_equal(flow_count(b.t)->active, 1);
	close_bench(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_bytes_tell_the_ends),
		cmocka_unit_test(ends_are_turned_at_the_first_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
