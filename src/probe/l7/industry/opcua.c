/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/opcua.h"

#include "ics.h"
#include "probe/l7/parse.h"

#define SIZE_SANE (1U << 20)
#define TEXT_NONE UINT32_MAX

static const char kinds[OPCUA_TYPES][4] = { "HEL", "ACK", "ERR", "RHE", "OPN", "MSG", "CLO" };

static int
type_of(const uint8_t *three)
{
	for (int i = 0; i < OPCUA_TYPES; i++) {
		if (memcmp(kinds[i], three, 3) == 0)
			return i;
	}
	return -1;
}

long
opcua_length(struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t kind[3], final, first;
	uint32_t size;

	if (cursor_peek(&c, 0, &first) && !memchr("HAEROMC", first, 7))
		return L7_BAD;
	if (!cursor_copy(&c, kind, 3) || !cursor_u8(&c, &final))
		return L7_MORE;
	int type = type_of(kind);
	if (type < 0 || (final != 'F' && (type < OPCUA_OPN || (final != 'C' && final != 'A'))))
		return L7_BAD;
	if (!cursor_u32_le(&c, &size))
		return L7_MORE;
	return size < 8 || size > SIZE_SANE ? L7_BAD : (long)size;
}

bool
opcua_text(struct cursor *c, struct view *out)
{
	struct cursor at = *c;
	uint32_t n;

	*out = (struct view){ 0 };
	if (!cursor_u32_le(&at, &n) || (n != TEXT_NONE && !cursor_take(&at, n, out)))
		return false;
	*c = at;
	return true;
}

static bool
hello(struct cursor *c, struct opcua_chunk *out)
{
	return cursor_u32_le(c, &out->version) && cursor_u32_le(c, &out->receive_buffer) &&
	       cursor_u32_le(c, &out->send_buffer) && cursor_u32_le(c, &out->max_message) &&
	       cursor_u32_le(c, &out->max_chunks) &&
	       (out->type == OPCUA_ACK || opcua_text(c, &out->endpoint));
}

/* OPC 10000-6, 6.7.2.3: which policy, and whose certificates. */
static bool
open_channel(struct cursor *c, struct opcua_chunk *out)
{
	struct view v;

	if (!cursor_u32_le(c, &out->channel) || !opcua_text(c, &out->policy) || !opcua_text(c, &v))
		return false;
	out->certificate = v.len > 0;
	if (!opcua_text(c, &v))
		return false;
	out->thumbprint = v.len > 0;
	return true;
}

bool
opcua_chunk(struct view bytes, struct opcua_chunk *out)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t kind[3], final;

	*out = (struct opcua_chunk){ 0 };
	if (!cursor_copy(&c, kind, 3) || !cursor_u8(&c, &final) || !cursor_u32_le(&c, &out->size))
		return false;
	int type = type_of(kind);
	if (type < 0)
		return false;
	out->type = (enum opcua_type)type;
	out->final = (char) final;
	switch (out->type) {
	case OPCUA_HEL:
	case OPCUA_ACK:
		return hello(&c, out);
	case OPCUA_ERR:
		return cursor_u32_le(&c, &out->error) && opcua_text(&c, &out->reason);
	case OPCUA_RHE:
		return opcua_text(&c, &out->reason) && opcua_text(&c, &out->endpoint);
	case OPCUA_OPN:
		if (!open_channel(&c, out))
			return false;
		break;
	default:
		if (!cursor_u32_le(&c, &out->channel) || !cursor_u32_le(&c, &out->token))
			return false;
		break;
	}
	return cursor_u32_le(&c, &out->sequence) && cursor_u32_le(&c, &out->request) &&
	       cursor_take(&c, cursor_left(&c), &out->body);
}

