/* SPDX-License-Identifier: Apache-2.0 */
#include "enip_write.h"

#include <stdio.h>

#include "ics.h"

static const struct ics_word commands[] = { { 0x00, "nop" }, { 0x04, "list_services" },
	{ 0x63, "list_identity" }, { 0x64, "list_interfaces" }, { 0x65, "register_session" },
	{ 0x66, "unregister_session" }, { 0x6f, "send_rrdata" }, { 0x70, "send_unit_data" },
	{ 0x72, "indicate_status" }, { 0x73, "cancel" } };

static const struct ics_word statuses[] = { { 0, "success" }, { 1, "invalid_command" },
	{ 2, "no_resources" }, { 3, "incorrect_data" }, { 0x64, "invalid_session" },
	{ 0x65, "invalid_length" }, { 0x69, "unsupported_protocol" },
	{ 0x6a, "encap_header_error" } };

static const struct ics_word devices[] = { { 0x00, "generic device" }, { 0x02, "AC drive" },
	{ 0x03, "motor overload" }, { 0x04, "limit switch" },
	{ 0x05, "inductive proximity switch" }, { 0x06, "photoelectric sensor" },
	{ 0x07, "general purpose discrete I/O" }, { 0x09, "resolver" },
	{ 0x0c, "communications adapter" }, { 0x0e, "programmable logic controller" },
	{ 0x10, "position controller" }, { 0x13, "DC drive" }, { 0x15, "contactor" },
	{ 0x16, "motor starter" }, { 0x17, "soft start" }, { 0x18, "human-machine interface" },
	{ 0x1a, "mass flow controller" }, { 0x1b, "pneumatic valve" },
	{ 0x1c, "vacuum pressure gauge" }, { 0x1d, "process control value" },
	{ 0x1e, "residual gas analyzer" }, { 0x1f, "DC power generator" },
	{ 0x20, "RF power generator" }, { 0x21, "turbomolecular vacuum pump" }, { 0x22, "encoder" },
	{ 0x23, "safety discrete I/O" }, { 0x24, "fluid flow controller" },
	{ 0x25, "CIP motion drive" }, { 0x27, "mass flow controller, enhanced" },
	{ 0x2b, "generic device, keyable" }, { 0x2c, "managed Ethernet switch" },
	{ 0x2d, "CIP motion safety drive" }, { 0x2e, "safety drive" },
	{ 0x2f, "CIP motion encoder" }, { 0xc8, "embedded component" } };

static void
number(struct jw *w, const char *key, int64_t v)
{
	if (v >= 0)
		jw_put_u64(w, key, (uint64_t)v);
}

