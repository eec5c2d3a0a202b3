/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/dhcp.h"

#define COOKIE 0x63825363U
#define PAD 0
#define END 255
#define MAC_MAX 16
#define SERVER_LEN 64
#define FILE_LEN 128

bool
dhcp_next(struct cursor *c, uint8_t *code, struct view *value, bool *cut)
{
	*cut = false;
	do {
		if (!cursor_u8(c, code) || *code == END)
			return false;
	} while (*code == PAD);
	if (cursor_vector8(c, value))
		return true;
	*cut = true;
	return false;
}

bool
dhcp_find(const struct dhcp *m, uint8_t code, struct view *value)
{
	struct cursor c = cursor_of_view(m->options);
	uint8_t one;
	bool cut;
	while (dhcp_next(&c, &one, value, &cut)) {
		if (one == code)
			return true;
	}
	return false;
}

static bool
text_field(struct cursor *c, size_t n, struct view *out)
{
	if (!cursor_take(c, n, out))
		return false;
	const uint8_t *end = memchr(out->ptr, 0, n);
	out->len = end ? (size_t)(end - out->ptr) : n;
	return true;
}

long
dhcp_parse(struct view bytes, struct dhcp *out)
{
	struct cursor c = cursor_of_view(bytes);
	struct view v;
	uint32_t cookie;
	*out = (struct dhcp){ 0 };
	if (!cursor_u8(&c, &out->op) || !cursor_u8(&c, &out->htype) || !cursor_u8(&c, &out->hlen) ||
	    !cursor_u8(&c, &out->hops) || !cursor_u32(&c, &out->id) ||
	    !cursor_u16(&c, &out->secs) || !cursor_u16(&c, &out->flags))
		return L7_BAD;
	if ((out->op != 1 && out->op != 2) || out->hlen > MAC_MAX)
		return L7_BAD;
	if (!cursor_take(&c, 4, &out->client_ip) || !cursor_take(&c, 4, &out->assigned_ip) ||
	    !cursor_take(&c, 4, &out->next_server_ip) || !cursor_take(&c, 4, &out->relay_ip) ||
	    !cursor_take(&c, MAC_MAX, &out->mac) || !text_field(&c, SERVER_LEN, &out->server) ||
	    !text_field(&c, FILE_LEN, &out->file))
		return L7_BAD;
	out->mac.len = out->hlen;
	if (!cursor_u32(&c, &cookie) || cookie != COOKIE)
		return L7_BAD;
	(void)cursor_take(&c, cursor_left(&c), &out->options);
	if (dhcp_find(out, DHCP_TYPE, &v) && v.len == 1)
		out->type = *v.ptr;
	return (long)bytes.len;
}

/* RFC 2132, 9.6; RFC 3203; RFC 4388; RFC 6926 */
const char *
dhcp_type_name(uint8_t type)
{
	static const char *const names[] = { NULL, "discover", "offer", "request", "decline", "ack",
		"nak", "release", "inform", "force_renew", "lease_query", "lease_unassigned",
		"lease_unknown", "lease_active", "bulk_lease_query", "lease_query_done",
		"active_lease_query", "lease_query_status", "tls" };
	return type < sizeof(names) / sizeof(*names) ? names[type] : NULL;
}

const char *
dhcp_option_name(uint8_t code)
{
	static const char *const names[] = {
		[1] = "subnet_mask",
		[2] = "time_offset",
		[3] = "router",
		[4] = "time_server",
		[5] = "name_server",
		[6] = "dns_server",
		[7] = "log_server",
		[9] = "lpr_server",
		[12] = "hostname",
		[13] = "boot_file_size",
		[15] = "domain",
		[16] = "swap_server",
		[17] = "root_path",
		[18] = "extensions_path",
		[22] = "max_datagram_size",
		[23] = "default_ttl",
		[26] = "mtu",
		[28] = "broadcast",
		[31] = "router_discovery",
		[33] = "static_route",
		[40] = "nis_domain",
		[41] = "nis_server",
		[42] = "ntp_server",
		[43] = "vendor_specific",
		[44] = "netbios_name_server",
		[45] = "netbios_datagram_server",
		[46] = "netbios_node_type",
		[47] = "netbios_scope",
		[50] = "address_request",
		[51] = "address_time",
		[52] = "overload",
		[53] = "dhcp_message_type",
		[54] = "dhcp_server_id",
		[55] = "parameter_list",
		[56] = "dhcp_message",
		[57] = "max_message_size",
		[58] = "renewal_time",
		[59] = "rebinding_time",
		[60] = "class_id",
		[61] = "client_id",
		[66] = "server_name",
		[67] = "bootfile_name",
		[77] = "user_class",
		[78] = "directory_agent",
		[79] = "service_scope",
		[81] = "fqdn",
		[82] = "relay_agent",
		[93] = "client_system",
		[94] = "client_ndi",
		[95] = "ldap",
		[97] = "uuid",
		[100] = "posix_timezone",
		[101] = "tzdb_timezone",
		[108] = "ipv6_only",
		[114] = "captive_portal",
		[119] = "domain_search",
		[120] = "sip_servers",
		[121] = "classless_route",
		[125] = "vendor_identifying",
		[150] = "tftp_server_address",
		[249] = "private_classless_route",
		[252] = "proxy_config",
	};
	return code < sizeof(names) / sizeof(*names) ? names[code] : NULL;
}
