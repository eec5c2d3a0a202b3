/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/dhcpv6.h"

/* IANA's registry of message types */
const char *
dhcpv6_type_name(uint8_t type)
{
	static const char *const names[] = { NULL, "solicit", "advertise", "request", "confirm",
		"renew", "rebind", "reply", "release", "decline", "reconfigure",
		"information_request", "relay_forward", "relay_reply", "lease_query",
		"lease_query_reply", "lease_query_done", "lease_query_data", "reconfigure_request",
		"reconfigure_reply", "dhcpv4_query", "dhcpv4_response" };
	return type < sizeof(names) / sizeof(*names) ? names[type] : NULL;
}

bool
dhcpv6_next(struct cursor *c, uint16_t *code, struct view *value)
{
	struct cursor try = *c;
	if (!cursor_u16(&try, code) || !cursor_vector16(&try, value))
		return false;
	*c = try;
	return true;
}

bool
dhcpv6_find(struct view options, uint16_t code, struct view *value)
{
	struct cursor c = cursor_of_view(options);
	uint16_t one;
	while (dhcpv6_next(&c, &one, value)) {
		if (one == code)
			return true;
	}
	return false;
}

bool
dhcpv6_sound(struct view options)
{
	struct cursor c = cursor_of_view(options);
	struct view v;
	uint16_t code;
	while (dhcpv6_next(&c, &code, &v)) {
		if (!code)
			return false;
	}
	return cursor_left(&c) == 0;
}

long
dhcpv6_parse(struct view bytes, struct dhcpv6 *out)
{
	struct cursor c = cursor_of_view(bytes);
	*out = (struct dhcpv6){ 0 };
	if (!cursor_u8(&c, &out->type) || !dhcpv6_type_name(out->type))
		return L7_BAD;
	bool relayed = out->type == DHCPV6_RELAY_FORWARD || out->type == DHCPV6_RELAY_REPLY;
	if (relayed && (!cursor_u8(&c, &out->hops) || !cursor_take(&c, 16, &out->link) ||
			   !cursor_take(&c, 16, &out->peer)))
		return L7_BAD;
	if (!relayed && !cursor_u24(&c, &out->id))
		return L7_BAD;
	(void)cursor_take(&c, cursor_left(&c), &out->options);
	return (long)bytes.len;
}
