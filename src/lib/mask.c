/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/mask.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/hex.h"

#define SHORTEST 11 /* digits of the shortest number that is looked for */
#define NAME_MAX_LEN 32
#define DIGEST_LEN 24 /* letters and digits in a row, all hex, that are no number but a digest */

/* A place in the text. */
struct span {
	size_t at, n;
};

void
mask_init(struct mask *m)
{
	*m = (struct mask){ 0 };
	buf_init(&m->text, 4u << 20);
}

void
mask_fini(struct mask *m)
{
	buf_fini(&m->text);
}

int
mask_key(struct mask *m, const char *path, struct err *e)
{
	uint8_t raw[64], key[16];
	FILE *f = fopen(path, "rb");
	if (!f)
		return err_set(e, "%s: %s", path, strerror(errno));
	size_t n = fread(raw, 1, sizeof(raw), f);
	fclose(f);
	while (n > 16 && isspace(raw[n - 1]))
		n--;
	if (n == 16)
		memcpy(key, raw, 16);
	else if (n != 32 || !hex_bytes(key, 16, raw))
		return err_set(e, "%s: a key is 16 bytes or 32 hex digits", path);
	memcpy(&m->key.k0, key, 8);
	memcpy(&m->key.k1, key + 8, 8);
	m->keyed = true;
	return 0;
}

/* ---- numbers ---- */

static bool
is_digit(uint8_t b)
{
	return b >= '0' && b <= '9';
}

static bool
is_alnum(uint8_t b)
{
	return is_digit(b) || (uint8_t)((b | 0x20) - 'a') < 26;
}

static unsigned
two(const uint8_t *d)
{
	return (d[0] - '0') * 10u + (d[1] - '0');
}

/* GB 11643-1999: region (2 digits of a province at least), date of birth, order, check character
 * by ISO 7064 MOD 11-2. */
static bool
is_identity(const uint8_t *d)
{
	static const uint8_t weight[17] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
	static const char check[] = "10X98765432";
	unsigned province = two(d), century = two(d + 6), month = two(d + 10), day = two(d + 12);
	unsigned sum = 0;
	if (province < 11 || province > 91 || century < 18 || century > 20 || month < 1 ||
	    month > 12 || day < 1 || day > 31)
		return false;
	for (int i = 0; i < 17; i++)
		sum += weight[i] * (unsigned)(d[i] - '0');
	uint8_t last = d[17] == 'x' ? 'X' : d[17];
	return last == (uint8_t)check[sum % 11];
}

static bool
is_luhn(const uint8_t *d, size_t n)
{
	unsigned sum = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned v = (unsigned)(d[n - 1 - i] - '0');
		if (i & 1)
			v = v * 2 > 9 ? v * 2 - 9 : v * 2;
		sum += v;
	}
	return sum % 10 == 0;
}

/* Issuers and the lengths their numbers have. */
static bool
is_card(const uint8_t *d, size_t n)
{
	static const struct {
		uint16_t from, to; /* first four digits */
		uint8_t shortest, longest;
	} issuers[] = {
		{ 6200, 6299, 16, 19 }, /* UnionPay */
		{ 4000, 4999, 13, 19 }, /* Visa */
		{ 5100, 5599, 16, 16 }, /* Mastercard */
		{ 2221, 2720, 16, 16 },
		{ 3400, 3499, 15, 15 }, /* American Express */
		{ 3700, 3799, 15, 15 },
		{ 3528, 3589, 16, 19 }, /* JCB */
		{ 6011, 6011, 16, 19 }, /* Discover */
		{ 6440, 6599, 16, 19 },
	};
	unsigned first = two(d) * 100 + two(d + 2);
	for (size_t i = 0; i < sizeof(issuers) / sizeof(issuers[0]); i++) {
		if (first >= issuers[i].from && first <= issuers[i].to &&
		    n >= issuers[i].shortest && n <= issuers[i].longest)
			return is_luhn(d, n);
	}
	return false;
}

static bool
is_mobile(const uint8_t *d)
{
	return d[0] == '1' && d[1] >= '3';
}

/* Digests are written in hex; a run of digits in one is no number. */
static bool
in_digest(struct view t, const struct span *run)
{
	size_t from = run->at, to = run->at + run->n;
	while (from > 0 && run->at - from < DIGEST_LEN && isxdigit(t.ptr[from - 1]))
		from--;
	while (to < t.len && to - from < DIGEST_LEN && isxdigit(t.ptr[to]))
		to++;
	return to - from >= DIGEST_LEN && to - from > run->n;
}

