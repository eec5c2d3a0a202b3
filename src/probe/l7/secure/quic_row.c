/* SPDX-License-Identifier: Apache-2.0 */
/* QUIC in the table of protocols: a transaction is a hello, a Retry or a list of versions. */
#include "../item.h"
#include "../look.h"
#include "lib/md5.h"
#include "pieces.h"
#include "probe/l7/quic.h"
#include "probe/l7/tls.h"
#include "wire/event.h"

#define TRIES 64 /* datagrams looked at before the hellos are given up */
#define SNI_KEPT 255
#define CYU_TEXT 512

struct quic_state {
	struct quic_keys keys[2];
	uint8_t odcid[QUIC_CID_MAX]; /* the client's first packet went to it */
	uint8_t odcid_len, sni_len;
	bool keyed, said;
	bool hello[2]; /* by direction: seen */
	uint8_t tries;
	uint32_t keys_version, version;
	uint64_t base[2]; /* bytes of the CRYPTO stream that were read and dropped */
	struct pieces crypto[2];
	uint8_t sni[SNI_KEPT];
	char ja4[TLS_JA4_TEXT];
};

/* Its views lie in scratch memory, or are texts of ours. */
struct quic_tx {
	uint32_t version;
	const char *type;
	uint16_t cipher;
	bool server; /* a server's hello */
	uint8_t ja3[16], cyu[16];
	char ja4[TLS_JA4_TEXT];
	struct view dcid, scid, token, versions;
	struct view sni, agent, cyu_text, ja3_text, extensions;
};

static bool
grease(uint32_t version)
{
	return (version & 0x0f0f0f0f) == 0x0a0a0a0a;
}

static bool
lists_known(struct view versions)
{
	struct cursor c = cursor_of_view(versions);
	uint32_t version;
	while (cursor_u32(&c, &version)) {
		if (quic_known(version))
			return true;
	}
	return false;
}

static enum l7_guess
probe(const struct l7_first *first)
{
	struct quic_packet p;
	struct cursor c = cursor_of_view(first->data);
	uint8_t byte;
	if (!cursor_u8(&c, &byte) || (!(byte & 0x80) && (byte & 0xc9) != 0x09))
		return L7_NO;
	if (quic_packet(first->data, &p) < 0)
		return L7_NO;
	switch (p.type) {
	case QUIC_NEGOTIATION:
		return p.versions.len % 4 == 0 && lists_known(p.versions) ? L7_YES : L7_NO;
	case QUIC_OTHER:
		return grease(p.version) && first->data.len >= 1200 && p.dcid.len <= QUIC_CID_MAX &&
			       p.scid.len <= QUIC_CID_MAX
			   ? L7_YES
			   : L7_NO;
	default: /* the fixed bit may be 0 only later (RFC 9287) */
		return byte & 0x40 || p.type == QUIC_CLEAR || first->dir == DIR_TO_CLIENT ? L7_YES
											  : L7_NO;
	}
}

/* A copy that lives as long as the transaction; ptr NULL when there is no room. */
static struct view
kept(struct l7 *l, struct view from)
{
	uint8_t *p = from.len ? l7_once(l, from.len) : NULL;
	if (!p)
		return (struct view){ 0 };
	memcpy(p, from.ptr, from.len);
	return (struct view){ p, from.len };
}

static struct quic_tx *
new_tx(struct l7 *l, struct quic_state *s, const struct quic_packet *p, const char *type)
{
	struct quic_tx *tx = l7_once(l, sizeof(*tx));
	if (!tx)
		return NULL;
	tx->type = type;
	tx->version = p->version;
	tx->dcid = kept(l, p->dcid);
	tx->scid = kept(l, p->scid);
	tx->token = kept(l, p->token);
	s->said = true;
	return tx;
}

static void
keep_sni(struct quic_state *s, struct view sni)
{
	s->sni_len = (uint8_t)l7_keep(s->sni, sizeof(s->sni), sni);
}

