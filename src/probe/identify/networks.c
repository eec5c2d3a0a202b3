/* SPDX-License-Identifier: Apache-2.0 */
/* identify: see networks.h. */
#define NDPI_LIB_COMPILATION /* the header then shows the module's members */
#include "networks.h"

#include <stdlib.h>

#include "behind.h"
#include "memory.h"

#if !NDPI_AT_LEAST(4, 4) /* later ones call the tree of IPv4 by another name */

#define ANSWERS_BITS 10 /* 16 KB */

struct answer {
	ndpi_patricia_node_t *node; /* NULL: in none of them */
	uint32_t addr;
	bool known;
};

struct networks {
	const void *tree;
	struct answer answer[1u << ANSWERS_BITS];
};

static _Thread_local struct networks *mine;

struct networks *
networks_new(const struct ndpi_detection_module_struct *module)
{
	struct networks *n = memory_laid_out(module) ? calloc(1, sizeof(*n)) : NULL;

	if (n)
		n->tree = module->protocols_ptree;
	return n;
}

void
networks_free(struct networks *n)
{
	free(n);
}

void
networks_use(struct networks *n)
{
	mine = n;
}

/* The library's: the smallest network of the tree that the address is in. */
ndpi_patricia_node_t *
ndpi_patricia_search_best(ndpi_patricia_tree_t *tree, ndpi_prefix_t *prefix)
{
	static _Thread_local ndpi_patricia_node_t *(*own)(ndpi_patricia_tree_t *, ndpi_prefix_t *);

	if (!own)
		behind("ndpi_patricia_search_best", &own);
	if (!mine || mine->tree != tree || prefix->bitlen != 32)
		return own(tree, prefix);
	uint32_t addr = prefix->add.sin.s_addr;
	struct answer *a = &mine->answer[addr * 0x9e3779b1u >> (32 - ANSWERS_BITS)];
	if (!a->known || a->addr != addr)
		*a = (struct answer){ own(tree, prefix), addr, true };
	return a->node;
}

#else

struct networks *
networks_new(const struct ndpi_detection_module_struct *module)
{
	(void)module;
	return NULL;
}

void
networks_free(struct networks *n)
{
	(void)n;
}

void
networks_use(struct networks *n)
{
	(void)n;
}

#endif
