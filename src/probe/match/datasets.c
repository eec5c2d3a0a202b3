/* SPDX-License-Identifier: Apache-2.0 */
/* The values of datasets, and those that were learned: kept over reloads, saved in order. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/hex.h"
#include "lib/log.h"
#include "lib/writeall.h"
#include "probe/match_datasets.h"
#include "probe/match_load.h"

#define JSON_MAX (1u << 30)

struct span {
	uint32_t at, n;
};

struct match_values {
	struct match_values *next; /* of the registry */
	char *name, *save;         /* the registry's: file, or NULL */
	uint8_t type;
	bool shared;         /* the registry's */
	atomic_bool changed; /* since it was saved */
	pthread_mutex_t lock;
	struct keytab tab; /* value: the number, or which of json */
	struct buf json;
	struct span *span;
	size_t span_n, span_room;
	struct log_state writing;
};

struct match_datasets {
	struct hash_key seed;
	pthread_mutex_t lock; /* of the list */
	struct match_values *first;
};

static const struct type_row {
	const char *word;
	uint8_t type;
	uint8_t len; /* bytes of a value; 0: any */
} types[] = {
	{ "string", MATCH_SET_STRING, 0 }, { "md5", MATCH_SET_MD5, 16 },
	{ "sha256", MATCH_SET_SHA256, 32 }, { "ipv4", MATCH_SET_IPV4, 4 },
	{ "ip", MATCH_SET_IP, 16 }, { "ipv6", MATCH_SET_IP, 16 }, /* the older word */
};

enum match_dataset_type
match_dataset_type(struct view word)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (match_text_same(word, types[i].word))
			return types[i].type;
	}
	return MATCH_SET_NONE;
}

/* ---- values ---- */

struct match_values *
match_values_new(uint8_t type, struct hash_key seed)
{
	struct match_values *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->type = type;
	keytab_init(&v->tab, seed);
	buf_init(&v->json, JSON_MAX);
	pthread_mutex_init(&v->lock, NULL);
	return v;
}

void
match_values_free(struct match_values *v)
{
	if (!v)
		return;
	keytab_fini(&v->tab);
	buf_fini(&v->json);
	pthread_mutex_destroy(&v->lock);
	free(v->span);
	free(v->name);
	free(v->save);
	free(v);
}

/* The value as the table has it; an IPv4 address among IPv6 ones is ::ffff:a.b.c.d. */
static bool
key_of(uint8_t type, struct view value, uint8_t room[16], struct view *key)
{
	uint8_t len = 0;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].type == type)
			len = types[i].len;
	}
	*key = value;
	if (type == MATCH_SET_IP && value.len == 4) {
		memset(room, 0, 10);
		memset(room + 10, 0xff, 2);
		memcpy(room + 12, value.ptr, 4);
		*key = (struct view){ room, 16 };
	}
	return key->len && key->len <= KEYTAB_KEY_MAX && (!len || key->len == len);
}

/* Keep the JSON; which one it is, or KEYTAB_NONE. */
static uint32_t
keep_json(struct match_values *v, struct view json)
{
	if (v->span_n == v->span_room) {
		size_t room = v->span_room ? v->span_room * 2 : 16;
		struct span *wide = realloc(v->span, room * sizeof(*wide));
		if (!wide)
			return KEYTAB_NONE;
		v->span = wide;
		v->span_room = room;
	}
	struct span s = { (uint32_t)v->json.len, (uint32_t)json.len };
	buf_add(&v->json, json.ptr, json.len);
	if (v->json.failed)
		return KEYTAB_NONE;
	v->span[v->span_n] = s;
	return (uint32_t)v->span_n++;
}

int
match_values_add(
    struct match_values *v, uint64_t memcap, struct view value, uint16_t rep, struct view json)
{
	uint8_t room[16];
	struct view key;
	uint32_t number = rep;

