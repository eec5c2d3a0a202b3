/* SPDX-License-Identifier: Apache-2.0 */
/* keys: see include/lib/keys.h. The only file that knows libsodium. */
#include "lib/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cursor.h"

#define FILE_MAX 2048

static const char z85[] =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

void
keys_to_z85(const uint8_t key[KEYS_SIZE], char text[KEYS_Z85 + 1])
{
	struct cursor c = cursor_of(key, KEYS_SIZE);
	uint32_t v;
	char *to = text;
	while (cursor_u32(&c, &v)) {
		for (int i = 4; i >= 0; i--, v /= 85)
			to[i] = z85[v % 85];
		to += 5;
	}
	*to = '\0';
}

int
keys_from_z85(const char *text, uint8_t key[KEYS_SIZE])
{
	if (strlen(text) != KEYS_Z85)
		return -1;
	for (int i = 0; i < KEYS_SIZE / 4; i++) {
		uint64_t v = 0;
		for (int k = 0; k < 5; k++) {
			const char *at = strchr(z85, text[5 * i + k]);
			if (!at || !*at)
				return -1;
			v = v * 85 + (uint64_t)(at - z85);
		}
		if (v > UINT32_MAX)
			return -1;
		for (int k = 0; k < 4; k++)
			key[4 * i + k] = (uint8_t)(v >> (24 - 8 * k));
	}
	return 0;
}

static bool
name_ok(const char *name)
{
	size_t n = strlen(name);
	return n > 0 && n < KEYS_NAME && name[0] != '.' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
		   n;
}

static int
make(struct keys_pair *k, const char *name, const char *created, struct err *e)
{
	*k = (struct keys_pair){ 0 };
	if (!name_ok(name))
		return err_set(e,
		    "key name \"%s\": letters, digits, '.', '_' and '-' only, at most %d", name,
		    KEYS_NAME - 1);
	if (strlen(created) != sizeof(k->created) - 1)
		return err_set(e, "date \"%s\": YYYY-MM-DD is wanted", created);
	if (sodium_init() < 0)
		return err_set(e, "libsodium cannot begin (no random numbers)");
	strcpy(k->name, name);
	strcpy(k->created, created);
	return 0;
}

int
keys_make(struct keys_pair *k, const char *name, const char *created, struct err *e)
{
	if (make(k, name, created, e) < 0)
		return -1;
	(void)crypto_box_keypair(k->public_key, k->secret_key);
	return 0;
}

int
keys_make_signer(struct keys_pair *k, const char *name, const char *created, struct err *e)
{
	uint8_t whole[crypto_sign_SECRETKEYBYTES];
	if (make(k, name, created, e) < 0)
		return -1;
	k->signs = true;
	randombytes_buf(k->secret_key, KEYS_SIZE);
	(void)crypto_sign_seed_keypair(k->public_key, whole, k->secret_key);
	sodium_memzero(whole, sizeof(whole));
	return 0;
}

int
keys_sign(const struct keys_pair *k, struct view data, uint8_t out[KEYS_SIGNATURE], struct err *e)
{
	uint8_t whole[crypto_sign_SECRETKEYBYTES], public_key[KEYS_SIZE];
	if (!k->signs || sodium_init() < 0)
		return err_set(e, "key %s does not sign", k->name);
	(void)crypto_sign_seed_keypair(public_key, whole, k->secret_key);
	int rc = crypto_sign_detached(out, NULL, data.ptr, data.len, whole);
	sodium_memzero(whole, sizeof(whole));
	return rc == 0 ? 0 : err_set(e, "cannot be signed");
}

bool
keys_signed(const struct keys_pair *k, struct view data, const uint8_t signature[KEYS_SIGNATURE])
{
	return k->signs && sodium_init() >= 0 &&
	       crypto_sign_verify_detached(signature, data.ptr, data.len, k->public_key) == 0;
}

