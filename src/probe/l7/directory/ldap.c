/* SPDX-License-Identifier: Apache-2.0 */
#include <strings.h>

#include "probe/l7/der.h"
#include "probe/l7/ldap.h"

#define APPLICATION 0x40
#define CONSTRUCTED 0x20
#define MESSAGE_MAX (16L << 20) /* bytes of a message that we believe */

static const struct op {
	const char *name;
	uint8_t tag;   /* of the operation */
	uint8_t first; /* tag of what it begins with; 0: anything */
} ops[] = {
	[LDAP_BIND_REQUEST] = { "bind_request", 0x60, DER_INTEGER },
	[LDAP_BIND_RESPONSE] = { "bind_response", 0x61, DER_ENUMERATED },
	[LDAP_UNBIND_REQUEST] = { "unbind_request", 0x42, 0 },
	[LDAP_SEARCH_REQUEST] = { "search_request", 0x63, DER_OCTET_STRING },
	[LDAP_SEARCH_RESULT_ENTRY] = { "search_result_entry", 0x64, DER_OCTET_STRING },
	[LDAP_SEARCH_RESULT_DONE] = { "search_result_done", 0x65, DER_ENUMERATED },
	[LDAP_MODIFY_REQUEST] = { "modify_request", 0x66, DER_OCTET_STRING },
	[LDAP_MODIFY_RESPONSE] = { "modify_response", 0x67, DER_ENUMERATED },
	[LDAP_ADD_REQUEST] = { "add_request", 0x68, DER_OCTET_STRING },
	[LDAP_ADD_RESPONSE] = { "add_response", 0x69, DER_ENUMERATED },
	[LDAP_DEL_REQUEST] = { "del_request", 0x4a, 0 },
	[LDAP_DEL_RESPONSE] = { "del_response", 0x6b, DER_ENUMERATED },
	[LDAP_MOD_DN_REQUEST] = { "mod_dn_request", 0x6c, DER_OCTET_STRING },
	[LDAP_MOD_DN_RESPONSE] = { "mod_dn_response", 0x6d, DER_ENUMERATED },
	[LDAP_COMPARE_REQUEST] = { "compare_request", 0x6e, DER_OCTET_STRING },
	[LDAP_COMPARE_RESPONSE] = { "compare_response", 0x6f, DER_ENUMERATED },
	[LDAP_ABANDON_REQUEST] = { "abandon_request", 0x50, 0 },
	[LDAP_SEARCH_RESULT_REFERENCE] = { "search_result_reference", 0x73, DER_OCTET_STRING },
	[LDAP_EXTENDED_REQUEST] = { "extended_request", 0x77, 0x80 },
	[LDAP_EXTENDED_RESPONSE] = { "extended_response", 0x78, DER_ENUMERATED },
	[LDAP_INTERMEDIATE_RESPONSE] = { "intermediate_response", 0x79, 0 },
};

#define OPS (sizeof(ops) / sizeof(*ops))

const char *
ldap_op_name(uint8_t op)
{
	return op < OPS ? ops[op].name : NULL;
}

bool
ldap_asks(uint8_t op)
{
	static const uint32_t requests = 1U << LDAP_BIND_REQUEST | 1U << LDAP_UNBIND_REQUEST |
					 1U << LDAP_SEARCH_REQUEST | 1U << LDAP_MODIFY_REQUEST |
					 1U << LDAP_ADD_REQUEST | 1U << LDAP_DEL_REQUEST |
					 1U << LDAP_MOD_DN_REQUEST | 1U << LDAP_COMPARE_REQUEST |
					 1U << LDAP_ABANDON_REQUEST | 1U << LDAP_EXTENDED_REQUEST;
	return op < 32 && requests >> op & 1;
}

const char *
ldap_result_name(int64_t code)
{
	static const char *const names[] = {
		[0] = "success",
		[1] = "operations_error",
		[2] = "protocol_error",
		[3] = "time_limit_exceeded",
		[4] = "size_limit_exceeded",
		[5] = "compare_false",
		[6] = "compare_true",
		[7] = "auth_method_not_supported",
		[8] = "stronger_auth_required",
		[10] = "referral",
		[11] = "admin_limit_exceeded",
		[12] = "unavailable_critical_extension",
		[13] = "confidentiality_required",
		[14] = "sasl_bind_in_progress",
		[16] = "no_such_attribute",
		[17] = "undefined_attribute_type",
		[18] = "inappropriate_matching",
		[19] = "constraint_violation",
		[20] = "attribute_or_value_exists",
		[21] = "invalid_attribute_syntax",
		[32] = "no_such_object",
		[33] = "alias_problem",
		[34] = "invalid_dn_syntax",
		[36] = "alias_dereferencing_problem",
		[48] = "inappropriate_authentication",
		[49] = "invalid_credentials",
		[50] = "insufficient_access_rights",
		[51] = "busy",
		[52] = "unavailable",
		[53] = "unwilling_to_perform",
		[54] = "loop_detect",
		[64] = "naming_violation",
		[65] = "object_class_violation",
		[66] = "not_allowed_on_non_leaf",
		[67] = "not_allowed_on_rdn",
		[68] = "entry_already_exists",
		[69] = "object_class_mods_prohibited",
		[71] = "affects_multiple_dsas",
		[80] = "other",
	};
	return code >= 0 && code < (int64_t)(sizeof(names) / sizeof(*names)) ? names[code] : NULL;
}

