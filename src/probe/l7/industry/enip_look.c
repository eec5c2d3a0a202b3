/* SPDX-License-Identifier: Apache-2.0 */
/* What signatures see of EtherNet/IP: the encapsulation, identities and services, and CIP messages
 * with those inside them. */
#include "../look.h"
#include "enip_write.h"

#define INNER_MAX 64 /* of a multiple service packet */

static struct view
side(const struct enip_tx *tx, const struct l7_ask *ask)
{
	return ask->dir ? tx->response : tx->request;
}

/* The i-th CIP message of this side: the outer one, then those it holds. */
static bool
nth_cip(const struct enip_head *head, uint16_t i, struct cip *out)
{
	struct enip_cip whole;
	struct cip outer;
	struct view inner;
	if (!enip_cip(head, &whole) || !cip_parse(whole.message, &outer) || i > INNER_MAX)
		return false;
	*out = outer;
	if (i == 0)
		return true;
	return (cip_multiple(&outer, i - 1u, &inner) || (i == 1 && cip_embedded(&outer, &inner))) &&
	       cip_parse(inner, out);
}

/* An item of a ListIdentity's or ListServices' answer. */
static bool
item(const struct enip_head *head, uint16_t type, struct cursor *out)
{
	struct cursor c;
	struct enip_item one;
	unsigned n = enip_items(head, &c);
	while (n-- && enip_item(&c, &one)) {
		if (one.type != type)
			continue;
		*out = cursor_of_view(one.data);
		return true;
	}
	return false;
}

bool
enip_buffer(const void *data, const struct l7_ask *ask, struct view *out)
{
	struct enip_head head;
	struct cursor c;
	if (ask->i || !enip_head(side(data, ask), &head))
		return false;
	if (ask->what == L7_BUF_ENIP_PRODUCT_NAME)
		return item(&head, ENIP_ITEM_IDENTITY, &c) && cursor_skip(&c, 32) &&
		       cursor_vector8(&c, out);
	if (!item(&head, ENIP_ITEM_SERVICES, &c) || !cursor_skip(&c, 4))
		return false;
	*out = (struct view){ c.at, strnlen((const char *)c.at, cursor_left(&c)) };
	return true;
}

/* Members of an identity (CIP volume 2, 2-4.3.3), by their place behind the version and address. */
static bool
identity(const struct enip_head *head, size_t at, unsigned bytes, uint64_t *out)
{
	struct cursor c;
	uint8_t b;
	if (!item(head, ENIP_ITEM_IDENTITY, &c) || !cursor_skip(&c, at))
		return false;
	*out = 0;
	for (unsigned i = 0; i < bytes; i++) {
		if (!cursor_u8(&c, &b))
			return false;
		*out |= (uint64_t)b << (8 * i);
	}
	return true;
}

/* The state stands behind the name. */
static bool
state(const struct enip_head *head, uint64_t *out)
{
	struct cursor c;
	struct view name;
	uint8_t b;
	if (!item(head, ENIP_ITEM_IDENTITY, &c) || !cursor_skip(&c, 32) ||
	    !cursor_vector8(&c, &name) || !cursor_u8(&c, &b))
		return false;
	*out = b;
	return true;
}

static bool
of_cip(const struct cip *m, uint8_t what, uint64_t *out)
{
	struct cursor c = cursor_of_view(m->extended);
	int64_t n = -1;
	uint16_t extended;
	switch (what) {
	case L7_NUM_ENIP_CIP_ATTRIBUTE:
		n = m->attribute;
		break;
	case L7_NUM_ENIP_CIP_INSTANCE:
		n = m->instance;
		break;
	case L7_NUM_ENIP_CIP_CLASS:
		n = m->class_id;
		break;
	case L7_NUM_ENIP_CIP_STATUS:
		n = m->response ? m->status : -1;
		break;
	case L7_NUM_ENIP_CIP_EXTENDEDSTATUS:
		n = cursor_u16_le(&c, &extended) ? extended : -1;
		break;
	default: /* cip_service: service, class and attribute together, see kw_industry.c */
		n = (int64_t)m->service |
		    (int64_t)((uint64_t)(m->class_id >= 0 ? m->class_id & 0xffff : 0xffff) << 8) |
		    (int64_t)((uint64_t)(m->attribute >= 0 ? m->attribute & 0xffff : 0xffff) << 24);
	}
	*out = (uint64_t)n;
	return n >= 0;
}

/* Not every message has it: the i-th of those that do. */
static bool
cip_number(const struct enip_head *head, const struct l7_ask *ask, uint64_t *out)
{
	struct cip m;
	uint16_t n = 0;
	for (uint16_t i = 0; nth_cip(head, i, &m); i++) {
		if (of_cip(&m, ask->what, out) && n++ == ask->i)
			return true;
	}
	return false;
}

bool
enip_number(const void *data, const struct l7_ask *ask, uint64_t *out)
{
	struct enip_head head;
	struct cursor c;
	uint16_t n;
	if (!enip_head(side(data, ask), &head))
		return false;
	switch (ask->what) {
	case L7_NUM_ENIP_COMMAND:
		return look_number(ask, true, head.command, out);
	case L7_NUM_ENIP_STATUS:
		return look_number(ask, true, head.status, out);
	case L7_NUM_ENIP_PROTOCOL_VERSION:
		if (head.command == ENIP_REGISTER) {
			c = cursor_of_view(head.data);
			return cursor_u16_le(&c, &n) && look_number(ask, true, n, out);
		}
		return !ask->i && (identity(&head, 0, 2, out) ||
				      (item(&head, ENIP_ITEM_SERVICES, &c) &&
					  cursor_u16_le(&c, &n) && look_number(ask, true, n, out)));
	case L7_NUM_ENIP_VENDOR_ID:
		return !ask->i && identity(&head, 18, 2, out);
	case L7_NUM_ENIP_DEVICE_TYPE:
		return !ask->i && identity(&head, 20, 2, out);
	case L7_NUM_ENIP_PRODUCT_CODE:
		return !ask->i && identity(&head, 22, 2, out);
	case L7_NUM_ENIP_REVISION:
		return !ask->i && identity(&head, 24, 2, out);
	case L7_NUM_ENIP_IDENTITY_STATUS:
		return !ask->i && identity(&head, 26, 2, out);
	case L7_NUM_ENIP_SERIAL:
		return !ask->i && identity(&head, 28, 4, out);
	case L7_NUM_ENIP_STATE:
		return !ask->i && state(&head, out);
	case L7_NUM_ENIP_CAPABILITIES:
		return item(&head, ENIP_ITEM_SERVICES, &c) && cursor_skip(&c, 2) &&
		       cursor_u16_le(&c, &n) && look_number(ask, true, n, out);
	default:
		return cip_number(&head, ask, out);
	}
}
