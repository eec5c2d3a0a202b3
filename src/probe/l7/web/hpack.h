/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hpack: header compression of HTTP/2 (RFC 7541), the reading side. Inside src/probe/l7/web only.
 *
 * Reads bytes only; the dynamic table is a hold of the caller's pool, decoded strings are in
 * scratch memory: valid until the packet's transactions were looked at. Owned by one struct l7.
 */
#ifndef WANGLOU_PROBE_L7_HPACK_H
#define WANGLOU_PROBE_L7_HPACK_H

#include "../hold.h"
#include "lib/cursor.h"

#define HPACK_TABLE 4096 /* size of the table at the beginning */

struct hpack {
	struct hold table;
	uint32_t size, max; /* as RFC 7541, 4.1 counts */
};

struct hpack_field {
	struct view name, value;
	int64_t resized; /* not a field: the table has this size now; else -1 */
	size_t cost;     /* work beside its bytes: entries passed, bytes of the table moved */
};

enum hpack_status { HPACK_FIELD, HPACK_END, HPACK_BAD };

/* The next field of a header block; *c moves on. After BAD nothing can be read any more. */
enum hpack_status
hpack_next(struct hpack *h, struct hold_pool *pool, struct scratch *s, struct cursor *c,
    struct hpack_field *out);

/* Decode a Huffman string. Returns bytes written, or L7_BAD. */
long
hpack_huffman(struct view in, uint8_t *out, size_t room);

#endif
