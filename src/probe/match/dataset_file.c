/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of datasets: lines of values (strings in base64, hashes in hex, addresses as text), with a
 * number behind a comma for datarep; an array of JSON objects; or one JSON object a line.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base64.h"
#include "lib/hex.h"
#include "lib/jread.h"
#include "probe/match_datasets.h"
#include "probe/match_load.h"

#define FILE_MAX ((size_t)4 << 30)
#define LINE_MAX_BYTES 98304 /* a string of 64 KiB in base64 */
#define LEVELS 8             /* of a key with dots */

/* ---- one value as text ---- */

/* Bytes written, or -1: it is not base64. */
static long
base64(struct view text, uint8_t *out)
{
	uint32_t bits = 0;
	size_t n = 0, have = 0;

	while (text.len && text.ptr[text.len - 1] == '=')
		text.len--;
	for (size_t i = 0; i < text.len; i++) {
		int d = base64_digit(text.ptr[i]);
		if (d < 0)
			return -1;
		bits = bits << 6 | (uint32_t)d;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (uint8_t)(bits >> have);
		}
	}
	return have < 6 ? (long)n : -1;
}

static long
address(struct view text, uint8_t type, uint8_t *out)
{
	char copy[ADDR_TEXT];
	struct addr a;

	if (!text.len || text.len >= sizeof(copy))
		return -1;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	uint8_t ver = addr_parse(copy, &a);
	if (!ver || (type == MATCH_SET_IPV4 && ver != 4))
		return -1;
	memcpy(out, a.b, ver == 4 ? 4 : 16);
	return ver == 4 ? 4 : 16;
}

/* The bytes a buffer would have; strings are as they are where JSON quotes them. -1: it is none. */
static long
value_of(const struct match_dataset *d, struct view text, uint8_t *out)
{
	size_t digest = d->type == MATCH_SET_MD5 ? 16 : 32;

	switch (d->type) {
	case MATCH_SET_STRING:
		if (d->format == MATCH_SET_CSV)
			return base64(text, out);
		memcpy(out, text.ptr, text.len);
		return (long)text.len;
	case MATCH_SET_MD5:
	case MATCH_SET_SHA256:
		return text.len == digest * 2 && hex_bytes(out, digest, text.ptr) ? (long)digest
										  : -1;
	default:
		return address(text, d->type, out);
	}
}

struct reader {
	const struct match_dataset *d;
	uint8_t *value; /* room for a line */
	struct buf json;
	struct err *e;
	unsigned line;
};

static int
wrong(struct reader *r, const char *why)
{
	return err_set(r->e, "line %u: %s", r->line, why);
}

static int
add(struct reader *r, struct view text, uint16_t rep, struct view json)
{
	static const char *const what[] = { [MATCH_SET_STRING] = "not base64",
		[MATCH_SET_MD5] = "not an MD5 of 32 hex digits",
		[MATCH_SET_SHA256] = "not a SHA-256 of 64 hex digits",
		[MATCH_SET_IPV4] = "not an IPv4 address",
		[MATCH_SET_IP] = "not an address" };
	long n = text.len < LINE_MAX_BYTES ? value_of(r->d, text, r->value) : -1;

	if (n <= 0)
		return wrong(r, text.len ? what[r->d->type] : "an empty value");
	if (match_values_add(
		r->d->values, r->d->memcap, (struct view){ r->value, (size_t)n }, rep, json) < 0)
		return wrong(r, "the set is full (memcap)");
	return 0;
}

/* ---- lines ---- */

static int
csv_line(struct reader *r, struct view line)
{
	struct view value, rep = { NULL, 0 }, rest = line;
	int64_t n = 0;

	if (!match_text_split(&rest, ',', &value) || !value.len)
		return 0;
	if (r->d->rep) {
		(void)match_text_split(&rest, ',', &rep);
		if (!match_text_int(rep, 0, UINT16_MAX, &n))
			return wrong(r, "a value and its number from 0 to 65535 should stand here");
	}
	return add(r, value, (uint16_t)n, (struct view){ NULL, 0 });
}

static bool
next_line(struct cursor *c, struct view *line)
{
	size_t left = cursor_left(c);
	const uint8_t *end = left ? memchr(c->at, '\n', left) : NULL;
	size_t n = end ? (size_t)(end - c->at) : left;

	if (!left)
		return false;
	(void)cursor_take(c, n, line);
	(void)cursor_skip(c, 1);
	while (line->len && (line->ptr[line->len - 1] == '\r' || line->ptr[line->len - 1] == ' '))
		line->len--;
	return true;
}

/* ---- JSON ---- */

/* The part of a key before its first dot; *rest what is behind it, or NULL. */
static struct view
level(const char *path, const char **rest)
{
	const char *dot = strchr(path, '.');

	*rest = dot ? dot + 1 : NULL;
	return (struct view){ (const uint8_t *)path, dot ? (size_t)(dot - path) : strlen(path) };
}

