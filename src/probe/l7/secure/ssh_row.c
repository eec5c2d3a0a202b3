/* SPDX-License-Identifier: Apache-2.0 */
/* SSH in the table of protocols: a transaction is the greeting of both sides; what follows is
 * judged by sizes. */
#include "../look.h"
#include "../row.h"
#include "probe/l7/ssh.h"
#include "wire/event.h"

#define SERVER_LINES 32 /* lines a server may send before its identification */
#define KEXINIT_MAX 4096
#define QUIET 6       /* client messages without a failure after them: it is let in */
#define MESSAGES 2048 /* encrypted messages looked at */
#define CREDENTIAL                                                                                 \
	44 /* least payload of a request with a password (RFC 4252, 8); "none" (5.2) has less */
#define KEY_OFFER 200 /* and most: an offered RSA key has more */

/* One side's words. */
struct ssh_side {
	bool greeted, offered; /* identification and KEXINIT were seen */
	uint8_t proto_len, software_len;
	uint16_t kexinit_len; /* 0: too long to keep */
	char proto[16], software[128];
	uint8_t hassh[16];
};

struct ssh_tx {
	uint8_t has; /* L7_READY_ bits said */
	struct ssh_side side[2];
	uint8_t kexinit[2][KEXINIT_MAX];
};

/*
 * A login seen from outside, in messages' sizes (RFC 4252). The client's first encrypted message
 * asks for the service; then each request has one reply, and a failure is always of one size:
 *
 *	C 44  S 44 | C 60 (none)  S 52 (failure) | C 76 (password)  S 52 | C 76  S 28 (success) | C
 *... S ...
 */
struct ssh_login {
	uint16_t success, least,
	    most;         /* sizes of a success, and of requests with a password; 0: not known */
	uint16_t failure; /* size, from the first reply */
	uint16_t request, reply; /* sizes of the last request, and of its reply so far (0: none) */
	uint16_t first, second;  /* sizes of the first two requests */
	uint16_t fails;          /* requests with a password that failed */
	uint16_t since;          /* client messages since the last failure */
	uint16_t messages;
	bool service, accepted, done; /* service asked for, granted; logged in */
};

struct ssh_state {
	struct ssh_tx *tx; /* NULL once its record was said */
	bool sealed[2];
	struct ssh_side side[2];
	struct ssh_login login;
};

static enum l7_guess
probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	static const char ssh[] = "SSH-";
	uint8_t byte;
	for (size_t i = 0; i < 4; i++) {
		if (!cursor_u8(&c, &byte))
			return L7_MAYBE;
		if (byte != (uint8_t)ssh[i])
			return L7_NO;
	}
	return L7_YES;
}

static bool
row_open(struct l7 *l, struct l7_flow *lf)
{
	struct ssh_state *s = lf->state;
	s->tx = slab_get(&l->txs[L7_SSH]);
	return s->tx != NULL;
}

static void
say(struct l7 *l, struct l7_flow *lf, uint8_t ready, enum dir dir)
{
	struct ssh_state *s = lf->state;
	s->tx->has |= ready;
	const struct l7_tx out = { .proto = L7_SSH,
		.ready = ready,
		.has = s->tx->has,
		.dir = (uint8_t)dir,
		.data = s->tx };
	l7_say(l, lf, &out);
}

static void
say_event(struct l7 *l, struct l7_flow *lf, enum dir dir)
{
	struct ssh_state *s = lf->state;
	if (!s->tx)
		return;
	memcpy(s->side, s->tx->side, sizeof(s->side));
	l->count.ssh++;
	say(l, lf, L7_READY_EVENT, dir);
	s->tx = NULL;
}

/* Both offers are known: so is the size of what the server will send. */
static void
expect(struct ssh_state *s)
{
	struct ssh_kexinit k[2];
	for (int i = 0; i < 2; i++) {
		struct view rest = { s->tx->kexinit[i], s->tx->side[i].kexinit_len };
		if (!rest.len || ssh_kexinit(rest, &k[i]) < 0)
			return;
	}
	s->login.success = (uint16_t)ssh_sealed(&k[0], &k[1], 1);
	s->login.least = (uint16_t)ssh_sealed(&k[0], &k[1], CREDENTIAL);
	s->login.most = (uint16_t)ssh_sealed(&k[0], &k[1], KEY_OFFER);
}

static void
kexinit(struct l7 *l, struct l7_flow *lf, struct view rest, enum dir dir)
{
	struct ssh_state *s = lf->state;
	struct ssh_kexinit k;
	struct ssh_side *side = s->tx ? &s->tx->side[dir] : NULL;
	if (!side || side->offered || ssh_kexinit(rest, &k) < 0)
		return;
	side->offered = true;
	(void)ssh_hassh(&k, dir, NULL, 0, side->hassh);
	if (rest.len <= KEXINIT_MAX)
		side->kexinit_len = (uint16_t)l7_keep(s->tx->kexinit[dir], KEXINIT_MAX, rest);
	say(l, lf, dir ? L7_READY_RESPONSE_LATER : L7_READY_REQUEST_LATER, dir);
	if (s->tx->side[!dir].offered) {
		expect(s);
		say_event(l, lf, dir);
	}
}