bool
opcua_node(struct cursor *c, struct opcua_node *out)
{
	struct view text;
	uint32_t index;
	uint16_t n16;
	uint8_t form, n8;
	bool ok;

	*out = (struct opcua_node){ .kind = 'i' };
	if (!cursor_u8(c, &form))
		return false;
	switch (form & 0x3f) {
	case 0:
		ok = cursor_u8(c, &n8);
		out->number = ok ? n8 : 0;
		break;
	case 1:
		ok = cursor_u8(c, &n8) && cursor_u16_le(c, &n16);
		out->space = ok ? n8 : 0;
		out->number = ok ? n16 : 0;
		break;
	case 2:
		ok = cursor_u16_le(c, &out->space) && cursor_u32_le(c, &out->number);
		break;
	case 3:
	case 5:
		out->kind = (form & 0x3f) == 3 ? 's' : 'b';
		ok = cursor_u16_le(c, &out->space) && opcua_text(c, &out->text);
		break;
	case 4:
		out->kind = 'g';
		ok = cursor_u16_le(c, &out->space) && cursor_take(c, 16, &out->text);
		break;
	default:
		return false;
	}
	if (ok && form & 0x80) /* an expanded one: namespace as text, index of a server */
		ok = opcua_text(c, &text);
	return ok && (!(form & 0x40) || cursor_u32_le(c, &index));
}

bool
opcua_qualified(struct cursor *c, struct view *out)
{
	return cursor_skip(c, 2) && opcua_text(c, out);
}

bool
opcua_localized(struct cursor *c, struct view *out)
{
	struct view locale;
	uint8_t mask;

	*out = (struct view){ 0 };
	return cursor_u8(c, &mask) && (!(mask & 1) || opcua_text(c, &locale)) &&
	       (!(mask & 2) || opcua_text(c, out));
}

bool
opcua_extension(struct cursor *c, struct opcua_node *type, struct view *body)
{
	uint8_t encoding;

	*body = (struct view){ 0 };
	return opcua_node(c, type) && cursor_u8(c, &encoding) &&
	       (encoding == 0 || opcua_text(c, body));
}

/* Diagnostics in headers (5.2.2.12); nested ones are followed to a depth. */
static bool
diagnostics(struct cursor *c)
{
	struct view text;
	uint32_t v;

	for (int depth = 0; depth < 16; depth++) {
		uint8_t mask;
		if (!cursor_u8(c, &mask))
			return false;
		for (int i = 0; i < 4; i++) {
			if (mask >> i & 1 && !cursor_u32_le(c, &v))
				return false;
		}
		if ((mask & 0x10 && !opcua_text(c, &text)) ||
		    (mask & 0x20 && !cursor_u32_le(c, &v)))
			return false;
		if (!(mask & 0x40))
			return true;
	}
	return false;
}

static bool
request_header(struct cursor *c, struct opcua_message *out)
{
	struct cursor before = *c;
	struct opcua_node node;
	struct view text;

	if (!opcua_node(c, &node))
		return false;
	(void)cursor_take(&before, cursor_left(&before) - cursor_left(c), &out->token);
	return cursor_skip(c, 8) && cursor_u32_le(c, &out->handle) && cursor_skip(c, 4) &&
	       opcua_text(c, &text) && cursor_skip(c, 4) && opcua_extension(c, &node, &text);
}

static bool
response_header(struct cursor *c, struct opcua_message *out)
{
	struct opcua_node node;
	struct view text;
	uint32_t n;

	if (!cursor_skip(c, 8) || !cursor_u32_le(c, &out->handle) ||
	    !cursor_u32_le(c, &out->result) || !diagnostics(c) || !cursor_u32_le(c, &n))
		return false;
	for (uint32_t i = 0; n != TEXT_NONE && i < n; i++) {
		if (!opcua_text(c, &text))
			return false;
	}
	return opcua_extension(c, &node, &text);
}

bool
opcua_message(struct view body, struct opcua_message *out)
{
	struct cursor c = cursor_of_view(body);
	struct opcua_node type;

	*out = (struct opcua_message){ 0 };
	if (!opcua_node(&c, &type) || type.kind != 'i' || type.space != 0)
		return false;
	out->service = type.number;
	if (!opcua_service(type.number, &out->request))
		return false;
	if (!(out->request ? request_header(&c, out) : response_header(&c, out)))
		return false;
	out->rest = c;
	return true;
}

