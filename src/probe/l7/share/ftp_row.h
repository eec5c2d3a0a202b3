/* SPDX-License-Identifier: Apache-2.0 */
/* ftp_row: a command of FTP and its reply, for the row and its writer. */
#ifndef WANGLOU_PROBE_L7_FTP_ROW_H
#define WANGLOU_PROBE_L7_FTP_ROW_H

#include "../item.h"

/* A line of a reply, in the transaction's bag. */
struct ftp_reply {
	struct ftp_reply *next;
	struct view text;
	uint16_t code; /* 0: a line inside a reply */
};

struct ftp_tx {
	struct l7_item item;
	struct view verb, argument; /* ptr NULL: none */
	struct hold longer;         /* the argument's, when it is too long for the bag */
	struct ftp_reply *first, *last;
	uint16_t line_n;
	uint16_t final;        /* code that ended the reply */
	uint16_t dynamic_port; /* for data; 0 none */
	bool active;           /* it is the client's */
	bool command, replied, cut, argument_cut;
	uint16_t kind;    /* ftp_transfer() */
	bool login, user; /* PASS or ACCT; USER */
	bool auth;
	bool secret; /* the argument is not to be shown */
};

/* row->buffer and row->number (ftp_look.c). */
bool
ftp_buffer(const void *tx, const struct l7_ask *ask, struct view *out);
bool
ftp_number(const void *tx, const struct l7_ask *ask, uint64_t *out);

/* Write "ftp":{...}. */
void
ftp_write(const void *tx, struct jw *w);

/* src/probe/l7/share/ftp_data_row.c: a command that opens a data connection by its number there, or
 * 0; does it carry a file? */
uint16_t
ftp_transfer(struct view verb);
bool
ftp_carries_file(uint16_t kind);

#endif
