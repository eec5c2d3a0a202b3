/* SPDX-License-Identifier: Apache-2.0 */
/* bundle: see include/probe/bundle.h. */
#include "probe/bundle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/compress.h"
#include "lib/hex.h"
#include "lib/sha256.h"

#define MAGIC "wanglou-bundle 1"
#define HEAD_MOST (1u << 20)
#define FILE_MOST (256u << 20)
#define ALL_MOST (1u << 30)
#define FILES_MOST 4096
#define NAME_MOST 512
#define LEVEL 12

static const char *const kinds[] = { "rules", "classes", "list", "indicators" };
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

enum bundle_kind
bundle_kind_of(const char *name)
{
	const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name,
		   *end = strrchr(base, '.');
	if (strcmp(base, "classification.config") == 0)
		return BUNDLE_CLASSES;
	return end && strcmp(end, ".rules") == 0 ? BUNDLE_RULES : BUNDLE_LIST;
}

const char *
bundle_kind_name(uint8_t kind)
{
	return kind < KINDS ? kinds[kind] : "?";
}

void
bundle_close(struct bundle *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->file[i].name);
	free(b->file);
	buf_fini(&b->bytes);
	*b = (struct bundle){ 0 };
}

/* A name that stays below the folder it is put in, and is one word of a line. */
static bool
name_good(const char *name)
{
	size_t n = strlen(name);
	if (!n || n > NAME_MOST || name[0] == '/' || strstr(name, ".."))
		return false;
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)name[i] <= ' ' || name[i] == 0x7f)
			return false;
	}
	return true;
}

static int
read_file(const char *path, size_t most, struct buf *out, struct err *e)
{
	FILE *f = fopen(path, "rbe");
	size_t n = 0;
	if (!f)
		return err_set(e, "%s: %s", path, strerror(errno));
	do {
		if (!buf_room(out, 65536))
			break;
		n = fread(out->ptr + out->len, 1, 65536, f);
		out->len += n;
	} while (n && out->len <= most);
	bool good = !ferror(f) && !out->failed && out->len <= most;
	(void)fclose(f);
	return good ? 0 : err_set(e, "%s: cannot be read, or is too large", path);
}

static void
put_hex(struct buf *out, const uint8_t *bytes, size_t n)
{
	char text[2 * KEYS_SIGNATURE + 1];
	hex_text(text, bytes, n);
	buf_add(out, text, 2 * n);
}

/* ---- writing ---- */

static int
pack_one(
    struct bundle_file *f, const char *path, struct compress *z, struct buf *body, struct err *e)
{
	struct buf raw;
	size_t before = body->len;
	buf_init(&raw, FILE_MOST + 65536);
	int rc = read_file(path, FILE_MOST, &raw, e);
	if (rc == 0) {
		sha256(raw.ptr, raw.len, f->digest);
		f->size = raw.len;
		rc = compress_pack(z, (struct view){ raw.ptr, raw.len }, body);
		f->packed = body->len - before;
		if (rc != 0)
			err_set(e, "out of memory");
	}
	buf_fini(&raw);
	return rc;
}

static void
put_head(struct buf *out, const struct bundle *b)
{
	char line[NAME_MOST + 128];
	int n = snprintf(line, sizeof(line),
	    MAGIC "\nname: %s\nversion: %llu\ncreated: %s\nsigner: %s\n", b->name,
	    (unsigned long long)b->version, b->created, b->signer);
	buf_add(out, line, (size_t)n);
	for (size_t i = 0; i < b->n; i++) {
		const struct bundle_file *f = &b->file[i];
		n = snprintf(line, sizeof(line), "file: %s ", bundle_kind_name(f->kind));
		buf_add(out, line, (size_t)n);
		put_hex(out, f->digest, sizeof(f->digest));
		n = snprintf(line, sizeof(line), " %llu %llu %s\n", (unsigned long long)f->size,
		    (unsigned long long)f->packed, f->name);
		buf_add(out, line, (size_t)n);
	}
	buf_text(out, "\n");
}

