/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The input is a row of pseudo packets: twelve bytes of header (see read_packet), then payload.
 * Whatever they say, the table stays within its caps, every flow ends once, and each direction's
 * bytes follow each other without a step back.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "probe/flow.h"

#define SECOND 1000000000ULL
#define FLOWS 8

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where the reader of each direction stands, by flow id. */
struct reader {
	uint64_t id;
	uint64_t next[2];
	bool ended[2];
};

struct bench {
	struct flow_table *t;
	struct reader reader[FLOWS];
	uint64_t begun, ended, now, number;
	uint8_t sum;
	uint8_t segment[40 + 255 * 16]; /* a TCP header and its payload */
};

static struct reader *
reader_of(struct bench *b, uint64_t id)
{
	for (size_t i = 0; i < FLOWS; i++)
		if (b->reader[i].id == id)
			return &b->reader[i];
	return NULL;
}

static void
check_chunk(struct bench *b, const struct flow *f, const struct flow_chunk *c)
{
	struct reader *r = reader_of(b, f->id);

	assert(r && !r->ended[c->dir]);
	assert(c->offset == r->next[c->dir] + c->lost);
	assert(c->data.len || c->end);
	r->next[c->dir] = c->offset + c->data.len;
	r->ended[c->dir] = c->end;
	for (size_t i = 0; i < c->data.len; i++)
		b->sum ^= c->data.ptr[i];
}

static void
on_end(void *context, struct flow *f)
{
	struct bench *b = context;
	struct reader *r = reader_of(b, f->id);
	struct flow_chunk c;

	while (f->key.proto == 6 && flow_chunk_flush(b->t, f, &c))
		check_chunk(b, f, &c);
	char id[32];
	flow_community_id(f, id);
	assert(r && strlen(id) == 30);
	*r = (struct reader){ 0 };
	b->ended++;
}

/* A TCP header of which flow reads options and the urgent pointer; `extra` says which there are. */
static void
make_segment(struct bench *b, struct packet *p, uint8_t extra)
{
	size_t n = 20;

	memset(b->segment, 0, 40);
	b->segment[19] = extra >> 5;
	if (extra & 4) {
		const uint8_t stamp[12] = { 1, 1, 8, 10, 0, 0, 0, extra };
		memcpy(b->segment + n, stamp, sizeof(stamp));
		n += sizeof(stamp);
	}
	if (extra & 8) {
		const uint8_t scale[4] = { 3, 3, extra >> 4, 0 };
		memcpy(b->segment + n, scale, sizeof(scale));
		n += sizeof(scale);
	}
	if (p->payload.len)
		memcpy(b->segment + n, p->payload.ptr, p->payload.len);
	p->l4 = (struct view){ b->segment, n + p->payload.len };
	p->payload.ptr = b->segment + n;
}

static bool
read_packet(struct bench *b, struct cursor *c, struct packet *p)
{
	static const uint8_t protos[] = { 6, 6, 6, 6, 17, 1, 58, 132 };
	static const uint32_t bases[] = { 0, 0xfffffff0, 0x7ffffff0, 0x40000000 };
	static const uint8_t ttls[] = { 64, 63, 3, 128 };
	uint8_t who, what, flags, seconds, seq, ack, kind, code, n, extra;
	uint16_t more;

	memset(p, 0, sizeof(*p));
	if (!cursor_u8(c, &who) || !cursor_u8(c, &what) || !cursor_u8(c, &flags) ||
	    !cursor_u8(c, &seconds) || !cursor_u8(c, &seq) || !cursor_u8(c, &ack) ||
	    !cursor_u8(c, &kind) || !cursor_u8(c, &code) || !cursor_u16(c, &more) ||
	    !cursor_u8(c, &n) || !cursor_u8(c, &extra))
		return false;
	b->now += seconds * (SECOND / 4);
	p->frame = (struct frame){ .ts = b->now, .number = ++b->number, .wirelen = n };
	p->proto = protos[what & 7];
	p->ip_ver = what & 8 ? 6 : 4;
	p->flags = what >> 4 & (PKT_FRAGMENT | PKT_FIRST_FRAG | PKT_BAD_CSUM);
	p->vlan[0] = what >> 7;
	p->src.b[0] = 1 + (who & 1);
	p->dst.b[0] = 2 - (who & 1);
	p->sport = who & 1 ? who >> 1 & 7 : 80;
	p->dport = who & 1 ? 80 : who >> 1 & 7;
	p->tcp_flags = flags;
	p->tcp_seq = bases[who >> 6] + seq + (more & 0xff) * 200;
	p->tcp_ack = bases[who >> 4 & 3] + ack + (uint32_t)(more >> 8) * 200;
	p->icmp_type = kind;
	p->icmp_code = code;
	size_t take = (size_t)n * (1 + (more & 15));
	if (take > cursor_left(c))
		take = cursor_left(c);
	if (!cursor_take(c, take, &p->payload))
		return false;
	p->ttl = ttls[extra & 3];
	p->tcp_window = (uint16_t)(code << 4);
	p->l4 = p->payload;
	if (p->proto == PROTO_TCP)
		make_segment(b, p, extra);
	return true;
}

