/* SPDX-License-Identifier: Apache-2.0 */
/* bare: see bare.h. */
#include "bare.h"

#define TTL 64
#define WINDOW 0xffff
#define TCP_BYTES 20

static void
put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void
put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static size_t
ip_header(const struct flow_key *k, enum dir dir, uint8_t *out)
{
	const struct addr *from = dir == DIR_TO_SERVER ? &k->client : &k->server;
	const struct addr *to = dir == DIR_TO_SERVER ? &k->server : &k->client;

	if (k->ip_ver == 6) {
		out[0] = 0x60;
		put16(out + 4, TCP_BYTES);
		out[6] = PROTO_TCP;
		out[7] = TTL;
		memcpy(out + 8, from->b, 16);
		memcpy(out + 24, to->b, 16);
		return 40;
	}
	out[0] = 0x45;
	put16(out + 2, 20 + TCP_BYTES);
	out[8] = TTL;
	out[9] = PROTO_TCP;
	memcpy(out + 12, from->b, 4);
	memcpy(out + 16, to->b, 4);
	return 20;
}

/* Where a direction's bytes began, as far as it is known. */
static uint32_t
start(const struct flow *f, enum dir dir, const struct bare_now *now)
{
	return f->tcp_flags[dir] & TCP_SYN ? f->seq_isn[dir] + 1 : now->next[dir];
}

static void
tcp_header(const struct flow *f, enum dir dir, bool syn, const struct bare_now *now, uint8_t *out)
{
	bool ack = !syn || dir == DIR_TO_CLIENT;

	put16(out, dir == DIR_TO_SERVER ? f->key.cport : f->key.sport);
	put16(out + 2, dir == DIR_TO_SERVER ? f->key.sport : f->key.cport);
	put32(out + 4, start(f, dir, now) - syn);
	put32(out + 8, ack ? start(f, !dir, now) : 0);
	out[12] = TCP_BYTES / 4 << 4;
	out[13] = (uint8_t)((syn ? TCP_SYN : 0) | (ack ? TCP_ACK : 0));
	put16(out + 14, WINDOW);
}

size_t
bare_segment(const struct flow *f, unsigned i, const struct bare_now *now, uint8_t out[BARE_MAX])
{
	enum dir dir = i & 1 ? DIR_TO_CLIENT : DIR_TO_SERVER;
	bool syn = i < 2;
	bool sent_syn = f->tcp_flags[dir] & TCP_SYN;
	bool had = syn ? sent_syn : f->packets[dir] > (uint64_t)now->count[dir] + sent_syn;

	if (!had || f->key.proto != PROTO_TCP)
		return 0;
	memset(out, 0, BARE_MAX);
	size_t n = ip_header(&f->key, dir, out);
	tcp_header(f, dir, syn, now, out + n);
	return n + TCP_BYTES;
}
