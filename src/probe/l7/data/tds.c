/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/tds.h"

#include "probe/l7/parse.h"

long
tds_header(struct view bytes, struct tds_header *out)
{
	struct cursor c = cursor_of_view(bytes);
	if (!cursor_u8(&c, &out->type) || !cursor_u8(&c, &out->status) ||
	    !cursor_u16(&c, &out->length) || !cursor_u16(&c, &out->spid) ||
	    !cursor_u8(&c, &out->id) || !cursor_u8(&c, &out->window))
		return L7_MORE;
	if (out->length < TDS_HEADER || !out->type || out->type > TDS_PRELOGIN)
		return L7_BAD;
	return TDS_HEADER;
}

/* `length` bytes at an offset from the start. */
static bool
at(struct view all, size_t offset, size_t length, struct view *out)
{
	struct cursor c = cursor_of_view(all);
	return cursor_skip(&c, offset) && cursor_take(&c, length, out);
}

bool
tds_prelogin(struct view body, struct tds_prelogin *out)
{
	struct cursor c = cursor_of_view(body), in;
	struct view value;
	uint8_t option, b = 0;
	uint16_t offset, length;
	*out = (struct tds_prelogin){ 0 };
	for (int i = 0; i < 16; i++) {
		if (!cursor_u8(&c, &option))
			return false;
		if (option == 0xff)
			return out->has_version;
		if (!cursor_u16(&c, &offset) || !cursor_u16(&c, &length) ||
		    !at(body, offset, length, &value))
			return false;
		in = cursor_of_view(value);
		if (option == 0) {
			out->has_version =
			    cursor_copy(&in, out->version, 2) && cursor_u16(&in, &out->build);
		} else if (option == 1) {
			out->has_encryption = cursor_u8(&in, &out->encryption);
		} else if (option == 2) {
			while (cursor_peek(&in, out->instance.len, &b) && b)
				out->instance.len++;
			(void)cursor_take(&in, out->instance.len, &out->instance);
		}
	}
	return false;
}

bool
tds_login7(struct view body, struct tds_login *out)
{
	struct cursor c = cursor_of_view(body);
	struct view *fields[] = { &out->host, &out->user, NULL, &out->app, &out->server, NULL,
		&out->library, &out->language, &out->database };
	uint16_t offset, length;
	uint32_t total;
	uint8_t flags2 = 0;
	*out = (struct tds_login){ .wide = true };
	if (!cursor_u32_le(&c, &total) || !cursor_u32_le(&c, &out->version) ||
	    !cursor_skip(&c, 17) || !cursor_u8(&c, &flags2) || !cursor_skip(&c, 10))
		return false;
	out->integrated = flags2 & 0x80;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (!cursor_u16_le(&c, &offset) || !cursor_u16_le(&c, &length))
			return false;
		if (fields[i] && length)
			(void)at(body, offset, (size_t)length * 2, fields[i]);
	}
	return true;
}

static bool
fixed(struct view body, size_t offset, struct view *out)
{
	struct view length;
	return at(body, offset + 30, 1, &length) && length.ptr[0] <= 30 &&
	       at(body, offset, length.ptr[0], out);
}

bool
tds_login5(struct view body, struct tds_login *out)
{
	*out = (struct tds_login){ 0 };
	return fixed(body, 0, &out->host) && fixed(body, 31, &out->user) &&
	       fixed(body, 140, &out->app) && fixed(body, 171, &out->server);
}

struct view
tds_without_headers(struct view body)
{
	struct cursor c = cursor_of_view(body);
	struct view rest = body;
	uint32_t total, length;
	uint16_t type;
	if (!cursor_u32_le(&c, &total) || !cursor_u32_le(&c, &length) || !cursor_u16_le(&c, &type))
		return body;
	if (total < 10 || total > 512 || length > total - 4 || type < 1 || type > 3)
		return body;
	c = cursor_of_view(body);
	if (!cursor_skip(&c, total))
		return body;
	(void)cursor_take(&c, cursor_left(&c), &rest);
	return rest;
}

