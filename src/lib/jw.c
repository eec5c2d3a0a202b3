/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jw: see include/lib/jw.h. Every event passes here, so: one room check a value, two digits a step,
 * and clean text is found eight bytes at a time and copied whole.
 */
#include "lib/jw.h"

#include <math.h>
#include <stdio.h>

#include "lib/jw_members.h"

#define ONES 0x0101010101010101ULL
#define TOPS 0x8080808080808080ULL
#define STEP 16 /* bytes written at once at most: an escape takes six */

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

/* How many decimal digits v has: 1233 / 4096 is log10(2), one too many where v is below the power.
 */
static inline unsigned
digits_of(uint64_t v)
{
	static const uint64_t power[20] = { 0, 10, 100, 1000, 10000, 100000, 1000000, 10000000,
		100000000, 1000000000, 10000000000, 100000000000, 1000000000000, 10000000000000,
		100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
		1000000000000000000, 10000000000000000000ULL };
	unsigned n = (unsigned)(64 - __builtin_clzll(v | 1)) * 1233 >> 12;

	return n + (v >= power[n]);
}

/* Decimal digits of v, no leading zeros. */
char *
jw_member_u64(char *p, uint64_t v)
{
	if (v < 10) {
		*p = (char)('0' + v);
		return p + 1;
	}
	char *end = p + digits_of(v), *at = end;
	while (v >= 100) {
		at -= 2;
		memcpy(at, digit_pair + v % 100 * 2, 2);
		v /= 100;
	}
	if (v >= 10)
		memcpy(at - 2, digit_pair + v * 2, 2);
	else
		at[-1] = (char)('0' + v);
	return end;
}

void
jw_u64(struct jw *w, uint64_t v)
{
	char *p = begin(w, 20);

	if (p)
		end(w, jw_member_u64(p, v));
}

void
jw_i64(struct jw *w, int64_t v)
{
	char *p = begin(w, 20);

	if (!p)
		return;
	if (v < 0)
		*p++ = '-';
	end(w, jw_member_u64(p, v < 0 ? 0 - (uint64_t)v : (uint64_t)v));
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
	end(w, put_places(jw_member_u64(p, whole), part, digits));
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

/* Sixteen bytes, to which the compiler gives a register where there is one. */
typedef int8_t bytes16 __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));

static inline bool
plain16(const uint8_t *p)
{
	bytes16 v;

	memcpy(&v, p, 16);
	/* bytes from 0x80 on are negative */
	halves hit = (halves)(v < 0x20) | (halves)(v == '"') | (halves)(v == '\\');
	return (hit[0] | hit[1]) == 0;
}

/* Copy four to eight bytes and say whether they are all plain: two words that overlap. */
static inline bool
copy_word(char *to, const uint8_t *from, size_t n)
{
	uint32_t both[2];

	memcpy(&both[0], from, 4);
	memcpy(&both[1], from + n - 4, 4);
	memcpy(to, &both[0], 4);
	memcpy(to + n - 4, &both[1], 4);
	return plain8((const uint8_t *)both);
}

/*
 * Copy from the front what is plain, in wide steps of which the last one overlaps. Returns how
 * much: n when all is plain, else a place before the first byte that is not, or there.
 */