/* Answer to ListIdentity: version, address as in struct sockaddr, then the identity object. */
static void
write_identity(struct jw *w, struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	struct view name = { 0 };
	char text[24];
	uint8_t ip[4] = { 0 }, major = 0, minor = 0, state;
	uint16_t version = 0, family, port = 0, vendor = 0, type = 0, product = 0, status = 0;
	uint32_t serial = 0;

	if (!cursor_u16_le(&c, &version) || !cursor_u16(&c, &family) || !cursor_u16(&c, &port) ||
	    !cursor_copy(&c, ip, 4) || !cursor_skip(&c, 8) || !cursor_u16_le(&c, &vendor) ||
	    !cursor_u16_le(&c, &type) || !cursor_u16_le(&c, &product) || !cursor_u8(&c, &major) ||
	    !cursor_u8(&c, &minor) || !cursor_u16_le(&c, &status) || !cursor_u32_le(&c, &serial))
		return;
	ev_key(w, enip_side, identity);
	jw_object(w);
	number(w, EV_KEY(enip_identity, protocol_version), version);
	(void)snprintf(text, sizeof(text), "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
	ev_key(w, enip_identity, address);
	jw_word(w, text);
	number(w, EV_KEY(enip_identity, port), port);
	number(w, EV_KEY(enip_identity, vendor_id), vendor);
	number(w, EV_KEY(enip_identity, device_type), type);
	if (ics_name(devices, type)) {
		ev_key(w, enip_identity, device_type_name);
		jw_word(w, ics_name(devices, type));
	}
	number(w, EV_KEY(enip_identity, product_code), product);
	(void)snprintf(text, sizeof(text), "%u.%u", major, minor);
	ev_key(w, enip_identity, revision);
	jw_word(w, text);
	number(w, EV_KEY(enip_identity, status), status);
	(void)snprintf(text, sizeof(text), "0x%08x", serial);
	ev_key(w, enip_identity, serial);
	jw_word(w, text);
	if (cursor_vector8(&c, &name)) {
		ev_key(w, enip_identity, product_name);
		jw_view(w, name);
	}
	if (cursor_u8(&c, &state))
		number(w, EV_KEY(enip_identity, state), state);
	jw_object_end(w);
}

static void
write_services(struct jw *w, struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	struct view name;
	uint16_t version, capabilities;

	if (!cursor_u16_le(&c, &version) || !cursor_u16_le(&c, &capabilities))
		return;
	ev_key(w, enip_side, list_services);
	jw_object(w);
	number(w, EV_KEY(enip_services, protocol_version), version);
	number(w, EV_KEY(enip_services, capabilities), capabilities);
	if (cursor_take(&c, cursor_left(&c) < 16 ? cursor_left(&c) : 16, &name)) {
		while (name.len && name.ptr[name.len - 1] == 0)
			name.len--;
		ev_key(w, enip_services, service_name);
		jw_view(w, name);
	}
	jw_object_end(w);
}

static void
write_command_data(struct jw *w, const struct enip_head *head)
{
	struct cursor c = cursor_of_view(head->data);
	struct enip_item item;
	uint16_t version, options;

	if (head->command == ENIP_REGISTER && cursor_u16_le(&c, &version) &&
	    cursor_u16_le(&c, &options)) {
		ev_key(w, enip_side, register_session);
		jw_object(w);
		number(w, EV_KEY(enip_register, protocol_version), version);
		number(w, EV_KEY(enip_register, options), options);
		jw_object_end(w);
	}
	if ((head->command != ENIP_LIST_IDENTITY && head->command != ENIP_LIST_SERVICES) ||
	    enip_items(head, &c) == 0 || !enip_item(&c, &item))
		return;
	if (item.type == ENIP_ITEM_IDENTITY)
		write_identity(w, item.data);
	else if (item.type == ENIP_ITEM_SERVICES)
		write_services(w, item.data);
}

static void
write_side(
    struct jw *w, const struct enip_head *head, const struct enip_cip *c, const struct cip *asked)
{
	const char *command = ics_name(commands, head->command);

	jw_object(w);
	ev_key(w, enip_side, command);
	ics_write_name(w, command, head->command);
	ev_key(w, enip_side, command_code);
	jw_u64(w, head->command);
	ev_key(w, enip_side, length);
	jw_u64(w, head->length);
	ev_key(w, enip_side, session);
	jw_u64(w, head->session);
	ev_key(w, enip_side, status);
	ics_write_name(w, ics_name(statuses, head->status), head->status);
	ev_key(w, enip_side, status_code);
	jw_u64(w, head->status);
	write_command_data(w, head);
	number(w, EV_KEY(enip_side, connection_id), c->connection);
	number(w, EV_KEY(enip_side, sequence), c->sequence);
	if (c->message.len) {
		ev_key(w, enip_side, cip);
		cip_write(w, c->message, asked, 0);
	}
	jw_object_end(w);
}

void
enip_write(const void *data, struct jw *w)
{
	const struct enip_tx *tx = data;
	struct enip_head head;
	struct enip_cip inside;
	struct cip asked;
	bool known = false;

	jw_key(w, "enip");
	jw_object(w);
	if (tx->request.ptr && enip_head(tx->request, &head)) {
		known = enip_cip(&head, &inside) && cip_parse(inside.message, &asked);
		if (known && cip_control(&asked)) {
			ev_key(w, enip, control);
			jw_bool(w, true);
		}
		ev_key(w, enip, request);
		write_side(w, &head, &inside, NULL);
	}
	if (tx->response.ptr && enip_head(tx->response, &head)) {
		(void)enip_cip(&head, &inside);
		ev_key(w, enip, response);
		write_side(w, &head, &inside, known ? &asked : NULL);
	}
	jw_object_end(w);
}
