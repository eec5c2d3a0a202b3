/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ringfile: the two files of the packet ring, as bytes. docs/packet-ring.md has the formats.
 *
 * NUMBER.pcap holds whole frames, NUMBER.idx says who talked in them. The probe writes, the command
 * line reads. Pure functions, no file is opened here. Sources: draft-ietf-opsawg-pcap (nanosecond
 * form, little endian).
 */
#ifndef WANGLOU_LIB_RINGFILE_H
#define WANGLOU_LIB_RINGFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/buf.h"
#include "lib/cursor.h"

#define RINGFILE_PCAP 24   /* bytes before the first record */
#define RINGFILE_RECORD 16 /* bytes before each frame */
#define RINGFILE_FRAME 262144u
#define RINGFILE_HEADER 64
#define RINGFILE_BLOCK 56
#define RINGFILE_NUMBER 5     /* bytes of a number of variable length, at most */
#define RINGFILE_TALK 38      /* the longest fixed part of a talk */
#define RINGFILE_NAME 32      /* "000000000001.pcap" and its terminator */
#define RINGFILE_FRAGMENT 0x1 /* a later fragment: its ports are not known */

/*
 * Both ends of a packet and its protocol. With ports and without them the lower end is `a`, so that
 * both directions are one; ICMP keeps its direction and has type and code for aport and bport. All
 * zero without IP. No padding.
 */
struct ringfile_key {
	struct addr a, b;
	uint16_t aport, bport;
	uint8_t proto;
	uint8_t ver;   /* 4, 6; 0: no IP */
	uint8_t flags; /* RINGFILE_ */
	uint8_t spare;
};

/* ---- the capture ---- */

void
ringfile_pcap_put(uint8_t out[RINGFILE_PCAP], uint16_t linktype);
/* Is it the header of a file that we wrote? */
bool
ringfile_pcap_get(struct view bytes, uint16_t *linktype);

struct ringfile_record {
	uint64_t ts; /* ns */
	uint32_t caplen, wirelen;
};

void
ringfile_record_put(uint8_t out[RINGFILE_RECORD], const struct ringfile_record *r);
/* False when short, or when it says what no record of ours says. */
bool
ringfile_record_get(struct cursor *c, struct ringfile_record *out);

/* ---- the index ---- */

/* Its header. Of a file still being written only the link type is true. */
struct ringfile_head {
	uint16_t linktype;
	bool closed;
	uint64_t packets;
	uint64_t bytes; /* length of the capture file */
	uint64_t min_ts, max_ts;
};

void
ringfile_head_put(uint8_t out[RINGFILE_HEADER], const struct ringfile_head *h);
/* False: damaged, no index, or of another version. */
bool
ringfile_head_get(struct view bytes, struct ringfile_head *out);

/* One stretch of the capture file, [from, from + bytes). */
struct ringfile_block {
	uint64_t from;
	uint32_t bytes, packets, talks;
	uint64_t min_ts, max_ts;
	struct cursor body;
};

/* Writing: the block's header goes before what was added to `out` since offset `at`, where
 * RINGFILE_BLOCK bytes were left for it. */
void
ringfile_block_put(struct buf *out, size_t at, const struct ringfile_block *b);
/* The next whole block; false at the end, or when what follows is cut or damaged. */
bool
ringfile_block_get(struct cursor *c, struct ringfile_block *out);

/* A talk: one key and where its packets are, offsets from the block's beginning, rising. */
struct ringfile_talk {
	struct ringfile_key key;
	uint32_t packets;
	struct cursor offsets;
	uint64_t at; /* of the last offset given */
};

void
ringfile_talk_put(
    struct buf *out, const struct ringfile_key *k, uint32_t packets, struct view offsets);
bool
ringfile_talk_get(struct cursor *c, struct ringfile_talk *out);
/* Seven bits a byte, the lowest first; returns how many. */
size_t
ringfile_number_put(uint8_t out[RINGFILE_NUMBER], uint32_t v);
/* The next offset of a talk. */
bool
ringfile_offset_get(struct ringfile_talk *t, uint64_t *offset);

/* ---- names ---- */

/* "000000000001.pcap". */
void
ringfile_name(char out[RINGFILE_NAME], uint64_t number, const char *suffix);
/* The number in such a name, 0 when it is none. */
uint64_t
ringfile_number(const char *name, const char *suffix);

#endif
