/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <time.h>

#include "tls_row.h"
#include "wire/event.h"

static void
write_time(struct jw *w, const char *key, int64_t seconds)
{
	char text[64];
	time_t t = (time_t)seconds;
	struct tm tm;
	if (!gmtime_r(&t, &tm))
		return;
	size_t n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	jw_put_bytes(w, key, text, n);
}

/* "03:C5:6F": upper case, as EVE has it. */
static void
write_serial(struct jw *w, const char *key, struct view serial)
{
	struct cursor c = cursor_of_view(serial);
	uint8_t byte;
	static const char digit[] = "0123456789ABCDEF";
	char text[3 * 64];
	size_t len = 0;
	while (len < sizeof(text) - 3 && cursor_u8(&c, &byte)) {
		if (len)
			text[len++] = ':';
		text[len++] = digit[byte >> 4];
		text[len++] = digit[byte & 15];
	}
	jw_put_bytes(w, key, text, len);
}

static void
write_san(struct jw *w, const struct tls_tx *tx)
{
	struct cursor c = cursor_of_view(hold_view(&tx->san));
	char text[ADDR_TEXT];
	struct view name;
	uint8_t kind;
	if (!tx->san.len)
		return;
	ev_key(w, tls, subjectaltname);
	jw_array(w);
	while (x509_san(&c, &kind, &name)) {
		struct addr a = { 0 };
		struct cursor ip = cursor_of_view(name);
		uint8_t ver = name.len == 4 ? 4 : 6;
		if (kind != X509_SAN_IP)
			jw_view(w, name);
		else if ((name.len == 4 || name.len == 16) && cursor_copy(&ip, a.b, name.len))
			jw_bytes(w, text, addr_text_full(text, &a, ver));
	}
	jw_array_end(w);
}

/* What a leaf has besides EVE's fields. */
static void
write_key(struct jw *w, const struct tls_cert *k)
{
	ev_key(w, tls_certificate, fingerprint_sha256);
	jw_hex(w, k->sha256, sizeof(k->sha256), ':');
	if (k->key) {
		ev_key(w, tls_certificate, key_type);
		jw_word(w, k->key);
	}
	if (k->bits) {
		ev_key(w, tls_certificate, key_bits);
		jw_u64(w, k->bits);
	}
	if (k->curve) {
		ev_key(w, tls_certificate, curve);
		jw_word(w, k->curve);
	}
	if (k->signature) {
		ev_key(w, tls_certificate, signature_algorithm);
		jw_word(w, k->signature);
	}
}

static void
write_weak(struct jw *w, uint16_t weak)
{
	static const char *const words[] = { "old_version", "weak_suite", "weak_group", "weak_key",
		"weak_signature", "expired", "not_yet_valid", "self_signed" };
	if (!weak)
		return;
	ev_key(w, tls, weak);
	jw_array(w);
	for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (weak & 1U << i)
			jw_word(w, words[i]);
	}
	jw_array_end(w);
}

/* EVE's fields, in the object that is open; the tables of tls, tls_certificate and tls_client have
 * the same names. */
static void
write_leaf(struct jw *w, const struct tls_cert *k)
{
	jw_put_bytes(w, EV_KEY(tls, subject), k->subject.ptr, k->subject.len);
	jw_put_bytes(w, EV_KEY(tls, issuerdn), k->issuer.ptr, k->issuer.len);
	write_serial(w, EV_KEY(tls, serial), k->serial);
	ev_key(w, tls, fingerprint);
	jw_hex(w, k->sha1, sizeof(k->sha1), ':');
}

static void
write_times(struct jw *w, const struct tls_cert *k)
{
	write_time(w, EV_KEY(tls, notbefore), k->not_before);
	write_time(w, EV_KEY(tls, notafter), k->not_after);
}

static void
write_body(struct jw *w, const struct tls_cert *k)
{
	write_leaf(w, k);
	write_times(w, k);
	write_key(w, k);
	write_weak(w, k->weak);
}

