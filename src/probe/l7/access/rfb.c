/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFB, the protocol of VNC (RFC 6143), parser and row: a connection's handshake is one transaction.
 *
 *	server: version, security types, [challenge], [result], screen
 *	client: version, [choice], [response], shared?
 */
#include "../item.h"
#include "../look.h"
#include "lib/mask.h"
#include "wire/event.h"

#define TYPES 16 /* security types kept */
#define NAME_MAX_BYTES 65536

enum { NONE = 1, VNC = 2 };
enum { VERSION, SECURITY, CHALLENGE, RESULT, REASON, INIT, OVER };

struct pixel_format {
	uint8_t bits, depth, big_endian, true_color;
	uint16_t max[3];
	uint8_t shift[3];
};

struct rfb_tx {
	struct l7_item item;
	uint8_t version[2][7]; /* "003.008", by direction of the bytes */
	bool versioned[2];
	uint8_t types[TYPES], type_n;
	uint8_t type; /* in force; 0: unknown */
	bool challenged, answered, judged, initiated, screened;
	uint8_t challenge[16], answer[16];
	uint32_t result;
	struct view reason, name;
	uint8_t shared;
	uint16_t width, height;
	struct pixel_format format;
};

struct rfb_state {
	struct l7_items q;
	uint8_t at[2];
};

static bool
read_version(struct cursor *c, uint8_t out[7])
{
	struct cursor at = *c;
	uint8_t b[12];
	if (!cursor_copy(&at, b, 12) || memcmp(b, "RFB ", 4) != 0 || b[7] != '.' || b[11] != '\n')
		return false;
	for (int i = 4; i < 11; i++) {
		if (i != 7 && (b[i] < '0' || b[i] > '9'))
			return false;
	}
	memcpy(out, b + 4, 7);
	*c = at;
	return true;
}

static enum l7_guess
probe(const struct l7_first *first)
{
	static const char begin[] = "RFB 00";
	struct cursor c = cursor_of_view(first->data);
	uint8_t version[7], b;
	for (size_t i = 0; i < 6 && cursor_peek(&c, i, &b); i++) {
		if (b != (uint8_t)begin[i])
			return L7_NO;
	}
	if (cursor_left(&c) < 12)
		return L7_MAYBE;
	return read_version(&c, version) ? L7_YES : L7_NO;
}

static bool
row_open(struct l7 *l, struct l7_flow *lf)
{
	struct rfb_state *s = lf->state;
	return l7_item_new(l, lf, &s->q) != NULL;
}

/* Of 3.x: 3, 7 or 8, the client's word; other numbers are as 3.8, or as 3.3 below 7. */
static unsigned
minor(const struct rfb_tx *tx)
{
	const uint8_t *v =
	    tx->versioned[DIR_TO_SERVER] ? tx->version[DIR_TO_SERVER] : tx->version[DIR_TO_CLIENT];
	unsigned major = (v[0] - '0') * 100u + (v[1] - '0') * 10u + (v[2] - '0');
	unsigned n = (v[4] - '0') * 100u + (v[5] - '0') * 10u + (v[6] - '0');
	if (major > 3 || n >= 8)
		return 8;
	return n == 7 ? 7 : 3;
}

static void
done(struct l7 *l, struct l7_flow *lf, enum dir dir)
{
	struct rfb_state *s = lf->state;
	s->at[0] = s->at[1] = OVER;
	if (s->q.oldest)
		l7_item_done(l, lf, &s->q, s->q.oldest, L7_READY_RESPONSE, dir);
}

/* A text with its length before it. L7_MORE, or 0. */
static long
text(struct l7 *l, struct rfb_tx *tx, struct cursor *c, struct view *out)
{
	struct cursor at = *c;
	struct view v;
	uint32_t n;
	if (!cursor_u32(&at, &n))
		return L7_MORE;
	if (n > NAME_MAX_BYTES)
		return L7_BAD;
	if (!cursor_take(&at, n, &v))
		return L7_MORE;
	*out = l7_text(l, tx, v, 255);
	*c = at;
	return 0;
}

/* What the server says after the types, once it is known which is taken. */
static uint8_t
after_choice(const struct rfb_tx *tx)
{
	if (tx->type == VNC)
		return CHALLENGE;
	if (tx->type == NONE)
		return minor(tx) >= 8 ? RESULT : INIT;
	return OVER; /* what follows is sealed or a vendor's own */
}

static long
security(struct l7 *l, struct rfb_state *s, struct rfb_tx *tx, struct cursor *c)
{
	struct cursor at = *c;
	uint32_t type;
	uint8_t n, one;
	if (!tx->versioned[DIR_TO_SERVER])
		return L7_MORE;
	if (minor(tx) == 3) {
		if (!cursor_u32(&at, &type))
			return L7_MORE;
		tx->type = type < 255 ? (uint8_t)type : 255;
	} else {
		if (!cursor_u8(&at, &n) || cursor_left(&at) < n)
			return L7_MORE;
		for (int i = 0; i < n && cursor_u8(&at, &one); i++) {
			if (i < TYPES)
				tx->types[tx->type_n++] = one;
		}
		type = n;
	}
	if (type == 0) { /* refused */
		tx->judged = true;
		tx->result = 1;
		long r = text(l, tx, &at, &tx->reason);
		s->at[DIR_TO_CLIENT] = OVER;
		if (r)
			return r;
	} else {
		s->at[DIR_TO_CLIENT] = minor(tx) == 3 ? after_choice(tx) : CHALLENGE;
	}
	*c = at;
	return 0;
}

