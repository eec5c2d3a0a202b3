/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_message: a message as SIP (RFC 3261) and RTSP (RFC 2326, 7826) have it: a line, header fields,
 * an empty line and a body as long as Content-Length says.
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_MESSAGE_H
#define WANGLOU_PROBE_L7_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

struct message {
	struct view line;   /* the first one */
	struct view method; /* requests; ptr NULL: a response */
	struct view uri, version;
	struct view code_text, reason; /* responses */
	uint16_t code;
	struct view fields; /* all header fields */
	struct view body;   /* what there is of it */
	int64_t length;     /* Content-Length; -1: none */
	bool damaged;       /* a line among the fields is none */
};

/*
 * The message up to the end of its header fields; `name` is the protocol with its slash: "SIP/",
 * "RTSP/". Returns bytes used (without the body), L7_MORE or L7_BAD.
 */
long
message_head(struct view bytes, const char *name, struct message *out);

/* The next header field; folded lines are left out of the value. False at the end. */
bool
message_field(struct cursor *fields, struct view *name, struct view *value);

/* The value of the first field of that name, in any case of letters, or of its short form (0:
 * none). ptr NULL: there is none. */
struct view
message_get(const struct message *m, const char *name, char brief);

/* The first line, as far as it goes: L7_MORE, L7_BAD, or 0 when it is the protocol's. */
long
message_begins(struct view bytes, const char *name);

/* A parameter `name="value"` or `name=value` of a field; ptr NULL: there is none. */
struct view
message_parameter(struct view value, const char *name);

/* A decimal number; -1: it is none. */
int64_t
message_number(struct view text);

/* Without blanks and tabs at both ends. */
struct view
message_trim(struct view v);

/* Equal in any case of letters? */
bool
message_same(struct view v, const char *word);

#endif