/* Bytes of a built-in type of fixed size; 0 for others. */
static size_t
width(uint8_t type)
{
	static const uint8_t bytes[26] = { 0, 1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 0, 8, 16, 0, 0, 0, 0,
		4 };

	return type < sizeof(bytes) ? bytes[type] : 0;
}

/* Step over one element. */
static bool
skip_item(struct cursor *c, uint8_t type, unsigned depth)
{
	struct opcua_node node;
	struct opcua_data data;
	struct view text;

	if (width(type))
		return cursor_skip(c, width(type));
	switch (type) {
	case 12:
	case 15:
	case 16:
		return opcua_text(c, &text);
	case 17:
	case 18:
		return opcua_node(c, &node);
	case 20:
		return opcua_qualified(c, &text);
	case 21:
		return opcua_localized(c, &text);
	case 22:
		return opcua_extension(c, &node, &text);
	case 23:
		return depth < 2 && opcua_data(c, &data);
	case 25:
		return diagnostics(c);
	default:
		return false;
	}
}

static bool
variant(struct cursor *c, struct opcua_value *out)
{
	uint8_t head;
	uint32_t n = 1, dimensions;

	if (!cursor_u8(c, &head))
		return false;
	out->type = head & 0x3f;
	out->array = head & 0x80;
	if (out->type == 0)
		return true;
	if (out->type >= 23) /* values in values: not followed */
		return false;
	if (out->array && !cursor_u32_le(c, &n))
		return false;
	out->count = n == TEXT_NONE ? 0 : n;
	out->items = *c;
	for (uint32_t i = 0; i < out->count; i++) {
		if (!skip_item(c, out->type, 0))
			return false;
	}
	out->items.end = c->at;
	if (!(head & 0x40))
		return true;
	return cursor_u32_le(c, &dimensions) &&
	       (dimensions == TEXT_NONE || cursor_skip(c, (size_t)dimensions * 4));
}

bool
opcua_data(struct cursor *c, struct opcua_data *out)
{
	uint16_t picoseconds;
	uint8_t mask;

	*out = (struct opcua_data){ 0 };
	if (!cursor_u8(c, &mask) || (mask & 1 && !variant(c, &out->value)))
		return false;
	out->has_status = mask & 2;
	return (!(mask & 2) || cursor_u32_le(c, &out->status)) &&
	       (!(mask & 4) || cursor_u64_le(c, &out->source_time)) &&
	       (!(mask & 16) || cursor_u16_le(c, &picoseconds)) &&
	       (!(mask & 8) || cursor_u64_le(c, &out->server_time)) &&
	       (!(mask & 32) || cursor_u16_le(c, &picoseconds));
}

static bool
number_item(struct cursor *c, uint8_t type, struct opcua_item *out)
{
	uint8_t v1 = 0;
	uint16_t v2 = 0;
	uint32_t v4 = 0;
	uint64_t v8 = 0;
	size_t n = width(type);
	bool ok = n == 1   ? cursor_u8(c, &v1)
		  : n == 2 ? cursor_u16_le(c, &v2)
		  : n == 4 ? cursor_u32_le(c, &v4)
			   : cursor_u64_le(c, &v8);

	out->whole = v1 | v2 | v4 | v8;
	out->number = n == 1   ? (int8_t)v1
		      : n == 2 ? (int16_t)v2
		      : n == 4 ? (int32_t)v4
			       : (int64_t)v8;
	out->is = type & 1 ? OPCUA_UINT : OPCUA_INT;
	if (type == 2 || type == 4 || type == 6 || type == 8)
		out->is = OPCUA_INT;
	if (type == 1)
		out->is = OPCUA_BOOL;
	if (type == 13)
		out->is = OPCUA_TIME;
	if (type == 19)
		out->is = OPCUA_STATUS;
	if (type == 10 || type == 11) {
		out->is = OPCUA_REAL;
		out->real = type == 10 ? (double)ics_f32(v4) : ics_f64(v8);
	}
	return ok;
}