static void
one_packet(struct bench *b, const struct packet *p)
{
	struct flow_chunk c;
	enum dir dir;

	flow_expire(b->t, b->now, on_end, b);
	struct flow *f = flow_packet(b->t, p, &dir, on_end, b);
	flow_quote(b->t, p);
	if (!f)
		return;
	if (f->packets[0] + f->packets[1] == 1) {
		struct reader *r = reader_of(b, 0);
		assert(r);
		r->id = f->id;
		b->begun++;
	}
	assert(f->last >= f->first && f->id);
	if (p->proto != 6)
		return;
	flow_segment(b->t, f, p, dir);
	while (flow_chunk(b->t, f, &c))
		check_chunk(b, f, &c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const policies[] = { "linux", "first", "last", "windows", "solaris",
		"old-linux", "bsd", "vista" };
	char policy[16], hosts[] = "default";
	struct conf_pair pair = { policy, hosts };
	struct conf_map map = { &pair, 1 };
	struct err e;
	strcpy(policy, policies[size >> 2 & 7]);
	struct targets *targets = targets_new(&map, &e);
	struct flow_config config = { .max_flows = FLOWS,
		.targets = targets,
		.urgent = size >> 1 & 3,
		.timeout_emergency = 5 * SECOND,
		.max_stream_bytes = 16384,
		.stream_depth = size & 1 ? 20000 : 0,
		.timeout_tcp_new = 60 * SECOND,
		.timeout_tcp_established = 100 * SECOND,
		.timeout_tcp_closed = 10 * SECOND,
		.timeout_udp_new = 30 * SECOND,
		.timeout_udp_established = 50 * SECOND,
		.timeout_icmp = 30 * SECOND,
		.timeout_other = 20 * SECOND,
		.midstream = size % 3 != 0,
		.midstream_policy = (uint8_t)(FLOW_POLICY_IGNORE + size % 5),
		.strict = size & 16,
		.vlan_in_key = true,
		.tenant_in_key = true,
		.seed = HASH_KEY_FIXED };
	static struct bench b;
	struct cursor c = cursor_of(data, size);
	struct packet p;

	log_init("fuzz_flow", LOG_LEVEL_ERROR);
	memset(&b, 0, sizeof(b));
	b.t = flow_new(&config);
	if (!b.t || !targets)
		abort();
	flow_watch(b.t, size & 8);
	while (read_packet(&b, &c, &p))
		one_packet(&b, &p);
	assert(flow_count(b.t)->active <= FLOWS);
	flow_drain(b.t, on_end, &b);
	assert(b.begun == b.ended && flow_count(b.t)->total == b.begun);
	assert(flow_count(b.t)->active == 0 && flow_count(b.t)->stream_memory == 0);
	const struct flow_counters *n = flow_count(b.t);
	assert(n->packets + n->no_flow + n->memory_failed == b.number && n->emergency == 0);
	flow_free(b.t);
	targets_free(targets);
	return 0;
}
