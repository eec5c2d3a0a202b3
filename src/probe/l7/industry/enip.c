/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/enip.h"

#include "probe/l7/parse.h"

#define HEAD 24
#define MULTIPLE_MAX 256

static bool
known(uint16_t command)
{
	return command == ENIP_NOP || command == ENIP_LIST_SERVICES ||
	       (command >= ENIP_LIST_IDENTITY && command <= ENIP_UNREGISTER) ||
	       command == ENIP_SEND_RR || command == ENIP_SEND_UNIT || command == 0x72 ||
	       command == 0x73;
}

long
enip_length(struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	uint16_t command, length;

	if (!cursor_u16_le(&c, &command))
		return L7_MORE;
	if (!known(command))
		return L7_BAD;
	return cursor_u16_le(&c, &length) ? HEAD + (long)length : L7_MORE;
}

bool
enip_head(struct view bytes, struct enip_head *out)
{
	struct cursor c = cursor_of_view(bytes);

	return cursor_u16_le(&c, &out->command) && cursor_u16_le(&c, &out->length) &&
	       cursor_u32_le(&c, &out->session) && cursor_u32_le(&c, &out->status) &&
	       cursor_u64(&c, &out->context) && cursor_u32_le(&c, &out->options) &&
	       cursor_take(&c, cursor_left(&c), &out->data);
}

unsigned
enip_items(const struct enip_head *head, struct cursor *c)
{
	bool send = head->command == ENIP_SEND_RR || head->command == ENIP_SEND_UNIT;
	uint16_t n;

	*c = cursor_of_view(head->data);
	if ((send && !cursor_skip(c, 6)) || !cursor_u16_le(c, &n))
		return 0;
	return n;
}

bool
enip_item(struct cursor *c, struct enip_item *out)
{
	struct cursor at = *c;
	uint16_t length;

	if (!cursor_u16_le(&at, &out->type) || !cursor_u16_le(&at, &length))
		return false;
	if (length > cursor_left(&at))
		length = (uint16_t)cursor_left(&at); /* kept only in part */
	(void)cursor_take(&at, length, &out->data);
	*c = at;
	return true;
}

bool
enip_cip(const struct enip_head *head, struct enip_cip *out)
{
	struct enip_item item;
	struct cursor c, in;
	uint32_t id;
	uint16_t sequence;
	unsigned n = enip_items(head, &c);

	*out = (struct enip_cip){ { 0 }, -1, -1 };
	if (head->command != ENIP_SEND_RR && head->command != ENIP_SEND_UNIT)
		return false;
	for (unsigned i = 0; i < n && i < 8 && enip_item(&c, &item); i++) {
		in = cursor_of_view(item.data);
		if (item.type == ENIP_ITEM_CONNECTION && cursor_u32_le(&in, &id)) {
			out->connection = id;
		} else if (item.type == ENIP_ITEM_UNCONNECTED) {
			out->message = item.data;
		} else if (item.type == ENIP_ITEM_CONNECTED && cursor_u16_le(&in, &sequence)) {
			out->sequence = sequence;
			(void)cursor_take(&in, cursor_left(&in), &out->message);
		}
	}
	return out->message.len > 0;
}

/* A number of one, two or four bytes; those longer than one stand behind a fill byte. */
static bool
logical(struct cursor *c, unsigned format, uint32_t *out)
{
	uint8_t v1;
	uint16_t v2;

	if (format == 0) {
		if (!cursor_u8(c, &v1))
			return false;
		*out = v1;
		return true;
	}
	if (!cursor_skip(c, 1))
		return false;
	if (format == 2)
		return cursor_u32_le(c, out);
	if (format != 1 || !cursor_u16_le(c, &v2))
		return false;
	*out = v2;
	return true;
}

static bool
port(struct cursor *c, uint8_t type, struct cip_segment *out)
{
	uint16_t wide;
	uint8_t size = 1, link;

	out->kind = "port";
	out->value = type & 0x0f;
	if (type & 0x10 && !cursor_u8(c, &size))
		return false;
	if (out->value == 15) {
		if (!cursor_u16_le(c, &wide))
			return false;
		out->value = wide;
	}
	if (!(type & 0x10))
		return cursor_u8(c, &link);
	if (!cursor_take(c, size, &out->text))
		return false;
	if (size & 1)
		(void)cursor_skip(c, 1);
	return true;
}

