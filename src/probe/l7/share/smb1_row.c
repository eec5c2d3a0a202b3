/* SPDX-License-Identifier: Apache-2.0 */
/* SMB 1: requests into transactions, responses to them. A message is a chain of commands (AndX);
 * its transaction is the first one's, except that opening a share or file makes its own. */
#include "smb_row.h"

#define CHAIN 8 /* commands of a message */
#define DELETE_ON_CLOSE 0x00001000u
#define TRANS_TRANSACT_PIPE 0x26
#define TRANS_WRITE_PIPE 0x37
#define TRANS2_FIND_FIRST 1
#define TRANS2_SET_PATH_INFO 6
#define TRANS2_SET_FILE_INFO 8
#define SET_DISPOSITION 0x102
#define PASSTHROUGH_DISPOSITION 1013
#define PASSTHROUGH_RENAME 1010

size_t
smb1_wanted(const struct smb_message *msg)
{
	const size_t begin = 128;
	bool data = (msg->h1.command == SMB1_WRITE_ANDX && !msg->h1.response) ||
		    (msg->h1.command == SMB1_READ_ANDX && msg->h1.response);
	if (msg->length <= SMB_WHOLE)
		return msg->length;
	return data ? begin : SMB_WHOLE;
}

static uint64_t
number(const struct smb_message *msg)
{
	return (uint64_t)msg->h1.process << 16 | msg->h1.multiplex;
}

static void
fid_of(uint16_t fid, uint8_t out[SMB2_FID])
{
	memset(out, 0, SMB2_FID);
	out[0] = (uint8_t)fid;
	out[1] = (uint8_t)(fid >> 8);
	out[15] = 1; /* never an id of SMB2 */
}

static void
set_fid(const struct smb *m, struct smb_tx *tx, uint16_t fid)
{
	fid_of(fid, tx->fid);
	tx->fid_n = 2;
	const struct smb_open *o = smb_open_find(m, tx->fid);
	if (o)
		tx->name = smb_text(m, &tx->item.bag, o->name, false);
}

/* The next text of the data, as UTF-8. */
static struct view
next_text(const struct smb *m, struct smb_tx *tx, const struct smb1_block *b, bool unicode,
    struct cursor *c)
{
	struct view text = { 0 };
	if (!smb1_text(b, unicode, c, &text))
		return text;
	return smb_text(m, &tx->item.bag, text, unicode);
}

/* ---- requests ---- */

static void
ask_negotiate(const struct smb *m, struct smb_tx *tx, const struct smb1_block *b)
{
	tx->negotiated.dialects = smb_text(m, &tx->item.bag, b->bytes, false);
}

/* [MS-CIFS] 2.2.4.53, [MS-SMB] 2.2.4.6: 12 words with a token, 13 with passwords. */
static void
ask_setup(const struct smb *m, struct smb_tx *tx, const struct smb1_block *b, bool unicode)
{
	struct cursor w = cursor_of_view(b->words), c = cursor_of_view(b->bytes);
	uint16_t n = 0, more = 0;
	struct view token;
	if (b->words.len == 24) {
		(void)(cursor_skip(&w, 14) && cursor_u16_le(&w, &n));
		if (!cursor_take(&c, n, &token))
			return;
		smb_token(m, tx, token);
	} else if (b->words.len == 26) {
		struct ntlm_text *text = bag_room(&m->l->texts, &tx->item.bag, sizeof(*text));
		(void)(cursor_skip(&w, 14) && cursor_u16_le(&w, &n) && cursor_u16_le(&w, &more));
		if (!text || !cursor_skip(&c, (size_t)n + more))
			return;
		*text = (struct ntlm_text){ .ntlmv2 = more > 24 };
		text->user = next_text(m, tx, b, unicode, &c);
		text->domain = next_text(m, tx, b, unicode, &c);
		tx->setup.ntlm = text;
		tx->setup.final = true;
	} else {
		return;
	}
	tx->setup.native_os[0] = next_text(m, tx, b, unicode, &c);
	tx->setup.native_lm[0] = next_text(m, tx, b, unicode, &c);
}