static long
result(struct l7 *l, struct rfb_state *s, struct rfb_tx *tx, struct cursor *c)
{
	(void)l;
	if (tx->type == VNC && !tx->answered)
		return L7_MORE;
	if (!cursor_u32(c, &tx->result))
		return L7_MORE;
	tx->judged = true;
	if (tx->result == 0)
		s->at[DIR_TO_CLIENT] = INIT;
	else
		s->at[DIR_TO_CLIENT] = minor(tx) >= 8 ? REASON : OVER;
	return 0;
}

static long
screen(struct l7 *l, struct rfb_tx *tx, struct cursor *c)
{
	struct cursor at = *c;
	struct pixel_format *p = &tx->format;
	if (!tx->initiated)
		return L7_MORE;
	if (cursor_left(&at) < 20)
		return L7_MORE;
	(void)cursor_u16(&at, &tx->width);
	(void)cursor_u16(&at, &tx->height);
	(void)cursor_u8(&at, &p->bits);
	(void)cursor_u8(&at, &p->depth);
	(void)cursor_u8(&at, &p->big_endian);
	(void)cursor_u8(&at, &p->true_color);
	for (int i = 0; i < 3; i++)
		(void)cursor_u16(&at, &p->max[i]);
	for (int i = 0; i < 3; i++)
		(void)cursor_u8(&at, &p->shift[i]);
	(void)cursor_skip(&at, 3);
	long r = text(l, tx, &at, &tx->name);
	if (r)
		return r;
	tx->screened = true;
	*c = at;
	return 0;
}

/* The server's next message. */
static long
server(struct l7 *l, struct l7_flow *lf, struct rfb_tx *tx, struct cursor *c)
{
	struct rfb_state *s = lf->state;
	long r = 0;
	switch (s->at[DIR_TO_CLIENT]) {
	case VERSION:
		if (cursor_left(c) < 12)
			return L7_MORE;
		if (!read_version(c, tx->version[DIR_TO_CLIENT]))
			return L7_BAD;
		tx->versioned[DIR_TO_CLIENT] = true;
		s->at[DIR_TO_CLIENT] = SECURITY;
		return 0;
	case SECURITY:
		r = security(l, s, tx, c);
		break;
	case CHALLENGE:
		if (!tx->type)
			return L7_MORE;
		s->at[DIR_TO_CLIENT] = after_choice(tx);
		if (s->at[DIR_TO_CLIENT] != CHALLENGE)
			break;
		if (!cursor_copy(c, tx->challenge, 16))
			return L7_MORE;
		tx->challenged = true;
		s->at[DIR_TO_CLIENT] = RESULT;
		return 0;
	case RESULT:
		r = result(l, s, tx, c);
		break;
	case REASON:
		r = text(l, tx, c, &tx->reason);
		if (!r)
			s->at[DIR_TO_CLIENT] = OVER;
		break;
	default:
		r = screen(l, tx, c);
		if (!r)
			s->at[DIR_TO_CLIENT] = OVER;
	}
	if (!r && s->at[DIR_TO_CLIENT] == OVER)
		done(l, lf, DIR_TO_CLIENT);
	return r;
}

/* The client's next message. */
static long
client(struct l7 *l, struct l7_flow *lf, struct rfb_tx *tx, struct cursor *c)
{
	struct rfb_state *s = lf->state;
	uint8_t *at = &s->at[DIR_TO_SERVER];
	switch (*at) {
	case VERSION:
		if (cursor_left(c) < 12)
			return L7_MORE;
		if (!read_version(c, tx->version[DIR_TO_SERVER]))
			return L7_BAD;
		tx->versioned[DIR_TO_SERVER] = true;
		*at = minor(tx) >= 7 ? SECURITY : CHALLENGE;
		l7_item_say(l, lf, tx, L7_READY_REQUEST, DIR_TO_SERVER);
		return 0;
	case SECURITY:
		if (!cursor_u8(c, &tx->type))
			return L7_MORE;
		*at = CHALLENGE;
		return 0;
	case CHALLENGE:
		if (!tx->type)
			return L7_MORE;
		if (tx->type == VNC && !cursor_copy(c, tx->answer, 16))
			return L7_MORE;
		tx->answered = tx->type == VNC;
		*at = tx->type <= VNC ? INIT : OVER;
		return 0;
	default:
		if (!cursor_u8(c, &tx->shared))
			return L7_MORE;
		tx->initiated = true;
		*at = OVER;
		return 0;
	}
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct rfb_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	long r = 0;
	while (s->at[dir] != OVER && cursor_left(&c) && r == 0) {
		struct rfb_tx *tx = (void *)s->q.oldest;
		r = dir == DIR_TO_CLIENT ? server(l, lf, tx, &c) : client(l, lf, tx, &c);
	}
	if (!s->q.oldest)
		return L7_STOP;
	if (s->at[dir] == OVER)
		return (long)bytes.len;
	return r == L7_BAD ? L7_BAD : (long)(bytes.len - cursor_left(&c));
}

