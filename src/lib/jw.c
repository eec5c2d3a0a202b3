/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jw: see include/lib/jw.h. Every event passes here, so: one room check a value, two digits a step,
 * and clean text is found eight bytes at a time and copied whole.
 */
#include "lib/jw.h"

#include <math.h>
#include <stdio.h>

#define ONES 0x0101010101010101ULL
#define TOPS 0x8080808080808080ULL

static const char digit_pair[] = "0001020304050607080910111213141516171819"
				 "2021222324252627282930313233343536373839"
				 "4041424344454647484950515253545556575859"
				 "6061626364656667686970717273747576777879"
				 "8081828384858687888990919293949596979899";
static const char hex[] = "0123456789abcdef";

/* Room for n bytes and a comma, the comma written where due; NULL when the buffer is full. */
static inline char *
begin(struct jw *w, size_t n)
{
	struct buf *b = w->out;

	if (!buf_room(b, n + 1))
		return NULL;
	if (w->comma)
		b->ptr[b->len++] = ',';
	w->comma = true;
	return (char *)b->ptr + b->len;
}

static inline void
end(struct jw *w, const char *at)
{
	w->out->len = (size_t)(at - (char *)w->out->ptr);
}

void
jw_key_n(struct jw *w, const char *key, size_t n)
{
	char *p = begin(w, n + 3);

	w->comma = false;
	if (!p)
		return;
	*p++ = '"';
	memcpy(p, key, n);
	p += n;
	*p++ = '"';
	*p++ = ':';
	end(w, p);
}

static inline void
open_with(struct jw *w, char bracket)
{
	char *p = begin(w, 1);

	w->comma = false;
	if (!p)
		return;
	*p++ = bracket;
	end(w, p);
}

static inline void
close_with(struct jw *w, char bracket)
{
	buf_u8(w->out, (uint8_t)bracket);
	w->comma = true;
}

void
jw_object(struct jw *w)
{
	open_with(w, '{');
}

void
jw_object_end(struct jw *w)
{
	close_with(w, '}');
}

void
jw_array(struct jw *w)
{
	open_with(w, '[');
}

void
jw_array_end(struct jw *w)
{
	close_with(w, ']');
}

static inline char *
put_two(char *p, unsigned v)
{
	memcpy(p, digit_pair + 2 * (size_t)v, 2);
	return p + 2;
}

/* Decimal digits of v, no leading zeros. */
static char *
put_u64(char *p, uint64_t v)
{
	char text[20];
	char *at = text + sizeof(text);

	while (v >= 100) {
		at -= 2;
		memcpy(at, digit_pair + v % 100 * 2, 2);
		v /= 100;
	}
	if (v >= 10) {
		at -= 2;
		memcpy(at, digit_pair + v * 2, 2);
	} else {
		*--at = (char)('0' + v);
	}
	size_t n = (size_t)(text + sizeof(text) - at);
	memcpy(p, at, n);
	return p + n;
}

void
jw_u64(struct jw *w, uint64_t v)
{
	char *p = begin(w, 20);

	if (p)
		end(w, put_u64(p, v));
}

void
jw_i64(struct jw *w, int64_t v)
{
	char *p = begin(w, 20);

	if (!p)
		return;
	if (v < 0)
		*p++ = '-';
	end(w, put_u64(p, v < 0 ? 0 - (uint64_t)v : (uint64_t)v));
}

/* The places behind the point, trailing zeros left out. */
static char *
put_places(char *p, uint64_t part, int digits)
{
	if (!part)
		return p;
	*p++ = '.';
	for (int i = digits - 1; i >= 0; i--) {
		p[i] = (char)('0' + part % 10);
		part /= 10;
	}
	while (p[digits - 1] == '0')
		digits--;
	return p + digits;
}

/* Numbers past 64 bits, infinities and NaN. */
static void
put_huge(struct jw *w, double v)
{
	char text[320];

	if (isfinite(v))
		jw_raw(w, text, (size_t)snprintf(text, sizeof(text), "%.0f", v));
	else
		jw_null(w);
}

void
jw_f64(struct jw *w, double v, int digits)
{
	static const double scale[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9 };
	double size = v < 0 ? -v : v;
	uint64_t whole, part;
	char *p;

	if (!(size < 1e19)) { /* NaN too */
		put_huge(w, v);
		return;
	}
	digits = digits < 0 ? 0 : digits > 9 ? 9 : digits;
	whole = (uint64_t)size;
	part = (uint64_t)((size - (double)whole) * scale[digits] + 0.5);
	if (part >= (uint64_t)scale[digits]) {
		whole++;
		part -= (uint64_t)scale[digits];
	}
	p = begin(w, 32);
	if (!p)
		return;
	if (v < 0 && (whole || part))
		*p++ = '-';
	end(w, put_places(put_u64(p, whole), part, digits));
}

void
jw_bool(struct jw *w, bool v)
{
	jw_raw(w, v ? "true" : "false", v ? 4 : 5);
}

void
jw_null(struct jw *w)
{
	jw_raw(w, "null", 4);
}

void
jw_raw(struct jw *w, const void *json, size_t n)
{
	char *p = begin(w, n);

	if (!p)
		return;
	if (n)
		memcpy(p, json, n);
	end(w, p + n);
}