/* What is secret of a run of digits? */
static bool
whole_number(struct view t, const struct span *run, struct span *found)
{
	const uint8_t *d = t.ptr + run->at;
	size_t n = run->n, end = run->at + n;
	bool x = end < t.len && (t.ptr[end] | 0x20) == 'x' &&
		 !(end + 1 < t.len && is_alnum(t.ptr[end + 1]));
	*found = *run;
	if ((n == 18 || (n == 17 && x)) && is_identity(d)) {
		found->n = 18;
		return true;
	}
	if (n == 11 && is_mobile(d))
		return true;
	if (n == 13 && two(d) == 86 && is_mobile(d + 2))
		return true;
	if (n == 15 && two(d) == 0 && two(d + 2) == 86 && is_mobile(d + 4))
		return true;
	return n >= 13 && n <= 19 && is_card(d, n);
}

/* A card number in groups of four (the last one of up to four), one blank, dash or plus between
 * them; the run is its first group. */
static bool
grouped_card(struct view t, const struct span *run, struct span *found)
{
	uint8_t digits[20];
	size_t n = 0, at = run->at;
	uint8_t mark = run->at + 4 < t.len ? t.ptr[run->at + 4] : 0;
	if (run->n != 4 || (mark != ' ' && mark != '-' && mark != '+'))
		return false;
	while (n < 19) {
		size_t group = 0;
		while (group < 4 && n < 19 && at < t.len && is_digit(t.ptr[at])) {
			digits[n++] = t.ptr[at++];
			group++;
		}
		if (group < 4 || at >= t.len || t.ptr[at] != mark || at + 1 >= t.len ||
		    !is_digit(t.ptr[at + 1]))
			break;
		at++;
	}
	if (n < 13 || (at < t.len && is_digit(t.ptr[at])) || !is_card(digits, n))
		return false;
	*found = (struct span){ run->at, at - run->at };
	return true;
}

/* The next number that is a secret, at or behind `from`. No run of fewer than four digits matters
 * (a group of a card), so every fourth byte is looked at. */
static bool
find_number(struct view t, size_t from, struct span *found)
{
	for (size_t at = from + 3; at < t.len; at += 4) {
		struct span run = { at, 0 };
		if (!is_digit(t.ptr[at]))
			continue;
		while (run.at > from && is_digit(t.ptr[run.at - 1]))
			run.at--;
		while (at < t.len && is_digit(t.ptr[at]))
			at++;
		run.n = at - run.at;
		if (run.n == 4
			? grouped_card(t, &run, found)
			: run.n >= SHORTEST && whole_number(t, &run, found) && !in_digest(t, &run))
			return true;
	}
	return false;
}

/* ---- values of names ---- */

static bool
ends_with(const char *name, size_t n, const char *word)
{
	size_t k = strlen(word);
	return n >= k && memcmp(name + n - k, word, k) == 0;
}

/* Letters and digits of the name, in lower case. */
static bool
means_secret(const char *name, size_t n)
{
	static const char *const endings[] = { "password", "passwd", "passphrase", "passcode",
		"pwd", "token", "secret", "apikey", "accesskey", "secretkey", "privatekey",
		"sessionid", "sessid", "credential", "credentials", "authorization", "cookie",
		"smscode", "verifycode" };
	static const char *const whole[] = { "pass", "auth", "otp", "sid", "pin", "session",
		"userpass", "dbpass", "ftppass", "mailpass" };
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (ends_with(name, n, endings[i]))
			return true;
	}
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		if (n == strlen(whole[i]) && memcmp(name, whole[i], n) == 0)
			return true;
	}
	return false;
}

/* The last two letters of all of those names: most names show so that they are none. */
static bool
may_mean_secret(const char last[2])
{
	static const uint32_t before[26] = {
#define AFTER(a) (1u << ((a) - 'a'))
		['d' - 'a'] = AFTER('i') | AFTER('r') | AFTER('w'),
		['e' - 'a'] = AFTER('d') | AFTER('i') | AFTER('s'),
		['h' - 'a'] = AFTER('t'),
		['l' - 'a'] = AFTER('a'),
		['n' - 'a'] = AFTER('e') | AFTER('i') | AFTER('o'),
		['p' - 'a'] = AFTER('t'),
		['s' - 'a'] = AFTER('l') | AFTER('s'),
		['t' - 'a'] = AFTER('e'),
		['y' - 'a'] = AFTER('e'),
#undef AFTER
	};
	unsigned a = (uint8_t)(last[0] - 'a'), b = (uint8_t)(last[1] - 'a');
	return a < 26 && b < 26 && before[b] >> a & 1;
}

