/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SMB in the table of protocols: frames of the NetBIOS session service (RFC 1002, 4.3; on port 445
 * the same four bytes with a 24-bit length), messages in them, and data of files that streams by.
 */
#include "smb_row.h"
#include "wire/event.h"

#define FRAME_HEADER 4
#define SMB3_HEADER 52 /* of an encrypted one ([MS-SMB2] 2.2.41) */
#define SESSION_MESSAGE 0x00
#define SESSION_REQUEST 0x81
#define SESSION_KEEP_ALIVE 0x85
#define SMALLEST 35 /* of a message: SMB1 without parameters */
#define LARGEST 0x01100000u

enum magic { MAGIC_NONE, MAGIC_1, MAGIC_2, MAGIC_SEALED, MAGIC_SQUEEZED };

static enum magic
magic_of(struct view v)
{
	if (v.len < 4 || v.ptr[1] != 'S' || v.ptr[2] != 'M' || v.ptr[3] != 'B')
		return MAGIC_NONE;
	switch (v.ptr[0]) {
	case 0xff:
		return MAGIC_1;
	case 0xfe:
		return MAGIC_2;
	case 0xfd:
		return MAGIC_SEALED;
	case 0xfc:
		return MAGIC_SQUEEZED;
	default:
		return MAGIC_NONE;
	}
}

/* Does a frame with a message of ours begin here? -1: cannot tell yet. */
static int
frame_here(struct view v)
{
	struct cursor c = cursor_of_view(v);
	uint8_t type, b;
	uint32_t n;
	if (!cursor_u8(&c, &type))
		return -1;
	if (type != SESSION_MESSAGE)
		return 0;
	if (!cursor_u24(&c, &n))
		return -1;
	if (n < SMALLEST || n > LARGEST)
		return 0;
	for (size_t i = 0; cursor_u8(&c, &b); i++) {
		static const uint8_t rest[] = { 0, 'S', 'M', 'B' };
		if (i == 0 ? b < 0xfc : b != rest[i])
			return 0;
		if (i == 3)
			return 1;
	}
	return -1;
}

/* "CKFDENECFDEFFCFG...": a NetBIOS name takes 34 bytes (RFC 1001, 14.1). */
static enum l7_guess
probe_session(struct cursor c)
{
	uint32_t n;
	uint8_t b;
	if (!cursor_u24(&c, &n))
		return L7_MAYBE;
	if (n < 68 || n > 600)
		return L7_NO;
	if (!cursor_u8(&c, &b))
		return L7_MAYBE;
	if (b != 32)
		return L7_NO;
	for (int i = 0; i < 32; i++) {
		if (!cursor_u8(&c, &b))
			return L7_MAYBE;
		if (b < 'A' || b > 'P')
			return L7_NO;
	}
	return L7_YES;
}

static enum l7_guess
probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	uint8_t type = 0;
	int here = frame_here(first->data);
	if (here)
		return here > 0 ? L7_YES : L7_MAYBE;
	(void)cursor_u8(&c, &type);
	if (type == SESSION_REQUEST)
		return probe_session(c);
	bool own = first->key->sport == 445 || first->key->sport == 139;
	for (; own && cursor_left(&c) >= 8; (void)cursor_skip(&c, 1)) { /* picked up in a message */
		if (frame_here((struct view){ c.at, cursor_left(&c) }) > 0)
			return L7_YES;
	}
	return own && (type == 0x82 || type == 0x83 || first->data.len < 1024) ? L7_MAYBE : L7_NO;
}

/* Encrypted or compressed: said once a flow, with what the header shows ([MS-SMB2] 2.2.41,
 * 2.2.42). */
static void
sealed(const struct smb *m, const struct smb_message *msg, enum magic magic)
{
	struct cursor c = cursor_of_view(msg->bytes);
	struct smb_message like = *msg;
	if (m->s->sealed)
		return;
	m->s->sealed = true;
	like.version = 2;
	like.h2 = (struct smb2_header){ 0 };
	if (magic == MAGIC_SEALED && cursor_skip(&c, 44))
		(void)cursor_u64_le(&c, &like.h2.session);
	struct smb_tx *tx = smb_tx_new(m, &like, SMB_SEALED);
	if (!tx)
		return;
	tx->function = magic == MAGIC_SEALED;
	smb_tx_done(m, tx, L7_READY_REQUEST | L7_READY_RESPONSE, msg->dir);
}

