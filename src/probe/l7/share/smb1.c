/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/smb1.h"

long
smb1_header(struct view message, struct smb1_header *out)
{
	static const uint8_t mark[] = { 0xff, 'S', 'M', 'B' };
	struct cursor c = cursor_of_view(message);
	uint16_t low, high;
	size_t n = message.len < sizeof(mark) ? message.len : sizeof(mark);
	if (n && memcmp(message.ptr, mark, n) != 0)
		return L7_BAD;
	if (message.len < SMB1_HEADER)
		return L7_MORE;
	(void)cursor_skip(&c, sizeof(mark));
	(void)cursor_u8(&c, &out->command);
	(void)cursor_u32_le(&c, &out->status);
	(void)cursor_u8(&c, &out->flags);
	(void)cursor_u16_le(&c, &out->flags2);
	(void)cursor_u16_le(&c, &high);
	(void)cursor_skip(&c, 10);
	(void)cursor_u16_le(&c, &out->tree);
	(void)cursor_u16_le(&c, &low);
	(void)cursor_u16_le(&c, &out->user);
	(void)cursor_u16_le(&c, &out->multiplex);
	out->process = (uint32_t)high << 16 | low;
	out->response = out->flags & 0x80;
	out->unicode = out->flags2 & SMB1_FLAGS2_UNICODE;
	return SMB1_HEADER;
}

static bool
has_andx(uint8_t command)
{
	return command == SMB1_OPEN_ANDX || command == SMB1_READ_ANDX ||
	       command == SMB1_WRITE_ANDX || command == SMB1_SESSION_SETUP_ANDX ||
	       command == SMB1_LOGOFF_ANDX || command == SMB1_TREE_CONNECT_ANDX ||
	       command == SMB1_NT_CREATE_ANDX || command == 0x24;
}

bool
smb1_block(struct view message, uint8_t command, size_t at, struct smb1_block *out)
{
	struct cursor c = cursor_of_view(message);
	uint8_t words;
	uint16_t bytes = 0;
	*out = (struct smb1_block){ .command = command, .next = SMB1_NONE };
	if (!cursor_skip(&c, at) || !cursor_u8(&c, &words) ||
	    !cursor_take(&c, 2 * (size_t)words, &out->words))
		return false;
	if (has_andx(command) && words >= 2) {
		struct cursor w = cursor_of_view(out->words);
		(void)cursor_u8(&w, &out->next);
		(void)cursor_skip(&w, 1);
		(void)cursor_u16_le(&w, &out->next_at);
		if (out->next_at <= at)
			out->next = SMB1_NONE; /* only forward, so that chains end */
	}
	(void)cursor_u16_le(&c, &bytes);
	out->bytes_at = message.len - cursor_left(&c);
	if (bytes > cursor_left(&c) || command == SMB1_WRITE_ANDX || command == SMB1_READ_ANDX)
		bytes = (uint16_t)(cursor_left(&c) < 0xffff ? cursor_left(&c) : 0xffff);
	return cursor_take(&c, bytes, &out->bytes);
}

bool
smb1_text(const struct smb1_block *b, bool unicode, struct cursor *c, struct view *out)
{
	struct cursor end;
	size_t n = 0;
	if (unicode && (b->bytes_at + b->bytes.len - cursor_left(c)) % 2)
		(void)cursor_skip(c, 1);
	end = *c;
	if (!cursor_left(c))
		return false;
	if (unicode) {
		uint16_t unit;
		while (cursor_u16_le(&end, &unit) && unit)
			n += 2;
	} else {
		uint8_t byte;
		while (cursor_u8(&end, &byte) && byte)
			n++;
	}
	if (!cursor_take(c, n, out))
		return false;
	(void)cursor_skip(c, unicode ? 2 : 1);
	return true;
}

bool
smb1_read(const struct smb1_block *b, struct smb1_io *out)
{
	struct cursor c = cursor_of_view(b->words);
	uint32_t low, high = 0, more = 0;
	uint16_t n;
	*out = (struct smb1_io){ 0 };
	if (b->command == SMB1_READ)
		return cursor_u16_le(&c, &out->fid) && cursor_u16_le(&c, &n) &&
		       cursor_u32_le(&c, &low) && ((out->offset = low), (out->length = n), true);
	if (!cursor_skip(&c, 4) || !cursor_u16_le(&c, &out->fid) || !cursor_u32_le(&c, &low) ||
	    !cursor_u16_le(&c, &n) || !cursor_skip(&c, 2))
		return false;
	if (cursor_u32_le(&c, &more) && cursor_skip(&c, 2))
		(void)cursor_u32_le(&c, &high);
	out->offset = (uint64_t)high << 32 | low;
	out->length = n;
	return true;
}

bool
smb1_read_answer(const struct smb1_block *b, struct smb1_io *out)
{
	struct cursor c = cursor_of_view(b->words);
	uint16_t n, at, high = 0;
	*out = (struct smb1_io){ 0 };
	if (b->command == SMB1_READ) {
		if (!cursor_u16_le(&c, &n))
			return false;
		out->length = n;
		out->data_at = (uint32_t)b->bytes_at + 3; /* buffer format and its length */
		return true;
	}
	if (!cursor_skip(&c, 10) || !cursor_u16_le(&c, &n) || !cursor_u16_le(&c, &at))
		return false;
	(void)cursor_u16_le(&c, &high);
	out->length = (uint32_t)high << 16 | n;
	out->data_at = at;
	return true;
}