static void
ask_tree(const struct smb *m, struct smb_tx *tx, const struct smb1_block *b, bool unicode)
{
	struct cursor w = cursor_of_view(b->words), c = cursor_of_view(b->bytes);
	uint16_t password = 0;
	if (!cursor_skip(&w, 6) || !cursor_u16_le(&w, &password) || !cursor_skip(&c, password))
		return;
	tx->name = next_text(m, tx, b, unicode, &c);
	tx->service[0] = next_text(m, tx, b, false, &c);
}

static void
ask_create(const struct smb *m, struct smb_tx *tx, const struct smb1_block *b, bool unicode)
{
	struct smb1_create create;
	if (!smb1_nt_create(b, unicode, &create))
		return;
	tx->name = smb_text(m, &tx->item.bag, create.name, unicode);
	tx->create.disposition = create.disposition;
	tx->create.access = create.access;
	tx->create.remove = create.options & DELETE_ON_CLOSE;
	tx->create.directory = create.options & 1;
}

static void
ask_open(const struct smb *m, struct smb_tx *tx, const struct smb1_block *b, bool unicode)
{
	struct cursor c = cursor_of_view(b->bytes);
	uint8_t format;
	tx->create.disposition = UINT32_MAX;
	if (b->command != SMB1_OPEN_ANDX) /* buffer format */
		(void)cursor_u8(&c, &format);
	tx->name = next_text(m, tx, b, unicode, &c);
}

static void
ask_names(const struct smb *m, struct smb_tx *tx, const struct smb1_block *b, bool unicode)
{
	struct cursor c = cursor_of_view(b->bytes);
	uint8_t format;
	if (!cursor_u8(&c, &format))
		return;
	tx->name = next_text(m, tx, b, unicode, &c);
	if (tx->kind == SMB_RENAME && cursor_u8(&c, &format))
		tx->to = next_text(m, tx, b, unicode, &c);
}

static void
ask_close(const struct smb *m, struct smb_tx *tx, const struct smb1_block *b)
{
	struct cursor w = cursor_of_view(b->words);
	uint16_t fid;
	if (cursor_u16_le(&w, &fid))
		set_fid(m, tx, fid);
}

static void
ask_read(const struct smb *m, const struct smb_message *msg, const struct smb1_block *b)
{
	struct smb1_io io;
	uint8_t fid[SMB2_FID];
	if (!smb1_read(b, &io))
		return;
	fid_of(io.fid, fid);
	struct smb_ask *a =
	    smb_ask_new(m, SMB1_READ_ANDX, number(msg), (struct view){ fid, sizeof(fid) });
	if (a)
		a->offset = io.offset;
}

static void
ask_write(const struct smb *m, const struct smb_message *msg, const struct smb1_block *b)
{
	struct smb1_io io;
	uint8_t fid[SMB2_FID];
	if (!smb1_write(b, &io))
		return;
	fid_of(io.fid, fid);
	struct smb_open *o = smb_open_get(m, fid, msg->h1.tree);
	if (o)
		smb_data_begin(m, o, msg, io.offset, io.data_at, io.length);
}

/* TRANSACTION: calls through a pipe. True: it was one. */
static bool
ask_pipe(const struct smb *m, const struct smb_message *msg, const struct smb1_block *b)
{
	struct smb1_trans t;
	uint8_t fid[SMB2_FID];
	if (b->command != SMB1_TRANS || !smb1_trans(msg->bytes, b, false, &t) || t.setup_n < 2 ||
	    (t.function != TRANS_TRANSACT_PIPE && t.function != TRANS_WRITE_PIPE))
		return false;
	fid_of(t.fid, fid);
	struct smb_open *o = smb_open_get(m, fid, msg->h1.tree);
	(void)smb_ask_new(m, SMB1_TRANS, number(msg), (struct view){ fid, sizeof(fid) });
	if (!o)
		return true;
	o->is_pipe = true;
	smb_pipe_data(m, o, msg, msg->dir, t.data);
	return true;
}

