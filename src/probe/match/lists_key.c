/* SPDX-License-Identifier: Apache-2.0 */
/* From an indicator's text to the bytes it is looked up by. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/crypt.h"
#include "lib/hex.h"
#include "probe/lists_build.h"

#define LABEL_CODES 64

/* ---- names ---- */

/* The next character of UTF-8; 0: bad. */
static uint32_t
next_code(struct cursor *c)
{
	uint8_t b, more = 0;
	uint32_t code;

	if (!cursor_u8(c, &b))
		return 0;
	if (b < 0x80)
		return b;
	if (b < 0xc2 || b > 0xf4)
		return 0;
	more = b >= 0xf0 ? 3 : b >= 0xe0 ? 2 : 1;
	code = b & (0x3fu >> more);
	for (; more; more--) {
		if (!cursor_u8(c, &b) || (b & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (b & 0x3f);
	}
	return code;
}

/* Small letters of the scripts that have two sizes, and the wide forms of ASCII. */
static uint32_t
fold(uint32_t c)
{
	if (c >= 0xff01 && c <= 0xff5e)
		c -= 0xfee0;
	if (c == 0x3002)
		return '.';
	if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) ||
	    (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f))
		return c + 0x20;
	if (c >= 0x400 && c <= 0x40f)
		return c + 0x50;
	if (c >= 0x100 && c <= 0x137 && !(c & 1))
		return c + 1;
	return c;
}

/* RFC 3492, section 6.1. */
static uint32_t
adapt(uint32_t delta, uint32_t n, bool first)
{
	uint32_t k = 0;

	delta = first ? delta / 700 : delta / 2;
	delta += delta / n;
	for (; delta > 455; k += 36)
		delta /= 35;
	return k + 36 * delta / (delta + 38);
}