static const char *
procedure_name(uint16_t id)
{
	static const char *const names[] = { NULL, "sp_cursor", "sp_cursoropen", "sp_cursorprepare",
		"sp_cursorexecute", "sp_cursorprepexec", "sp_cursorunprepare", "sp_cursorfetch",
		"sp_cursoroption", "sp_cursorclose", "sp_executesql", "sp_prepare", "sp_execute",
		"sp_prepexec", "sp_prepexecrpc", "sp_unprepare" };
	return id < sizeof(names) / sizeof(*names) ? names[id] : NULL;
}

/* NVARCHAR: its length, or for NVARCHAR(MAX) chunks, of which the first is taken. */
static bool
nvarchar(struct cursor *c, struct view *text)
{
	uint16_t most, n;
	uint32_t chunk = 0;
	if (!cursor_u16_le(c, &most) || !cursor_skip(c, 5))
		return false;
	if (most == 0xffff) {
		if (!cursor_skip(c, 8) || !cursor_u32_le(c, &chunk))
			return false;
		size_t left = cursor_left(c);
		return cursor_take(c, chunk < left ? chunk : left, text);
	}
	if (!cursor_u16_le(c, &n))
		return false;
	if (n == 0xffff)
		return true;
	return cursor_take(c, n < cursor_left(c) ? n : cursor_left(c), text);
}

/* One parameter; its text, when it is one. */
static bool
parameter(struct cursor *c, struct view *text)
{
	uint8_t name, status, type, size, n;
	uint32_t length;
	*text = (struct view){ 0 };
	if (!cursor_u8(c, &name) || !cursor_skip(c, name * 2u) || !cursor_u8(c, &status) ||
	    !cursor_u8(c, &type))
		return false;
	if (type == 0xe7)
		return nvarchar(c, text);
	if (type == 0x63) /* NTEXT */
		return cursor_skip(c, 9) && cursor_u32_le(c, &length) &&
		       cursor_take(c, length < cursor_left(c) ? length : cursor_left(c), text);
	if (type == 0x26 || type == 0x68)
		return cursor_u8(c, &size) && cursor_u8(c, &n) && cursor_skip(c, n);
	return false;
}

static int
statement_at(const char *known)
{
	static const struct {
		const char *name;
		int at;
	} rows[] = { { "sp_executesql", 0 }, { "sp_cursoropen", 1 }, { "sp_prepare", 2 },
		{ "sp_prepexec", 2 }, { "sp_cursorprepare", 2 }, { "sp_cursorprepexec", 3 } };
	for (size_t i = 0; known && i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcmp(rows[i].name, known) == 0)
			return rows[i].at;
	}
	return -1;
}

bool
tds_rpc(struct view body, struct view *name, const char **known, struct view *statement)
{
	struct cursor c = cursor_of_view(tds_without_headers(body));
	uint16_t n, id;
	uint8_t text[32];
	*name = *statement = (struct view){ 0 };
	*known = NULL;
	if (!cursor_u16_le(&c, &n))
		return false;
	if (n == 0xffff) {
		if (!cursor_u16_le(&c, &id) || !(*known = procedure_name(id)))
			return false;
	} else if (!n || n > 512 || !cursor_take(&c, n * 2u, name)) {
		return false;
	}
	const char *which = *known;
	if (!which && n < sizeof(text)) {
		size_t len = tds_utf8(*name, text, sizeof(text) - 1);
		text[len] = 0;
		which = (const char *)text;
	}
	int index = statement_at(which);
	if (index < 0 || !cursor_skip(&c, 2))
		return true;
	for (int i = 0; i <= index; i++) {
		if (!parameter(&c, statement)) {
			*statement = (struct view){ 0 };
			break;
		}
	}
	return true;
}

