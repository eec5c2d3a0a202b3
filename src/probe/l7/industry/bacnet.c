/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/bacnet.h"

#define BVLC 0x81
#define VERSION 1
#define NESTING 16

enum { RESULT = 0, FORWARDED = 4, REGISTER = 5, DISTRIBUTE = 9, UNICAST = 10, BROADCAST = 11 };

/* Network and address, one byte of length before the address. */
static bool
station(struct cursor *c, int *network, struct view *address)
{
	uint16_t net;

	if (!cursor_u16(c, &net) || !cursor_vector8(c, address))
		return false;
	*network = net;
	return true;
}

/* Clause 6.2.2. */
static bool
network_header(struct cursor *c, struct bacnet *out)
{
	uint8_t version, control, hops, message;

	if (!cursor_u8(c, &version) || !cursor_u8(c, &control) || version != VERSION ||
	    control & 0x50)
		return false;
	out->has_network = true;
	out->expects_reply = control & 0x04;
	out->priority = control & 3;
	if (control & 0x20 && !station(c, &out->dest_network, &out->dest))
		return false;
	if (control & 0x08 && !station(c, &out->source_network, &out->source))
		return false;
	if (control & 0x20) {
		if (!cursor_u8(c, &hops))
			return false;
		out->hops = hops;
	}
	if (control & 0x80) {
		if (!cursor_u8(c, &message))
			return false;
		out->network_message = message;
	}
	return true;
}

static bool
byte(struct cursor *c, int *out)
{
	uint8_t v;

	if (!cursor_u8(c, &v))
		return false;
	*out = v;
	return true;
}

/* Clause 20.1. */
static bool
apdu(struct cursor *c, struct bacnet *out)
{
	uint8_t head, sizes;

	if (!cursor_u8(c, &head))
		return false;
	out->has_apdu = true;
	out->type = head >> 4;
	out->segmented =
	    (out->type == BACNET_CONFIRMED || out->type == BACNET_COMPLEX_ACK) && head & 0x08;
	out->more = out->segmented && head & 0x04;
	out->server = head & 1;
	switch (out->type) {
	case BACNET_CONFIRMED:
	case BACNET_COMPLEX_ACK:
		if ((out->type == BACNET_CONFIRMED && !cursor_u8(c, &sizes)) ||
		    !byte(c, &out->invoke_id))
			return false;
		if (out->segmented && (!byte(c, &out->sequence) || !byte(c, &out->window)))
			return false;
		return byte(c, &out->service);
	case BACNET_UNCONFIRMED:
		return byte(c, &out->service);
	case BACNET_SIMPLE_ACK:
	case BACNET_ERROR:
		return byte(c, &out->invoke_id) && byte(c, &out->service);
	case BACNET_SEGMENT_ACK:
		return byte(c, &out->invoke_id) && byte(c, &out->sequence) && byte(c, &out->window);
	case BACNET_REJECT:
	case BACNET_ABORT:
		return byte(c, &out->invoke_id) && byte(c, &out->reason);
	default:
		return false;
	}
}

bool
bacnet_parse(struct view bytes, struct bacnet *out)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t type;
	uint16_t length, v;

	*out = (struct bacnet){ .result = -1,
		.ttl = -1,
		.source_network = -1,
		.dest_network = -1,
		.hops = -1,
		.network_message = -1,
		.sequence = -1,
		.window = -1,
		.invoke_id = -1,
		.service = -1,
		.reason = -1 };
	if (!cursor_u8(&c, &type) || type != BVLC || !cursor_u8(&c, &out->function) ||
	    !cursor_u16(&c, &length) || length < 4 || out->function > 0x0c)
		return false;
	out->miscounted = length != bytes.len; /* some devices count wrongly; others read on, too */
	if (out->function == RESULT || out->function == REGISTER) {
		if (!cursor_u16(&c, &v))
			return false;
		*(out->function == RESULT ? &out->result : &out->ttl) = v;
		return true;
	}
	if (out->function == FORWARDED && !cursor_take(&c, 6, &out->origin))
		return false;
	if (out->function != FORWARDED && out->function != DISTRIBUTE && out->function != UNICAST &&
	    out->function != BROADCAST)
		return true;
	if (!network_header(&c, out))
		return false;
	if (out->network_message < 0 && cursor_left(&c) && !apdu(&c, out))
		out->has_apdu = false;
	return cursor_take(&c, cursor_left(&c), &out->body);
}

/* Clause 20.2.1. */
bool
bacnet_tag(struct cursor *c, struct bacnet_tag *out)
{
	struct cursor at = *c;
	uint8_t head, n8;
	uint16_t n16;

	*out = (struct bacnet_tag){ 0 };
	if (!cursor_u8(&at, &head))
		return false;
	out->number = head >> 4;
	out->context = head & 8;
	out->length = head & 7;
	if (out->number == 15 && !cursor_u8(&at, &out->number))
		return false;
	out->opening = out->context && out->length == 6;
	out->closing = out->context && out->length == 7;
	if (out->length == 5) {
		if (!cursor_u8(&at, &n8))
			return false;
		out->length = n8;
		if (n8 == 254) {
			if (!cursor_u16(&at, &n16))
				return false;
			out->length = n16;
		} else if (n8 == 255 && !cursor_u32(&at, &out->length)) {
			return false;
		}
	}
	bool bare = out->opening || out->closing || (!out->context && out->number == 1);
	if (!bare && !cursor_take(&at, out->length, &out->bytes))
		return false;
	*c = at;
	return true;
}

