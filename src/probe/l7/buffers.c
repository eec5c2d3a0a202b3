/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of what signatures look at; no more than data. */
#include "probe/l7.h"
#include "probe/l7_frame.h"

#include <string.h>
#include <strings.h>

_Static_assert(L7_COUNT <= 64, "protocols fit into a set");
_Static_assert(L7_FRAME_COUNT <= 64, "types of frames fit into a set");
_Static_assert(L7_BUF_COUNT <= 256 && L7_NUM_COUNT <= 256, "they fit into l7_ask.what");

static const struct l7_buffer_row buffers[L7_BUF_COUNT] = {
#define L7_BUFFER(ENUM, name, sticky, modifier, protos, when)                                      \
	[L7_BUF_##ENUM] = { name, sticky, modifier, protos, when },
#include "probe/l7/buffers.def"
};

static const struct l7_frame_row frames[L7_FRAME_COUNT] = {
#define L7_FRAME(ENUM, PROTO, proto, name)                                                         \
	[L7_FRAME_##ENUM] = { name, "frame:" proto "." name, L7_##PROTO },
#include "probe/l7/frames.def"
};

/* ---- words for numbers ---- */

static const struct l7_word l7_words_dns_rcode[] = { { "noerror", 0 }, { "formerr", 1 },
	{ "servfail", 2 }, { "nxdomain", 3 }, { "notimp", 4 }, { "refused", 5 }, { "yxdomain", 6 },
	{ "yxrrset", 7 }, { "nxrrset", 8 }, { "notauth", 9 }, { "notzone", 10 }, { NULL, 0 } };
static const struct l7_word l7_words_dns_rrtype[] = { { "a", 1 }, { "ns", 2 }, { "cname", 5 },
	{ "soa", 6 }, { "null", 10 }, { "ptr", 12 }, { "hinfo", 13 }, { "mx", 15 }, { "txt", 16 },
	{ "aaaa", 28 }, { "srv", 33 }, { "naptr", 35 }, { "dname", 39 }, { "opt", 41 },
	{ "ds", 43 }, { "sshfp", 44 }, { "rrsig", 46 }, { "nsec", 47 }, { "dnskey", 48 },
	{ "nsec3", 50 }, { "tlsa", 52 }, { "svcb", 64 }, { "https", 65 }, { "spf", 99 },
	{ "any", 255 }, { "uri", 256 }, { "caa", 257 }, { NULL, 0 } };

static const struct l7_word l7_words_ftp_mode[] = { { "passive", 0 }, { "active", 1 },
	{ NULL, 0 } };
static const struct l7_word l7_words_yes[] = { { "no", 0 }, { "false", 0 }, { "off", 0 },
	{ "yes", 1 }, { "true", 1 }, { "on", 1 }, { NULL, 0 } };
static const struct l7_word l7_words_ftpdata[] = { { "retr", 1 }, { "stor", 2 }, { NULL, 0 } };
static const struct l7_word l7_words_etypes[] = { { "des-cbc-crc", 1 }, { "des-cbc-md4", 2 },
	{ "des-cbc-md5", 3 }, { "des3-cbc-md5", 5 }, { "des3-cbc-sha1", 7 },
	{ "des3-cbc-sha1-kd", 16 }, { "aes128-cts-hmac-sha1-96", 17 },
	{ "aes256-cts-hmac-sha1-96", 18 }, { "aes128-cts-hmac-sha256-128", 19 },
	{ "aes256-cts-hmac-sha384-192", 20 }, { "rc4-hmac", 23 }, { "rc4-hmac-exp", 24 },
	{ "camellia128-cts-cmac", 25 }, { "camellia256-cts-cmac", 26 }, { NULL, 0 } };
static const struct l7_word l7_words_snmp[] = { { "get_request", 0 }, { "get_next_request", 1 },
	{ "response", 2 }, { "set_request", 3 }, { "trap_v1", 4 }, { "get_bulk_request", 5 },
	{ "inform_request", 6 }, { "trap_v2", 7 }, { "report", 8 }, { NULL, 0 } };
static const struct l7_word l7_words_ldap_op[] = { { "bind_request", 0 }, { "bind_response", 1 },
	{ "unbind_request", 2 }, { "search_request", 3 }, { "search_result_entry", 4 },
	{ "search_result_done", 5 }, { "modify_request", 6 }, { "modify_response", 7 },
	{ "add_request", 8 }, { "add_response", 9 }, { "del_request", 10 }, { "del_response", 11 },
	{ "mod_dn_request", 12 }, { "mod_dn_response", 13 }, { "compare_request", 14 },
	{ "compare_response", 15 }, { "abandon_request", 16 }, { "search_result_reference", 19 },
	{ "extended_request", 23 }, { "extended_response", 24 }, { "intermediate_response", 25 },
	{ NULL, 0 } };
static const struct l7_word l7_words_ldap_result[] = { { "success", 0 }, { "operations_error", 1 },
	{ "protocol_error", 2 }, { "time_limit_exceeded", 3 }, { "size_limit_exceeded", 4 },
	{ "compare_false", 5 }, { "compare_true", 6 }, { "auth_method_not_supported", 7 },
	{ "stronger_auth_required", 8 }, { "referral", 10 }, { "admin_limit_exceeded", 11 },
	{ "unavailable_critical_extension", 12 }, { "confidentiality_required", 13 },
	{ "sasl_bind_in_progress", 14 }, { "no_such_attribute", 16 },
	{ "undefined_attribute_type", 17 }, { "inappropriate_matching", 18 },
	{ "constraint_violation", 19 }, { "attribute_or_value_exists", 20 },
	{ "invalid_attribute_syntax", 21 }, { "no_such_object", 32 }, { "alias_problem", 33 },
	{ "invalid_dns_syntax", 34 }, { "is_leaf", 35 }, { "alias_dereferencing_problem", 36 },
	{ "inappropriate_authentication", 48 }, { "invalid_credentials", 49 },
	{ "insufficient_access_rights", 50 }, { "busy", 51 }, { "unavailable", 52 },
	{ "unwilling_to_perform", 53 }, { "loop_detect", 54 }, { "naming_violation", 64 },
	{ "object_class_violation", 65 }, { "not_allowed_on_non_leaf", 66 },
	{ "not_allowed_on_rdn", 67 }, { "entry_already_exists", 68 },
	{ "object_class_mods_prohibited", 69 }, { "affects_multiple_dsas", 71 }, { "other", 80 },
	{ "server_down", 81 }, { "local_error", 82 }, { "timeout", 85 }, { "canceled", 118 },
	{ "no_such_operation", 119 }, { "too_late", 120 }, { "cannot_cancel", 121 },
	{ "assertion_failed", 122 }, { "authorization_denied", 123 },
	{ "e_sync_refresh_required", 4096 }, { NULL, 0 } };
static const struct l7_word l7_words_rfb[] = { { "ok", 0 }, { "fail", 1 }, { "toomany", 2 },
	{ "unknown", 3 }, { NULL, 0 } };
static const struct l7_word l7_words_mqtt_type[] = { { "unassigned", 0 }, { "connect", 1 },
	{ "connack", 2 }, { "publish", 3 }, { "puback", 4 }, { "pubrec", 5 }, { "pubrel", 6 },
	{ "pubcomp", 7 }, { "subscribe", 8 }, { "suback", 9 }, { "unsubscribe", 10 },
	{ "unsuback", 11 }, { "pingreq", 12 }, { "pingresp", 13 }, { "disconnect", 14 },
	{ "auth", 15 }, { NULL, 0 } };
static const struct l7_word l7_words_mqtt_flags[] = { { "dup", 8 }, { "retain", 1 }, { NULL, 0 } };
static const struct l7_word l7_words_mqtt_connect[] = { { "username", 128 }, { "password", 64 },
	{ "will_retain", 32 }, { "will", 4 }, { "clean_session", 2 }, { NULL, 0 } };
static const struct l7_word l7_words_websocket_op[] = { { "continuation", 0 }, { "text", 1 },
	{ "binary", 2 }, { "connection_close", 8 }, { "close", 8 }, { "ping", 9 }, { "pong", 10 },
	{ NULL, 0 } };
static const struct l7_word l7_words_websocket_flags[] = { { "fin", 128 }, { "comp", 64 },
	{ NULL, 0 } };
static const struct l7_word l7_words_dnp3_func[] = { { "confirm", 0 }, { "read", 1 },
	{ "write", 2 }, { "select", 3 }, { "operate", 4 }, { "direct_operate", 5 },
	{ "direct_operate_nr", 6 }, { "immed_freeze", 7 }, { "immed_freeze_nr", 8 },
	{ "freeze_clear", 9 }, { "freeze_clear_nr", 10 }, { "freeze_at_time", 11 },
	{ "freeze_at_time_nr", 12 }, { "cold_restart", 13 }, { "warm_restart", 14 },
	{ "initialize_data", 15 }, { "initialize_appl", 16 }, { "start_appl", 17 },
	{ "stop_appl", 18 }, { "save_config", 19 }, { "enable_unsolicited", 20 },
	{ "disable_unsolicited", 21 }, { "assign_class", 22 }, { "delay_measure", 23 },
	{ "record_current_time", 24 }, { "open_file", 25 }, { "close_file", 26 },
	{ "delete_file", 27 }, { "get_file_info", 28 }, { "authenticate_file", 29 },
	{ "abort_file", 30 }, { "activate_config", 31 }, { "authenticate_req", 32 },
	{ "authenticate_err", 33 }, { "response", 129 }, { "unsolicited_response", 130 },
	{ "authenticate_resp", 131 }, { NULL, 0 } };
static const struct l7_word l7_words_dnp3_ind[] = { { "all_stations", 1 }, { "class_1_events", 2 },
	{ "class_2_events", 4 }, { "class_3_events", 8 }, { "need_time", 16 },
	{ "local_control", 32 }, { "device_trouble", 64 }, { "device_restart", 128 },
	{ "no_func_code_support", 256 }, { "object_unknown", 512 }, { "parameter_error", 1024 },
	{ "event_buffer_overflow", 2048 }, { "already_executing", 4096 },
	{ "config_corrupt", 8192 }, { "reserved_2", 16384 }, { "reserved_1", 32768 }, { NULL, 0 } };
static const struct l7_word l7_words_enip_command[] = { { "nop", 0 }, { "list_services", 4 },
	{ "list_identity", 99 }, { "list_interfaces", 100 }, { "register_session", 101 },
	{ "unregister_session", 102 }, { "send_rr_data", 111 }, { "send_unit_data", 112 },
	{ "indicate_status", 114 }, { "cancel", 115 }, { NULL, 0 } };
static const struct l7_word l7_words_enip_status[] = { { "success", 0 }, { "invalid_cmd", 1 },
	{ "no_resources", 2 }, { "incorrect_data", 3 }, { "invalid_session", 100 },
	{ "invalid_length", 101 }, { "unsupported_prot_rev", 105 }, { "encap_header_error", 106 },
	{ NULL, 0 } };

/* RFC 9113, 11.2 and 7, as it writes them and without the strokes */
static const struct l7_word l7_words_http2_frame[] = { { "data", 0 }, { "headers", 1 },
	{ "priority", 2 }, { "rst_stream", 3 }, { "rststream", 3 }, { "settings", 4 },
	{ "push_promise", 5 }, { "pushpromise", 5 }, { "ping", 6 }, { "goaway", 7 },
	{ "window_update", 8 }, { "windowupdate", 8 }, { "continuation", 9 }, { NULL, 0 } };
static const struct l7_word l7_words_http2_error[] = { { "no_error", 0 }, { "noerror", 0 },
	{ "protocol_error", 1 }, { "protocolerror", 1 }, { "internal_error", 2 },
	{ "internalerror", 2 }, { "flow_control_error", 3 }, { "flowcontrolerror", 3 },
	{ "settings_timeout", 4 }, { "settingstimeout", 4 }, { "stream_closed", 5 },
	{ "streamclosed", 5 }, { "frame_size_error", 6 }, { "framesizeerror", 6 },
	{ "refused_stream", 7 }, { "refusedstream", 7 }, { "cancel", 8 },
	{ "compression_error", 9 }, { "compressionerror", 9 }, { "connect_error", 10 },
	{ "connecterror", 10 }, { "enhance_your_calm", 11 }, { "enhanceyourcalm", 11 },
	{ "inadequate_security", 12 }, { "inadequatesecurity", 12 }, { "http_1_1_required", 13 },
	{ "http11required", 13 }, { NULL, 0 } };

static const struct l7_number_row numbers[L7_NUM_COUNT] = {
#define L7_NUMBER(ENUM, name, old, bits, words, protos, when)                                      \
	[L7_NUM_##ENUM] = { name, old, bits, words, protos, when },
#include "probe/l7/numbers.def"
};

const struct l7_frame_row *
l7_frame_row(enum l7_frame_type t)
{
	return t < L7_FRAME_COUNT ? &frames[t] : NULL;
}

const struct l7_buffer_row *
l7_buffer_row(enum l7_buffer b)
{
	return b < L7_BUF_COUNT ? &buffers[b] : NULL;
}

const struct l7_number_row *
l7_number_row(enum l7_number n)
{
	return n < L7_NUM_COUNT ? &numbers[n] : NULL;
}

unsigned
l7_buffer_wants(enum l7_buffer b)
{
	switch (b) {
	case L7_BUF_HTTP_REQUEST_BODY:
		return L7_WANT_REQUEST_BODY;
	case L7_BUF_HTTP_RESPONSE_BODY:
		return L7_WANT_RESPONSE_BODY;
	case L7_BUF_HTTP_HEADER_RAW:
		return L7_WANT_RAW_HEADERS;
	case L7_BUF_FILE_DATA:
		return L7_WANT_FILE_DATA;
	case L7_BUF_FILE_NAME:
		return L7_WANT_FILES;
	case L7_BUF_FILE_MAGIC:
		return L7_WANT_FILES | L7_WANT_MAGIC;
	default:
		return 0;
	}
}

unsigned
l7_number_wants(enum l7_number n)
{
	return n == L7_NUM_HTTP2_FRAMETYPE || n == L7_NUM_HTTP2_PRIORITY ||
		       n == L7_NUM_HTTP2_WINDOW || n == L7_NUM_HTTP2_SETTINGS ||
		       n == L7_NUM_HTTP2_ERRORCODE
		   ? L7_WANT_FRAMES
		   : 0;
}

static const struct event_row {
	const char *name;
	uint64_t protos; /* 0: of choosing the protocol */
	enum l7_told told;
} events[] = {
#define L7_EVENT(ENUM, name) { name, L7_SET(ENUM) & ~L7_SET(UNKNOWN), L7_TOLD_HERE },
#define L7_EVENT_ALL(name) { name, ~L7_SET(UNKNOWN), L7_TOLD_HERE },
#define L7_EVENT_ELSE(ENUM, name) { name, L7_SET(ENUM) & ~L7_SET(UNKNOWN), L7_TOLD_ELSE },
#include "probe/l7/events.def"
};

static bool
event_of(const struct event_row *e, uint64_t protos)
{
	return protos ? e->protos & protos : !e->protos;
}

bool
l7_event_name(size_t i, uint64_t protos, const char **name)
{
	if (i >= sizeof(events) / sizeof(*events))
		return false;
	*name = event_of(&events[i], protos) ? events[i].name : NULL;
	return true;
}

enum l7_told
l7_event_told(uint64_t protos, struct view name)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
		const struct event_row *e = &events[i];
		if (event_of(e, protos) && strlen(e->name) == name.len &&
		    strncasecmp(e->name, (const char *)name.ptr, name.len) == 0)
			return e->told;
	}
	return L7_TOLD_NO;
}
