/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/sdp.h"
#include "sip.h"
#include "uri.h"
#include "wire/event.h"

#define LIST_MAX 32 /* entries of a list in a record */

static void
text(struct jw *w, const char *key, struct view v)
{
	if (!v.ptr)
		return;
	jw_key_n(w, key, strlen(key));
	uri_write(w, v);
}

static void
number(struct jw *w, const char *key, struct view v)
{
	int64_t n = message_number(v);
	if (n >= 0)
		jw_put_u64(w, key, (uint64_t)n);
}

/* ---- SDP ---- */

/* Keys are cut off: "crypto:1 AES_CM_128_HMAC_SHA1_80 inline:...", "ice-pwd:...". */
static void
attribute(struct jw *w, struct view v)
{
	static const char *const secret[] = { "ice-pwd:", "inline:", "key-mgmt:" };
	for (size_t i = 0; i < sizeof(secret) / sizeof(*secret); i++) {
		uint8_t shown[256];
		const uint8_t *at =
		    v.len ? memmem(v.ptr, v.len, secret[i], strlen(secret[i])) : NULL;
		size_t n = at ? (size_t)(at - v.ptr) + strlen(secret[i]) : 0;
		if (!at || n + 3 > sizeof(shown))
			continue;
		memcpy(shown, v.ptr, n);
		memcpy(shown + n, "***", 3);
		jw_bytes(w, shown, n + 3);
		return;
	}
	jw_view(w, v);
}

/* The lines of one type in this part of a description. */
static void
lines(struct jw *w, struct view part, uint8_t type, const char *key)
{
	struct cursor c = cursor_of_view(part);
	struct sdp_line line;
	int n = 0;
	while (n < LIST_MAX && sdp_line(&c, &line)) {
		if (line.type != type)
			continue;
		if (!n++) {
			jw_key_n(w, key, strlen(key));
			jw_array(w);
		}
		attribute(w, line.value);
	}
	if (n)
		jw_array_end(w);
}

static void
line_of(struct jw *w, struct view part, uint8_t type, const char *key)
{
	struct cursor c = cursor_of_view(part);
	struct sdp_line line;
	while (sdp_line(&c, &line)) {
		if (line.type != type)
			continue;
		jw_key_n(w, key, strlen(key));
		if (type == 'k') /* RFC 4566, 5.12: a key in clear */
			jw_text(w, "***");
		else
			uri_write(w, line.value);
		return;
	}
}

/* Up to the next 'm', which stays. */
static struct view
next_part(struct cursor *c)
{
	struct cursor at = *c, before = *c;
	struct sdp_line line;
	struct view part = { 0 };
	bool first = true;
	while (sdp_line(&at, &line) && (line.type != 'm' || first)) {
		before = at;
		first = false;
	}
	(void)cursor_take(c, cursor_left(c) - cursor_left(&before), &part);
	return part;
}

static void
write_media(struct jw *w, struct cursor *c)
{
	ev_key(w, sdp, media_descriptions);
	jw_array(w);
	for (int i = 0; i < LIST_MAX && cursor_left(c); i++) {
		struct view part = next_part(c);
		if (!part.len)
			break;
		jw_object(w);
		line_of(w, part, 'm', EV_KEY(sdp_media, media));
		line_of(w, part, 'i', EV_KEY(sdp_media, media_info));
		line_of(w, part, 'c', EV_KEY(sdp_media, connection_data));
		lines(w, part, 'b', EV_KEY(sdp_media, bandwidths));
		line_of(w, part, 'k', EV_KEY(sdp_media, encryption_key));
		lines(w, part, 'a', EV_KEY(sdp_media, attributes));
		jw_object_end(w);
	}
	jw_array_end(w);
}

/* What stands before the first medium. */
static struct view
session_part(struct cursor *c)
{
	struct cursor at = *c, before = *c;
	struct sdp_line line;
	struct view part = { 0 };
	while (sdp_line(&at, &line) && line.type != 'm')
		before = at;
	(void)cursor_take(c, cursor_left(c) - cursor_left(&before), &part);
	return part;
}

void
sdp_write(struct jw *w, struct view description)
{
	struct cursor c = cursor_of_view(description), v;
	struct view s = session_part(&c);
	struct sdp_line line;
	v = cursor_of_view(s);
	jw_object(w);
	if (sdp_line(&v, &line) && line.type == 'v')
		number(w, EV_KEY(sdp, version), line.value);
	line_of(w, s, 'o', EV_KEY(sdp, origin));
	line_of(w, s, 's', EV_KEY(sdp, session_name));
	line_of(w, s, 'i', EV_KEY(sdp, session_info));
	line_of(w, s, 'u', EV_KEY(sdp, uri));
	line_of(w, s, 'e', EV_KEY(sdp, email));
	line_of(w, s, 'p', EV_KEY(sdp, phone_number));
	line_of(w, s, 'c', EV_KEY(sdp, connection_data));
	lines(w, s, 'b', EV_KEY(sdp, bandwidths));
	line_of(w, s, 't', EV_KEY(sdp, time));
	line_of(w, s, 'r', EV_KEY(sdp, repeat_time));
	line_of(w, s, 'z', EV_KEY(sdp, timezone));
	line_of(w, s, 'k', EV_KEY(sdp, encryption_key));
	lines(w, s, 'a', EV_KEY(sdp, attributes));
	if (cursor_left(&c))
		write_media(w, &c);
	jw_object_end(w);
}

/* ---- SIP ---- */

