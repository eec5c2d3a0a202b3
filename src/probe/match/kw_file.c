/* SPDX-License-Identifier: Apache-2.0 */
/* filename, fileext, filemagic, filesize, filemd5, filesha1, filesha256, filestore: what is
 * carried. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/crypt.h"
#include "lib/hex.h"
#include "probe/l7_file.h"
#include "probe/match_keyword.h"
#include "probe/match_run.h"

#define LIST_MAX (256u << 20) /* bytes of a file of digests */
#define DIGEST_MAX 32

/* The rule is about files; `wants` are L7_WANT_ bits. */
static int
of_files(struct match_draft *d, const struct match_option *o, unsigned wants)
{
	const struct l7_buffer_row *b = l7_buffer_row(L7_BUF_FILE_NAME);
	d->set->rules->wants |= wants | L7_WANT_FILES;
	return match_of_tx(d, o, b->protos, b->when);
}

typedef bool (*ask_file)(const struct match_op *op, const struct l7_file *f);

/* Any of the files that were said with this packet. */
static bool
any_file(struct match *m, const struct match_op *op, const struct match_candidate *c, ask_file ask)
{
	const struct l7_tx *tx = &m->now.tx[c->tx];
	if (c->in != MATCH_IN_TX)
		return false;
	for (uint16_t i = 0; i < tx->window_n; i++) {
		const struct l7_window *w = &tx->window[i];
		if (w->dir == c->dir && w->file && ask(op, w->file))
			return true;
	}
	return false;
}

/* ---- names and kinds ---- */

enum { NAME, EXTENSION, MAGIC };

/* "pdf" stands for a name that ends in ".pdf". */
static int
dotted(struct match_draft *d, const struct match_option *o, struct match_pattern *p)
{
	uint8_t *bytes = match_arena_get(d->arena, (size_t)p->op.len + 1);
	if (!bytes)
		return match_fail(d, o->at, NULL, "out of memory");
	bytes[0] = '.';
	memcpy(bytes + 1, p->op.content.bytes, p->op.len);
	p->op.content.bytes = bytes;
	p->op.len++;
	p->op.flags |= MATCH_OP_ENDSWITH;
	return 0;
}

static int
key_name(struct match_draft *d, const struct match_option *o)
{
	enum l7_buffer of = o->arg == MAGIC ? L7_BUF_FILE_MAGIC : L7_BUF_FILE_NAME;
	struct match_pattern *p = match_content_in(d, o, (uint16_t)(MATCH_L7 + of));
	if (!p)
		return -1;
	p->op.flags |= MATCH_OP_NOCASE;
	return o->arg == EXTENSION ? dotted(d, o, p) : 0;
}

/* ---- filesize ---- */

/* Until it is over only what is larger than that is known. */
static bool
has_size(const struct match_op *op, const struct l7_file *f)
{
	struct l7_file_about about = l7_file_about(f);
	bool more = op->number.compare == MATCH_MORE && !op->number.negated;
	return (about.whole || more) && match_number_holds(&op->number, about.size);
}

static bool
filesize(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	return any_file(m, op, c, has_size);
}

static int
key_filesize(struct match_draft *d, const struct match_option *o)
{
	struct match_op_number n = { 0 };
	if (match_number_read(d, o, 64, NULL, &n) != 0 || of_files(d, o, 0) != 0)
		return -1;
	struct match_op *op = match_new_test(d, o, filesize);
	if (!op)
		return -1;
	op->number = n;
	return 0;
}

/* ---- digests ---- */

struct digests {
	uint8_t *item; /* sorted, `width` bytes each */
	size_t n, width;
	int kind; /* enum crypt_kind */
	bool negated;
};

static int
order(const void *a, const void *b, size_t width)
{
	return memcmp(a, b, width);
}

static int
order16(const void *a, const void *b)
{
	return order(a, b, 16);
}

static int
order20(const void *a, const void *b)
{
	return order(a, b, 20);
}

static int
order32(const void *a, const void *b)
{
	return order(a, b, 32);
}

static int (*order_of(size_t width))(const void *, const void *)
{
	return width == 16 ? order16 : width == 20 ? order20 : order32;
}

static bool
has_digest(const struct match_op *op, const struct l7_file *f)
{
	const struct digests *t = op->data;
	uint8_t digest[CRYPT_DIGEST_MAX];
	if (l7_file_digest(f, t->kind, digest) != t->width)
		return false;
	bool listed = t->n && bsearch(digest, t->item, t->n, t->width, order_of(t->width));
	return listed != t->negated;
}

static bool
digest_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	return any_file(m, op, c, has_digest);
}

/* A line begins with a digest in hex, or is passed by. */
static void
read_digests(FILE *in, struct digests *t, size_t room)
{
	char line[512];
	while (t->n < room && fgets(line, sizeof(line), in)) {
		size_t hex = strspn(line, "0123456789abcdefABCDEF");
		if (hex == 2 * t->width && hex_bytes(t->item + t->n * t->width, t->width, line))
			t->n++;
	}
}

