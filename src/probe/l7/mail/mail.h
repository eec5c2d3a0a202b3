/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail: the message that a transaction of SMTP, POP3 or IMAP carries: what its header says, its
 * attachments as files, the addresses of pages in it. The object `email` of their events. Inside
 * src/probe/l7/mail only.
 *
 * A row's transaction begins with a struct l7_item and has a struct mail; its texts live in the
 * item's bag.
 */
#ifndef WANGLOU_PROBE_L7_MAIL_H
#define WANGLOU_PROBE_L7_MAIL_H

#include "../files.h"
#include "../item.h"
#include "probe/l7/mime.h"

#define MAIL_LIST 64  /* addresses, attachments or pages of a message that are kept */
#define MAIL_FILES 16 /* files that wait for the end of the message for their record */

/* Texts of a transaction in order. */
struct mail_node {
	struct mail_node *next;
	struct view text;
};

struct mail_list {
	struct mail_node *first, *last;
	uint16_t n;
	uint16_t left_out;
};

/* Fields of the header that are kept as one text: one row each in mail.c. */
enum mail_field {
	MAIL_FROM,
	MAIL_REPLY_TO,
	MAIL_RETURN_PATH,
	MAIL_SUBJECT,
	MAIL_DATE,
	MAIL_MESSAGE_ID,
	MAIL_IN_REPLY_TO,
	MAIL_X_MAILER,
	MAIL_USER_AGENT,
	MAIL_X_ORIGINATING_IP,
	MAIL_MIME_VERSION,
	MAIL_CONTENT_TYPE,
	MAIL_FIELDS
};

enum mail_lists {
	MAIL_TO,
	MAIL_CC,
	MAIL_BCC,
	MAIL_RECEIVED,
	MAIL_ATTACHMENT,
	MAIL_URL,
	MAIL_LISTS
};

struct mail {
	bool open;    /* a message was begun */
	bool damaged; /* bytes of it are missing, or it broke off */
	uint8_t file_n;
	uint8_t dir;
	struct view field[MAIL_FIELDS];
	struct mail_list list[MAIL_LISTS];
	struct l7_file *file; /* under way */
	struct l7_file *done[MAIL_FILES];
	struct mime mime;
};

/* Where a message is: passed along with it. */
struct mail_at {
	struct l7 *l;
	struct l7_flow *lf;
	void *item; /* the transaction */
	struct mail *mail;
};

/* Keep a text at the end of a list, at most `max` bytes of it. */
void
mail_list_add(struct l7 *l, void *item, struct mail_list *list, struct view text, size_t max);

/* Write a list as an array of strings; nothing when it is empty. `key` is from EV_KEY. */
void
mail_list_write(const struct mail_list *list, struct jw *w, const char *key);

/* A message begins, going `dir`. */
void
mail_begin(struct mail *m, bool dots, enum dir dir);

/* The next bytes; returns bytes used. See mime_feed. */
size_t
mail_feed(const struct mail_at *at, struct view bytes, bool last);

static inline bool
mail_ended(const struct mail *m)
{
	return m->mime.state == MIME_DONE;
}

/* n bytes are missing. */
void
mail_lost(const struct mail_at *at, uint64_t n);

/* The message is over; `whole`: to its end. */
void
mail_end(const struct mail_at *at, bool whole);

/* The transaction is said now: the records of its files. */
void
mail_close(const struct mail_at *at);

/* The object `email`; nothing when there was no message. */
void
mail_write(const struct mail *m, struct jw *w);

#endif
