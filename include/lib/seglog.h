/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seglog: an append-only log of records in segment files, with a CRC on each record.
 *
 * The probe's spool has one per lane; the collector's hold log is one. One writer process; any
 * number of readers in the same or other processes, each with its own position. Records are
 * numbered from 1 without holes across restarts. A torn record at the tail (power lost, process
 * killed) is cut off on open.
 *
 *     dir/00000000000000000001.seg   named after the first record in it
 *       +--------+---------+-----------------------------------------+
 *       | header | record  | record ...                              |
 *       +--------+---------+-----------------------------------------+
 *     header: "WLSEGLOG", u32 version 1, u32 crc32c of (version, number), u64 first number
 *     record: u32 length, u32 crc32c of (number, length, bytes), u64 number, bytes
 *     integers are little endian
 *
 * Touches files below its directory only. Format: docs/protocol.md, "segment log".
 */
#ifndef WANGLOU_LIB_SEGLOG_H
#define WANGLOU_LIB_SEGLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "lib/err.h"

#define SEGLOG_MAX_RECORD (4u << 20)

struct seglog;
struct seglog_reader;

/*
 * Open for writing, creating the directory (mode 0700); recovers the tail. One writer: a POSIX lock
 * on the file "lock" is held, which a forked child does not inherit. segment_bytes 0: 64 MiB.
 */
struct seglog *
seglog_open(const char *dir, uint64_t segment_bytes, struct err *e);

/* Flush, release the lock. NULL is allowed. */
void
seglog_close(struct seglog *l);

/*
 * Append a record of up to SEGLOG_MAX_RECORD bytes; its number goes to *number. Returns 0, or -1
 * (disk full, I/O error) with nothing appended: the caller counts and tries later. May buffer until
 * seglog_flush.
 */
int
seglog_append(struct seglog *l, const void *data, size_t n, uint64_t *number);

/* Hand buffered records to the kernel: readers see them and a kill of this process cannot lose
 * them. */
int
seglog_flush(struct seglog *l);

/* Flush and fdatasync: a power cut cannot lose them either. -1: disk full; -2: fdatasync failed,
 * data may be gone. */
int
seglog_sync(struct seglog *l);

uint64_t
seglog_first(const struct seglog *l); /* number of the oldest record kept; next when empty */
uint64_t
seglog_next(const struct seglog *l); /* number the next record will get */
uint64_t
seglog_bytes(const struct seglog *l); /* bytes on disk, and those waiting to go there */

/* Records appended but not yet handed to the kernel: what a kill would lose now. Walks them. */
uint64_t
seglog_waiting(const struct seglog *l);

/* Close the segment being written and begin a new one, so that trim and drop can take the old. 0 or
 * -1 (disk). */
int
seglog_rotate(struct seglog *l);

/*
 * Delete whole segments in which every record is < number. Returns the number of records deleted.
 * The segment being written is kept.
 */
uint64_t
seglog_trim(struct seglog *l, uint64_t number);

/*
 * Give up unread records for their space: delete the oldest closed segment whose records are all >
 * keep. Readers see a hole. Returns the number of records deleted, numbered *first .. *last; 0 when
 * there is no such segment.
 */
uint64_t
seglog_drop(struct seglog *l, uint64_t keep, uint64_t *first, uint64_t *last);

/* What seglog_drop would take now; nothing is deleted. Returns the number of records, or 0. */
uint64_t
seglog_droppable(const struct seglog *l, uint64_t keep, uint64_t *first, uint64_t *last);

/* Start reading at `number` (clamped up to the oldest kept; 0 = the oldest). The directory may not
 * exist yet. */
struct seglog_reader *
seglog_reader_open(const char *dir, uint64_t number, struct err *e);

/* NULL is allowed. */
void
seglog_reader_close(struct seglog_reader *r);

/*
 * Next record: 1 with *out valid until the next call, 0 when there is none yet (ask again later),
 * -1 when the log is damaged there (*number is the first record lost, and the reader goes on behind
 * the damage). When older records were trimmed away under the reader, it jumps and *number shows
 * the hole.
 */
int
seglog_read(struct seglog_reader *r, struct view *out, uint64_t *number);

/* Number of the record the next read will give if nothing is missing. */
uint64_t
seglog_reader_next(const struct seglog_reader *r);

/*
 * Make what was read so far durable (fdatasync through the reader), so that a power cut cannot take
 * back a record that was passed on. Cheap when it is known to be. 0, or -1 on an I/O error.
 */
int
seglog_reader_sync(struct seglog_reader *r);

/* Bytes of the log from the reader's place on, about. Reads the directory. */
uint64_t
seglog_reader_left(const struct seglog_reader *r);

#endif