/* What follows the first certificate: TLCP's one to encrypt with, then those of issuers. */
static void
write_chain(struct jw *w, const struct tls_tx *tx, const struct tls_cert *k)
{
	if (k && tx->brief.version == TLS_VERSION_TLCP) {
		ev_key(w, tls, encryption_certificate);
		jw_object(w);
		write_body(w, k);
		jw_object_end(w);
		k = k->next;
	}
	if (!k)
		return;
	ev_key(w, tls, issuers);
	jw_array(w);
	for (; k; k = k->next) {
		jw_object(w);
		write_body(w, k);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
write_client(struct jw *w, const struct tls_tx *tx)
{
	const struct tls_cert *k = tx->side[DIR_TO_SERVER].first;
	if (!k)
		return;
	ev_key(w, tls, client);
	jw_object(w);
	write_body(w, k);
	write_chain(w, tx, k->next);
	jw_object_end(w);
}

static void
write_alerts(struct jw *w, const struct tls_tx *tx)
{
	char number[8];
	if (!tx->alerts)
		return;
	ev_key(w, tls, alerts);
	jw_array(w);
	for (unsigned i = 0; i < tx->alerts; i++) {
		jw_object(w);
		ev_key(w, tls_alert, level);
		jw_word(w, tx->alert[i].level == 2 ? "fatal" : "warning");
		ev_key(w, tls_alert, description);
		jw_text(w, tls_alert_text(tx->alert[i].description, number));
		ev_key(w, tls_alert, from);
		jw_word(w, tx->alert[i].dir == DIR_TO_SERVER ? "client" : "server");
		jw_object_end(w);
	}
	jw_array_end(w);
}

/* How keys were agreed on. */
static void
write_exchange(struct jw *w, const struct tls_tx *tx)
{
	char number[8];
	if (tx->group) {
		ev_key(w, tls, group);
		jw_text(w, tls_group_text(tx->group, number));
	}
	if (tx->dh_bits) {
		ev_key(w, tls, dh_bits);
		jw_u64(w, tx->dh_bits);
	}
	if (tx->scheme) {
		ev_key(w, tls, signature_scheme);
		jw_text(w, tls_signature_text(tx->scheme, number));
	}
}

static void
write_flag(struct jw *w, const char *key, bool set)
{
	if (!set)
		return;
	jw_key_n(w, key, strlen(key));
	jw_bool(w, true);
}

static void
write_alpn(struct jw *w, const char *key, const uint8_t *list, size_t n)
{
	struct cursor c = cursor_of(list, n);
	struct view name;
	if (!n)
		return;
	jw_key_n(w, key, strlen(key));
	jw_array(w);
	while (tls_alpn(&c, &name))
		jw_view(w, name);
	jw_array_end(w);
}

static void
write_ja(struct jw *w, const char *key, const uint8_t md5[16], const char *text, size_t n)
{
	jw_key_n(w, key, strlen(key));
	jw_object(w);
	ev_key(w, tls_ja, hash);
	jw_hex(w, md5, 16, 0);
	if (n)
		jw_put_bytes(w, EV_KEY(tls_ja, string), text, n);
	jw_object_end(w);
}

static void
write_names(struct jw *w, const struct tls_brief *b)
{
	char number[24];
	if (b->has_sni)
		jw_put_bytes(w, EV_KEY(tls, sni), b->sni, b->sni_len);
	ev_key(w, tls, version);
	jw_text(w, tls_version_text(b->version ? b->version : b->offered, number));
	if (b->server && b->version != 0x0002) {
		ev_key(w, tls, cipher_suite);
		jw_text(w, tls_suite_text(b->suite, number));
	}
}

void
tls_tx_write(const struct tls_tx *tx, struct jw *w)
{
	jw_key(w, "tls");
	jw_object(w);
	const struct tls_cert *own = tx->side[DIR_TO_CLIENT].first;
	if (own) {
		write_leaf(w, own);
		write_san(w, tx);
	}
	if (tx->resumed) {
		ev_key(w, tls, session_resumed);
		jw_bool(w, true);
	}
	write_names(w, &tx->brief);
	if (tx->from) {
		ev_key(w, tls, from_proto);
		jw_word(w, tx->from);
	}
	if (tx->resumed) {
		ev_key(w, tls, resumed_by);
		jw_word(w, tx->resumed);
	}
	write_exchange(w, tx);
	if (own) {
		write_times(w, own);
		write_key(w, own);
		write_chain(w, tx, own->next);
	}
	write_weak(w, tx->weak);
	write_client(w, tx);
	write_flag(w, EV_KEY(tls, client_certificate_wanted), tx->asks);
	write_flag(w, EV_KEY(tls, cookie_exchange), tx->cookie);
	write_flag(w, EV_KEY(tls, early_data), tx->early_data);
	write_flag(w, EV_KEY(tls, ech), tx->ech);
	write_flag(w, EV_KEY(tls, esni), tx->esni);
	write_alerts(w, tx);
	if (tx->brief.client && !tx->brief.ssl2)
		write_ja(w, EV_KEY(tls, ja3), tx->brief.ja3, tx->ja3, tx->ja3_len);
	if (tx->brief.server && tx->brief.version != 0x0002)
		write_ja(w, EV_KEY(tls, ja3s), tx->brief.ja3s, tx->ja3s, tx->ja3s_len);
	if (tx->brief.client && !tx->brief.ssl2)
		jw_put_bytes(w, EV_KEY(tls, ja4), tx->brief.ja4, strlen(tx->brief.ja4));
	write_alpn(w, EV_KEY(tls, client_alpns), tx->alpn[0], tx->alpn_len[0]);
	write_alpn(w, EV_KEY(tls, server_alpns), tx->alpn[1], tx->alpn_len[1]);
	jw_object_end(w);
}

void
tls_brief_write(const struct tls_brief *b, struct jw *w)
{
	if (!b->client && !b->server)
		return;
	jw_key(w, "tls");
	jw_object(w);
	write_names(w, b);
	if (b->client && !b->ssl2) {
		write_ja(w, EV_KEY(tls, ja3), b->ja3, NULL, 0);
		jw_put_bytes(w, EV_KEY(tls, ja4), b->ja4, strlen(b->ja4));
	}
	if (b->server && b->version != 0x0002)
		write_ja(w, EV_KEY(tls, ja3s), b->ja3s, NULL, 0);
	jw_object_end(w);
}