/* TRANSACTION2 that finds, renames or deletes; the rest is questions about files. */
static bool
ask_trans2(const struct smb *m, const struct smb_message *msg, const struct smb1_block *b)
{
	struct smb1_trans t;
	struct view name;
	uint16_t level, fid;
	if (!smb1_trans(msg->bytes, b, false, &t))
		return false;
	struct cursor p = cursor_of_view(t.parameters);
	if (t.function == TRANS2_FIND_FIRST && cursor_skip(&p, 12)) {
		struct smb_tx *tx = smb_tx_new(m, msg, SMB_FIND);
		(void)cursor_take(&p, cursor_left(&p), &name);
		if (tx)
			tx->name = smb_text(m, &tx->item.bag, name, msg->h1.unicode);
		return true;
	}
	bool by_path = t.function == TRANS2_SET_PATH_INFO;
	if (!by_path && t.function != TRANS2_SET_FILE_INFO)
		return true;
	if ((!by_path && !cursor_u16_le(&p, &fid)) || !cursor_u16_le(&p, &level))
		return true;
	bool remove = (level == SET_DISPOSITION || level == PASSTHROUGH_DISPOSITION) &&
		      t.data.len && t.data.ptr[0];
	if (!remove)
		return true;
	struct smb_tx *tx = smb_tx_new(m, msg, SMB_DELETE);
	if (!tx)
		return true;
	if (!by_path)
		set_fid(m, tx, fid);
	else if (cursor_skip(&p, 4) && cursor_take(&p, cursor_left(&p), &name))
		tx->name = smb_text(m, &tx->item.bag, name, msg->h1.unicode);
	return true;
}

static enum smb_kind
kind_of(uint8_t command)
{
	switch (command) {
	case SMB1_NEGOTIATE:
		return SMB_NEGOTIATE;
	case SMB1_SESSION_SETUP_ANDX:
		return SMB_SETUP;
	case SMB1_TREE_CONNECT_ANDX:
		return SMB_TREE;
	case SMB1_NT_CREATE_ANDX:
	case SMB1_OPEN_ANDX:
	case SMB1_OPEN:
	case SMB1_CREATE:
		return SMB_CREATE;
	case SMB1_RENAME:
		return SMB_RENAME;
	case SMB1_DELETE:
		return SMB_DELETE;
	default:
		return SMB_PLAIN;
	}
}

static void
fill(const struct smb *m, struct smb_tx *tx, const struct smb_message *msg,
    const struct smb1_block *b)
{
	bool unicode = msg->h1.unicode;
	tx->command = b->command;
	switch (b->command) {
	case SMB1_NEGOTIATE:
		ask_negotiate(m, tx, b);
		break;
	case SMB1_SESSION_SETUP_ANDX:
		ask_setup(m, tx, b, unicode);
		break;
	case SMB1_TREE_CONNECT_ANDX:
		ask_tree(m, tx, b, unicode);
		break;
	case SMB1_NT_CREATE_ANDX:
		ask_create(m, tx, b, unicode);
		break;
	case SMB1_OPEN_ANDX:
	case SMB1_OPEN:
	case SMB1_CREATE:
		ask_open(m, tx, b, unicode);
		break;
	case SMB1_CREATE_DIRECTORY:
	case SMB1_DELETE_DIRECTORY:
	case SMB1_CHECK_DIRECTORY:
	case SMB1_DELETE:
	case SMB1_RENAME:
		ask_names(m, tx, b, unicode);
		break;
	case SMB1_CLOSE:
		ask_close(m, tx, b);
		break;
	default:
		break;
	}
}

/* One command of a request. True: it needs no transaction of its own. */
static bool
quiet(const struct smb *m, const struct smb_message *msg, const struct smb1_block *b)
{
	switch (b->command) {
	case SMB1_READ:
	case SMB1_READ_ANDX:
		ask_read(m, msg, b);
		return true;
	case SMB1_WRITE:
	case SMB1_WRITE_AND_CLOSE:
	case SMB1_WRITE_ANDX:
		ask_write(m, msg, b);
		return true;
	case SMB1_TRANS:
		return ask_pipe(m, msg, b);
	case SMB1_TRANS2:
		return ask_trans2(m, msg, b);
	case SMB1_NT_CANCEL:
		return true;
	default:
		return false;
	}
}