static size_t
put_delta(uint32_t delta, uint32_t bias, uint8_t *out)
{
	static const char digit[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t n = 0;

	for (uint32_t k = 36;; k += 36) {
		uint32_t t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
		if (delta < t) {
			out[n++] = (uint8_t)digit[delta];
			return n;
		}
		out[n++] = (uint8_t)digit[t + (delta - t) % (36 - t)];
		delta = (delta - t) / (36 - t);
	}
}

/* The characters of one label in ASCII, with its prefix when there were others (section 6.3). */
static size_t
put_label(const uint32_t *code, size_t n, uint8_t *out)
{
	uint32_t at = 0x80, delta = 0, bias = 72;
	size_t len = 0, basic = 0, done;

	for (size_t i = 0; i < n; i++)
		basic += code[i] < 0x80;
	if (basic < n) {
		memcpy(out, "xn--", 4);
		len = 4;
	}
	for (size_t i = 0; i < n; i++) {
		if (code[i] < 0x80)
			out[len++] = (uint8_t)code[i];
	}
	if (basic && basic < n)
		out[len++] = '-';
	for (done = basic; done < n; delta++, at++) {
		uint32_t least = UINT32_MAX;
		for (size_t i = 0; i < n; i++) {
			if (code[i] >= at && code[i] < least)
				least = code[i];
		}
		delta += (least - at) * (uint32_t)(done + 1);
		at = least;
		for (size_t i = 0; i < n; i++) {
			delta += code[i] < at;
			if (code[i] != at)
				continue;
			len += put_delta(delta, bias, out + len);
			bias = adapt(delta, (uint32_t)done + 1, done == basic);
			done++;
			delta = 0;
		}
	}
	return len;
}

size_t
lists_domain(struct view name, uint8_t *out, size_t room)
{
	struct cursor c = cursor_of_view(name);
	uint32_t code[LABEL_CODES];
	size_t n = 0, len = 0;
	bool end = false;

	while (!end) {
		uint32_t b = cursor_left(&c) ? fold(next_code(&c)) : '.';
		end = !cursor_left(&c);
		if (!b || b <= ' ' || (b != '.' && n == LABEL_CODES - 1))
			return 0;
		if (b != '.')
			code[n++] = b;
		if (b != '.' && !end)
			continue;
		/* a code takes at most six digits */
		if (!n || len + n * 6 + 8 > room)
			return 0;
		if (len)
			out[len++] = '.';
		len += put_label(code, n, out + len);
		n = 0;
	}
	return len <= 253 ? len : 0;
}

size_t
lists_url(struct view url, uint8_t *out, size_t room)
{
	const uint8_t *mark = url.len > 3 ? memmem(url.ptr, url.len, "://", 3) : NULL;
	struct cursor c = cursor_of_view(url);
	struct view host = { NULL, 0 }, path;
	size_t n = 0;

	if (mark)
		(void)cursor_skip(&c, (size_t)(mark - url.ptr) + 3);
	bool https = mark && mark - url.ptr == 5;
	size_t left = cursor_left(&c);
	while (n < left && !strchr("/?#", c.at[n]))
		n++;
	(void)cursor_take(&c, n, &host);
	const uint8_t *at = host.len ? memrchr(host.ptr, '@', host.len) : NULL;
	if (at) {
		host.len -= (size_t)(at - host.ptr) + 1;
		host.ptr = at + 1;
	}
	const char *port = https ? ":443" : ":80";
	size_t digits = strlen(port);
	if (host.len > digits && memcmp(host.ptr + host.len - digits, port, digits) == 0)
		host.len -= digits;
	left = cursor_left(&c);
	const uint8_t *hash = left ? memchr(c.at, '#', left) : NULL;
	path = (struct view){ c.at, hash ? (size_t)(hash - c.at) : left };
	n = host.len ? lists_domain(host, out, room) : 0;
	if (!n || n + path.len + 1 > room)
		return 0;
	if (!path.len || path.ptr[0] != '/')
		out[n++] = '/';
	if (path.len)
		memcpy(out + n, path.ptr, path.len);
	return n + path.len;
}

/* ---- times ---- */

uint32_t
lists_time(struct view text)
{
	char copy[32];
	struct tm tm = { .tm_mday = 1 };
	long long seconds = 0;
	int at = 0;

	if (!text.len || text.len >= sizeof(copy))
		return 0;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	if (sscanf(copy, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &at) == 3 && at) {
		(void)sscanf(copy + at, "%*1[T ]%2d:%2d:%2d", &tm.tm_hour, &tm.tm_min, &tm.tm_sec);
		tm.tm_year -= 1900;
		tm.tm_mon--;
		seconds = timegm(&tm);
	} else if (sscanf(copy, "%lld%n", &seconds, &at) != 1 || (size_t)at != text.len) {
		return 0;
	}
	return seconds > 0 && seconds < UINT32_MAX ? (uint32_t)seconds : 0;
}

/* ---- kinds ---- */

/* Words of CSV, MISP and of ours. */
static const struct word {
	const char *word;
	uint8_t type;
	uint8_t kind; /* of digests, one more than enum crypt_kind */
	bool exact;
} words[] = {
	{ "ip", LISTS_ADDRESS, 0, false },
	{ "ipv4", LISTS_ADDRESS, 0, false },
	{ "ipv6", LISTS_ADDRESS, 0, false },
	{ "ip-dst", LISTS_ADDRESS, 0, false },
	{ "ip-src", LISTS_ADDRESS, 0, false },
	{ "cidr", LISTS_ADDRESS, 0, false },
	{ "net", LISTS_ADDRESS, 0, false },
	{ "domain", LISTS_DOMAIN, 0, false },
	{ "hostname", LISTS_DOMAIN, 0, true },
	{ "url", LISTS_URL, 0, false },
	{ "uri", LISTS_URL, 0, false },
	{ "ja3", LISTS_JA3, 0, false },
	{ "ja3-fingerprint-md5", LISTS_JA3, 0, false },
	{ "ja4", LISTS_JA4, 0, false },
	{ "cert-sha1", LISTS_CERT, CRYPT_SHA1 + 1, false },
	{ "x509-fingerprint-sha1", LISTS_CERT, CRYPT_SHA1 + 1, false },
	{ "cert-sha256", LISTS_CERT, CRYPT_SHA256 + 1, false },
	{ "x509-fingerprint-sha256", LISTS_CERT, CRYPT_SHA256 + 1, false },
	{ "md5", LISTS_FILE, CRYPT_MD5 + 1, false },
	{ "sha1", LISTS_FILE, CRYPT_SHA1 + 1, false },
	{ "sha256", LISTS_FILE, CRYPT_SHA256 + 1, false },
	{ "sm3", LISTS_FILE, CRYPT_SM3 + 1, false },
	{ "email", LISTS_EMAIL, 0, false },
	{ "email-src", LISTS_EMAIL, 0, false },
	{ "email-dst", LISTS_EMAIL, 0, false },
};

static bool
all_hex(struct view v)
{
	for (size_t i = 0; i < v.len; i++) {
		if (hex_digit(v.ptr[i]) < 0)
			return false;
	}
	return v.len > 0;
}

/* What a text without a type looks like. */
static const char *
look(struct view v)
{
	bool hex = all_hex(v);
	struct prefix p;
	char copy[64];

	if (!v.ptr || !v.len)
		return "";
	if (v.len < sizeof(copy)) {
		memcpy(copy, v.ptr, v.len);
		copy[v.len] = '\0';
		if (prefix_parse(copy, &p))
			return "ip";
	}
	if (hex && (v.len == 32 || v.len == 40 || v.len == 64))
		return v.len == 32 ? "md5" : v.len == 40 ? "sha1" : "sha256";
	if (memmem(v.ptr, v.len, "://", 3))
		return "url";
	return memchr(v.ptr, '@', v.len) ? "email" : memchr(v.ptr, '/', v.len) ? "url" : "domain";
}

static const struct word *
word_of(struct view type, struct view text)
{
	const char *name = look(text);
	struct view v = type.len ? type : (struct view){ (const uint8_t *)name, strlen(name) };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (v.len == strlen(words[i].word) &&
		    strncasecmp((const char *)v.ptr, words[i].word, v.len) == 0)
			return &words[i];
	}
	return NULL;
}

