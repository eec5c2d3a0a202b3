/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_told: a rule as it was read, for who lists and explains rules. The loader tells each one
 * (match_load.told). All of it is valid during the call only, but for msg and other texts, which
 * live as long as the rule set.
 */
#ifndef WANGLOU_PROBE_MATCH_TOLD_H
#define WANGLOU_PROBE_MATCH_TOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "probe/alert.h"

/* What an option of the rule became. */
enum match_told_kind {
	MATCH_TOLD_WORD, /* says something, or changes what stands before it */
	MATCH_TOLD_CONTENT,
	MATCH_TOLD_PCRE,
	MATCH_TOLD_STEP,   /* a step inside a buffer: isdataat, byte_test and the like */
	MATCH_TOLD_TEST,   /* a question about packet, flow or transaction */
	MATCH_TOLD_AFTER,  /* done when all held */
	MATCH_TOLD_BUFFER, /* names the buffer of what follows */
	MATCH_TOLD_TRANSFORM
};

#define MATCH_TOLD_NEGATED 0x01
#define MATCH_TOLD_NOCASE 0x02
#define MATCH_TOLD_OFFSET 0x04 /* from, to count from the buffer's start */
#define MATCH_TOLD_DEPTH 0x08
#define MATCH_TOLD_RELATIVE 0x10 /* distance and within count from the pattern before it */
#define MATCH_TOLD_WITHIN 0x20
#define MATCH_TOLD_START 0x40
#define MATCH_TOLD_END 0x80

struct match_told_part {
	struct view name, value; /* as written; the value without its quotes */
	uint8_t kind;            /* enum match_told_kind */
	uint8_t flags;           /* MATCH_TOLD_ */
	bool fast;               /* it wakes the rule, says its author */
	const char *buffer; /* patterns: what they look into, "payload" when nothing is named */
	struct view bytes;  /* of a content */
	int64_t from, to;   /* offset and where the depth ends; or distance and within */
	uint16_t pattern;   /* loader: its number and 1 */
};

struct match_told {
	const char *file;
	uint32_t line;
	struct view text; /* the rule in one line, without what makes it a comment */
	bool disabled;    /* a comment */
	bool failed;      /* it cannot be loaded; what could be read is there */
	struct view head[7];
	const char *action; /* "alert" */
	bool noalert;
	uint32_t gid, sid, rev;
	uint8_t severity;
	const char *msg, *category, *classtype; /* "" or NULL when it has none */
	const char *attack, *gbt20986, *verdict, *name_zh;
	const struct alert_meta *meta;
	uint16_t meta_n;
	const struct match_told_part *part;
	size_t part_n;
};

typedef void (*match_told_fn)(void *context, const struct match_told *t);

#endif
