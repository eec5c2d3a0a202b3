/* SPDX-License-Identifier: Apache-2.0 */
/*
 * multipart: a body of several parts (RFC 2046, 5.1; multipart/form-data: RFC 7578), which comes in
 * pieces. Inside src/probe/l7 only.
 *
 * Pure: what it must remember is in the caller's struct; views are of the input, or of the struct
 * until the next call.
 */
#ifndef WANGLOU_PROBE_L7_MULTIPART_H
#define WANGLOU_PROBE_L7_MULTIPART_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cursor.h"

#define MULTIPART_LINE 400 /* bytes of a part's header line that are looked at */
#define MULTIPART_MARK 76  /* "\r\n--" and the boundary, at most 70 bytes (RFC 2046, 5.1.1) */
#define MULTIPART_NAME 256

enum multipart_event {
	MULTIPART_NOTHING, /* the input is used up */
	MULTIPART_PART,    /* a part begins: its names are in the struct */
	MULTIPART_DATA,    /* bytes of it */
	MULTIPART_END      /* it ended */
};

struct multipart {
	uint8_t mark[MULTIPART_MARK]; /* what stands between parts */
	uint8_t mark_n;
	uint8_t state;
	uint8_t matched; /* bytes of the mark seen */
	uint16_t line_n;
	uint16_t name_n; /* of file_name; 0: none */
	bool named;      /* the part is a file */
	uint8_t line[MULTIPART_LINE];
	uint8_t file_name[MULTIPART_NAME];
};

/* Begin, with the boundary of Content-Type. False: that can be none. */
bool
multipart_begin(struct multipart *m, struct view boundary);

/* What comes next in the input; *data for MULTIPART_DATA. */
enum multipart_event
multipart_next(struct multipart *m, struct cursor *c, struct view *data);

#endif
