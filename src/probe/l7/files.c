/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include <stdlib.h>

#include "lib/crypt.h"
#include "lib/hex.h"
#include "lib/log.h"
#include "magic.h"
#include "probe/l7_file.h"
#include "store.h"
#include "wire/event.h"

#define DONE_MAX 2048         /* files that may end in one packet */
#define PARTS_MAX 16          /* runs of bytes of a file that wait for those before them */
#define SPARE_MAX 64          /* digest states kept for the next file */
#define HEAD_MAX BAG_TEXT_MAX /* first bytes kept, to tell the type by */

/* Bytes ahead of the next ones. */
struct part {
	struct part *next; /* by offset */
	uint64_t offset;
	struct hold bytes;
};

struct l7_file {
	struct l7_file *next; /* open files of the flow */
	struct l7_flow *lf;   /* NULL: detached */
	struct window window;
	const void *tx; /* of the window's owner */
	uint8_t *tx_has;
	struct view name, type;
	struct bag bag;
	struct crypt_hash *hash; /* NULL: no digests */
	uint8_t *head;           /* its first bytes; NULL: none yet, or not wanted */
	uint16_t head_n;
	int16_t part; /* where it is stored meanwhile; -1: it is not */
	bool stored;
	uint64_t size; /* bytes taken, holes included */
	uint64_t tx_id;
	uint64_t first, last;
	struct part *parts;
	uint8_t part_n;
	uint8_t end; /* enum l7_file_end */
	uint8_t dir;
	bool range, gaps, cut, over;
};

struct files {
	struct slab files, parts;
	struct l7_carried done[DONE_MAX];
	struct crypt_hash *spare[SPARE_MAX];
	size_t done_n, spare_n;
	struct magic *magic; /* NULL: types are not told */
	struct store *store; /* NULL: files are not kept */
	struct l7 *l;
};

struct files *
files_new(const struct l7 *l)
{
	struct files *fs = calloc(1, sizeof(*fs));
	if (!fs)
		return NULL;
	fs->l = (void *)(uintptr_t)l;
	slab_init(&fs->files, sizeof(struct l7_file), (size_t)l->config.max_files);
	slab_init(&fs->parts, sizeof(struct part), (size_t)l->config.max_files);
	if (l->config.file_types && !(fs->magic = magic_new()))
		log_warn("files.magic: libmagic has no patterns here; types of files are not told");
	return fs;
}

void
files_free(struct files *fs)
{
	if (!fs)
		return;
	files_begin(fs);
	magic_free(fs->magic);
	store_close(fs->store);
	for (size_t i = 0; i < fs->spare_n; i++)
		crypt_hash_free(fs->spare[i]);
	slab_fini(&fs->files);
	slab_fini(&fs->parts);
	free(fs);
}

int
l7_store_open(struct l7 *l, const struct l7_store *config, struct err *e)
{
	l->files->store = store_open(config, e);
	l7_digests_want(l, 1u << CRYPT_SHA256); /* a stored file's name */
	return l->files->store ? 0 : -1;
}

void
l7_digests_want(struct l7 *l, unsigned kinds)
{
	struct files *fs = l->files;
	if ((l->config.digests | kinds) == l->config.digests)
		return;
	l->config.digests |= kinds;
	while (fs->spare_n)
		crypt_hash_free(fs->spare[--fs->spare_n]);
}

static struct crypt_hash *
hash_get(struct files *fs)
{
	if (!fs->l->config.digests)
		return NULL;
	if (!fs->spare_n)
		return crypt_hash_new(fs->l->config.digests);
	struct crypt_hash *h = fs->spare[--fs->spare_n];
	crypt_hash_reset(h);
	return h;
}

static void
hash_put(struct files *fs, struct l7_file *f)
{
	if (!f->hash)
		return;
	if (fs->spare_n < SPARE_MAX && crypt_hash_kinds(f->hash) == fs->l->config.digests)
		fs->spare[fs->spare_n++] = f->hash;
	else
		crypt_hash_free(f->hash);
	f->hash = NULL;
}

static void
parts_drop(struct l7 *l, struct l7_file *f)
{
	while (f->parts) {
		struct part *next = f->parts->next;
		hold_drop(&l->pool, &f->parts->bytes);
		slab_put(&l->files->parts, f->parts);
		f->parts = next;
	}
	f->part_n = 0;
}

