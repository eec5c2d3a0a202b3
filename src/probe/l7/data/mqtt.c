/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/mqtt.h"
#include "probe/l7/parse.h"

static bool
varint(struct cursor *c, uint32_t *out)
{
	uint8_t b = 0x80;
	struct cursor at = *c;
	*out = 0;
	for (unsigned shift = 0; shift < 28; shift += 7) {
		if (!cursor_u8(&at, &b))
			return false;
		*out |= (uint32_t)(b & 0x7f) << shift;
		if (!(b & 0x80)) {
			*c = at;
			return true;
		}
	}
	return false;
}

long
mqtt_header(struct view bytes, uint32_t *body)
{
	struct cursor c = cursor_of_view(bytes);
	if (!cursor_skip(&c, 1))
		return L7_MORE;
	if (!varint(&c, body))
		return cursor_left(&c) >= 4 ? L7_BAD : L7_MORE;
	return (long)(bytes.len - cursor_left(&c));
}

enum kind { NUMBER1, NUMBER2, NUMBER4, VARINT, TEXT, BINARY, PAIR };

static const struct {
	uint8_t id, kind;
	const char *name;
} properties[] = {
	{ 0x01, NUMBER1, "payload_format_indicator" },
	{ 0x02, NUMBER4, "message_expiry_interval" },
	{ 0x03, TEXT, "content_type" },
	{ 0x08, TEXT, "response_topic" },
	{ 0x09, BINARY, "correlation_data" },
	{ 0x0b, VARINT, "subscription_identifier" },
	{ 0x11, NUMBER4, "session_expiry_interval" },
	{ 0x12, TEXT, "assigned_client_id" },
	{ 0x13, NUMBER2, "server_keep_alive" },
	{ 0x15, TEXT, "authentication_method" },
	{ 0x16, BINARY, "authentication_data" },
	{ 0x17, NUMBER1, "request_problem_info" },
	{ 0x18, NUMBER4, "will_delay_interval" },
	{ 0x19, NUMBER1, "request_response_info" },
	{ 0x1a, TEXT, "response_information" },
	{ 0x1c, TEXT, "server_reference" },
	{ 0x1f, TEXT, "reason_string" },
	{ 0x21, NUMBER2, "receive_maximum" },
	{ 0x22, NUMBER2, "topic_alias_maximum" },
	{ 0x23, NUMBER2, "topic_alias" },
	{ 0x24, NUMBER1, "maximum_qos" },
	{ 0x25, NUMBER1, "retain_available" },
	{ 0x26, PAIR, NULL },
	{ 0x27, NUMBER4, "maximum_packet_size" },
	{ 0x28, NUMBER1, "wildcard_subscription_available" },
	{ 0x29, NUMBER1, "subscription_identifiers_available" },
	{ 0x2a, NUMBER1, "shared_subscription_available" },
};

static bool
number(struct cursor *c, uint8_t kind, uint32_t *out)
{
	uint8_t one;
	uint16_t two;
	if (kind == NUMBER4)
		return cursor_u32(c, out);
	if (kind == VARINT)
		return varint(c, out);
	if (kind == NUMBER2) {
		bool ok = cursor_u16(c, &two);
		*out = ok ? two : 0;
		return ok;
	}
	bool ok = cursor_u8(c, &one);
	*out = ok ? one : 0;
	return ok;
}

bool
mqtt_property(struct cursor *c, struct mqtt_property *out)
{
	size_t i = 0, n = sizeof(properties) / sizeof(*properties);
	*out = (struct mqtt_property){ 0 };
	if (!cursor_u8(c, &out->id))
		return false;
	while (i < n && properties[i].id != out->id)
		i++;
	if (i == n)
		return false;
	out->name = properties[i].name;
	out->secret = out->id == 0x16;
	out->text = properties[i].kind >= TEXT;
	out->binary = properties[i].kind == BINARY;
	if (!out->text)
		return number(c, properties[i].kind, &out->number);
	if (properties[i].kind == PAIR && !cursor_vector16(c, &out->key))
		return false;
	return cursor_vector16(c, &out->value);
}