static inline bool
plain(uint8_t c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Are all eight bytes plain? A borrow can only add a hit above a true one, so zero means all. */
static inline bool
plain8(const uint8_t *p)
{
	uint64_t v, quote, slash;

	memcpy(&v, p, 8);
	quote = v ^ ONES * '"';
	slash = v ^ ONES * '\\';
	return ((v | (v - ONES * 0x20) | (quote - ONES) | (slash - ONES)) & TOPS) == 0;
}

static inline bool
tail(uint8_t c)
{
	return (c & 0xc0) == 0x80;
}

/* Length of the UTF-8 sequence of two to four bytes at p, 0 when there is none (RFC 3629 section
 * 4). */
static size_t
utf8_len(const uint8_t *p, size_t left)
{
	uint8_t a = p[0];
	uint8_t b = left > 1 ? p[1] : 0;

	if (a < 0xc2 || a > 0xf4 || !tail(b))
		return 0;
	if (a < 0xe0)
		return 2;
	if (left < 3 || !tail(p[2]))
		return 0;
	if (a < 0xf0) /* not overlong, not a surrogate */
		return (a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f) ? 0 : 3;
	if (left < 4 || !tail(p[3]))
		return 0;
	return (a == 0xf0 && b < 0x90) || (a == 0xf4 && b > 0x8f) ? 0 : 4;
}

/* How many bytes from the front can be written as they are. */
static size_t
clean_run(const uint8_t *p, size_t n)
{
	size_t i = 0;

	while (i + 8 <= n && plain8(p + i))
		i += 8;
	if (n >= 8 && i + 8 > n && plain8(p + n - 8)) /* the rest, some of it once more */
		return n;
	while (i < n) {
		if (n - i >= 8 && plain8(p + i)) {
			i += 8;
		} else if (plain(p[i])) {
			i++;
		} else {
			size_t step = p[i] >= 0x80 ? utf8_len(p + i, n - i) : 0;
			if (!step)
				break;
			i += step;
		}
	}
	return i;
}

/* One byte that cannot stand as it is; at most six characters. */
static char *
put_escape(char *p, uint8_t c)
{
	static const char letter[0x20] = {
		['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'
	};

	*p++ = '\\';
	if (c >= 0x80) {
		memcpy(p, "\\x", 2);
		p += 2;
	} else if (c >= 0x20) {
		*p++ = (char)c;
		return p;
	} else if (letter[c]) {
		*p++ = letter[c];
		return p;
	} else {
		memcpy(p, "u00", 3);
		p += 3;
	}
	*p++ = hex[c >> 4];
	*p++ = hex[c & 15];
	return p;
}

void
jw_bytes(struct jw *w, const void *data, size_t n)
{
	const uint8_t *at = data;
	char *p = begin(w, n + 2);

	if (!p)
		return;
	*p++ = '"';
	while (n) {
		size_t run = clean_run(at, n);
		memcpy(p, at, run);
		end(w, p + run);
		at += run;
		n -= run;
		if (!buf_room(w->out, n + 7)) /* an escape, what is left, the quote */
			return;
		p = (char *)w->out->ptr + w->out->len;
		if (n) {
			p = put_escape(p, *at++);
			n--;
		}
	}
	*p++ = '"';
	end(w, p);
}

void
jw_hex(struct jw *w, const void *data, size_t n, char sep)
{
	const uint8_t *at = data;
	char *p = begin(w, 3 * n + 2);

	if (!p)
		return;
	*p++ = '"';
	for (size_t i = 0; i < n; i++) {
		if (i && sep)
			*p++ = sep;
		*p++ = hex[at[i] >> 4];
		*p++ = hex[at[i] & 15];
	}
	*p++ = '"';
	end(w, p);
}

/* Year, month and day of a day number since 1970 (Hinnant, "chrono-compatible low-level date
 * algorithms"). */
static char *
put_date(char *p, uint32_t days)
{
	uint32_t z = days + 719468; /* since 0000-03-01 */
	uint32_t era = z / 146097, doe = z % 146097;
	uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	uint32_t mp = (5 * doy + 2) / 153;
	uint32_t month = mp < 10 ? mp + 3 : mp - 9;
	uint32_t year = yoe + era * 400 + (month <= 2);

	p = put_two(put_two(p, year / 100), year % 100);
	*p++ = '-';
	p = put_two(p, month);
	*p++ = '-';
	return put_two(p, doy - (153 * mp + 2) / 5 + 1);
}

void
jw_time(struct jw *w, uint64_t ns)
{
	uint64_t seconds = ns / 1000000000;
	uint32_t us = (uint32_t)(ns % 1000000000 / 1000), left = (uint32_t)(seconds % 86400);
	char *p = begin(w, 33);

	if (!p)
		return;
	*p++ = '"';
	p = put_date(p, (uint32_t)(seconds / 86400));
	*p++ = 'T';
	p = put_two(p, left / 3600);
	*p++ = ':';
	p = put_two(p, left / 60 % 60);
	*p++ = ':';
	p = put_two(p, left % 60);
	*p++ = '.';
	p = put_two(put_two(put_two(p, us / 10000), us / 100 % 100), us % 100);
	memcpy(p, "+0000\"", 6);
	end(w, p + 6);
}
