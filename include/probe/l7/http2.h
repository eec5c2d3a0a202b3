/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_http2: frames of HTTP/2 (RFC 9113; 7540 for priorities and upgrades).
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_HTTP2_H
#define WANGLOU_PROBE_L7_HTTP2_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cursor.h"

#define HTTP2_PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define HTTP2_HEADER 9

enum http2_type {
	HTTP2_DATA = 0,
	HTTP2_HEADERS = 1,
	HTTP2_PRIORITY = 2,
	HTTP2_RST_STREAM = 3,
	HTTP2_SETTINGS = 4,
	HTTP2_PUSH_PROMISE = 5,
	HTTP2_PING = 6,
	HTTP2_GOAWAY = 7,
	HTTP2_WINDOW_UPDATE = 8,
	HTTP2_CONTINUATION = 9
};

#define HTTP2_END_STREAM 0x01 /* of DATA and HEADERS; ACK of SETTINGS and PING */
#define HTTP2_END_HEADERS 0x04
#define HTTP2_PADDED 0x08
#define HTTP2_PRIORITISED 0x20

struct http2_frame {
	uint32_t length; /* of the payload */
	uint32_t stream;
	uint8_t type, flags;
};

/* The nine bytes before a payload. Returns 9 or L7_MORE. */
long
http2_frame(struct view bytes, struct http2_frame *out);

/*
 * The header block fragment of HEADERS or PUSH_PROMISE: padding, priority and the promised stream
 * taken off. *weight gets the priority's, or -1; *promised the stream, or 0. False: malformed.
 */
bool
http2_block(const struct http2_frame *f, struct view payload, struct view *block, int *weight,
    uint32_t *promised);

/* The next setting of a payload; false at its end. */
bool
http2_setting(struct cursor *c, uint16_t *id, uint32_t *value);

/* EVE's names: "SETTINGSENABLEPUSH", "NOERROR"...; NULL for one without. */
const char *
http2_setting_name(uint16_t id);
const char *
http2_error_name(uint32_t code);

#endif
