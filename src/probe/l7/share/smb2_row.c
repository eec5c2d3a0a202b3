/* SPDX-License-Identifier: Apache-2.0 */
/* SMB 2 and 3: requests into transactions, responses to them. */
#include "smb_row.h"

#define PIPE_TRANSCEIVE 0x0011c017u
#define DELETE_ON_CLOSE 0x00001000u
#define DIRECTORY_FILE 0x00000001u
#define ATTRIBUTE_DIRECTORY 0x10u
#define INFO_FILE 1
#define RENAME 10
#define DISPOSITION 13
#define DISPOSITION_EX 64
#define RENAME_EX 65

size_t
smb2_wanted(const struct smb_message *msg)
{
	size_t fixed = SMB2_HEADER;
	struct smb2_io io;
	if (msg->length <= SMB_WHOLE)
		return msg->length;
	if (msg->h2.command == SMB2_WRITE && !msg->h2.response) {
		fixed += 48;
		if (msg->bytes.len >= fixed && smb2_write(msg->bytes, &io) &&
		    io.data_at < SMB_WHOLE)
			return io.data_at;
		return msg->bytes.len < fixed ? fixed : SMB_WHOLE;
	}
	if (msg->h2.command == SMB2_READ && msg->h2.response) {
		fixed += 16;
		if (msg->bytes.len >= fixed && smb2_read_answer(msg->bytes, &io))
			return io.data_at;
		return fixed;
	}
	return SMB_WHOLE;
}

static bool
related(const uint8_t *fid)
{
	for (int i = 0; i < SMB2_FID; i++) {
		if (fid[i] != 0xff)
			return false;
	}
	return true;
}

/* The id that stands for "the file this chain opened" becomes that file's. */
static void
resolve(const struct smb *m, uint8_t *fid)
{
	if (related(fid))
		memcpy(fid, m->s->last_fid, SMB2_FID);
}

static void
set_fid(const struct smb *m, struct smb_tx *tx, struct view fid)
{
	if (fid.len != SMB2_FID)
		return;
	memcpy(tx->fid, fid.ptr, SMB2_FID);
	tx->fid_n = SMB2_FID;
	const struct smb_open *o = smb_open_find(m, tx->fid);
	if (o)
		tx->name = smb_text(m, &tx->item.bag, o->name, false);
}

/* ---- requests ---- */

static void
ask_negotiate(const struct smb *m, struct smb_tx *tx, const struct smb_message *msg)
{
	struct smb2_negotiate n;
	if (!smb2_negotiate(msg->bytes, false, &n))
		return;
	tx->negotiated.dialects = smb_text(m, &tx->item.bag, n.dialects, false);
	tx->negotiated.client_guid = smb_text(m, &tx->item.bag, n.guid, false);
}

static void
ask_setup(const struct smb *m, struct smb_tx *tx, const struct smb_message *msg)
{
	struct view token;
	uint16_t flags;
	if (smb2_session_setup(msg->bytes, false, &flags, &token))
		smb_token(m, tx, token);
}

static void
ask_tree(const struct smb *m, struct smb_tx *tx, const struct smb_message *msg)
{
	struct view path;
	if (smb2_tree_connect(msg->bytes, &path))
		tx->name = smb_text(m, &tx->item.bag, path, true);
}

static void
ask_create(const struct smb *m, struct smb_tx *tx, const struct smb_message *msg)
{
	struct smb2_create c;
	if (!smb2_create(msg->bytes, &c))
		return;
	tx->name = smb_text(m, &tx->item.bag, c.name, true);
	tx->create.disposition = c.disposition;
	tx->create.access = c.access;
	tx->create.remove = c.options & DELETE_ON_CLOSE;
	tx->create.directory = c.options & DIRECTORY_FILE;
}

static void
ask_find(const struct smb *m, struct smb_tx *tx, const struct smb_message *msg)
{
	struct view pattern;
	set_fid(m, tx, smb2_fid(msg->bytes, SMB2_QUERY_DIRECTORY));
	tx->directory = tx->name;
	tx->name = (struct view){ 0 };
	if (smb2_pattern(msg->bytes, &pattern))
		tx->name = smb_text(m, &tx->item.bag, pattern, true);
}