static void
ask(const struct smb *m, const struct smb_message *msg)
{
	struct smb1_block b;
	size_t at = SMB1_HEADER;
	uint8_t command = msg->h1.command;
	for (int i = 0; i < CHAIN && command != SMB1_NONE; i++) {
		if (!smb1_block(msg->bytes, command, at, &b))
			return;
		if (!quiet(m, msg, &b)) {
			struct smb_tx *tx = smb_tx_new(m, msg, kind_of(command));
			if (!tx)
				return;
			fill(m, tx, msg, &b);
			l7_item_say(m->l, m->lf, tx, L7_READY_REQUEST, msg->dir);
		}
		command = b.next;
		at = b.next_at;
	}
}

/* ---- responses ---- */

/* The dialect the server chose is a number into the client's list ([MS-CIFS] 2.2.4.52). */
static void
answer_negotiate(const struct smb *m, struct smb_tx *tx, const struct smb_message *msg,
    const struct smb1_block *b)
{
	struct cursor w = cursor_of_view(b->words), c = cursor_of_view(tx->negotiated.dialects);
	uint16_t chosen;
	uint8_t byte;
	if (!cursor_u16_le(&w, &chosen))
		return;
	tx->negotiated.answered = true;
	for (uint16_t i = 0; cursor_u8(&c, &byte); i++) {
		struct view name = { c.at, 0 };
		while (cursor_u8(&c, &byte) && byte)
			name.len++;
		if (i == chosen)
			m->s->dialect = smb1_dialect(name);
	}
	tx->dialect = m->s->dialect;
	if (b->words.len == 34 && msg->h1.flags2 & SMB1_FLAGS2_SECURITY && b->bytes.len >= 16)
		tx->negotiated.server_guid =
		    smb_text(m, &tx->item.bag, (struct view){ b->bytes.ptr, 16 }, false);
}

static void
answer_setup(const struct smb *m, struct smb_tx *tx, const struct smb_message *msg,
    const struct smb1_block *b)
{
	struct cursor w = cursor_of_view(b->words), c = cursor_of_view(b->bytes);
	uint16_t action = 0, n = 0;
	struct view token;
	(void)(cursor_skip(&w, 4) && cursor_u16_le(&w, &action) && cursor_u16_le(&w, &n));
	tx->setup.guest = action & 1;
	if (b->words.len >= 8 && cursor_take(&c, n, &token) && !tx->setup.ntlm)
		smb_token(m, tx, token);
	tx->setup.native_os[1] = next_text(m, tx, b, msg->h1.unicode, &c);
	tx->setup.native_lm[1] = next_text(m, tx, b, msg->h1.unicode, &c);
}

static void
answer_tree(const struct smb *m, struct smb_tx *tx, const struct smb1_block *b)
{
	struct cursor c = cursor_of_view(b->bytes);
	tx->service[1] = next_text(m, tx, b, false, &c);
	tx->share_known = true;
	tx->share_type = view_is(tx->service[1], "IPC")     ? 2
			 : view_is(tx->service[1], "LPT1:") ? 3
							    : 1;
	smb_tree_new(m, tx);
}

static void
opened(const struct smb *m, struct smb_tx *tx, uint16_t fid)
{
	tx->create.opened = true;
	fid_of(fid, tx->fid);
	tx->fid_n = 2;
	struct smb_open *o = smb_open_find(m, tx->fid);
	if (o && o->name.ptr) /* an id used again */
		smb_open_close(m, o, L7_FILE_CLOSED, DIR_TO_CLIENT);
	if (!(o = smb_open_get(m, tx->fid, tx->tree)))
		return;
	o->name = smb_text(m, &o->bag, tx->name, false);
	o->size = tx->create.size;
	o->size_known = !o->is_pipe;
	memcpy(m->s->last_fid, tx->fid, SMB2_FID);
}

