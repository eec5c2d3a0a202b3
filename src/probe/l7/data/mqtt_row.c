/* SPDX-License-Identifier: Apache-2.0 */
/* MQTT in the table of protocols: a transaction is a request with its acknowledgements, as EVE has
 * it. The password stays in memory until its hash is written. */
#include "mqtt_row.h"
#include "frames.h"

#define MQTT_PORT 1883
#define WANT 4096     /* bytes of a packet looked at; a PUBLISH goes on behind them */
#define WHOLE 65536   /* longest packet of another kind */
#define TOPIC_MAX 256 /* bytes kept */
#define MESSAGE_MAX 256
#define SECRET_MAX 256
#define MORE_MAX 512

struct mqtt_state {
	struct frames frames; /* first */
	struct l7_items items;
	uint8_t version;
	bool introduced; /* a CONNECT was seen that was not refused */
};

static enum l7_guess
probe_connect(struct cursor c)
{
	static const uint8_t names[2][8] = { { 0, 4, 'M', 'Q', 'T', 'T' },
		{ 0, 6, 'M', 'Q', 'I', 's', 'd', 'p' } };
	uint8_t b, longer = 0;
	for (size_t i = 0; i < 8; i++) {
		if (!cursor_peek(&c, i, &b))
			return L7_MAYBE;
		longer = i == 1 && b == 6 ? 1 : longer;
		if (i == 6 && !longer)
			return b == 3 || b == 4 || b == 5 ? L7_YES : L7_NO;
		if (b != names[longer][i])
			return L7_NO;
	}
	return L7_YES;
}

/* The client's CONNECT tells it. A CONNACK alone, or a SUBSCRIBE, does on MQTT's own port. */
static enum l7_guess
probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	uint32_t n;
	uint8_t type = 0, flags;
	(void)cursor_peek(&c, 0, &type);
	if (type != (first->dir == DIR_TO_SERVER ? 0x10 : 0x20)) {
		if (first->key->sport != MQTT_PORT || type != 0x82)
			return L7_NO;
	}
	long head = mqtt_header(first->data, &n);
	if (head < 0)
		return head == L7_MORE ? L7_MAYBE : L7_NO;
	(void)cursor_skip(&c, (size_t)head);
	if (type == 0x10)
		return n < 12 ? L7_NO : probe_connect(c);
	if (first->key->sport != MQTT_PORT && !first->other)
		return L7_NO;
	if (type == 0x82)
		return n == cursor_left(&c) ? L7_YES : L7_NO;
	if (n < 2 || n > 255 || (cursor_peek(&c, 0, &flags) && flags > 1))
		return L7_NO;
	if (cursor_left(&c) < n)
		return L7_MAYBE;
	return cursor_left(&c) == n || first->key->sport == MQTT_PORT ? L7_YES : L7_NO;
}

static void
keep_common(struct l7 *l, struct mqtt_tx *tx, struct mqtt_ack *a)
{
	if (a->properties.ptr)
		a->properties = l7_text(l, tx, a->properties, MORE_MAX);
	if (a->list.ptr)
		a->list = l7_text(l, tx, a->list, MORE_MAX);
}

static void
keep(struct l7 *l, struct mqtt_tx *tx, const struct mqtt_packet *p)
{
	struct mqtt_packet *f = &tx->first;
	struct {
		struct view *what;
		size_t max;
	} all[] = { { &f->protocol, 8 }, { &f->client_id, TOPIC_MAX },
		{ &f->will_properties, MORE_MAX }, { &f->will_topic, TOPIC_MAX },
		{ &f->will_message, MESSAGE_MAX }, { &f->user, TOPIC_MAX },
		{ &f->password, SECRET_MAX }, { &f->topic, TOPIC_MAX },
		{ &f->message, MESSAGE_MAX } };
	*f = *p;
	keep_common(l, tx, &f->common);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (all[i].what->ptr)
			*all[i].what = l7_text(l, tx, *all[i].what, all[i].max);
	}
}

static struct mqtt_tx *
request(struct l7 *l, struct l7_flow *lf, const struct mqtt_packet *p, enum dir dir)
{
	struct mqtt_state *s = lf->state;
	struct mqtt_tx *tx = l7_item_new(l, lf, &s->items);
	if (!tx && s->items.oldest) { /* acknowledgements that never come: the oldest goes */
		l7_odd(l, lf, "too_many_transactions", -1, dir);
		l7_item_done(l, lf, &s->items, s->items.oldest, 0, dir);
		tx = l7_item_new(l, lf, &s->items);
	}
	if (!tx)
		return NULL;
	tx->version = s->version;
	tx->dir = (uint8_t)dir;
	keep(l, tx, p);
	return tx;
}

