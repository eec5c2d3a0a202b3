/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smtp: command and reply lines of SMTP (RFC 5321; extensions RFC 1870, 2920, 3030, 3207, 4954).
 *
 * Pure: views into the caller's bytes.
 */
#ifndef WANGLOU_PROBE_L7_SMTP_H
#define WANGLOU_PROBE_L7_SMTP_H

#include <stdint.h>

#include "lib/cursor.h"

#define SMTP_LINE_MAX 4096 /* bytes of a line that are waited for */

enum smtp_verb {
	SMTP_OTHER, /* none of these */
	SMTP_HELO,
	SMTP_EHLO,
	SMTP_LHLO,
	SMTP_MAIL,
	SMTP_RCPT,
	SMTP_DATA,
	SMTP_BDAT,
	SMTP_RSET,
	SMTP_NOOP,
	SMTP_QUIT,
	SMTP_VRFY,
	SMTP_EXPN,
	SMTP_HELP,
	SMTP_ETRN,
	SMTP_AUTH,
	SMTP_STARTTLS,
	SMTP_XCLIENT,
	SMTP_XFORWARD,
	SMTP_SEND,
	SMTP_TURN,
	SMTP_VERBS
};

struct smtp_command {
	uint8_t verb;         /* enum smtp_verb */
	struct view argument; /* behind the blanks, without those at its end; may be empty */
};

/* The verb's name; "UNKNOWN" for SMTP_OTHER. */
const char *
smtp_verb_name(uint8_t verb);

/* Take a line of a client apart. */
void
smtp_command(struct view line, struct smtp_command *out);

/* The path of MAIL FROM and RCPT TO: behind the colon, without ESMTP's parameters. */
struct view
smtp_path(struct view argument);

/* BDAT's size and LAST (RFC 3030, 2). False: not so. */
bool
smtp_bdat(struct view argument, uint64_t *size, bool *last);

struct smtp_reply {
	uint16_t code;
	bool more; /* another line of this reply follows */
	struct view text;
};

/* A line of a server: three digits, 200 to 599. False: not so. */
bool
smtp_reply(struct view line, struct smtp_reply *out);

#endif
