/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/pgsql.h"
#include "probe/l7/parse.h"

#define LONGEST 0x40000000u /* a message of more than 1 GiB is none */

bool
pgsql_type(uint8_t type, bool to_server)
{
	static const char client[] = "BCdcfDEHFpPQSXe", server[] = "RK23CdcfGHWDIEVvnNAt1sSTZ";
	return type && strchr(to_server ? client : server, type) != NULL;
}

long
pgsql_header(struct view bytes, bool startup, uint8_t *type, uint32_t *body)
{
	struct cursor c = cursor_of_view(bytes);
	uint32_t length;
	*type = 0;
	if ((!startup && !cursor_u8(&c, type)) || !cursor_u32(&c, &length))
		return L7_MORE;
	if (length < 4 || length > LONGEST)
		return L7_BAD;
	*body = length - 4;
	return (long)(bytes.len - cursor_left(&c));
}

bool
pgsql_text(struct cursor *c, struct view *out)
{
	size_t left = cursor_left(c);
	const uint8_t *nul = left ? memchr(c->at, 0, left) : NULL;
	if (!nul)
		return false;
	return cursor_take(c, (size_t)(nul - c->at), out) && cursor_skip(c, 1);
}

bool
pgsql_parameter(struct cursor *c, struct view *name, struct view *value)
{
	return pgsql_text(c, name) && name->len && pgsql_text(c, value);
}

bool
pgsql_field(struct cursor *c, uint8_t *code, struct view *value)
{
	return cursor_u8(c, code) && *code && pgsql_text(c, value);
}

const char *
pgsql_field_name(uint8_t code)
{
	static const struct {
		char code;
		const char *name;
	} names[] = { { 'S', "severity_localizable" }, { 'V', "severity_non_localizable" },
		{ 'C', "code" }, { 'M', "message" }, { 'D', "detail" }, { 'H', "hint" },
		{ 'P', "position" }, { 'p', "internal_position" }, { 'q', "internal_query" },
		{ 'W', "where" }, { 's', "schema_name" }, { 't', "table_name" },
		{ 'c', "column_name" }, { 'd', "data_type_name" }, { 'n', "constraint_name" },
		{ 'F', "file" }, { 'L', "line" }, { 'R', "routine" } };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (names[i].code == (char)code)
			return names[i].name;
	}
	return NULL;
}
