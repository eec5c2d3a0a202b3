/* SPDX-License-Identifier: Apache-2.0 */
/* What OPC UA services say: nodes, values, endpoints, sessions (OPC 10000-4, 5 and 7). */
#include <stdio.h>

#include "ics.h"
#include "opcua_write.h"

#define NODES_MAX 64
#define VALUES_MAX 64
#define ENDPOINTS_MAX 16
#define TEXT_MAX 512
#define DATA_CHANGE 811 /* a notification's encoding */
#define UNIX_EPOCH UINT64_C(116444736000000000)

enum {
	GET_ENDPOINTS = 428,
	CREATE_SESSION = 461,
	ACTIVATE = 467,
	BROWSE = 527,
	READ = 631,
	WRITE = 673,
	CALL = 712,
	WATCH = 751,
	PUBLISH = 826
};

static bool
count(struct cursor *c, uint32_t *n)
{
	if (!cursor_u32_le(c, n))
		return false;
	if (*n == UINT32_MAX)
		*n = 0;
	return true;
}

static struct view
first(struct view v, size_t most)
{
	return (struct view){ v.ptr, v.len < most ? v.len : most };
}

static void
write_node(struct jw *w, const struct opcua_node *n)
{
	char text[TEXT_MAX + 32], hex[40];
	size_t used = 0, at = 0;
	struct cursor c = cursor_of_view(first(n->text, n->kind == 's' ? 200 : 16));
	uint8_t b;

	text[0] = 0;
	if (n->space)
		used = (size_t)snprintf(text, sizeof(text), "ns=%u;", n->space);
	if (n->kind == 'i') {
		(void)snprintf(text + used, sizeof(text) - used, "i=%u", n->number);
		jw_word(w, text);
		return;
	}
	used += (size_t)snprintf(text + used, sizeof(text) - used, "%c=", n->kind);
	while (cursor_u8(&c, &b)) {
		if (n->kind == 's')
			text[used++] = (char)b;
		else
			at += (size_t)snprintf(hex + at, sizeof(hex) - at, "%02x", b);
	}
	for (size_t i = 0; i < at; i++)
		text[used++] = hex[i];
	jw_bytes(w, text, used);
}

/* 100 ns since 1601. */
static void
write_time(struct jw *w, uint64_t ticks)
{
	jw_time(w, ticks > UNIX_EPOCH && ticks < UNIX_EPOCH * 2 ? (ticks - UNIX_EPOCH) * 100 : 0);
}

static void
write_item(struct jw *w, const struct opcua_item *i)
{
	switch (i->is) {
	case OPCUA_BOOL:
		jw_bool(w, i->whole);
		break;
	case OPCUA_INT:
		jw_i64(w, i->number);
		break;
	case OPCUA_UINT:
	case OPCUA_STATUS:
		jw_u64(w, i->whole);
		break;
	case OPCUA_REAL:
		jw_f64(w, i->real, 9);
		break;
	case OPCUA_TIME:
		write_time(w, i->whole);
		break;
	case OPCUA_NODE:
		write_node(w, &i->node);
		break;
	case OPCUA_BYTES:
		jw_hex(w, i->text.ptr, first(i->text, TEXT_MAX / 2).len, 0);
		break;
	case OPCUA_TEXT:
		if (i->text.ptr) {
			jw_view(w, first(i->text, TEXT_MAX));
			break;
		}
		jw_null(w);
		break;
	default:
		jw_null(w);
	}
}

static void
write_value(struct jw *w, const struct opcua_value *value)
{
	static const char *const types[] = { NULL, "Boolean", "SByte", "Byte", "Int16", "UInt16",
		"Int32", "UInt32", "Int64", "UInt64", "Float", "Double", "String", "DateTime",
		"Guid", "ByteString", "XmlElement", "NodeId", "ExpandedNodeId", "StatusCode",
		"QualifiedName", "LocalizedText", "ExtensionObject" };
	struct opcua_value v = *value;
	struct opcua_item item;

	if (!v.type || v.type >= sizeof(types) / sizeof(*types))
		return;
	ev_key(w, opcua_node, type);
	jw_word(w, types[v.type]);
	ev_key(w, opcua_node, values);
	jw_array(w);
	for (int i = 0; i < VALUES_MAX && opcua_item(&v, &item); i++)
		write_item(w, &item);
	jw_array_end(w);
}

