/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mask: secrets in texts of the wire are replaced before they are written anywhere: "***", and with
 * a key 16 hex digits of a keyed hash behind it, so that the same secret can be recognised again.
 *
 * Found are
 *   - values of names that mean a secret: password=..., "access_token": "...", Authorization:
 * Bearer ..., scheme://user:secret@host
 *   - identity numbers (GB 11643-1999: 18 characters, region, date and check character right)
 *   - mobile numbers of mainland China (11 digits from 13 to 19, with or without 86)
 *   - payment cards (ISO/IEC 7812-1: 13 to 19 digits of a known issuer, Luhn's check digit right,
 * whole or in groups of four) What is known to be a secret as a whole is written with
 * mask_secret().
 *
 * A struct mask is used by one thread at a time.
 */
#ifndef WANGLOU_LIB_MASK_H
#define WANGLOU_LIB_MASK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/cursor.h"
#include "lib/err.h"
#include "lib/hash.h"
#include "lib/jw.h"

/* The replacement of one secret, its end included. */
#define MASK_MAX 20

struct mask {
	bool names, numbers; /* what is looked for */
	bool keyed;          /* the hash is written */
	struct hash_key key;
	uint64_t count; /* secrets replaced */
	struct buf text;
};

/* Nothing is looked for yet, no key. */
void
mask_init(struct mask *m);
void
mask_fini(struct mask *m);

/* Take the key from a file: its first 16 bytes, or 32 hex digits; blanks behind are left out. -1
 * with a sentence. */
int
mask_key(struct mask *m, const char *path, struct err *e);

/* The text without its secrets: itself, or a copy that is valid until the next call. */
struct view
mask_text(struct mask *m, struct view text);

/* All strings from now on go through mask_text; m outlives w. */
void
mask_writer(struct mask *m, struct jw *w);

/*
 * Write a password, token, community or key as a string that hides it. An empty one is written as
 * "": there is nothing to hide.
 */
void
mask_secret(struct jw *w, struct view secret);

#endif
