/* SPDX-License-Identifier: Apache-2.0 */
/* What signatures see of SMTP: the envelope, and the header of the message. */
#include "../look.h"
#include "smtp_row.h"

#define JOINED_MAX 8192

static bool
nth(const struct mail_list *list, const struct l7_ask *ask, struct view *out)
{
	const struct mail_node *n = list->first;
	for (uint16_t i = 0; n && i < ask->i; i++)
		n = n->next;
	if (n)
		*out = n->text;
	return n != NULL;
}

/* Addresses as they stand in the header, with commas between them. */
static bool
joined(const struct mail_list *list, const struct l7_ask *ask, struct view *out)
{
	uint8_t *text = ask->i || !list->n ? NULL : scratch_get(ask->scratch, JOINED_MAX);
	size_t n = 0;
	if (!text)
		return false;
	for (const struct mail_node *m = list->first; m; m = m->next) {
		if (n + m->text.len + 2 > JOINED_MAX)
			break;
		if (n) {
			text[n++] = ',';
			text[n++] = ' ';
		}
		memcpy(text + n, m->text.ptr, m->text.len);
		n += m->text.len;
	}
	*out = (struct view){ text, n };
	return true;
}

bool
smtp_buffer(const void *data, const struct l7_ask *ask, struct view *out)
{
	const struct smtp_tx *tx = data;
	const struct mail *m = &tx->mail;
	switch (ask->what) {
	case L7_BUF_SMTP_HELO:
		return look_one(ask, tx->helo, out);
	case L7_BUF_SMTP_MAIL_FROM:
		return look_one(ask, tx->from, out);
	case L7_BUF_SMTP_RCPT_TO:
		return nth(&tx->rcpt, ask, out);
	case L7_BUF_EMAIL_FROM:
		return look_one(ask, m->field[MAIL_FROM], out);
	case L7_BUF_EMAIL_SUBJECT:
		return look_one(ask, m->field[MAIL_SUBJECT], out);
	case L7_BUF_EMAIL_DATE:
		return look_one(ask, m->field[MAIL_DATE], out);
	case L7_BUF_EMAIL_MESSAGE_ID:
		return look_one(ask, m->field[MAIL_MESSAGE_ID], out);
	case L7_BUF_EMAIL_X_MAILER:
		return look_one(ask, m->field[MAIL_X_MAILER], out);
	case L7_BUF_EMAIL_TO:
		return joined(&m->list[MAIL_TO], ask, out);
	case L7_BUF_EMAIL_CC:
		return joined(&m->list[MAIL_CC], ask, out);
	case L7_BUF_EMAIL_URL:
		return nth(&m->list[MAIL_URL], ask, out);
	case L7_BUF_EMAIL_RECEIVED:
		return nth(&m->list[MAIL_RECEIVED], ask, out);
	default:
		return false;
	}
}
