/* SPDX-License-Identifier: Apache-2.0 */
/* What bytes of an answer prove, and the addresses that stand in an attack. */
#include <string.h>

#include "judge.h"
#include "lib/hash.h"

#define WHY(x) VERDICT_WHY_##x
#define SHOWN 48
#define BANNER 64    /* bytes of a banner in which its version stands */
#define FRAMED 16384 /* bytes of an answer that Chopper frames */

struct row {
	const char *text;
	uint8_t why;
	bool nocase;
	/* What must stand around it; NULL: nothing. `all`: the bytes, `at`: of the text. *next is
	 * the row's own, 0 at first: bytes that were looked through once are not looked through for
	 * each text again. */
	bool (*sure)(struct view all, size_t at, size_t *next);
};

static bool
is_digit(uint8_t b)
{
	return b >= '0' && b <= '9';
}

static bool
is_name(uint8_t b)
{
	return is_digit(b) || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || b == '_' ||
	       b == '-' || b == '.' || b == '$';
}

static size_t
skip(struct view v, size_t at, bool (*is)(uint8_t))
{
	while (at < v.len && is(v.ptr[at]))
		at++;
	return at;
}

static bool
begins(struct view v, size_t at, const char *text)
{
	size_t n = strlen(text);
	return at <= v.len && v.len - at >= n && memcmp(v.ptr + at, text, n) == 0;
}

/* uid=0(root) gid=0 */
static bool
of_id(struct view v, size_t at, size_t *next)
{
	(void)next;
	size_t digits = skip(v, at + 4, is_digit);
	if (digits == at + 4 || !begins(v, digits, "("))
		return false;
	size_t name = skip(v, digits + 1, is_name);
	return name > digits + 1 && begins(v, name, ") gid=");
}

/* A version of Windows follows. */
static bool
of_banner(struct view v, size_t at, size_t *next)
{
	(void)next;
	size_t from = at + strlen("Microsoft Windows [");
	for (size_t i = from; i < v.len && i < from + BANNER && v.ptr[i] != ']'; i++)
		if (is_digit(v.ptr[i]) && begins(v, i + 1, "."))
			return true;
	return false;
}

/* A line of a listing: the letters are followed by a number of links. */
static bool
of_listing(struct view v, size_t at, size_t *next)
{
	(void)next;
	size_t i = at + strlen("drwx");
	while (i < v.len && i < at + 12 && v.ptr[i] && strchr("rwxsStT-+.", v.ptr[i]))
		i++;
	while (i < v.len && v.ptr[i] == ' ')
		i++;
	size_t end = skip(v, i, is_digit);
	return end > i && begins(v, end, " ") && (!at || v.ptr[at - 1] == '\n');
}

/* The kernel's name, as `uname -a` says it. */
static bool
of_uname(struct view v, size_t at, size_t *next)
{
	(void)next;
	size_t from = at > 200 ? at - 200 : 0;
	for (size_t i = from; i + 6 <= at; i++)
		if (begins(v, i, "Linux ") && !begins(v, i, "Linux GNU"))
			return memchr(v.ptr + i, '#', at - i) != NULL;
	return false;
}

static bool
of_ipconfig(struct view v, size_t at, size_t *next)
{
	(void)next;
	return begins(v, at + strlen("Windows IP "), "Configuration\r\n") ||
	       begins(v, at + strlen("Windows IP "), "\xe9\x85\x8d\xe7\xbd\xae");
}

/* Chopper's frame: its end comes too. *next: the first one that was found, v.len for none. */
static bool
of_chopper(struct view v, size_t at, size_t *next)
{
	size_t from = at + 3;
	if (*next < from) {
		const uint8_t *end =
		    from < v.len ? memmem(v.ptr + from, v.len - from, "|<-", 3) : NULL;
		*next = end ? (size_t)(end - v.ptr) : v.len;
	}
	return *next < v.len && *next < from + FRAMED;
}

static bool
of_wordless(struct view v, size_t at, size_t *next)
{
	(void)next;
	return !at || v.ptr[at - 1] == '\n';
}