	if (!key_of(v->type, value, room, &key))
		return -1;
	if (keytab_find(&v->tab, key) != KEYTAB_NONE)
		return 0;
	if (memcap && keytab_bytes(&v->tab) + v->json.len + json.len + key.len > memcap)
		return -1;
	if (json.ptr && (number = keep_json(v, json)) == KEYTAB_NONE)
		return -1;
	if (keytab_put(&v->tab, key, number) == KEYTAB_NONE)
		return -1;
	v->changed = true;
	return 1;
}

int
match_values_remove(struct match_values *v, struct view value)
{
	uint8_t room[16];
	struct view key;

	if (!key_of(v->type, value, room, &key))
		return -1;
	if (!keytab_remove(&v->tab, key))
		return 0;
	v->changed = true;
	return 1;
}

bool
match_values_find(const struct match_values *v, struct view value, uint16_t *rep, struct view *json)
{
	uint8_t room[16];
	struct view key;

	if (!key_of(v->type, value, room, &key))
		return false;
	uint32_t e = keytab_find(&v->tab, key);
	if (e == KEYTAB_NONE)
		return false;
	uint32_t number = v->tab.entry[e].value;
	if (rep)
		*rep = (uint16_t)number;
	if (json && number < v->span_n)
		*json = (struct view){ v->json.ptr + v->span[number].at, v->span[number].n };
	return true;
}

void
match_values_lock(struct match_values *v)
{
	pthread_mutex_lock(&v->lock);
}

void
match_values_unlock(struct match_values *v)
{
	pthread_mutex_unlock(&v->lock);
}

/* ---- those that learn ---- */

struct hash_key
match_datasets_seed(const struct match_datasets *all)
{
	return all ? all->seed : HASH_KEY_FIXED;
}

struct match_datasets *
match_datasets_new(struct hash_key seed)
{
	struct match_datasets *all = calloc(1, sizeof(*all));

	if (!all)
		return NULL;
	all->seed = seed;
	pthread_mutex_init(&all->lock, NULL);
	return all;
}

void
match_datasets_free(struct match_datasets *all)
{
	if (!all)
		return;
	while (all->first) {
		struct match_values *v = all->first;
		all->first = v->next;
		match_values_free(v);
	}
	pthread_mutex_destroy(&all->lock);
	free(all);
}

static bool
is_saved_in(const struct match_values *v, const char *path)
{
	return path ? v->save && strcmp(v->save, path) == 0 : !v->save;
}

/* Of the name and the type; another type's, or another file's, is saved no more. */
static struct match_values *
known(struct match_datasets *all, const struct match_dataset *d)
{
	struct match_values *found = NULL;

	for (struct match_values *v = all->first; v; v = v->next) {
		if (strcmp(v->name, d->name) != 0)
			continue;
		if (v->type == d->type)
			found = v;
		if (v->type != d->type || !is_saved_in(v, d->save)) {
			free(v->save);
			v->save = NULL;
		}
	}
	return found;
}

static int
adopt(struct match_datasets *all, struct match_dataset *d)
{
	struct match_values *v = known(all, d);

	if (!v) {
		v = d->values;
		if (!(v->name = strdup(d->name)))
			return -1;
		v->shared = true;
		v->changed = false;
		v->next = all->first;
		all->first = v;
	} else if (v != d->values) {
		match_values_free(d->values);
		d->values = v;
	}
	if (d->save && !v->save && !(v->save = strdup(d->save)))
		return -1;
	return 0;
}

int
match_datasets_settle(struct match_datasets *all, struct match_dataset *first)
{
	int rc = 0;

	if (!all)
		return 0;
	pthread_mutex_lock(&all->lock);
	for (struct match_dataset *d = first; d; d = d->next) {
		if (d->learns && d->values)
			rc |= adopt(all, d);
	}
	pthread_mutex_unlock(&all->lock);
	return rc;
}

void
match_datasets_drop(struct match_dataset *first)
{
	for (struct match_dataset *d = first; d; d = d->next) {
		if (d->values && !d->values->shared)
			match_values_free(d->values);
		d->values = NULL;
	}
}

