/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_ldap: LDAP messages (RFC 4511), over TCP, and over UDP as Active Directory uses it
 * (MS-ADTS, 6.3.3).
 *
 * Pure: views into the message out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_LDAP_H
#define WANGLOU_PROBE_L7_LDAP_H

#include "lib/cursor.h"
#include "probe/l7/parse.h"

enum ldap_op {
	LDAP_BIND_REQUEST,
	LDAP_BIND_RESPONSE,
	LDAP_UNBIND_REQUEST,
	LDAP_SEARCH_REQUEST,
	LDAP_SEARCH_RESULT_ENTRY,
	LDAP_SEARCH_RESULT_DONE,
	LDAP_MODIFY_REQUEST,
	LDAP_MODIFY_RESPONSE,
	LDAP_ADD_REQUEST,
	LDAP_ADD_RESPONSE,
	LDAP_DEL_REQUEST,
	LDAP_DEL_RESPONSE,
	LDAP_MOD_DN_REQUEST,
	LDAP_MOD_DN_RESPONSE,
	LDAP_COMPARE_REQUEST,
	LDAP_COMPARE_RESPONSE,
	LDAP_ABANDON_REQUEST,
	LDAP_SEARCH_RESULT_REFERENCE = 19,
	LDAP_EXTENDED_REQUEST = 23,
	LDAP_EXTENDED_RESPONSE,
	LDAP_INTERMEDIATE_RESPONSE,
};

struct ldap {
	int64_t id;       /* messageID */
	uint8_t op;       /* enum ldap_op */
	struct view body; /* contents of the operation */
};

/* LDAPResult (RFC 4511, 4.1.9) and how many bytes of the operation it took. */
struct ldap_result {
	int64_t code;
	struct view matched_dn, message;
};

/* The first message: its bytes, L7_MORE, or L7_BAD. */
long
ldap_parse(struct view bytes, struct ldap *out);

/* Whether the bytes begin like a message that somebody sends in earnest: 1, L7_MORE or L7_BAD. */
long
ldap_looks(struct view bytes);

/* Read an LDAPResult; the cursor is behind it then. */
bool
ldap_result(struct cursor *c, struct ldap_result *out);

/* "bind_request"; NULL when there is none. */
const char *
ldap_op_name(uint8_t op);

/* True for what a client sends. */
bool
ldap_asks(uint8_t op);

/* "success", NULL when there is none. */
const char *
ldap_result_name(int64_t code);

/* Values of this attribute are passwords or keys. */
bool
ldap_secret(struct view attribute);

/*
 * Text of a search filter (RFC 4515) that stands at the cursor, cut at room. Values of secret
 * attributes are left out. Returns the bytes written.
 */
size_t
ldap_filter_text(const struct cursor *c, char *out, size_t room);

#endif