/* "46,PAD-SNI-VER-...": the version's number and the tags (Salesforce's CYU). */
static void
cyu(struct l7 *l, struct quic_tx *tx, struct cursor tags)
{
	char *text = l7_once(l, CYU_TEXT);
	struct view name;
	size_t len = 0;
	if (!text)
		return;
	text[len++] = (char)(tx->version >> 8);
	text[len++] = (char)tx->version;
	for (char sep = ','; quic_tag(&tags, &name) && len + 5 <= CYU_TEXT; sep = '-') {
		text[len++] = sep;
		memcpy(text + len, name.ptr, name.len);
		len += name.len;
	}
	struct md5 m;
	md5_init(&m);
	md5_add(&m, text, len);
	md5_done(&m, tx->cyu);
	tx->cyu_text = (struct view){ (const uint8_t *)text, len };
}

/* Returns bytes used, or 0 for more. */
static long
google_hello(
    struct l7 *l, struct l7_flow *lf, const struct quic_packet *p, struct view bytes, enum dir dir)
{
	struct quic_state *s = lf->state;
	struct quic_chlo h;
	long used = quic_chlo(bytes, &h);
	if (used < 0)
		return dir == DIR_TO_SERVER && used == L7_MORE ? 0 : (long)bytes.len;
	struct quic_tx *tx = new_tx(l, s, p, "client_hello");
	if (!tx)
		return used;
	tx->sni = kept(l, h.sni);
	tx->agent = kept(l, h.agent);
	cyu(l, tx, h.tags);
	keep_sni(s, h.sni);
	l7_once_say(l, lf, tx, L7_READY_REQUEST, dir);
	s->hello[dir] = true;
	return used;
}

static void
client_hello(
    struct l7 *l, struct l7_flow *lf, const struct quic_packet *p, const struct tls_hello *h)
{
	struct quic_state *s = lf->state;
	struct quic_tx *tx = new_tx(l, s, p, "client_hello");
	char *text = l7_once(l, TLS_JA3_TEXT);
	if (!tx || !text)
		return;
	tx->sni = kept(l, h->sni);
	tx->extensions = kept(l, h->extensions);
	tx->ja3_text =
	    (struct view){ (const uint8_t *)text, tls_ja3(h, text, TLS_JA3_TEXT, tx->ja3) };
	tls_ja4(h, 'q', tx->ja4);
	keep_sni(s, h->sni);
	memcpy(s->ja4, tx->ja4, sizeof(s->ja4));
	l7_once_say(l, lf, tx, L7_READY_REQUEST, DIR_TO_SERVER);
	s->hello[DIR_TO_SERVER] = true;
}

static void
server_hello(
    struct l7 *l, struct l7_flow *lf, const struct quic_packet *p, const struct tls_hello *h)
{
	struct quic_state *s = lf->state;
	struct quic_tx *tx = new_tx(l, s, p, "server_hello");
	char *text = l7_once(l, TLS_JA3S_TEXT);
	if (!tx || !text)
		return;
	tx->server = true;
	tx->cipher = h->cipher;
	tx->extensions = kept(l, h->extensions);
	tx->ja3_text =
	    (struct view){ (const uint8_t *)text, tls_ja3s(h, text, TLS_JA3S_TEXT, tx->ja3) };
	l7_once_say(l, lf, tx, L7_READY_RESPONSE, DIR_TO_CLIENT);
	s->hello[DIR_TO_CLIENT] = !h->retry;
}

/* Returns bytes used, or 0 for more. */
static long
tls_hello(
    struct l7 *l, struct l7_flow *lf, const struct quic_packet *p, struct view bytes, enum dir dir)
{
	struct tls_message m;
	struct tls_hello h;
	long used = tls_message(bytes, &m);
	if (used < 0)
		return 0;
	if (m.type == TLS_CLIENT_HELLO && dir == DIR_TO_SERVER && tls_client_hello(m.body, &h) >= 0)
		client_hello(l, lf, p, &h);
	else if (m.type == TLS_SERVER_HELLO && dir == DIR_TO_CLIENT &&
		 tls_server_hello(m.body, &h) >= 0)
		server_hello(l, lf, p, &h);
	return used;
}