static void
file_free(struct l7 *l, struct l7_file *f)
{
	windows_forget(l, f);
	window_drop(l, &f->window);
	hash_put(l->files, f);
	store_drop(l->files->store, f->part);
	parts_drop(l, f);
	bag_empty(&l->texts, &f->bag);
	slab_put(&l->files->files, f);
}

bool
files_any(const struct files *fs)
{
	return fs->done_n;
}

void
files_begin(struct files *fs)
{
	for (size_t i = 0; i < fs->done_n; i++)
		file_free(fs->l, (void *)(uintptr_t)fs->done[i].file);
	fs->done_n = 0;
}

struct l7_file *
l7_file_open(struct l7 *l, struct l7_flow *lf, const struct l7_file_head *head)
{
	struct l7_file *f = slab_get(&l->files->files);
	if (!f) {
		l->count.files_cut++;
		return NULL;
	}
	f->dir = (uint8_t)head->dir;
	f->tx_id = head->tx_id;
	f->range = head->part;
	f->first = head->first;
	f->last = head->last;
	f->hash = head->secret ? NULL : hash_get(l->files);
	f->part = head->secret ? -1 : (int16_t)store_begin(l->files->store);
	l7_file_name(l, f, head->name);
	f->next = lf->files;
	lf->files = f;
	f->lf = lf;
	f->tx = head->by.tx;
	f->tx_has = head->by.has;
	if (!head->body)
		window_begin(l, lf, &f->window, L7_WINDOW_FILE, head->dir);
	return f;
}

static struct window_owner
owner(const struct l7_file *f)
{
	return (struct window_owner){ f->tx, f->tx_has, f->tx_id, f };
}

void
l7_file_name(struct l7 *l, struct l7_file *f, struct view name)
{
	if (f && name.len)
		f->name = bag_keep(&l->texts, &f->bag, name, BAG_TEXT_MAX);
}

static void
keep_head(struct l7 *l, struct l7_file *f, struct view bytes)
{
	if (f->size > f->head_n) /* a hole, or no memory for those before */
		return;
	if (!f->head && !(f->head = bag_room(&l->texts, &f->bag, HEAD_MAX)))
		return;
	f->head_n += (uint16_t)l7_keep(f->head + f->head_n, HEAD_MAX - f->head_n, bytes);
}

/* The next bytes, within the cap. */
static void
take(struct l7 *l, struct l7_file *f, struct view bytes)
{
	uint64_t limit = l->config.file_limit;
	if (limit && f->size + bytes.len > limit) {
		if (!f->cut)
			l->count.files_cut++;
		f->cut = true;
		bytes.len = f->size < limit ? (size_t)(limit - f->size) : 0;
	}
	if (l->files->magic && f->head_n < HEAD_MAX)
		keep_head(l, f, bytes);
	if (f->gaps || f->cut) {
		store_drop(l->files->store, f->part);
		f->part = -1;
	}
	if (f->part >= 0 && !store_add(l->files->store, f->part, bytes))
		f->part = -1;
	if (f->hash && !f->gaps && !f->cut)
		crypt_hash_add(f->hash, bytes.ptr, bytes.len);
	f->size += bytes.len;
	if (f->window.of && f->lf) {
		struct window_owner by = owner(f);
		window_add(l, f->lf, &f->window, &by, bytes);
	}
}

/* What waited may follow now. */
static void
take_parts(struct l7 *l, struct l7_file *f)
{
	while (f->parts && f->parts->offset <= f->size) {
		struct part *p = f->parts;
		struct cursor c = cursor_of_view(hold_view(&p->bytes));
		uint64_t known = f->size - p->offset;
		if (known < p->bytes.len && cursor_skip(&c, (size_t)known))
			take(l, f, (struct view){ c.at, cursor_left(&c) });
		f->parts = p->next;
		f->part_n--;
		hold_drop(&l->pool, &p->bytes);
		slab_put(&l->files->parts, p);
	}
}

void
l7_file_add(struct l7 *l, struct l7_file *f, struct view bytes)
{
	if (!f)
		return;
	take(l, f, bytes);
	take_parts(l, f);
}

void
l7_file_gap(struct l7 *l, struct l7_file *f, uint64_t n)
{
	if (!f || !n || f->cut)
		return;
	f->gaps = true;
	f->size += n;
	if (f->window.of && f->lf) {
		struct window_owner by = owner(f);
		window_gap(l, f->lf, &f->window, &by, n);
	}
	take_parts(l, f);
}

