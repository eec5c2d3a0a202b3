/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp_row.h"

#include "probe/l7/smtp.h"
#include "wire/event.h"

static void
write_session(const struct smtp_tx *tx, struct jw *w)
{
	if (tx->command_n) {
		ev_key(w, smtp, commands);
		jw_array(w);
		for (int i = 0; i < tx->command_n; i++)
			jw_word(w, smtp_verb_name(tx->command[i]));
		jw_array_end(w);
	}
	if (tx->code_n) {
		ev_key(w, smtp, codes);
		jw_array(w);
		for (int i = 0; i < tx->code_n; i++)
			jw_u64(w, tx->code[i]);
		jw_array_end(w);
	}
	if (tx->reply.ptr) {
		ev_key(w, smtp, reply);
		jw_view(w, tx->reply);
	}
}

static void
write_auth(const struct smtp_tx *tx, struct jw *w)
{
	if (!tx->mechanism.ptr)
		return;
	ev_key(w, smtp, auth);
	jw_object(w);
	ev_key(w, smtp_auth, mechanism);
	jw_view(w, tx->mechanism);
	if (tx->user.ptr) {
		ev_key(w, smtp_auth, user);
		jw_view(w, tx->user);
	}
	if (tx->login == L7_LOGIN_OK) {
		ev_key(w, smtp_auth, success);
		jw_bool(w, true);
	}
	jw_object_end(w);
}

void
smtp_write(const void *data_of, struct jw *w)
{
	const struct smtp_tx *tx = data_of;
	jw_key(w, "smtp");
	jw_object(w);
	if (tx->helo.ptr) {
		ev_key(w, smtp, helo);
		jw_view(w, tx->helo);
	}
	if (tx->from.ptr) {
		ev_key(w, smtp, mail_from);
		jw_view(w, tx->from);
	}
	mail_list_write(&tx->rcpt, w, EV_KEY(smtp, rcpt_to));
	if (tx->refused) {
		ev_key(w, smtp, rcpt_refused);
		jw_u64(w, tx->refused);
	}
	if (tx->greeting.ptr) {
		ev_key(w, smtp, greeting);
		jw_view(w, tx->greeting);
	}
	write_auth(tx, w);
	if (tx->starttls) {
		ev_key(w, smtp, starttls);
		jw_bool(w, true);
	}
	write_session(tx, w);
	jw_object_end(w);
	mail_write(&tx->mail, w);
}
