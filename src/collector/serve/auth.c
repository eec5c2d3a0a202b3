/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/auth.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/hash.h"
#include "lib/hex.h"
#include "lib/keys.h"
#include "lib/log.h"

#define TOKENS_MAX 4096
#define TRIES 1024
#define TRIES_EACH 5 /* wrong passwords of one peer for one name */
#define TRIES_ALL 60 /* of all, so that guessing over many names or peers is slow too */
#define TRIES_MS (5 * 60000ull)

struct token {
	uint8_t hash[KEYS_ORIGIN];
	char name[USERS_NAME];
	uint64_t until;
	uint64_t tag; /* of the user's password hash: another password ends the token */
};

struct tries {
	uint64_t key, since;
	unsigned n;
};

struct auth {
	char users_path[PATH_MAX], tokens_path[PATH_MAX];
	uint64_t token_ms;
	pthread_mutex_t lock;  /* all below */
	pthread_mutex_t check; /* one Argon2id at a time: 64 MiB each */
	struct token token[TOKENS_MAX];
	size_t n;
	struct tries tries[TRIES], all;
	struct hash_key seed;
	struct auth_counters count;
	struct log_state disk;
};

static bool
from_hex(uint8_t *out, size_t n, const char *in)
{
	return strlen(in) == 2 * n && hex_bytes(out, n, in);
}

static uint64_t
tag_of(const struct users_one *u)
{
	return hash_bytes(HASH_KEY_FIXED, u->hash, strlen(u->hash));
}

static void
load_tokens(struct auth *a)
{
	FILE *f = fopen(a->tokens_path, "re");
	char hex[2 * KEYS_ORIGIN + 1];
	struct token t;

	if (!f)
		return;
	while (a->n < TOKENS_MAX &&
	       fscanf(f, "%32s %63s %" SCNu64 " %" SCNx64, hex, t.name, &t.until, &t.tag) == 4)
		if (from_hex(t.hash, sizeof(t.hash), hex))
			a->token[a->n++] = t;
	(void)fclose(f);
}

static bool
write_tokens(struct auth *a, FILE *f)
{
	char hex[2 * KEYS_ORIGIN + 1];

	for (size_t i = 0; i < a->n; i++) {
		const struct token *t = &a->token[i];
		hex_text(hex, t->hash, sizeof(t->hash));
		if (fprintf(f, "%s %s %" PRIu64 " %" PRIx64 "\n", hex, t->name, t->until, t->tag) <
		    0)
			return false;
	}
	return true;
}

/* So that a restart logs nobody out. When the disk does not take it the tokens are good until the
 * next start. */
static void
save_tokens(struct auth *a)
{
	char temporary[PATH_MAX + 8];
	FILE *f = NULL;
	bool ok = false;
	int fd;

	(void)snprintf(temporary, sizeof(temporary), "%s.new", a->tokens_path);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0 && !(f = fdopen(fd, "w")))
		(void)close(fd);
	if (f) {
		ok = write_tokens(a, f);
		ok = fclose(f) == 0 && ok && rename(temporary, a->tokens_path) == 0;
	}
	(void)log_state_set(&a->disk, !ok, "%s cannot be written", a->tokens_path);
}

struct auth *
auth_open(const char *dir, uint64_t token_ms, struct err *e)
{
	struct auth *a = calloc(1, sizeof(*a));
	struct users u;

	if (!a) {
		(void)err_set(e, "no memory");
		return NULL;
	}
	(void)snprintf(a->users_path, sizeof(a->users_path), "%s/users", dir);
	(void)snprintf(a->tokens_path, sizeof(a->tokens_path), "%s/tokens", dir);
	a->token_ms = token_ms;
	keys_random(&a->seed, sizeof(a->seed));
	(void)pthread_mutex_init(&a->lock, NULL);
	(void)pthread_mutex_init(&a->check, NULL);
	if (users_load(a->users_path, &u, e)) {
		auth_close(a);
		return NULL;
	}
	users_clear(&u);
	(void)users_check(NULL, ""); /* its first call takes longer: not when somebody measures */
	load_tokens(a);
	return a;
}

void
auth_close(struct auth *a)
{
	if (!a)
		return;
	(void)pthread_mutex_destroy(&a->lock);
	(void)pthread_mutex_destroy(&a->check);
	users_wipe(a, sizeof(*a));
	free(a);
}

static struct tries *
tries_of(struct auth *a, const struct auth_try *t)
{
	char text[USERS_NAME + 64];
	int n = snprintf(text, sizeof(text), "%s %s", t->peer, t->name);
	size_t len = n < (int)sizeof(text) ? (size_t)n : sizeof(text) - 1;
	uint64_t key = hash_bytes(a->seed, text, len);
	struct tries *slot = &a->tries[key % TRIES];

	if (slot->key != key)
		*slot = (struct tries){ .key = key };
	return slot;
}

