/* SPDX-License-Identifier: Apache-2.0 */
/* What signatures see of SIP messages and of the descriptions in them. */
#include "../look.h"
#include "probe/l7/sdp.h"
#include "sip.h"

#define FIELDS_MAX 64 /* of one name that are looked at */

/* The i-th header field of a name or its short form. */
static bool
field(const struct message *m, const char *name, char brief, uint16_t i, struct view *out)
{
	struct cursor c = cursor_of_view(m->fields);
	struct view key;
	uint16_t n = 0;
	while (n < FIELDS_MAX && message_field(&c, &key, out)) {
		bool same = message_same(key, name) ||
			    (brief && key.len == 1 && (key.ptr[0] | 0x20) == brief);
		if (same && n++ == i)
			return true;
	}
	return false;
}

static const struct {
	uint8_t what; /* enum l7_buffer */
	char type, brief;
	bool media;
	const char *field;
} rows[] = {
	{ L7_BUF_SIP_FROM, 0, 'f', false, "From" },
	{ L7_BUF_SIP_TO, 0, 't', false, "To" },
	{ L7_BUF_SIP_VIA, 0, 'v', false, "Via" },
	{ L7_BUF_SIP_USER_AGENT, 0, 0, false, "User-Agent" },
	{ L7_BUF_SIP_CONTENT_TYPE, 0, 'c', false, "Content-Type" },
	{ L7_BUF_SIP_CONTENT_LENGTH, 0, 'l', false, "Content-Length" },
	{ L7_BUF_SDP_ORIGIN, 'o', 0, false, NULL },
	{ L7_BUF_SDP_SESSION_NAME, 's', 0, false, NULL },
	{ L7_BUF_SDP_SESSION_INFO, 'i', 0, false, NULL },
	{ L7_BUF_SDP_URI, 'u', 0, false, NULL },
	{ L7_BUF_SDP_EMAIL, 'e', 0, false, NULL },
	{ L7_BUF_SDP_PHONE_NUMBER, 'p', 0, false, NULL },
	{ L7_BUF_SDP_CONNECTION_DATA, 'c', 0, false, NULL },
	{ L7_BUF_SDP_BANDWIDTH, 'b', 0, false, NULL },
	{ L7_BUF_SDP_TIME, 't', 0, false, NULL },
	{ L7_BUF_SDP_REPEAT_TIME, 'r', 0, false, NULL },
	{ L7_BUF_SDP_TIMEZONE, 'z', 0, false, NULL },
	{ L7_BUF_SDP_ENCRYPTION_KEY, 'k', 0, false, NULL },
	{ L7_BUF_SDP_ATTRIBUTE, 'a', 0, false, NULL },
	{ L7_BUF_SDP_MEDIA, 'm', 0, true, NULL },
	{ L7_BUF_SDP_MEDIA_INFO, 'i', 0, true, NULL },
	{ L7_BUF_SDP_MEDIA_CONNECTION, 'c', 0, true, NULL },
	{ L7_BUF_SDP_MEDIA_KEY, 'k', 0, true, NULL },
};

/* The i-th line of a type: of the session, or of the media that follow it. */
static bool
line(const struct message *m, char type, bool media, uint16_t i, struct view *out)
{
	struct cursor c = cursor_of_view(m->body);
	struct sdp_line l;
	bool within = false;
	uint16_t n = 0;
	if (!message_same(message_get(m, "Content-Type", 'c'), "application/sdp"))
		return false;
	while (n < FIELDS_MAX && sdp_line(&c, &l)) {
		within |= l.type == 'm';
		if (l.type != (uint8_t)type || within != media || n++ != i)
			continue;
		*out = l.value;
		return true;
	}
	return false;
}

bool
sip_buffer(const void *tx, const struct l7_ask *ask, struct view *out)
{
	const struct message *m = &((const struct sip_tx *)tx)->m;
	switch (ask->what) {
	case L7_BUF_SIP_METHOD:
		return look_one(ask, m->method, out);
	case L7_BUF_SIP_URI:
		return look_one(ask, m->uri, out);
	case L7_BUF_SIP_PROTOCOL:
		return look_one(ask, m->version, out);
	case L7_BUF_SIP_STAT_CODE:
		return look_one(ask, m->code_text, out);
	case L7_BUF_SIP_STAT_MSG:
		return look_one(ask, m->reason, out);
	case L7_BUF_SIP_REQUEST_LINE:
		return m->method.ptr && look_one(ask, m->line, out);
	case L7_BUF_SIP_RESPONSE_LINE:
		return !m->method.ptr && look_one(ask, m->line, out);
	default:
		break;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].what != ask->what)
			continue;
		return rows[i].field ? field(m, rows[i].field, rows[i].brief, ask->i, out)
				     : line(m, rows[i].type, rows[i].media, ask->i, out);
	}
	return false;
}