static inline size_t
copy_plain(char *to, const uint8_t *from, size_t n)
{
	size_t i = 0;

	if (n < 4) {
		for (; i < n && plain(from[i]); i++)
			to[i] = (char)from[i];
		return i;
	}
	if (n < 8)
		return copy_word(to, from, n) ? n : 0;
	if (n < 16) {
		memcpy(to, from, 8);
		memcpy(to + n - 8, from + n - 8, 8);
		return plain8(from) && plain8(from + n - 8) ? n : 0;
	}
	for (; i + 16 <= n; i += 16) {
		if (!plain16(from + i))
			return i;
		memcpy(to + i, from + i, 16);
	}
	if (i < n && !plain16(from + n - 16))
		return i;
	memcpy(to + n - 16, from + n - 16, 16);
	return n;
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

/* Write what is at the front, at most STEP bytes; *used of n are. */
static inline char *
put_some(char *p, const uint8_t *at, size_t n, size_t *used)
{
	*used = 1;
	if (plain(*at)) {
		if (n < 16 || !plain16(at)) {
			*p = (char)*at;
			return p + 1;
		}
		*used = 16;
	} else {
		*used = *at >= 0x80 ? utf8_len(at, n) : 0;
		if (!*used) {
			*used = 1;
			return put_escape(p, *at);
		}
		for (size_t i = 0; i < *used; i++)
			p[i] = (char)at[i];
		return p + *used;
	}
	memcpy(p, at, 16);
	return p + 16;
}

/* What is left of a string from its first byte that is not plain; the quote before it is written.
 */
static char *
put_rest(struct jw *w, char *p, struct view left, size_t keep)
{
	struct buf *b = w->out;
	const uint8_t *at = left.ptr;
	size_t n = left.len, used;
	size_t room = 0; /* what may be written without asking */

	while (n) {
		if (room < STEP) {
			end(w, p);
			if (!buf_room(b, n + STEP + 1 + keep))
				return NULL;
			p = (char *)b->ptr + b->len;
			room = b->room - b->len - 1 - keep;
		}
		char *next = put_some(p, at, n, &used);
		room -= (size_t)(next - p);
		p = next;
		at += used;
		n -= used;
	}
	*p++ = '"';
	return p;
}

char *
jw_member_bytes(struct jw *w, char *p, struct view bytes, size_t keep)
{
	end(w, p);
	if (w->filter)
		bytes = w->filter(w->filter_of, bytes);
	if (!buf_room(w->out, bytes.len + 2 + keep))
		return NULL;
	p = (char *)w->out->ptr + w->out->len;
	*p++ = '"';
	size_t n = copy_plain(p, bytes.ptr, bytes.len);
	p += n;
	if (n < bytes.len)
		return put_rest(w, p, (struct view){ bytes.ptr + n, bytes.len - n }, keep);
	*p++ = '"';
	return p;
}

void
jw_bytes(struct jw *w, const void *data, size_t n)
{
	char *p = begin(w, n + 2);

	if (p)
		p = jw_member_bytes(w, p, (struct view){ data, n }, 0);
	if (p)
		end(w, p);
}

/* Copying n bytes that are few, without a call. */
static inline void
copy_short(char *to, const char *from, size_t n)
{
	if (n > 32)
		memcpy(to, from, n);
	else if (n >= 16) {
		memcpy(to, from, 16);
		memcpy(to + n - 16, from + n - 16, 16);
	} else if (n >= 8) {
		memcpy(to, from, 8);
		memcpy(to + n - 8, from + n - 8, 8);
	} else if (n >= 4) {
		memcpy(to, from, 4);
		memcpy(to + n - 4, from + n - 4, 4);
	} else {
		for (size_t i = 0; i < n; i++)
			to[i] = from[i];
	}
}

char *
jw_member_raw(struct jw *w, char *p, struct view json, size_t keep)
{
	end(w, p);
	if (!buf_room(w->out, json.len + keep))
		return NULL;
	p = (char *)w->out->ptr + w->out->len;
	copy_short(p, (const char *)json.ptr, json.len);
	return p + json.len;
}

char *
jw_member_word(struct jw *w, char *p, const char *word, size_t keep)
{
	size_t n = strlen(word);

	end(w, p);
	if (!buf_room(w->out, n + 2 + keep))
		return NULL;
	p = (char *)w->out->ptr + w->out->len;
	*p++ = '"';
	copy_short(p, word, n);
	p += n;
	*p++ = '"';
	return p;
}

void
jw_word(struct jw *w, const char *word)
{
	char *p = begin(w, 0);

	if (p)
		p = jw_member_word(w, p, word, 0);
	if (p)
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

char *
jw_member_time(struct jw *w, char *p, uint64_t ns)
{
	uint64_t seconds = ns / 1000000000;
	uint32_t us = (uint32_t)(ns % 1000000000 / 1000), left = (uint32_t)(seconds % 86400);
	uint32_t day = (uint32_t)(seconds / 86400);

	if (day != w->day) {
		w->day = day;
		(void)put_date(w->date, day);
	}
	*p++ = '"';
	memcpy(p, w->date, sizeof(w->date));
	p += sizeof(w->date);
	*p++ = 'T';
	p = put_two(p, left / 3600);
	*p++ = ':';
	p = put_two(p, left / 60 % 60);
	*p++ = ':';
	p = put_two(p, left % 60);
	*p++ = '.';
	p = put_two(put_two(put_two(p, us / 10000), us / 100 % 100), us % 100);
	memcpy(p, "+0000\"", 6);
	return p + 6;
}

void
jw_time(struct jw *w, uint64_t ns)
{
	char *p = begin(w, 33);

	if (p)
		end(w, jw_member_time(w, p, ns));
}