static void
write_code(struct jw *w, uint32_t code)
{
	ev_key(w, opcua_node, status);
	ics_write_name(w, opcua_status(code), code);
}

static void
write_data(struct jw *w, const struct opcua_data *d)
{
	write_value(w, &d->value);
	if (d->has_status && d->status)
		write_code(w, d->status);
	if (d->source_time) {
		ev_key(w, opcua_node, source_time);
		write_time(w, d->source_time);
	}
}

static void
write_node_id(struct jw *w, const struct opcua_node *n)
{
	ev_key(w, opcua_node, node_id);
	write_node(w, n);
}

/* A node and one of its attributes (OPC 10000-4, 7.29). */
static bool
read_id(struct cursor *c, struct opcua_node *node, uint32_t *attribute)
{
	struct view text;

	return opcua_node(c, node) && cursor_u32_le(c, attribute) && opcua_text(c, &text) &&
	       opcua_qualified(c, &text);
}

static void
write_read(struct jw *w, const struct opcua_message *asked, const struct opcua_message *told)
{
	struct cursor ask = asked ? asked->rest : cursor_of(NULL, 0),
		      got = told ? told->rest : cursor_of(NULL, 0);
	struct opcua_node node;
	struct opcua_data data;
	uint32_t attribute, n = 0, answers = 0;

	if (asked && (!cursor_skip(&ask, 12) || !count(&ask, &n)))
		n = 0;
	if (told && !count(&got, &answers))
		answers = 0;
	for (uint32_t i = 0; i < NODES_MAX && (i < n || i < answers); i++) {
		bool has = i < n && read_id(&ask, &node, &attribute);
		bool has_value = i < answers && opcua_data(&got, &data);
		if (!has && !has_value)
			return;
		jw_object(w);
		if (has) {
			write_node_id(w, &node);
			jw_put_u64(w, EV_KEY(opcua_node, attribute), attribute);
		}
		if (has_value)
			write_data(w, &data);
		else
			answers = 0;
		jw_object_end(w);
	}
}

static void
write_written(struct jw *w, const struct opcua_message *asked, const struct opcua_message *told)
{
	struct cursor ask = asked->rest, got = told ? told->rest : cursor_of(NULL, 0);
	struct opcua_node node;
	struct opcua_data data;
	struct view range;
	uint32_t attribute, code = 0, n, answers = 0;

	if (!count(&ask, &n))
		return;
	if (told && !count(&got, &answers))
		answers = 0;
	for (uint32_t i = 0; i < NODES_MAX && i < n; i++) {
		if (!opcua_node(&ask, &node) || !cursor_u32_le(&ask, &attribute) ||
		    !opcua_text(&ask, &range) || !opcua_data(&ask, &data))
			return;
		data.has_status = i < answers && cursor_u32_le(&got, &code);
		jw_object(w);
		write_node_id(w, &node);
		jw_put_u64(w, EV_KEY(opcua_node, attribute), attribute);
		write_value(w, &data.value);
		if (data.has_status)
			write_code(w, code);
		jw_object_end(w);
	}
}

static void
write_called(struct jw *w, const struct opcua_message *asked, const struct opcua_message *told)
{
	struct cursor ask = asked->rest, got = told ? told->rest : cursor_of(NULL, 0);
	struct opcua_node object, method;
	uint32_t n, answers, code;

	if (!count(&ask, &n) || !n || !opcua_node(&ask, &object) || !opcua_node(&ask, &method))
		return;
	jw_object(w);
	write_node_id(w, &object);
	ev_key(w, opcua_node, method);
	write_node(w, &method);
	if (told && count(&got, &answers) && answers && cursor_u32_le(&got, &code))
		write_code(w, code);
	jw_object_end(w);
}

static void
write_browsed(struct jw *w, const struct opcua_message *asked)
{
	struct cursor c = asked->rest;
	struct opcua_node node, type;
	uint32_t n;

	if (!opcua_node(&c, &node) || !cursor_skip(&c, 16) || !count(&c, &n))
		return;
	for (uint32_t i = 0; i < NODES_MAX && i < n; i++) {
		if (!opcua_node(&c, &node) || !cursor_skip(&c, 4) || !opcua_node(&c, &type) ||
		    !cursor_skip(&c, 9))
			return;
		jw_object(w);
		write_node_id(w, &node);
		jw_object_end(w);
	}
}

