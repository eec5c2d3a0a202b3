/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of a server in pieces, through the judge: what proves something is within the bytes, and
 * no piece is read beyond its end.
 *
 *	input: length of a piece, class, answer
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/probe/match/judge.h"
#include "probe/l7_file.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- no l7 ---- */

bool
l7_tx_buffer(const struct l7_tx *tx, const struct l7_ask *ask, struct view *out)
{
	(void)tx, (void)ask;
	*out = (struct view){ 0 };
	return false;
}

enum l7_login
l7_tx_login(const struct l7_tx *tx, const char **kind)
{
	(void)tx, (void)kind;
	return L7_LOGIN_NONE;
}

bool
l7_tx_answer(const struct l7_tx *tx, struct l7_answered *out)
{
	(void)tx;
	*out = (struct l7_answered){ 0 };
	return false;
}

uint8_t
l7_proto(const struct flow *f)
{
	(void)f;
	return L7_UNKNOWN;
}

struct l7_file_about
l7_file_about(const struct l7_file *f)
{
	(void)f;
	return (struct l7_file_about){ 0 };
}

/* ---- one answer ---- */

static struct verdict_heads heads;

static void
whole(struct view v)
{
	verdict_heads_fill(&heads);
	struct verdict_addr a[VERDICT_ADDRS];
	struct verdict_proof p;
	uint64_t bits = verdict_proofs(&heads, v);

	assert(verdict_addresses(v, a, 0, VERDICT_ADDRS) <= VERDICT_ADDRS);
	struct view name;
	for (size_t at = 0; verdict_next_name(v, &at, &name);)
		assert(name.len && name.ptr + name.len <= v.ptr + v.len);
	bool found = verdict_proof(&heads, v, 0, &p);
	assert(found == (bits != 0));
	if (!found)
		return;
	assert(bits >> p.row & 1);
	assert(p.seen.ptr >= v.ptr && p.seen.ptr + p.seen.len <= v.ptr + v.len);
	assert(!verdict_proof(&heads, v, bits, &p));
}

static void
in_pieces(struct view v, size_t piece, const char *classtype)
{
	struct verdicts *j = verdicts_new(16, HASH_KEY_FIXED);
	struct flow f = { .id = 1, .flags = FLOW_ALERTED, .packets = { 1, 1 } };
	struct packet p = { .payload = { v.ptr, 0 } };
	struct verdict_scene s = { .packet = &p, .flow = &f, .dir = DIR_TO_SERVER };
	struct alert_list list = { .n = 1 };
	size_t n;

	assert(j);
	f.key.proto = PROTO_TCP;
	f.key.ip_ver = 4;
	list.item[0] = (struct alert){ .id = 9, .classtype = classtype, .tx_id = -1 };
	verdict_begin(j);
	verdict_alerts(j, &s, &list);
	verdict_packet(j, &s, &list);
	list.n = 0;
	s.dir = DIR_TO_CLIENT;
	for (size_t at = 0; at < v.len; at += piece) {
		size_t len = v.len - at < piece ? v.len - at : piece;
		uint8_t *copy = malloc(len); /* one byte too far is seen */
		assert(copy);
		memcpy(copy, v.ptr + at, len);
		struct flow_chunk c = { .data = { copy, len }, .dir = DIR_TO_CLIENT };
		p.payload = c.data;
		s.chunk = &c;
		s.chunk_n = 1;
		verdict_begin(j);
		verdict_packet(j, &s, &list);
		const struct verdict_said *said = verdict_said(j, &n);
		assert(n <= 1);
		assert(!n || (said->alert == 9 && verdict_reason(said->why)));
		free(copy);
	}
	verdict_end(j, &f);
	verdicts_free(j);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const classes[] = { "web-application-attack", "attempted-recon",
		"trojan-activity", "exploit-kit", "suspicious-login", "successful-admin" };
	if (size < 2)
		return 0;
	uint8_t *copy = malloc(size - 1);
	assert(copy);
	memcpy(copy, data + 2, size - 2);
	struct view v = { copy, size - 2 };
	whole(v);
	in_pieces(v, data[0] ? data[0] : 256, classes[data[1] % 6]);
	free(copy);
	return 0;
}
