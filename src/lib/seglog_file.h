/* SPDX-License-Identifier: Apache-2.0 */
/* seglog_file: what writer and reader of a segment log share: names, headers, records, finding the
 * way again. */
#ifndef WANGLOU_LIB_SEGLOG_FILE_H
#define WANGLOU_LIB_SEGLOG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/cursor.h"

#define SEG_HEADER 24
#define SEG_RECORD 16
#define SEG_NAME 32

/* First numbers of the segments in a folder, ascending. Owns the array. */
struct seg_list {
	uint64_t *first;
	size_t n;
};

/* List a folder. 0, or -1 with errno set. */
int
seg_list_read(int dir, struct seg_list *out);
void
seg_list_fini(struct seg_list *l);

/* "00000000000000000001.seg" */
void
seg_name(char out[SEG_NAME], uint64_t first);

void
seg_header_put(uint8_t out[SEG_HEADER], uint64_t first);
/* 0; -1 when damaged or of another number; -2 when of a version not known here. */
int
seg_header_check(struct view bytes, uint64_t first);

/* Header of record `number` with `n` bytes of data. */
void
seg_record_put(uint8_t out[SEG_RECORD], uint64_t number, const void *data, size_t n);

enum seg_verdict {
	SEG_GOOD,
	SEG_SHORT, /* sound so far, but cut */
	SEG_BAD,
};

/*
 * Is there record `number` at the front? On SEG_GOOD *data are its bytes. On SEG_SHORT with the
 * length known, *data has ptr NULL and that length. On SEG_BAD, *data has the length when the
 * header itself looks right.
 */
enum seg_verdict
seg_record_get(struct view bytes, uint64_t number, struct view *data);

/*
 * Look for the next sound record numbered `above` or higher. Returns its offset and *number, or
 * bytes.len.
 */
size_t
seg_resync(struct view bytes, uint64_t above, uint64_t *number);

/* Append the bytes of a file from `offset` to its end, at most `max`. 0, or -1 with errno set. */
int
seg_load(int fd, uint64_t offset, size_t max, struct buf *out);

#endif
