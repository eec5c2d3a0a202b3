/* SPDX-License-Identifier: Apache-2.0 */
/* addr: see include/lib/addr.h. Text is written by hand because every event has two of them. */
#include "lib/addr.h"

#include <arpa/inet.h>

static const char hex[] = "0123456789abcdef";

static char *
put_octet(char *p, unsigned v)
{
	if (v >= 100)
		*p++ = (char)('0' + v / 100);
	if (v >= 10)
		*p++ = (char)('0' + v / 10 % 10);
	*p++ = (char)('0' + v % 10);
	return p;
}

static char *
put_v4(char *p, const uint8_t *b)
{
	for (int i = 0; i < 4; i++) {
		if (i)
			*p++ = '.';
		p = put_octet(p, b[i]);
	}
	return p;
}

static char *
put_group(char *p, unsigned v)
{
	for (int shift = 12; shift > 0; shift -= 4) {
		if (v >> shift)
			*p++ = hex[v >> shift & 15];
	}
	*p++ = hex[v & 15];
	return p;
}

/* The longest run of two or more zero groups, the first of equals (RFC 5952 4.2); *n is 0 without
 * one. */
static int
zero_run(const unsigned group[8], int *n)
{
	int at = 0;

	*n = 0;
	for (int i = 0, from = 0; i < 8; i++) {
		if (group[i])
			from = i + 1;
		else if (i + 1 - from > *n && i + 1 - from > 1) {
			at = from;
			*n = i + 1 - from;
		}
	}
	return at;
}

static char *
put_v6(char *p, const struct addr *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	unsigned group[8];
	int run_n;

	if (memcmp(a->b, mapped, sizeof(mapped)) == 0) { /* RFC 5952 section 5 */
		memcpy(p, "::ffff:", 7);
		return put_v4(p + 7, a->b + 12);
	}
	for (int i = 0; i < 8; i++)
		group[i] = (unsigned)a->b[2 * i] << 8 | a->b[2 * i + 1];
	int run = zero_run(group, &run_n);
	for (int i = 0; i < 8; i++) {
		if (run_n && i == run) {
			*p++ = ':';
			*p++ = ':';
			i += run_n - 1;
			continue;
		}
		if (i && p[-1] != ':')
			*p++ = ':';
		p = put_group(p, group[i]);
	}
	return p;
}

size_t
addr_text(char out[ADDR_TEXT], const struct addr *a, uint8_t ver)
{
	char *end = ver == 4 ? put_v4(out, a->b) : put_v6(out, a);

	*end = 0;
	return (size_t)(end - out);
}

size_t
addr_text_full(char out[ADDR_TEXT], const struct addr *a, uint8_t ver)
{
	char *p = out;

	if (ver == 4)
		return addr_text(out, a, ver);
	for (int i = 0; i < 16; i++) {
		if (i && i % 2 == 0)
			*p++ = ':';
		*p++ = hex[a->b[i] >> 4];
		*p++ = hex[a->b[i] & 15];
	}
	*p = 0;
	return (size_t)(p - out);
}

uint8_t
addr_parse(const char *text, struct addr *out)
{
	*out = (struct addr){ 0 };
	if (inet_pton(AF_INET, text, out->b) == 1)
		return 4;
	return inet_pton(AF_INET6, text, out->b) == 1 ? 6 : 0;
}

/* A decimal number without sign or leading zero, at most max; false otherwise. */
static bool
parse_len(const char *text, unsigned max, uint8_t *out)
{
	unsigned v = 0;

	if (!*text || (text[0] == '0' && text[1]))
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		v = v * 10 + (unsigned)(*text - '0');
		if (v > max)
			return false;
	}
	*out = (uint8_t)v;
	return true;
}

static void
clear_host_bits(struct addr *a, unsigned len)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned keep = len > i * 8 ? len - i * 8 : 0;
		if (keep < 8)
			a->b[i] &= (uint8_t)(0xff00u >> keep);
	}
}

bool
prefix_parse(const char *text, struct prefix *out)
{
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	char host[ADDR_TEXT];
	unsigned max;

	if (n >= sizeof(host))
		return false;
	memcpy(host, text, n);
	host[n] = 0;
	out->ver = addr_parse(host, &out->addr);
	if (!out->ver)
		return false;
	max = out->ver == 4 ? 32 : 128;
	out->len = (uint8_t)max;
	if (slash && !parse_len(slash + 1, max, &out->len))
		return false;
	clear_host_bits(&out->addr, out->len);
	return true;
}

bool
prefix_has(const struct prefix *p, const struct addr *a, uint8_t ver)
{
	unsigned whole = p->len / 8, rest = p->len % 8;

	if (ver != p->ver || memcmp(p->addr.b, a->b, whole) != 0)
		return false;
	return !rest || ((p->addr.b[whole] ^ a->b[whole]) & (0xff00u >> rest) & 0xff) == 0;
}