static void
write_watched(struct jw *w, struct cursor c)
{
	struct opcua_node node, filter;
	struct view body;
	uint32_t n, attribute, handle;

	if (!cursor_skip(&c, 4) || !count(&c, &n))
		return;
	for (uint32_t i = 0; i < NODES_MAX && i < n; i++) {
		if (!read_id(&c, &node, &attribute) || !cursor_skip(&c, 4) ||
		    !cursor_u32_le(&c, &handle) || !cursor_skip(&c, 8) ||
		    !opcua_extension(&c, &filter, &body) || !cursor_skip(&c, 5))
			return;
		jw_object(w);
		write_node_id(w, &node);
		jw_put_u64(w, EV_KEY(opcua_node, attribute), attribute);
		jw_put_u64(w, EV_KEY(opcua_node, handle), handle);
		jw_object_end(w);
	}
}

/* The values in a publish response: notifications, those of changed data. */
static void
write_published(struct jw *w, struct cursor c)
{
	struct opcua_node type;
	struct opcua_data data;
	struct view body;
	uint32_t n, items, handle, room = NODES_MAX;

	if (!count(&c, &n) || !cursor_skip(&c, (size_t)n * 4) || !cursor_skip(&c, 1 + 4 + 8) ||
	    !count(&c, &n))
		return;
	while (n-- > 0 && opcua_extension(&c, &type, &body)) {
		struct cursor in = cursor_of_view(body);
		if (type.number != DATA_CHANGE || !count(&in, &items))
			continue;
		while (
		    items-- > 0 && room && cursor_u32_le(&in, &handle) && opcua_data(&in, &data)) {
			room--;
			jw_object(w);
			jw_put_u64(w, EV_KEY(opcua_node, handle), handle);
			write_data(w, &data);
			jw_object_end(w);
		}
	}
}

static void
write_nodes(struct jw *w, uint32_t service, const struct opcua_message *asked,
    const struct opcua_message *told)
{
	struct cursor c = asked ? asked->rest : cursor_of(NULL, 0),
		      got = told ? told->rest : cursor_of(NULL, 0);
	uint32_t subscription;

	if ((service == WATCH && cursor_u32_le(&c, &subscription)) ||
	    (service == PUBLISH && cursor_u32_le(&got, &subscription)))
		jw_put_u64(w, EV_KEY(opcua, subscription), subscription);
	ev_key(w, opcua, nodes);
	jw_array(w);
	if (service == READ)
		write_read(w, asked, told);
	else if (service == WRITE && asked)
		write_written(w, asked, told);
	else if (service == CALL && asked)
		write_called(w, asked, told);
	else if (service == BROWSE && asked)
		write_browsed(w, asked);
	else if (service == WATCH && asked)
		write_watched(w, c);
	else if (service == PUBLISH && told)
		write_published(w, got);
	jw_array_end(w);
}

/* OPC 10000-4, 7.2. */
static bool
application(struct cursor *c, struct view *uri, struct view *name)
{
	struct view text;
	uint32_t n;

	if (!opcua_text(c, uri) || !opcua_text(c, &text) || !opcua_localized(c, name) ||
	    !cursor_skip(c, 4) || !opcua_text(c, &text) || !opcua_text(c, &text) || !count(c, &n))
		return false;
	while (n-- > 0) {
		if (!opcua_text(c, &text))
			return false;
	}
	return true;
}