/* Whole or not at all. */
static int
write_file(const char *path, const struct buf *head, const struct buf *body, struct err *e)
{
	char part[4096];
	(void)snprintf(part, sizeof(part), "%s.part", path);
	FILE *f = fopen(part, "wbe");
	if (!f)
		return err_set(e, "%s: %s", part, strerror(errno));
	bool good = fwrite(head->ptr, 1, head->len, f) == head->len &&
		    (!body->len || fwrite(body->ptr, 1, body->len, f) == body->len) &&
		    fflush(f) == 0 && fsync(fileno(f)) == 0;
	good = fclose(f) == 0 && good && rename(part, path) == 0;
	if (good)
		return 0;
	int rc = err_set(e, "%s: %s", path, strerror(errno));
	(void)unlink(part);
	return rc;
}

static int
check_names(const struct bundle *b, struct err *e)
{
	if (!b->n || b->n > FILES_MOST)
		return err_set(e, "a bundle has 1 to %d files, not %zu", FILES_MOST, b->n);
	for (size_t i = 0; i < b->n; i++) {
		if (!name_good(b->file[i].name))
			return err_set(e, "\"%s\" cannot be a name in a bundle", b->file[i].name);
		for (size_t k = 0; k < i; k++) {
			if (strcmp(b->file[i].name, b->file[k].name) == 0)
				return err_set(e, "%s is there twice", b->file[i].name);
		}
	}
	return 0;
}

int
bundle_write(struct bundle *b, const char *const *path, const struct keys_pair *key,
    const char *out, struct err *e)
{
	struct compress *z = compress_new(LEVEL);
	struct buf head, body;
	uint8_t signature[KEYS_SIGNATURE];
	int rc = z ? check_names(b, e) : err_set(e, "out of memory");

	buf_init(&head, HEAD_MOST + 65536);
	buf_init(&body, ALL_MOST);
	(void)snprintf(b->signer, sizeof(b->signer), "%s", key->name);
	for (size_t i = 0; i < b->n && rc == 0; i++)
		rc = pack_one(&b->file[i], path[i], z, &body, e);
	if (rc == 0) {
		put_head(&head, b);
		rc = keys_sign(key, (struct view){ head.ptr, head.len }, signature, e);
	}
	if (rc == 0) {
		buf_text(&head, "signature: ");
		put_hex(&head, signature, sizeof(signature));
		buf_text(&head, "\n");
		rc = head.failed || body.failed ? err_set(e, "out of memory")
						: write_file(out, &head, &body, e);
	}
	buf_fini(&head);
	buf_fini(&body);
	compress_free(z);
	return rc;
}

/* ---- reading ---- */

static bool
take_word(struct cursor *c, const char *word)
{
	struct view v;
	size_t n = strlen(word);
	return cursor_take(c, n, &v) && memcmp(v.ptr, word, n) == 0;
}

/* "word: value" as a whole line. */
static bool
take_field(struct cursor *c, const char *word, char *out, size_t room)
{
	struct view line;
	size_t n = strlen(word);
	if (!cursor_line(c, &line) || line.len < n || line.len - n >= room ||
	    memcmp(line.ptr, word, n) != 0)
		return false;
	memcpy(out, line.ptr + n, line.len - n);
	out[line.len - n] = 0;
	return strlen(out) == line.len - n;
}

static bool
take_entry(struct bundle *b, const char *text)
{
	char kind[16], digest[65], name[NAME_MOST + 1];
	unsigned long long size, packed;
	struct bundle_file *f = &b->file[b->n];

	*f = (struct bundle_file){ 0 };
	if (sscanf(text, "%15s %64s %llu %llu %512s", kind, digest, &size, &packed, name) != 5 ||
	    !name_good(name) || strlen(digest) != 64 ||
	    !hex_bytes(f->digest, sizeof(f->digest), digest) || size > FILE_MOST ||
	    packed > FILE_MOST)
		return false;
	for (f->kind = 0; f->kind < KINDS && strcmp(kind, kinds[f->kind]) != 0; f->kind++)
		;
	f->size = size;
	f->packed = packed;
	f->name = f->kind < KINDS ? strdup(name) : NULL;
	b->n += f->name != NULL;
	return f->name != NULL;
}

