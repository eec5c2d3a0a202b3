/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf: settings from a YAML file and from `key=value`, checked against a table of rows.
 *
 * One row an option: the defaults, the check, the printed form, the manual page and the shipped
 * example come from it. Rows are made from include/probe/options.def or
 * include/collector/options.def. Start-up only, one thread. libyaml is fenced behind
 * src/lib/conf.c.
 */
#ifndef WANGLOU_LIB_CONF_H
#define WANGLOU_LIB_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/err.h"

enum conf_type {
	CONF_BOOL,  /* bool: yes no true false on off */
	CONF_INT,   /* uint64_t: plain number */
	CONF_BYTES, /* uint64_t: bytes; kb mb gb (powers of 1024) */
	CONF_TIME,  /* uint64_t: milliseconds; 500ms 10s 5m 2h 3d; a bare number is seconds */
	CONF_STR,   /* char *: owned; "" when unset */
	CONF_ENUM,  /* int: index into the words of `choice` ("a|b|c") */
	CONF_PATH,  /* char *: as CONF_STR; a relative one of a file is from that file's folder */
	CONF_LIST,  /* struct conf_list: YAML sequence, or comma-separated with --set */
	CONF_PATHS, /* struct conf_list of what CONF_PATH has */
	CONF_MAP,   /* struct conf_map: name -> text, e.g. vars.address-groups */
};

/* The C type of a row's field. */
#define CONF_FIELD_BOOL bool
#define CONF_FIELD_INT uint64_t
#define CONF_FIELD_BYTES uint64_t
#define CONF_FIELD_TIME uint64_t
#define CONF_FIELD_STR char *
#define CONF_FIELD_ENUM int
#define CONF_FIELD_PATH char *
#define CONF_FIELD_LIST struct conf_list
#define CONF_FIELD_PATHS struct conf_list
#define CONF_FIELD_MAP struct conf_map

struct conf_list {
	char **item;
	size_t n;
};

struct conf_pair {
	char *name;
	char *value;
};

struct conf_map {
	struct conf_pair *pair;
	size_t n;
};

struct conf_row {
	const char *key; /* dotted: "flow.max" */
	enum conf_type type;
	size_t offset;      /* of the field in the settings struct */
	const char *value;  /* default, in the text a user would write */
	uint64_t min, max;  /* for numbers, in the type's unit */
	const char *choice; /* for CONF_ENUM */
	const char *unit;   /* shown to people */
	const char *help;   /* one sentence */
};

struct conf_table {
	const struct conf_row *row;
	size_t n;
	size_t size; /* of the settings struct */
};

/* Fill a settings struct with the defaults. A bad default is a bug of ours and asserts. */
void
conf_defaults(const struct conf_table *t, void *settings);

/* Release what the settings own. */
void
conf_clear(const struct conf_table *t, void *settings);

/*
 * Read a YAML file over the settings. On failure -1 and a sentence with file, line, key, what was
 * found and what is allowed (for an unknown key, the nearest known one); the settings are then not
 * to be used. Relative paths, defaults too, are then from the file's folder.
 */
int
conf_load(const struct conf_table *t, void *settings, const char *path, struct err *e);

/* As conf_load, of a file on top of another: paths that it does not name stay as they are. */
int
conf_load_over(const struct conf_table *t, void *settings, const char *path, struct err *e);

/* Apply one "key=value". Returns as conf_load. */
int
conf_set(const struct conf_table *t, void *settings, const char *assignment, struct err *e);

/* Print the settings as the YAML that would make them, each row with its help as a comment. */
void
conf_print(const struct conf_table *t, const void *settings, FILE *out);

/* Append a copy of a text. 0, or -1 when memory is out. */
int
conf_list_add(struct conf_list *l, const char *text, struct err *e);

/* Release the items; the list is then empty. */
void
conf_list_clear(struct conf_list *l);

/* Look a map up by name; NULL when absent. */
const char *
conf_map_find(const struct conf_map *m, const char *name);

#endif