/* The list's path is relative to the folder of the rule's file; those of a bundle came with it. */
static FILE *
open_list(const struct match_draft *d, struct view name)
{
	char path[1024];
	struct view carried;
	if (match_carried(d->set, name, &carried))
		return fmemopen((void *)(uintptr_t)carried.ptr, carried.len, "re");
	const char *slash = d->set->file ? strrchr(d->set->file, '/') : NULL;
	int folder = slash && name.len && name.ptr[0] != '/' ? (int)(slash - d->set->file + 1) : 0;
	int n = snprintf(path, sizeof(path), "%.*s%.*s", folder, folder ? d->set->file : "",
	    (int)name.len, (const char *)name.ptr);
	return n > 0 && (size_t)n < sizeof(path) ? fopen(path, "re") : NULL;
}

static int
load_list(struct match_draft *d, const struct match_option *o, struct view name, struct digests *t)
{
	FILE *in = open_list(d, name);
	if (!in)
		return match_fail(d, o->value_at, NULL, "\"%.*s\" cannot be read: %s",
		    (int)name.len, (const char *)name.ptr, strerror(errno));
	long size = fseek(in, 0, SEEK_END) == 0 ? ftell(in) : -1;
	rewind(in);
	if (size < 0 || size > (long)LIST_MAX) {
		(void)fclose(in);
		return match_fail(
		    d, o->value_at, NULL, "the list is larger than %u bytes", LIST_MAX);
	}
	size_t room = (size_t)size / (2 * t->width) + 1;
	t->item = match_arena_get(d->arena, room * t->width);
	if (t->item)
		read_digests(in, t, room);
	(void)fclose(in);
	if (!t->item)
		return match_fail(d, o->at, NULL, "out of memory");
	if (t->n)
		qsort(t->item, t->n, t->width, order_of(t->width));
	return 0;
}

static int
key_digest(struct match_draft *d, const struct match_option *o)
{
	static const size_t widths[CRYPT_KINDS] = {
		[CRYPT_MD5] = 16, [CRYPT_SHA1] = 20, [CRYPT_SHA256] = 32
	};
	struct view name = o->value;
	struct digests *t = match_arena_get(d->arena, sizeof(*t));
	if (!t)
		return match_fail(d, o->at, NULL, "out of memory");
	t->kind = o->arg;
	t->width = widths[o->arg];
	t->negated = o->negated;
	if (name.len && name.ptr[0] == '!') {
		t->negated = true;
		name = match_text_trim((struct view){ name.ptr + 1, name.len - 1 });
	}
	if (load_list(d, o, name, t) != 0 || of_files(d, o, 0) != 0)
		return -1;
	struct match_op *op = match_new_test(d, o, digest_holds);
	if (!op)
		return -1;
	op->data = t;
	d->set->rules->digests |= 1u << o->arg;
	return 0;
}

/* ---- filestore ---- */

static bool
there(const struct match_op *op, const struct l7_file *f)
{
	(void)op;
	(void)f;
	return true;
}

static bool
any(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	return any_file(m, op, c, there);
}

/* Files are kept when there is a folder for them (files.store-dir); the rule says that there is
 * one. */
static int
key_filestore(struct match_draft *d, const struct match_option *o)
{
	static const char *const words[] = { "request", "to_server", "response", "to_client",
		"both", "flow", "file", "tx", "ssn" };
	struct view rest = o->value, v;
	while (o->value.len && match_text_split(&rest, ',', &v)) {
		size_t i = 0;
		while (i < sizeof(words) / sizeof(words[0]) && !match_text_same(v, words[i]))
			i++;
		if (i == sizeof(words) / sizeof(words[0]))
			return match_fail(d, o->value_at,
			    "request, response or both; file, tx or flow",
			    "filestore does not know \"%.*s\"", (int)v.len, (const char *)v.ptr);
	}
	return of_files(d, o, 0) == 0 && match_new_test(d, o, any) ? 0 : -1;
}

const struct match_keyword match_keywords_file[] = {
	{ "fileext", key_name, MATCH_KEY_VALUE | MATCH_KEY_QUOTED | MATCH_KEY_NEGATED, EXTENSION },
	{ "filemagic", key_name, MATCH_KEY_VALUE | MATCH_KEY_QUOTED | MATCH_KEY_NEGATED, MAGIC },
	{ "filemd5", key_digest, MATCH_KEY_VALUE, CRYPT_MD5 },
	{ "filename", key_name, MATCH_KEY_VALUE | MATCH_KEY_QUOTED | MATCH_KEY_NEGATED, NAME },
	{ "filesha1", key_digest, MATCH_KEY_VALUE, CRYPT_SHA1 },
	{ "filesha256", key_digest, MATCH_KEY_VALUE, CRYPT_SHA256 },
	{ "filesize", key_filesize, MATCH_KEY_VALUE, 0 },
	{ "filestore", key_filestore, 0, 0 },
	{ NULL, NULL, 0, 0 },
};
