/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pop3: command and status lines of POP3 (RFC 1939, 2449, 2595, 5034).
 *
 * Pure: views into the caller's bytes.
 */
#ifndef WANGLOU_PROBE_L7_POP3_H
#define WANGLOU_PROBE_L7_POP3_H

#include "lib/cursor.h"

#define POP3_LINE_MAX 1024 /* bytes of a line that are waited for */

enum pop3_verb {
	POP3_OTHER,
	POP3_USER,
	POP3_PASS,
	POP3_APOP,
	POP3_AUTH,
	POP3_CAPA,
	POP3_STLS,
	POP3_STAT,
	POP3_LIST,
	POP3_UIDL,
	POP3_RETR,
	POP3_TOP,
	POP3_DELE,
	POP3_NOOP,
	POP3_RSET,
	POP3_LAST,
	POP3_UTF8,
	POP3_LANG,
	POP3_XTND,
	POP3_ID,
	POP3_QUIT,
	POP3_VERBS
};

/* Number of a verb; POP3_OTHER for what is none. */
enum pop3_verb
pop3_verb(struct view word);

/* The next word of a line; false at its end. */
bool
pop3_word(struct cursor *line, struct view *word);

enum pop3_answer { POP3_NONE, POP3_OK, POP3_ERR, POP3_MORE };

/* What a server's line begins with, and the text behind it. POP3_MORE: "+ " of a login. */
enum pop3_answer
pop3_status(struct view line, struct view *text);

/* Is the positive answer to it a list of lines up to one of a dot? */
bool
pop3_lists(enum pop3_verb verb, size_t args);

#endif