/* The lines up to the empty one; *c stands behind it. */
static bool
take_head(struct bundle *b, struct cursor *c)
{
	char text[NAME_MOST + 160];
	struct cursor next;

	b->file = calloc(FILES_MOST, sizeof(*b->file));
	if (!b->file || !take_word(c, MAGIC "\n") ||
	    !take_field(c, "name: ", b->name, sizeof(b->name)) ||
	    !take_field(c, "version: ", text, sizeof(text)))
		return false;
	b->version = strtoull(text, NULL, 10);
	if (!take_field(c, "created: ", b->created, sizeof(b->created)) ||
	    !take_field(c, "signer: ", b->signer, sizeof(b->signer)))
		return false;
	for (next = *c; b->n < FILES_MOST && take_field(&next, "file: ", text, sizeof(text));
	     *c = next) {
		if (!take_entry(b, text))
			return false;
	}
	return take_word(c, "\n") && b->n;
}

static int
unpack(struct bundle *b, struct cursor *c, struct err *e)
{
	struct compress *z = compress_new(1);
	uint8_t digest[SHA256_SIZE];
	uint64_t all = 0;
	int rc = z ? 0 : err_set(e, "out of memory");

	for (size_t i = 0; i < b->n; i++)
		all += b->file[i].size;
	if (all > ALL_MOST || (all && !buf_room(&b->bytes, all)))
		rc = err_set(e, "the bundle is too large");
	for (size_t i = 0; i < b->n && rc == 0; i++) {
		struct bundle_file *f = &b->file[i];
		struct view packed;
		size_t at = b->bytes.len;
		if (!cursor_take(c, f->packed, &packed) ||
		    compress_unpack(z, packed, f->size, &b->bytes) != 0)
			rc = err_set(e, "%s in it is damaged", f->name);
		if (rc != 0)
			break;
		f->data = (struct view){ b->bytes.ptr + at, f->size };
		sha256(f->data.ptr, f->data.len, digest);
		if (memcmp(digest, f->digest, sizeof(digest)) != 0)
			rc = err_set(e, "%s in it is not what its digest says", f->name);
	}
	if (rc == 0 && cursor_left(c))
		rc = err_set(e, "there is more behind its last file");
	compress_free(z);
	return rc;
}

static int
take_all(struct bundle *b, struct view all, const struct keys_pair *key, struct err *e)
{
	struct cursor c = cursor_of_view(all);
	char hex[2 * KEYS_SIGNATURE + 2];
	uint8_t signature[KEYS_SIGNATURE];

	if (!take_head(b, &c))
		return err_set(e, "this is no bundle, or its beginning is damaged");
	struct view head = { all.ptr, (size_t)(c.at - all.ptr) };
	if (!take_field(&c, "signature: ", hex, sizeof(hex)) || strlen(hex) != 2 * KEYS_SIGNATURE ||
	    !hex_bytes(signature, sizeof(signature), hex))
		return err_set(e, "it has no signature");
	if (!keys_signed(key, head, signature))
		return err_set(e, "its signature is not by the key %s", key->name);
	return unpack(b, &c, e);
}

int
bundle_open(struct bundle *b, const char *path, const struct keys_pair *key, struct err *e)
{
	struct buf all;
	struct err why = { "" };

	*b = (struct bundle){ 0 };
	buf_init(&b->bytes, ALL_MOST);
	buf_init(&all, ALL_MOST);
	int rc = read_file(path, ALL_MOST - 65536, &all, e);
	if (rc == 0 && take_all(b, (struct view){ all.ptr, all.len }, key, &why) != 0)
		rc = err_set(e, "%s: %s", path, why.text);
	buf_fini(&all);
	if (rc != 0)
		bundle_close(b);
	return rc;
}
