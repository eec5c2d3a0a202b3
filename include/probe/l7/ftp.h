/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_ftp: the FTP control connection (RFC 959, 2389, 2428, 4217), line by line.
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_FTP_H
#define WANGLOU_PROBE_L7_FTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

#define FTP_LINE_MAX 4096 /* bytes of a line looked at */

struct ftp_command {
	struct view verb;     /* as sent, "USER" */
	struct view argument; /* ptr NULL when there is none */
	bool cut;             /* the line was longer than FTP_LINE_MAX */
	bool open;            /* its end was not reached: what follows belongs to it */
};

/* One line of a reply (RFC 959, 4.2). */
struct ftp_line {
	struct view code; /* three digits, or ptr NULL for a line inside a multi-line reply */
	struct view text; /* the rest */
	uint16_t number;  /* of the code; 0 without one */
	bool more;        /* "123-": further lines follow */
	bool cut, open;   /* as of a command */
};

/* One command line. Returns bytes used, L7_MORE without a line's end in less than FTP_LINE_MAX
 * bytes, or L7_BAD. */
long
ftp_command(struct view bytes, struct ftp_command *out);

/* One line of a reply. Returns bytes used, L7_MORE or L7_BAD (never bad for lines inside a reply:
 * the caller knows). */
long
ftp_line(struct view bytes, struct ftp_line *out);

/* True for the verbs of FTP, in any case of letters. */
bool
ftp_verb(struct view word);

/* The data port that a reply 227 or 229, or an argument of PORT or EPRT, names; 0 when there is
 * none. */
uint16_t
ftp_port(struct view verb, struct view text);

#endif
