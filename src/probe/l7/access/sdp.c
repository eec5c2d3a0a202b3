/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/sdp.h"

#include "probe/l7/message.h"

bool
sdp_line(struct cursor *c, struct sdp_line *out)
{
	struct view line;
	uint8_t equals;
	while (cursor_left(c)) {
		if (!cursor_line(c, &line))
			(void)cursor_take(c, cursor_left(c), &line);
		struct cursor in = cursor_of_view(line);
		if (cursor_u8(&in, &out->type) && cursor_u8(&in, &equals) && equals == '=' &&
		    cursor_take(&in, cursor_left(&in), &out->value))
			return true;
	}
	return false;
}

/* The next word; false at the end. */
static bool
word(struct cursor *c, struct view *out)
{
	uint8_t b;
	size_t n = 0;
	while (cursor_peek(c, 0, &b) && b == ' ')
		(void)cursor_skip(c, 1);
	while (cursor_peek(c, n, &b) && b != ' ')
		n++;
	return cursor_take(c, n, out) && n;
}

/* "IN IP4 192.0.2.1". */
static void
connection(struct view value, struct sdp_media *out)
{
	struct cursor c = cursor_of_view(value);
	struct view in, type, host;
	char text[ADDR_TEXT];
	uint8_t b;
	size_t n = 0;
	if (!word(&c, &in) || !word(&c, &type) || !word(&c, &host))
		return;
	c = cursor_of_view(host);
	while (n + 1 < sizeof(text) && cursor_u8(&c, &b) && b != '/')
		text[n++] = (char)b;
	text[n] = '\0';
	out->ver = addr_parse(text, &out->host);
}

/* "audio 49170 RTP/AVP 0". */
static bool
medium(struct view value, struct sdp_media *out)
{
	struct cursor c = cursor_of_view(value), p;
	struct view kind, port, proto;
	uint32_t n = 0;
	uint8_t b;
	if (!word(&c, &kind) || !word(&c, &port) || !word(&c, &proto))
		return false;
	for (p = cursor_of_view(port); cursor_u8(&p, &b) && b >= '0' && b <= '9';)
		n = n * 10 + b - '0' <= UINT16_MAX ? n * 10 + b - '0' : 0;
	out->port = (uint16_t)n;
	out->control = (uint16_t)(n + 1);
	out->tcp = proto.len > 4 && memcmp(proto.ptr, "TCP/", 4) == 0;
	for (p = cursor_of_view(proto); cursor_left(&p) >= 4; (void)cursor_skip(&p, 1)) {
		if (memcmp(p.at, "RTP/", 4) == 0)
			return n != 0;
	}
	return false;
}

static void
attribute(struct view value, struct sdp_media *out)
{
	struct cursor c = cursor_of_view(value);
	struct view first;
	if (message_same(value, "rtcp-mux")) {
		out->control = 0;
	} else if (value.len > 5 && memcmp(value.ptr, "rtcp:", 5) == 0 && cursor_skip(&c, 5) &&
		   word(&c, &first)) {
		int64_t n = message_number(first);
		if (n > 0 && n <= UINT16_MAX)
			out->control = (uint16_t)n;
	}
}

bool
sdp_media(struct cursor *c, struct sdp_media *session, struct sdp_media *out)
{
	struct sdp_line line;
	struct cursor before = *c;
	bool found = false;
	while (sdp_line(c, &line)) {
		if (line.type == 'm' && found) {
			*c = before;
			return true;
		}
		if (line.type == 'm') {
			*out = *session;
			found = medium(line.value, out);
		} else if (line.type == 'c') {
			connection(line.value, found ? out : session);
		} else if (line.type == 'a' && found) {
			attribute(line.value, out);
		}
		before = *c;
	}
	return found;
}
