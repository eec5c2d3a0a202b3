/* SPDX-License-Identifier: Apache-2.0 */
/* A flow through l7, its bytes given as hex, and the records that come out; for tests of industrial
 * protocols. */
#ifndef WANGLOU_TESTS_L7_ICS_H
#define WANGLOU_TESTS_L7_ICS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/crypt.h"
#include "probe/l7.h"

struct ics {
	struct l7 *l;
	struct flow flow;
	char said[65536]; /* every record written, joined */
	char odd[1024];   /* names of anomalies */
	unsigned events;
};

static const struct l7_config ics_config = { .max_buffer = 65536,
	.max_state = 16,
	.max_tx_per_flow = 4,
	.body_limit = 4096,
	.max_text = 1 << 20,
	.max_files = 4,
	.digests = (1u << CRYPT_KINDS) - 1 };

static inline void
ics_start(struct ics *f, uint16_t port, uint8_t proto)
{
	memset(f, 0, sizeof(*f));
	f->flow.key.proto = proto;
	f->flow.key.sport = port;
	f->flow.key.cport = 40000;
	f->l = l7_new(&ics_config);
	assert_non_null(f->l);
}

static inline void
ics_collect(struct ics *f)
{
	struct buf out;
	struct jw w;
	size_t n, used = strlen(f->said);
	const struct l7_tx *tx = l7_ready(f->l, &n);
	for (size_t i = 0; i < n; i++) {
		if (!l7_tx_record(&tx[i]))
			continue;
		f->events++;
		buf_init(&out, 0);
		jw_init(&w, &out);
		jw_object(&w);
		l7_tx_write(&tx[i], &w);
		jw_object_end(&w);
		assert_true(used + out.len < sizeof(f->said));
		memcpy(f->said + used, out.ptr, out.len);
		used += out.len;
		buf_fini(&out);
	}
	const struct l7_anomaly *a = l7_anomalies(f->l, &n);
	for (size_t i = 0; i < n && strlen(f->odd) < 900; i++) {
		strcat(f->odd, a[i].event);
		strcat(f->odd, " ");
	}
}

static inline void
ics_send(struct ics *f, enum dir dir, const uint8_t *data, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1); /* exactly these bytes, so that one too far is seen */
	assert_non_null(copy);
	memcpy(copy, data, n);
	struct packet p = { .payload = { copy, n } };
	struct flow_chunk c = { .data = p.payload, .dir = dir };
	l7_begin(f->l);
	if (f->flow.key.proto == 17)
		l7_datagram(f->l, &f->flow, &p, dir);
	else
		l7_chunk(f->l, &f->flow, &p, &c);
	ics_collect(f);
	if (f->flow.key.proto == 17)
		l7_begin(f->l);
	free(copy);
}

/* "68 04 07..." to bytes; blanks are skipped. */
static inline size_t
ics_bytes(const char *hex, uint8_t *out, size_t room)
{
	size_t n = 0;
	unsigned v;
	for (; *hex; hex += 2) {
		while (*hex == ' ')
			hex++;
		if (!*hex)
			break;
		assert_int_equal(sscanf(hex, "%2x", &v), 1);
		assert_true(n < room);
		out[n++] = (uint8_t)v;
	}
	return n;
}

static inline void
ics_hex(struct ics *f, enum dir dir, const char *hex)
{
	uint8_t bytes[4096];
	ics_send(f, dir, bytes, ics_bytes(hex, bytes, sizeof(bytes)));
}

/* The same byte by byte. */
static inline void
ics_drip(struct ics *f, enum dir dir, const char *hex)
{
	uint8_t bytes[4096];
	size_t n = ics_bytes(hex, bytes, sizeof(bytes));
	for (size_t i = 0; i < n; i++)
		ics_send(f, dir, bytes + i, 1);
}

#define C(f, hex) ics_hex((f), DIR_TO_SERVER, (hex))
#define S(f, hex) ics_hex((f), DIR_TO_CLIENT, (hex))

static inline void
ics_lose(struct ics *f, enum dir dir, uint64_t n, const char *hex)
{
	uint8_t bytes[4096];
	struct flow_chunk c = {
		.data = { bytes, ics_bytes(hex, bytes, sizeof(bytes)) }, .dir = dir, .lost = n
	};
	l7_begin(f->l);
	l7_chunk(f->l, &f->flow, NULL, &c);
	ics_collect(f);
}

static inline void
ics_finish(struct ics *f)
{
	l7_begin(f->l);
	l7_finish(f->l, &f->flow);
	ics_collect(f);
	l7_flow_free(f->l, &f->flow);
	l7_free(f->l);
}

static inline void
ics_said(const struct ics *f, const char *text)
{
	if (!strstr(f->said, text))
		fail_msg("%s is not in %s", text, f->said);
}

static inline void
ics_silent(const struct ics *f, const char *text)
{
	if (strstr(f->said, text))
		fail_msg("%s is in %s", text, f->said);
}

static inline bool
ics_odd(const struct ics *f, const char *event)
{
	return strstr(f->odd, event) != NULL;
}

/* Every way of cutting a message short and every byte of it changed: nothing breaks. */
static inline void
ics_hostile(uint16_t port, uint8_t proto, const char *hello, enum dir dir, const char *hex)
{
	struct ics *f = malloc(sizeof(*f));
	uint8_t bytes[4096], first[4096];
	size_t n = ics_bytes(hex, bytes, sizeof(bytes)), h = ics_bytes(hello, first, sizeof(first));
	assert_non_null(f);
	for (size_t i = 0; i < n * 2; i++) {
		size_t at = i / 2;
		uint8_t was = bytes[at];
		ics_start(f, port, proto);
		if (h)
			ics_send(f, DIR_TO_SERVER, first, h);
		if (i & 1)
			bytes[at] = (uint8_t)~was;
		ics_send(f, dir, bytes, i & 1 ? n : at);
		bytes[at] = was;
		ics_finish(f);
	}
	free(f);
}

#endif
