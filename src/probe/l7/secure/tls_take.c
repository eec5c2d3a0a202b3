/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of the messages of a handshake, over TCP or UDP, and what is weak about them. */
#include <stdlib.h>

#include "../item.h"
#include "lib/crypt.h"
#include "lib/hash.h"
#include "tls_row.h"

#define SEEN_ENTRIES 64
#define SEEN_DER 2048 /* longer certificates are hashed each time */
#define NAME_MAX 768
#define SERIAL_MAX 64
#define RSA_LEAST 2048
#define EC_LEAST 224

/* Digests of certificates that were met before: the same ones come in most handshakes. */
struct tls_seen {
	struct {
		uint32_t len;
		uint8_t sha1[20], sha256[32];
		uint8_t der[SEEN_DER];
	} at[SEEN_ENTRIES];
};

struct tls_tx *
tls_tx_new(struct l7 *l, struct l7_flow *lf)
{
	struct tls_tx *tx = slab_get_raw(&l->txs[lf->proto]);
	if (!tx)
		return NULL;
	memset(tx, 0, offsetof(struct tls_tx, alpn));
	tx->from = l7_from(lf);
	return tx;
}

void
tls_tx_free(struct l7 *l, uint8_t proto, struct tls_tx *tx)
{
	if (tx) {
		bag_empty(&l->texts, &tx->bag);
		hold_drop(&l->pool, &tx->san);
	}
	slab_put(&l->txs[proto], tx);
}

static bool
weak_version(uint16_t v)
{
	return v == 0x0002 || (v >= 0x0300 && v <= 0x0302) || v == 0x0100 || v == 0xfeff;
}

void
tls_take_client(struct tls_tx *tx, const struct tls_hello *h, char over)
{
	if (tx->brief.client) /* the second one, after a HelloRetryRequest */
		return;
	tx->brief.client = true;
	tx->brief.offered = h->selected;
	(void)l7_keep(tx->random[0], sizeof(tx->random[0]), h->random);
	tx->brief.has_sni = h->sni.ptr != NULL;
	tx->brief.sni_len = (uint8_t)l7_keep(tx->brief.sni, sizeof(tx->brief.sni), h->sni);
	tx->alpn_len[0] = (uint16_t)l7_keep(tx->alpn[0], sizeof(tx->alpn[0]), h->alpn);
	tx->session_len = (uint8_t)l7_keep(tx->session, sizeof(tx->session), h->session);
	tx->ticket = h->ticket;
	tx->psk = h->psk;
	tx->early_data = h->early_data;
	tx->ech = h->ech;
	tx->esni = h->esni;
	tx->brief.ssl2 = h->ssl2;
	if (h->ssl2)
		return;
	tx->ja3_len = (uint16_t)tls_ja3(h, tx->ja3, sizeof(tx->ja3), tx->brief.ja3);
	tls_ja4(h, over, tx->brief.ja4);
}

static bool
is_13(uint16_t version)
{
	return version == 0x0304 || version == 0xfefc || version >> 8 == 0x7f ||
	       version >> 8 == 0xfb;
}

void
tls_take_server(struct tls_tx *tx, const struct tls_hello *h)
{
	bool first = !tx->brief.server;
	char number[8];
	tx->brief.server = true;
	tx->brief.version = h->selected;
	tx->brief.suite = h->cipher;
	if (first)
		(void)l7_keep(tx->random[1], sizeof(tx->random[1]), h->random);
	if (h->group)
		tx->group = h->group;
	if (h->psk && is_13(h->selected))
		tx->resumed = "psk";
	if (weak_version(h->selected))
		tx->weak |= TLS_WEAK_VERSION;
	if (tls_suite_weak(tls_suite_text(h->cipher, number)))
		tx->weak |= TLS_WEAK_SUITE;
	if (h->alpn.ptr)
		tx->alpn_len[1] = (uint16_t)l7_keep(tx->alpn[1], sizeof(tx->alpn[1]), h->alpn);
	if (first) /* a HelloRetryRequest counts, as EVE has it */
		tx->ja3s_len = (uint16_t)tls_ja3s(h, tx->ja3s, sizeof(tx->ja3s), tx->brief.ja3s);
}