/* The reply to the last request is complete when the next request comes. */
static void
reply_done(struct ssh_login *g)
{
	uint16_t size = g->reply;
	g->reply = 0;
	if (!size)
		return;
	if (!g->failure)
		g->failure = size;
	else if (size == g->failure && (!g->most || g->request <= g->most))
		g->fails++;
	if (size == g->failure)
		g->since = 0;
}

static void
client_message(struct ssh_login *g, uint16_t size)
{
	if (!g->service) {
		g->service = true;
		return;
	}
	reply_done(g);
	if (!g->first)
		g->first = size;
	else if (!g->second)
		g->second = size;
	g->request = size;
	g->since++;
	g->done = g->done || g->since >= QUIET;
}

static void
server_message(struct ssh_login *g, uint16_t size)
{
	if (!g->service) /* extensions (RFC 8308) */
		return;
	if (!g->accepted) {
		g->accepted = true;
		return;
	}
	g->reply = size;
	g->done = g->done || (g->success && size == g->success && g->first);
}

/* True when enough is known. */
static bool
sealed_message(struct ssh_login *g, enum dir dir, size_t n)
{
	uint16_t size = n > UINT16_MAX ? UINT16_MAX : (uint16_t)n;
	if (dir == DIR_TO_SERVER)
		client_message(g, size);
	else
		server_message(g, size);
	return g->done || ++g->messages >= MESSAGES;
}

/* The first request was no password: smaller than the next one, or than one can be. */
static bool
first_was_none(const struct ssh_login *g)
{
	return (g->second && g->first < g->second) || g->first < g->least || !g->least;
}

enum l7_login
l7_ssh_judge(const void *state, unsigned *tries)
{
	const struct ssh_state *s = state;
	struct ssh_login g = s->login;
	bool none = first_was_none(&g);
	reply_done(&g);
	*tries = g.fails + (g.failure && !none) + (g.done ? 1U : 0U);
	if (g.done)
		return L7_LOGIN_OK;
	if (*tries)
		return L7_LOGIN_FAIL;
	return g.accepted && g.first && !none ? L7_LOGIN_TRY : L7_LOGIN_NONE;
}

/* Returns bytes used; *old says that nothing readable follows (SSH 1). */
static long
greeting(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir, bool *old)
{
	struct ssh_state *s = lf->state;
	struct ssh_greeting g;
	long used = ssh_greeting(bytes, dir == DIR_TO_CLIENT ? SERVER_LINES : 0, &g);
	if (used < 0 || !s->tx)
		return used;
	struct ssh_side *side = &s->tx->side[dir];
	side->greeted = true;
	side->proto_len = (uint8_t)l7_keep(side->proto, sizeof(side->proto), g.proto);
	side->software_len = (uint8_t)l7_keep(side->software, sizeof(side->software), g.software);
	say(l, lf, dir == DIR_TO_SERVER ? L7_READY_REQUEST : L7_READY_RESPONSE, dir);
	*old = side->proto[0] == '1' && !view_is(g.proto, "1.99") && s->tx->side[!dir].greeted;
	return used;
}

#define RECORD_HEAD 6 /* its length, its padding's, its message number */

static void
say_frames(struct l7 *l, struct l7_flow *lf, struct view record)
{
	struct cursor c = cursor_of_view(record);
	struct view head, rest;
	l7_frame(l, lf, L7_FRAME_SSH_PDU, record, 0);
	if (!cursor_take(&c, RECORD_HEAD, &head) || !cursor_take(&c, cursor_left(&c), &rest))
		return;
	l7_frame(l, lf, L7_FRAME_SSH_HDR, head, 0);
	l7_frame(l, lf, L7_FRAME_SSH_DATA, rest, 0);
}

static long
packets(struct l7 *l, struct l7_flow *lf, struct cursor *c, enum dir dir)
{
	struct ssh_state *s = lf->state;
	struct view rest;
	uint8_t message;
	while (!s->sealed[dir]) {
		long used = ssh_packet((struct view){ c->at, cursor_left(c) }, &message, &rest);
		if (used < 0)
			return used;
		if (l7_framed(l, lf))
			say_frames(l, lf, (struct view){ c->at, (size_t)used });
		if (message == SSH_MSG_KEXINIT)
			kexinit(l, lf, rest, dir);
		s->sealed[dir] = message == SSH_MSG_NEWKEYS;
		(void)cursor_skip(c, (size_t)used);
	}
	return 0;
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct ssh_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	bool greeted = s->tx ? s->tx->side[dir].greeted : s->side[dir].greeted;
	if (!greeted) {
		bool old = false;
		long used = greeting(l, lf, bytes, dir, &old);
		if (used < 0)
			return used;
		if (old) {
			say_event(l, lf, dir);
			return L7_STOP;
		}
		(void)cursor_skip(&c, (size_t)used);
	}
	long rc = packets(l, lf, &c, dir);
	if (rc == L7_MORE)
		return (long)(bytes.len - cursor_left(&c));
	if (rc < 0)
		return rc;
	if (cursor_left(&c) && sealed_message(&s->login, dir, cursor_left(&c)))
		return L7_STOP;
	return (long)bytes.len;
}

