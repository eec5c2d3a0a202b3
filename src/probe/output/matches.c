/* SPDX-License-Identifier: Apache-2.0 */
/* What an alert's patterns were found at, without the secrets among it. */
#include <string.h>
#include <strings.h>

#include "internal.h"
#include "lib/hex.h"

static bool
is_printable(struct view v)
{
	for (size_t i = 0; i < v.len; i++) {
		uint8_t b = v.ptr[i];
		if ((b < ' ' && b != '\t' && b != '\r' && b != '\n') || b > '~')
			return false;
	}
	return true;
}

/* Does the text from `at` on begin with the word, whatever its case? */
static bool
begins(struct view v, size_t at, const char *word)
{
	size_t n = strlen(word);
	return v.len - at >= n && strncasecmp((const char *)v.ptr + at, word, n) == 0;
}

/* What follows these words of a line is a password: FTP, mail, Redis. */
static bool
behind_login(const struct alert_match *m)
{
	static const char *const words[] = { "pass ", "auth ", "login ", "authenticate " };
	size_t end = (size_t)m->at + m->n;
	for (size_t i = 0; i < end; i++) {
		if (i && m->around.ptr[i - 1] > ' ')
			continue;
		for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
			const uint8_t *line = memchr(m->around.ptr + i, '\n', m->around.len - i);
			size_t until = line ? (size_t)(line - m->around.ptr) : m->around.len;
			if (begins(m->around, i, words[k]) && end > i + strlen(words[k]) &&
			    m->at < until)
				return true;
		}
	}
	return false;
}

/* Buffers that are a secret as a whole. */
static bool
is_secret_buffer(const char *name)
{
	static const char *const words[] = { "password", "cookie", "community", "authorization" };
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strstr(name, words[i]))
			return true;
	}
	return false;
}

/* The command that it is the argument of stands in another buffer. */
static bool
is_ftp_login(const struct alert *a, const struct alert_match *m)
{
	static const char name[] = "ftp.command_data";
	const struct l7_ask ask = { .what = L7_BUF_FTP_COMMAND, .dir = DIR_TO_SERVER };
	struct view verb;
	return a->tx && strncmp(m->buffer, name, sizeof(name) - 1) == 0 &&
	       l7_tx_buffer(a->tx, &ask, &verb) && verb.len == 4 &&
	       (begins(verb, 0, "pass") || begins(verb, 0, "acct") || begins(verb, 0, "site"));
}

/* Would a text that is written anywhere else have something of these bytes replaced? What stands
 * before and behind them says whether they are a secret. */
static bool
is_masked(struct output *o, const struct alert_match *m)
{
	const struct view *a = &m->around;
	size_t before = 0, behind = 0, end = (size_t)m->at + m->n;
	if (o->mask.names && (is_secret_buffer(m->buffer) || behind_login(m)))
		return true;
	struct view masked = mask_text(&o->mask, *a);
	if (masked.ptr == a->ptr)
		return false;
	while (before < masked.len && before < a->len && masked.ptr[before] == a->ptr[before])
		before++;
	while (behind < masked.len && behind < a->len &&
	       masked.ptr[masked.len - 1 - behind] == a->ptr[a->len - 1 - behind])
		behind++;
	return before < end && behind < a->len - m->at;
}

/* The frame it was found in is known to have a password in it. */
static bool
is_in_secret(const struct alert *a, const struct alert_match *m)
{
	return a->frame && a->frame->secret && strncmp(m->buffer, "frame:", 6) == 0;
}

static void
put_one(struct output *o, struct jw *w, const struct alert *a, const struct alert_match *m)
{
	char hex[2 * ALERT_MATCH_BYTES + 1];
	struct view bytes = { m->around.ptr + m->at, m->n };
	struct ev_alert_match e = { .buffer = m->buffer, .offset = m->offset, .length = m->len };

	if ((!m->n && m->len) || is_masked(o, m) ||
	    (o->mask.names && (is_ftp_login(a, m) || is_in_secret(a, m)))) {
		e.text = view_of("***");
	} else if (is_printable(bytes)) {
		e.text = bytes;
	} else {
		hex_text(hex, bytes.ptr, bytes.len);
		e.hex = hex;
	}
	ev_alert_match_write(w, &e);
}

void
matches_text(struct output *o, struct jw *w, const struct alert_match *m)
{
	if (is_masked(o, m))
		jw_text(w, "***");
	else
		jw_bytes(w, m->around.ptr + m->at, m->n);
}

void
matches_put(struct output *o, const struct alert *a)
{
	struct jw w;

	jw_init(&w, &o->part);
	jw_array(&w);
	for (uint8_t i = 0; i < a->match_n; i++)
		put_one(o, &w, a, &a->match[i]);
	jw_array_end(&w);
}

/* ---- what output.alert-with asks for ---- */

size_t
matches_base64(struct output *o, struct view v)
{
	static const char digit[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t from = o->part.len;

	for (size_t i = 0; i < v.len; i += 3) {
		size_t n = v.len - i < 3 ? v.len - i : 3;
		uint32_t bits = (uint32_t)v.ptr[i] << 16 |
				(n > 1 ? (uint32_t)v.ptr[i + 1] << 8 : 0) |
				(n > 2 ? v.ptr[i + 2] : 0);
		const char four[4] = { digit[bits >> 18], digit[bits >> 12 & 63],
			n > 1 ? digit[bits >> 6 & 63] : '=', n > 2 ? digit[bits & 63] : '=' };
		buf_add(&o->part, four, 4);
	}
	buf_u8(&o->part, 0);
	return from;
}

struct view
matches_masked(struct output *o, struct view raw)
{
	uint16_t n = raw.len < UINT16_MAX ? (uint16_t)raw.len : UINT16_MAX;
	const struct alert_match whole = { .around = { raw.ptr, n }, .n = n };
	return o->mask.names && behind_login(&whole) ? view_of("***") : mask_text(&o->mask, raw);
}

const char *
matches_frame(struct output *o, const struct packet *p)
{
	if (!p->frame.data || matches_masked(o, p->payload).ptr != p->payload.ptr)
		return NULL;
	buf_clear(&o->part);
	(void)matches_base64(o, (struct view){ p->frame.data, p->frame.caplen });
	return o->part.failed ? NULL : (const char *)o->part.ptr;
}

void
matches_payload(struct output *o, const struct output_scene *s, const struct alert *a,
    struct ev_alert_tail *tail, struct ev_packet_info *info)
{
	struct view raw = s->packet->payload;
	const struct frame *f = &s->packet->frame;
	size_t payload = 0, packet = 0;

	if (!o->with[WITH_PAYLOAD] && !o->with[WITH_PRINTABLE] && !o->with[WITH_PACKET])
		return;
	struct view shown = matches_masked(o, raw);
	bool with_payload = o->with[WITH_PAYLOAD] && raw.len;
	bool with_packet = o->with[WITH_PACKET] && shown.ptr == raw.ptr && f->data;
	if (with_payload)
		payload = matches_base64(o, shown);
	if (with_packet)
		packet = matches_base64(o, (struct view){ f->data, f->caplen });
	if (o->part.failed)
		return;
	if (with_payload)
		tail->payload = (const char *)o->part.ptr + payload;
	if (o->with[WITH_PRINTABLE] && raw.len)
		tail->payload_printable = shown;
	if (raw.len && (o->with[WITH_PAYLOAD] || o->with[WITH_PRINTABLE]))
		tail->stream = a->stream;
	if (!with_packet)
		return;
	tail->packet = (const char *)o->part.ptr + packet;
	*info = (struct ev_packet_info){ f->linktype };
	tail->packet_info = info;
}