static bool
is_over(struct tries *t, unsigned most, uint64_t now, uint64_t *until)
{
	if (now - t->since >= TRIES_MS)
		t->n = 0;
	if (t->n < most)
		return false;
	*until = t->since + TRIES_MS;
	return true;
}

static void
add_wrong(struct tries *t, uint64_t now)
{
	if (t->n++ == 0)
		t->since = now;
}

/* May this one be tried? It counts as wrong until it turns out right, so that many at once are
 * limited too. */
static bool
begin_try(struct auth *a, const struct auth_try *t, uint64_t *until)
{
	struct tries *mine;
	bool over;

	(void)pthread_mutex_lock(&a->lock);
	mine = tries_of(a, t);
	over =
	    is_over(mine, TRIES_EACH, t->now, until) || is_over(&a->all, TRIES_ALL, t->now, until);
	if (!over) {
		add_wrong(mine, t->now);
		add_wrong(&a->all, t->now);
	}
	a->count.limited += over;
	(void)pthread_mutex_unlock(&a->lock);
	return !over;
}

/* Forget ended tokens; at the cap the one that ends first goes. */
static void
make_room(struct auth *a, uint64_t now)
{
	size_t left = 0, first = 0;

	for (size_t i = 0; i < a->n; i++)
		if (a->token[i].until > now)
			a->token[left++] = a->token[i];
	a->n = left;
	if (a->n < TOKENS_MAX)
		return;
	for (size_t i = 1; i < a->n; i++)
		if (a->token[i].until < a->token[first].until)
			first = i;
	a->token[first] = a->token[--a->n];
}

static void
give_token(struct auth *a, const struct users_one *u, uint64_t now, char text[AUTH_TOKEN])
{
	uint8_t secret[KEYS_SIZE];
	struct token *t;

	make_room(a, now);
	t = &a->token[a->n++];
	keys_random(secret, sizeof(secret));
	keys_origin(secret, t->hash);
	hex_text(text, secret, sizeof(secret));
	users_wipe(secret, sizeof(secret));
	memcpy(t->name, u->name, sizeof(t->name));
	t->until = now + a->token_ms;
	t->tag = tag_of(u);
	save_tokens(a);
}

static void
end_try(
    struct auth *a, const struct auth_try *t, const struct users_one *right, char token[AUTH_TOKEN])
{
	(void)pthread_mutex_lock(&a->lock);
	if (right) {
		tries_of(a, t)->n = 0;
		a->all.n -= a->all.n > 0;
		a->count.logins++;
		give_token(a, right, t->now, token);
	} else {
		a->count.wrong++;
	}
	(void)pthread_mutex_unlock(&a->lock);
}

enum auth_answer
auth_login(struct auth *a, const struct auth_try *t, char token[AUTH_TOKEN], uint64_t *until,
    struct err *e)
{
	const struct users_one *one;
	struct users u;
	bool right;

	if (!begin_try(a, t, until))
		return AUTH_LATER;
	if (users_load(a->users_path, &u, e))
		return AUTH_FAILED;
	one = users_find(&u, t->name);
	(void)pthread_mutex_lock(&a->check);
	right = users_check(one, t->password);
	(void)pthread_mutex_unlock(&a->check);
	end_try(a, t, right ? one : NULL, token);
	*until = t->now + a->token_ms;
	users_clear(&u);
	return right ? AUTH_OK : AUTH_WRONG;
}

static struct token *
find_token(struct auth *a, const char *text)
{
	uint8_t secret[KEYS_SIZE], hash[KEYS_ORIGIN];

	if (!from_hex(secret, sizeof(secret), text))
		return NULL;
	keys_origin(secret, hash);
	for (size_t i = 0; i < a->n; i++)
		if (memcmp(a->token[i].hash, hash, sizeof(hash)) == 0)
			return &a->token[i];
	return NULL;
}

bool
auth_token(struct auth *a, const char *text, uint64_t now, char name[USERS_NAME])
{
	const struct users_one *one;
	struct token found = { .until = 0 }, *t;
	struct users u;
	bool good;

	(void)pthread_mutex_lock(&a->lock);
	t = find_token(a, text);
	if (t)
		found = *t;
	(void)pthread_mutex_unlock(&a->lock);
	if (found.until <= now || users_load(a->users_path, &u, NULL))
		return false;
	one = users_find(&u, found.name);
	good = one && tag_of(one) == found.tag;
	users_clear(&u);
	(void)snprintf(name, USERS_NAME, "%s", good ? found.name : "");
	return good;
}

void
auth_logout(struct auth *a, const char *text)
{
	struct token *t;

	(void)pthread_mutex_lock(&a->lock);
	t = find_token(a, text);
	if (t) {
		*t = a->token[--a->n];
		save_tokens(a);
	}
	(void)pthread_mutex_unlock(&a->lock);
}

void
auth_count(struct auth *a, struct auth_counters *out)
{
	(void)pthread_mutex_lock(&a->lock);
	*out = a->count;
	out->tokens = a->n;
	(void)pthread_mutex_unlock(&a->lock);
}
