/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Payloads against a fixed rule set. The input is packets: one byte of flags (direction, transport,
 * transaction), one of length, then the payload.
 */
#include "../unit/match_fake.h"

static const char rules[] =
    "alert tcp any any -> any any (content:\"GET \"; depth:4; content:\"passwd\"; distance:1; "
    "nocase; sid:1;)\n"
    "alert tcp any any -> any any (content:\"ab\"; content:\"cd\"; within:9; content:!\"e\"; "
    "distance:-3; within:4; sid:2;)\n"
    "alert tcp any any -> any any (pcre:\"/a+b(c|d)/i\"; content:\"x\"; distance:0; endswith; "
    "flowbits:toggle,a; sid:3;)\n"
    "alert tcp any any -> any any (content:\"q\"; pcre:\"/^[a-z]{2}/R\"; flowbits:isset,a; "
    "sid:4;)\n"
    "alert udp any any -> any any (dsize:>3; content:\"|00 01|\"; offset:2; depth:6; sid:5;)\n"
    "alert http any any -> any any (http.uri; content:\"a\"; startswith; pcre:\"/b$/\"; pkt_data; "
    "content:\"z\"; sid:6;)\n"
    "alert ip any any -> any any (content:\"limit\"; threshold:type limit, track by_src, count 1, "
    "seconds 2; sid:7;)\n"
    "pass tcp any any -> any any (dsize:2; content:\"pp\"; sid:8;)\n";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
one(struct match *m, struct flow *f, uint64_t offset[2], uint8_t flags, struct view v)
{
	static struct alert_list out;
	enum dir dir = flags & 1;
	struct packet p = fake_packet(flags & 2 ? 17 : 6, v.ptr, v.len);
	struct fake_tx tx_data = { .buffer[L7_BUF_HTTP_URI] = v };
	struct l7_tx tx = { .proto = L7_HTTP,
		.ready = L7_READY_REQUEST,
		.has = L7_READY_REQUEST,
		.data = &tx_data };
	struct flow_chunk c = { .data = v, .offset = offset[dir], .dir = dir, .lost = flags >> 6 };
	bool chunk = !(flags & 2);
	c.offset += c.lost;
	offset[dir] = c.offset + (chunk ? v.len : 0);
	out.n = 0;
	f->packets[dir]++;
	match_packet(m, &p, flags & 8 ? NULL : f, dir, &c, chunk && !(flags & 8), &tx,
	    flags & 4 ? 1 : 0, &out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct match_config config = { 2, 2, 32, HASH_KEY_FIXED, NULL, NULL };
	static struct match_rules *r;
	static struct match *m;
	struct flow f = { .tcp = FLOW_TCP_ESTABLISHED };
	uint64_t offset[2] = { 0, 0 };
	struct cursor c = cursor_of(data, size);
	struct view v;
	uint8_t flags, n;
	if (!r) {
		r = fake_load(rules, sizeof(rules) - 1, NULL, NULL);
		m = match_new(&config, r);
	}
	fake_proto = L7_HTTP;
	while (cursor_u8(&c, &flags) && cursor_u8(&c, &n)) {
		size_t len = n < cursor_left(&c) ? n : cursor_left(&c);
		(void)cursor_take(&c, len, &v);
		one(m, &f, offset, flags, v);
	}
	match_flow_free(m, &f);
	return 0;
}