static bool
same(struct view a, struct view b)
{
	return a.len == b.len && (!a.len || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Before the value under a key with dots, within the value that stands next; j stays inside. */
static bool
go_to(struct jread *j, const char *path)
{
	const char *rest;
	struct view want = level(path, &rest), key;

	if (jread_peek(j) != JREAD_OBJECT || j->depth >= LEVELS || !jread_enter(j))
		return false;
	while (jread_member(j, &key)) {
		if (same(key, want))
			return rest ? go_to(j, rest) : true;
		(void)jread_skip(j, NULL);
	}
	return false;
}

/* Copy an object but for the value under a key. */
static void
copy_without(struct jread *j, struct buf *out, const char *path)
{
	const char *rest;
	struct view want = level(path, &rest), key, span;
	bool comma = false;

	(void)jread_enter(j);
	buf_u8(out, '{');
	for (;;) {
		size_t from = out->len;
		if (comma)
			buf_u8(out, ',');
		const uint8_t *at = j->c.at;
		if (!jread_member(j, &key)) {
			out->len = from;
			break;
		}
		bool here = same(key, want);
		if (here && !rest) {
			out->len = from;
			(void)jread_skip(j, NULL);
			continue;
		}
		/* the key as it was written, without the comma and the blanks before it */
		const uint8_t *quote = memchr(at, '"', (size_t)(j->c.at - at));
		jread_squeeze(out, (struct view){ quote, (size_t)(j->c.at - quote) });
		if (here && jread_peek(j) == JREAD_OBJECT && j->depth < LEVELS)
			copy_without(j, out, rest);
		else if (jread_skip(j, &span))
			jread_squeeze(out, span);
		comma = true;
	}
	buf_u8(out, '}');
}

/* One object: its value, and itself for the alert. */
static int
object(struct reader *r, struct view span)
{
	struct jread j;
	struct view text;
	int rc;

	jread_init(&j, span);
	if (!go_to(&j, r->d->value) || !jread_text(&j, &text)) {
		jread_fini(&j);
		return wrong(r, j.wrong ? j.wrong : "an object without the value's key");
	}
	buf_clear(&r->json);
	if (r->d->remove_key) {
		struct jread again;
		jread_init(&again, span);
		copy_without(&again, &r->json, r->d->value);
		jread_fini(&again);
	} else {
		jread_squeeze(&r->json, span);
	}
	rc = r->json.failed ? wrong(r, "out of memory")
			    : add(r, text, 0, (struct view){ r->json.ptr, r->json.len });
	jread_fini(&j);
	return rc;
}

static unsigned
lines_between(const uint8_t *from, const uint8_t *to)
{
	unsigned n = 0;

	for (; (from = memchr(from, '\n', (size_t)(to - from))); from++)
		n++;
	return n;
}

static int
json_array(struct reader *r, struct view bytes)
{
	struct jread j;
	struct view span;
	const uint8_t *counted = bytes.ptr;
	int rc = 0;

	jread_init(&j, bytes);
	if (r->d->array && !go_to(&j, r->d->array))
		rc = wrong(r, j.wrong ? j.wrong : "no array under array_key");
	else if (jread_peek(&j) != JREAD_ARRAY || !jread_enter(&j))
		rc = wrong(r, "an array of objects should stand here");
	while (rc == 0 && jread_item(&j)) {
		if (jread_skip(&j, &span))
			rc = object(r, span);
		r->line += lines_between(counted, j.c.at);
		counted = j.c.at;
	}
	if (rc == 0 && j.wrong)
		rc = wrong(r, j.wrong);
	jread_fini(&j);
	return rc;
}

static int
json_line(struct reader *r, struct view line)
{
	struct jread j;
	struct view span;

	if (!line.len)
		return 0;
	jread_init(&j, line);
	bool good = jread_skip(&j, &span) && jread_done(&j);
	const char *why = j.wrong ? j.wrong : "one JSON object a line should stand here";
	jread_fini(&j);
	return good ? object(r, span) : wrong(r, why);
}

int
match_dataset_parse(const struct match_dataset *d, struct view bytes, struct err *e)
{
	struct reader r = { .d = d, .value = malloc(LINE_MAX_BYTES), .e = e, .line = 1 };
	struct cursor c = cursor_of_view(bytes);
	struct view line;
	int rc = 0;

	if (!r.value)
		return err_set(e, "out of memory");
	buf_init(&r.json, 1u << 20);
	if (d->format == MATCH_SET_JSON)
		rc = json_array(&r, bytes);
	for (; d->format != MATCH_SET_JSON && rc == 0 && next_line(&c, &line); r.line++)
		rc = d->format == MATCH_SET_NDJSON ? json_line(&r, line) : csv_line(&r, line);
	buf_fini(&r.json);
	free(r.value);
	return rc;
}

int
match_dataset_read(const struct match_dataset *d, const char *path, struct err *e)
{
	/* rules name it: a pipe must not keep the load waiting, nor a device go on for ever */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat about;
	struct buf b;
	struct err inner;
	size_t n;

	if (fd >= 0 && (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))) {
		(void)close(fd);
		return err_set(e, "%s: this is no file", path);
	}
	FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
	if (!f)
		return err_set(e, "%s: %s", path, strerror(errno));
	buf_init(&b, FILE_MAX);
	while (buf_room(&b, 1u << 16) && (n = fread(b.ptr + b.len, 1, b.room - b.len, f)) > 0)
		b.len += n;
	int rc = b.failed || ferror(f) ? err_set(e, "%s: cannot be read", path) : 0;
	(void)fclose(f);
	if (rc == 0 && match_dataset_parse(d, (struct view){ b.ptr, b.len }, &inner) != 0)
		rc = err_set(e, "%s: %s", path, inner.text);
	buf_fini(&b);
	return rc;
}
