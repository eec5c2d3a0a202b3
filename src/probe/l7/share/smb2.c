/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/smb2.h"

/* The part of a message that an offset and a length name. */
static struct view
part(struct view message, size_t offset, size_t n)
{
	struct cursor c = cursor_of_view(message);
	struct view out = { 0 };
	if (offset >= SMB2_HEADER && cursor_skip(&c, offset))
		(void)cursor_take(&c, n, &out);
	return out;
}

/* A cursor behind the header and `n` more bytes. */
static bool
body(struct view message, size_t n, struct cursor *c)
{
	*c = cursor_of_view(message);
	return cursor_skip(c, SMB2_HEADER + n);
}

long
smb2_header(struct view message, struct smb2_header *out)
{
	static const uint8_t mark[] = { 0xfe, 'S', 'M', 'B' };
	struct cursor c = cursor_of_view(message);
	uint16_t size;
	size_t n = message.len < sizeof(mark) ? message.len : sizeof(mark);
	if (n && memcmp(message.ptr, mark, n) != 0)
		return L7_BAD;
	if (message.len < SMB2_HEADER)
		return L7_MORE;
	(void)cursor_skip(&c, sizeof(mark));
	(void)cursor_u16_le(&c, &size);
	(void)cursor_skip(&c, 2);
	(void)cursor_u32_le(&c, &out->status);
	(void)cursor_u16_le(&c, &out->command);
	(void)cursor_u16_le(&c, &out->credits);
	(void)cursor_u32_le(&c, &out->flags);
	(void)cursor_u32_le(&c, &out->next);
	(void)cursor_u64_le(&c, &out->message);
	(void)cursor_skip(&c, 4);
	(void)cursor_u32_le(&c, &out->tree);
	(void)cursor_u64_le(&c, &out->session);
	if (out->flags & SMB2_FLAG_ASYNC)
		out->tree = 0;
	out->response = out->flags & SMB2_FLAG_RESPONSE;
	return size != SMB2_HEADER || out->command > SMB2_OPLOCK_BREAK ? L7_BAD : SMB2_HEADER;
}

static bool
negotiate_answer(struct view message, struct smb2_negotiate *out)
{
	struct cursor c;
	uint16_t at, n;
	if (!body(message, 2, &c) || cursor_left(&c) < 62)
		return false;
	(void)cursor_u16_le(&c, &out->security);
	(void)cursor_u16_le(&c, &out->dialect);
	(void)cursor_skip(&c, 2);
	(void)cursor_take(&c, 16, &out->guid);
	(void)cursor_u32_le(&c, &out->capabilities);
	(void)cursor_u32_le(&c, &out->max_transact);
	(void)cursor_u32_le(&c, &out->max_read);
	(void)cursor_u32_le(&c, &out->max_write);
	(void)cursor_skip(&c, 16);
	(void)cursor_u16_le(&c, &at);
	(void)cursor_u16_le(&c, &n);
	out->token = part(message, at, n);
	return true;
}

bool
smb2_negotiate(struct view message, bool response, struct smb2_negotiate *out)
{
	struct cursor c;
	uint16_t n;
	*out = (struct smb2_negotiate){ 0 };
	if (response)
		return negotiate_answer(message, out);
	if (!body(message, 2, &c) || !cursor_u16_le(&c, &n) || !cursor_u16_le(&c, &out->security) ||
	    !cursor_skip(&c, 2) || !cursor_u32_le(&c, &out->capabilities) ||
	    !cursor_take(&c, 16, &out->guid) || !cursor_skip(&c, 8))
		return false;
	size_t there = cursor_left(&c) / 2;
	return cursor_take(&c, 2 * (n < there ? n : there), &out->dialects);
}

bool
smb2_session_setup(struct view message, bool response, uint16_t *flags, struct view *token)
{
	struct cursor c;
	uint16_t at, n;
	*flags = 0;
	if (!body(message, response ? 2 : 12, &c) || (response && !cursor_u16_le(&c, flags)) ||
	    !cursor_u16_le(&c, &at) || !cursor_u16_le(&c, &n))
		return false;
	*token = part(message, at, n);
	return true;
}

bool
smb2_tree_connect(struct view message, struct view *path)
{
	struct cursor c;
	uint16_t at, n;
	if (!body(message, 4, &c) || !cursor_u16_le(&c, &at) || !cursor_u16_le(&c, &n))
		return false;
	*path = part(message, at, n);
	return path->ptr != NULL;
}

bool
smb2_tree_answer(struct view message, uint8_t *type)
{
	struct cursor c;
	return body(message, 2, &c) && cursor_u8(&c, type);
}