void
sip_auth_write(struct jw *w, const struct message *m)
{
	struct view v = message_get(m, "Authorization", 0);
	if (!v.ptr)
		v = message_get(m, "Proxy-Authorization", 0);
	if (!v.ptr)
		v = message_get(m, "WWW-Authenticate", 0);
	if (!v.ptr)
		v = message_get(m, "Proxy-Authenticate", 0);
	if (!v.ptr)
		return;
	const uint8_t *blank = v.len ? memchr(v.ptr, ' ', v.len) : NULL;
	struct view scheme = { v.ptr, blank ? (size_t)(blank - v.ptr) : v.len };
	jw_key(w, "auth");
	jw_object(w);
	if (blank)
		text(w, EV_KEY(sip_auth, scheme), scheme);
	text(w, EV_KEY(sip_auth, username), message_parameter(v, "username"));
	text(w, EV_KEY(sip_auth, realm), message_parameter(v, "realm"));
	text(w, EV_KEY(sip_auth, algorithm), message_parameter(v, "algorithm"));
	jw_object_end(w);
}

static void
write_vias(struct jw *w, const struct message *m)
{
	struct cursor c = cursor_of_view(m->fields);
	struct view key, value;
	int n = 0;
	while (n < LIST_MAX && message_field(&c, &key, &value)) {
		if (!message_same(key, "Via") && !message_same(key, "v"))
			continue;
		if (!n++) {
			ev_key(w, sip, via);
			jw_array(w);
		}
		jw_view(w, value);
	}
	if (n)
		jw_array_end(w);
}

static void
write_fields(struct jw *w, const struct message *m)
{
	text(w, EV_KEY(sip, from), message_get(m, "From", 'f'));
	text(w, EV_KEY(sip, to), message_get(m, "To", 't'));
	text(w, EV_KEY(sip, call_id), message_get(m, "Call-ID", 'i'));
	text(w, EV_KEY(sip, cseq), message_get(m, "CSeq", 0));
	write_vias(w, m);
	text(w, EV_KEY(sip, contact), message_get(m, "Contact", 'm'));
	text(w, EV_KEY(sip, user_agent), message_get(m, "User-Agent", 0));
	text(w, EV_KEY(sip, server), message_get(m, "Server", 0));
	text(w, EV_KEY(sip, subject), message_get(m, "Subject", 's'));
	number(w, EV_KEY(sip, expires), message_get(m, "Expires", 0));
	text(w, EV_KEY(sip, content_type), message_get(m, "Content-Type", 'c'));
	number(w, EV_KEY(sip, content_length), message_get(m, "Content-Length", 'l'));
	sip_auth_write(w, m);
}

/* "sender:number,receiver:number" */
static void
write_subject(struct jw *w, struct view subject)
{
	struct cursor c = cursor_of_view(subject);
	const uint8_t *comma = subject.len ? memchr(subject.ptr, ',', subject.len) : NULL;
	struct view second = { 0 };
	struct view sender = gb28181_id(subject);
	if (sender.ptr)
		text(w, EV_KEY(gb28181, sender_id), sender);
	if (comma && cursor_skip(&c, (size_t)(comma - subject.ptr) + 1)) {
		(void)cursor_take(&c, cursor_left(&c), &second);
		text(w, EV_KEY(gb28181, receiver_id), gb28181_id(message_trim(second)));
	}
}

static void
write_gb28181(struct jw *w, const struct message *m)
{
	struct view from = gb28181_id(message_get(m, "From", 'f'));
	struct view to = gb28181_id(message_get(m, "To", 't'));
	struct view subject = message_get(m, "Subject", 's');
	struct view type = message_get(m, "Content-Type", 'c');
	bool xml = message_same(type, "Application/MANSCDP+xml");
	if (!from.ptr && !to.ptr && !xml)
		return;
	ev_key(w, sip, gb28181);
	jw_object(w);
	text(w, EV_KEY(gb28181, from_id), from);
	text(w, EV_KEY(gb28181, to_id), to);
	write_subject(w, subject);
	if (xml) {
		text(w, EV_KEY(gb28181, message), manscdp_root(m->body));
		text(w, EV_KEY(gb28181, command), manscdp_element(m->body, "CmdType"));
		text(w, EV_KEY(gb28181, device_id), manscdp_element(m->body, "DeviceID"));
		number(w, EV_KEY(gb28181, sn), manscdp_element(m->body, "SN"));
		text(w, EV_KEY(gb28181, status), manscdp_element(m->body, "Status"));
		text(w, EV_KEY(gb28181, result), manscdp_element(m->body, "Result"));
		number(w, EV_KEY(gb28181, items), manscdp_element(m->body, "SumNum"));
	}
	jw_object_end(w);
}

void
sip_write(const void *data, struct jw *w)
{
	const struct message *m = &((const struct sip_tx *)data)->m;
	jw_key(w, "sip");
	jw_object(w);
	text(w, EV_KEY(sip, method), m->method);
	text(w, EV_KEY(sip, uri), m->uri);
	text(w, EV_KEY(sip, version), m->version);
	if (m->method.ptr) {
		text(w, EV_KEY(sip, request_line), m->line);
	} else {
		text(w, EV_KEY(sip, code), m->code_text);
		text(w, EV_KEY(sip, reason), m->reason);
		text(w, EV_KEY(sip, response_line), m->line);
	}
	write_fields(w, m);
	write_gb28181(w, m);
	if (m->body.len && message_same(message_get(m, "Content-Type", 'c'), "application/sdp")) {
		ev_key(w, sip, sdp);
		sdp_write(w, m->body);
	}
	jw_object_end(w);
}
