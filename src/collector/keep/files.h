/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files: the names of the store's files. events-YYYYMMDD-NN.db sorts by age.
 *
 * Touches the directory only to list it. Any thread.
 */
#ifndef WANGLOU_COLLECTOR_KEEP_FILES_H
#define WANGLOU_COLLECTOR_KEEP_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILES_ALERTS "alerts.db"
#define FILES_NEW "new.db" /* an event file being made */
#define FILES_NAME 32

struct files {
	char (*name)[FILES_NAME]; /* event files, oldest first */
	size_t n;
};

/* List the event files. False when the directory cannot be read or memory is out. */
bool
files_list(const char *dir, struct files *out);
void
files_free(struct files *f);

/* Day of a file's name as YYYYMMDD and its number; false when it is no event file. */
bool
files_parse(const char *name, uint32_t *day, uint32_t *number);

void
files_name(char out[FILES_NAME], uint32_t day, uint32_t number);

/* UTC day YYYYMMDD of a time in ms since 1970. */
uint32_t
files_day(uint64_t ms);

/* Size of a database with its write-ahead log; 0 when absent. */
uint64_t
files_bytes(const char *dir, const char *name);

/* Rename within the directory, for good (the directory is synced). */
bool
files_rename(const char *dir, const char *from, const char *to);

/* Delete a database with what belongs to it. */
void
files_remove(const char *dir, const char *name);

#endif
