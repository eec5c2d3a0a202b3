/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unpack: gzip (RFC 1952) and zstd (RFC 8878) as streams, bytes in, bytes out.
 *
 * A row for each format, known by its first bytes. What is packed may be of any length; memory is
 * bounded (zlib 32 KiB; zstd's window, at most 128 MiB). zlib is fenced behind src/lib/gunzip.c,
 * libzstd behind src/lib/compress.c. One thread a stream.
 */
#ifndef WANGLOU_LIB_UNPACK_H
#define WANGLOU_LIB_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

enum unpack_status {
	UNPACK_MORE, /* it goes on: give more bytes, or room */
	UNPACK_END,  /* here the packed bytes may end; what follows must be another such part */
	UNPACK_BAD,  /* they are damaged */
};

struct unpack_format {
	const char *name; /* "gzip" */
	uint8_t magic[4];
	size_t magic_n;
	/* NULL when memory is out. */
	void *(*begin)(void);
	/* NULL is allowed. */
	void (*end)(void *stream);
	/*
	 * Take from *in (which is moved on, and never NULL) and write to out; *made says how much
	 * of `room` was written. BAD: *why says why, a constant.
	 */
	enum unpack_status (*step)(void *stream, struct view *in, uint8_t *out, size_t room,
	    size_t *made, const char **why);
};

extern const struct unpack_format unpack_gzip;
extern const struct unpack_format unpack_zstd;

struct unpack_room {
	uint8_t *out;
	size_t n;
};

/*
 * Unpack one member of gzip (or a zlib stream) into the room, with memory from `get`, which belongs
 * to its giver. Returns bytes made; 0 when nothing could be unpacked.
 */
size_t
unpack_once(struct view in, bool zlib, struct unpack_room room,
    void *(*get)(void *context, size_t n), void *context);

#endif