/* Make a file that must not exist yet, whole or not at all. */
static int
file_put(const char *path, mode_t mode, const char *text, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return err_set(e, "%s: %s", path, strerror(errno));
	size_t n = strlen(text);
	bool ok = write(fd, text, n) == (ssize_t)n && fchmod(fd, mode) == 0 && fsync(fd) == 0;
	int why = errno;
	close(fd);
	if (ok)
		return 0;
	(void)unlink(path);
	return err_set(e, "%s: %s", path, strerror(why));
}

int
keys_save(const struct keys_pair *k, const char *dir, struct err *e)
{
	char path[4096], text[FILE_MAX], public_text[KEYS_Z85 + 1], secret_text[KEYS_Z85 + 1];
	const char *kind = k->signs ? "kind: sign\n" : "";
	keys_to_z85(k->public_key, public_text);
	keys_to_z85(k->secret_key, secret_text);
	(void)snprintf(text, sizeof(text),
	    "# Wanglou secret key: never leaves this machine\nname: %s\ncreated: %s\n%spublic: %s\n"
	    "secret: %s\n",
	    k->name, k->created, kind, public_text, secret_text);
	(void)snprintf(path, sizeof(path), "%s/%s.key", dir, k->name);
	int rc = file_put(path, 0600, text, e);
	sodium_memzero(text, sizeof(text));
	sodium_memzero(secret_text, sizeof(secret_text));
	if (rc < 0)
		return rc;
	(void)snprintf(text, sizeof(text),
	    "# Wanglou public key\nname: %s\ncreated: %s\n%spublic: %s\n", k->name, k->created,
	    kind, public_text);
	char secret_path[4096];
	memcpy(secret_path, path, sizeof(path));
	(void)snprintf(path, sizeof(path), "%s/%s.pub", dir, k->name);
	rc = file_put(path, 0644, text, e);
	if (rc < 0)
		(void)unlink(secret_path);
	return rc;
}

/* ---- reading ---- */

static int
text_copy(struct view v, char *out, size_t room)
{
	if (v.len == 0 || v.len >= room)
		return -1;
	memcpy(out, v.ptr, v.len);
	out[v.len] = '\0';
	return 0;
}

/* One "word: value" line into *k. */
static int
line_take(struct keys_pair *k, struct view word, struct view value, unsigned *seen)
{
	static const char *const words[] = { "name", "created", "public", "secret", "kind" };
	char text[KEYS_Z85 + 1];
	unsigned i = 0;
	int rc = -1;
	while (i < 5 && !view_is(word, words[i]))
		i++;
	if (i == 5 || (*seen & 1u << i))
		return -1;
	*seen |= 1u << i;
	if (i == 0)
		return text_copy(value, k->name, sizeof(k->name)) == 0 && name_ok(k->name) ? 0 : -1;
	if (i == 1)
		return text_copy(value, k->created, sizeof(k->created));
	if (i == 4) {
		k->signs = view_is(value, "sign");
		return k->signs ? 0 : -1;
	}
	if (text_copy(value, text, sizeof(text)) == 0)
		rc = keys_from_z85(text, i == 2 ? k->public_key : k->secret_key);
	sodium_memzero(text, sizeof(text));
	return rc;
}

static struct view
trimmed(struct view v)
{
	struct cursor c = cursor_of_view(v);
	uint8_t byte;
	while (cursor_peek(&c, 0, &byte) && (byte == ' ' || byte == '\t'))
		(void)cursor_skip(&c, 1);
	size_t n = cursor_left(&c);
	while (n && cursor_peek(&c, n - 1, &byte) && (byte == ' ' || byte == '\t' || byte == '\r'))
		n--;
	return (struct view){ c.at, n };
}

/* `lines` ends in a newline. Returns 0 or the number of the line that is wrong. */
static unsigned
parse(struct keys_pair *k, struct view lines, unsigned *seen)
{
	struct cursor c = cursor_of_view(lines);
	struct view line;
	for (unsigned n = 1; cursor_line(&c, &line); n++) {
		line = trimmed(line);
		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		const uint8_t *colon = memchr(line.ptr, ':', line.len);
		if (!colon)
			return n;
		struct cursor l = cursor_of_view(line);
		struct view word;
		(void)cursor_take(&l, (size_t)(colon - line.ptr), &word);
		(void)cursor_skip(&l, 1);
		struct view value = trimmed((struct view){ l.at, cursor_left(&l) });
		if (line_take(k, trimmed(word), value, seen) < 0)
			return n;
	}
	return 0;
}