bool
smb2_create(struct view message, struct smb2_create *out)
{
	struct cursor c;
	uint16_t at, n;
	*out = (struct smb2_create){ 0 };
	if (!body(message, 24, &c) || !cursor_u32_le(&c, &out->access) ||
	    !cursor_u32_le(&c, &out->attributes) || !cursor_skip(&c, 4) ||
	    !cursor_u32_le(&c, &out->disposition) || !cursor_u32_le(&c, &out->options) ||
	    !cursor_u16_le(&c, &at) || !cursor_u16_le(&c, &n))
		return false;
	out->name = part(message, at, n);
	return true;
}

bool
smb2_created(struct view message, struct smb2_created *out)
{
	struct cursor c;
	*out = (struct smb2_created){ 0 };
	return body(message, 4, &c) && cursor_u32_le(&c, &out->action) &&
	       cursor_u64_le(&c, &out->created) && cursor_u64_le(&c, &out->accessed) &&
	       cursor_u64_le(&c, &out->written) && cursor_u64_le(&c, &out->changed) &&
	       cursor_skip(&c, 8) && cursor_u64_le(&c, &out->size) &&
	       cursor_u32_le(&c, &out->attributes) && cursor_skip(&c, 4) &&
	       cursor_take(&c, SMB2_FID, &out->fid);
}

struct view
smb2_fid(struct view message, uint16_t command)
{
	static const uint8_t at[] = { [SMB2_CLOSE] = 8,
		[SMB2_FLUSH] = 8,
		[SMB2_READ] = 16,
		[SMB2_WRITE] = 16,
		[SMB2_LOCK] = 8,
		[SMB2_IOCTL] = 8,
		[SMB2_QUERY_DIRECTORY] = 8,
		[SMB2_CHANGE_NOTIFY] = 8,
		[SMB2_QUERY_INFO] = 24,
		[SMB2_SET_INFO] = 16,
		[SMB2_OPLOCK_BREAK] = 8 };
	struct view out = { 0 };
	struct cursor c;
	if (command < sizeof(at) && at[command] && body(message, at[command], &c))
		(void)cursor_take(&c, SMB2_FID, &out);
	return out;
}

bool
smb2_read(struct view message, struct smb2_io *out)
{
	struct cursor c;
	*out = (struct smb2_io){ 0 };
	return body(message, 4, &c) && cursor_u32_le(&c, &out->length) &&
	       cursor_u64_le(&c, &out->offset) && cursor_take(&c, SMB2_FID, &out->fid);
}

bool
smb2_read_answer(struct view message, struct smb2_io *out)
{
	struct cursor c;
	uint8_t at;
	*out = (struct smb2_io){ 0 };
	if (!body(message, 2, &c) || !cursor_u8(&c, &at) || !cursor_skip(&c, 1) ||
	    !cursor_u32_le(&c, &out->length))
		return false;
	out->data_at = at;
	return at >= SMB2_HEADER + 16;
}

bool
smb2_write(struct view message, struct smb2_io *out)
{
	struct cursor c;
	uint16_t at;
	*out = (struct smb2_io){ 0 };
	if (!body(message, 2, &c) || !cursor_u16_le(&c, &at) || !cursor_u32_le(&c, &out->length) ||
	    !cursor_u64_le(&c, &out->offset) || !cursor_take(&c, SMB2_FID, &out->fid))
		return false;
	out->data_at = at;
	return at >= SMB2_HEADER + 48;
}

bool
smb2_ioctl(struct view message, bool response, struct smb2_ioctl *out)
{
	struct cursor c;
	uint32_t at, n;
	*out = (struct smb2_ioctl){ 0 };
	if (!body(message, 4, &c) || !cursor_u32_le(&c, &out->function) ||
	    !cursor_take(&c, SMB2_FID, &out->fid))
		return false;
	if (response && !cursor_skip(&c, 8))
		return true;
	if (cursor_u32_le(&c, &at) && cursor_u32_le(&c, &n))
		out->data = part(message, at, n);
	return true;
}

bool
smb2_set_info(struct view message, struct smb2_set_info *out)
{
	struct cursor c;
	uint32_t n;
	uint16_t at;
	*out = (struct smb2_set_info){ 0 };
	if (!body(message, 2, &c) || !cursor_u8(&c, &out->type) || !cursor_u8(&c, &out->class) ||
	    !cursor_u32_le(&c, &n) || !cursor_u16_le(&c, &at) || !cursor_skip(&c, 6) ||
	    !cursor_take(&c, SMB2_FID, &out->fid))
		return false;
	out->data = part(message, at, n);
	return true;
}

bool
smb2_rename(struct view data, struct view *name)
{
	struct cursor c = cursor_of_view(data);
	uint32_t n;
	return cursor_skip(&c, 16) && cursor_u32_le(&c, &n) && cursor_take(&c, n, name);
}

bool
smb2_pattern(struct view message, struct view *pattern)
{
	struct cursor c;
	uint16_t at, n;
	if (!body(message, 24, &c) || !cursor_u16_le(&c, &at) || !cursor_u16_le(&c, &n))
		return false;
	*pattern = part(message, at, n);
	return pattern->ptr != NULL;
}