static const struct row rows[] = {
	{ "uid=", WHY(COMMAND_RAN), false, of_id },
	{ "Microsoft Windows [", WHY(SHELL), false, of_banner },
	{ "no job control in this shell", WHY(SHELL), false, NULL },
	{ "job control turned off", WHY(SHELL), false, NULL },
	{ " Volume Serial Number is ", WHY(COMMAND_RAN), false, NULL },
	{ "Windows IP ", WHY(COMMAND_RAN), false, of_ipconfig },
	{ "nt authority\\system", WHY(COMMAND_RAN), true, NULL },
	{ "drwx", WHY(COMMAND_RAN), false, of_listing },
	{ "-rw", WHY(COMMAND_RAN), false, of_listing },
	{ "GNU/Linux", WHY(COMMAND_RAN), false, of_uname },
	{ "->|", WHY(WEBSHELL), false, of_chopper },
	{ "root:x:0:0:", WHY(FILE_SHOWN), false, NULL },
	{ "root:*:0:0:", WHY(FILE_SHOWN), false, NULL },
	{ "root:$6$", WHY(SECRET_SHOWN), false, of_wordless },
	{ "root:$5$", WHY(SECRET_SHOWN), false, of_wordless },
	{ "root:$1$", WHY(SECRET_SHOWN), false, of_wordless },
	{ "root:$y$", WHY(SECRET_SHOWN), false, of_wordless },
	{ "PRIVATE KEY-----\n", WHY(SECRET_SHOWN), false, NULL },
	{ "PRIVATE KEY-----\r\n", WHY(SECRET_SHOWN), false, NULL },
	{ "[boot loader]", WHY(FILE_SHOWN), false, NULL },
	{ "; for 16-bit app support", WHY(FILE_SHOWN), false, NULL },
	{ "repositoryformatversion =", WHY(FILE_SHOWN), false, NULL },
	{ "<web-app", WHY(FILE_SHOWN), false, NULL },
	{ "APP_KEY=base64:", WHY(SECRET_SHOWN), false, NULL },
	{ "DB_PASSWORD=", WHY(SECRET_SHOWN), false, of_wordless },
	{ "aws_secret_access_key", WHY(SECRET_SHOWN), true, NULL },
	{ "<title>phpinfo()", WHY(INFO_SHOWN), true, NULL },
	{ "\"activeProfiles\"", WHY(INFO_SHOWN), false, NULL },
	{ "You have an error in your SQL syntax", WHY(SQL_ERROR), false, NULL },
	{ "XPATH syntax error: '", WHY(SQL_ERROR), false, NULL },
	{ "Unclosed quotation mark after the character string", WHY(SQL_ERROR), false, NULL },
	{ "quoted string not properly terminated", WHY(SQL_ERROR), false, NULL },
	{ "unterminated quoted string at or near", WHY(SQL_ERROR), false, NULL },
	{ "syntax error at or near \"", WHY(SQL_ERROR), false, NULL },
	{ "SQLSTATE[", WHY(SQL_ERROR), false, NULL },
	{ "SQLITE_ERROR", WHY(SQL_ERROR), false, NULL },
	{ "unrecognized token: \"", WHY(SQL_ERROR), false, NULL },
	{ "ORA-00933", WHY(SQL_ERROR), false, NULL },
	{ "ORA-01756", WHY(SQL_ERROR), false, NULL },
	{ "Request Rejected", WHY(WAF), false, NULL },
	{ "Your support ID is", WHY(WAF), false, NULL },
	{ "Attention Required! | Cloudflare", WHY(WAF), false, NULL },
	{ "_Incapsula_Resource", WHY(WAF), false, NULL },
	{ "Mod_Security", WHY(WAF), true, NULL },
	{ "Web Application Firewall", WHY(WAF), true, NULL },
	{ "safeline", WHY(WAF), true, NULL },
	{ "safedog", WHY(WAF), true, NULL },
	{ "yunsuo", WHY(WAF), true, NULL },
	{ "errors.aliyun.com", WHY(WAF), false, NULL },
	/* "has been intercepted", "access was refused by the firewall", "attack was blocked" */
	{ "\xe8\xaf\xb7\xe6\xb1\x82\xe5\xb7\xb2\xe8\xa2\xab\xe6\x8b\xa6\xe6\x88\xaa", WHY(WAF),
	    false, NULL },
	{ "\xe8\xae\xbf\xe9\x97\xae\xe8\xa2\xab\xe6\x8b\xa6\xe6\x88\xaa", WHY(WAF), false, NULL },
	{ "\xe9\x9d\x9e\xe6\xb3\x95\xe8\xaf\xb7\xe6\xb1\x82", WHY(WAF), false, NULL },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))
_Static_assert(ROWS <= 64, "bits of a word");

static uint8_t
lower(uint8_t b)
{
	return b >= 'A' && b <= 'Z' ? (uint8_t)(b | 0x20) : b;
}

static bool
stands(const struct row *r, struct view v, size_t at)
{
	size_t n = strlen(r->text);
	if (v.len - at < n)
		return false;
	if (!r->nocase)
		return memcmp(v.ptr + at, r->text, n) == 0;
	for (size_t i = 0; i < n; i++)
		if (lower(v.ptr[at + i]) != lower((uint8_t)r->text[i]))
			return false;
	return true;
}

void
verdict_heads_fill(struct verdict_heads *h)
{
	memset(h, 0, sizeof(*h));
	for (size_t i = 0; i < ROWS; i++) {
		uint8_t first = (uint8_t)rows[i].text[0];
		h->of[first] |= UINT64_C(1) << i;
		if (rows[i].nocase && first >= 'a' && first <= 'z')
			h->of[first & 0xdf] |= UINT64_C(1) << i;
		if (rows[i].nocase && first >= 'A' && first <= 'Z')
			h->of[first | 0x20] |= UINT64_C(1) << i;
	}
}

