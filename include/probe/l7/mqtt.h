/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_mqtt: MQTT 3.1, 3.1.1 and 5 (OASIS standards; 3.1 by IBM), packet by packet.
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_MQTT_H
#define WANGLOU_PROBE_L7_MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

enum mqtt_type {
	MQTT_RESERVED,
	MQTT_CONNECT,
	MQTT_CONNACK,
	MQTT_PUBLISH,
	MQTT_PUBACK,
	MQTT_PUBREC,
	MQTT_PUBREL,
	MQTT_PUBCOMP,
	MQTT_SUBSCRIBE,
	MQTT_SUBACK,
	MQTT_UNSUBSCRIBE,
	MQTT_UNSUBACK,
	MQTT_PINGREQ,
	MQTT_PINGRESP,
	MQTT_DISCONNECT,
	MQTT_AUTH
};

/* CONNECT's flags (3.1.2.3) */
#define MQTT_HAS_USER 0x80
#define MQTT_HAS_PASSWORD 0x40
#define MQTT_WILL_RETAIN 0x20
#define MQTT_WILL_QOS 0x18
#define MQTT_WILL 0x04
#define MQTT_CLEAN 0x02

/* What every packet may have. */
struct mqtt_ack {
	uint8_t type; /* enum mqtt_type */
	uint8_t qos;  /* 3 is not allowed */
	bool dup, retain;
	bool has_id, has_reason;
	bool session; /* CONNACK: a session is taken up again */
	uint8_t reason;
	uint16_t id;
	struct view
	    properties;   /* of version 5, without their length; ptr NULL when there are none */
	struct view list; /* SUBACK: codes; SUBSCRIBE, UNSUBSCRIBE: filters as they lie */
};

struct mqtt_packet {
	struct mqtt_ack common;
	struct view protocol; /* CONNECT: "MQTT" or "MQIsdp" */
	uint8_t version, flags;
	uint16_t keep_alive;
	struct view client_id, will_properties, will_topic, will_message, user, password;
	struct view topic, message; /* PUBLISH */
};

struct mqtt_property {
	uint8_t id;
	const char *name; /* EVE's; NULL for a user property, whose name is `key` */
	bool text;        /* `value` is meant, else `number` */
	bool binary, secret;
	struct view key, value;
	uint32_t number;
};

/* The fixed header (2.1). Returns its bytes, L7_MORE or L7_BAD; *body gets the length behind it. */
long
mqtt_header(struct view bytes, uint32_t *body);

/*
 * One packet with its fixed header; `version` is that of the connection (3, 4, 5; 0 when unknown:
 * as 4). Of a PUBLISH the end may be missing. Returns bytes used or L7_BAD.
 */
long
mqtt_packet(struct view bytes, uint8_t version, struct mqtt_packet *out);

/* The next property (2.2.2); false at the end and at what is none. */
bool
mqtt_property(struct cursor *c, struct mqtt_property *out);

/* True when the properties are sound to their end. */
bool
mqtt_properties_sound(struct view properties);

/* The next filter of SUBSCRIBE (with_qos) or UNSUBSCRIBE. */
bool
mqtt_filter(struct cursor *c, bool with_qos, struct view *topic, uint8_t *options);

#endif
