/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a CIP message: services, paths, statuses, tags and connections by name. */
#include "enip_write.h"
#include "ics.h"

#define DEPTH_MAX 3
#define VALUES_MAX 64
#define DATA_MAX 256
#define MESSAGES_MAX 64

static const struct ics_word services[] = { { 0x01, "get_attribute_all" },
	{ 0x02, "set_attribute_all" }, { 0x03, "get_attribute_list" },
	{ 0x04, "set_attribute_list" }, { 0x05, "reset" }, { 0x06, "start" }, { 0x07, "stop" },
	{ 0x08, "create" }, { 0x09, "delete" }, { 0x0a, "multiple_service" },
	{ 0x0d, "apply_attributes" }, { 0x0e, "get_attribute_single" },
	{ 0x10, "set_attribute_single" }, { 0x11, "find_next_object_instance" },
	{ 0x15, "restore" }, { 0x16, "save" }, { 0x17, "nop" }, { 0x18, "get_member" },
	{ 0x19, "set_member" }, { 0x1a, "insert_member" }, { 0x1b, "remove_member" },
	{ 0x1c, "group_sync" }, { 0x4b, "execute_pccc" }, { 0x4c, "read_tag" },
	{ 0x4d, "write_tag" }, { 0x4e, "read_modify_write_tag" }, { 0x52, "read_tag_fragmented" },
	{ 0x53, "write_tag_fragmented" }, { 0x55, "get_instance_attribute_list" } };

static const struct ics_word manager[] = { { 0x4e, "forward_close" }, { 0x52, "unconnected_send" },
	{ 0x54, "forward_open" }, { 0x56, "get_connection_data" },
	{ 0x57, "search_connection_data" }, { 0x5a, "get_connection_owner" },
	{ 0x5b, "large_forward_open" } };

static const struct ics_word classes[] = { { 0x01, "identity" }, { 0x02, "message_router" },
	{ 0x03, "device_net" }, { 0x04, "assembly" }, { 0x05, "connection" },
	{ 0x06, "connection_manager" }, { 0x07, "register" }, { 0x08, "discrete_input_point" },
	{ 0x09, "discrete_output_point" }, { 0x0a, "analog_input_point" },
	{ 0x0b, "analog_output_point" }, { 0x0e, "presence_sensing" }, { 0x0f, "parameter" },
	{ 0x10, "parameter_group" }, { 0x12, "group" }, { 0x1d, "discrete_input_group" },
	{ 0x1e, "discrete_output_group" }, { 0x28, "motor_data" }, { 0x29, "control_supervisor" },
	{ 0x2a, "ac_dc_drive" }, { 0x2b, "acknowledge_handler" }, { 0x2c, "overload" },
	{ 0x37, "file" }, { 0x42, "motion_axis" }, { 0x43, "time_sync" }, { 0x44, "modbus" },
	{ 0x47, "device_level_ring" }, { 0x48, "qos" }, { 0x64, "program" },
	{ 0x66, "user_memory" }, { 0x67, "pccc" }, { 0x68, "program_name" }, { 0x6b, "symbol" },
	{ 0x6c, "template" }, { 0x8e, "mode" }, { 0xac, "controller" },
	{ 0xb2, "connection_buffer" }, { 0xf3, "connection_configuration" }, { 0xf4, "port" },
	{ 0xf5, "tcp_ip_interface" }, { 0xf6, "ethernet_link" } };

static const struct ics_word statuses[] = { { 0x00, "success" }, { 0x01, "connection_failure" },
	{ 0x02, "resource_unavailable" }, { 0x03, "invalid_parameter_value" },
	{ 0x04, "path_segment_error" }, { 0x05, "path_destination_unknown" },
	{ 0x06, "partial_transfer" }, { 0x07, "connection_lost" },
	{ 0x08, "service_not_supported" }, { 0x09, "invalid_attribute_value" },
	{ 0x0a, "attribute_list_error" }, { 0x0b, "already_in_requested_state" },
	{ 0x0c, "object_state_conflict" }, { 0x0d, "object_already_exists" },
	{ 0x0e, "attribute_not_settable" }, { 0x0f, "privilege_violation" },
	{ 0x10, "device_state_conflict" }, { 0x11, "reply_data_too_large" },
	{ 0x12, "fragmentation_of_primitive" }, { 0x13, "not_enough_data" },
	{ 0x14, "attribute_not_supported" }, { 0x15, "too_much_data" },
	{ 0x16, "object_does_not_exist" }, { 0x1a, "routing_request_too_large" },
	{ 0x1b, "routing_response_too_large" }, { 0x1c, "missing_attribute_list_entry" },
	{ 0x1e, "embedded_service_error" }, { 0x1f, "vendor_specific_error" },
	{ 0x20, "invalid_parameter" }, { 0x25, "key_failure_in_path" },
	{ 0x26, "path_size_invalid" }, { 0x27, "unexpected_attribute" }, { 0x28, "invalid_member" },
	{ 0x29, "member_not_settable" }, { 0xff, "general_error" } };