static bool
lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir)
{
	const struct ssh_state *s = lf->state;
	(void)l;
	(void)n;
	return s->sealed[dir];
}

static bool
sealed(const void *state)
{
	const struct ssh_state *s = state;
	return s->sealed[0] && s->sealed[1];
}

static void
finish(struct l7 *l, struct l7_flow *lf)
{
	say_event(l, lf, DIR_TO_SERVER);
}

static void
release(struct l7 *l, struct l7_flow *lf, const void *tx)
{
	(void)lf;
	slab_put(&l->txs[L7_SSH], (void *)(uintptr_t)tx);
}

static void
row_close(struct l7 *l, struct l7_flow *lf)
{
	struct ssh_state *s = lf->state;
	slab_put(&l->txs[L7_SSH], s->tx);
}

/* The text behind a HASSH, made again from what the side offered. */
static bool
hassh_text(const struct ssh_tx *tx, const struct l7_ask *ask, struct view *out)
{
	const struct ssh_side *s = &tx->side[ask->dir];
	struct ssh_kexinit k;
	uint8_t md5[16];
	char *text = s->kexinit_len ? scratch_get(ask->scratch, SSH_HASSH_TEXT) : NULL;
	if (!text || ssh_kexinit((struct view){ tx->kexinit[ask->dir], s->kexinit_len }, &k) < 0)
		return false;
	*out = (struct view){ (const uint8_t *)text,
		ssh_hassh(&k, ask->dir, text, SSH_HASSH_TEXT, md5) };
	return true;
}

static bool
buffer(const void *data_of, const struct l7_ask *ask, struct view *out)
{
	const struct ssh_tx *tx = data_of;
	const struct ssh_side *s = &tx->side[ask->dir];
	if (ask->i)
		return false;
	switch (ask->what) {
	case L7_BUF_SSH_PROTO:
		*out = (struct view){ (const uint8_t *)s->proto, s->proto_len };
		return s->greeted;
	case L7_BUF_SSH_SOFTWARE:
		*out = (struct view){ (const uint8_t *)s->software, s->software_len };
		return s->greeted;
	case L7_BUF_SSH_HASSH:
	case L7_BUF_SSH_HASSH_SERVER:
		return s->offered &&
		       look_hex(ask, (struct view){ s->hassh, sizeof(s->hassh) }, 0, false, out);
	default:
		return hassh_text(tx, ask, out);
	}
}

/* kexinit.ptr NULL: only what is kept with the flow. */
static void
write_side(const struct ssh_side *s, unsigned dir, struct view kexinit_bytes, struct jw *w)
{
	struct ssh_kexinit k;
	char text[SSH_HASSH_TEXT];
	uint8_t md5[16];
	bool whole = kexinit_bytes.len && ssh_kexinit(kexinit_bytes, &k) >= 0;
	if (!s->greeted)
		return;
	jw_key_n(w, dir ? EV_KEY(ssh, server) : EV_KEY(ssh, client), 6);
	jw_object(w);
	ev_key(w, ssh_end, proto_version);
	jw_bytes(w, s->proto, s->proto_len);
	ev_key(w, ssh_end, software_version);
	jw_bytes(w, s->software, s->software_len);
	if (s->offered) {
		ev_key(w, ssh_end, hassh);
		jw_object(w);
		ev_key(w, ssh_hassh, hash);
		jw_hex(w, s->hassh, sizeof(s->hassh), 0);
		if (whole) {
			size_t n = ssh_hassh(&k, dir, text, sizeof(text), md5);
			ev_key(w, ssh_hassh, string);
			jw_bytes(w, text, n);
		}
		jw_object_end(w);
		if (whole) {
			ev_key(w, ssh_end, host_key_algorithms);
			jw_view(w, k.host_key);
		}
	}
	jw_object_end(w);
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct ssh_tx *tx = data_of;
	jw_key(w, "ssh");
	jw_object(w);
	for (unsigned i = 0; i < 2; i++) {
		struct view bytes = { tx->kexinit[i], tx->side[i].kexinit_len };
		write_side(&tx->side[i], i, bytes, w);
	}
	jw_object_end(w);
}

static void
flow_write(const void *state, struct jw *w)
{
	const struct ssh_state *s = state;
	const struct ssh_side *sides = s->tx ? s->tx->side : s->side;
	jw_key(w, "ssh");
	jw_object(w);
	for (unsigned i = 0; i < 2; i++)
		write_side(&sides[i], i, (struct view){ 0 }, w);
	jw_object_end(w);
}

const struct l7_row l7_ssh_row = {
	.name = "ssh",
	.proto = L7_SSH,
	.tcp = true,
	.state_size = sizeof(struct ssh_state),
	.tx_size = sizeof(struct ssh_tx),
	.probe = probe,
	.open = row_open,
	.data = data,
	.lost = lost,
	.finish = finish,
	.sealed = sealed,
	.release = release,
	.close = row_close,
	.buffer = buffer,
	.write = row_write,
	.flow_write = flow_write,
};
