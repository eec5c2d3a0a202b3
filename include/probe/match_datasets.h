/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_datasets: sets of values that rules ask and learn (dataset, datarep). Private to
 * src/probe/match/.
 *
 *	match_rules -> match_dataset (what rules said of it) -> match_values (what is in it)
 *
 * Sets that are only asked belong to their rule set and are read-only. Those that learn belong to
 * struct match_datasets (match.h), which outlives rule sets: a reload goes on with what was
 * learned. Their values are used behind the gate and a lock, since somebody saves them meanwhile.
 */
#ifndef WANGLOU_PROBE_MATCH_DATASETS_H
#define WANGLOU_PROBE_MATCH_DATASETS_H

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/keytab.h"
#include "probe/match.h"

enum match_dataset_type {
	MATCH_SET_NONE,
	MATCH_SET_STRING,
	MATCH_SET_MD5,
	MATCH_SET_SHA256,
	MATCH_SET_IPV4,
	MATCH_SET_IP
};

enum match_dataset_format { MATCH_SET_CSV, MATCH_SET_JSON, MATCH_SET_NDJSON };

struct match_values;

/* What the rules (or the settings) say of a set. Texts live as long as the rule set. */
struct match_dataset {
	struct match_dataset *next;
	const char *name;
	uint8_t type;   /* enum match_dataset_type */
	uint8_t format; /* enum match_dataset_format */
	bool rep;       /* values have a number: datarep */
	bool learns;    /* a rule sets or unsets, or it is saved */
	bool settings;  /* from the settings, which may name any path */
	bool loaded;
	bool remove_key;           /* the value's own key is left out of what alerts say */
	uint64_t memcap;           /* bytes; 0: none */
	const char *load, *save;   /* files, NULL: none */
	const char *context;       /* the key in alerts; NULL: the set's name */
	const char *value, *array; /* keys of JSON, dots between levels; NULL: none */
	struct match_values *values;
};

/* ---- datasets.c ---- */

/* "md5" -> MATCH_SET_MD5; MATCH_SET_NONE for an unknown word. */
enum match_dataset_type
match_dataset_type(struct view word);

/* The key that sets which learn from traffic are hashed with. */
struct hash_key
match_datasets_seed(const struct match_datasets *all);
struct match_values *
match_values_new(uint8_t type, struct hash_key seed);
/* NULL is allowed. */
void
match_values_free(struct match_values *v);
/* Put a value as buffers have it, with its number and JSON (or an empty view). 1 when it is new, 0
 * when it was there, -1 when there is no room or it is no value of this type. */
int
match_values_add(
    struct match_values *v, uint64_t memcap, struct view value, uint16_t rep, struct view json);
int
match_values_remove(struct match_values *v, struct view value);
/* Is it there? Its number and JSON, where asked for. */
bool
match_values_find(
    const struct match_values *v, struct view value, uint16_t *rep, struct view *json);
/* What learns is used between these. */
void
match_values_lock(struct match_values *v);
void
match_values_unlock(struct match_values *v);

/* Sets that learn go on with what is in the registry, or come into it; those of no registry stay
 * the rule set's own. 0, or -1 when memory is out. */
int
match_datasets_settle(struct match_datasets *all, struct match_dataset *first);
/* End what the rule set owns. */
void
match_datasets_drop(struct match_dataset *first);

/* ---- dataset_file.c ---- */

/* Read a set's file into its values. -1 with a sentence that names file and line. */
int
match_dataset_read(const struct match_dataset *d, const char *path, struct err *e);
/* The same of bytes that are there. */
int
match_dataset_parse(const struct match_dataset *d, struct view bytes, struct err *e);

#endif
