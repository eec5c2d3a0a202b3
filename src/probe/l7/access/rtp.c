/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/rtp.h"

#include <stddef.h>

bool
rtp_read(struct view bytes, struct rtp_packet *out)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t first, second;
	uint16_t profile, words;
	if (!cursor_u8(&c, &first) || first >> 6 != 2 || !cursor_u8(&c, &second) ||
	    !cursor_u16(&c, &out->sequence) || !cursor_u32(&c, &out->timestamp) ||
	    !cursor_u32(&c, &out->ssrc) || !cursor_skip(&c, 4u * (first & 15)))
		return false;
	if (first & 0x10 &&
	    (!cursor_u16(&c, &profile) || !cursor_u16(&c, &words) || !cursor_skip(&c, 4u * words)))
		return false;
	out->type = second & 0x7f;
	out->marker = second >> 7;
	return cursor_take(&c, cursor_left(&c), &out->payload);
}

bool
rtcp_next(struct cursor *c, struct rtcp_packet *out)
{
	struct cursor at = *c;
	uint8_t first;
	uint16_t words;
	if (!cursor_u8(&at, &first) || first >> 6 != 2 || !cursor_u8(&at, &out->type) ||
	    out->type < RTCP_SR || out->type > RTCP_LAST || !cursor_u16(&at, &words) ||
	    !cursor_take(&at, 4u * words, &out->body))
		return false;
	out->count = first & 31;
	*c = at;
	return true;
}

bool
rtcp_is(struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	struct rtcp_packet p;
	uint32_t ssrc = 0;
	for (int n = 0; cursor_left(&c); n++) {
		if (!rtcp_next(&c, &p))
			return false;
		struct cursor in = cursor_of_view(p.body);
		if (n == 0 && (!cursor_u32(&in, &ssrc) || !ssrc))
			return false;
		if (p.type <= RTCP_RR &&
		    p.body.len < (p.type == RTCP_SR ? 24u : 4u) + 24u * p.count)
			return false;
	}
	return ssrc != 0;
}

const char *
rtp_codec(uint8_t type, uint32_t *clock)
{
	static const struct {
		const char *name;
		uint32_t clock;
	} codecs[] = {
		[0] = { "PCMU", 8000 },
		[3] = { "GSM", 8000 },
		[4] = { "G723", 8000 },
		[5] = { "DVI4", 8000 },
		[6] = { "DVI4", 16000 },
		[7] = { "LPC", 8000 },
		[8] = { "PCMA", 8000 },
		[9] = { "G722", 8000 },
		[10] = { "L16", 44100 },
		[11] = { "L16", 44100 },
		[12] = { "QCELP", 8000 },
		[13] = { "CN", 8000 },
		[14] = { "MPA", 90000 },
		[15] = { "G728", 8000 },
		[16] = { "DVI4", 11025 },
		[17] = { "DVI4", 22050 },
		[18] = { "G729", 8000 },
		[25] = { "CelB", 90000 },
		[26] = { "JPEG", 90000 },
		[28] = { "nv", 90000 },
		[31] = { "H261", 90000 },
		[32] = { "MPV", 90000 },
		[33] = { "MP2T", 90000 },
		[34] = { "H263", 90000 },
	};
	if (type >= sizeof(codecs) / sizeof(*codecs) || !codecs[type].name)
		return NULL;
	*clock = codecs[type].clock;
	return codecs[type].name;
}