/* LDAPMessage ::= SEQUENCE { messageID INTEGER, protocolOp, controls [0] OPTIONAL } */
long
ldap_parse(struct view bytes, struct ldap *out)
{
	struct cursor c = cursor_of_view(bytes), in;
	struct der op;
	long size = der_size(bytes);
	if (bytes.len && *bytes.ptr != DER_SEQUENCE)
		return L7_BAD;
	if (size < 0)
		return size;
	if (size > MESSAGE_MAX)
		return L7_BAD;
	if (size > (long)bytes.len)
		return L7_MORE;
	if (!der_open(&c, DER_SEQUENCE, &in) || !der_int(&in, DER_INTEGER, &out->id) ||
	    out->id < 0 || out->id > INT32_MAX || !der_next(&in, &op))
		return L7_BAD;
	out->op = op.tag & 0x1f;
	out->body = op.body;
	return out->op < OPS && ops[out->op].tag == op.tag ? size : L7_BAD;
}

/* The identifier and its length, which must be of the canonical or the four-octet form. */
static long
skip_header(struct cursor *c, uint8_t *tag)
{
	uint8_t first;
	if (!cursor_u8(c, tag) || !cursor_u8(c, &first))
		return L7_MORE;
	if (first == 0x80 || first > 0x84)
		return L7_BAD;
	return !(first & 0x80) || cursor_skip(c, first & 0x7f) ? 1 : L7_MORE;
}

long
ldap_looks(struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t tag = 0, len = 0, byte = 0;
	long size = der_size(bytes), ok = skip_header(&c, &tag);
	if (bytes.len && *bytes.ptr != DER_SEQUENCE)
		return L7_BAD;
	if (ok < 0 || size < 0)
		return size == L7_BAD || ok == L7_BAD ? L7_BAD : L7_MORE;
	if (size > MESSAGE_MAX || size < 7)
		return L7_BAD;
	tag = DER_INTEGER;
	if (!cursor_u8(&c, &tag) || !cursor_u8(&c, &len))
		return tag != DER_INTEGER ? L7_BAD : L7_MORE;
	if (tag != DER_INTEGER || !len || len > 4)
		return L7_BAD;
	if (!cursor_peek(&c, 0, &byte))
		return L7_MORE;
	if (byte & 0x80)
		return L7_BAD;
	if (!cursor_skip(&c, len) || !cursor_peek(&c, 0, &tag))
		return L7_MORE;
	uint8_t op = tag & 0x1f;
	if (op >= OPS || ops[op].tag != tag)
		return L7_BAD;
	ok = skip_header(&c, &tag);
	if (ok < 0 || !ops[op].first)
		return ok;
	return !cursor_u8(&c, &byte) ? L7_MORE : byte == ops[op].first ? 1 : L7_BAD;
}

bool
ldap_result(struct cursor *c, struct ldap_result *out)
{
	struct der dn, message;
	if (!der_int(c, DER_ENUMERATED, &out->code) || !der_expect(c, DER_OCTET_STRING, &dn) ||
	    !der_expect(c, DER_OCTET_STRING, &message))
		return false;
	out->matched_dn = dn.body;
	out->message = message.body;
	return true;
}

bool
ldap_secret(struct view attribute)
{
	static const char *const names[] = { "userPassword", "unicodePwd", "authPassword",
		"dBCSPwd", "ntPwdHistory", "lmPwdHistory", "supplementalCredentials",
		"ms-Mcs-AdmPwd", "msLAPS-Password", "msLAPS-EncryptedPassword",
		"msDS-ManagedPassword", "sambaNTPassword", "sambaLMPassword",
		"sambaPasswordHistory", "krbPrincipalKey", "olcRootPW", "userPKCS12", "2.5.4.35",
		"trustAuthIncoming", "trustAuthOutgoing" };
	const uint8_t *options = attribute.len ? memchr(attribute.ptr, ';', attribute.len) : NULL;
	size_t len = options ? (size_t)(options - attribute.ptr) : attribute.len;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (len == strlen(names[i]) &&
		    strncasecmp((const char *)attribute.ptr, names[i], len) == 0)
			return true;
	}
	return false;
}
