/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle: rules, classes, their data and lists of indicators as one signed file, for networks that
 * nothing else reaches.
 *
 *     wanglou-bundle 1
 *     name: city-2026-11     version: 7     created: 2026-11-22     signer: office
 *     file: KIND SHA-256 BYTES PACKED NAME        one line each; KIND: see below
 *     (empty line)
 *     signature: 128 hex digits: Ed25519 (RFC 8032) of all before this line
 *     the files, a zstd frame each, one after another
 *
 * Nothing of a bundle is used before its signature and every digest hold. Reads are bounded.
 */
#ifndef WANGLOU_PROBE_BUNDLE_H
#define WANGLOU_PROBE_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/cursor.h"
#include "lib/err.h"
#include "lib/keys.h"

enum bundle_kind {
	BUNDLE_RULES,   /* "rules" */
	BUNDLE_CLASSES, /* "classes": classification.config */
	BUNDLE_LIST, /* "list": what its rules load (datasets, digests of files), anything else */
	BUNDLE_INDICATORS /* "indicators": probe/lists.h */
};

struct bundle_file {
	char *name;
	uint8_t kind; /* enum bundle_kind */
	uint8_t digest[32];
	uint64_t size, packed;
	struct view data; /* after bundle_open */
};

struct bundle {
	char name[KEYS_NAME], created[11], signer[KEYS_NAME];
	uint64_t version;
	struct bundle_file *file;
	size_t n;
	struct buf bytes; /* of all files */
};

/* Of a name: how it is used. Lists of indicators look like other lists: who packs says so. */
enum bundle_kind
bundle_kind_of(const char *name);
const char *
bundle_kind_name(uint8_t kind);

/*
 * Write a bundle of files on disk, named by names[] in it, signed by `key`. An older file is
 * replaced whole or not at all. b's name, created and version are given. -1 with a sentence.
 */
int
bundle_write(struct bundle *b, const char *const *path, const struct keys_pair *key,
    const char *out, struct err *e);

/*
 * Read and check: signature by the public half of `key`, each file's size and digest. -1 with a
 * sentence, then *b holds nothing.
 */
int
bundle_open(struct bundle *b, const char *path, const struct keys_pair *key, struct err *e);
/* A zeroed *b may be closed. */
void
bundle_close(struct bundle *b);

#endif
