/* SPDX-License-Identifier: Apache-2.0 */
/* A flow through l7, its lines given as text, and what comes out; for tests of mail protocols. */
#ifndef WANGLOU_TESTS_L7_MAIL_H
#define WANGLOU_TESTS_L7_MAIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/crypt.h"
#include "probe/l7.h"

struct talk {
	struct l7 *l;
	struct flow flow;
	char said[65536]; /* records and files written, joined */
	char odd[1024];   /* names of anomalies */
	unsigned events, files, fails, oks;
	bool drip; /* one byte at a time */
};

static inline void
talk_start(struct talk *t, uint16_t port)
{
	const struct l7_config config = { .max_buffer = 65536,
		.max_state = 16,
		.max_tx_per_flow = 16,
		.body_limit = 4096,
		.max_text = 1 << 20,
		.max_files = 8,
		.digests = 1u << CRYPT_MD5 };
	memset(t, 0, sizeof(*t));
	t->flow.key.proto = 6;
	t->flow.key.sport = port;
	t->l = l7_new(&config);
	assert_non_null(t->l);
}

static inline void
talk_append(struct talk *t, struct buf *out)
{
	size_t used = strlen(t->said);
	assert_true(used + out->len + 1 < sizeof(t->said));
	memcpy(t->said + used, out->ptr, out->len);
	buf_fini(out);
}

static inline void
talk_collect(struct talk *t)
{
	struct buf out;
	struct jw w;
	const char *kind;
	size_t n;
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
		talk_append(t, &out);
	}
	const struct l7_carried *file = l7_files(t->l, &n);
	for (size_t i = 0; i < n; i++) {
		t->files++;
		assert_non_null(file[i].tx.data);
		buf_init(&out, 0);
		jw_init(&w, &out);
		l7_file_write(&file[i], &w);
		talk_append(t, &out);
	}
	const struct l7_anomaly *a = l7_anomalies(t->l, &n);
	for (size_t i = 0; i < n && strlen(t->odd) < 900; i++) {
		strcat(t->odd, a[i].event);
		strcat(t->odd, " ");
	}
}

static inline void
talk_send(struct talk *t, enum dir dir, const char *text, size_t n, uint64_t lost)
{
	uint8_t *copy = malloc(n ? n : 1); /* exactly these bytes, so that one too far is seen */
	assert_non_null(copy);
	memcpy(copy, text, n);
	struct packet p = { .payload = { copy, n } };
	struct flow_chunk c = { .data = p.payload, .dir = dir, .lost = lost };
	l7_begin(t->l);
	l7_chunk(t->l, &t->flow, &p, &c);
	talk_collect(t);
	free(copy);
}

static inline void
talk_say(struct talk *t, enum dir dir, const char *text)
{
	size_t n = strlen(text);
	if (!t->drip)
		talk_send(t, dir, text, n, 0);
	for (size_t i = 0; t->drip && i < n; i++)
		talk_send(t, dir, text + i, 1, 0);
}

#define C(t, text) talk_say((t), DIR_TO_SERVER, (text))
#define S(t, text) talk_say((t), DIR_TO_CLIENT, (text))

static inline void
talk_finish(struct talk *t)
{
	l7_begin(t->l);
	l7_finish(t->l, &t->flow);
	talk_collect(t);
	l7_flow_free(t->l, &t->flow);
	l7_free(t->l);
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

/* A conversation, its lines "C text" and "S text" parted by '|', with every byte of it wrong and
 * every end of it: nothing breaks. */
static inline void
talk_hostile(uint16_t port, const char *const *lines, size_t lines_n)
{
	struct talk *t = malloc(sizeof(*t));
	char line[2048];
	assert_non_null(t);
	for (size_t bad = 0; bad < lines_n; bad++) {
		for (size_t at = 1; at < strlen(lines[bad]); at++) {
			talk_start(t, port);
			for (size_t i = 0; i < lines_n; i++) {
				snprintf(line, sizeof(line), "%s", lines[i] + 1);
				if (i == bad)
					line[at - 1] = (char)(line[at - 1] ^ (at % 3 ? 0x80 : 7));
				if (i == bad && at % 2)
					line[at - 1] = 0;
				talk_say(
				    t, lines[i][0] == 'C' ? DIR_TO_SERVER : DIR_TO_CLIENT, line);
			}
			talk_finish(t);
		}
	}
	free(t);
}

#endif
