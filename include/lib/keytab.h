/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keytab: from bytes to a 32-bit number, made for millions of short keys.
 *
 *	slot[]   half of the key's hash, and the number of the entry: most misses end here
 *	entry[]  value, and where the key stands in `text`
 *	text     length and bytes of each key, one behind the other
 *
 * About 20 bytes a key and the key itself. Hashes are keyed, keys are compared in full. Owns its
 * memory; finding is read-only and may be done by any number of threads.
 */
#ifndef WANGLOU_LIB_KEYTAB_H
#define WANGLOU_LIB_KEYTAB_H

#include "lib/cursor.h"
#include "lib/hash.h"

#define KEYTAB_KEY_MAX 65535
#define KEYTAB_NONE UINT32_MAX

struct keytab_entry {
	uint32_t at; /* of the key in text; KEYTAB_NONE: removed */
	uint32_t value;
};

struct keytab {
	struct hash_key seed;
	uint64_t *slot; /* hash << 32 | entry + 1; 0: free */
	size_t room;    /* of slot */
	struct keytab_entry *entry;
	size_t entry_n, entry_room; /* removed ones included */
	uint8_t *text;
	size_t text_n, text_room;
	size_t n, dead; /* live entries, removed ones */
	size_t gone;    /* slots of removed ones */
};

/* An empty table; allocates nothing. */
void
keytab_init(struct keytab *t, struct hash_key seed);
void
keytab_fini(struct keytab *t);

/* The entry of a key, or KEYTAB_NONE. */
uint32_t
keytab_find(const struct keytab *t, struct view key);
/* Put a key, which must not be there. Its entry, or KEYTAB_NONE: out of memory, 4 GiB of keys, a
 * key too long. Entries keep their numbers until one is removed. */
uint32_t
keytab_put(struct keytab *t, struct view key, uint32_t value);
/* Take it out; false when it was not there. Numbers of entries may change. */
bool
keytab_remove(struct keytab *t, struct view key);
/* The key of an entry that is there. */
struct view
keytab_key(const struct keytab *t, uint32_t entry);
/* Bytes held. */
size_t
keytab_bytes(const struct keytab *t);
/* Nothing more comes: give back what is not needed. */
void
keytab_fit(struct keytab *t);

#endif
