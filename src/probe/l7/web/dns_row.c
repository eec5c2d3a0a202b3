/* SPDX-License-Identifier: Apache-2.0 */
/* DNS in the table of protocols: messages into transactions. */
#include "dns_row.h"

#include "../item.h"

#define DNS_PORT 53

static bool
own_port(const struct flow_key *k)
{
	return k->sport == DNS_PORT || k->cport == DNS_PORT;
}

/* Multicast DNS, LLMNR and NetBIOS names share the format and are protocols of their own. */
static bool
cousin(const struct flow_key *k)
{
	static const uint16_t ports[] = { 137, 5353, 5355 };
	if (own_port(k))
		return false;
	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
		if (k->sport == ports[i] || k->cport == ports[i])
			return true;
	}
	return false;
}

static enum l7_guess
probe(const struct l7_first *first)
{
	struct view message = first->data;
	if (cousin(first->key))
		return L7_NO;
	if (first->key->proto == PROTO_TCP) {
		struct cursor c = cursor_of_view(first->data);
		uint16_t n, id, flags;
		if (!cursor_u16(&c, &n))
			return L7_MAYBE;
		if (n < 17)
			return L7_NO;
		if (cursor_u16(&c, &id) && cursor_u16(&c, &flags) && flags & 0x7800 &&
		    !own_port(first->key))
			return L7_NO;
		long used = dns_tcp(first->data, &message);
		if (used == L7_MORE && !own_port(first->key))
			return first->data.len < 256 && n < 4096 ? L7_MAYBE : L7_NO;
		if (used == L7_MORE)
			return L7_MAYBE;
		if (used < 0)
			return L7_NO;
	}
	return dns_looks(message, !own_port(first->key)) ? L7_YES : L7_NO;
}

static bool
say(struct l7 *l, struct l7_flow *lf, const struct dns_tx *like, struct l7_tx *out)
{
	struct dns_tx *tx = l7_once(l, sizeof(*tx));
	if (!tx)
		return false;
	*tx = *like;
	out->data = tx;
	l7_say(l, lf, out);
	return true;
}

bool
dns_say(struct l7 *l, struct l7_flow *lf, struct view bytes, uint8_t proto, enum dir dir)
{
	struct dns_tx tx = { .id = lf->next_id };
	if (dns_parse(bytes, &tx.msg) < 0)
		return false;
	struct dns_walk w = dns_walk(&tx.msg, DNS_QUESTION);
	tx.ask = !(tx.msg.flags & DNS_QR);
	tx.questioned = dns_next(&w, &tx.question);
	struct l7_tx out = {
		.proto = proto, .ready = L7_READY_EVENT, .dir = (uint8_t)dir, .id = tx.id
	};
	out.pair = tx.msg.id + 1u;
	out.ready |= tx.ask ? L7_READY_REQUEST : L7_READY_RESPONSE;
	(void)say(l, lf, &tx, &out);
	if (tx.msg.cut)
		l7_odd(l, lf, "MALFORMED_DATA", (int64_t)tx.id, dir);
	if (tx.msg.flags & DNS_Z)
		l7_odd(l, lf, "Z_FLAG_SET", (int64_t)tx.id, dir);
	l7_counted(l, proto);
	lf->next_id++;
	return true;
}

/* Pass the rest of a damaged message by, and what follows until a message begins. */
static bool
find_message(struct dns_state *s, struct cursor *c, enum dir dir)
{
	struct view message;
	size_t left = cursor_left(c), skip = s->skip[dir] < left ? s->skip[dir] : left;
	s->skip[dir] -= (uint32_t)skip;
	(void)cursor_skip(c, skip);
	if (!s->lost[dir])
		return true;
	left = cursor_left(c);
	if (dns_tcp((struct view){ c->at, left }, &message) <= 0 || !dns_looks(message, true)) {
		(void)cursor_skip(c, left);
		return false;
	}
	s->lost[dir] = false;
	return true;
}

/* A message lies in the stream, which moves on before the packet is done with; keep it. */
long
dns_stream(struct l7 *l, struct l7_flow *lf, struct view data, enum dir dir)
{
	struct dns_state *s = lf->state;
	struct cursor c = cursor_of_view(data);
	struct view bytes;
	uint16_t n;
	long used;
	if (!find_message(s, &c, dir))
		return (long)data.len;
	while ((used = dns_tcp((struct view){ c.at, cursor_left(&c) }, &bytes)) > 0) {
		uint8_t *copy = scratch_get(&l->scratch, bytes.len);
		if (!copy)
			return L7_FULL;
		memcpy(copy, bytes.ptr, bytes.len);
		if (lf->proto == L7_DNS)
			l7_frame(l, lf, L7_FRAME_DNS_PDU, bytes, (int64_t)lf->next_id);
		if (!dns_say(l, lf, (struct view){ copy, bytes.len }, lf->proto, dir)) {
			l7_odd(l, lf, "MALFORMED_DATA", -1, dir);
			return L7_BAD;
		}
		(void)cursor_skip(&c, (size_t)used);
	}
	struct cursor rest = c;
	s->need[dir] = cursor_u16(&rest, &n) ? n + 2U : 0;
	return used == L7_BAD ? L7_BAD : (long)(data.len - cursor_left(&c));
}

bool
dns_lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir)
{
	struct dns_state *s = lf->state;
	(void)l;
	if (s->skip[dir] >= n && n) {
		s->skip[dir] -= (uint32_t)n;
		return true;
	}
	bool inside = s->need[dir] && n <= s->need[dir] && !s->skip[dir];
	s->skip[dir] = inside ? s->need[dir] - (uint32_t)n : 0;
	s->lost[dir] = !inside;
	s->need[dir] = 0;
	return true;
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	if (lf->tcp)
		return dns_stream(l, lf, bytes, dir);
	l7_frame(l, lf, L7_FRAME_DNS_PDU, bytes, (int64_t)lf->next_id);
	if (dns_say(l, lf, bytes, lf->proto, dir))
		return (long)bytes.len;
	l7_odd(l, lf, "MALFORMED_DATA", -1, dir);
	return L7_BAD;
}

void
dns_finish(struct l7 *l, struct l7_flow *lf)
{
	(void)l;
	(void)lf;
}

static void
row_write(const void *data_of, struct jw *w)
{
	dns_write(data_of, "dns", w);
}

const struct l7_row l7_dns_row = {
	.name = "dns",
	.proto = L7_DNS,
	.tcp = true,
	.udp = true,
	.one_way = true,
	.state_size = sizeof(struct dns_state),
	.probe = probe,
	.data = data,
	.lost = dns_lost,
	.finish = dns_finish,
	.buffer = dns_buffer,
	.number = dns_number,
	.answer = dns_answer,
	.write = row_write,
};
