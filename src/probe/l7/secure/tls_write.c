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
write_serial(struct jw *w, const char *key, const uint8_t *bytes, size_t n)
{
	static const char digit[] = "0123456789ABCDEF";
	char text[3 * 64];
	size_t len = 0;
	for (size_t i = 0; i < n && i < 64; i++) {
		if (i)
			text[len++] = ':';
		text[len++] = digit[bytes[i] >> 4];
		text[len++] = digit[bytes[i] & 15];
	}
	jw_put_bytes(w, key, text, len);
}

static void
write_san(struct jw *w, const struct tls_tx *tx)
{
	struct cursor c = cursor_of(tx->san, tx->san_len);
	char text[ADDR_TEXT];
	struct view name;
	uint8_t kind;
	if (!tx->san_len)
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

static void
write_certificate(struct jw *w, const struct tls_tx *tx)
{
	const struct tls_leaf *leaf = &tx->leaf[0];

	jw_put_bytes(w, EV_KEY(tls, subject), leaf->subject, leaf->subject_len);
	jw_put_bytes(w, EV_KEY(tls, issuerdn), leaf->issuer, leaf->issuer_len);
	write_serial(w, EV_KEY(tls, serial), leaf->serial, leaf->serial_len);
	ev_key(w, tls, fingerprint);
	jw_hex(w, leaf->fingerprint, sizeof(leaf->fingerprint), ':');
	write_san(w, tx);
}

static void
write_encryption_certificate(struct jw *w, const struct tls_leaf *leaf)
{
	ev_key(w, tls, encryption_certificate);
	jw_object(w);
	jw_put_bytes(w, EV_KEY(tls_certificate, subject), leaf->subject, leaf->subject_len);
	jw_put_bytes(w, EV_KEY(tls_certificate, issuerdn), leaf->issuer, leaf->issuer_len);
	write_serial(w, EV_KEY(tls_certificate, serial), leaf->serial, leaf->serial_len);
	ev_key(w, tls_certificate, fingerprint);
	jw_hex(w, leaf->fingerprint, sizeof(leaf->fingerprint), ':');
	write_time(w, EV_KEY(tls_certificate, notbefore), leaf->not_before);
	write_time(w, EV_KEY(tls_certificate, notafter), leaf->not_after);
	jw_object_end(w);
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
	jw_text(w, tls_version_text(b->version, number));
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
	if (tx->certificate[0])
		write_certificate(w, tx);
	if (tx->resumed) {
		ev_key(w, tls, session_resumed);
		jw_bool(w, true);
	}
	write_names(w, &tx->brief);
	if (tx->certificate[0]) {
		write_time(w, EV_KEY(tls, notbefore), tx->leaf[0].not_before);
		write_time(w, EV_KEY(tls, notafter), tx->leaf[0].not_after);
	}
	if (tx->certificate[1])
		write_encryption_certificate(w, &tx->leaf[1]);
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
