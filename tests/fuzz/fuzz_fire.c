/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Somebody's rules on somebody's packets: rule text up to a zero byte, then packets as fuzz_match
 * has them. Every rule is tried on each packet, woken or not.
 */
#include "../unit/match_fake.h"
#include "probe/match_trace.h"
#include "rule_mutate.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t
no_clock(void)
{
	return 0;
}

static void
trial(void *context, const struct match_trial *t)
{
	(void)context;
	(void)t;
}

static bool
watch(void *context, uint32_t gid, uint32_t sid)
{
	(void)context;
	(void)gid;
	(void)sid;
	return true;
}

static struct match_rules *
load(struct view v)
{
	const struct conf_map nets = { fake_nets, 2 }, ports = { fake_ports, 1 };
	const struct match_text text = { "fuzz.rules", v };
	struct match_summary summary;
	struct err e;
	struct match_load l = { .classification_file = "",
		.address_vars = &nets,
		.port_vars = &ports,
		.text = &text,
		.text_n = 1 };
	return match_rules_load(&l, &summary, &e);
}

struct run {
	struct match *m;
	struct flow f;
	uint64_t offset[2];
	uint64_t id;
};

/* flags: 1 to client, 2 UDP, 4 a transaction, 8 no flow, 16 it goes on, 32 the next protocol, the
 * rest bytes lost. */
static void
one(struct run *r, uint8_t flags, struct view v)
{
	static struct alert_list out;
	static struct fake_tx tx_data;
	static struct l7_file file = { .about = { .name = { (const uint8_t *)"a.exe", 5 } } };
	enum dir dir = flags & 1;
	struct packet p = fake_packet(flags & 2 ? 17 : 6, v.ptr, v.len);
	bool chunk = !(flags & 2);
	static const uint8_t zeros[60];
	p.l3 = (struct view){ v.len >= 40 ? v.ptr : zeros, 20 };
	p.l4 = (struct view){ p.l3.ptr + 20, v.len >= 40 ? v.len - 20 : 40 };
	for (size_t i = 0; i < L7_BUF_COUNT; i++)
		tx_data.buffer[i] = v;
	for (size_t i = 0; i < L7_NUM_COUNT; i++)
		tx_data.number[i] = v.len ? v.ptr[i % v.len] : i;
	fake_proto = (uint8_t)((fake_proto + (flags >> 5 & 1)) % L7_COUNT);
	struct l7_window window = {
		.file = &file, .data = v, .dir = dir, .at = r->offset[dir], .last = !(flags & 16)
	};
	struct l7_tx tx = { .proto = fake_proto,
		.id = r->id,
		.ready = (uint8_t)(flags & 16 ? L7_READY_TO_SERVER | L7_READY_TO_CLIENT : 0xff),
		.has = 0xff,
		.window = &window,
		.window_n = 1,
		.data = &tx_data };
	struct flow_chunk c = {
		.data = v, .offset = r->offset[dir], .dir = dir, .lost = flags >> 6
	};
	r->id += !(flags & 16);
	c.offset += c.lost;
	r->offset[dir] = c.offset + (chunk ? v.len : 0);
	out.n = 0;
	r->f.packets[dir]++;
	match_packet(r->m, &p, flags & 8 ? NULL : &r->f, dir, &c, chunk && !(flags & 8), &tx,
	    flags & 4 ? 1 : 0, &out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct match_config config = { 2, 2, 32, HASH_KEY_FIXED, NULL, NULL };
	struct match_trace trace = { .clock = no_clock, .trial = trial, .watch = watch };
	struct run r = { .f = { .tcp = FLOW_TCP_ESTABLISHED } };
	const uint8_t *end = size ? memchr(data, 0, size) : NULL;
	struct cursor c = cursor_of(data, size);
	struct view v;
	uint8_t flags, n;
	if (!end || size > 1u << 14 || !cursor_take(&c, (size_t)(end - data), &v))
		return 0;
	(void)cursor_skip(&c, 1);
	struct match_rules *rules = load(v);
	r.m = rules ? match_new(&config, rules) : NULL;
	fake_proto = L7_HTTP;
	if (r.m && v.len % 2 == 0)
		(void)match_trace_set(r.m, &trace);
	while (r.m && cursor_u8(&c, &flags) && cursor_u8(&c, &n)) {
		size_t len = n < cursor_left(&c) ? n : cursor_left(&c);
		(void)cursor_take(&c, len, &v);
		one(&r, flags, v);
	}
	if (r.m)
		match_flow_free(r.m, &r.f);
	match_free(r.m);
	match_rules_free(rules);
	return 0;
}