/* A part of a direction's CRYPTO stream. */
static void
crypto(struct l7 *l, struct l7_flow *lf, const struct quic_packet *p, struct quic_crypto part,
    enum dir dir)
{
	struct quic_state *s = lf->state;
	struct cursor c = cursor_of_view(part.data);
	if (part.offset < s->base[dir]) {
		uint64_t old = s->base[dir] - part.offset;
		if (old >= part.data.len)
			return;
		(void)cursor_skip(&c, (size_t)old);
		part.offset = s->base[dir];
	}
	part.data = (struct view){ c.at, cursor_left(&c) };
	if (!pieces_add(&l->pool, &s->crypto[dir], part.offset - s->base[dir], part.data)) {
		l->count.over_cap++;
		lf->stopped = true;
		return;
	}
	struct view bytes = pieces_view(&s->crypto[dir]);
	long used = quic_google(p->version) ? google_hello(l, lf, p, bytes, dir)
					    : tls_hello(l, lf, p, bytes, dir);
	if (used > 0) {
		s->base[dir] += (uint64_t)used;
		pieces_drop(&l->pool, &s->crypto[dir]);
	}
}

static void
frames(
    struct l7 *l, struct l7_flow *lf, const struct quic_packet *p, struct view bytes, enum dir dir)
{
	struct cursor c = cursor_of_view(bytes);
	struct quic_crypto part;
	while (!lf->stopped && quic_crypto(&c, p->version, &part))
		crypto(l, lf, p, part, dir);
}

/*
 * Open an Initial packet. The keys come from where the client's first packet went; they change with
 * a Retry, and with the version the server chooses.
 */
static bool
opened(
    struct l7 *l, struct l7_flow *lf, const struct quic_packet *p, enum dir dir, struct view *out)
{
	struct quic_state *s = lf->state;
	struct quic_keys keys[2];
	uint8_t *copy = l7_once(l, p->whole.len);
	bool same = s->keyed && s->keys_version == p->version;
	if (!copy)
		return false;
	memcpy(copy, p->whole.ptr, p->whole.len);
	if (same && quic_open(l->box, &s->keys[dir], p, copy, out))
		return true;
	if (dir == DIR_TO_CLIENT && (same || !s->keyed))
		return false;
	struct view dcid = dir == DIR_TO_SERVER ? p->dcid : (struct view){ s->odcid, s->odcid_len };
	memcpy(copy, p->whole.ptr, p->whole.len);
	if (!quic_keys(l->box, p->version, dcid, keys) ||
	    !quic_open(l->box, &keys[dir], p, copy, out))
		return false;
	memcpy(s->keys, keys, sizeof(keys));
	s->keys_version = p->version;
	s->keyed = true;
	if (dir == DIR_TO_SERVER) { /* it begins anew */
		s->odcid_len = (uint8_t)l7_keep(s->odcid, sizeof(s->odcid), dcid);
		pieces_drop(&l->pool, &s->crypto[dir]);
		s->base[dir] = 0;
	}
	return true;
}

static void
packet(struct l7 *l, struct l7_flow *lf, const struct quic_packet *p, enum dir dir)
{
	struct quic_state *s = lf->state;
	struct quic_tx *tx;
	struct view bytes;
	s->version = p->version ? p->version : s->version;
	switch (p->type) {
	case QUIC_INITIAL:
		if (opened(l, lf, p, dir, &bytes))
			frames(l, lf, p, bytes, dir);
		break;
	case QUIC_CLEAR:
		frames(l, lf, p, p->frames, dir);
		break;
	case QUIC_RETRY:
	case QUIC_NEGOTIATION:
		if (dir == DIR_TO_CLIENT &&
		    (tx = new_tx(l, s, p,
			 p->type == QUIC_RETRY ? "retry" : "version_negotiation")) != NULL) {
			tx->versions = kept(l, p->versions);
			l7_once_say(l, lf, tx, L7_READY_RESPONSE, dir);
		}
		break;
	default:
		break;
	}
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct quic_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	struct quic_packet p;
	while (cursor_left(&c) && !lf->stopped) {
		long used = quic_packet((struct view){ c.at, cursor_left(&c) }, &p);
		if (used <= 0)
			break;
		packet(l, lf, &p, dir);
		(void)cursor_skip(&c, (size_t)used);
	}
	if ((s->hello[0] && (s->hello[1] || quic_google(s->version))) || ++s->tries >= TRIES)
		lf->stopped = true;
	if (lf->stopped) {
		pieces_drop(&l->pool, &s->crypto[0]);
		pieces_drop(&l->pool, &s->crypto[1]);
	}
	return (long)bytes.len;
}

