/* SPDX-License-Identifier: Apache-2.0 */
/* JA3, JA3S (Althouse, Atkinson, Atkins, 2017) and JA4 (FoxIO's public description, client
 * only). */
#include <stdlib.h>

#include "lib/md5.h"
#include "lib/sha256.h"
#include "probe/l7/tls.h"

#define JA4_LIST                                                                                   \
	512 /* values of a list that are sorted; more do not occur in a hello that is no attack */

#define NUMBER 6     /* most bytes of a number with what stands before it */
#define SORT_HERE 64 /* as many values are sorted without calling qsort */

/* Text that is hashed on its way into a buffer that may be too small for it. */
struct sink {
	struct md5 md5;
	char *text;
	size_t len, room;
	bool cut;
	size_t held;
	char hold[512]; /* not hashed yet */
};

static void
sink_begin(struct sink *s, char *text, size_t room)
{
	md5_init(&s->md5);
	s->text = text;
	s->room = room;
	s->len = s->held = 0;
	s->cut = false;
}

static void
sink_flush(struct sink *s)
{
	md5_add(&s->md5, s->hold, s->held);
	s->cut = s->cut || s->held > s->room - s->len;
	if (!s->cut && s->held) {
		memcpy(s->text + s->len, s->hold, s->held);
		s->len += s->held;
	}
	s->held = 0;
}

static void
put_comma(struct sink *s)
{
	if (s->held == sizeof(s->hold))
		sink_flush(s);
	s->hold[s->held++] = ',';
}

static void
put_number(struct sink *s, uint16_t v, bool *first)
{
	if (sizeof(s->hold) - s->held < NUMBER)
		sink_flush(s);
	char *p = s->hold + s->held;
	if (!*first)
		*p++ = '-';
	*first = false;
	size_t n = v < 10 ? 1 : v < 100 ? 2 : v < 1000 ? 3 : v < 10000 ? 4 : 5;
	s->held = (size_t)(p - s->hold) + n;
	for (unsigned left = v; n--; left /= 10)
		p[n] = (char)('0' + left % 10);
}

static void
put_list(struct sink *s, struct view list)
{
	struct cursor c = cursor_of_view(list);
	uint16_t v;
	bool first = true;
	put_comma(s);
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
	put_comma(s);
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
	put_comma(s);
	while (tls_extension(&c, &type, &data)) {
		if (!tls_grease(type))
			put_number(s, type, &first);
	}
}

static size_t
done(struct sink *s, uint8_t md5[16])
{
	sink_flush(s);
	md5_done(&s->md5, md5);
	return s->cut ? 0 : s->len;
}

size_t
tls_ja3(const struct tls_hello *h, char *text, size_t room, uint8_t md5[16])
{
	struct sink s;
	bool first = true;
	sink_begin(&s, text, room);
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
	struct sink s;
	bool first = true;
	sink_begin(&s, text, room);
	put_number(&s, h->version, &first);
	put_comma(&s);
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

/* Most are few: no call for each comparison, no memory. */
static void
sort(uint16_t *v, size_t n)
{
	if (n > SORT_HERE) {
		qsort(v, n, sizeof(*v), by_value);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		uint16_t one = v[i];
		size_t at = i;
		for (; at && v[at - 1] > one; at--)
			v[at] = v[at - 1];
		v[at] = one;
	}
}

/* Write "1301,1302,..." from text[at] on; returns where it ends. The last comma lies behind that.
 */
static size_t
add_values(uint8_t *text, size_t at, const uint16_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const uint8_t one[5] = { digit[v[i] >> 12], digit[v[i] >> 8 & 15],
			digit[v[i] >> 4 & 15], digit[v[i] & 15], ',' };
		memcpy(text + at, one, 5);
		at += 5;
	}
	return n ? at - 1 : at;
}

static void
twelve(const uint8_t *text, size_t n, char out[13])
{
	uint8_t hash[SHA256_SIZE];
	sha256(text, n, hash);
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
	case 0xfeff:
		return "d1";
	case 0xfefd:
		return "d2";
	case 0xfefc:
		return "d3";
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
tls_ja4(const struct tls_hello *h, char over, char out[TLS_JA4_TEXT])
{
	static const char none[13] = "000000000000";
	uint8_t text[2 * 5 * JA4_LIST + 1];
	uint16_t v[JA4_LIST];
	char b[13], c[13], alpn[2];
	size_t all, len;
	bool sni;
	size_t ciphers = values(h->ciphers, v);
	sort(v, ciphers);
	twelve(text, add_values(text, 0, v, ciphers), b);
	size_t n = extension_types(h, v, &all, &sni);
	sort(v, n);
	len = add_values(text, 0, v, n);
	size_t signatures = values(h->signatures, v);
	if (signatures)
		text[len++] = '_';
	twelve(text, add_values(text, len, v, signatures), c);
	ja4_alpn(h, alpn);
	*out++ = over;
	memcpy(out, ja4_version(h->selected), 2);
	out[2] = sni ? 'd' : 'i';
	two_digits(out + 3, ciphers);
	two_digits(out + 5, all);
	memcpy(out + 7, alpn, 2);
	out[9] = '_';
	memcpy(out + 10, ciphers ? b : none, 12);
	out[22] = '_';
	memcpy(out + 23, n ? c : none, 13);
}
