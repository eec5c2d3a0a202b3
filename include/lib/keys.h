/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys: CURVE key pairs in files, and the list of public keys that may come in; and pairs that sign
 * (Ed25519, RFC 8032), whose files say `kind: sign` and are never taken for the others.
 *
 *     NAME.key  mode 0600, refused when group or others may read it     NAME.pub  for everybody
 *       # Wanglou secret key: never leaves this machine                   # Wanglou public key
 *       name: NAME                                                        name: NAME
 *       created: 2026-11-22                                               created: 2026-11-22
 *       public: 40 characters of Z85 (ZeroMQ RFC 32)                      public: ...
 *       secret: 40 characters of Z85
 *
 * A secret is wiped from the stack and the heap when it is done with; it is never logged. libsodium
 * is fenced behind this module. Start-up and reload only.
 */
#ifndef WANGLOU_LIB_KEYS_H
#define WANGLOU_LIB_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "lib/err.h"

#define KEYS_SIZE 32
#define KEYS_ORIGIN 16
#define KEYS_Z85 40
#define KEYS_NAME 64
#define KEYS_SIGNATURE 64

struct keys_pair {
	char name[KEYS_NAME]; /* letters, digits, '.', '_' and '-'; not beginning with '.' */
	char created[11];     /* YYYY-MM-DD */
	uint8_t public_key[KEYS_SIZE];
	uint8_t secret_key[KEYS_SIZE]; /* zero when only NAME.pub was read; that signs: its seed */
	bool signs;
};

/* Make a pair. `created` is the day as YYYY-MM-DD. */
int
keys_make(struct keys_pair *k, const char *name, const char *created, struct err *e);

/* The same for a pair that signs. */
int
keys_make_signer(struct keys_pair *k, const char *name, const char *created, struct err *e);

/* Read a NAME.key (secret) or NAME.pub of a pair that signs. */
int
keys_load_signer(struct keys_pair *k, const char *path, bool secret, struct err *e);

/* Sign; -1 with a sentence. */
int
keys_sign(const struct keys_pair *k, struct view data, uint8_t out[KEYS_SIGNATURE], struct err *e);

/* Is the signature by this pair? */
bool
keys_signed(const struct keys_pair *k, struct view data, const uint8_t signature[KEYS_SIGNATURE]);

/* Write DIR/NAME.key and DIR/NAME.pub. Existing files are never overwritten: -1. */
int
keys_save(const struct keys_pair *k, const char *dir, struct err *e);

/* Read a NAME.key; -1 also when the mode is too open or public and secret do not belong together.
 */
int
keys_load_secret(struct keys_pair *k, const char *path, struct err *e);

/* Read a NAME.pub. */
int
keys_load_public(struct keys_pair *k, const char *path, struct err *e);

/* Overwrite with zeros in a way that the compiler cannot leave out. */
void
keys_wipe(struct keys_pair *k);

/* Who somebody is, for good: BLAKE2b (RFC 7693), 16 bytes, of the public key. */
void
keys_origin(const uint8_t public_key[KEYS_SIZE], uint8_t origin[KEYS_ORIGIN]);

/* Z85 both ways. `text` has KEYS_Z85 + 1 bytes. Returns -1 on a character that is not Z85 or on
 * overflow. */
void
keys_to_z85(const uint8_t key[KEYS_SIZE], char text[KEYS_Z85 + 1]);
int
keys_from_z85(const char *text, uint8_t key[KEYS_SIZE]);

/* n random bytes from the kernel, for epochs and the like. */
void
keys_random(void *out, size_t n);

/* ---- who may come in ---- */

struct keys_allowed;

/*
 * All files named .pub of a folder, or one file. -1 entries never: a file that cannot be read fails
 * the whole list, as does the same key under two names or the same name twice. An empty folder is
 * allowed.
 */
struct keys_allowed *
keys_allowed_load(const char *path, struct err *e);

/* NULL is allowed. */
void
keys_allowed_free(struct keys_allowed *a);

/* How many keys there are. */
size_t
keys_allowed_count(const struct keys_allowed *a);

/* The name this key is known by, or NULL. Constant time is not needed: the keys are public. */
const char *
keys_allowed_find(const struct keys_allowed *a, const uint8_t public_key[KEYS_SIZE]);

/* Entry i < count. */
const struct keys_pair *
keys_allowed_at(const struct keys_allowed *a, size_t i);

#endif