bool
mqtt_properties_sound(struct view all)
{
	struct cursor c = cursor_of_view(all);
	struct mqtt_property p;
	while (cursor_left(&c)) {
		if (!mqtt_property(&c, &p))
			return false;
	}
	return true;
}

static bool
take_properties(struct cursor *c, uint8_t version, struct view *out)
{
	uint32_t n;
	if (version != 5 || !cursor_left(c))
		return true;
	return varint(c, &n) && cursor_take(c, n, out) && mqtt_properties_sound(*out);
}

static bool
connect(struct cursor *c, struct mqtt_packet *p)
{
	if (!cursor_vector16(c, &p->protocol) || !cursor_u8(c, &p->version) ||
	    !cursor_u8(c, &p->flags) || !cursor_u16(c, &p->keep_alive) ||
	    !take_properties(c, p->version, &p->common.properties) ||
	    !cursor_vector16(c, &p->client_id))
		return false;
	if (p->flags & MQTT_WILL &&
	    (!take_properties(c, p->version, &p->will_properties) ||
		!cursor_vector16(c, &p->will_topic) || !cursor_vector16(c, &p->will_message)))
		return false;
	if (p->flags & MQTT_HAS_USER && !cursor_vector16(c, &p->user))
		return false;
	return !(p->flags & MQTT_HAS_PASSWORD) || cursor_vector16(c, &p->password);
}

static bool
reason(struct cursor *c, uint8_t version, struct mqtt_ack *a)
{
	bool sent = cursor_u8(c, &a->reason);
	a->has_reason = sent || version == 5; /* 5: left out, it is 0 */
	return !sent || take_properties(c, version, &a->properties);
}

static bool
publish(struct cursor *c, uint8_t version, struct mqtt_packet *p)
{
	if (!cursor_vector16(c, &p->topic))
		return false;
	if (p->common.qos) {
		p->common.has_id = cursor_u16(c, &p->common.id);
		if (!p->common.has_id)
			return false;
	}
	return take_properties(c, version, &p->common.properties) &&
	       cursor_take(c, cursor_left(c), &p->message);
}

static bool
with_id(struct cursor *c, uint8_t version, struct mqtt_ack *a)
{
	a->has_id = cursor_u16(c, &a->id);
	if (!a->has_id)
		return false;
	if (a->type <= MQTT_PUBCOMP)
		return reason(c, version, a);
	return take_properties(c, version, &a->properties) &&
	       cursor_take(c, cursor_left(c), &a->list);
}

static bool
body(struct cursor *c, uint8_t version, struct mqtt_packet *p)
{
	uint8_t flags;
	switch (p->common.type) {
	case MQTT_CONNECT:
		return connect(c, p);
	case MQTT_CONNACK:
		if (!cursor_u8(c, &flags))
			return false;
		p->common.session = flags & 1;
		return cursor_left(c) && reason(c, version, &p->common);
	case MQTT_PUBLISH:
		return publish(c, version, p);
	case MQTT_DISCONNECT:
	case MQTT_AUTH:
		return reason(c, version, &p->common);
	case MQTT_RESERVED:
	case MQTT_PINGREQ:
	case MQTT_PINGRESP:
		return true;
	default:
		return with_id(c, version, &p->common);
	}
}

long
mqtt_packet(struct view bytes, uint8_t version, struct mqtt_packet *out)
{
	uint32_t n;
	struct cursor c = cursor_of_view(bytes);
	long head = mqtt_header(bytes, &n);
	uint8_t first;
	*out = (struct mqtt_packet){ 0 };
	if (head < 0 || !cursor_peek(&c, 0, &first))
		return L7_BAD;
	out->common.type = first >> 4;
	out->common.dup = first & 8;
	out->common.qos = first >> 1 & 3;
	out->common.retain = first & 1;
	(void)cursor_skip(&c, (size_t)head);
	if (!body(&c, version, out))
		return L7_BAD;
	return (long)bytes.len;
}

bool
mqtt_filter(struct cursor *c, bool with_qos, struct view *topic, uint8_t *options)
{
	*options = 0;
	return cursor_vector16(c, topic) && (!with_qos || cursor_u8(c, options));
}
