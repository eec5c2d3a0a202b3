/* SPDX-License-Identifier: Apache-2.0 */
/*
 * defrag: what does a datagram say whose fragments came one by one?
 *
 * Takes fragments from decode, gives the whole datagram when its last piece came. Where fragments
 * overlap, it keeps what the receiver would keep (probe/targets.h). Owns what waits, capped in
 * number and bytes: the oldest goes and is counted. Its clock is the fragments' own. One owner
 * thread. Sources: RFC 791, 815, 1858, 3128, 5722, 8200; Novak, Target-Based Fragmentation
 * Reassembly (2005). Why it does what it does: docs/decisions/0009-fragments.md.
 */
#ifndef WANGLOU_PROBE_DEFRAG_H
#define WANGLOU_PROBE_DEFRAG_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/cursor.h"
#include "lib/hash.h"
#include "probe/decode.h"
#include "probe/targets.h"

/* One datagram was put together this often at most before its frame is given up as too deep:
 * fragments inside a tunnel whose own datagrams are fragments. */
#define DEFRAG_DEPTH 4

struct defrag;

struct defrag_config {
	uint32_t max_datagrams; /* that wait for the rest, at least 1 */
	uint64_t memory;        /* bytes for them and what they hold; at least DEFRAG_MEMORY_MIN */
	uint64_t timeout;       /* ns from the first fragment that came; half of it for IPv4 to
				   hosts of Linux and BSD kind, which wait less */
	const struct targets *targets; /* borrowed; NULL: every host is Linux */
	struct hash_key seed;
};

#define DEFRAG_MEMORY_MIN 262144

/* What tells datagrams apart. No padding: it is hashed and compared as bytes. */
struct defrag_key {
	struct addr src, dst;
	uint32_t id;
	uint32_t tenant;
	uint16_t vlan[2];
	uint8_t vlan_n;
	uint8_t ver;   /* 4 or 6 */
	uint8_t proto; /* IPv4; 0 for IPv6 */
	uint8_t path;
};

struct fragment {
	struct defrag_key key;
	uint64_t ts;
	uint32_t offset; /* of its first byte in the datagram, a multiple of 8 */
	uint32_t wirelen;
	uint8_t proto; /* what the datagram holds; IPv6: true of the first fragment only */
	bool more;
	struct view header; /* IPv4: header with options; IPv6: the first 40 bytes */
	struct view data;
};

/* A datagram put together. Views are valid until the frame after this one. */
struct joined {
	struct view l3; /* with a header that says so: right length, no fragment field or header */
	size_t header;  /* bytes of it that are the header */
	uint8_t proto, ttl;
	uint32_t kept; /* wire bytes of the frames before that brought it */
};

/* NULL when memory is out. */
struct defrag *
defrag_new(const struct defrag_config *config);

/* NULL is allowed. */
void
defrag_free(struct defrag *d);

/* Other systems from now on; datagrams that wait keep theirs. NULL is allowed for d. */
void
defrag_set_targets(struct defrag *d, const struct targets *targets);

/*
 * Take one fragment. True: it completed its datagram, which is in *out; `depth` (below
 * DEFRAG_DEPTH) says how many were completed by this frame before. False: it waits, or was refused
 * and counted. Cost: 1,200 to 1,500 instructions, copying included;
 * as much in a flood of fragments whose datagrams never come.
 */
bool
defrag_add(struct defrag *d, const struct fragment *f, unsigned depth,
    struct decode_counters *count, struct joined *out);

/* Everything that waits is given up and counted; the clock begins anew. NULL is allowed for d. */
void
defrag_forget(struct defrag *d, struct decode_counters *count);

#endif