/* The name that ends before `at`, blanks and quotes between left out. */
static bool
secret_before(struct view t, size_t at)
{
	char name[NAME_MAX_LEN];
	size_t n = NAME_MAX_LEN;
	while (at > 0 && (t.ptr[at - 1] == '"' || t.ptr[at - 1] == '\'' || t.ptr[at - 1] == ' '))
		at--;
	while (at > 0 && n > 0) {
		uint8_t b = t.ptr[at - 1];
		if (is_alnum(b))
			name[--n] = (char)(is_digit(b) ? b : b | 0x20);
		else if (b != '_' && b != '-' && b != '.')
			break;
		at--;
		if (n == NAME_MAX_LEN - 2 && !may_mean_secret(name + n))
			return false;
	}
	return n < NAME_MAX_LEN && means_secret(name + n, NAME_MAX_LEN - n);
}

static size_t
skip_blanks(struct view t, size_t at)
{
	while (at < t.len && t.ptr[at] == ' ')
		at++;
	return at;
}

/* "Bearer ", "Basic ", ...: what follows is the secret. */
static size_t
skip_scheme(struct view t, size_t at)
{
	static const char *const schemes[] = { "bearer ", "basic ", "digest ", "token ",
		"negotiate ", "ntlm " };
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t n = strlen(schemes[i]);
		if (t.len - at > n && strncasecmp((const char *)t.ptr + at, schemes[i], n) == 0)
			return skip_blanks(t, at + n);
	}
	return at;
}

static bool
same_word(struct view value, const char *word)
{
	size_t n = strlen(word);
	return value.len == n && strncasecmp((const char *)value.ptr, word, n) == 0;
}

/* "AUTH=PLAIN" of what a mail server offers, "(using password: YES)", "token=null": what looks like
 * a secret's value and is none. */
static bool
says_nothing(struct view t, size_t sign, const struct span *found)
{
	static const char *const words[] = { "yes", "no", "true", "false", "null" };
	static const char *const mechanisms[] = { "plain", "login", "ntlm", "gssapi", "external",
		"anonymous", "cram-md5", "digest-md5", "scram-sha-1", "scram-sha-256",
		"scram-sha-1-plus", "scram-sha-256-plus", "xoauth2", "oauthbearer" };
	struct view value = { t.ptr + found->at, found->n };
	while (value.len && (value.ptr[value.len - 1] == ')' || value.ptr[value.len - 1] == ']'))
		value.len--;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (same_word(value, words[i]))
			return true;
	}
	if (t.ptr[sign] != '=' || sign < 4 || memcmp(t.ptr + sign - 4, "AUTH", 4) != 0)
		return false;
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++) {
		if (same_word(value, mechanisms[i]))
			return true;
	}
	return false;
}

/* The value behind the sign at `at`: quoted, or up to a mark that ends it: in addresses and forms
 * others than in lists. */
static bool
value_behind(struct view t, size_t at, struct span *found)
{
	const char *marks = t.ptr[at] == '=' ? "&;\"'<>#" : "&;,\"'<>}]";
	at = skip_blanks(t, at + 1);
	uint8_t quote = at < t.len ? t.ptr[at] : 0;
	if (quote == '"' || quote == '\'')
		at++;
	else
		quote = 0;
	at = skip_scheme(t, at);
	if (at + 3 <= t.len && memcmp(t.ptr + at, "***", 3) == 0) /* it was replaced already */
		return false;
	size_t end = at;
	while (end < t.len &&
	       (quote ? t.ptr[end] != quote : t.ptr[end] > ' ' && !strchr(marks, t.ptr[end])))
		end += quote && t.ptr[end] == '\\' && end + 1 < t.len ? 2 : 1;
	*found = (struct span){ at, (end < t.len ? end : t.len) - at };
	return found->n > 0;
}

/* scheme://user:secret@host, the colon of the scheme at `at`. */
static bool
address_secret(struct view t, size_t at, struct span *found)
{
	size_t colon = 0;
	if (t.len - at < 4 || t.ptr[at + 1] != '/' || t.ptr[at + 2] != '/')
		return false;
	for (size_t i = at + 3; i < t.len && t.ptr[i] > ' '; i++) {
		uint8_t b = t.ptr[i];
		if (b == '@' && colon && i > colon + 1) {
			*found = (struct span){ colon + 1, i - colon - 1 };
			return true;
		}
		if (b == ':' && !colon)
			colon = i;
		else if (b < '@' && strchr("/?#\"'<>", b))
			break;
	}
	return false;
}

#define ONES 0x0101010101010101ULL
#define TOPS 0x8080808080808080ULL

typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));