void
tls_take_resumed(struct tls_tx *tx)
{
	if (!tx->resumed)
		tx->resumed = tx->ticket ? "ticket" : "session_id";
}

void
tls_take_exchange(struct tls_tx *tx, struct view body)
{
	uint16_t v = tx->brief.version;
	struct tls_exchange x;
	char number[8];
	if (tls_exchange(body, tls_suite_text(tx->brief.suite, number),
		v == 0x0303 || v == 0xfefd || v == TLS_VERSION_TLCP, &x) < 0)
		return;
	tx->group = x.group;
	tx->dh_bits = (uint16_t)x.dh_bits;
	tx->scheme = v == TLS_VERSION_TLCP ? 0 : x.scheme; /* TLCP's suite says it */
	if ((x.dh_bits && x.dh_bits < RSA_LEAST) ||
	    (x.group && x.group < 20 && x.group != 9 && x.group != 10 && x.group != 11 &&
		x.group != 12 && x.group != 13 && x.group != 14))
		tx->weak |= TLS_WEAK_GROUP;
}

void
tls_take_alert(struct tls_tx *tx, struct view body, enum dir dir)
{
	struct cursor c = cursor_of_view(body);
	uint8_t level, description;
	if (tx->alerts == TLS_ALERTS || body.len != 2 || !cursor_u8(&c, &level) ||
	    !cursor_u8(&c, &description) || level < 1 || level > 2)
		return;
	tx->alert[tx->alerts].level = level;
	tx->alert[tx->alerts].description = description;
	tx->alert[tx->alerts++].dir = (uint8_t)dir;
}

static void
fingerprints(struct crypt_hash *h, struct view der, struct tls_cert *out)
{
	uint8_t digest[CRYPT_DIGEST_MAX];
	crypt_hash_reset(h);
	crypt_hash_add(h, der.ptr, der.len);
	(void)crypt_hash_get(h, CRYPT_SHA1, digest);
	memcpy(out->sha1, digest, sizeof(out->sha1));
	(void)crypt_hash_get(h, CRYPT_SHA256, digest);
	memcpy(out->sha256, digest, sizeof(out->sha256));
}

/* The digests, from a certificate met before when it is the same in every byte. */
static void
digests(struct l7 *l, struct view der, struct tls_cert *out)
{
	size_t tail = der.len < 32 ? der.len : 32;
	struct cursor c = cursor_of_view(der);
	if (!l->seen)
		l->seen = calloc(1, sizeof(*l->seen));
	(void)cursor_skip(&c, der.len - tail); /* the end of its signature */
	size_t i = hash_fast(HASH_KEY_FIXED, c.at, tail) % SEEN_ENTRIES;
	bool keep = l->seen && der.len <= SEEN_DER;
	if (keep && l->seen->at[i].len == der.len &&
	    memcmp(l->seen->at[i].der, der.ptr, der.len) == 0) {
		memcpy(out->sha1, l->seen->at[i].sha1, sizeof(out->sha1));
		memcpy(out->sha256, l->seen->at[i].sha256, sizeof(out->sha256));
		return;
	}
	fingerprints(l->prints, der, out);
	if (!keep)
		return;
	l->seen->at[i].len = (uint32_t)l7_keep(l->seen->at[i].der, SEEN_DER, der);
	memcpy(l->seen->at[i].sha1, out->sha1, sizeof(out->sha1));
	memcpy(l->seen->at[i].sha256, out->sha256, sizeof(out->sha256));
}