static int
load(struct keys_pair *k, const char *path, bool secret, struct err *e)
{
	uint8_t bytes[FILE_MAX];
	struct stat st;
	unsigned seen = 0, bad = 0;
	*k = (struct keys_pair){ 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return err_set(e, "%s: %s", path, strerror(errno));
	int rc = fstat(fd, &st);
	ssize_t n = rc == 0 ? read(fd, bytes, sizeof(bytes) - 1) : -1;
	close(fd);
	if (n < 0)
		return err_set(e, "%s: %s", path, strerror(errno));
	if (secret && (st.st_mode & 077))
		rc = err_set(e, "%s: others can read this secret key (mode %03o); chmod 600 it",
		    path, (unsigned)(st.st_mode & 0777));
	if (rc == 0) {
		bytes[n] = '\n';
		bad = parse(k, (struct view){ bytes, (size_t)n + 1 }, &seen);
		if (bad)
			rc = err_set(e, "%s:%u: this is not a line of a key file", path, bad);
		else if ((seen & 5) != 5 || (secret && !(seen & 8)))
			rc = err_set(e, "%s: name, public%s wanted", path,
			    secret ? " and secret are" : " are");
	}
	sodium_memzero(bytes, sizeof(bytes));
	return rc;
}

/* Keys that sign and keys that talk are never taken for each other. */
static int
load_of(struct keys_pair *k, const char *path, bool secret, bool signs, struct err *e)
{
	int rc = load(k, path, secret, e);
	if (rc == 0 && k->signs != signs)
		rc = err_set(e,
		    signs ? "%s: this key does not sign (wanglou keys new NAME --sign)"
			  : "%s: this key is for signing only",
		    path);
	if (rc < 0)
		keys_wipe(k);
	return rc;
}

int
keys_load_signer(struct keys_pair *k, const char *path, bool secret, struct err *e)
{
	uint8_t whole[crypto_sign_SECRETKEYBYTES], public_key[KEYS_SIZE];
	int rc = load_of(k, path, secret, true, e);
	if (!secret)
		sodium_memzero(k->secret_key, sizeof(k->secret_key));
	if (rc == 0 && secret) {
		(void)crypto_sign_seed_keypair(public_key, whole, k->secret_key);
		sodium_memzero(whole, sizeof(whole));
		if (memcmp(public_key, k->public_key, KEYS_SIZE) != 0)
			rc = err_set(e, "%s: public and secret key do not belong together", path);
	}
	if (rc < 0)
		keys_wipe(k);
	return rc;
}

int
keys_load_secret(struct keys_pair *k, const char *path, struct err *e)
{
	uint8_t public_key[KEYS_SIZE];
	int rc = load_of(k, path, true, false, e);
	if (rc == 0 && (crypto_scalarmult_base(public_key, k->secret_key) < 0 ||
			   memcmp(public_key, k->public_key, KEYS_SIZE) != 0))
		rc = err_set(e, "%s: public and secret key do not belong together", path);
	if (rc < 0)
		keys_wipe(k);
	return rc;
}

int
keys_load_public(struct keys_pair *k, const char *path, struct err *e)
{
	int rc = load_of(k, path, false, false, e);
	sodium_memzero(k->secret_key, sizeof(k->secret_key));
	return rc;
}

void
keys_wipe(struct keys_pair *k)
{
	sodium_memzero(k, sizeof(*k));
}

void
keys_origin(const uint8_t public_key[KEYS_SIZE], uint8_t origin[KEYS_ORIGIN])
{
	(void)crypto_generichash(origin, KEYS_ORIGIN, public_key, KEYS_SIZE, NULL, 0);
}

void
keys_random(void *out, size_t n)
{
	randombytes_buf(out, n);
}