bool
tds_token(struct cursor *c, bool wide, struct tds_token *out)
{
	struct cursor from = *c;
	uint16_t two;
	uint32_t four;
	bool ok = cursor_u8(c, &out->type);
	switch (ok ? out->type : 0) {
	case 0xe3: /* ENVCHANGE, INFO, ERROR, LOGINACK, ORDER, SSPI, TABNAME, COLINFO, capability */
	case 0xab:
	case 0xaa:
	case 0xad:
	case 0xa9:
	case 0xed:
	case 0xa4:
	case 0xa5:
	case 0xe2:
	case 0xe5:
		ok = cursor_u16_le(c, &two) && cursor_take(c, two, &out->body);
		break;
	case 0xe4:
	case 0xee:
		ok = cursor_u32_le(c, &four) && cursor_take(c, four, &out->body);
		break;
	case 0x79:
		ok = cursor_take(c, 4, &out->body);
		break;
	case 0xfd:
	case 0xfe:
	case 0xff:
		ok = cursor_take(c, wide ? 12 : 8, &out->body);
		break;
	default:
		ok = false;
		break;
	}
	if (!ok)
		*c = from;
	return ok;
}

static bool
short_text(struct cursor *c, struct view *out)
{
	uint8_t n;
	return cursor_u8(c, &n) && cursor_take(c, n * 2u, out);
}

bool
tds_error(struct view body, struct tds_error *out)
{
	struct cursor c = cursor_of_view(body);
	uint16_t n;
	*out = (struct tds_error){ 0 };
	if (!cursor_u32_le(&c, &out->number) || !cursor_u8(&c, &out->state) ||
	    !cursor_u8(&c, &out->level) || !cursor_u16_le(&c, &n))
		return false;
	if (cursor_take(&c, n * 2u, &out->message) && short_text(&c, &out->server))
		(void)short_text(&c, &out->procedure);
	return true;
}

bool
tds_loginack(struct view body, uint32_t *version, struct view *program, uint8_t build[4])
{
	struct cursor c = cursor_of_view(body);
	return cursor_skip(&c, 1) && cursor_u32(&c, version) && short_text(&c, program) &&
	       cursor_copy(&c, build, 4);
}

bool
tds_last_done(struct view body, bool wide, struct tds_done *out)
{
	struct cursor c = cursor_of_view(body);
	size_t n = wide ? 13 : 9;
	uint8_t type;
	uint32_t rows;
	*out = (struct tds_done){ 0 };
	if (body.len < n || !cursor_skip(&c, body.len - n) || !cursor_u8(&c, &type) ||
	    (type != 0xfd && type != 0xfe) || !cursor_u16_le(&c, &out->status) ||
	    !cursor_skip(&c, 2))
		return false;
	if (wide)
		return cursor_u64_le(&c, &out->rows);
	bool ok = cursor_u32_le(&c, &rows);
	out->rows = ok ? rows : 0;
	return ok;
}

static size_t
put(uint32_t code, uint8_t *to, size_t room)
{
	uint8_t bytes[4];
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	if (n > room)
		return 0;
	for (size_t i = n; i-- > 1;) {
		bytes[i] = (uint8_t)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	bytes[0] = (uint8_t)(n == 1 ? code : (0xf00u >> n & 0xf0) | code);
	memcpy(to, bytes, n);
	return n;
}

size_t
tds_utf8(struct view from, uint8_t *to, size_t room)
{
	struct cursor c = cursor_of_view(from);
	uint16_t unit, low;
	size_t n = 0;
	while (cursor_u16_le(&c, &unit)) {
		uint32_t code = unit;
		struct cursor ahead = c;
		if (unit >= 0xd800 && unit < 0xe000) {
			code = 0xfffd;
			if (unit < 0xdc00 && cursor_u16_le(&ahead, &low) && low >= 0xdc00 &&
			    low < 0xe000) {
				code =
				    0x10000 + ((uint32_t)(unit - 0xd800) << 10) + (low - 0xdc00u);
				c = ahead;
			}
		}
		size_t more = put(code, to + n, room - n);
		if (!more)
			break;
		n += more;
	}
	return n;
}
