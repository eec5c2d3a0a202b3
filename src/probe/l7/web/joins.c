/* SPDX-License-Identifier: Apache-2.0 */
#include "joins.h"

#include "lib/hash.h"

static uint64_t
hash_of(const struct join_key *k, const struct flow_key *of)
{
	uint64_t host = hash_bytes(HASH_KEY_FIXED, k->host.ptr, k->host.len);
	uint64_t path = hash_bytes(HASH_KEY_FIXED, k->path.ptr, k->path.len);
	uint64_t whole = hash_two(HASH_KEY_FIXED, host ^ k->size, path);
	uint64_t ends =
	    hash_two(HASH_KEY_FIXED, hash_bytes(HASH_KEY_FIXED, &of->client, sizeof(of->client)),
		hash_bytes(HASH_KEY_FIXED, &of->server, sizeof(of->server)));
	return hash_two(HASH_KEY_FIXED, whole, ends ^ of->tenant);
}

/* Rows are told apart by the turn in which they were made. */
static struct join *
row_of(struct joins *j, struct join_ref ref)
{
	struct join *r = ref.row ? &j->row[ref.row - 1] : NULL;
	return r && r->file && r->turn == ref.turn ? r : NULL;
}

struct join_ref
joins_find(struct l7 *l, struct l7_flow *lf, struct joins *j, const struct join_key *key,
    const struct l7_file_head *part)
{
	uint64_t hash = hash_of(key, &l->flow->key);
	struct join *oldest = &j->row[0], *found = NULL;
	for (size_t i = 0; i < JOINS && !found; i++) {
		struct join *r = &j->row[i];
		if (r->file && r->key == hash && r->size == key->size)
			found = r;
		else if (!r->file || (oldest->file && r->used < oldest->used))
			oldest = r;
	}
	if (!found) {
		struct l7_file_head head = *part;
		head.part = false;
		l7_file_free(l, oldest->file);
		*oldest = (struct join){ .key = hash, .size = key->size, .turn = ++j->turn };
		oldest->file = l7_file_open(l, lf, &head);
		l7_file_detach(lf, oldest->file);
		found = oldest;
	}
	found->used = ++j->turn;
	return (struct join_ref){ found->turn, found->file ? (uint8_t)(1 + (found - j->row)) : 0 };
}

void
joins_add(struct l7 *l, struct joins *j, struct join_ref ref, uint64_t offset, struct view bytes)
{
	struct join *r = row_of(j, ref);
	if (r)
		l7_file_at(l, r->file, offset, bytes);
}

void
joins_close(struct l7 *l, struct l7_flow *lf, struct joins *j, struct join_ref ref, uint64_t tx_id,
    const void *tx)
{
	struct join *r = row_of(j, ref);
	if (!r || l7_file_size(r->file) < r->size)
		return;
	l7_file_attach(lf, r->file, tx_id);
	l7_file_close(l, lf, r->file, L7_FILE_CLOSED, tx);
	r->file = NULL;
}

void
joins_drop(struct l7 *l, struct joins *j)
{
	for (size_t i = 0; i < JOINS; i++) {
		l7_file_free(l, j->row[i].file);
		j->row[i].file = NULL;
	}
}
