/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WireGuard in the table of protocols (the protocol's page at wireguard.com, 5.4 of its paper):
 * four kinds of messages, of which all but the data have one size. Each message of the handshake is
 * a transaction, and the first data of each direction.
 */
#include "probe/l7/wireguard.h"
#include "../item.h"
#include "wire/event.h"

struct wireguard_state {
	bool data[2]; /* said */
	uint16_t messages;
};

#define MESSAGES 64 /* of a flow */

bool
wireguard_message(struct view datagram, struct wireguard_message *out)
{
	static const size_t size[] = { 0, 148, 92, 64 };
	struct cursor c = cursor_of_view(datagram);
	uint32_t type;
	*out = (struct wireguard_message){ 0 };
	if (!cursor_u32_le(&c, &type) || type < 1 || type > 4)
		return false;
	out->type = (uint8_t)type;
	if (type == WIREGUARD_DATA) {
		if (datagram.len < 32 || datagram.len % 16 || !cursor_u32_le(&c, &out->receiver) ||
		    !cursor_u64_le(&c, &out->counter))
			return false;
		return out->receiver && out->counter >> 32 == 0;
	}
	if (datagram.len != size[type])
		return false;
	if (type != WIREGUARD_COOKIE && !cursor_u32_le(&c, &out->sender))
		return false;
	return type == WIREGUARD_INITIATION || cursor_u32_le(&c, &out->receiver);
}

/* The last 16 bytes of an initiation are zeros unless the responder was busy (5.4.4). */
static enum l7_guess
probe(const struct l7_first *first)
{
	struct wireguard_message m;
	return wireguard_message(first->data, &m) ? L7_YES : L7_NO;
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct wireguard_state *s = lf->state;
	struct wireguard_message *tx, m;
	if (!wireguard_message(bytes, &m) || (m.type == WIREGUARD_DATA && s->data[dir]))
		return (long)bytes.len;
	s->data[dir] = s->data[dir] || m.type == WIREGUARD_DATA;
	if (s->messages == MESSAGES || !(tx = l7_once(l, sizeof(*tx))))
		return (long)bytes.len;
	s->messages++;
	*tx = m;
	l7_once_say(l, lf, tx, dir == DIR_TO_SERVER ? L7_READY_REQUEST : L7_READY_RESPONSE, dir);
	return (long)bytes.len;
}

static void
row_write(const void *data_of, struct jw *w)
{
	static const char *const names[] = { "", "handshake_initiation", "handshake_response",
		"cookie_reply", "transport_data" };
	const struct wireguard_message *m = data_of;
	jw_key(w, "wireguard");
	jw_object(w);
	ev_key(w, wireguard, type);
	jw_word(w, names[m->type]);
	if (m->sender) {
		ev_key(w, wireguard, sender);
		jw_u64(w, m->sender);
	}
	if (m->receiver) {
		ev_key(w, wireguard, receiver);
		jw_u64(w, m->receiver);
	}
	if (m->type == WIREGUARD_DATA) {
		ev_key(w, wireguard, counter);
		jw_u64(w, m->counter);
	}
	jw_object_end(w);
}

const struct l7_row l7_wireguard_row = {
	.name = "wireguard",
	.proto = L7_WIREGUARD,
	.udp = true,
	.state_size = sizeof(struct wireguard_state),
	.probe = probe,
	.data = data,
	.write = row_write,
};