bool
cip_segment(struct cursor *path, struct cip_segment *out)
{
	static const char *const kinds[] = { "class", "instance", "member", "connection_point",
		"attribute", "special", "service", "extended" };
	uint8_t type, n;

	*out = (struct cip_segment){ 0 };
	if (!cursor_u8(path, &type))
		return false;
	switch (type >> 5) {
	case 0:
		return port(path, type, out);
	case 1:
		out->kind = kinds[type >> 2 & 7];
		if (type == 0x34) { /* electronic key */
			out->kind = "key";
			return cursor_u8(path, &n) && cursor_skip(path, 8);
		}
		return logical(path, type & 3, &out->value);
	case 2:
		out->kind = "network";
		if (type & 0x10)
			return cursor_u8(path, &n) && cursor_skip(path, (size_t)n * 2);
		return cursor_u8(path, &n);
	case 4:
		if (type == 0x91) {
			out->kind = "symbol";
			if (!cursor_vector8(path, &out->text))
				return false;
			if (out->text.len & 1)
				(void)cursor_skip(path, 1);
			return true;
		}
		out->kind = "data";
		return cursor_u8(path, &n) && cursor_take(path, (size_t)n * 2, &out->text);
	default:
		return false;
	}
}

static void
read_path(struct cip *out)
{
	struct cursor c = cursor_of_view(out->path);
	struct cip_segment s;

	while (cip_segment(&c, &s)) {
		int64_t *to = strcmp(s.kind, "class") == 0              ? &out->class_id
			      : strcmp(s.kind, "instance") == 0         ? &out->instance
			      : strcmp(s.kind, "attribute") == 0        ? &out->attribute
			      : strcmp(s.kind, "member") == 0           ? &out->member
			      : strcmp(s.kind, "connection_point") == 0 ? &out->point
									: NULL;
		if (to)
			*to = s.value;
		else if (strcmp(s.kind, "symbol") == 0)
			out->symbol = s.text;
	}
}

bool
cip_parse(struct view bytes, struct cip *out)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t words, reserved;

	*out = (struct cip){
		.class_id = -1, .instance = -1, .attribute = -1, .member = -1, .point = -1
	};
	if (!cursor_u8(&c, &out->service))
		return false;
	out->response = out->service & 0x80;
	out->service &= 0x7f;
	if (out->response) {
		if (!cursor_u8(&c, &reserved) || !cursor_u8(&c, &out->status) ||
		    !cursor_u8(&c, &words) || !cursor_take(&c, (size_t)words * 2, &out->extended))
			return false;
	} else {
		if (!cursor_u8(&c, &words) || !cursor_take(&c, (size_t)words * 2, &out->path))
			return false;
		read_path(out);
	}
	return cursor_take(&c, cursor_left(&c), &out->data);
}

bool
cip_embedded(const struct cip *m, struct view *out)
{
	struct cursor c = cursor_of_view(m->data);
	uint16_t n;

	return !m->response && m->service == CIP_UNCONNECTED_SEND &&
	       m->class_id == CIP_CONNECTION_MANAGER && cursor_skip(&c, 2) &&
	       cursor_u16_le(&c, &n) && cursor_take(&c, n, out);
}

bool
cip_multiple(const struct cip *m, unsigned n, struct view *out)
{
	struct cursor c = cursor_of_view(m->data), start = c;
	uint16_t count, from, to;

	if (m->service != CIP_MULTIPLE || n >= MULTIPLE_MAX || !cursor_u16_le(&c, &count) ||
	    n >= count || !cursor_skip(&c, n * (size_t)2) || !cursor_u16_le(&c, &from))
		return false;
	if (n + 1 == count)
		to = m->data.len < UINT16_MAX ? (uint16_t)m->data.len : UINT16_MAX;
	else if (!cursor_u16_le(&c, &to))
		return false;
	return to > from && cursor_skip(&start, from) &&
	       cursor_take(&start, (size_t)(to - from), out);
}

static bool
one_controls(const struct cip *r)
{
	switch (r->service) {
	case 0x02: /* set attributes */
	case 0x04:
	case 0x05: /* reset, start, stop, create, delete */
	case 0x06:
	case 0x07:
	case 0x08:
	case 0x09:
	case 0x0d: /* apply */
	case 0x10:
	case 0x15: /* restore, save */
	case 0x16:
	case 0x19: /* members */
	case 0x1a:
	case 0x1b:
	case CIP_WRITE_TAG:
	case CIP_WRITE_FRAGMENT:
		return true;
	case CIP_FORWARD_CLOSE: /* of others, a tag read, changed and written */
		return r->class_id != CIP_CONNECTION_MANAGER;
	default:
		return false;
	}
}

bool
cip_control(const struct cip *request)
{
	struct cip inner = *request, one;
	struct view bytes;

	for (int depth = 0; depth < 2 && cip_embedded(&inner, &bytes); depth++) {
		if (!cip_parse(bytes, &inner))
			return false;
	}
	for (unsigned n = 0; cip_multiple(&inner, n, &bytes); n++) {
		if (cip_parse(bytes, &one) && !one.response && one_controls(&one))
			return true;
	}
	return !inner.response && one_controls(&inner);
}
