/* SPDX-License-Identifier: Apache-2.0 */
/* mqtt_row: a transaction of MQTT, for its row and its writer. */
#ifndef WANGLOU_PROBE_L7_DATA_MQTT_ROW_H
#define WANGLOU_PROBE_L7_DATA_MQTT_ROW_H

#include "../item.h"
#include "probe/l7/mqtt.h"

#define ACKS 3

/* A request with what answered it: CONNECT+CONNACK, PUBLISH+PUBREC+PUBREL+PUBCOMP, ... */
struct mqtt_tx {
	struct l7_item item;
	struct mqtt_packet first;
	struct mqtt_ack ack[ACKS];
	uint8_t ack_n, version, dir;
	bool cut;        /* too long to be read: */
	uint64_t length; /* of the packet */
};

/* row->buffer and row->number (mqtt_look.c). */
bool
mqtt_buffer(const void *tx, const struct l7_ask *ask, struct view *out);
bool
mqtt_number(const void *tx, const struct l7_ask *ask, uint64_t *out);

void
l7_mqtt_write(const void *tx, struct jw *w);

#endif
