/* SPDX-License-Identifier: Apache-2.0 */
/* What signatures see of MQTT: every message of a transaction. */
#include "../look.h"
#include "mqtt_row.h"

/* The i-th message: the one that began it, then what answered it. */
static const struct mqtt_ack *
nth(const struct mqtt_tx *tx, uint16_t i)
{
	return i == 0 ? &tx->first.common : i <= tx->ack_n ? &tx->ack[i - 1] : NULL;
}

static bool
topic(const struct mqtt_tx *tx, const struct l7_ask *ask, uint8_t type, struct view *out)
{
	struct cursor c = cursor_of_view(tx->first.common.list);
	uint8_t options;
	if (tx->first.common.type != type)
		return false;
	for (uint16_t i = 0; i <= ask->i; i++) {
		if (!mqtt_filter(&c, type == MQTT_SUBSCRIBE, out, &options))
			return false;
	}
	return true;
}

bool
mqtt_buffer(const void *data, const struct l7_ask *ask, struct view *out)
{
	const struct mqtt_tx *tx = data;
	const struct mqtt_packet *p = &tx->first;
	switch (ask->what) {
	case L7_BUF_MQTT_CLIENTID:
		return look_one(ask, p->client_id, out);
	case L7_BUF_MQTT_USERNAME:
		return look_one(ask, p->user, out);
	case L7_BUF_MQTT_PASSWORD:
		return look_one(ask, p->password, out);
	case L7_BUF_MQTT_PROTOCOL_STRING:
		return look_one(ask, p->protocol, out);
	case L7_BUF_MQTT_WILLTOPIC:
		return look_one(ask, p->will_topic, out);
	case L7_BUF_MQTT_WILLMESSAGE:
		return look_one(ask, p->will_message, out);
	case L7_BUF_MQTT_PUBLISH_TOPIC:
		return look_one(ask, p->topic, out);
	case L7_BUF_MQTT_PUBLISH_MESSAGE:
		return look_one(ask, p->message, out);
	case L7_BUF_MQTT_SUBSCRIBE_TOPIC:
		return topic(tx, ask, MQTT_SUBSCRIBE, out);
	case L7_BUF_MQTT_UNSUBSCRIBE_TOPIC:
		return topic(tx, ask, MQTT_UNSUBSCRIBE, out);
	default:
		return false;
	}
}

/* A code of its own, or those of a SUBACK's or UNSUBACK's list. */
static bool
reason(const struct mqtt_tx *tx, const struct l7_ask *ask, uint64_t *out)
{
	uint16_t n = 0;
	const struct mqtt_ack *a;
	for (uint16_t i = 0; (a = nth(tx, i)); i++) {
		struct cursor c = cursor_of_view(a->list);
		bool listed = a->type == MQTT_SUBACK || a->type == MQTT_UNSUBACK;
		uint8_t code;
		while (listed && cursor_u8(&c, &code)) {
			*out = code;
			if (n++ == ask->i)
				return true;
		}
		*out = a->reason;
		if (a->has_reason && n++ == ask->i)
			return true;
	}
	return false;
}

static bool
of_message(const struct mqtt_ack *a, const struct l7_ask *ask, uint64_t *out)
{
	switch (ask->what) {
	case L7_NUM_MQTT_TYPE:
		*out = a->type;
		return true;
	case L7_NUM_MQTT_QOS:
		*out = a->qos;
		return true;
	default: /* bits as in the fixed header */
		*out = (uint64_t)(a->dup << 3 | a->qos << 1 | a->retain);
		return true;
	}
}

/* CONNACK's, whether it came alone or with its CONNECT. */
static bool
session(const struct mqtt_tx *tx, const struct l7_ask *ask, uint64_t *out)
{
	const struct mqtt_ack *a;
	for (uint16_t i = 0; (a = nth(tx, i)); i++) {
		if (a->type == MQTT_CONNACK)
			return look_number(ask, true, a->session, out);
	}
	return false;
}

bool
mqtt_number(const void *data, const struct l7_ask *ask, uint64_t *out)
{
	const struct mqtt_tx *tx = data;
	const struct mqtt_ack *a = nth(tx, ask->i);
	switch (ask->what) {
	case L7_NUM_MQTT_PROTOCOL_VERSION:
		return look_number(ask, tx->version, tx->version, out);
	case L7_NUM_MQTT_REASON_CODE:
		return reason(tx, ask, out);
	case L7_NUM_MQTT_CONNECT_FLAGS:
		return look_number(
		    ask, tx->first.common.type == MQTT_CONNECT, tx->first.flags, out);
	case L7_NUM_MQTT_SESSION_PRESENT:
		return session(tx, ask, out);
	default:
		return a && of_message(a, ask, out);
	}
}