int64_t
bacnet_number(const struct bacnet_tag *tag)
{
	struct cursor c = cursor_of_view(tag->bytes);
	int64_t v = 0;
	uint8_t b;

	if (tag->opening || tag->closing || !tag->bytes.len || tag->bytes.len > 4)
		return -1;
	while (cursor_u8(&c, &b))
		v = v << 8 | b;
	return v;
}

bool
bacnet_object(struct view bytes, int32_t *type, int32_t *instance)
{
	struct cursor c = cursor_of_view(bytes);
	uint32_t v;

	if (bytes.len != 4 || !cursor_u32(&c, &v))
		return false;
	*type = (int32_t)(v >> 22);
	*instance = (int32_t)(v & 0x3fffff);
	return true;
}

bool
bacnet_inside(struct cursor *c, const struct bacnet_tag *open, struct view *out)
{
	struct cursor start = *c, before = *c;
	struct bacnet_tag t;
	int depth = 1;

	(void)open;
	while (depth > 0 && depth < NESTING) {
		before = *c;
		if (!bacnet_tag(c, &t))
			return false;
		depth += t.opening ? 1 : t.closing ? -1 : 0;
	}
	return cursor_take(&start, cursor_left(&start) - cursor_left(&before), out);
}

/* object, list, property, index, value, error, priority */
static const struct bacnet_shape flat = { 0, -1, 1, 2, 3, -1, 4 };
static const struct bacnet_shape range = { 0, -1, 1, 2, 5, -1, -1 };
static const struct bacnet_shape many_asked = { 0, 1, 0, 1, -1, -1, -1 };
static const struct bacnet_shape many_told = { 0, 1, 2, 3, 4, 5, -1 };
static const struct bacnet_shape many_written = { 0, 1, 0, 1, 2, -1, 3 };
static const struct bacnet_shape changes = { 2, 4, 0, 1, 2, -1, 3 };
static const struct bacnet_shape created = { -1, 1, 0, 1, 2, -1, 3 };

static const struct bacnet_shape *
shape_of(const struct bacnet *m)
{
	bool asked = m->type == BACNET_CONFIRMED;

	if (m->sequence > 0)
		return NULL;
	if (m->type == BACNET_UNCONFIRMED)
		return m->service == 2 ? &changes : NULL;
	if (!asked && m->type != BACNET_COMPLEX_ACK)
		return NULL;
	switch (m->service) {
	case 1: /* COV notification */
		return &changes;
	case 8: /* list elements */
	case 9:
		return asked ? &flat : NULL;
	case 10: /* create */
		return asked ? &created : NULL;
	case 12: /* read, write */
	case 15:
		return &flat;
	case 14:
		return asked ? &many_asked : &many_told;
	case 16:
		return asked ? &many_written : NULL;
	case 26:
		return &range;
	default:
		return NULL;
	}
}

struct bacnet_walk
bacnet_properties(const struct bacnet *m)
{
	return (struct bacnet_walk){ .rest = cursor_of_view(m->body),
		.shape = shape_of(m),
		.at = { -1, -1, -1, -1, -1, { 0 }, { 0 } } };
}

static void
forget(struct bacnet_walk *w)
{
	struct bacnet_property *p = &w->at;

	*p = (struct bacnet_property){ p->object_type, p->instance, -1, -1, -1, { 0 }, { 0 } };
	w->pending = false;
}

/* One tag; false when a property is complete before it, or at the end. */
static bool
step(struct bacnet_walk *w)
{
	const struct bacnet_shape *s = w->shape;
	struct bacnet_property *p = &w->at;
	struct cursor at = w->rest;
	struct bacnet_tag t;
	bool list = s->list >= 0, here = !list || w->in_list;

	if (!bacnet_tag(&at, &t))
		return false;
	bool new_property =
	    here && t.context && t.number == s->property && !t.opening && !t.closing;
	bool ends = w->in_list && t.closing;
	if (w->pending && (new_property || ends)) {
		if (ends) {
			w->rest = at;
			w->in_list = false;
		}
		return false;
	}
	w->rest = at;
	if (ends) {
		w->in_list = false;
	} else if (list && !w->in_list && t.opening && t.number == s->list) {
		w->in_list = true;
	} else if (!w->in_list && t.context && t.number == s->object && !t.opening && !t.closing) {
		(void)bacnet_object(t.bytes, &p->object_type, &p->instance);
	} else if (new_property) {
		p->property = bacnet_number(&t);
		w->pending = true;
	} else if (here && t.opening) {
		struct view inside = { 0 };
		if (!bacnet_inside(&w->rest, &t, &inside))
			return false;
		if (t.number == s->value)
			p->value = inside;
		else if (t.number == s->error)
			p->error = inside;
	} else if (here && t.context && t.number == s->index) {
		p->index = bacnet_number(&t);
	} else if (here && t.context && t.number == s->priority) {
		p->priority = bacnet_number(&t);
	}
	return true;
}

bool
bacnet_next(struct bacnet_walk *w, struct bacnet_property *out)
{
	if (!w->shape)
		return false;
	while (step(w))
		;
	if (!w->pending)
		return false;
	*out = w->at;
	forget(w);
	return true;
}

bool
bacnet_control(const struct bacnet *m)
{
	if (!m->has_apdu)
		return m->function == 1 || m->function == 8; /* tables of the virtual link */
	if (m->type == BACNET_UNCONFIRMED)
		return m->service == 6 || m->service == 9 || m->service == 10;
	if (m->type != BACNET_CONFIRMED)
		return false;
	return (m->service >= 7 && m->service <= 11) || m->service == 15 || m->service == 16 ||
	       m->service == 17 || m->service == 20 || m->service == 27;
}