/* Bytes that must wait. One run is one part; what does not fit makes a hole. */
static void
keep_part(struct l7 *l, struct l7_file *f, uint64_t offset, struct view bytes)
{
	struct part **at = &f->parts, *p = NULL;
	while (*at && (*at)->offset <= offset) {
		p = *at;
		at = &p->next;
	}
	if (p && p->offset + p->bytes.len == offset && hold_add(&l->pool, &p->bytes, bytes))
		return;
	p = f->part_n < PARTS_MAX ? slab_get(&l->files->parts) : NULL;
	if (!p || !hold_add(&l->pool, &p->bytes, bytes)) {
		slab_put(&l->files->parts, p);
		l->count.files_cut += !f->cut;
		f->cut = true;
		return;
	}
	p->offset = offset;
	p->next = *at;
	*at = p;
	f->part_n++;
}

void
l7_file_at(struct l7 *l, struct l7_file *f, uint64_t offset, struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	if (!f || !bytes.len || f->cut) /* behind the cap nothing is waited for */
		return;
	if (offset > f->size) {
		keep_part(l, f, offset, bytes);
		return;
	}
	if (f->size - offset < bytes.len && cursor_skip(&c, (size_t)(f->size - offset)))
		l7_file_add(l, f, (struct view){ c.at, cursor_left(&c) });
}

uint64_t
l7_file_size(const struct l7_file *f)
{
	if (!f)
		return 0;
	return f->cut ? UINT64_MAX >> 1 : f->size;
}

bool
l7_file_overlaps(const struct l7_file *f, uint64_t offset)
{
	return f && !f->cut && offset < f->size;
}

static bool
unlink_file(struct l7_flow *lf, const struct l7_file *f)
{
	struct l7_file **at = &lf->files;
	while (*at && *at != f)
		at = &(*at)->next;
	if (!*at)
		return false;
	*at = f->next;
	return true;
}

static void
tell_type(struct l7 *l, struct l7_file *f)
{
	const char *type = f->head_n
			       ? magic_of(l->files->magic, (struct view){ f->head, f->head_n },
				     (enum l7_types)l->config.file_types)
			       : NULL;
	if (type)
		f->type = bag_keep(&l->texts, &f->bag, view_of(type), BAG_TEXT_MAX);
}

/* A file that is whole stays under the name of its content. */
static void
store(struct files *fs, struct l7_file *f)
{
	uint8_t digest[CRYPT_DIGEST_MAX];
	char name[2 * CRYPT_DIGEST_MAX + 1];
	if (f->part < 0 || f->gaps || f->cut || f->end != L7_FILE_CLOSED || !f->hash)
		return;
	size_t n = crypt_hash_get(f->hash, CRYPT_SHA256, digest);
	hex_text(name, digest, n);
	f->stored = store_keep(fs->store, f->part, name);
	f->part = -1;
}

bool
l7_file_close(
    struct l7 *l, struct l7_flow *lf, struct l7_file *f, enum l7_file_end end, const void *tx)
{
	struct files *fs = l->files;
	if (!f || !unlink_file(lf, f))
		return false;
	while (f->parts) { /* what is missing before them does not come any more */
		f->gaps = true;
		f->size = f->parts->offset;
		take_parts(l, f);
	}
	f->end = (uint8_t)(f->cut && end == L7_FILE_CLOSED ? L7_FILE_TRUNCATED : end);
	f->over = true;
	if (fs->done_n == DONE_MAX) {
		l->count.files_cut++;
		file_free(l, f);
		return false;
	}
	store(fs, f);
	tell_type(l, f);
	struct window_owner by = owner(f);
	window_end(l, lf, &f->window, &by);
	l->count.files++;
	l->count.files_unstored = store_lost(fs->store);
	const struct l7_tx of = { .proto = lf->proto, .dir = f->dir, .id = f->tx_id, .data = tx };
	fs->done[fs->done_n++] = (struct l7_carried){ f, of };
	return true;
}

void
l7_file_drop(struct l7 *l, struct l7_flow *lf, struct l7_file *f)
{
	if (f && unlink_file(lf, f))
		file_free(l, f);
}

void
l7_file_detach(struct l7_flow *lf, struct l7_file *f)
{
	if (f && unlink_file(lf, f))
		f->lf = NULL;
}