static void
ask_read(const struct smb *m, const struct smb_message *msg)
{
	struct smb2_io io;
	if (!smb2_read(msg->bytes, &io))
		return;
	struct smb_ask *a = smb_ask_new(m, SMB2_READ, msg->h2.message, io.fid);
	if (!a)
		return;
	a->offset = io.offset;
	a->length = io.length;
}

/* Picked up in the middle, a pipe shows itself by what is written to it. */
static void
guess_pipe(const struct smb *m, struct smb_open *o, struct view bytes)
{
	struct dcerpc_header h;
	if (!o->is_pipe && !o->tx[0] && !o->tx[1] && !smb_tree_find(m, o->tree) &&
	    dcerpc_header(bytes, &h) > 0 && h.length == bytes.len)
		o->is_pipe = true;
}

static void
ask_write(const struct smb *m, const struct smb_message *msg)
{
	struct smb2_io io;
	if (!smb2_write(msg->bytes, &io))
		return;
	struct smb_open *o = smb_open_get(m, io.fid.ptr, msg->h2.tree);
	if (!o)
		return;
	struct cursor c = cursor_of_view(msg->bytes);
	if (cursor_skip(&c, io.data_at))
		guess_pipe(m, o, (struct view){ c.at, cursor_left(&c) });
	smb_data_begin(m, o, msg, io.offset, io.data_at, io.length);
}

static void
ask_ioctl(const struct smb *m, const struct smb_message *msg)
{
	struct smb2_ioctl io;
	if (!smb2_ioctl(msg->bytes, false, &io))
		return;
	if (io.function == PIPE_TRANSCEIVE) {
		struct smb_open *o = smb_open_get(m, io.fid.ptr, msg->h2.tree);
		(void)smb_ask_new(m, SMB2_IOCTL, msg->h2.message, io.fid);
		if (!o)
			return;
		o->is_pipe = true;
		smb_pipe_data(m, o, msg, msg->dir, io.data);
		if (!o->pipe || !o->pipe->foreign)
			return;
	}
	struct smb_tx *tx = smb_tx_new(m, msg, SMB_IOCTL);
	if (!tx)
		return;
	tx->function = io.function;
	if (!related(io.fid.ptr))
		set_fid(m, tx, io.fid);
	l7_item_say(m->l, m->lf, tx, L7_READY_REQUEST, msg->dir);
}

static void
ask_set_info(const struct smb *m, const struct smb_message *msg)
{
	struct smb2_set_info info;
	struct view name = { 0 };
	if (!smb2_set_info(msg->bytes, &info) || info.type != INFO_FILE)
		return;
	bool rename =
	    (info.class == RENAME || info.class == RENAME_EX) && smb2_rename(info.data, &name);
	bool remove = (info.class == DISPOSITION || info.class == DISPOSITION_EX) &&
		      info.data.len && info.data.ptr[0] & 1;
	if (!rename && !remove)
		return;
	struct smb_tx *tx = smb_tx_new(m, msg, rename ? SMB_RENAME : SMB_DELETE);
	if (!tx)
		return;
	set_fid(m, tx, info.fid);
	tx->to = smb_text(m, &tx->item.bag, name, true);
	l7_item_say(m->l, m->lf, tx, L7_READY_REQUEST, msg->dir);
}

static void
ask_plain(const struct smb *m, const struct smb_message *msg)
{
	static const struct {
		uint16_t command;
		uint8_t kind;
		void (*fill)(const struct smb *, struct smb_tx *, const struct smb_message *);
	} rows[] = { { SMB2_NEGOTIATE, SMB_NEGOTIATE, ask_negotiate },
		{ SMB2_SESSION_SETUP, SMB_SETUP, ask_setup },
		{ SMB2_TREE_CONNECT, SMB_TREE, ask_tree }, { SMB2_CREATE, SMB_CREATE, ask_create },
		{ SMB2_QUERY_DIRECTORY, SMB_FIND, ask_find } };
	size_t i = 0, n = sizeof(rows) / sizeof(*rows);
	while (i < n && rows[i].command != msg->h2.command)
		i++;
	struct smb_tx *tx = smb_tx_new(m, msg, i < n ? rows[i].kind : SMB_PLAIN);
	if (!tx)
		return;
	if (i < n)
		rows[i].fill(m, tx, msg);
	else
		set_fid(m, tx, smb2_fid(msg->bytes, msg->h2.command));
	l7_item_say(m->l, m->lf, tx, L7_READY_REQUEST, msg->dir);
}

