/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_dnp3: DNP3 over TCP and UDP (IEEE 1815-2012): link frames with their CRCs, transport segments,
 * application fragments, objects and points.
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_DNP3_H
#define WANGLOU_PROBE_L7_DNP3_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

#define DNP3_USER_MAX 250      /* bytes a frame carries: one of transport, 249 of application */
#define DNP3_FRAGMENT_MAX 2048 /* bytes of an application fragment */

#define DNP3_RESPONSE 129
#define DNP3_UNSOLICITED 130

struct dnp3_link {
	uint8_t control, user; /* user: bytes carried */
	uint16_t dst, src;
};

struct dnp3_app {
	bool fir, fin, con, uns;
	uint8_t sequence, function;
	int32_t iin; /* internal indications, first byte low; -1: a request has none */
	struct view objects;
};

/* An object header. */
struct dnp3_object {
	uint8_t group, variation, qualifier;
	uint8_t prefix_code, range_code;
	uint32_t start, stop, count;
};

enum dnp3_value { DNP3_NONE, DNP3_INT, DNP3_REAL, DNP3_BYTES };

/* A control relay output block (group 12 variation 1). */
struct dnp3_crob {
	uint8_t code, count, status;
	uint32_t on_ms, off_ms;
};

struct dnp3_point {
	uint32_t prefix, index;
	int flags;  /* -1: none */
	int status; /* of an analog output block or event; -1: none */
	enum dnp3_value is;
	int64_t number;
	double real;
	int64_t time_ms;  /* since 1970; -1: none */
	int32_t after_ms; /* since the common time; -1: none */
	struct view bytes;
	bool has_crob;
	struct dnp3_crob crob;
};

struct dnp3_walk {
	struct cursor rest;
	bool data;        /* objects bring their points along, not their headers alone */
	const char *form; /* what a point of the present object consists of; NULL: unknown */
	struct dnp3_object object;
	uint32_t done; /* points of it */
	uint8_t bit;   /* next bit of a packed object */
	bool bad;      /* it cannot be read on */
	bool unknown;  /* since an object is not known */
};

/* Bytes of the link frame that begins here, L7_MORE or L7_BAD. */
long
dnp3_length(struct view bytes);

/* Its header; false when the header's CRC is wrong. */
bool
dnp3_link(struct view frame, struct dnp3_link *out);

/* Its user data without the CRCs, DNP3_USER_MAX bytes of room. Returns bytes; *sound is false when
 * a block's CRC is wrong. */
size_t
dnp3_user(struct view frame, uint8_t *out, bool *sound);

/* An application fragment, `request` from the master. False when it is too short. */
bool
dnp3_app(struct view fragment, bool request, struct dnp3_app *out);

/* Its objects one by one, and the points of the present one. False at the end, or when w->bad. */
struct dnp3_walk
dnp3_objects(const struct dnp3_app *app);
bool
dnp3_next(struct dnp3_walk *w, struct dnp3_object *out);
bool
dnp3_point(struct dnp3_walk *w, struct dnp3_point *out);

/* The request changes something: writes, operates, restarts, stops, configures. */
bool
dnp3_control(uint8_t function);

#endif
