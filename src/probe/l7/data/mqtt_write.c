/* SPDX-License-Identifier: Apache-2.0 */
/* MQTT's record: EVE's event, an object for each packet of the transaction. */
#include "lib/mask.h"
#include "mqtt_row.h"
#include "wire/event.h"

static const char *const names[] = { "unassigned", "connect", "connack", "publish", "puback",
	"pubrec", "pubrel", "pubcomp", "subscribe", "suback", "unsubscribe", "unsuback", "pingreq",
	"pingresp", "disconnect", "auth" };

static void
text(struct jw *w, const char *key, struct view v)
{
	if (v.ptr)
		jw_put_bytes(w, key, v.ptr, v.len);
}

static void
flag(struct jw *w, const char *key, bool v)
{
	jw_key_n(w, key, strlen(key));
	jw_bool(w, v);
}

static void
write_property(const struct mqtt_property *p, struct jw *w)
{
	if (p->name)
		jw_key_n(w, p->name, strlen(p->name));
	if (p->secret)
		mask_secret(w, p->value);
	else if (p->name && p->text)
		jw_view(w, p->value);
	else if (p->name)
		jw_u64(w, p->number);
}

/* User properties carry names of the wire, which are no keys of ours: they stand in a list. */
static void
write_user_properties(struct view all, struct jw *w)
{
	struct cursor c = cursor_of_view(all);
	struct mqtt_property p;
	bool some = false;
	while (mqtt_property(&c, &p)) {
		if (p.name)
			continue;
		if (!some) {
			jw_key(w, "user_properties");
			jw_array(w);
		}
		some = true;
		jw_object(w);
		text(w, "name", p.key);
		text(w, "value", p.value);
		jw_object_end(w);
	}
	if (some)
		jw_array_end(w);
}

static void
write_properties(struct view all, struct jw *w)
{
	struct cursor c = cursor_of_view(all);
	struct mqtt_property p;
	if (!all.len)
		return;
	jw_key(w, "properties");
	jw_object(w);
	while (mqtt_property(&c, &p)) {
		if (p.name)
			write_property(&p, w);
	}
	write_user_properties(all, w);
	jw_object_end(w);
}

static void
write_topics(const struct mqtt_ack *a, struct jw *w)
{
	struct cursor c = cursor_of_view(a->list);
	struct view topic;
	uint8_t options;
	bool with_qos = a->type == MQTT_SUBSCRIBE;
	jw_key(w, "topics");
	jw_array(w);
	while (mqtt_filter(&c, with_qos, &topic, &options)) {
		if (!with_qos) {
			jw_view(w, topic);
			continue;
		}
		jw_object(w);
		text(w, "topic", topic);
		jw_put_u64(w, "qos", options & 3);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
write_codes(const struct mqtt_ack *a, struct jw *w)
{
	struct cursor c = cursor_of_view(a->list);
	uint8_t code;
	if (a->type == MQTT_SUBACK)
		jw_key(w, "qos_granted");
	else
		jw_key(w, "reason_codes");
	jw_array(w);
	while (cursor_u8(&c, &code))
		jw_u64(w, code);
	jw_array_end(w);
}

static void
write_connect(const struct mqtt_packet *p, struct jw *w)
{
	text(w, "protocol_string", p->protocol);
	jw_put_u64(w, "protocol_version", p->version);
	jw_put_u64(w, "keep_alive", p->keep_alive);
	jw_key(w, "flags");
	jw_object(w);
	flag(w, "username", p->flags & MQTT_HAS_USER);
	flag(w, "password", p->flags & MQTT_HAS_PASSWORD);
	flag(w, "will", p->flags & MQTT_WILL);
	flag(w, "will_retain", p->flags & MQTT_WILL_RETAIN);
	flag(w, "clean_session", p->flags & MQTT_CLEAN);
	jw_object_end(w);
	text(w, "client_id", p->client_id);
	text(w, "username", p->user);
	if (p->password.ptr) {
		jw_key(w, "password");
		mask_secret(w, p->password);
	}
	if (!(p->flags & MQTT_WILL))
		return;
	jw_key(w, "will");
	jw_object(w);
	text(w, "topic", p->will_topic);
	text(w, "message", p->will_message);
	jw_put_u64(w, "qos", (p->flags & MQTT_WILL_QOS) >> 3);
	write_properties(p->will_properties, w);
	jw_object_end(w);
}

static void
write_common(const struct mqtt_ack *a, struct jw *w)
{
	jw_put_u64(w, "qos", a->qos);
	flag(w, "retain", a->retain);
	flag(w, "dup", a->dup);
}

static void
write_ack(const struct mqtt_ack *a, uint8_t version, struct jw *w)
{
	if (a->has_id)
		jw_put_u64(w, "message_id", a->id);
	if (a->type == MQTT_CONNACK) {
		flag(w, "session_present", a->session);
		jw_put_u64(w, "return_code", a->reason);
	} else if (a->has_reason) {
		jw_put_u64(w, "reason_code", a->reason);
	}
	if (a->type == MQTT_SUBACK || (a->type == MQTT_UNSUBACK && version == 5))
		write_codes(a, w);
	write_properties(a->properties, w);
}

static void
write_first(const struct mqtt_tx *tx, struct jw *w)
{
	const struct mqtt_packet *p = &tx->first;
	const struct mqtt_ack *a = &p->common;
	write_common(a, w);
	if (tx->cut) {
		flag(w, "truncated", true);
		jw_put_u64(w, "skipped_length", tx->length);
		return;
	}
	if (a->type == MQTT_CONNECT)
		write_connect(p, w);
	text(w, "topic", p->topic);
	write_ack(a, tx->version, w);
	text(w, "message", p->message);
	if (a->type == MQTT_SUBSCRIBE || a->type == MQTT_UNSUBSCRIBE)
		write_topics(a, w);
}

void
l7_mqtt_write(const void *data, struct jw *w)
{
	const struct mqtt_tx *tx = data;
	jw_key(w, "mqtt");
	jw_object(w);
	jw_key_n(w, names[tx->first.common.type], strlen(names[tx->first.common.type]));
	jw_object(w);
	write_first(tx, w);
	jw_object_end(w);
	for (int i = 0; i < tx->ack_n; i++) {
		const char *name = names[tx->ack[i].type];
		jw_key_n(w, name, strlen(name));
		jw_object(w);
		write_common(&tx->ack[i], w);
		write_ack(&tx->ack[i], tx->version, w);
		jw_object_end(w);
	}
	jw_object_end(w);
}
