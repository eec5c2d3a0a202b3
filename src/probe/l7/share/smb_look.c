/* SPDX-License-Identifier: Apache-2.0 */
/* What signatures see of SMB: shares, pipes, logins, and the DCERPC calls through it. */
#include "../look.h"
#include "smb_row.h"

/* A share that is no disk: as the server says, or by its name. */
static bool
is_pipe(const struct smb_tx *tx)
{
	struct cursor c = cursor_of_view(tx->name);
	struct view end;
	if (tx->share_known)
		return tx->share_type == 2;
	return tx->name.len >= 4 && cursor_skip(&c, tx->name.len - 4) && cursor_take(&c, 4, &end) &&
	       view_is(end, "IPC$");
}

bool
smb_buffer(const void *data, const struct l7_ask *ask, struct view *out)
{
	const struct smb_tx *tx = data;
	const struct view none = { 0 };
	const struct ntlm_text *ntlm = tx->kind == SMB_SETUP ? tx->setup.ntlm : NULL;
	switch (ask->what) {
	case L7_BUF_SMB_NAMED_PIPE:
		return tx->kind == SMB_TREE && is_pipe(tx) && look_one(ask, tx->name, out);
	case L7_BUF_SMB_SHARE:
		/* SMB2 says what it is with its answer only */
		return tx->kind == SMB_TREE &&
		       !(tx->version == 1 ? is_pipe(tx) : tx->share_known && is_pipe(tx)) &&
		       look_one(ask, tx->name, out);
	case L7_BUF_SMB_NTLMSSP_USER:
		return look_one(ask, ntlm ? ntlm->user : none, out);
	case L7_BUF_SMB_NTLMSSP_DOMAIN:
		return look_one(ask, ntlm ? ntlm->domain : none, out);
	default:
		return tx->kind == SMB_PIPE && dce_buffer(&tx->call, ask, out);
	}
}

bool
smb_number(const void *data, const struct l7_ask *ask, uint64_t *out)
{
	const struct smb_tx *tx = data;
	if (ask->what == L7_NUM_SMB_VERSION)
		return look_number(ask, true, tx->version, out);
	return tx->kind == SMB_PIPE && dce_number(&tx->call, ask, out);
}
