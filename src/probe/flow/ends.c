/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is the client: whoever sent the first packet, unless that is the second one of a handshake.
 * Of a connection that is picked up in its middle: by its first bytes, where these can only be a
 * request or an answer; else by the ports.
 */
#include <string.h>

#include "ends.h"
#include "lib/cursor.h"

/* The second packet of a handshake. No stack sets more; a scan that sets all flags at once ("Xmas")
 * is its sender's doing. */
static bool
is_answer_to_syn(const struct packet *p)
{
	const uint8_t looked_at = TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST | TCP_URG;

	return p->proto == PROTO_TCP && (p->tcp_flags & looked_at) == (TCP_SYN | TCP_ACK);
}

/* ---- by what is said ---- */

enum speaker { UNCLEAR, CLIENT, SERVER };

static enum speaker
by_words(struct view v)
{
	static const struct {
		const char *word;
		enum speaker who;
	} rows[] = { { "HTTP/1.", SERVER }, { "GET /", CLIENT }, { "POST /", CLIENT },
		{ "HEAD /", CLIENT }, { "PUT /", CLIENT }, { "OPTIONS ", CLIENT },
		{ "CONNECT ", CLIENT }, { "DELETE /", CLIENT }, { "PROPFIND ", CLIENT },
		{ "PRI * HTTP/2.0", CLIENT }, { "EHLO ", CLIENT }, { "HELO ", CLIENT } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i].word);
		if (v.len >= n && memcmp(v.ptr, rows[i].word, n) == 0)
			return rows[i].who;
	}
	return UNCLEAR;
}

/* RFC 8446 4 and 5.1: a record of a handshake, of it the hellos. */
static enum speaker
by_tls(struct view v)
{
	if (v.len < 6 || v.ptr[0] != 22 || v.ptr[1] != 3 || v.ptr[2] > 4)
		return UNCLEAR;
	return v.ptr[5] == 1 ? CLIENT : v.ptr[5] == 2 ? SERVER : UNCLEAR;
}

/* RFC 5531 9 and 11: the mark of a record, its xid, call (0, version 2) or reply (1). */
static enum speaker
by_rpc(struct view v)
{
	struct cursor c = cursor_of_view(v);
	uint32_t mark, xid, type, next;

	if (!cursor_u32(&c, &mark) || !cursor_u32(&c, &xid) || !cursor_u32(&c, &type) ||
	    !cursor_u32(&c, &next) || !(mark >> 31) || (mark & 0x7fffffff) < 12)
		return UNCLEAR;
	if (type == 0 && next == 2)
		return CLIENT;
	return type == 1 && next <= 1 ? SERVER : UNCLEAR;
}

/* [MS-CIFS] 2.2.3.1, [MS-SMB2] 2.2.1: a bit of the flags says that it is an answer. */
static enum speaker
by_smb(struct view v)
{
	if (v.len < 24 || v.ptr[0] != 0 || memcmp(v.ptr + 5, "SMB", 3) != 0)
		return UNCLEAR;
	if (v.ptr[4] == 0xff)
		return v.ptr[13] & 0x80 ? SERVER : CLIENT;
	return v.ptr[4] == 0xfe ? (v.ptr[20] & 1 ? SERVER : CLIENT) : UNCLEAR;
}

static enum speaker
by_content(struct view v)
{
	static enum speaker (*const rows[])(struct view) = { by_words, by_tls, by_rpc, by_smb };
	enum speaker who = UNCLEAR;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && who == UNCLEAR; i++)
		who = rows[i](v);
	return who;
}

/* ---- by the ports ---- */

#define EPHEMERAL 32768 /* where most systems begin to take ports for clients */

static bool
has_servers_port(const struct packet *p)
{
	return p->sport < 1024 ? p->dport >= 1024 : p->sport < EPHEMERAL && p->dport >= EPHEMERAL;
}

/* A connection picked up in its middle, by what a server says. Bare acknowledgements do not count:
 * with them ports are scanned. */
static bool
is_servers(const struct packet *p)
{
	if (p->proto != PROTO_TCP || p->tcp_flags & (TCP_SYN | TCP_RST) || !p->payload.len)
		return false;
	enum speaker who = by_content(p->payload);
	return who == UNCLEAR ? has_servers_port(p) : who == SERVER;
}

void
flow_set_ends(const struct flow_table *t, struct flow *f, const struct packet *p, enum dir *dir)
{
	bool turn = is_answer_to_syn(p) || (!t->config.trust_first && is_servers(p));

	f->key.client = turn ? p->dst : p->src;
	f->key.server = turn ? p->src : p->dst;
	f->key.cport = turn ? p->dport : p->sport;
	f->key.sport = turn ? p->sport : p->dport;
	f->flags = turn ? FLOW_TURNED : 0;
	*dir = turn ? DIR_TO_CLIENT : DIR_TO_SERVER;
}

/* ---- later ---- */

#define SWAP(a, b)                                                                                 \
	do {                                                                                       \
		__typeof__(a) swap_ = (a);                                                         \
		(a) = (b);                                                                         \
		(b) = swap_;                                                                       \
	} while (0)

static void
turn(struct flow_table *t, struct flow *f)
{
	uint16_t summed = f->flags & (FLOW_SUMMED | FLOW_SUMMED << 1);

	SWAP(f->key.client, f->key.server);
	SWAP(f->key.cport, f->key.sport);
	SWAP(f->scale[0], f->scale[1]);
	SWAP(f->packets[0], f->packets[1]);
	SWAP(f->bytes[0], f->bytes[1]);
	SWAP(f->seq_end[0], f->seq_end[1]);
	SWAP(f->seq_isn[0], f->seq_isn[1]);
	SWAP(f->min_ttl[0], f->min_ttl[1]);
	SWAP(f->max_ttl[0], f->max_ttl[1]);
	SWAP(f->tcp_flags[0], f->tcp_flags[1]);
	SWAP(f->label[0], f->label[1]);
	f->flags ^= summed;
	f->flags |= summed & FLOW_SUMMED ? FLOW_SUMMED << 1 : 0;
	f->flags |= summed & FLOW_SUMMED << 1 ? FLOW_SUMMED : 0;
	f->flags ^= FLOW_TURNED;
	f->high = !f->high;
	if (f->outer) {
		SWAP(f->outer->outer.src, f->outer->outer.dst);
		SWAP(f->outer->outer.sport, f->outer->outer.dport);
	}
	if (f->streams)
		flow_streams_free(t, f); /* there were no bytes yet */
}

/* The first bytes of a connection that was picked up at a bare acknowledgement. Its peer's turn:
 * the other way round the packet would have been the client's. */
void
flow_turn_late(struct flow_table *t, struct flow *f, const struct packet *p, enum dir *dir)
{
	if (t->config.trust_first || (f->streams && f->streams->began) || f->identify || f->l7)
		return;
	if (*dir == DIR_TO_SERVER ? is_servers(p) : by_content(p->payload) == CLIENT) {
		turn(t, f);
		*dir = (enum dir) !*dir;
	}
}