static void
ask(const struct smb *m, const struct smb_message *msg)
{
	switch (msg->h2.command) {
	case SMB2_READ:
		ask_read(m, msg);
		break;
	case SMB2_WRITE:
		ask_write(m, msg);
		break;
	case SMB2_IOCTL:
		ask_ioctl(m, msg);
		break;
	case SMB2_SET_INFO:
		ask_set_info(m, msg);
		break;
	case SMB2_QUERY_INFO:
	case SMB2_CANCEL: /* what is cancelled is answered */
		break;
	default:
		ask_plain(m, msg);
		break;
	}
}

/* ---- responses ---- */

static void
answer_negotiate(const struct smb *m, struct smb_tx *tx, const struct smb_message *msg)
{
	struct smb2_negotiate n;
	if (!smb2_negotiate(msg->bytes, true, &n))
		return;
	tx->negotiated.answered = true;
	tx->negotiated.server_guid = smb_text(m, &tx->item.bag, n.guid, false);
	tx->negotiated.max_read = n.max_read;
	tx->negotiated.max_write = n.max_write;
	tx->negotiated.signing = n.security & 2;
	m->s->dialect = smb2_dialect(n.dialect);
	tx->dialect = m->s->dialect;
}

static void
answer_setup(const struct smb *m, struct smb_tx *tx, const struct smb_message *msg)
{
	struct view token;
	uint16_t flags;
	if (!smb2_session_setup(msg->bytes, true, &flags, &token))
		return;
	if (!tx->setup.ntlm)
		smb_token(m, tx, token);
	tx->setup.guest = flags & 3;
}

static void
answer_tree(const struct smb *m, struct smb_tx *tx, const struct smb_message *msg)
{
	if (!smb2_tree_answer(msg->bytes, &tx->share_type))
		return;
	tx->share_known = true;
	smb_tree_new(m, tx);
}

static void
answer_create(const struct smb *m, struct smb_tx *tx, const struct smb_message *msg)
{
	static const uint8_t none[SMB2_FID] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct smb2_created c;
	if (!smb2_created(msg->bytes, &c))
		return;
	struct smb_create *to = &tx->create;
	to->opened = true;
	to->action = c.action;
	to->created = c.created;
	to->accessed = c.accessed;
	to->modified = c.written;
	to->changed = c.changed;
	to->size = c.size;
	to->directory = c.attributes & ATTRIBUTE_DIRECTORY;
	memcpy(tx->fid, c.fid.ptr, SMB2_FID);
	tx->fid_n = SMB2_FID;
	memcpy(m->s->last_fid, c.fid.ptr, SMB2_FID);
	struct smb_open *o = smb_open_find(m, none); /* written to before its id was known */
	if (o && !related(tx->fid))
		memcpy(o->fid, tx->fid, SMB2_FID);
	else
		o = smb_open_get(m, tx->fid, tx->tree);
	if (!o)
		return;
	o->name = smb_text(m, &o->bag, tx->name, false);
	o->size = c.size;
	o->size_known = !o->is_pipe;
	tx->pipe = o->is_pipe;
}

static void
answer_close(const struct smb *m, struct smb_tx *tx)
{
	resolve(m, tx->fid);
	struct smb_open *o = smb_open_find(m, tx->fid);
	if (!o)
		return;
	if (!tx->name.ptr)
		tx->name = smb_text(m, &tx->item.bag, o->name, false);
	smb_open_close(m, o, L7_FILE_CLOSED, DIR_TO_CLIENT);
}

static void
answer_disconnect(const struct smb *m, const struct smb_tx *tx)
{
	struct smb_open *next;
	for (struct smb_open *o = m->s->opens; o; o = next) {
		next = o->next;
		if (tx->command == SMB2_LOGOFF || o->tree == tx->tree)
			smb_open_close(m, o, L7_FILE_CLOSED, DIR_TO_CLIENT);
	}
	if (tx->command == SMB2_TREE_DISCONNECT)
		smb_tree_drop(m, tx->tree);
}