/* Signatures see it now, whole, as its sender's. */
static void
done(struct l7 *l, struct l7_flow *lf, struct mqtt_tx *tx)
{
	uint8_t ready = tx->dir == DIR_TO_SERVER ? L7_READY_REQUEST : L7_READY_RESPONSE;
	struct mqtt_state *s = lf->state;
	l7_item_done(l, lf, &s->items, tx, ready, tx->dir);
}

/* The request that an acknowledgement of this type belongs to. */
static struct mqtt_tx *
asked(const struct mqtt_state *s, const struct mqtt_ack *a, enum dir dir)
{
	static const uint8_t of[] = { [MQTT_CONNACK] = MQTT_CONNECT,
		[MQTT_PUBACK] = MQTT_PUBLISH,
		[MQTT_PUBREC] = MQTT_PUBLISH,
		[MQTT_PUBREL] = MQTT_PUBLISH,
		[MQTT_PUBCOMP] = MQTT_PUBLISH,
		[MQTT_SUBACK] = MQTT_SUBSCRIBE,
		[MQTT_UNSUBACK] = MQTT_UNSUBSCRIBE };
	enum dir want = a->type == MQTT_PUBREL ? dir : !dir;
	for (struct l7_item *i = s->items.oldest; i; i = i->next) {
		struct mqtt_tx *tx = (struct mqtt_tx *)i;
		if (tx->first.common.type == of[a->type] && tx->dir == (uint8_t)want && !tx->cut &&
		    (a->type == MQTT_CONNACK || tx->first.common.id == a->id))
			return tx;
	}
	return NULL;
}

static const char *
missing(uint8_t type)
{
	return type == MQTT_CONNACK    ? "missing_connect"
	       : type == MQTT_SUBACK   ? "missing_subscribe"
	       : type == MQTT_UNSUBACK ? "missing_unsubscribe"
				       : "missing_publish";
}

static long
acknowledge(struct l7 *l, struct l7_flow *lf, const struct mqtt_packet *p, enum dir dir)
{
	struct mqtt_state *s = lf->state;
	const struct mqtt_ack *a = &p->common;
	struct mqtt_tx *tx = asked(s, a, dir);
	if (a->type == MQTT_CONNACK && tx)
		s->introduced = a->reason == 0;
	if (!tx) {
		tx = request(l, lf, p, dir);
		if (!tx)
			return L7_FULL;
		l7_odd(l, lf, missing(a->type), (int64_t)tx->item.id, dir);
		done(l, lf, tx);
		return 0;
	}
	if (tx->ack_n < ACKS) {
		tx->ack[tx->ack_n] = *a;
		keep_common(l, tx, &tx->ack[tx->ack_n++]);
	}
	bool last = a->type != MQTT_PUBREC && a->type != MQTT_PUBREL;
	if (last || a->reason >= 0x80)
		done(l, lf, tx);
	return 0;
}

static bool
is_ack(uint8_t type)
{
	return type == MQTT_CONNACK || (type >= MQTT_PUBACK && type <= MQTT_PUBCOMP) ||
	       type == MQTT_SUBACK || type == MQTT_UNSUBACK;
}

static long
take(struct l7 *l, struct l7_flow *lf, const struct mqtt_packet *p, enum dir dir)
{
	struct mqtt_state *s = lf->state;
	uint8_t type = p->common.type;
	if (is_ack(type))
		return acknowledge(l, lf, p, dir);
	bool twice = type == MQTT_CONNECT && s->introduced;
	if (type == MQTT_CONNECT) {
		s->version = p->version;
		s->introduced = true;
	}
	struct mqtt_tx *tx = request(l, lf, p, dir);
	if (!tx)
		return L7_FULL;
	if (twice)
		l7_odd(l, lf, "double_connect", (int64_t)tx->item.id, dir);
	if (type == MQTT_RESERVED)
		l7_odd(l, lf, "unassigned_msg_type", (int64_t)tx->item.id, dir);
	else if (type != MQTT_CONNECT && !s->introduced)
		l7_odd(l, lf, "unintroduced_message", (int64_t)tx->item.id, dir);
	if (type == MQTT_PUBLISH && p->common.qos == 3)
		l7_odd(l, lf, "invalid_qos_level", (int64_t)tx->item.id, dir);
	bool waits = type == MQTT_CONNECT || type == MQTT_SUBSCRIBE || type == MQTT_UNSUBSCRIBE ||
		     (type == MQTT_PUBLISH && (p->common.qos == 1 || p->common.qos == 2));
	if (!waits)
		done(l, lf, tx);
	return 0;
}

