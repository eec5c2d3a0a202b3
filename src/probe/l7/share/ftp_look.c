/* SPDX-License-Identifier: Apache-2.0 */
/* What signatures see of FTP's commands and replies. */
#include "../look.h"
#include "ftp_row.h"

static const struct ftp_reply *
reply(const struct ftp_tx *tx, uint16_t i, bool coded)
{
	for (const struct ftp_reply *r = tx->first; r; r = r->next) {
		if ((!coded || r->code) && i-- == 0)
			return r;
	}
	return NULL;
}

bool
ftp_buffer(const void *data, const struct l7_ask *ask, struct view *out)
{
	const struct ftp_tx *tx = data;
	const struct ftp_reply *r;
	switch (ask->what) {
	case L7_BUF_FTP_COMMAND:
		return look_one(ask, tx->verb, out);
	case L7_BUF_FTP_COMMAND_DATA:
		return look_one(ask, tx->longer.len ? hold_view(&tx->longer) : tx->argument, out);
	case L7_BUF_FTP_REPLY:
		r = reply(tx, ask->i, false);
		*out = r ? r->text : (struct view){ 0 };
		return r != NULL;
	case L7_BUF_FTP_COMPLETION_CODE:
		r = reply(tx, ask->i, true);
		uint8_t *text = r ? scratch_get(ask->scratch, 3) : NULL;
		if (!text)
			return false;
		text[0] = (uint8_t)('0' + r->code / 100 % 10);
		text[1] = (uint8_t)('0' + r->code / 10 % 10);
		text[2] = (uint8_t)('0' + r->code % 10);
		*out = (struct view){ text, 3 };
		return true;
	default:
		return false;
	}
}

bool
ftp_number(const void *data, const struct l7_ask *ask, uint64_t *out)
{
	const struct ftp_tx *tx = data;
	switch (ask->what) {
	case L7_NUM_FTP_DYNAMIC_PORT:
		return look_number(ask, tx->dynamic_port, tx->dynamic_port, out);
	case L7_NUM_FTP_MODE:
		return look_number(ask, tx->dynamic_port, tx->active, out);
	default:
		return look_number(ask, tx->command, tx->replied, out);
	}
}
