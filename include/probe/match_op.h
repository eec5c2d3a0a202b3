/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_op: the parts a rule is made of: transforms of a buffer, patterns and steps inside it,
 * questions about packet, flow and transaction, and what is done in the end. Plain data, private to
 * src/probe/match/; everything pointed to lives in the rule set's arena.
 */
#ifndef WANGLOU_PROBE_MATCH_OP_H
#define WANGLOU_PROBE_MATCH_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

#define MATCH_VARS 16 /* numbers that a rule takes out of its bytes */

struct match;
struct match_candidate;
struct match_op;
struct match_pcre;
struct match_share;

/* The expressions of a rule set. */
struct match_pcre_held {
	struct match_share *share; /* NULL at first: its own is made */
	bool own;
	struct match_pcre **item;
	size_t n, room;
};
struct match_sight;

/* Makes other bytes of a buffer before patterns look; see match_keyword.h. */
struct match_transform {
	/* false: there is nothing to look at */
	bool (*apply)(const struct match_transform *t, struct match *m, struct view *data);
	const void *data; /* of the set's arena */
	size_t n;
};

/* What a group of an expression is kept as. */
enum match_var_kind { MATCH_VAR_FLOW, MATCH_VAR_PACKET, MATCH_VAR_ALERT, MATCH_VAR_ENTROPY };
struct match_capture {
	const struct match_capture *next;
	const char *name;
	uint8_t group, kind; /* enum match_var_kind */
};

enum match_op_kind { MATCH_OP_CONTENT, MATCH_OP_PCRE, MATCH_OP_STEP };

/* match_op.flags */
#define MATCH_OP_NOT 0x01
#define MATCH_OP_NOCASE 0x02 /* bytes are lower case */
#define MATCH_OP_DISTANCE 0x04
#define MATCH_OP_WITHIN 0x08
#define MATCH_OP_RELATIVE 0x0c /* pcre /R sets DISTANCE */
#define MATCH_OP_OFFSET 0x10
#define MATCH_OP_DEPTH 0x20
#define MATCH_OP_ENDSWITH 0x40
#define MATCH_OP_CHAINED 0x80 /* the next op is relative to this one */

/* match_op.vars */
#define MATCH_VAR_OFFSET 0x01
#define MATCH_VAR_DEPTH 0x02
#define MATCH_VAR_DISTANCE 0x04
#define MATCH_VAR_WITHIN 0x08

struct match_op_content {
	const uint8_t *bytes;
	uint16_t rare;          /* place of its rarest byte */
	uint32_t offset, depth; /* depth counts from the buffer's start */
	int32_t distance;
	uint32_t within;
};

struct match_op_size {
	uint32_t low, high; /* inclusive */
};

struct match_op_names {
	const uint64_t *name; /* hashes of the names, so that a reloaded set means the same bits */
	uint32_t n;
};

/* A comparison of numbers: see number.c. */
enum match_compare {
	MATCH_EQUAL,
	MATCH_LESS,
	MATCH_MORE,
	MATCH_BETWEEN, /* a and b inclusive */
	MATCH_MASK     /* (n & a) == b; MATCH_MASK with any: (n & a) != 0 */
};

struct match_op_number {
	uint64_t a, b;
	uint8_t compare; /* enum match_compare */
	bool negated, any;
	uint8_t what; /* enum l7_number */
};

/*
 * A step inside a buffer that is not a search: from the end of the pattern before it; *end gets
 * where the next relative one begins (it is `from` when called). A negated one negates itself.
 */
typedef bool (*match_step)(
    struct match_sight *s, const struct match_op *op, size_t from, size_t *end);
/* A question about the packet, flow or transaction. */
typedef bool (*match_test)(
    struct match *m, const struct match_op *op, const struct match_candidate *c);
/* What a rule does when all of it held. */
typedef void (*match_after)(
    struct match *m, const struct match_op *op, const struct match_candidate *c);

struct match_op {
	uint8_t kind; /* enum match_op_kind, of patterns */
	uint8_t flags;
	uint16_t len;    /* of a content */
	uint16_t option; /* of the rule it comes from, from 1 */
	uint8_t vars; /* MATCH_VAR_: of a content; what is placed by a variable holds its number */
	union {
		match_step step;
		match_test test;
		match_after after;
	};
	union {
		struct match_op_content content;
		struct {
			const struct match_pcre *pcre;
			const struct match_capture *capture; /* NULL: none */
		};
		struct match_op_size size;
		struct match_op_names names;
		struct match_op_number number;
		const void *data; /* of the set's arena */
	};
};

/* match_area.flags */
#define MATCH_AREA_ABSENT 0x01 /* holds also when the buffer is not there */
#define MATCH_AREA_ALONE 0x02  /* only then */
/* of a rule on whole transactions (=>): the side that is looked at */
#define MATCH_AREA_UP 0x04
#define MATCH_AREA_DOWN 0x08

/* The patterns of one list, in the order written. */
struct match_area {
	uint16_t list;
	uint8_t op_n, flags;
	const struct match_op *op;
};

#endif