/* The header of a message. False: it is none, the frame is passed over. */
static long
head(struct smb_message *msg, enum magic *magic)
{
	long used = 0;
	*magic = magic_of(msg->bytes);
	msg->version = *magic == MAGIC_1 ? 1 : 2;
	if (msg->bytes.len < 4)
		return msg->length < SMALLEST ? L7_BAD : L7_MORE;
	if (*magic == MAGIC_1)
		used = smb1_header(msg->bytes, &msg->h1);
	else if (*magic == MAGIC_2)
		used = smb2_header(msg->bytes, &msg->h2);
	else if (*magic != MAGIC_NONE)
		used = msg->bytes.len < 52 && msg->length >= 52 ? L7_MORE : 0;
	else
		used = L7_BAD;
	return used == L7_MORE && msg->bytes.len >= msg->length ? L7_BAD : used;
}

/* A header and what is behind it: three frames, whose types follow each other. */
static void
say_frames(const struct smb *m, uint8_t type, struct view bytes, size_t head, uint64_t length)
{
	struct cursor c = cursor_of_view(bytes);
	struct l7_framed frame = { .type = type, .at = bytes.ptr, .length = length, .tx_id = -1 };
	if (!l7_framed(m->l, m->lf))
		return;
	l7_frame_say(m->l, m->lf, &frame);
	if (length < head || !cursor_skip(&c, head))
		return;
	l7_frame(m->l, m->lf, type + 1, (struct view){ bytes.ptr, head }, -1);
	frame.type = type + 2;
	frame.at = c.at;
	frame.length = length - head;
	l7_frame_say(m->l, m->lf, &frame);
}

/* A message begins at msg->bytes and has at most msg->length bytes. Returns bytes used or L7_MORE.
 */
static long
begin(const struct smb *m, struct smb_message *msg)
{
	struct smb_way *way = &m->s->way[msg->dir];
	enum magic magic;
	long used = head(msg, &magic);
	if (used == L7_MORE)
		return L7_MORE;
	way->message = msg->length;
	if (used == L7_BAD) {
		l7_odd(m->l, m->lf, "malformed_data", -1, msg->dir);
		return 0; /* the whole frame is passed over */
	}
	if (magic == MAGIC_2 && msg->h2.next >= SMB2_HEADER && msg->h2.next < msg->length)
		way->message = msg->h2.next;
	msg->length = way->message;
	if (msg->bytes.len > msg->length)
		msg->bytes.len = msg->length;
	if (magic == MAGIC_SEALED || magic == MAGIC_SQUEEZED) {
		if (magic == MAGIC_SEALED)
			say_frames(m, L7_FRAME_SMB3_PDU, msg->bytes, SMB3_HEADER, msg->length);
		sealed(m, msg, magic);
		return 0;
	}
	if (!way->framed)
		say_frames(m, magic == MAGIC_1 ? L7_FRAME_SMB1_PDU : L7_FRAME_SMB2_PDU, msg->bytes,
		    magic == MAGIC_1 ? SMB1_HEADER : SMB2_HEADER, msg->length);
	way->framed = true;
	if (msg->bytes.len < (magic == MAGIC_1 ? smb1_wanted(msg) : smb2_wanted(msg)))
		return L7_MORE;
	way->framed = false;
	way->body = 0;
	way->head = *msg;
	way->head.bytes = (struct view){ 0 };
	m->s->heard[msg->dir] = true;
	if (magic == MAGIC_1)
		smb1_take(m, msg);
	else
		smb2_take(m, msg);
	way->message -= (uint32_t)msg->bytes.len;
	way->frame -= msg->length;
	return (long)msg->bytes.len;
}

/* Bytes of the message under way that its reader did not need. */
static void
stream(const struct smb *m, struct view bytes, enum dir dir)
{
	struct smb_way *way = &m->s->way[dir];
	uint32_t n = way->body < bytes.len ? way->body : (uint32_t)bytes.len;
	way->message -= (uint32_t)bytes.len;
	if (!n)
		return;
	struct smb_open *o = smb_open_find(m, way->fid);
	bytes.len = n;
	if (o)
		smb_data(m, o, o->is_pipe ? &way->head : NULL, dir, way->offset, bytes);
	way->body -= n;
	way->offset += n;
}

/* Look for the next frame after a gap. Returns bytes passed over. */
static size_t
search(struct smb_way *way, struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	while (cursor_left(&c)) {
		int here = frame_here((struct view){ c.at, cursor_left(&c) });
		if (here > 0)
			way->searching = false;
		if (here)
			break;
		(void)cursor_skip(&c, 1);
	}
	return bytes.len - cursor_left(&c);
}

