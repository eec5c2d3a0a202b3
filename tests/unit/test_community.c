/* SPDX-License-Identifier: Apache-2.0 */
/* Community ids, beside those that the specification gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/flow.h"

/* From the specification's own baseline, seed 0. */
struct reference {
	const char *src, *dst, *id;
	uint16_t sport, dport;
	uint8_t proto;
};

static const struct reference references[] = {
	{ "128.232.110.120", "66.35.250.204", "1:LQU9qZlK+B5F3KDmev6m5PMibrg=", 34855, 80, 6 },
	{ "66.35.250.204", "128.232.110.120", "1:LQU9qZlK+B5F3KDmev6m5PMibrg=", 80, 34855, 6 },
	{ "192.168.1.52", "8.8.8.8", "1:d/FP5EW3wiY1vCndhwleRRKHowQ=", 54585, 53, 17 },
	{ "192.168.170.8", "192.168.170.56", "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ=", 7, 80, 132 },
	{ "192.168.0.89", "192.168.0.1", "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=", 8, 0, 1 },
	{ "192.168.0.1", "192.168.0.89", "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=", 0, 0, 1 },
	{ "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea",
	    "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=", 135, 0, 58 },
	{ "192.168.0.89", "192.168.0.1", "1:3o2RFccXzUgjl7zDpqmY7yJi8rI=", 20, 0, 1 },
	{ "192.168.0.89", "192.168.0.1", "1:tz/fHIDUHs19NkixVVoOZywde+I=", 20, 1, 1 },
	{ "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:507:0:1:260:97ff:fe07:69ea",
	    "1:/OGBt9BN1ofenrmSPWYicpij2Vc=", 3, 0, 58 },
};

static void
on_end(void *context, struct flow *f)
{
	(void)context;
	(void)f;
}

static void
community_ids_match_the_specification(void **state)
{
	const struct flow_config c = { .max_flows = 10, .midstream = true, .seed = HASH_KEY_FIXED };
	(void)state;
	for (size_t i = 0; i < sizeof(references) / sizeof(*references); i++) {
		const struct reference *r = &references[i];
		struct flow_table *t = flow_new(&c);
		bool icmp = r->proto == 1 || r->proto == 58;
		struct packet p = { .frame = { .wirelen = 100, .ts = 1000000000000, .number = 1 },
			.ttl = 64,
			.proto = r->proto,
			.sport = icmp ? 0 : r->sport,
			.dport = icmp ? 0 : r->dport,
			.icmp_type = icmp ? (uint8_t)r->sport : 0,
			.icmp_code = icmp ? (uint8_t)r->dport : 0 };
		enum dir dir;
		char id[32];
		assert_non_null(t);
		p.ip_ver = addr_parse(r->src, &p.src);
		assert_int_equal(addr_parse(r->dst, &p.dst), p.ip_ver);
		flow_community_id(flow_packet(t, &p, &dir, on_end, NULL), id);
		assert_string_equal(id, r->id);
		flow_drain(t, on_end, NULL);
		flow_free(t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(community_ids_match_the_specification),
	};
	return cmocka_run_group_tests_name("community", tests, NULL, NULL);
}
