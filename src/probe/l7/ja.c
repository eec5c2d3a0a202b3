/* SPDX-License-Identifier: Apache-2.0 */
/* JA3, JA3S (Althouse, Atkinson, Atkins, 2017) and JA4 (FoxIO's public description, TLS client
 * only). */
#include <sodium/crypto_hash_sha256.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/md5.h"
#include "probe/l7_tls.h"

#define JA4_LIST                                                                                   \
	512 /* values of a list that are sorted; more do not occur in a hello that is no attack */

/* Text that is hashed on its way into a buffer that may be too small for it. */
struct sink {
	struct md5 md5;
	char *text;
	size_t len, room;
	bool cut;
};

static void
put(struct sink *s, const char *data, size_t n)
{
	md5_add(&s->md5, data, n);
	s->cut = s->cut || n > s->room - s->len;
	if (s->cut)
		return;
	memcpy(s->text + s->len, data, n);
	s->len += n;
}

static void
put_number(struct sink *s, unsigned v, bool *first)
{
	char text[12];
	char *at = text + sizeof(text);
	do {
		*--at = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	if (!*first)
		*--at = '-';
	*first = false;
	put(s, at, (size_t)(text + sizeof(text) - at));
}

static void
put_list(struct sink *s, struct view list)
{
	struct cursor c = cursor_of_view(list);
	uint16_t v;
	bool first = true;
	put(s, ",", 1);
	while (cursor_u16(&c, &v)) {
		if (!tls_grease(v))
			put_number(s, v, &first);
	}
}

static void
put_bytes(struct sink *s, struct view list)
{
	struct cursor c = cursor_of_view(list);
	uint8_t v;
	bool first = true;
	put(s, ",", 1);
	while (cursor_u8(&c, &v))
		put_number(s, v, &first);
}

static void
put_extensions(struct sink *s, struct view list)
{
	struct cursor c = cursor_of_view(list);
	uint16_t type;
	struct view data;
	bool first = true;
	put(s, ",", 1);
	while (tls_extension(&c, &type, &data)) {
		if (!tls_grease(type))
			put_number(s, type, &first);
	}
}

static size_t
done(struct sink *s, uint8_t md5[16])
{
	md5_done(&s->md5, md5);
	return s->cut ? 0 : s->len;
}

size_t
tls_ja3(const struct tls_hello *h, char *text, size_t room, uint8_t md5[16])
{
	struct sink s = { .text = text, .room = room };
	bool first = true;
	md5_init(&s.md5);
	put_number(&s, h->version, &first);
	put_list(&s, h->ciphers);
	put_extensions(&s, h->extensions);
	put_list(&s, h->groups);
	put_bytes(&s, h->points);
	return done(&s, md5);
}

size_t
tls_ja3s(const struct tls_hello *h, char *text, size_t room, uint8_t md5[16])
{
	struct sink s = { .text = text, .room = room };
	bool first = true;
	md5_init(&s.md5);
	put_number(&s, h->version, &first);
	put(&s, ",", 1);
	first = true;
	put_number(&s, h->cipher, &first);
	put_extensions(&s, h->extensions);
	return done(&s, md5);
}

static int
by_value(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

static const char digit[] = "0123456789abcdef";

/* Feed "1301,1302,..." and return how many there were. */
static void
hash_values(crypto_hash_sha256_state *h, const uint16_t *v, size_t n)
{
	uint8_t text[5 * JA4_LIST];
	for (size_t i = 0; i < n; i++) {
		const uint8_t one[5] = { ',', digit[v[i] >> 12], digit[v[i] >> 8 & 15],
			digit[v[i] >> 4 & 15], digit[v[i] & 15] };
		memcpy(text + 5 * i, one, 5);
	}
	if (n)
		(void)crypto_hash_sha256_update(h, text + 1, 5 * n - 1);
}

static void
twelve(crypto_hash_sha256_state *h, size_t n, char out[13])
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	(void)crypto_hash_sha256_final(h, hash);
	if (n == 0)
		memset(hash, 0, sizeof(hash));
	for (size_t i = 0; i < 6; i++) {
		out[2 * i] = digit[hash[i] >> 4];
		out[2 * i + 1] = digit[hash[i] & 15];
	}
	out[12] = '\0';
}

static size_t
values(struct view list, uint16_t out[JA4_LIST])
{
	struct cursor c = cursor_of_view(list);
	size_t n = 0;
	while (n < JA4_LIST && cursor_u16(&c, &out[n])) {
		if (!tls_grease(out[n]))
			n++;
	}
	return n;
}

/* Extension types without GREASE; *all counts them with SNI and ALPN, which the hash leaves out. */
static size_t
extension_types(const struct tls_hello *h, uint16_t out[JA4_LIST], size_t *all, bool *sni)
{
	struct cursor c = cursor_of_view(h->extensions);
	struct view data;
	uint16_t type;
	size_t n = 0;
	*all = 0;
	*sni = false;
	while (n < JA4_LIST && tls_extension(&c, &type, &data)) {
		if (tls_grease(type))
			continue;
		++*all;
		*sni = *sni || type == TLS_EXT_SNI;
		if (type != TLS_EXT_SNI && type != TLS_EXT_ALPN)
			out[n++] = type;
	}
	return n;
}

static const char *
ja4_version(uint16_t version)
{
	switch (version) {
	case 0x0304:
		return "13";
	case 0x0303:
		return "12";
	case 0x0302:
		return "11";
	case 0x0301:
		return "10";
	case 0x0300:
		return "s3";
	case 0x0002:
		return "s2";
	default:
		return "00";
	}
}

static bool
alphanumeric(uint8_t b)
{
	return (b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z');
}

/* First and last character of the first protocol offered; of its hex form when they are not letters
 * or digits. */
static void
ja4_alpn(const struct tls_hello *h, char out[2])
{
	static const char hex[] = "0123456789abcdef";
	struct cursor c = cursor_of_view(h->alpn);
	struct view name;
	out[0] = out[1] = '0';
	uint8_t first, last;
	if (!tls_alpn(&c, &name))
		return;
	c = cursor_of_view(name);
	if (!cursor_peek(&c, 0, &first) || !cursor_peek(&c, name.len - 1, &last))
		return;
	bool plain = alphanumeric(first) && alphanumeric(last);
	out[0] = plain ? (char)first : hex[first >> 4];
	out[1] = plain ? (char)last : hex[last & 15];
}

static void
two_digits(char out[2], size_t n)
{
	n = n > 99 ? 99 : n;
	out[0] = (char)('0' + n / 10);
	out[1] = (char)('0' + n % 10);
}

void
tls_ja4(const struct tls_hello *h, char out[TLS_JA4_TEXT])
{
	uint16_t v[JA4_LIST];
	char b[13], c[13], alpn[2];
	crypto_hash_sha256_state sha;
	size_t all;
	bool sni;
	size_t ciphers = values(h->ciphers, v);
	qsort(v, ciphers, sizeof(*v), by_value);
	(void)crypto_hash_sha256_init(&sha);
	hash_values(&sha, v, ciphers);
	twelve(&sha, ciphers, b);
	size_t n = extension_types(h, v, &all, &sni);
	qsort(v, n, sizeof(*v), by_value);
	(void)crypto_hash_sha256_init(&sha);
	hash_values(&sha, v, n);
	size_t signatures = values(h->signatures, v);
	if (signatures)
		(void)crypto_hash_sha256_update(&sha, (const uint8_t *)"_", 1);
	hash_values(&sha, v, signatures);
	twelve(&sha, n, c);
	ja4_alpn(h, alpn);
	*out++ = 't';
	memcpy(out, ja4_version(h->selected), 2);
	out[2] = sni ? 'd' : 'i';
	two_digits(out + 3, ciphers);
	two_digits(out + 5, all);
	memcpy(out + 7, alpn, 2);
	out[9] = '_';
	memcpy(out + 10, b, 12);
	out[22] = '_';
	memcpy(out + 23, c, 13);
}
