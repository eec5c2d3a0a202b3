/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_cache: compiled databases in a folder, so that an unchanged rule set starts at once.
 * Private to src/probe/match/; load time only.
 *
 * A file is named by the SHA-256 of what it was made of. What is read is believed only when file
 * and folder are this user's alone, and length, name and the digest of the content are as the head
 * says:
 *
 *     magic (8) | key (32) | SHA-256 of the content (32) | length (8, big endian) | content
 *
 * Anything else is as if it were not there, and is written anew. Several processes may share a
 * folder: files are written aside and renamed.
 */
#ifndef WANGLOU_PROBE_MATCH_CACHE_H
#define WANGLOU_PROBE_MATCH_CACHE_H

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/sha256.h"

struct match_cache;

/* The folder, which must be there. NULL when dir is "" or NULL, or (with a sentence) when it cannot
 * be trusted. */
struct match_cache *
match_cache_open(const char *dir, struct err *e);
/* The content under this key is appended to *out; false when there is none to be believed. NULL is
 * allowed. */
bool
match_cache_get(struct match_cache *c, const uint8_t key[SHA256_SIZE], struct buf *out);
/* Keep it. A failure is counted, no more. NULL is allowed. */
void
match_cache_put(struct match_cache *c, const uint8_t key[SHA256_SIZE], const void *data, size_t n);
/* Found, made anew, and not written. */
struct match_cache_sums {
	uint32_t found, made, failed;
};
/* Remove files that nobody has used for days; and end. NULL is allowed. */
struct match_cache_sums
match_cache_close(struct match_cache *c);

#endif
