/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "lib/utf16.h"
#include "probe/l7/der.h"
#include "probe/l7/ntlm.h"
#include "wire/event.h"

/* AV_PAIRs of [MS-NLMP] 2.2.2.1 */
enum { AV_END, AV_NB_COMPUTER, AV_NB_DOMAIN, AV_DNS_COMPUTER, AV_DNS_DOMAIN, AV_DNS_TREE };

#define NTLMV1_ANSWER 24

/* Length, room, offset from the start of the message. */
static struct view
field(struct cursor *c, struct ntlm *m, struct view message)
{
	uint16_t n, room;
	uint32_t offset;
	struct cursor at = cursor_of_view(message);
	struct view out = { 0 };
	if (!cursor_u16_le(c, &n) || !cursor_u16_le(c, &room) || !cursor_u32_le(c, &offset))
		return out;
	if (!cursor_skip(&at, offset) || !cursor_take(&at, n, &out))
		m->warning = true;
	return out;
}

static void
version(struct cursor *c, struct ntlm *m)
{
	struct cursor try = *c;
	if (!(m->flags & NTLM_VERSION))
		return;
	m->has_version = cursor_u8(&try, &m->major) && cursor_u8(&try, &m->minor) &&
			 cursor_u16_le(&try, &m->build) && cursor_skip(&try, 3) &&
			 cursor_u8(&try, &m->revision);
}

static void
target_info(struct ntlm *m, struct view info)
{
	struct cursor c = cursor_of_view(info);
	uint16_t id, n;
	struct view value;
	while (cursor_u16_le(&c, &id) && cursor_u16_le(&c, &n) && cursor_take(&c, n, &value)) {
		switch (id) {
		case AV_END:
			return;
		case AV_NB_COMPUTER:
			m->nb_computer = value;
			break;
		case AV_NB_DOMAIN:
			m->nb_domain = value;
			break;
		case AV_DNS_COMPUTER:
			m->dns_computer = value;
			break;
		case AV_DNS_DOMAIN:
			m->dns_domain = value;
			break;
		case AV_DNS_TREE:
			m->dns_tree = value;
			break;
		default:
			break;
		}
	}
}

static bool
challenge(struct cursor *c, struct ntlm *m, struct view message)
{
	m->domain = field(c, m, message);
	if (!cursor_u32_le(c, &m->flags) || !cursor_skip(c, 16))
		return false;
	if (cursor_left(c) >= 8)
		target_info(m, field(c, m, message));
	version(c, m);
	return true;
}

static bool
authenticate(struct cursor *c, struct ntlm *m, struct view message)
{
	if (cursor_left(c) < 8 * 5)
		return false;
	(void)field(c, m, message); /* LM's answer */
	m->ntlmv2 = field(c, m, message).len > NTLMV1_ANSWER;
	m->domain = field(c, m, message);
	m->user = field(c, m, message);
	m->host = field(c, m, message);
	if (cursor_left(c) < 12) /* the oldest have no more */
		return true;
	(void)field(c, m, message); /* session key */
	(void)cursor_u32_le(c, &m->flags);
	version(c, m);
	return true;
}

bool
ntlm_parse(struct view message, struct ntlm *out)
{
	struct cursor c = cursor_of_view(message);
	struct view mark;
	uint32_t type;
	*out = (struct ntlm){ 0 };
	if (!cursor_take(&c, 8, &mark) || memcmp(mark.ptr, "NTLMSSP", 8) != 0 ||
	    !cursor_u32_le(&c, &type) || type < NTLM_NEGOTIATE || type > NTLM_AUTHENTICATE)
		return false;
	out->type = (uint8_t)type;
	if (type == NTLM_NEGOTIATE) {
		if (!cursor_u32_le(&c, &out->flags))
			return false;
		if (cursor_left(&c) >= 16) {
			out->domain = field(&c, out, message);
			out->host = field(&c, out, message);
		}
		version(&c, out);
		return true;
	}
	bool sound =
	    type == NTLM_CHALLENGE ? challenge(&c, out, message) : authenticate(&c, out, message);
	out->unicode = out->flags & NTLM_UNICODE;
	return sound;
}

static struct view
keep(struct ntlm_room *room, struct view from, bool unicode)
{
	size_t n;
	if (!from.ptr || !room->left)
		return (struct view){ 0 };
	if (unicode) {
		n = utf16le_text(from, room->at, room->left);
	} else {
		n = from.len < room->left ? from.len : room->left;
		memcpy(room->at, from.ptr, n);
	}
	struct view out = { (const uint8_t *)room->at, n };
	room->at += n;
	room->left -= n;
	return out;
}

void
ntlm_texts(const struct ntlm *m, struct ntlm_room *room, struct ntlm_text *out)
{
	char text[40];
	*out = (struct ntlm_text){ .warning = m->warning, .ntlmv2 = m->ntlmv2 };
	if (m->has_version) {
		int n = snprintf(text, sizeof(text), "%u.%u build %u rev %u", m->major, m->minor,
		    m->build, m->revision);
		out->version = keep(room, (struct view){ (uint8_t *)text, (size_t)n }, false);
	}
	if (m->type == NTLM_AUTHENTICATE) {
		out->domain = keep(room, m->domain, m->unicode);
		out->user = keep(room, m->user, m->unicode);
		out->host = keep(room, m->host, m->unicode);
		out->anonymous = m->user.len == 0;
	}
	out->nb_computer = keep(room, m->nb_computer, true);
	out->nb_domain = keep(room, m->nb_domain, true);
	out->dns_computer = keep(room, m->dns_computer, true);
	out->dns_domain = keep(room, m->dns_domain, true);
}

static void
text(struct jw *w, const char *key, struct view v)
{
	if (v.ptr)
		jw_put_bytes(w, key, v.ptr, v.len);
}

void
ntlm_write(const struct ntlm_text *t, struct jw *w)
{
	jw_object(w);
	text(w, EV_KEY(ntlmssp, domain), t->domain);
	text(w, EV_KEY(ntlmssp, user), t->user);
	text(w, EV_KEY(ntlmssp, host), t->host);
	text(w, EV_KEY(ntlmssp, version), t->version);
	text(w, EV_KEY(ntlmssp, nb_computer), t->nb_computer);
	text(w, EV_KEY(ntlmssp, nb_domain), t->nb_domain);
	text(w, EV_KEY(ntlmssp, dns_computer), t->dns_computer);
	text(w, EV_KEY(ntlmssp, dns_domain), t->dns_domain);
	if (t->user.ptr && t->user.len) {
		ev_key(w, ntlmssp, ntlmv2);
		jw_bool(w, t->ntlmv2);
	}
	if (t->warning) {
		ev_key(w, ntlmssp, warning);
		jw_bool(w, true);
	}
	jw_object_end(w);
}