/* ---- saving ---- */

static int
by_bytes(const void *a, const void *b)
{
	const struct view *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int r = memcmp(x->ptr, y->ptr, n);

	return r ? r : (x->len > y->len) - (x->len < y->len);
}

static void
write_base64(struct buf *out, struct view v)
{
	static const char digit[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < v.len; i += 3) {
		size_t n = v.len - i < 3 ? v.len - i : 3;
		uint32_t w = (uint32_t)v.ptr[i] << 16;
		w |= n > 1 ? (uint32_t)v.ptr[i + 1] << 8 : 0;
		w |= n > 2 ? v.ptr[i + 2] : 0;
		for (size_t k = 0; k < 4; k++)
			buf_u8(out, k <= n ? (uint8_t)digit[w >> (18 - 6 * k) & 63] : '=');
	}
}

static void
write_value(struct buf *out, uint8_t type, struct view v)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[80];
	struct addr a = { 0 };
	struct cursor c = cursor_of_view(v);
	uint8_t ver = type == MATCH_SET_IPV4 ? 4 : 6;

	if (type == MATCH_SET_STRING) {
		write_base64(out, v);
	} else if (type == MATCH_SET_MD5 || type == MATCH_SET_SHA256) {
		hex_text(text, v.ptr, v.len);
		buf_add(out, text, v.len * 2);
	} else {
		if (type == MATCH_SET_IP && memcmp(v.ptr, mapped, sizeof(mapped)) == 0) {
			(void)cursor_skip(&c, sizeof(mapped));
			ver = 4;
		}
		memcpy(a.b, c.at, ver == 4 ? 4 : 16);
		buf_add(out, text, addr_text(text, &a, ver));
	}
	buf_u8(out, '\n');
}

/* All values in the order of their bytes; 0, or -1 when memory is out. */
static int
dump(struct match_values *v, struct buf *out)
{
	size_t n = 0;

	pthread_mutex_lock(&v->lock);
	struct view *key = malloc((v->tab.n + 1) * sizeof(*key));
	for (uint32_t i = 0; key && i < v->tab.entry_n; i++) {
		if (v->tab.entry[i].at != KEYTAB_NONE)
			key[n++] = keytab_key(&v->tab, i);
	}
	if (key)
		qsort(key, n, sizeof(*key), by_bytes);
	for (size_t i = 0; i < n; i++)
		write_value(out, v->type, key[i]);
	v->changed = !key || out->failed;
	pthread_mutex_unlock(&v->lock);
	free(key);
	return key && !out->failed ? 0 : -1;
}

/* The new file stands beside the old one until it is whole. */
static int
replace(const char *path, const struct buf *b)
{
	char fresh[4096];
	int n = snprintf(fresh, sizeof(fresh), "%s.new", path);

	if (n < 0 || (size_t)n >= sizeof(fresh)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0)
		return -1;
	int r = write_all(fd, b->ptr, b->len) ? fsync(fd) : -1, failed = errno;
	(void)close(fd);
	if (r == 0 && rename(fresh, path) == 0)
		return 0;
	failed = r == 0 ? errno : failed;
	(void)unlink(fresh);
	errno = failed;
	return -1;
}

static void
save(struct match_values *v)
{
	struct buf b;
	int r;

	buf_init(&b, 0);
	errno = ENOMEM;
	r = dump(v, &b);
	if (r == 0 && (r = replace(v->save, &b)) != 0)
		v->changed = true;
	log_state_set(&v->writing, r != 0, "dataset %s: %s: %s", v->name, v->save,
	    r == 0 ? "is saved again" : strerror(errno));
	buf_fini(&b);
}

void
match_datasets_save(struct match_datasets *all)
{
	if (!all)
		return;
	pthread_mutex_lock(&all->lock);
	for (struct match_values *v = all->first; v; v = v->next) {
		if (v->save && v->changed)
			save(v);
	}
	pthread_mutex_unlock(&all->lock);
}