/* Nothing of it could be read: at least that it was there. */
static void
finish(struct l7 *l, struct l7_flow *lf)
{
	struct quic_state *s = lf->state;
	struct quic_tx *tx = s->said ? NULL : l7_once(l, sizeof(*tx));
	s->said = true;
	if (!tx)
		return;
	tx->version = s->version;
	l7_once_say(l, lf, tx, 0, DIR_TO_SERVER);
}

static void
row_close(struct l7 *l, struct l7_flow *lf)
{
	struct quic_state *s = lf->state;
	pieces_drop(&l->pool, &s->crypto[0]);
	pieces_drop(&l->pool, &s->crypto[1]);
}

static bool
wire_version(const struct quic_tx *tx, const struct l7_ask *ask, struct view *out)
{
	uint8_t *v = ask->i ? NULL : scratch_get(ask->scratch, 4);
	for (unsigned i = 0; v && i < 4; i++)
		v[i] = (uint8_t)(tx->version >> (24 - 8 * i));
	*out = (struct view){ v, 4 };
	return v != NULL;
}

static bool
buffer(const void *data_of, const struct l7_ask *ask, struct view *out)
{
	const struct quic_tx *tx = data_of;
	const struct view ja3 = { tx->ja3, sizeof(tx->ja3) }, sum = { tx->cyu, sizeof(tx->cyu) };
	switch (ask->what) {
	case L7_BUF_QUIC_SNI:
		return look_one(ask, tx->sni, out);
	case L7_BUF_QUIC_UA:
		return look_one(ask, tx->agent, out);
	case L7_BUF_QUIC_VERSION:
		return wire_version(tx, ask, out);
	case L7_BUF_QUIC_CYU_STRING:
		return look_one(ask, tx->cyu_text, out);
	case L7_BUF_QUIC_CYU_HASH:
		return !ask->i && tx->cyu_text.ptr && look_hex(ask, sum, 0, false, out);
	case L7_BUF_JA3_STRING:
	case L7_BUF_JA3S_STRING:
		return tx->server == (ask->what == L7_BUF_JA3S_STRING) &&
		       look_one(ask, tx->ja3_text, out);
	case L7_BUF_JA3_HASH:
	case L7_BUF_JA3S_HASH:
		return !ask->i && tx->ja3_text.ptr &&
		       tx->server == (ask->what == L7_BUF_JA3S_HASH) &&
		       look_hex(ask, ja3, 0, false, out);
	case L7_BUF_JA4_HASH:
		return tx->ja4[0] && look_text(ask, tx->ja4, out);
	default:
		return false;
	}
}

static void
write_version(struct jw *w, uint32_t version)
{
	char text[16];
	jw_text(w, quic_version_text(version, text));
}

static void
write_values(struct jw *w, uint16_t type, struct view bytes)
{
	struct cursor c = cursor_of_view(bytes), names;
	struct view list, name;
	uint8_t kind;
	if (type != TLS_EXT_SNI && type != TLS_EXT_ALPN)
		return;
	if (!cursor_vector16(&c, &list))
		return;
	names = cursor_of_view(list);
	ev_key(w, quic_extension, values);
	jw_array(w);
	while (type == TLS_EXT_ALPN ? tls_alpn(&names, &name)
				    : cursor_u8(&names, &kind) && cursor_vector16(&names, &name))
		jw_view(w, name);
	jw_array_end(w);
}

