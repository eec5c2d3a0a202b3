/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml: a YAML file as a small tree that remembers its lines, for data files such as
 * conf/segments.yaml. The prefix is ytree_ because libyaml owns yaml_.
 *
 * Settings go through lib/conf.h instead. Scalars are texts; anchors, aliases and several documents
 * are refused. Owns its memory. Start-up and reload only. libyaml is fenced behind src/lib/yaml.c
 * (and src/lib/conf.c).
 */
#ifndef WANGLOU_LIB_YAML_H
#define WANGLOU_LIB_YAML_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define YTREE_MAX_BYTES (64u << 20)
#define YTREE_MAX_DEPTH 32

enum ytree_kind { YTREE_TEXT, YTREE_LIST, YTREE_MAP };

struct ytree_node {
	struct ytree_node *next;  /* in the same list or map */
	struct ytree_node *child; /* first of a list or map */
	const char *key;          /* inside a map; else NULL */
	const char *text;         /* YTREE_TEXT: never NULL, UTF-8, no NUL inside; else NULL */
	uint32_t line;            /* 1..; of the key inside a map */
	uint8_t kind;             /* enum ytree_kind */
};

struct ytree;

/* Read a file. NULL with "FILE:LINE: reason" in *e; a key twice in one map is an error. */
struct ytree *
ytree_load(const char *path, struct err *e);

/* Read n bytes; `name` stands for the file in *e. */
struct ytree *
ytree_parse(const void *data, size_t n, const char *name, struct err *e);

/* NULL is allowed. */
void
ytree_free(struct ytree *y);

/* The whole document; NULL when it is empty. Lives as long as y. */
const struct ytree_node *
ytree_root(const struct ytree *y);

/* Value of a key of a map; NULL when absent or when `map` is no map. */
const struct ytree_node *
ytree_get(const struct ytree_node *map, const char *key);

#endif
