/* SPDX-License-Identifier: Apache-2.0 */
/* A TCP conversation, segment by segment, and what a reader gets of it. Include once. */
#ifndef WANGLOU_TESTS_STREAM_BENCH_H
#define WANGLOU_TESTS_STREAM_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probe/flow.h"

#define SECOND 1000000000ULL

struct bench {
	struct flow_table *t;
	struct targets *targets;
	struct flow *f;
	uint8_t got[2][1 << 16]; /* by direction; lost bytes are '?' */
	size_t n[2];
	uint64_t lost[2];
	bool end[2];
	uint16_t client_port;
	uint64_t number;
	/* of the next segments */
	uint8_t ttl;
	uint16_t window;
	uint16_t urgent;
	uint32_t stamp; /* with a timestamp option when not 0 */
	uint8_t scale;  /* with a window scale option on SYN when not 0 */
	bool offloaded; /* the checksum is left to a card */
};

static inline void
on_end(void *context, struct flow *f)
{
	(void)context;
	(void)f;
}

static inline void
open_policy(struct bench *b, uint64_t memory, uint64_t depth, const char *policy)
{
	char default_host[] = "default";
	struct conf_pair pair = { (char *)(uintptr_t)policy, default_host };
	struct conf_map map = { &pair, policy != NULL };
	struct err e;
	struct targets *targets = targets_new(&map, &e);
	struct flow_config c = { .targets = targets,
		.max_flows = 10,
		.max_stream_bytes = memory,
		.stream_depth = depth,
		.timeout_tcp_new = 60 * SECOND,
		.timeout_tcp_established = 600 * SECOND,
		.timeout_tcp_closed = 10 * SECOND,
		.midstream = true,
		.seed = HASH_KEY_FIXED };
	assert_non_null(targets);
	memset(b, 0, sizeof(*b));
	b->targets = targets;
	b->ttl = 64;
	b->window = UINT16_MAX;
	b->client_port = 1000;
	b->t = flow_new(&c);
	assert_non_null(b->t);
}

/* What is said of hosts by default. */
static inline void
open_bench(struct bench *b, uint64_t memory, uint64_t depth)
{
	open_policy(b, memory, depth, NULL);
}

static inline void
close_bench(struct bench *b)
{
	flow_drain(b->t, on_end, NULL);
	assert_int_equal(flow_count(b->t)->stream_memory, 0);
	flow_free(b->t);
	targets_free(b->targets);
}

static inline void
take(struct bench *b, const struct flow_chunk *c)
{
	assert_false(b->end[c->dir]);
	memset(b->got[c->dir] + b->n[c->dir], '?', c->lost);
	b->n[c->dir] += c->lost;
	b->lost[c->dir] += c->lost;
	assert_int_equal(c->offset, b->n[c->dir]);
	if (c->data.len)
		memcpy(b->got[c->dir] + b->n[c->dir], c->data.ptr, c->data.len);
	b->n[c->dir] += c->data.len;
	b->end[c->dir] = c->end;
}

/* The TCP header, of which flow reads options and the urgent pointer. */
static inline size_t
header(const struct bench *b, uint8_t flags, uint8_t out[40])
{
	size_t n = 20;
	memset(out, 0, 40);
	out[18] = (uint8_t)(b->urgent >> 8);
	out[19] = (uint8_t)b->urgent;
	if (b->stamp) {
		const uint8_t option[12] = { 1, 1, 8, 10, (uint8_t)(b->stamp >> 24),
			(uint8_t)(b->stamp >> 16), (uint8_t)(b->stamp >> 8), (uint8_t)b->stamp };
		memcpy(out + n, option, sizeof(option));
		n += sizeof(option);
	}
	if (b->scale && flags & TCP_SYN) {
		const uint8_t option[4] = { 1, 3, 3, b->scale };
		memcpy(out + n, option, sizeof(option));
		n += sizeof(option);
	}
	return n;
}

/* One segment from the client ('C') or the server ('S'); the bytes live on the heap only as long as
 * the packet. */
static inline void
segment(struct bench *b, char who, uint8_t flags, uint32_t seq, uint32_t ack, struct view bytes)
{
	struct flow_chunk c;
	enum dir dir;
	uint8_t head[40];
	size_t n = header(b, flags, head);
	uint8_t *copy = malloc(n + bytes.len);
	struct packet p = { .frame = { .ts = SECOND, .number = ++b->number },
		.ip_ver = 4,
		.proto = 6,
		.ttl = b->ttl,
		.tcp_window = b->window };
	assert_non_null(copy);
	memcpy(copy, head, n);
	if (bytes.len)
		memcpy(copy + n, bytes.ptr, bytes.len);
	p.src.b[0] = who == 'C' ? 1 : 2;
	p.dst.b[0] = who == 'C' ? 2 : 1;
	p.sport = who == 'C' ? b->client_port : 80;
	p.dport = who == 'C' ? 80 : b->client_port;
	p.tcp_flags = flags;
	p.flags = b->offloaded ? PKT_OFFLOADED : 0;
	p.tcp_seq = seq;
	p.tcp_ack = ack;
	p.l4 = (struct view){ copy, n + bytes.len };
	p.payload = (struct view){ copy + n, bytes.len };
	b->f = flow_packet(b->t, &p, &dir, on_end, NULL);
	assert_non_null(b->f);
	flow_segment(b->t, b->f, &p, dir);
	while (flow_chunk(b->t, b->f, &c))
		take(b, &c);
	free(copy);
}

static inline void
text(struct bench *b, char who, uint32_t seq, uint32_t ack, const char *s)
{
	segment(b, who, TCP_ACK, seq, ack, view_of(s));
}

static inline void
flush(struct bench *b)
{
	struct flow_chunk c;
	while (flow_chunk_flush(b->t, b->f, &c))
		take(b, &c);
}

static inline void
begin(struct bench *b, uint32_t client, uint32_t server)
{
	segment(b, 'C', TCP_SYN, client - 1, 0, view_of(""));
	segment(b, 'S', TCP_SYN | TCP_ACK, server - 1, client, view_of(""));
	segment(b, 'C', TCP_ACK, client, server, view_of(""));
}

static inline void
expect(const struct bench *b, enum dir dir, const char *s)
{
	assert_int_equal(b->n[dir], strlen(s));
	assert_memory_equal(b->got[dir], s, strlen(s));
}

#endif
