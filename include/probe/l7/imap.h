/* SPDX-License-Identifier: Apache-2.0 */
/*
 * imap: command and response lines of IMAP4rev1 (RFC 3501; literals RFC 7888, IDLE RFC 2177,
 * SASL-IR RFC 4959).
 *
 * Pure: views into the caller's bytes.
 */
#ifndef WANGLOU_PROBE_L7_IMAP_H
#define WANGLOU_PROBE_L7_IMAP_H

#include <stdint.h>

#include "lib/cursor.h"

#define IMAP_LINE_MAX 8192 /* bytes of a line that are waited for */

enum imap_verb {
	IMAP_OTHER,
	IMAP_LOGIN,
	IMAP_AUTHENTICATE,
	IMAP_STARTTLS,
	IMAP_SELECT,
	IMAP_EXAMINE,
	IMAP_FETCH,
	IMAP_APPEND,
	IMAP_IDLE,
	IMAP_COMPRESS,
	IMAP_CAPABILITY,
	IMAP_NOOP,
	IMAP_LOGOUT,
	IMAP_CREATE,
	IMAP_DELETE,
	IMAP_RENAME,
	IMAP_SUBSCRIBE,
	IMAP_UNSUBSCRIBE,
	IMAP_LIST,
	IMAP_LSUB,
	IMAP_XLIST,
	IMAP_STATUS,
	IMAP_CHECK,
	IMAP_CLOSE,
	IMAP_UNSELECT,
	IMAP_EXPUNGE,
	IMAP_SEARCH,
	IMAP_STORE,
	IMAP_COPY,
	IMAP_MOVE,
	IMAP_SORT,
	IMAP_THREAD,
	IMAP_NAMESPACE,
	IMAP_ENABLE,
	IMAP_ID,
	IMAP_GETQUOTA,
	IMAP_GETQUOTAROOT,
	IMAP_VERBS
};

/* The verb's name in capitals. */
const char *
imap_verb_name(uint8_t verb);

struct imap_command {
	struct view tag;
	uint8_t verb;     /* enum imap_verb */
	bool uid;         /* behind "UID" */
	struct view args; /* behind the verb */
};

/* Take a client's line apart; false when it is no command. */
bool
imap_command(struct view line, struct imap_command *out);

/* The next word of a line: an atom, or what stands in quotes (without them). False at the end. */
bool
imap_word(struct cursor *line, struct view *word);

/* Does the line end in "{n}", so that n bytes follow that are no line? */
bool
imap_literal(struct view line, uint64_t *n);

enum imap_kind { IMAP_UNTAGGED, IMAP_TAGGED, IMAP_CONTINUE };

enum imap_status { IMAP_NONE, IMAP_OK, IMAP_NO, IMAP_BAD, IMAP_PREAUTH, IMAP_BYE };

struct imap_response {
	uint8_t kind;   /* enum imap_kind */
	uint8_t status; /* enum imap_status; IMAP_NONE: something else */
	bool has_number;
	uint32_t number; /* "* 23 FETCH" */
	struct view tag;
	struct view word; /* "FETCH", "EXISTS", behind the number if there is one */
	struct view rest;
};

/* Take a server's line apart; false when it is none. */
bool
imap_response(struct view line, struct imap_response *out);

enum imap_section { IMAP_SECTION_OTHER, IMAP_SECTION_ALL, IMAP_SECTION_HEADER };

/* What of a message does the literal at the end of this line of FETCH hold? */
enum imap_section
imap_section(struct view line);

#endif
