/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_mongodb: MongoDB's wire protocol (MongoDB manual, "MongoDB Wire Protocol") and BSON 1.1
 * (bsonspec.org), as far as a command and its outcome need them.
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_MONGODB_H
#define WANGLOU_PROBE_L7_MONGODB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

enum mongodb_opcode {
	MONGODB_REPLY = 1,
	MONGODB_UPDATE = 2001,
	MONGODB_INSERT = 2002,
	MONGODB_QUERY = 2004,
	MONGODB_GET_MORE = 2005,
	MONGODB_DELETE = 2006,
	MONGODB_KILL_CURSORS = 2007,
	MONGODB_COMPRESSED = 2012,
	MONGODB_MSG = 2013
};

#define MONGODB_HEADER 16
#define MONGODB_MORE_TO_COME 0x2u /* flag of OP_MSG: no answer is wanted, or more will come */

struct mongodb_header {
	uint32_t length, request, response_to, opcode;
};

struct mongodb_message {
	struct mongodb_header header;
	uint32_t flags;
	struct view name;     /* "database.collection" of the old operations */
	struct view document; /* the body, or the first document of a reply; may be cut */
	uint8_t compressor;   /* of OP_COMPRESSED: 1 snappy, 2 zlib, 3 zstd */
	uint32_t documents;   /* of OP_REPLY */
};

enum bson_type {
	BSON_DOUBLE = 1,
	BSON_STRING = 2,
	BSON_DOCUMENT = 3,
	BSON_ARRAY = 4,
	BSON_BINARY = 5,
	BSON_BOOL = 8,
	BSON_INT32 = 16,
	BSON_INT64 = 18
};

struct bson_element {
	uint8_t type;
	struct view name;
	struct view value; /* text without its NUL, bytes, or a document with its length */
	int64_t number;    /* of numbers and booleans; doubles are cut */
};

/* The header of a message. Returns 16, L7_MORE, or L7_BAD for what cannot be one. */
long
mongodb_header(struct view bytes, struct mongodb_header *out);

/* A message, header included, whose end may be missing. False when its beginning is wrong. */
bool
mongodb_message(struct view bytes, struct mongodb_message *out);

/* The elements of a document; its end may be missing. */
struct cursor
bson_walk(struct view document);

/* The next element that is whole; false at the end. */
bool
bson_next(struct cursor *c, struct bson_element *out);

/* The element of that name. */
bool
bson_find(struct view document, const char *name, struct bson_element *out);

/* "OP_MSG" and so on, or NULL. */
const char *
mongodb_opcode_name(uint32_t opcode);

#endif
