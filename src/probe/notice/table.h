/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table: hash buckets and lists by age for objects that carry their own links.
 *
 *     struct thing { struct table_node node; struct age_node age; ... };
 *
 * The caller owns the objects; order of iteration is never offered for a table, only for a list.
 * One thread.
 */
#ifndef WANGLOU_PROBE_NOTICE_TABLE_H
#define WANGLOU_PROBE_NOTICE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_node {
	struct table_node *chain;
	uint64_t hash;
};

struct table {
	struct table_node **bucket;
	uint64_t mask;
};

/* Buckets for about `cap` objects (at most 2^20 buckets). False when memory is out. */
bool
table_init(struct table *t, uint64_t cap);
void
table_fini(struct table *t);

/* First object with this hash, and the next one after it; the caller compares keys. */
struct table_node *
table_first(const struct table *t, uint64_t hash);
struct table_node *
table_next(const struct table_node *node);

void
table_add(struct table *t, struct table_node *node, uint64_t hash);
void
table_remove(struct table *t, struct table_node *node);

struct age_node {
	struct age_node *older, *newer;
};

struct age_list {
	struct age_node *oldest, *newest;
};

/* Put at the young end. The node is in no list. */
void
age_add(struct age_list *l, struct age_node *node);
void
age_remove(struct age_list *l, struct age_node *node);

#define table_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#endif