/* Bits of rows met that are not in `without`; at[i] is where the first of row i stands. */
static uint64_t
search(const struct verdict_heads *h, struct view v, uint64_t without, size_t at[ROWS])
{
	uint64_t met = 0;
	size_t next[ROWS] = { 0 };

	for (size_t i = 0; i < v.len; i++) {
		for (uint64_t left = h->of[v.ptr[i]] & ~without & ~met; left; left &= left - 1) {
			unsigned k = (unsigned)__builtin_ctzll(left);
			if (!stands(&rows[k], v, i) ||
			    (rows[k].sure && !rows[k].sure(v, i, &next[k])))
				continue;
			met |= UINT64_C(1) << k;
			at[k] = i;
		}
	}
	return met;
}

uint64_t
verdict_proofs(const struct verdict_heads *h, struct view bytes)
{
	size_t at[ROWS];
	return search(h, bytes, 0, at);
}

bool
verdict_proof(
    const struct verdict_heads *h, struct view bytes, uint64_t without, struct verdict_proof *out)
{
	size_t at[ROWS];
	uint64_t met = search(h, bytes, without, at);
	uint8_t best = VERDICT_NONE;

	for (; met; met &= met - 1) {
		unsigned k = (unsigned)__builtin_ctzll(met);
		uint8_t verdict = verdict_reason(rows[k].why)->verdict;
		if (verdict <= best)
			continue;
		best = verdict;
		size_t n = bytes.len - at[k] < SHOWN ? bytes.len - at[k] : SHOWN;
		*out = (struct verdict_proof){ rows[k].why, (uint8_t)k, { bytes.ptr + at[k], n } };
	}
	return best != VERDICT_NONE;
}

/* ---- addresses ---- */

/* "198.51.100.7" at `at`; where it ends, or 0. */
static size_t
dotted(struct view v, size_t at, struct addr *out)
{
	size_t i = at;
	for (unsigned part = 0; part < 4; part++) {
		unsigned value = 0;
		size_t from = i;
		for (; i < v.len && is_digit(v.ptr[i]) && i - from < 3; i++)
			value = value * 10 + (v.ptr[i] - '0');
		if (i == from || value > 255)
			return 0;
		out->b[part] = (uint8_t)value;
		if (part < 3 && (i >= v.len || v.ptr[i++] != '.'))
			return 0;
	}
	return i < v.len && (is_digit(v.ptr[i]) || v.ptr[i] == '.') ? 0 : i;
}

/* One that a host may be called at. */
static bool
callable(const struct addr *a)
{
	return a->b[0] != 0 && a->b[0] != 127 && a->b[0] < 224;
}

size_t
verdict_addresses(struct view v, struct verdict_addr *out, size_t n, size_t room)
{
	for (size_t i = 0; i < v.len && n < room; i++) {
		struct verdict_addr found = { .ver = 4 };
		if (!is_digit(v.ptr[i]) || (i && (is_digit(v.ptr[i - 1]) || v.ptr[i - 1] == '.')))
			continue;
		size_t end = dotted(v, i, &found.addr), k = 0;
		if (!end || !callable(&found.addr))
			continue;
		while (k < n && !addr_same(&out[k].addr, &found.addr))
			k++;
		if (k == n)
			out[n++] = found;
		i = end - 1;
	}
	return n;
}

/* ---- names ---- */

#define NAME_MAX_LEN 253 /* of a host, RFC 1035 */

struct addr
verdict_name_key(struct view name)
{
	uint8_t text[NAME_MAX_LEN];
	struct addr key = { .q = { 0, 0 } };
	size_t n = name.len < sizeof(text) ? name.len : sizeof(text);

	for (size_t i = 0; i < n; i++)
		text[i] = lower(name.ptr[i]);
	key.q[0] = hash_fast(HASH_KEY_FIXED, text, n);
	key.q[1] = n;
	return key;
}

/* Letters and a dot: an address has none of the former. */
static bool
is_host_name(struct view v)
{
	bool dot = false, letter = false;
	for (size_t i = 0; i < v.len; i++) {
		dot |= v.ptr[i] == '.';
		letter |= lower(v.ptr[i]) >= 'a' && lower(v.ptr[i]) <= 'z';
	}
	return dot && letter && v.len <= NAME_MAX_LEN && v.ptr[v.len - 1] != '.';
}

bool
verdict_next_name(struct view v, size_t *at, struct view *name)
{
	for (size_t i = *at; i + 3 < v.len; i++) {
		if (!begins(v, i, "://"))
			continue;
		size_t end = skip(v, i + 3, is_name);
		*name = (struct view){ v.ptr + i + 3, end - i - 3 };
		*at = end;
		if (name->len && is_host_name(*name))
			return true;
	}
	*at = v.len;
	return false;
}
