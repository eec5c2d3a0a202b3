/* SPDX-License-Identifier: Apache-2.0 */
/* RADIUS: who asks, who is let in; passwords are not shown. */
#include "l7_directory.h"

static const char ask[] =
    "01c3004a00a7e1c00bc460f194157c758944b0ef0106616e6e610212e8bbc0fd6c2bc6f8fdcb05728f28bca8"
    "04060a0a081f0506000000075012cc770b45a65bde14f2735a299b20eb96";

static const char accept[] =
    "02c3002e715e23fb78e542ca3d1ba8b317ce8ee5120f57656c636f6d652c20616e6e6108060a0a0863510501"
    "3432";

static const char ask2[] =
    "0173004af0c35be74c1761ad291050bf49fe0a960106616e6e6102120a4b8148759e15c19a51f06b2173589f"
    "04060a0a081f0506000000075012df80396c8f927e08ec4f6a6e8eeabd02";

static const char reject[] =
    "0373002e92398dfef3dd97e612c794203e991747120f57656c636f6d652c20616e6e6108060a0a0863510501"
    "3432";

static const char stop[] =
    "045b0057f34e5a896f1da665b68f7c221f4370f30106616e6e612806000000022c06303030312e060000003d"
    "2a06000003e83406000000012b06000007d01f1330322d35372d30612d30612d30382d316604060a0a081f";

static void
messages_are_records(void **state)
{
	(void)state;
	struct bench b;
	bench_start(&b, UDP, 1812);
	bench_give(&b, REQ, ask);
	bench_said(&b, "\"code\":\"access_request\"");
	bench_said(&b, "\"user_name\":\"anna\"");
	bench_said(&b, "\"authentication\":\"pap\"");
	bench_give(&b, REP, accept);
	bench_said(&b, "\"code\":\"access_accept\"");
	bench_said(&b, "\"for_user\":\"anna\"");
	bench_said(&b, "\"framed_ip\":\"10.10.8.99\"");
	bench_said(&b, "\"tunnel_private_group\":\"42\"");
	bench_said(&b, "\"reply_message\":[\"Welcome, anna\"]");
	bench_give(&b, REQ, ask2);
	bench_give(&b, REP, reject);
	bench_said(&b, "\"code\":\"access_reject\"");
	bench_give(&b, REQ, stop);
	bench_said(&b, "\"acct_status\":\"stop\",\"acct_input_octets\":4294968296");
	assert_int_equal(b.events, 5);
	assert_int_equal(b.odd, 0);
	assert_int_equal(b.oks, 1);
	assert_int_equal(b.fails, 1);
	bench_end(&b);
}

static void
damaged_bytes_do_no_harm(void **state)
{
	(void)state;
	struct bench b;
	bench_harm(UDP, 1812, ask);
	bench_harm(UDP, 1812, accept);
	bench_harm(UDP, 1812, ask2);
	bench_harm(UDP, 1812, reject);
	bench_harm(UDP, 1812, stop);
	(void)b;
}

static void
others_are_not_taken(void **state)
{
	(void)state;
	struct bench b;
	(void)b;
	bench_nobody(UDP, 4711, "05010014000102030405060708090a0b0c0d0e0f");
	bench_nobody(UDP, 1812, "01010016000102030405060708090a0b0c0d0e0f0100");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_records),
		cmocka_unit_test(damaged_bytes_do_no_harm),
		cmocka_unit_test(others_are_not_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
