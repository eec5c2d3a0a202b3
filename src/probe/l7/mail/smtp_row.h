/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_row: a transaction of SMTP. Inside src/probe/l7/mail only. */
#ifndef WANGLOU_PROBE_L7_SMTP_ROW_H
#define WANGLOU_PROBE_L7_SMTP_ROW_H

#include "mail.h"

#define KEPT 64 /* commands and codes kept of a transaction */

struct smtp_tx {
	struct l7_item item;
	uint8_t command_n, code_n;
	uint8_t login;   /* enum l7_login */
	bool helo_again; /* with an envelope begun: accepted, it ends it */
	bool mail_ok, tried, starttls, hurried;
	uint8_t command[KEPT];
	uint16_t code[KEPT];
	uint32_t refused;
	struct view helo, from, greeting, reply, mechanism, user;
	struct mail_list rcpt;
	struct mail mail;
};

/* row->probe (smtp_probe.c). */
enum l7_guess
smtp_probe(const struct l7_first *first);

/* row->buffer (smtp_look.c). */
bool
smtp_buffer(const void *tx, const struct l7_ask *ask, struct view *out);

/* For row->write: the objects `smtp` and `email`. */
void
smtp_write(const void *data_of, struct jw *w);

#endif
