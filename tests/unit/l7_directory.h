/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the directory protocols share: messages in hex (from pcaps/l7_directory.pcap)
 * go through the whole of l7. */
#ifndef WANGLOU_TESTS_L7_DIRECTORY_H
#define WANGLOU_TESTS_L7_DIRECTORY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probe/l7.h"

#define TCP 6
#define UDP 17
#define REQ DIR_TO_SERVER
#define REP DIR_TO_CLIENT

struct bench {
	struct l7 *l;
	struct flow flow;
	char said[65536]; /* every record, joined */
	unsigned events, oks, fails, odd;
};

static const struct l7_config bench_config = { .max_buffer = 65536,
	.max_state = 16,
	.max_tx_per_flow = 4,
	.body_limit = 4096,
	.max_text = 1 << 20,
	.max_files = 4,
	.file_limit = 4096 };

static inline void
bench_start(struct bench *b, uint8_t proto, uint16_t port)
{
	memset(b, 0, sizeof(*b));
	b->flow.key.proto = proto;
	b->flow.key.sport = port;
	b->flow.key.cport = 40000;
	b->l = l7_new(&bench_config);
	assert_non_null(b->l);
}

static inline void
bench_collect(struct bench *b)
{
	struct buf out;
	struct jw w;
	const char *kind;
	size_t n;
	const struct l7_tx *tx = l7_ready(b->l, &n);
	for (size_t i = 0; i < n; i++) {
		b->fails += l7_tx_login(&tx[i], &kind) == L7_LOGIN_FAIL;
		b->oks += l7_tx_login(&tx[i], &kind) == L7_LOGIN_OK;
		if (!l7_tx_record(&tx[i]))
			continue;
		b->events++;
		buf_init(&out, 0);
		jw_init(&w, &out);
		l7_tx_write(&tx[i], &w);
		strncat(b->said, (const char *)out.ptr, out.len);
		buf_fini(&out);
	}
	(void)l7_anomalies(b->l, &n);
	b->odd += (unsigned)n;
}

/* Exactly these bytes on the heap, so that one byte too far is seen. */
static inline void
bench_bytes(struct bench *b, enum dir dir, const uint8_t *bytes, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);
	assert_non_null(copy);
	if (n)
		memcpy(copy, bytes, n);
	struct packet p = { .payload = { copy, n } };
	struct flow_chunk c = { .data = p.payload, .dir = dir };
	l7_begin(b->l);
	if (b->flow.key.proto == UDP)
		l7_datagram(b->l, &b->flow, &p, dir);
	else
		l7_chunk(b->l, &b->flow, &p, &c);
	bench_collect(b);
	l7_begin(b->l);
	free(copy);
}

static inline size_t
bench_hex(const char *hex, uint8_t *out, size_t room)
{
	size_t n = 0;
	for (; hex[0] && hex[1] && n < room; hex += 2) {
		const char two[3] = { hex[0], hex[1], 0 };
		out[n++] = (uint8_t)strtoul(two, NULL, 16);
	}
	return n;
}

static inline void
bench_give(struct bench *b, enum dir dir, const char *hex)
{
	uint8_t bytes[4096];
	bench_bytes(b, dir, bytes, bench_hex(hex, bytes, sizeof(bytes)));
}

static inline void
bench_pieces(struct bench *b, enum dir dir, const char *hex)
{
	uint8_t bytes[4096];
	size_t n = bench_hex(hex, bytes, sizeof(bytes));
	for (size_t i = 0; i < n; i++)
		bench_bytes(b, dir, bytes + i, 1);
}

static inline void
bench_end(struct bench *b)
{
	l7_begin(b->l);
	l7_finish(b->l, &b->flow);
	bench_collect(b);
	l7_flow_free(b->l, &b->flow);
	l7_free(b->l);
}

static inline void
bench_said(const struct bench *b, const char *text)
{
	if (!strstr(b->said, text))
		fail_msg("%s is not in %s", text, b->said);
}

/* Every beginning of a message, and every message with one octet turned, must do no harm. */
static inline void
bench_harm(uint8_t proto, uint16_t port, const char *hex)
{
	uint8_t bytes[4096];
	struct bench b;
	size_t n = bench_hex(hex, bytes, sizeof(bytes));
	for (size_t i = 0; i < n; i++) {
		bench_start(&b, proto, port);
		bench_bytes(&b, REQ, bytes, i);
		bench_end(&b);
		bench_start(&b, proto, port);
		bytes[i] ^= 0xff;
		bench_bytes(&b, REQ, bytes, n);
		bytes[i] ^= 0xff;
		bench_end(&b);
	}
}

/* Nobody takes these bytes. */
static inline void
bench_nobody(uint8_t proto, uint16_t port, const char *hex)
{
	struct bench b;
	bench_start(&b, proto, port);
	for (int i = 0; i < 5; i++)
		bench_give(&b, REQ, hex);
	assert_int_equal(b.events, 0);
	bench_end(&b);
}

#endif