/* OPC 10000-4, 7.14. */
static bool
write_endpoint(struct jw *w, struct cursor *c)
{
	static const char *const users[] = { "anonymous", "username", "certificate", "issued" };
	struct view url, policy, text, name;
	uint32_t mode, n, kind;

	if (!opcua_text(c, &url) || !application(c, &text, &name) || !opcua_text(c, &text) ||
	    !cursor_u32_le(c, &mode) || !opcua_text(c, &policy) || !count(c, &n))
		return false;
	jw_object(w);
	ev_key(w, opcua_endpoint, url);
	jw_view(w, url);
	ev_key(w, opcua_endpoint, policy);
	jw_view(w, policy);
	if (opcua_mode(mode)) {
		ev_key(w, opcua_endpoint, mode);
		jw_word(w, opcua_mode(mode));
	}
	ev_key(w, opcua_endpoint, tokens);
	jw_array(w);
	bool ok = true;
	while (n-- > 0 && ok) {
		ok = opcua_text(c, &text) && cursor_u32_le(c, &kind) && opcua_text(c, &text) &&
		     opcua_text(c, &text) && opcua_text(c, &text);
		if (ok && kind < 4)
			jw_word(w, users[kind]);
	}
	jw_array_end(w);
	jw_object_end(w);
	return ok && opcua_text(c, &text) && cursor_skip(c, 1);
}

static void
write_endpoints(struct jw *w, struct cursor c)
{
	uint32_t n;

	if (!count(&c, &n))
		return;
	ev_key(w, opcua, endpoints);
	jw_array(w);
	for (uint32_t i = 0; i < n && i < ENDPOINTS_MAX && write_endpoint(w, &c); i++)
		;
	jw_array_end(w);
}

static void
write_session(struct jw *w, const struct opcua_message *asked, const struct opcua_message *told)
{
	struct cursor c = asked ? asked->rest : cursor_of(NULL, 0);
	struct view uri, name, text, session;
	struct opcua_node id;

	if (asked && application(&c, &uri, &name)) {
		ev_key(w, opcua, application);
		jw_view(w, uri);
		if (opcua_text(&c, &text) && opcua_text(&c, &text)) {
			if (opcua_text(&c, &session) && session.ptr) {
				ev_key(w, opcua, session_name);
				jw_view(w, session);
			}
		}
	}
	if (!told)
		return;
	c = told->rest;
	if (opcua_node(&c, &id) && opcua_node(&c, &id) && cursor_skip(&c, 8) &&
	    opcua_text(&c, &text) && opcua_text(&c, &text))
		write_endpoints(w, c);
}

uint32_t
opcua_user(const struct opcua_message *asked, struct view *name)
{
	struct cursor c = asked->rest, in;
	struct opcua_node type;
	struct view text, body;
	uint32_t n;

	*name = (struct view){ 0 };
	if (!opcua_text(&c, &text) || !opcua_text(&c, &text) || !count(&c, &n))
		return 0;
	while (n-- > 0) {
		if (!opcua_text(&c, &text) || !opcua_text(&c, &text))
			return 0;
	}
	if (!count(&c, &n))
		return 0;
	while (n-- > 0) {
		if (!opcua_text(&c, &text))
			return 0;
	}
	if (!opcua_extension(&c, &type, &body))
		return 0;
	in = cursor_of_view(body);
	if (type.number == 324 && (!opcua_text(&in, &text) || !opcua_text(&in, name)))
		*name = (struct view){ 0 };
	return type.number;
}

static void
write_user(struct jw *w, const struct opcua_message *asked)
{
	struct view name;
	uint32_t type = opcua_user(asked, &name);
	const char *kind = type == 321   ? "anonymous"
			   : type == 324 ? "username"
			   : type == 327 ? "certificate"
			   : type == 940 ? "issued"
					 : NULL;

	if (kind) {
		ev_key(w, opcua, user_token);
		jw_word(w, kind);
	}
	if (name.ptr) {
		ev_key(w, opcua, username);
		jw_view(w, name);
	}
}

/* A request's number for either side's: the response's is three more. */
void
opcua_write_service(
    struct jw *w, const struct opcua_message *asked, const struct opcua_message *told)
{
	uint32_t service = asked ? asked->service : told ? told->service - 3 : 0;

	if (told && told->service != service + 3)
		told = NULL; /* a fault */
	switch (service) {
	case READ:
	case WRITE:
	case CALL:
	case BROWSE:
	case WATCH:
	case PUBLISH:
		write_nodes(w, service, asked, told);
		break;
	case GET_ENDPOINTS:
		if (told)
			write_endpoints(w, told->rest);
		break;
	case CREATE_SESSION:
		write_session(w, asked, told);
		break;
	case ACTIVATE:
		if (asked)
			write_user(w, asked);
		break;
	default:
		break;
	}
}
