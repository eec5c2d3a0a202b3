/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_redis: RESP 2 and 3 (Redis serialization protocol specification, redis.io), element by
 * element; KeyDB, Valkey, Pika and Codis speak it, too.
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_REDIS_H
#define WANGLOU_PROBE_L7_REDIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

#define REDIS_LINE_MAX 16384 /* longest line: a simple string, an inline command */

struct redis_element {
	uint8_t type;     /* '+' '-' ':' '_' ',' '#' '(' '$' '=' '!' '*' '~' '>' '%' '|' */
	struct view line; /* behind the type */
	int64_t
	    number; /* of types that count: bytes of a string, elements of an aggregate; -1: null */
	uint64_t body;   /* bytes behind the line that belong to it, its CRLF included */
	uint64_t inside; /* elements that follow as part of it */
};

/* One element's first line. Returns its bytes, L7_MORE or L7_BAD. */
long
redis_element(struct view bytes, struct redis_element *out);

/* The next word of an inline command; false at its end. */
bool
redis_word(struct cursor *c, struct view *out);

/* What a command's arguments are. */
enum redis_kind {
	REDIS_KEY,    /* the first is a key, the others are values */
	REDIS_PLAIN,  /* the first two may be shown */
	REDIS_CONFIG, /* CONFIG: the value as well, unless its name is a secret's */
	REDIS_SCRIPT, /* the first is a program */
	REDIS_AUTH,   /* [user] password */
	REDIS_HELLO,  /* version, AUTH user password */
	REDIS_NONE
};

/* By a command's name, in any case of letters. */
enum redis_kind
redis_kind(struct view command);

/* True for names that are known as commands. */
bool
redis_known(struct view command);

#endif
