/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_modbus: Modbus over TCP (Modbus Application Protocol V1.1b3, Modbus Messaging on TCP/IP V1.0b;
 * modbus.org). Addresses are as on the wire, from 0.
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_MODBUS_H
#define WANGLOU_PROBE_L7_MODBUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

#define MODBUS_READ_COILS 1
#define MODBUS_READ_DISCRETES 2
#define MODBUS_READ_HOLDING 3
#define MODBUS_READ_INPUT 4
#define MODBUS_WRITE_COIL 5
#define MODBUS_WRITE_REGISTER 6
#define MODBUS_EXCEPTION_STATUS 7
#define MODBUS_DIAGNOSTIC 8
#define MODBUS_EVENT_COUNTER 11
#define MODBUS_EVENT_LOG 12
#define MODBUS_WRITE_COILS 15
#define MODBUS_WRITE_REGISTERS 16
#define MODBUS_SERVER_ID 17
#define MODBUS_READ_FILE 20
#define MODBUS_WRITE_FILE 21
#define MODBUS_MASK_WRITE 22
#define MODBUS_READ_WRITE 23
#define MODBUS_READ_FIFO 24
#define MODBUS_MEI 43
#define MODBUS_UMAS 90 /* Schneider's own, inside Unity controllers */

#define MODBUS_DEVICE_ID 14 /* MEI type: read device identification */

/* The header and what follows the function code. */
struct modbus_adu {
	uint16_t transaction, protocol, length;
	uint8_t unit, function; /* function as sent; bit 7: an exception */
	struct view data;
};

/* What a message says; numbers are -1 where it has none. */
struct modbus_pdu {
	uint8_t function;  /* without the bit of exceptions */
	int32_t exception; /* its code */
	int32_t read_address, read_quantity;
	int32_t write_address, write_quantity;
	int32_t and_mask, or_mask;
	int32_t diagnostic; /* sub-function */
	int32_t mei;        /* type */
	int32_t status, count;
	int32_t umas;        /* code of the inner request */
	struct view bits;    /* eight a byte, lowest first */
	uint32_t bit_n;      /* of them that count */
	struct view words;   /* registers, two bytes each */
	struct view data;    /* what else there is */
	struct view files;   /* sub-requests of file records; see modbus_file() */
	struct view objects; /* of a device identification; see modbus_object() */
	bool short_data;     /* it ended before it should */
	bool excess;         /* bytes are left over */
	bool invalid;        /* a number outside of what the function allows */
};

struct modbus_file {
	int32_t file, record, length; /* -1: a response does not say */
	struct view words;
};

struct modbus_object {
	uint8_t id;
	struct view value;
};

/* Bytes of the message that begins here (more than there are: it goes on), L7_MORE, or L7_BAD when
 * it is none. */
long
modbus_length(struct view bytes);

/* One whole message; false when it is too short for a function code. */
bool
modbus_adu(struct view bytes, struct modbus_adu *out);

/* Its content as a request or a response. */
void
modbus_pdu(const struct modbus_adu *adu, bool request, struct modbus_pdu *out);

/* The next file record; `request`: as the client sends it. False at the end. */
bool
modbus_file(struct cursor *c, const struct modbus_pdu *pdu, bool request, struct modbus_file *out);

/* The next object of a device identification; false at the end. */
bool
modbus_object(struct cursor *c, struct modbus_object *out);

/* It changes something in the device: writes, restarts, downloads. */
bool
modbus_control(const struct modbus_pdu *pdu);

#endif
