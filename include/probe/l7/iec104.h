/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_iec104: telecontrol over TCP (IEC 60870-5-104:2006, ASDUs of IEC 60870-5-101:2003; GB/T
 * 18657, DL/T 634.5104). Lengths of addresses are the ones that the companion standard fixes: cause
 * two bytes, common address two, object address three.
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_IEC104_H
#define WANGLOU_PROBE_L7_IEC104_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

enum iec104_kind { IEC104_I, IEC104_S, IEC104_U };

struct iec104_apdu {
	enum iec104_kind kind;
	uint16_t send, receive; /* sequence numbers; 0 where there is none */
	uint8_t function;       /* of U: the first control byte */
	struct view asdu;       /* of I */
};

struct iec104_asdu {
	uint8_t type, count, cause, originator;
	bool sequence, negative, test;
	uint16_t common_address;
	struct view objects;
};

/* What an information object's value is. */
enum iec104_value { IEC104_NONE, IEC104_INT, IEC104_REAL, IEC104_BYTES };

struct iec104_object {
	uint32_t address;
	enum iec104_value is;
	int64_t number;
	double real;
	struct view bytes; /* what is not read further */
	int quality;       /* descriptor's bits (IEC 60870-5-101, 7.2.6.3); -1: none */
	int qualifier;     /* of a command, interrogation, parameter; -1: none */
	int select;        /* of a command: 1 select, 0 execute; -1: none */
	struct view time;  /* 3 or 7 bytes (CP24Time2a, CP56Time2a); empty: none */
};

struct iec104_walk {
	struct cursor rest;
	const struct iec104_asdu *asdu;
	const char *form; /* what an object consists of; NULL: unknown type */
	uint32_t address; /* of the next, in a sequence */
	uint8_t done;
	bool bad; /* an object did not fit */
};

/* Bytes of the APDU that begins here, L7_MORE or L7_BAD. */
long
iec104_length(struct view bytes);

/* One whole APDU; false when its control field is none. */
bool
iec104_apdu(struct view bytes, struct iec104_apdu *out);

/* Header of an ASDU; false when short. */
bool
iec104_asdu(struct view bytes, struct iec104_asdu *out);

/* Its objects, one by one; `asdu` outlives the walk. */
struct iec104_walk
iec104_objects(const struct iec104_asdu *asdu);
bool
iec104_next(struct iec104_walk *w, struct iec104_object *out);

/* Names of the standard ("M_SP_NA_1"); NULL for unknown numbers. */
const char *
iec104_type_name(uint8_t type);

/* It is a command to the controlled station: switching, set points, parameters, resets, clock. */
bool
iec104_control(const struct iec104_asdu *asdu);

#endif
