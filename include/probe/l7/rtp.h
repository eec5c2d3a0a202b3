/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_rtp: headers of RTP and RTCP (RFC 3550), one packet at a time.
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_RTP_H
#define WANGLOU_PROBE_L7_RTP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cursor.h"

struct rtp_packet {
	uint32_t ssrc, timestamp;
	uint16_t sequence;
	uint8_t type; /* of the payload */
	bool marker;
	struct view payload; /* padding included */
};

/* False: these bytes are none. */
bool
rtp_read(struct view bytes, struct rtp_packet *out);

enum { RTCP_SR = 200, RTCP_RR, RTCP_SDES, RTCP_BYE, RTCP_APP, RTCP_LAST = 207 };

struct rtcp_packet {
	uint8_t type;  /* 200..207 */
	uint8_t count; /* report blocks, sources */
	struct view body;
};

/* The next packet of a compound one. False at the end or when it is none. */
bool
rtcp_next(struct cursor *c, struct rtcp_packet *out);

/* Is this whole datagram a compound packet that begins with a report (6.1) or with feedback? */
bool
rtcp_is(struct view bytes);

/* A static payload type's name (RFC 3551) and clock in Hz; NULL: it is assigned to none. */
const char *
rtp_codec(uint8_t type, uint32_t *clock);

#endif