static enum lists_type
address_key(struct view text, uint8_t *key, size_t *n)
{
	struct prefix p;
	char copy[64];

	if (!text.len || text.len >= sizeof(copy))
		return LISTS_TYPES;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	if (!prefix_parse(copy, &p) || !p.len)
		return LISTS_TYPES;
	size_t bytes = p.ver == 4 ? 4 : 16;
	bool whole = p.len == bytes * 8;
	if (!whole)
		*key++ = p.len;
	memcpy(key, p.addr.b, bytes);
	*n = bytes + !whole;
	return whole ? LISTS_ADDRESS : LISTS_NET;
}

/* The kind of digest, then its bytes; colons may stand between them. */
static bool
digest_key(struct view text, uint8_t kind, uint8_t *key, size_t *n)
{
	static const uint8_t len[CRYPT_KINDS] = {
		[CRYPT_MD5] = 16, [CRYPT_SHA1] = 20, [CRYPT_SHA256] = 32, [CRYPT_SM3] = 32
	};
	char hex[80];
	size_t k = 0;

	for (size_t i = 0; i < text.len && k < sizeof(hex); i++) {
		if (text.ptr[i] != ':')
			hex[k++] = (char)text.ptr[i];
	}
	*n = 1u + len[kind];
	key[0] = kind;
	return k == len[kind] * 2u && hex_bytes(key + 1, len[kind], hex);
}

static size_t
lower_key(struct view text, uint8_t *key)
{
	if (text.len > 320)
		return 0;
	for (size_t i = 0; i < text.len; i++)
		key[i] = (uint8_t)(text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? text.ptr[i] | 0x20
									    : text.ptr[i]);
	return text.len;
}

enum lists_type
lists_key(struct view type, struct view text, uint8_t key[LISTS_KEY_MAX], size_t *n, bool *exact)
{
	const struct word *w = text.len ? word_of(type, text) : NULL;
	bool good;

	*n = 0;
	if (!w)
		return LISTS_TYPES;
	*exact = w->exact;
	switch (w->type) {
	case LISTS_ADDRESS:
		return address_key(text, key, n);
	case LISTS_DOMAIN:
		/* a name of one label would be all below it */
		*n = lists_domain(text, key, LISTS_KEY_MAX);
		good = *n && memchr(key, '.', *n);
		break;
	case LISTS_URL:
		good = (*n = lists_url(text, key, LISTS_KEY_MAX)) > 0;
		break;
	case LISTS_CERT:
	case LISTS_FILE:
		good = digest_key(text, w->kind - 1, key, n);
		break;
	case LISTS_JA3:
		good = text.len == 32 && all_hex(text) && (*n = lower_key(text, key)) > 0;
		break;
	default:
		good = (*n = lower_key(text, key)) > 0;
		break;
	}
	return good ? (enum lists_type)w->type : LISTS_TYPES;
}
