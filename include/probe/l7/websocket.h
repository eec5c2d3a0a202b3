/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_websocket: WebSocket frames (RFC 6455, 5.2; permessage-deflate: RFC 7692).
 *
 * Pure: no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_WEBSOCKET_H
#define WANGLOU_PROBE_L7_WEBSOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cursor.h"

enum websocket_opcode {
	WEBSOCKET_CONTINUATION = 0,
	WEBSOCKET_TEXT = 1,
	WEBSOCKET_BINARY = 2,
	WEBSOCKET_CLOSE = 8,
	WEBSOCKET_PING = 9,
	WEBSOCKET_PONG = 10
};

struct websocket_frame {
	uint64_t length; /* of the payload */
	uint32_t mask;   /* what it is masked with, when masked */
	int32_t code;    /* of a close; -1: none, or not seen */
	uint8_t opcode;  /* enum websocket_opcode, or a reserved one */
	bool fin, masked;
	bool compressed; /* RSV1 */
	bool reserved;   /* RSV2 or RSV3 */
};

/* The header of a frame; of a close the first bytes of its payload as well. Returns the length of
 * the header, L7_MORE or L7_BAD (a length that is not the shortest, or a control frame too long).
 */
long
websocket_header(struct view bytes, struct websocket_frame *out);

/* "text", "ping"...; NULL for a reserved one. */
const char *
websocket_opcode_name(uint8_t opcode);

#endif
