/* SPDX-License-Identifier: Apache-2.0 */
#include "ftp_row.h"
#include "lib/mask.h"
#include "wire/event.h"

static void
write_command(const struct ftp_tx *tx, struct jw *w)
{
	ev_key(w, ftp, command);
	jw_view(w, tx->verb);
	if (!tx->argument.ptr)
		return;
	ev_key(w, ftp, command_data);
	if (tx->secret)
		mask_secret(w, tx->argument);
	else
		jw_view(w, tx->argument);
	ev_key(w, ftp, command_truncated);
	jw_bool(w, tx->argument_cut);
}

static void
write_codes(const struct ftp_tx *tx, struct jw *w)
{
	bool some = false;
	for (const struct ftp_reply *r = tx->first; r; r = r->next) {
		char text[3] = { (char)('0' + r->code / 100), (char)('0' + r->code / 10 % 10),
			(char)('0' + r->code % 10) };
		if (!r->code)
			continue;
		if (!some) {
			ev_key(w, ftp, completion_code);
			jw_array(w);
		}
		some = true;
		jw_bytes(w, text, 3);
	}
	if (some)
		jw_array_end(w);
}

static void
write_reply(const struct ftp_tx *tx, struct jw *w)
{
	write_codes(tx, w);
	if (!tx->first)
		return;
	ev_key(w, ftp, reply);
	jw_array(w);
	for (const struct ftp_reply *r = tx->first; r; r = r->next)
		jw_view(w, r->text);
	jw_array_end(w);
}

void
ftp_write(const void *data_of, struct jw *w)
{
	const struct ftp_tx *tx = data_of;
	jw_key(w, "ftp");
	jw_object(w);
	if (tx->command)
		write_command(tx, w);
	if (tx->dynamic_port) {
		ev_key(w, ftp, dynamic_port);
		jw_u64(w, tx->dynamic_port);
		ev_key(w, ftp, mode);
		jw_word(w, tx->active ? "active" : "passive");
	}
	write_reply(tx, w);
	ev_key(w, ftp, reply_received);
	jw_text(w, tx->replied ? "yes" : "no");
	ev_key(w, ftp, reply_truncated);
	jw_bool(w, tx->cut);
	jw_object_end(w);
}
