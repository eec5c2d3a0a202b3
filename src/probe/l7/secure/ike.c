/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/ike.h"

#include "probe/l7/parse.h"

#define HEADER 28

long
ike_message(struct view datagram, struct ike_message *out)
{
	struct cursor c = cursor_of_view(datagram);
	uint8_t version;
	uint32_t marker, n;
	*out = (struct ike_message){ 0 };
	struct cursor try = c;
	if (cursor_u32(&try, &marker) && marker == 0)
		c = try;
	size_t all = cursor_left(&c);
	if (!cursor_take(&c, 8, &out->init_spi) || !cursor_take(&c, 8, &out->resp_spi) ||
	    !cursor_u8(&c, &out->next) || !cursor_u8(&c, &version) ||
	    !cursor_u8(&c, &out->exchange) || !cursor_u8(&c, &out->flags) ||
	    !cursor_u32(&c, &out->id) || !cursor_u32(&c, &n))
		return L7_BAD;
	out->major = version >> 4;
	out->minor = version & 15;
	if ((out->major != 1 && out->major != 2) || n < HEADER || n > all)
		return L7_BAD;
	(void)cursor_take(&c, n - HEADER, &out->payloads);
	return (long)(datagram.len - cursor_left(&c));
}

bool
ike_payload(struct cursor *c, uint8_t *next, struct ike_payload *out)
{
	uint8_t following, flags;
	uint16_t n;
	if (*next == 0 || !cursor_u8(c, &following) || !cursor_u8(c, &flags) ||
	    !cursor_u16(c, &n) || n < 4 || !cursor_take(c, n - 4U, &out->body))
		return false;
	out->type = *next;
	*next = *next == IKE2_ENCRYPTED || *next == IKE2_FRAGMENT ? 0 : following;
	return true;
}

/* SA: of version 1 begins with its domain and situation; then proposals. */
static bool
begin(struct ike_walk *w, struct view sa, uint8_t major)
{
	w->sa = cursor_of_view(sa);
	w->major = major;
	w->begun = true;
	return major == 2 || (cursor_u32(&w->sa, &w->doi) && cursor_skip(&w->sa, 4));
}

/* last or next (1), reserved (1), length (2), number, protocol, SPI size, transforms, SPI */
static bool
next_proposal(struct ike_walk *w)
{
	uint8_t spi;
	uint16_t n;
	struct cursor in;
	if (!cursor_skip(&w->sa, 2) || !cursor_u16(&w->sa, &n) || n < 8 ||
	    !cursor_sub(&w->sa, n - 4U, &in))
		return false;
	w->proposal = in;
	return cursor_u8(&w->proposal, &w->number) && cursor_skip(&w->proposal, 1) &&
	       cursor_u8(&w->proposal, &spi) && cursor_skip(&w->proposal, 1U + spi);
}

static void
attributes(struct cursor *c, struct ike_transform *out)
{
	uint16_t type, v;
	struct view body;
	while (out->n < IKE_ATTRIBUTES && cursor_u16(c, &type)) {
		struct ike_attribute *a = &out->at[out->n];
		a->type = type & 0x7fff;
		a->value = 0;
		if (type & 0x8000) {
			if (!cursor_u16(c, &v))
				return;
			a->value = v;
		} else {
			struct cursor in;
			uint8_t byte;
			if (!cursor_vector16(c, &body))
				return;
			in = cursor_of_view(body);
			while (body.len <= 8 && cursor_u8(&in, &byte))
				a->value = a->value << 8 | byte;
		}
		out->n++;
	}
}

/* last or next (1), reserved (1), length (2), then of version 1 number, ID and two reserved bytes,
 * of version 2 type, reserved, ID (2) */
static bool
next_transform(struct ike_walk *w, struct ike_transform *out)
{
	uint16_t n, id;
	uint8_t byte;
	struct cursor in;
	if (!cursor_skip(&w->proposal, 2) || !cursor_u16(&w->proposal, &n) || n < 8 ||
	    !cursor_sub(&w->proposal, n - 4U, &in))
		return false;
	*out = (struct ike_transform){ .proposal = w->number };
	(void)cursor_u8(&in, &out->number);
	(void)cursor_u8(&in, &byte);
	(void)cursor_u16(&in, &id);
	out->id = w->major == 1 ? byte : id;
	attributes(&in, out);
	return true;
}

bool
ike_transform(struct ike_walk *w, struct view sa, uint8_t major, struct ike_transform *out)
{
	if (!w->begun && !begin(w, sa, major))
		return false;
	for (;;) {
		if (next_transform(w, out))
			return true;
		if (!next_proposal(w))
			return false;
	}
}