/* The four bytes before a message. Returns 4, L7_MORE or L7_BAD. */
static long
frame(struct smb_way *way, struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t type;
	uint32_t n;
	if (!cursor_u8(&c, &type) || !cursor_u24(&c, &n))
		return L7_MORE;
	if (type == SESSION_MESSAGE) {
		way->frame = n;
		return FRAME_HEADER;
	}
	if (type < SESSION_REQUEST || type > SESSION_KEEP_ALIVE || n > 0x1ffff)
		return L7_BAD;
	way->message = n;
	way->body = 0;
	return FRAME_HEADER;
}

/* One step; returns bytes used, L7_MORE when it wants more, L7_BAD. */
static long
step(const struct smb *m, struct view bytes, enum dir dir)
{
	struct smb_way *way = &m->s->way[dir];
	if (way->message) {
		bytes.len = way->message < bytes.len ? way->message : bytes.len;
		stream(m, bytes, dir);
		return (long)bytes.len;
	}
	if (way->searching) {
		size_t n = search(way, bytes);
		return n || !way->searching ? (long)n : L7_MORE;
	}
	if (!way->frame) {
		long used = frame(way, bytes);
		if (used == L7_BAD && !m->s->heard[dir]) { /* picked up in the middle */
			way->searching = true;
			return 0;
		}
		if (used > 0)
			say_frames(m, L7_FRAME_NBSS_PDU, bytes, FRAME_HEADER,
			    FRAME_HEADER + (uint64_t)way->frame + way->message);
		return used;
	}
	struct smb_message msg = { .bytes = bytes, .length = way->frame, .dir = dir };
	long used = begin(m, &msg);
	if (used == 0) { /* passed over */
		way->frame = way->frame > way->message ? way->frame - way->message : 0;
	} else if (used == L7_MORE) {
		way->message = 0;
	}
	return used;
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	const struct smb m = { l, lf, lf->state };
	struct cursor c = cursor_of_view(bytes);
	while (cursor_left(&c)) {
		long used = step(&m, (struct view){ c.at, cursor_left(&c) }, dir);
		if (used == L7_MORE)
			break;
		if (used < 0) {
			l7_odd(l, lf, "malformed_nbss_records", -1, dir);
			m.s->way[dir].searching = true;
			continue;
		}
		(void)cursor_skip(&c, (size_t)used);
	}
	return (long)(bytes.len - cursor_left(&c));
}

/* Bytes are missing: of the message under way, of messages behind it in the frame, or beyond. */
static bool
lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir)
{
	const struct smb m = { l, lf, lf->state };
	struct smb_way *way = &m.s->way[dir];
	if (way->body) {
		uint64_t gone = n < way->body ? n : way->body;
		struct smb_open *o = smb_open_find(&m, way->fid);
		if (o)
			smb_data_gap(&m, o, dir, way->offset, gone);
		way->body -= (uint32_t)gone;
		way->offset += gone;
	}
	uint64_t left = (uint64_t)way->message + way->frame;
	way->framed = false;
	if (n < way->message) {
		way->message -= (uint32_t)n;
	} else if (n <= left) { /* the rest of the frame is passed over */
		way->message = (uint32_t)(left - n);
		way->frame = 0;
	} else {
		way->message = way->frame = 0;
		way->searching = true;
	}
	if (n >= left || !way->message)
		way->body = 0;
	return true;
}

static void
finish(struct l7 *l, struct l7_flow *lf)
{
	const struct smb m = { l, lf, lf->state };
	smb_all_done(&m);
}

static void
row_close(struct l7 *l, struct l7_flow *lf)
{
	const struct smb m = { l, lf, lf->state };
	smb_all_drop(&m);
}

#define MORE_PROCESSING 0xc0000016 /* a login goes on */
#define INSUFF_SERVER_RESOURCES 0xc0000205

/* Warnings are answers too: a list that was too long for one (0x8...). A server that is short of
 * something has refused nothing: so unpatched ones answer to probes for MS17-010. */
static bool
answer(const void *data_of, struct l7_answered *out)
{
	const struct smb_tx *tx = data_of;
	if (!tx->replied || tx->dos || tx->status == MORE_PROCESSING ||
	    tx->status == INSUFF_SERVER_RESOURCES)
		return false;
	out->code = tx->status;
	out->name = smb_status_name(tx->status);
	out->is = tx->status >> 30 == 3 ? L7_ANSWER_REFUSED : L7_ANSWER_DONE;
	return true;
}

const struct l7_row l7_smb_row = {
	.name = "smb",
	.proto = L7_SMB,
	.tcp = true,
	.state_size = sizeof(struct smb_state),
	.tx_size = sizeof(union smb_slot),
	.probe = probe,
	.data = data,
	.lost = lost,
	.finish = finish,
	.release = l7_item_release,
	.close = row_close,
	.buffer = smb_buffer,
	.number = smb_number,
	.write = smb_write,
	.login = smb_login,
	.answer = answer,
};