/* `own` is what the side shows for itself, not for its issuers. */
static uint16_t
weaknesses(const struct tls_cert *k, const struct x509 *x, uint64_t now, bool own)
{
	bool self = x->subject.len && x->subject.len == x->issuer.len &&
		    memcmp(x->subject.ptr, x->issuer.ptr, x->subject.len) == 0;
	bool rsa = k->key && (k->key[0] == 'R' || k->key[0] == 'D');
	int64_t t = (int64_t)(now / 1000000000);
	uint16_t weak = 0;
	if (k->bits && k->bits < (rsa ? RSA_LEAST : EC_LEAST))
		weak |= TLS_WEAK_KEY;
	/* nobody looks at the signature of a root */
	if (k->signature && (own || !self) &&
	    (strstr(k->signature, "md") || strstr(k->signature, "sha1") ||
		strstr(k->signature, "SHA1")))
		weak |= TLS_WEAK_SIGNATURE;
	if (now && t > x->not_after)
		weak |= TLS_WEAK_EXPIRED;
	if (now && t < x->not_before)
		weak |= TLS_WEAK_EARLY;
	if (self && own)
		weak |= TLS_WEAK_SELF;
	return weak;
}

static struct view
name_text(struct l7 *l, struct tls_tx *tx, struct view name)
{
	char text[NAME_MAX];
	size_t n = x509_name_text(name, text, sizeof(text));
	return bag_keep(&l->texts, &tx->bag, (struct view){ (const uint8_t *)text, n }, n);
}

/* False when there is no room. */
static bool
keep_certificate(
    struct l7 *l, struct tls_tx *tx, struct view der, const struct x509 *x, enum dir dir)
{
	struct tls_side *side = &tx->side[dir];
	unsigned own = tx->brief.version == TLS_VERSION_TLCP ? 2 : 1;
	struct tls_cert *k = bag_room(&l->texts, &tx->bag, sizeof(*k));
	struct x509_key key;
	if (!k)
		return false;
	*k =
	    (struct tls_cert){ .not_before = x->not_before, .not_after = x->not_after, .der = der };
	digests(l, der, k);
	k->subject = name_text(l, tx, x->subject);
	k->issuer = name_text(l, tx, x->issuer);
	k->serial = bag_keep(&l->texts, &tx->bag, x->serial, SERIAL_MAX);
	k->signature = x509_signature(x);
	if (x509_key(x, &key)) {
		k->key = key.type;
		k->curve = key.curve;
		k->bits = (uint16_t)key.bits;
	}
	k->weak = weaknesses(k, x, l->now, side->n < own);
	tx->weak |= dir == DIR_TO_CLIENT ? k->weak : 0;
	if (dir == DIR_TO_CLIENT && !side->n && x->san.len)
		(void)hold_add(&l->pool, &tx->san, x->san); /* beyond a cap: without them */
	*(side->last ? &side->last->next : &side->first) = k;
	side->last = k;
	side->n++;
	return true;
}

void
tls_tx_settle(struct tls_tx *tx)
{
	for (unsigned i = 0; i < 2 && tx->fresh; i++) {
		for (struct tls_cert *k = tx->side[i].first; k; k = k->next)
			k->der = (struct view){ 0 };
	}
	tx->fresh = false;
}

/* Signatures see the bytes themselves, until the packet is over. */
void
tls_take_certificates(struct l7 *l, struct tls_tx *tx, struct view body, enum dir dir)
{
	struct tls_side *side = &tx->side[dir];
	struct cursor c, list;
	struct view der;
	struct x509 x;
	uint32_t n;
	uint8_t *copy = side->seen ? NULL : l7_once(l, body.len);
	if (!copy)
		return;
	c = cursor_of(copy, l7_keep(copy, body.len, body));
	if (!cursor_u24(&c, &n))
		return;
	side->seen = tx->fresh = true;
	if (!cursor_sub(&c, n, &list)) /* cut short: what there is */
		list = c;
	while (side->n < TLS_CERTIFICATES && cursor_u24(&list, &n) && cursor_take(&list, n, &der)) {
		bool read = der.len && x509_parse(der, &x);
		if (der.len && !read)
			tx->bad = der_cut(der) ? TLS_BAD_LENGTH : TLS_BAD_CERTIFICATE;
		if (!read || !keep_certificate(l, tx, der, &x, dir))
			return;
	}
}