static long
frame(struct l7_flow *lf, struct view data, enum dir dir, struct msg_frame *out)
{
	uint32_t n;
	uint8_t type = 0;
	struct cursor c = cursor_of_view(data);
	long head = mqtt_header(data, &n);
	(void)lf;
	(void)dir;
	if (head < 0)
		return head;
	(void)cursor_peek(&c, 0, &type);
	out->head = (size_t)head;
	out->body = n;
	out->want = n > WHOLE || type >> 4 == MQTT_PUBLISH ? WANT : n;
	return 0;
}

/* The transaction is the one that the packet began, or the one that it acknowledges. */
static void
say_frames(struct l7 *l, struct l7_flow *lf, struct view bytes, const struct msg_frame *f,
    const struct mqtt_packet *p, int64_t tx_id)
{
	struct cursor c = cursor_of_view(bytes);
	struct l7_framed frame = { .type = L7_FRAME_MQTT_PDU,
		.secret = p->common.type == MQTT_CONNECT && p->flags & MQTT_HAS_PASSWORD,
		.at = bytes.ptr,
		.length = f->head + f->body,
		.tx_id = tx_id };
	l7_frame_say(l, lf, &frame);
	l7_frame(l, lf, L7_FRAME_MQTT_HEADER, (struct view){ bytes.ptr, f->head }, tx_id);
	if (!cursor_skip(&c, f->head))
		return;
	frame.type = L7_FRAME_MQTT_DATA;
	frame.at = c.at;
	frame.length = f->body;
	l7_frame_say(l, lf, &frame);
}

static long
message(
    struct l7 *l, struct l7_flow *lf, struct view bytes, const struct msg_frame *f, enum dir dir)
{
	const struct mqtt_state *s = lf->state;
	struct mqtt_packet p;
	bool good = mqtt_packet(bytes, s->version, &p) >= 0;
	if (l7_framed(l, lf)) {
		const struct mqtt_tx *of =
		    good && is_ack(p.common.type) ? asked(s, &p.common, dir) : NULL;
		uint64_t id = of ? of->item.id : lf->next_id;
		say_frames(l, lf, bytes, f, &p, (int64_t)id);
	}
	if (good)
		return take(l, lf, &p, dir);
	if (f->want < f->body) { /* its beginning does not tell enough */
		p = (struct mqtt_packet){ .common = {
					      .type = p.common.type, .qos = p.common.qos } };
		struct mqtt_tx *tx = request(l, lf, &p, dir);
		if (!tx)
			return L7_FULL;
		tx->cut = true;
		tx->length = f->body;
		done(l, lf, tx);
		return 0;
	}
	l7_odd(l, lf, "malformed_traffic", -1, dir);
	return L7_BAD;
}

static const struct frames_row packets = { frame, message };

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct mqtt_state *s = lf->state;
	return frames_run(l, lf, &s->frames, &packets, bytes, dir);
}

/* CONNECT with a user or password; a return code of 4 or 5 (3.1.1), 0x86 or 0x87 (5) refuses it. */
static enum l7_login
login(const void *data_of)
{
	const struct mqtt_tx *tx = data_of;
	if (tx->first.common.type != MQTT_CONNECT ||
	    !(tx->first.flags & (MQTT_HAS_USER | MQTT_HAS_PASSWORD)))
		return L7_LOGIN_NONE;
	if (!tx->ack_n)
		return L7_LOGIN_TRY;
	uint8_t reason = tx->ack[0].reason;
	if (reason == 0)
		return L7_LOGIN_OK;
	return reason == 4 || reason == 5 || reason == 0x86 || reason == 0x87 ? L7_LOGIN_FAIL
									      : L7_LOGIN_TRY;
}

const struct l7_row l7_mqtt_row = {
	.name = "mqtt",
	.proto = L7_MQTT,
	.tcp = true,
	.state_size = sizeof(struct mqtt_state),
	.items_at = offsetof(struct mqtt_state, items),
	.tx_size = sizeof(struct mqtt_tx),
	.probe = probe,
	.data = data,
	.lost = frames_lost,
	.finish = l7_items_end,
	.release = l7_item_release,
	.close = l7_items_close,
	.buffer = mqtt_buffer,
	.number = mqtt_number,
	.write = l7_mqtt_write,
	.login = login,
};
