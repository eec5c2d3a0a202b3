/* SPDX-License-Identifier: Apache-2.0 */
/* What signatures see of a handshake: names, fingerprints, certificates of the side they ask
 * about. */
#include "../look.h"
#include "tls_row.h"

static const struct tls_cert *
certificate(const struct tls_tx *tx, const struct l7_ask *ask)
{
	const struct tls_cert *k = tx->side[ask->dir].first;
	for (uint16_t i = 0; k && i < ask->i; i++)
		k = k->next;
	return k;
}

static bool
of_certificate(const struct tls_tx *tx, const struct l7_ask *ask, struct view *out)
{
	const struct tls_cert *k = certificate(tx, ask);
	if (!k)
		return false;
	switch (ask->what) {
	case L7_BUF_TLS_CERT_SUBJECT:
		*out = k->subject;
		return k->subject.ptr != NULL;
	case L7_BUF_TLS_CERT_ISSUER:
		*out = k->issuer;
		return ask->i == 0 && k->issuer.ptr;
	case L7_BUF_TLS_CERT_SERIAL:
		return ask->i == 0 && look_hex(ask, k->serial, ':', true, out);
	case L7_BUF_TLS_CERT_FINGERPRINT:
		return ask->i == 0 &&
		       look_hex(ask, (struct view){ k->sha1, sizeof(k->sha1) }, ':', false, out);
	default: /* tls.certs */
		*out = k->der;
		return k->der.ptr != NULL;
	}
}

/* The i-th name of the server's first certificate; addresses as text. */
static bool
alternative(const struct tls_tx *tx, const struct l7_ask *ask, struct view *out)
{
	struct cursor c = cursor_of_view(hold_view(&tx->san)), ip;
	uint8_t kind = 0;
	for (uint16_t i = 0; i <= ask->i; i++) {
		if (ask->dir != DIR_TO_CLIENT || !x509_san(&c, &kind, out))
			return false;
	}
	struct addr a = { 0 };
	ip = cursor_of_view(*out);
	if (kind != X509_SAN_IP || (out->len != 4 && out->len != 16) ||
	    !cursor_copy(&ip, a.b, out->len))
		return true;
	char *text = scratch_get(ask->scratch, ADDR_TEXT);
	if (text)
		*out = (struct view){ (const uint8_t *)text,
			addr_text_full(text, &a, out->len == 4 ? 4 : 6) };
	return text != NULL;
}

static bool
protocol(const struct tls_tx *tx, const struct l7_ask *ask, struct view *out)
{
	struct cursor c = cursor_of(tx->alpn[ask->dir], tx->alpn_len[ask->dir]);
	for (uint16_t i = 0; i <= ask->i; i++) {
		if (!tls_alpn(&c, out))
			return false;
	}
	return true;
}

static bool
hello_random(const struct tls_tx *tx, const struct l7_ask *ask, struct view *out)
{
	bool there = ask->dir ? tx->brief.server : tx->brief.client;
	struct cursor c = cursor_of(tx->random[ask->dir], sizeof(tx->random[ask->dir]));
	size_t n = cursor_left(&c);
	if (!there || ask->i)
		return false;
	if (ask->what == L7_BUF_TLS_RANDOM_BYTES)
		(void)cursor_skip(&c, 4);
	n = ask->what == L7_BUF_TLS_RANDOM_TIME ? 4 : cursor_left(&c);
	return cursor_take(&c, n, out);
}

static bool
fingerprint(const struct tls_tx *tx, const struct l7_ask *ask, struct view *out)
{
	const struct tls_brief *b = &tx->brief;
	bool client = b->client && !b->ssl2, server = b->server && b->version != 0x0002;
	switch (ask->what) {
	case L7_BUF_JA3_HASH:
		return client &&
		       look_hex(ask, (struct view){ b->ja3, sizeof(b->ja3) }, 0, false, out);
	case L7_BUF_JA3_STRING:
		*out = (struct view){ (const uint8_t *)tx->ja3, tx->ja3_len };
		return client && tx->ja3_len;
	case L7_BUF_JA3S_HASH:
		return server &&
		       look_hex(ask, (struct view){ b->ja3s, sizeof(b->ja3s) }, 0, false, out);
	case L7_BUF_JA3S_STRING:
		*out = (struct view){ (const uint8_t *)tx->ja3s, tx->ja3s_len };
		return server && tx->ja3s_len;
	default:
		return client && look_text(ask, b->ja4, out);
	}
}

bool
tls_tx_buffer(const void *data, const struct l7_ask *ask, struct view *out)
{
	const struct tls_tx *tx = data;
	switch (ask->what) {
	case L7_BUF_TLS_SNI:
		return tx->brief.has_sni &&
		       look_one(ask, (struct view){ tx->brief.sni, tx->brief.sni_len }, out);
	case L7_BUF_TLS_ALPN:
		return protocol(tx, ask, out);
	case L7_BUF_TLS_SUBJECTALTNAME:
		return alternative(tx, ask, out);
	case L7_BUF_TLS_RANDOM:
	case L7_BUF_TLS_RANDOM_TIME:
	case L7_BUF_TLS_RANDOM_BYTES:
		return hello_random(tx, ask, out);
	case L7_BUF_JA3_HASH:
	case L7_BUF_JA3_STRING:
	case L7_BUF_JA3S_HASH:
	case L7_BUF_JA3S_STRING:
	case L7_BUF_JA4_HASH:
		return ask->i == 0 && fingerprint(tx, ask, out);
	default:
		return of_certificate(tx, ask, out);
	}
}

/* How far the handshake has come, as ssl_state counts it. */
static uint64_t
state(const struct tls_tx *tx)
{
	if (tx->group || tx->dh_bits)
		return 4;
	return tx->brief.server ? 2 : tx->brief.client ? 1 : 0;
}

bool
tls_tx_number(const void *data, const struct l7_ask *ask, uint64_t *out)
{
	const struct tls_tx *tx = data;
	const struct tls_side *side = &tx->side[ask->dir];
	const struct tls_brief *b = &tx->brief;
	switch (ask->what) {
	case L7_NUM_TLS_CERT_CHAIN_LEN:
		return look_number(ask, side->seen, side->n, out);
	case L7_NUM_TLS_NOT_BEFORE:
		return look_number(
		    ask, side->first, side->first ? (uint64_t)side->first->not_before : 0, out);
	case L7_NUM_TLS_NOT_AFTER:
		return look_number(
		    ask, side->first, side->first ? (uint64_t)side->first->not_after : 0, out);
	case L7_NUM_TLS_VERSION:
		return look_number(
		    ask, ask->dir ? b->server : b->client, ask->dir ? b->version : b->offered, out);
	default:
		return look_number(ask, true, state(tx), out);
	}
}
