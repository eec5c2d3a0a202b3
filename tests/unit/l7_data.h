/* SPDX-License-Identifier: Apache-2.0 */
/* A talk through l7, whole, byte by byte, cut short and damaged; for tests of data protocols. */
#ifndef WANGLOU_TESTS_L7_DATA_H
#define WANGLOU_TESTS_L7_DATA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probe/l7.h"

struct line {
	enum dir dir;
	const char *bytes;
	size_t n;
};
#define C(text)                                                                                    \
	{                                                                                          \
		DIR_TO_SERVER, text, sizeof(text) - 1                                              \
	}
#define S(text)                                                                                    \
	{                                                                                          \
		DIR_TO_CLIENT, text, sizeof(text) - 1                                              \
	}
#define LINES(l) l, sizeof(l) / sizeof(*(l))

struct talk {
	struct l7 *l;
	struct flow flow;
	char said[32768]; /* every record written, joined */
	char odd[512];
	unsigned fails, oks, events;
	uint8_t proto;
};

static inline void
talk_start(struct talk *t, uint16_t port, uint8_t proto)
{
	static const struct l7_config config = { .max_buffer = 65536,
		.max_state = 16,
		.max_tx_per_flow = 8,
		.max_text = 1 << 20,
		.max_files = 4 };
	memset(t, 0, sizeof(*t));
	t->flow.key.proto = proto;
	t->flow.key.sport = port;
	t->flow.key.cport = 40000;
	t->l = l7_new(&config);
	assert_non_null(t->l);
}

static inline void
talk_collect(struct talk *t)
{
	struct buf out;
	struct jw w;
	const char *kind;
	size_t n, used = strlen(t->said);
	const struct l7_tx *tx = l7_ready(t->l, &n);
	for (size_t i = 0; i < n; i++) {
		t->fails += l7_tx_login(&tx[i], &kind) == L7_LOGIN_FAIL;
		t->oks += l7_tx_login(&tx[i], &kind) == L7_LOGIN_OK;
		if (!l7_tx_record(&tx[i]))
			continue;
		t->events++;
		buf_init(&out, 0);
		jw_init(&w, &out);
		jw_object(&w);
		l7_tx_write(&tx[i], &w);
		jw_object_end(&w);
		if (used + out.len < sizeof(t->said)) {
			memcpy(t->said + used, out.ptr, out.len);
			used += out.len;
		}
		buf_fini(&out);
	}
	const struct l7_anomaly *a = l7_anomalies(t->l, &n);
	for (size_t i = 0; i < n && strlen(t->odd) < 400; i++) {
		strcat(t->odd, a[i].event);
		strcat(t->odd, " ");
	}
}

static inline void
talk_send(struct talk *t, enum dir dir, const void *data, size_t n, uint64_t lost)
{
	uint8_t *copy = malloc(n ? n : 1); /* exactly these bytes, so that one too far is seen */
	assert_non_null(copy);
	if (n)
		memcpy(copy, data, n);
	struct packet p = { .payload = { copy, n } };
	struct flow_chunk c = { .data = p.payload, .dir = dir, .lost = lost };
	l7_begin(t->l);
	if (t->flow.key.proto == 17)
		l7_datagram(t->l, &t->flow, &p, dir);
	else
		l7_chunk(t->l, &t->flow, &p, &c);
	talk_collect(t);
	l7_begin(t->l);
	free(copy);
}

static inline void
talk_end(struct talk *t)
{
	t->proto = l7_proto(&t->flow);
	l7_begin(t->l);
	l7_finish(t->l, &t->flow);
	talk_collect(t);
	l7_flow_free(t->l, &t->flow);
	l7_free(t->l);
}

static inline void
talk_play(struct talk *t, uint16_t port, const struct line *l, size_t n, size_t step)
{
	talk_start(t, port, 6);
	for (size_t i = 0; i < n; i++) {
		for (size_t at = 0; at < l[i].n; at += step)
			talk_send(t, l[i].dir, l[i].bytes + at,
			    l[i].n - at < step ? l[i].n - at : step, 0);
	}
	talk_end(t);
}

static inline void
talk_said(const struct talk *t, const char *text)
{
	if (!strstr(t->said, text))
		fail_msg("%s is not in %s", text, t->said);
}

static inline void
talk_silent(const struct talk *t, const char *text)
{
	if (strstr(t->said, text))
		fail_msg("%s is in %s", text, t->said);
}

/* The same comes out byte by byte; nothing breaks when it ends early or bytes are changed. */
static inline void
talk_hard(uint16_t port, const struct line *l, size_t n)
{
	struct talk whole, t;
	char bytes[4096];
	talk_play(&whole, port, l, n, SIZE_MAX / 2);
	talk_play(&t, port, l, n, 1);
	assert_string_equal(whole.said, t.said);
	for (size_t i = 0; i < n; i++) {
		for (size_t at = 0; at < l[i].n && l[i].n < sizeof(bytes); at++) {
			talk_start(&t, port, 6);
			for (size_t k = 0; k < n; k++) {
				memcpy(bytes, l[k].bytes, l[k].n);
				if (k == i)
					bytes[at] = (char)(bytes[at] ^ (at % 2 ? 0xff : 0x11));
				talk_send(&t, l[k].dir, bytes, l[k].n, 0);
			}
			talk_end(&t);
			talk_start(&t, port, 6);
			for (size_t k = 0; k <= i; k++)
				talk_send(&t, l[k].dir, l[k].bytes, k == i ? at : l[k].n, 0);
			talk_end(&t);
		}
	}
}

#endif
