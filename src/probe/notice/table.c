/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdlib.h>

#define MAX_BUCKETS (1ULL << 20)

bool
table_init(struct table *t, uint64_t cap)
{
	uint64_t n = 64;
	while (n < cap && n < MAX_BUCKETS)
		n *= 2;
	t->mask = n - 1;
	t->bucket = calloc(n, sizeof(struct table_node *));
	return t->bucket != NULL;
}

void
table_fini(struct table *t)
{
	free(t->bucket);
	t->bucket = NULL;
}

static struct table_node *
same_hash(struct table_node *node, uint64_t hash)
{
	while (node && node->hash != hash)
		node = node->chain;
	return node;
}

struct table_node *
table_first(const struct table *t, uint64_t hash)
{
	return same_hash(t->bucket[hash & t->mask], hash);
}

struct table_node *
table_next(const struct table_node *node)
{
	return same_hash(node->chain, node->hash);
}

void
table_add(struct table *t, struct table_node *node, uint64_t hash)
{
	struct table_node **head = &t->bucket[hash & t->mask];
	node->hash = hash;
	node->chain = *head;
	*head = node;
}

void
table_remove(struct table *t, struct table_node *node)
{
	struct table_node **at = &t->bucket[node->hash & t->mask];
	while (*at != node)
		at = &(*at)->chain;
	*at = node->chain;
}

void
age_add(struct age_list *l, struct age_node *node)
{
	node->older = l->newest;
	node->newer = NULL;
	if (l->newest)
		l->newest->newer = node;
	else
		l->oldest = node;
	l->newest = node;
}

void
age_remove(struct age_list *l, struct age_node *node)
{
	if (node->older)
		node->older->newer = node->newer;
	else
		l->oldest = node->newer;
	if (node->newer)
		node->newer->older = node->older;
	else
		l->newest = node->older;
	node->older = node->newer = NULL;
}