void
l7_file_attach(struct l7_flow *lf, struct l7_file *f, uint64_t tx_id)
{
	if (!f)
		return;
	f->tx_id = tx_id;
	f->lf = lf;
	f->next = lf->files;
	lf->files = f;
}

void
l7_file_free(struct l7 *l, struct l7_file *f)
{
	if (f)
		file_free(l, f);
}

void
files_finish(struct l7 *l, struct l7_flow *lf)
{
	while (lf->files)
		l7_file_close(l, lf, lf->files, L7_FILE_TRUNCATED, NULL);
}

void
files_forget(struct files *fs, const void *tx)
{
	for (size_t i = 0; i < fs->done_n; i++) {
		if (fs->done[i].tx.data == tx)
			fs->done[i].tx.data = NULL;
	}
}

const struct l7_carried *
l7_files(const struct l7 *l, size_t *n)
{
	*n = l->files->done_n;
	return l->files->done;
}

struct l7_file_about
l7_file_about(const struct l7_file *f)
{
	return (struct l7_file_about){ .name = f->name,
		.type = f->type,
		.size = f->size,
		.over = f->over,
		.whole = f->over && !f->gaps && !f->cut && f->end == L7_FILE_CLOSED };
}

size_t
l7_file_digest(const struct l7_file *f, int kind, uint8_t *out)
{
	bool whole = f->over && !f->gaps && !f->cut && f->end == L7_FILE_CLOSED;
	return whole && f->hash ? crypt_hash_get(f->hash, (enum crypt_kind)kind, out) : 0;
}

static void
write_digests(const struct l7_file *f, struct jw *w)
{
	const char *const keys[CRYPT_KINDS] = { EV_KEY(fileinfo, md5), EV_KEY(fileinfo, sha1),
		EV_KEY(fileinfo, sha256), EV_KEY(fileinfo, sm3) };
	uint8_t digest[CRYPT_DIGEST_MAX];
	char text[2 * CRYPT_DIGEST_MAX + 1];
	if (!f->hash || f->gaps || f->cut || f->end != L7_FILE_CLOSED)
		return;
	for (int i = 0; i < CRYPT_KINDS; i++) {
		size_t n = crypt_hash_get(f->hash, (enum crypt_kind)i, digest);
		if (!n)
			continue;
		hex_text(text, digest, n);
		jw_put_bytes(w, keys[i], text, 2 * n);
	}
}

static void
write_file(const struct l7_file *f, struct jw *w, bool ended)
{
	static const char *const ends[] = { [L7_FILE_CLOSED] = "CLOSED",
		[L7_FILE_TRUNCATED] = "TRUNCATED",
		[L7_FILE_ERROR] = "ERROR" };
	jw_object(w);
	if (f->name.len) {
		ev_key(w, fileinfo, filename);
		jw_view(w, f->name);
	}
	ev_key(w, fileinfo, gaps);
	jw_bool(w, f->gaps);
	ev_key(w, fileinfo, state);
	jw_text(w, ended ? ends[f->end] : "UNKNOWN");
	if (ended)
		write_digests(f, w);
	if (f->type.len) {
		ev_key(w, fileinfo, magic);
		jw_view(w, f->type);
	}
	ev_key(w, fileinfo, stored);
	jw_bool(w, f->stored);
	ev_key(w, fileinfo, size);
	jw_u64(w, f->size);
	if (f->range) {
		ev_key(w, fileinfo, start);
		jw_u64(w, f->first);
		ev_key(w, fileinfo, end);
		jw_u64(w, f->last);
	}
	ev_key(w, fileinfo, tx_id);
	jw_u64(w, f->tx_id);
	jw_object_end(w);
}

void
l7_file_write(const struct l7_carried *c, struct jw *w)
{
	jw_key(w, "fileinfo");
	write_file(c->file, w, true);
}

size_t
l7_files_write(
    const struct flow *f, const struct l7_carried *done, size_t n, uint64_t tx_id, struct jw *w)
{
	size_t written = 0;
	for (size_t i = 0; i < n; i++) {
		if (done[i].file->tx_id != tx_id)
			continue;
		write_file(done[i].file, w, true);
		written++;
	}
	for (const struct l7_flow *lf = f->l7; lf; lf = lf->before) {
		for (const struct l7_file *file = lf->files; file; file = file->next) {
			if (file->tx_id != tx_id)
				continue;
			write_file(file, w, false);
			written++;
		}
	}
	return written;
}
