/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_sdp: session descriptions (RFC 8866), line by line.
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_SDP_H
#define WANGLOU_PROBE_L7_SDP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/cursor.h"

struct sdp_line {
	uint8_t type; /* 'v', 'o', 'm' ... */
	struct view value;
};

/* The next line "x=..."; others are passed over. False at the end. */
bool
sdp_line(struct cursor *c, struct sdp_line *out);

/* Where a medium is to be sent. */
struct sdp_media {
	struct addr host;
	uint8_t ver;            /* of the address: 4 or 6; 0: none was given */
	bool tcp;               /* framed as in RFC 4571 */
	uint16_t port, control; /* of RTP; of RTCP, 0: the same */
};

/* The next medium that RTP carries, with the session's address where it has none of its own. Start
 * with *c at the description's first byte and *session zeroed. */
bool
sdp_media(struct cursor *c, struct sdp_media *session, struct sdp_media *out);

#endif