static void
write_extensions(struct jw *w, struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	struct view body;
	uint16_t type;
	if (!bytes.len)
		return;
	ev_key(w, quic, extensions);
	jw_array(w);
	while (tls_extension(&c, &type, &body)) {
		const char *name = tls_extension_text(type);
		jw_object(w);
		if (name) {
			ev_key(w, quic_extension, name);
			jw_word(w, name);
		}
		ev_key(w, quic_extension, type);
		jw_u64(w, type);
		write_values(w, type, body);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
write_hash(struct jw *w, const uint8_t md5[16], struct view text)
{
	jw_object(w);
	ev_key(w, tls_ja, hash);
	jw_hex(w, md5, 16, 0);
	if (text.len) {
		ev_key(w, tls_ja, string);
		jw_view(w, text);
	}
	jw_object_end(w);
}

static void
write_ids(struct jw *w, const struct quic_tx *tx)
{
	if (tx->dcid.len) {
		ev_key(w, quic, dcid);
		jw_hex(w, tx->dcid.ptr, tx->dcid.len, 0);
	}
	if (tx->scid.len) {
		ev_key(w, quic, scid);
		jw_hex(w, tx->scid.ptr, tx->scid.len, 0);
	}
	if (tx->token.len) {
		ev_key(w, quic, token_length);
		jw_u64(w, tx->token.len);
	}
	if (tx->versions.len) {
		struct cursor c = cursor_of_view(tx->versions);
		uint32_t version;
		ev_key(w, quic, versions);
		jw_array(w);
		while (cursor_u32(&c, &version))
			write_version(w, version);
		jw_array_end(w);
	}
}

static void
write_hello(struct jw *w, const struct quic_tx *tx)
{
	char number[8];
	if (tx->server) {
		ev_key(w, quic, cipher_suite);
		jw_text(w, tls_suite_text(tx->cipher, number));
	}
	if (tx->cyu_text.len) {
		ev_key(w, quic, cyu);
		jw_array(w);
		write_hash(w, tx->cyu, tx->cyu_text);
		jw_array_end(w);
	}
	if (tx->ja3_text.ptr) {
		jw_key_n(w, tx->server ? "ja3s" : "ja3", tx->server ? 4 : 3);
		write_hash(w, tx->ja3, tx->ja3_text);
	}
	if (tx->ja4[0]) {
		ev_key(w, quic, ja4);
		jw_text(w, tx->ja4);
	}
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct quic_tx *tx = data_of;
	jw_key(w, "quic");
	jw_object(w);
	ev_key(w, quic, version);
	write_version(w, tx->version);
	if (tx->type) {
		ev_key(w, quic, type);
		jw_word(w, tx->type);
	}
	write_ids(w, tx);
	if (tx->sni.len) {
		ev_key(w, quic, sni);
		jw_view(w, tx->sni);
	}
	if (tx->agent.len) {
		ev_key(w, quic, ua);
		jw_view(w, tx->agent);
	}
	write_hello(w, tx);
	write_extensions(w, tx->extensions);
	jw_object_end(w);
}

static void
flow_write(const void *state, struct jw *w)
{
	const struct quic_state *s = state;
	jw_key(w, "quic");
	jw_object(w);
	ev_key(w, quic, version);
	write_version(w, s->version);
	if (s->sni_len) {
		ev_key(w, quic, sni);
		jw_bytes(w, s->sni, s->sni_len);
	}
	if (s->ja4[0]) {
		ev_key(w, quic, ja4);
		jw_text(w, s->ja4);
	}
	jw_object_end(w);
}

const struct l7_row l7_quic_row = {
	.name = "quic",
	.proto = L7_QUIC,
	.udp = true,
	.state_size = sizeof(struct quic_state),
	.probe = probe,
	.data = data,
	.finish = finish,
	.close = row_close,
	.buffer = buffer,
	.write = row_write,
	.flow_write = flow_write,
};
