/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth: logins and the tokens they give.
 *
 *     DATA/users   who (users.h)         DATA/tokens   BLAKE2b of each token, user, until when;
 * mode 0600
 *
 * A token is 32 random bytes as hex; only its hash is kept, so that the file opens nothing. It ends
 * with its time, with the user, or when the password changes. Wrong passwords are limited by (peer,
 * name) and in all. Any thread; owns a lock.
 */
#ifndef WANGLOU_COLLECTOR_AUTH_H
#define WANGLOU_COLLECTOR_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/users.h"
#include "lib/err.h"

#define AUTH_TOKEN 65

struct auth;

enum auth_answer { AUTH_OK, AUTH_WRONG, AUTH_LATER, AUTH_FAILED };

struct auth_counters {
	uint64_t logins, wrong, limited, tokens;
};

/* `dir` holds both files. Tokens last `token_ms`. NULL with a sentence. */
struct auth *
auth_open(const char *dir, uint64_t token_ms, struct err *e);
void
auth_close(struct auth *a);

/*
 * Check a password; AUTH_OK fills the token and its end. AUTH_LATER: too many wrong ones; *until
 * says when to come again. AUTH_FAILED: the users' file cannot be read (*e). Times in ms since
 * 1970.
 */
struct auth_try {
	const char *name, *password, *peer;
	uint64_t now;
};
enum auth_answer
auth_login(struct auth *a, const struct auth_try *t, char token[AUTH_TOKEN], uint64_t *until,
    struct err *e);

/* Whose token is it? False: nobody's, or it has ended. */
bool
auth_token(struct auth *a, const char *token, uint64_t now, char name[USERS_NAME]);

/* End a token. */
void
auth_logout(struct auth *a, const char *token);

/* A copy of the counters. Any thread. */
void
auth_count(struct auth *a, struct auth_counters *out);

#endif