static void
answer_rename(const struct smb *m, struct smb_tx *tx)
{
	if (related(tx->fid))
		resolve(m, tx->fid);
	struct smb_open *o = smb_open_find(m, tx->fid);
	if (!o)
		return;
	if (!tx->name.ptr)
		tx->name = smb_text(m, &tx->item.bag, o->name, false);
	if (tx->kind == SMB_RENAME)
		o->name = smb_text(m, &o->bag, tx->to, false);
}

static void
answer_tx(const struct smb *m, struct smb_tx *tx, const struct smb_message *msg)
{
	bool good = msg->h2.status == 0;
	smb_tx_answered(m, tx, msg);
	if (tx->kind == SMB_FILE || tx->kind == SMB_PIPE)
		return; /* it goes on */
	if (tx->kind == SMB_SETUP && (good || msg->h2.status == SMB_STATUS_MORE_PROCESSING))
		answer_setup(m, tx, msg);
	else if (good && tx->kind == SMB_NEGOTIATE)
		answer_negotiate(m, tx, msg);
	else if (good && tx->kind == SMB_TREE)
		answer_tree(m, tx, msg);
	else if (good && tx->kind == SMB_CREATE)
		answer_create(m, tx, msg);
	else if (tx->command == SMB2_CLOSE)
		answer_close(m, tx);
	else if (tx->command == SMB2_TREE_DISCONNECT || tx->command == SMB2_LOGOFF)
		answer_disconnect(m, tx);
	else if (good && (tx->kind == SMB_RENAME || tx->kind == SMB_DELETE))
		answer_rename(m, tx);
	smb_tx_done(m, tx, L7_READY_RESPONSE, msg->dir);
}

/* Data that READ or a transceive brought. */
static void
answer_data(const struct smb *m, const struct smb_message *msg)
{
	struct smb_ask a;
	struct smb2_io io;
	struct smb2_ioctl control;
	if (!smb_ask_take(m, msg->h2.message, &a) ||
	    (msg->h2.status && msg->h2.status != SMB_STATUS_BUFFER_OVERFLOW))
		return;
	resolve(m, a.fid);
	struct smb_open *o = smb_open_get(m, a.fid, msg->h2.tree);
	if (!o)
		return;
	if (msg->h2.command == SMB2_IOCTL) {
		if (smb2_ioctl(msg->bytes, true, &control))
			smb_pipe_data(m, o, msg, msg->dir, control.data);
	} else if (smb2_read_answer(msg->bytes, &io)) {
		smb_data_begin(m, o, msg, a.offset, io.data_at, io.length);
	}
}

/* The answer to an SMB1 negotiation that offered SMB2 as well. */
static struct smb_tx *
first_negotiation(const struct smb *m)
{
	struct smb_tx *tx = (struct smb_tx *)m->s->txs.oldest;
	return tx && tx->kind == SMB_NEGOTIATE && tx->version == 1 ? tx : NULL;
}

static void
answer(const struct smb *m, const struct smb_message *msg)
{
	if (msg->h2.status == SMB_STATUS_PENDING)
		return;
	struct smb_tx *tx = smb_tx_find(m, msg);
	if (msg->h2.command == SMB2_READ ||
	    (msg->h2.command == SMB2_IOCTL && (!tx || tx->kind == SMB_PIPE))) {
		answer_data(m, msg); /* which may say the transaction */
		tx = smb_tx_find(m, msg);
	}
	if (!tx && msg->h2.command == SMB2_NEGOTIATE)
		tx = first_negotiation(m);
	bool quiet = msg->h2.command == SMB2_QUERY_INFO || msg->h2.command == SMB2_READ ||
		     msg->h2.command == SMB2_WRITE || msg->h2.command == SMB2_SET_INFO ||
		     msg->h2.message == UINT64_MAX;
	if (!tx && !m->s->heard[!msg->dir] && !quiet) /* only this side is seen */
		tx = smb_tx_new(m, msg, SMB_PLAIN);
	if (tx)
		answer_tx(m, tx, msg);
}

void
smb2_take(const struct smb *m, const struct smb_message *msg)
{
	if (msg->h2.response)
		answer(m, msg);
	else
		ask(m, msg);
}
