/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/mysql.h"

/* Up to a NUL, which is skipped. */
static bool
take_text(struct cursor *c, struct view *out)
{
	size_t left = cursor_left(c);
	const uint8_t *nul = left ? memchr(c->at, 0, left) : NULL;
	if (!nul)
		return false;
	return cursor_take(c, (size_t)(nul - c->at), out) && cursor_skip(c, 1);
}

/* The same; without a NUL all of it. */
static void
take_last(struct cursor *c, struct view *out)
{
	if (!take_text(c, out) && cursor_left(c))
		(void)cursor_take(c, cursor_left(c), out);
}

bool
mysql_lenenc(struct cursor *c, uint64_t *out)
{
	struct cursor at = *c;
	uint8_t first, high = 0;
	uint16_t two;
	bool ok = cursor_u8(&at, &first) && first != 0xfb && first != 0xff;
	*out = ok ? first : 0;
	if (ok && first == 0xfc) {
		ok = cursor_u16_le(&at, &two);
		*out = ok ? two : 0;
	} else if (ok && first == 0xfd) {
		ok = cursor_u16_le(&at, &two) && cursor_u8(&at, &high);
		*out = ok ? two | (uint64_t)high << 16 : 0;
	} else if (ok && first == 0xfe) {
		ok = cursor_u64_le(&at, out);
	}
	if (ok)
		*c = at;
	return ok;
}

static bool
lenenc_text(struct cursor *c, struct view *out)
{
	struct cursor at = *c;
	uint64_t n;
	if (!mysql_lenenc(&at, &n) || n > cursor_left(&at) || !cursor_take(&at, (size_t)n, out))
		return false;
	*c = at;
	return true;
}

bool
mysql_greeting(struct view payload, struct mysql_greeting *out)
{
	struct cursor c = cursor_of_view(payload);
	uint16_t low, high;
	uint8_t auth, filler;
	*out = (struct mysql_greeting){ 0 };
	if (!cursor_u8(&c, &out->protocol) || out->protocol < 9 || out->protocol > 10 ||
	    !take_text(&c, &out->version) || !out->version.len || !cursor_u32_le(&c, &out->thread))
		return false;
	if (out->protocol == 9)
		return true;
	if (!cursor_skip(&c, 8) || !cursor_u8(&c, &filler) || filler || !cursor_u16_le(&c, &low))
		return false;
	out->capabilities = low;
	if (!cursor_skip(&c, 3) || !cursor_u16_le(&c, &high))
		return true;
	out->capabilities |= (uint32_t)high << 16;
	if (!cursor_u8(&c, &auth) || !cursor_skip(&c, 10) ||
	    !cursor_skip(&c, auth > 21 ? auth - 8u : 13u))
		return true;
	if (out->capabilities & MYSQL_PLUGIN_AUTH)
		take_last(&c, &out->plugin);
	return true;
}

static bool
skip_auth(struct cursor *c, uint32_t capabilities)
{
	struct view skipped;
	if (capabilities & MYSQL_LENENC_AUTH)
		return lenenc_text(c, &skipped);
	if (capabilities & MYSQL_SECURE)
		return cursor_vector8(c, &skipped);
	return take_text(c, &skipped);
}

/* Up to version 3.20: MySQL's first protocol. */
static bool
login_320(struct cursor *c, struct mysql_login *out)
{
	struct view skipped;
	if (!cursor_skip(c, 3) || !take_text(c, &out->user))
		return false;
	if (out->capabilities & MYSQL_CONNECT_WITH_DB && take_text(c, &skipped))
		take_last(c, &out->database);
	return true;
}

bool
mysql_login(struct view payload, struct mysql_login *out)
{
	struct cursor c = cursor_of_view(payload);
	uint16_t low, high;
	*out = (struct mysql_login){ 0 };
	if (!cursor_u16_le(&c, &low))
		return false;
	out->capabilities = low;
	if (!(low & MYSQL_PROTOCOL_41))
		return login_320(&c, out);
	if (!cursor_u16_le(&c, &high) || !cursor_skip(&c, 28))
		return false;
	out->capabilities |= (uint32_t)high << 16;
	out->tls = low & MYSQL_SSL && !cursor_left(&c);
	if (out->tls)
		return true;
	if (!take_text(&c, &out->user))
		return false;
	if (!skip_auth(&c, out->capabilities))
		return true;
	if (out->capabilities & MYSQL_CONNECT_WITH_DB && !take_text(&c, &out->database))
		return true;
	if (out->capabilities & MYSQL_PLUGIN_AUTH && !take_text(&c, &out->plugin))
		return true;
	if (out->capabilities & MYSQL_CONNECT_ATTRS)
		(void)lenenc_text(&c, &out->attributes);
	return true;
}

bool
mysql_attribute(struct cursor *c, struct view *name, struct view *value)
{
	return lenenc_text(c, name) && lenenc_text(c, value);
}

bool
mysql_change_user(struct view payload, struct mysql_login *out)
{
	struct cursor c = cursor_of_view(payload);
	struct view skipped;
	*out = (struct mysql_login){ 0 };
	if (!take_text(&c, &out->user) || !cursor_vector8(&c, &skipped))
		return false;
	take_last(&c, &out->database);
	if (cursor_skip(&c, 2))
		take_last(&c, &out->plugin);
	return true;
}

bool
mysql_ok(struct view payload, struct mysql_ok *out)
{
	struct cursor c = cursor_of_view(payload);
	*out = (struct mysql_ok){ 0 };
	if (!cursor_skip(&c, 1) || !mysql_lenenc(&c, &out->affected) ||
	    !mysql_lenenc(&c, &out->insert_id))
		return false;
	if (cursor_u16_le(&c, &out->status))
		(void)cursor_u16_le(&c, &out->warnings);
	return true;
}

bool
mysql_eof(struct view payload, struct mysql_ok *out)
{
	struct cursor c = cursor_of_view(payload);
	*out = (struct mysql_ok){ 0 };
	if (!cursor_skip(&c, 1) || cursor_left(&c) > 8)
		return false;
	if (cursor_u16_le(&c, &out->warnings))
		(void)cursor_u16_le(&c, &out->status);
	return true;
}

bool
mysql_error(struct view payload, struct mysql_error *out)
{
	struct cursor c = cursor_of_view(payload);
	uint8_t mark;
	*out = (struct mysql_error){ 0 };
	if (!cursor_skip(&c, 1) || !cursor_u16_le(&c, &out->code))
		return false;
	if (cursor_peek(&c, 0, &mark) && mark == '#' && cursor_left(&c) >= 6) {
		(void)cursor_skip(&c, 1);
		(void)cursor_take(&c, 5, &out->sqlstate);
	}
	return cursor_take(&c, cursor_left(&c), &out->message);
}

const char *
mysql_command_name(uint8_t command)
{
	static const char *const names[] = { "Sleep", "Quit", "InitDB", "Query", "FieldList",
		"CreateDB", "DropDB", "Refresh", "Shutdown", "Statistics", "ProcessInfo", "Connect",
		"ProcessKill", "Debug", "Ping", "Time", "DelayedInsert", "ChangeUser", "BinlogDump",
		"TableDump", "ConnectOut", "RegisterSlave", "Prepare", "Execute", "SendLongData",
		"CloseStatement", "ResetStatement", "SetOption", "Fetch", "Daemon",
		"BinlogDumpGtid", "ResetConnection" };
	return command < sizeof(names) / sizeof(*names) ? names[command] : NULL;
}