static void
write_version(struct jw *w, const char *key, const uint8_t v[7])
{
	jw_key_n(w, key, strlen(key));
	jw_object(w);
	jw_put_bytes(w, EV_KEY(rfb_version, major), v, 3);
	jw_put_bytes(w, EV_KEY(rfb_version, minor), v + 4, 3);
	jw_object_end(w);
}

static void
write_authentication(struct jw *w, const struct rfb_tx *tx)
{
	static const char *const results[] = { "OK", "FAIL", "TOOMANY" };
	ev_key(w, rfb, authentication);
	jw_object(w);
	if (tx->type_n) {
		ev_key(w, rfb_authentication, security_types);
		jw_array(w);
		for (int i = 0; i < tx->type_n; i++)
			jw_u64(w, tx->types[i]);
		jw_array_end(w);
	}
	if (tx->type)
		jw_put_u64(w, EV_KEY(rfb_authentication, security_type), tx->type);
	if (tx->challenged) {
		ev_key(w, rfb_authentication, vnc);
		jw_object(w);
		ev_key(w, rfb_vnc, challenge);
		jw_hex(w, tx->challenge, 16, 0);
		if (tx->answered) {
			/* with the challenge it would allow guessing without the server */
			ev_key(w, rfb_vnc, response);
			mask_secret(w, (struct view){ tx->answer, 16 });
		}
		jw_object_end(w);
	}
	if (tx->judged) {
		ev_key(w, rfb_authentication, security_result);
		jw_word(w, tx->result < 3 ? results[tx->result] : "UNKNOWN");
	}
	if (tx->reason.ptr) {
		ev_key(w, rfb_authentication, security_failure_reason);
		jw_view(w, tx->reason);
	}
	jw_object_end(w);
}

static void
write_screen(struct jw *w, const struct rfb_tx *tx)
{
	const struct pixel_format *p = &tx->format;
	const struct ev_rfb_pixel_format format = { .bits_per_pixel = p->bits,
		.depth = p->depth,
		.big_endian = p->big_endian != 0,
		.true_color = p->true_color != 0,
		.red_max = p->max[0],
		.green_max = p->max[1],
		.blue_max = p->max[2],
		.red_shift = p->shift[0],
		.green_shift = p->shift[1],
		.blue_shift = p->shift[2] };
	const struct ev_rfb_framebuffer e = {
		.width = tx->width, .height = tx->height, .name = tx->name, .pixel_format = &format
	};
	ev_key(w, rfb, framebuffer);
	ev_rfb_framebuffer_write(w, &e);
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct rfb_tx *tx = data_of;
	jw_key(w, "rfb");
	jw_object(w);
	if (tx->versioned[DIR_TO_CLIENT])
		write_version(w, EV_KEY(rfb, server_protocol_version), tx->version[DIR_TO_CLIENT]);
	if (tx->versioned[DIR_TO_SERVER])
		write_version(w, EV_KEY(rfb, client_protocol_version), tx->version[DIR_TO_SERVER]);
	write_authentication(w, tx);
	if (tx->initiated) {
		ev_key(w, rfb, screen_shared);
		jw_bool(w, tx->shared != 0);
	}
	if (tx->screened)
		write_screen(w, tx);
	jw_object_end(w);
}

static enum l7_login
login(const void *data_of)
{
	const struct rfb_tx *tx = data_of;
	if (tx->type == NONE || (!tx->judged && !tx->answered))
		return L7_LOGIN_NONE;
	if (!tx->judged)
		return L7_LOGIN_TRY;
	return tx->result == 0 ? L7_LOGIN_OK : L7_LOGIN_FAIL;
}

static bool
buffer(const void *data_of, const struct l7_ask *ask, struct view *out)
{
	return look_one(ask, ((const struct rfb_tx *)data_of)->name, out);
}

static bool
number(const void *data_of, const struct l7_ask *ask, uint64_t *out)
{
	const struct rfb_tx *tx = data_of;
	if (ask->what == L7_NUM_RFB_SECTYPE)
		return look_number(ask, tx->type, tx->type, out);
	return look_number(ask, tx->judged, tx->result < 3 ? tx->result : 3, out);
}

const struct l7_row l7_rfb_row = {
	.name = "rfb",
	.proto = L7_RFB,
	.tcp = true,
	.waits = true,
	.state_size = sizeof(struct rfb_state),
	.items_at = offsetof(struct rfb_state, q),
	.tx_size = sizeof(struct rfb_tx),
	.probe = probe,
	.open = row_open,
	.data = data,
	.finish = l7_items_end,
	.release = l7_item_release,
	.close = l7_items_close,
	.buffer = buffer,
	.number = number,
	.write = row_write,
	.login = login,
};