bool
smb1_write(const struct smb1_block *b, struct smb1_io *out)
{
	struct cursor c = cursor_of_view(b->words);
	uint32_t low, high = 0;
	uint16_t n, at, n_high;
	*out = (struct smb1_io){ 0 };
	if (b->command == SMB1_WRITE || b->command == SMB1_WRITE_AND_CLOSE) {
		if (!cursor_u16_le(&c, &out->fid) || !cursor_u16_le(&c, &n) ||
		    !cursor_u32_le(&c, &low))
			return false;
		out->offset = low;
		out->length = n;
		out->data_at = (uint32_t)b->bytes_at + (b->command == SMB1_WRITE ? 3 : 1);
		return true;
	}
	if (!cursor_skip(&c, 4) || !cursor_u16_le(&c, &out->fid) || !cursor_u32_le(&c, &low) ||
	    !cursor_skip(&c, 8) || !cursor_u16_le(&c, &n_high) || !cursor_u16_le(&c, &n) ||
	    !cursor_u16_le(&c, &at))
		return false;
	(void)cursor_u32_le(&c, &high);
	out->offset = (uint64_t)high << 32 | low;
	out->length = (uint32_t)n_high << 16 | n;
	out->data_at = at;
	return true;
}

static struct view
part(struct view message, size_t at, size_t n)
{
	struct cursor c = cursor_of_view(message);
	struct view out = { 0 };
	if (at >= SMB1_HEADER && cursor_skip(&c, at))
		(void)cursor_take(&c, n, &out);
	return out;
}

/* Setup words, the first two of them. */
static void
setup(struct cursor *c, struct smb1_trans *out)
{
	uint8_t n;
	if (!cursor_u8(c, &n) || !cursor_skip(c, 1))
		return;
	out->setup_n = n;
	if (n && cursor_u16_le(c, &out->function) && n > 1)
		(void)cursor_u16_le(c, &out->fid);
}

static bool
nt_trans(struct view message, const struct smb1_block *b, bool response, struct smb1_trans *out)
{
	struct cursor c = cursor_of_view(b->words);
	uint32_t pn, pat, dn, dat;
	if (!cursor_skip(&c, response ? 11 : 19) || !cursor_u32_le(&c, &pn) ||
	    !cursor_u32_le(&c, &pat))
		return false;
	if (response && !cursor_skip(&c, 4)) /* displacement */
		return false;
	if (!cursor_u32_le(&c, &dn) || !cursor_u32_le(&c, &dat))
		return false;
	out->parameters = part(message, pat, pn);
	out->data = part(message, dat, dn);
	if (!response && cursor_u8(&c, &out->setup_n))
		(void)cursor_u16_le(&c, &out->function);
	return true;
}

bool
smb1_trans(struct view message, const struct smb1_block *b, bool response, struct smb1_trans *out)
{
	struct cursor c = cursor_of_view(b->words);
	uint16_t pn, pat, dn, dat;
	*out = (struct smb1_trans){ 0 };
	if (b->command == SMB1_NT_TRANS)
		return nt_trans(message, b, response, out);
	if (!cursor_skip(&c, response ? 6 : 18) || !cursor_u16_le(&c, &pn) ||
	    !cursor_u16_le(&c, &pat))
		return false;
	if (response && !cursor_skip(&c, 2))
		return false;
	if (!cursor_u16_le(&c, &dn) || !cursor_u16_le(&c, &dat))
		return false;
	if (response && !cursor_skip(&c, 2))
		return false;
	out->parameters = part(message, pat, pn);
	out->data = part(message, dat, dn);
	setup(&c, out);
	return true;
}

bool
smb1_nt_create(const struct smb1_block *b, bool unicode, struct smb1_create *out)
{
	struct cursor c = cursor_of_view(b->words), names = cursor_of_view(b->bytes);
	*out = (struct smb1_create){ 0 };
	if (!cursor_skip(&c, 4 + 3 + 4 + 4) || !cursor_u32_le(&c, &out->access) ||
	    !cursor_skip(&c, 8 + 4 + 4) || !cursor_u32_le(&c, &out->disposition) ||
	    !cursor_u32_le(&c, &out->options))
		return false;
	(void)smb1_text(b, unicode, &names, &out->name);
	return true;
}

bool
smb1_nt_created(const struct smb1_block *b, struct smb1_created *out)
{
	struct cursor c = cursor_of_view(b->words);
	*out = (struct smb1_created){ 0 };
	return cursor_skip(&c, 5) && cursor_u16_le(&c, &out->fid) && cursor_skip(&c, 4) &&
	       cursor_u64_le(&c, &out->created) && cursor_u64_le(&c, &out->accessed) &&
	       cursor_u64_le(&c, &out->written) && cursor_u64_le(&c, &out->changed) &&
	       cursor_skip(&c, 4 + 8) && cursor_u64_le(&c, &out->size) &&
	       cursor_u16_le(&c, &out->kind);
}