static const struct ics_word types[] = { { 0xc1, "BOOL" }, { 0xc2, "SINT" }, { 0xc3, "INT" },
	{ 0xc4, "DINT" }, { 0xc5, "LINT" }, { 0xc6, "USINT" }, { 0xc7, "UINT" }, { 0xc8, "UDINT" },
	{ 0xc9, "ULINT" }, { 0xca, "REAL" }, { 0xcb, "LREAL" }, { 0xd0, "STRING" },
	{ 0xd1, "BYTE" }, { 0xd2, "WORD" }, { 0xd3, "DWORD" }, { 0xd4, "LWORD" },
	{ 0x2a0, "STRUCT" } };

static void
number(struct jw *w, const char *key, int64_t v)
{
	if (v >= 0)
		jw_put_u64(w, key, (uint64_t)v);
}

static void
write_path(struct jw *w, const struct cip *m)
{
	struct cursor c = cursor_of_view(m->path);
	struct cip_segment s;

	ev_key(w, cip, path);
	jw_array(w);
	while (cip_segment(&c, &s)) {
		jw_object(w);
		ev_key(w, cip_segment, segment_type);
		jw_word(w, s.kind);
		if (s.text.ptr) {
			ev_key(w, cip_segment, text);
			jw_view(w, s.text);
		} else {
			number(w, EV_KEY(cip_segment, value), s.value);
		}
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
write_head(struct jw *w, const struct cip *m, bool managed)
{
	const char *name = managed ? ics_name(manager, m->service) : NULL, *class;

	ev_key(w, cip, service_code);
	jw_u64(w, m->service);
	if (!name)
		name = ics_name(services, m->service);
	if (!name)
		name = ics_name(manager, m->service);
	if (name) {
		ev_key(w, cip, service);
		jw_word(w, name);
	}
	number(w, EV_KEY(cip, class), m->class_id);
	class = m->class_id >= 0 ? ics_name(classes, (uint32_t)m->class_id) : NULL;
	if (class) {
		ev_key(w, cip, class_name);
		jw_word(w, class);
	}
	number(w, EV_KEY(cip, instance), m->instance);
	number(w, EV_KEY(cip, attribute), m->attribute);
	number(w, EV_KEY(cip, member), m->member);
	if (m->symbol.ptr) {
		ev_key(w, cip, symbol);
		jw_view(w, m->symbol);
	}
	if (m->path.len)
		write_path(w, m);
}

static void
write_status(struct jw *w, const struct cip *m)
{
	struct cursor c = cursor_of_view(m->extended);
	uint16_t v;

	number(w, EV_KEY(cip, status_code), m->status);
	if (ics_name(statuses, m->status)) {
		ev_key(w, cip, status);
		jw_word(w, ics_name(statuses, m->status));
	}
	if (!m->extended.len)
		return;
	ev_key(w, cip, status_extended);
	jw_array(w);
	for (int i = 0; i < 8 && cursor_u16_le(&c, &v); i++)
		jw_u64(w, v);
	jw_array_end(w);
}

/* One value of a tag; false when the type has none that can be shown or the bytes end. */
static bool
write_value(struct jw *w, struct cursor *c, uint16_t type)
{
	uint64_t v8 = 0;
	uint32_t v4 = 0;
	uint16_t v2 = 0;
	uint8_t v1 = 0;
	bool is_signed = type >= 0xc2 && type <= 0xc5;

	switch (type) {
	case 0xc1:
	case 0xc2:
	case 0xc6:
	case 0xd1:
		if (!cursor_u8(c, &v1))
			return false;
		jw_i64(w, is_signed ? (int8_t)v1 : v1);
		return true;
	case 0xc3:
	case 0xc7:
	case 0xd2:
		if (!cursor_u16_le(c, &v2))
			return false;
		jw_i64(w, is_signed ? (int16_t)v2 : v2);
		return true;
	case 0xc4:
	case 0xc8:
	case 0xd3:
	case 0xca:
		if (!cursor_u32_le(c, &v4))
			return false;
		if (type == 0xca)
			jw_f64(w, (double)ics_f32(v4), 7);
		else
			jw_i64(w, is_signed ? (int32_t)v4 : (int64_t)v4);
		return true;
	case 0xc5:
	case 0xc9:
	case 0xcb:
	case 0xd4:
		if (!cursor_u64_le(c, &v8))
			return false;
		if (type == 0xcb)
			jw_f64(w, ics_f64(v8), 9);
		else if (is_signed)
			jw_i64(w, (int64_t)v8);
		else
			jw_u64(w, v8);
		return true;
	default:
		return false;
	}
}

static void
write_data(struct jw *w, struct view data)
{
	if (!data.len)
		return;
	ev_key(w, cip, data);
	jw_hex(w, data.ptr, data.len < DATA_MAX ? data.len : DATA_MAX, 0);
}

/* Type, in a request the number of elements, and the values. */
static void
write_tag(struct jw *w, const struct cip *m, bool elements, bool offset)
{
	struct cursor c = cursor_of_view(m->data);
	uint16_t type, n = 0;

	if (!cursor_u16_le(&c, &type) || !ics_name(types, type)) {
		write_data(w, m->data);
		return;
	}
	ev_key(w, cip, data_type);
	jw_word(w, ics_name(types, type));
	if (elements && cursor_u16_le(&c, &n))
		number(w, EV_KEY(cip, elements), n);
	if (offset)
		(void)cursor_skip(&c, 4);
	ev_key(w, cip, values);
	jw_array(w);
	for (int i = 0; i < VALUES_MAX && write_value(w, &c, type); i++)
		;
	jw_array_end(w);
	if (type == 0x2a0 || type == 0xd0)
		write_data(w, ics_rest(&c));
}

static void
write_connection(struct jw *w, const struct cip *m)
{
	struct cursor c = cursor_of_view(m->data);
	bool closes = m->service == CIP_FORWARD_CLOSE, large = m->service == CIP_LARGE_OPEN;
	uint32_t ot = 0, to = 0, originator = 0, interval;
	uint16_t serial, vendor;

	if ((!m->response && !cursor_skip(&c, 2)) ||
	    (!closes && (!cursor_u32_le(&c, &ot) || !cursor_u32_le(&c, &to))) ||
	    !cursor_u16_le(&c, &serial) || !cursor_u16_le(&c, &vendor) ||
	    !cursor_u32_le(&c, &originator))
		return;
	ev_key(w, cip, connection);
	jw_object(w);
	if (!closes) {
		number(w, EV_KEY(cip_connection, o_t_id), ot);
		number(w, EV_KEY(cip_connection, t_o_id), to);
	}
	number(w, EV_KEY(cip_connection, serial), serial);
	number(w, EV_KEY(cip_connection, vendor), vendor);
	number(w, EV_KEY(cip_connection, originator), originator);
	if (!closes && (m->response || cursor_skip(&c, 4)) && cursor_u32_le(&c, &interval)) {
		number(w, EV_KEY(cip_connection, o_t_interval), interval);
		if ((m->response || cursor_skip(&c, large ? 4 : 2)) && cursor_u32_le(&c, &interval))
			number(w, EV_KEY(cip_connection, t_o_interval), interval);
	}
	jw_object_end(w);
}

static void
write_multiple(struct jw *w, const struct cip *m, const struct cip *asked)
{
	struct view bytes, ask;
	struct cip one;

	ev_key(w, cip, multiple);
	jw_array(w);
	for (unsigned n = 0; n < MESSAGES_MAX && cip_multiple(m, n, &bytes); n++) {
		bool known = asked && cip_multiple(asked, n, &ask) && cip_parse(ask, &one);
		cip_write(
		    w, bytes, known ? &one : NULL, DEPTH_MAX); /* they may lie on each other */
	}
	jw_array_end(w);
}

/* The request that a response answers: the one inside of an unconnected send. */
static const struct cip *
innermost(const struct cip *asked, struct cip *room)
{
	struct view bytes;

	if (!asked || !cip_embedded(asked, &bytes) || !cip_parse(bytes, room))
		return asked;
	return room;
}

static void
write_content(struct jw *w, const struct cip *m, const struct cip *asked, bool managed)
{
	struct cursor c = cursor_of_view(m->data);
	uint16_t n;

	if (managed && (m->service == CIP_FORWARD_OPEN || m->service == CIP_LARGE_OPEN ||
			   m->service == CIP_FORWARD_CLOSE)) {
		if (m->response && m->status)
			write_data(w, m->data);
		else
			write_connection(w, m);
	} else if (!managed && m->service == CIP_WRITE_TAG && !m->response) {
		write_tag(w, m, true, false);
	} else if (!managed && m->service == CIP_WRITE_FRAGMENT && !m->response) {
		write_tag(w, m, true, true);
	} else if (!managed && (m->service == CIP_READ_TAG || m->service == CIP_UNCONNECTED_SEND)) {
		if (m->response && asked)
			write_tag(w, m, false, false);
		else if (!m->response && cursor_u16_le(&c, &n))
			number(w, EV_KEY(cip, elements), n);
		else
			write_data(w, m->data);
	} else {
		write_data(w, m->data);
	}
}

void
cip_write(struct jw *w, struct view bytes, const struct cip *asked, int depth)
{
	struct cip m, room;
	struct view inside;

	jw_object(w);
	if (!cip_parse(bytes, &m)) {
		ev_key(w, cip, service_code);
		jw_u64(w, bytes.len ? bytes.ptr[0] & 0x7f : 0);
		jw_object_end(w);
		return;
	}
	asked = m.response ? innermost(asked, &room) : NULL;
	bool managed =
	    (m.response && asked ? asked->class_id : m.class_id) == CIP_CONNECTION_MANAGER;
	write_head(w, &m, managed);
	if (m.response)
		write_status(w, &m);
	if (cip_embedded(&m, &inside) && depth < DEPTH_MAX) {
		ev_key(w, cip, embedded);
		cip_write(w, inside, NULL, depth + 1);
	} else if (m.service == CIP_MULTIPLE && depth < DEPTH_MAX) {
		write_multiple(w, &m, asked);
	} else {
		write_content(w, &m, asked, managed);
	}
	jw_object_end(w);
}