static void
answer_create(const struct smb *m, struct smb_tx *tx, const struct smb1_block *b)
{
	struct cursor w = cursor_of_view(b->words);
	struct smb1_created c;
	uint16_t fid;
	if (b->command != SMB1_NT_CREATE_ANDX) {
		if (b->command == SMB1_OPEN_ANDX)
			(void)cursor_skip(&w, 4);
		if (cursor_u16_le(&w, &fid)) {
			opened(m, tx, fid);
			struct smb_open *o = smb_open_find(m, tx->fid);
			if (o)
				o->size_known = false;
		}
		return;
	}
	if (!smb1_nt_created(b, &c))
		return;
	tx->create.created = c.created;
	tx->create.accessed = c.accessed;
	tx->create.modified = c.written;
	tx->create.changed = c.changed;
	tx->create.size = c.size;
	opened(m, tx, c.fid);
	struct smb_open *o = smb_open_find(m, tx->fid);
	if (o && (c.kind == 1 || c.kind == 2))
		o->is_pipe = true;
	tx->pipe = o && o->is_pipe;
}

static void
answer_tx(const struct smb *m, struct smb_tx *tx, const struct smb_message *msg,
    const struct smb1_block *b)
{
	smb_tx_answered(m, tx, msg);
	bool good = msg->h1.status == 0;
	if (tx->kind == SMB_FILE || tx->kind == SMB_PIPE)
		return;
	if (good && tx->kind == SMB_NEGOTIATE)
		answer_negotiate(m, tx, msg, b);
	else if (tx->kind == SMB_SETUP && (good || msg->h1.status == SMB_STATUS_MORE_PROCESSING))
		answer_setup(m, tx, msg, b);
	else if (good && tx->kind == SMB_TREE)
		answer_tree(m, tx, b);
	else if (good && tx->kind == SMB_CREATE)
		answer_create(m, tx, b);
	else if (tx->command == SMB1_CLOSE) {
		struct smb_open *o = smb_open_find(m, tx->fid);
		if (o)
			smb_open_close(m, o, L7_FILE_CLOSED, msg->dir);
	} else if (tx->command == SMB1_TREE_DISCONNECT) {
		smb_tree_drop(m, tx->tree);
	}
	smb_tx_done(m, tx, L7_READY_RESPONSE, msg->dir);
}

/* Data that READ or a call through a pipe brought. */
static void
answer_data(const struct smb *m, const struct smb_message *msg, const struct smb1_block *b)
{
	struct smb_ask a;
	struct smb1_trans t;
	struct smb1_io io;
	bool more =
	    msg->h1.status == SMB_STATUS_BUFFER_OVERFLOW || (msg->h1.status & 0xffffff) == 0xea0001;
	if (!smb_ask_take(m, number(msg), &a) || (msg->h1.status && !more))
		return;
	struct smb_open *o = smb_open_get(m, a.fid, msg->h1.tree);
	if (!o)
		return;
	if (b->command == SMB1_TRANS) {
		if (smb1_trans(msg->bytes, b, true, &t))
			smb_pipe_data(m, o, msg, msg->dir, t.data);
	} else if (smb1_read_answer(b, &io)) {
		smb_data_begin(m, o, msg, a.offset, io.data_at, io.length);
	}
}

/* The transaction of this command of the message. */
static struct smb_tx *
find(const struct smb *m, const struct smb_message *msg, uint8_t command)
{
	struct smb_message like = { .version = 1, .h1 = msg->h1 };
	like.h1.command = command;
	struct smb_tx *tx = smb_tx_find(m, &like);
	return tx;
}

static void
answer(const struct smb *m, const struct smb_message *msg)
{
	struct smb1_block b;
	size_t at = SMB1_HEADER;
	uint8_t command = msg->h1.command;
	for (int i = 0; i < CHAIN && command != SMB1_NONE; i++) {
		if (!smb1_block(msg->bytes, command, at, &b))
			return;
		if (command == SMB1_READ || command == SMB1_READ_ANDX || command == SMB1_TRANS)
			answer_data(m, msg, &b);
		struct smb_tx *tx = find(m, msg, command);
		if (tx)
			answer_tx(m, tx, msg, &b);
		command = b.next;
		at = b.next_at;
	}
}

void
smb1_take(const struct smb *m, const struct smb_message *msg)
{
	if (msg->h1.response)
		answer(m, msg);
	else
		ask(m, msg);
}