static inline bool
signs16(const uint8_t *p)
{
	bytes16 v;
	memcpy(&v, p, 16);
	halves hit = (halves)(v == '=') | (halves)(v == ':');
	return hit[0] | hit[1];
}

/* Is '=' or ':' among eight bytes? A borrow can only add a hit above a true one. */
static inline bool
signs8(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, 8);
	uint64_t a = v ^ ONES * '=', b = v ^ ONES * ':';
	return (((a - ONES) & ~a) | ((b - ONES) & ~b)) & TOPS;
}

/* Is there any sign of a value? In wide steps, of which the last one overlaps. */
static bool
any_sign(struct view t)
{
	size_t at = 0;
	if (t.len < 8)
		return true;
	if (t.len < 16)
		return signs8(t.ptr) || signs8(t.ptr + t.len - 8);
	for (; at + 16 <= t.len; at += 16) {
		if (signs16(t.ptr + at))
			return true;
	}
	return signs16(t.ptr + t.len - 16);
}

/* The first sign of a value at or behind `at`; the length when there is none. */
static size_t
find_sign(struct view t, size_t at)
{
	while (at + 16 <= t.len && !signs16(t.ptr + at))
		at += 16;
	while (at < t.len && t.ptr[at] != '=' && t.ptr[at] != ':')
		at++;
	return at;
}

static bool
find_named(struct view t, size_t from, struct span *found)
{
	for (size_t at = find_sign(t, from); at < t.len; at = find_sign(t, at + 1)) {
		if (t.ptr[at] == ':' && address_secret(t, at, found) && found->at >= from)
			return true;
		if (secret_before(t, at) && value_behind(t, at, found) &&
		    !says_nothing(t, at, found))
			return true;
	}
	return false;
}

/* ---- texts ---- */

static size_t
replacement(const struct mask *m, struct view secret, char out[MASK_MAX])
{
	uint8_t bytes[8];
	memcpy(out, "***", 3);
	if (!m || !m->keyed)
		return 3;
	uint64_t h = hash_bytes(m->key, secret.ptr, secret.len);
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(h >> (56 - 8 * i));
	hex_text(out + 3, bytes, 8);
	return 19;
}

/* The next secret of each kind; found again only once the text went past it. */
struct next {
	struct span number, named;
	bool has_number, has_named;
};

static void
look(struct view t, size_t from, struct next *n)
{
	if (n->has_number && n->number.at < from)
		n->has_number = find_number(t, from, &n->number);
	if (n->has_named && n->named.at < from)
		n->has_named = find_named(t, from, &n->named);
}

/* The first of the two; both in one when they share bytes. */
static struct span
first(const struct next *n)
{
	const struct span *a = &n->number, *b = &n->named;
	if (!n->has_named || (n->has_number && a->at + a->n <= b->at))
		return *a;
	if (!n->has_number || b->at + b->n <= a->at)
		return *b;
	size_t at = a->at < b->at ? a->at : b->at;
	size_t end = a->at + a->n > b->at + b->n ? a->at + a->n : b->at + b->n;
	return (struct span){ at, end - at };
}

/* The text with marks in place of its secrets, of which at least one was found. */
static struct view
replace(struct mask *m, struct view text, struct next *n)
{
	char with[MASK_MAX];
	size_t from = 0;
	buf_clear(&m->text);
	while (n->has_number || n->has_named) {
		struct span s = first(n);
		size_t k = replacement(m, (struct view){ text.ptr + s.at, s.n }, with);
		buf_add(&m->text, text.ptr + from, s.at - from);
		buf_add(&m->text, with, k);
		from = s.at + s.n;
		m->count++;
		look(text, from, n);
	}
	buf_add(&m->text, text.ptr + from, text.len - from);
	if (m->text.failed)
		return view_of("***");
	return (struct view){ m->text.ptr, m->text.len };
}

struct view
mask_text(struct mask *m, struct view text)
{
	struct next n;
	if (text.len < 6)
		return text;
	n.has_number = m->numbers && text.len >= SHORTEST && find_number(text, 0, &n.number);
	n.has_named = m->names && any_sign(text) && find_named(text, 0, &n.named);
	if (!n.has_number && !n.has_named)
		return text;
	return replace(m, text, &n);
}

static struct view
filter(void *mask, struct view text)
{
	return mask_text(mask, text);
}

void
mask_writer(struct mask *m, struct jw *w)
{
	w->filter = filter;
	w->filter_of = m;
}

void
mask_secret(struct jw *w, struct view secret)
{
	const struct mask *m = w->filter == filter ? w->filter_of : NULL;
	char text[MASK_MAX];
	size_t n = secret.len ? replacement(m, secret, text) : 0;
	jw_bytes(w, text, n);
}
