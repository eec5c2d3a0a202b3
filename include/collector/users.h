/* SPDX-License-Identifier: Apache-2.0 */
/*
 * users: who may use the API, in a file that only the collector's host can change.
 *
 *     DATA/users, mode 0600, one line a user: NAME ARGON2ID-STRING CREATED-MS
 *
 * Passwords are kept as Argon2id (RFC 9106, libsodium's interactive limits) and never logged.
 * Changes replace the file atomically. Checking a password takes a tenth of a second and 64 MiB on
 * purpose; the caller lets one at a time through.
 */
#ifndef WANGLOU_COLLECTOR_USERS_H
#define WANGLOU_COLLECTOR_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define USERS_NAME 64
#define USERS_HASH 128
#define USERS_PASSWORD_MIN 8
#define USERS_PASSWORD_MAX 256

struct users_one {
	char name[USERS_NAME];
	char hash[USERS_HASH];
	uint64_t created; /* or when the password was changed; ms since 1970 */
};

struct users {
	struct users_one *user;
	size_t n;
};

/* Letters, digits, '.', '_', '-', '@' and anything beyond ASCII; 1 to 63 bytes; no spaces. */
bool
users_name_ok(const char *name);

/* Read the file; a missing one is an empty list. -1 with a sentence: damaged, or readable by
 * others. */
int
users_load(const char *path, struct users *out, struct err *e);
void
users_clear(struct users *u);
const struct users_one *
users_find(const struct users *u, const char *name);

/* Add a user, or give one a new password. `add`: refuse when there is one of that name; otherwise
 * refuse when none. */
int
users_set(const char *path, const char *name, const char *password, bool add, uint64_t now,
    struct err *e);

/* Take a user away. 0, or -1 with a sentence when there is none or the file cannot be written. */
int
users_remove(const char *path, const char *name, struct err *e);

/* True when this is the user's password. u NULL takes the same time and is false. */
bool
users_check(const struct users_one *u, const char *password);

/* A password of 20 letters and digits without those that look alike: 117 bits. */
void
users_make_password(char out[21]);

/* Overwrite a secret. */
void
users_wipe(void *secret, size_t n);

#endif