bool
opcua_item(struct opcua_value *v, struct opcua_item *out)
{
	struct cursor *c = &v->items;

	*out = (struct opcua_item){ 0 };
	if (!v->type || !v->count)
		return false;
	v->count--;
	if (v->type == 14) {
		out->is = OPCUA_BYTES;
		return cursor_take(c, 16, &out->text);
	}
	if (width(v->type))
		return number_item(c, v->type, out);
	switch (v->type) {
	case 12:
	case 16:
		out->is = OPCUA_TEXT;
		return opcua_text(c, &out->text);
	case 15:
		out->is = OPCUA_BYTES;
		return opcua_text(c, &out->text);
	case 17:
	case 18:
		out->is = OPCUA_NODE;
		return opcua_node(c, &out->node);
	case 20:
		out->is = OPCUA_TEXT;
		return opcua_qualified(c, &out->text);
	case 21:
		out->is = OPCUA_TEXT;
		return opcua_localized(c, &out->text);
	case 22:
		if (!opcua_extension(c, &out->node, &out->text))
			return false;
		/* what lets a user in is a secret wherever it stands */
		out->is =
		    out->node.number >= 321 && out->node.number <= 327 ? OPCUA_NULL : OPCUA_BYTES;
		return true;
	default:
		return false;
	}
}

/* Request and response of a service (OPC 10000-6, annex A: NodeIds of the binary encodings). */
static const struct service {
	uint16_t request, response;
	const char *name;
} services[] = { { 0, 397, "ServiceFault" }, { 422, 425, "FindServers" },
	{ 428, 431, "GetEndpoints" }, { 437, 440, "RegisterServer" },
	{ 446, 449, "OpenSecureChannel" }, { 452, 455, "CloseSecureChannel" },
	{ 461, 464, "CreateSession" }, { 467, 470, "ActivateSession" },
	{ 473, 476, "CloseSession" }, { 479, 482, "Cancel" }, { 488, 491, "AddNodes" },
	{ 494, 497, "AddReferences" }, { 500, 503, "DeleteNodes" },
	{ 506, 509, "DeleteReferences" }, { 527, 530, "Browse" }, { 533, 536, "BrowseNext" },
	{ 554, 557, "TranslateBrowsePathsToNodeIds" }, { 560, 563, "RegisterNodes" },
	{ 566, 569, "UnregisterNodes" }, { 615, 618, "QueryFirst" }, { 621, 624, "QueryNext" },
	{ 631, 634, "Read" }, { 664, 667, "HistoryRead" }, { 673, 676, "Write" },
	{ 700, 703, "HistoryUpdate" }, { 712, 715, "Call" }, { 751, 754, "CreateMonitoredItems" },
	{ 763, 766, "ModifyMonitoredItems" }, { 769, 772, "SetMonitoringMode" },
	{ 775, 778, "SetTriggering" }, { 781, 784, "DeleteMonitoredItems" },
	{ 787, 790, "CreateSubscription" }, { 793, 796, "ModifySubscription" },
	{ 799, 802, "SetPublishingMode" }, { 826, 829, "Publish" }, { 832, 835, "Republish" },
	{ 841, 844, "TransferSubscriptions" }, { 847, 850, "DeleteSubscriptions" },
	{ 12208, 12209, "FindServersOnNetwork" }, { 12211, 12212, "RegisterServer2" } };

const char *
opcua_service(uint32_t number, bool *request)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++) {
		*request = number && services[i].request == number;
		if (*request || services[i].response == number)
			return services[i].name;
	}
	return NULL;
}

bool
opcua_control(uint32_t service)
{
	return service == 673 || service == 712 || service == 700 || service == 488 ||
	       service == 494 || service == 500 || service == 506;
}
