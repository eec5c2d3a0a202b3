/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "ldap_say.h"
#include "probe/l7/der.h"
#include "wire/event.h"

#define VALUES_MAX 16     /* of an attribute */
#define ATTRIBUTES_MAX 32 /* of an entry, wanted, or changed */
#define FILTER_MAX 512

static const char change_password[] = "1.3.6.1.4.1.4203.1.11.1"; /* RFC 3062 */

static void
text_at(const struct tape_head *h, struct cursor *c, const char *key)
{
	struct der d;
	if (der_expect(c, DER_OCTET_STRING, &d))
		tape_text(h, key, d.body);
}

static void
number_at(const struct tape_head *h, struct cursor *c, uint8_t tag, const char *key)
{
	int64_t number;
	if (der_int(c, tag, &number))
		tape_number(h, key, number);
}

/* A SEQUENCE or SET OF OCTET STRING as a list. */
static void
list_at(const struct tape_head *h, struct cursor *c, uint8_t tag, const char *key, bool secret)
{
	struct cursor in;
	struct der d;
	if (!der_open(c, tag, &in))
		return;
	tape_open(h, key, true);
	for (int i = 0; i < VALUES_MAX && der_next(&in, &d); i++) {
		if (secret)
			tape_secret(h, NULL, d.body);
		else
			tape_text(h, NULL, d.body);
	}
	tape_close(h);
}

static void
bind_request(const struct tape_head *h, struct cursor c)
{
	struct der d;
	number_at(h, &c, DER_INTEGER, EV_KEY(ldap_bind_request, version));
	text_at(h, &c, EV_KEY(ldap_bind_request, name));
	if (!der_next(&c, &d))
		return;
	const char *how = d.tag == 0x80 ? "simple" : d.tag == 0xa3 ? "sasl" : "sicily";
	tape_word(h, EV_KEY(ldap_bind_request, authentication), how);
	if (d.tag == 0x80 && d.body.len)
		tape_secret(h, EV_KEY(ldap_bind_request, password), d.body);
	if (d.tag != 0xa3)
		return;
	struct cursor sasl = cursor_of_view(d.body);
	tape_open(h, EV_KEY(ldap_bind_request, sasl), false);
	text_at(h, &sasl, EV_KEY(ldap_sasl, mechanism));
	tape_close(h);
}

static void
search_request(const struct tape_head *h, struct cursor c)
{
	char filter[FILTER_MAX];
	struct der d;
	text_at(h, &c, EV_KEY(ldap_search_request, base_object));
	number_at(h, &c, DER_ENUMERATED, EV_KEY(ldap_search_request, scope));
	number_at(h, &c, DER_ENUMERATED, EV_KEY(ldap_search_request, deref_alias));
	number_at(h, &c, DER_INTEGER, EV_KEY(ldap_search_request, size_limit));
	number_at(h, &c, DER_INTEGER, EV_KEY(ldap_search_request, time_limit));
	if (der_expect(&c, DER_BOOLEAN, &d) && d.body.len == 1)
		tape_bool(h, EV_KEY(ldap_search_request, types_only), *d.body.ptr);
	size_t n = ldap_filter_text(&c, filter, sizeof(filter));
	tape_text(
	    h, EV_KEY(ldap_search_request, filter), (struct view){ (const uint8_t *)filter, n });
	if (!der_next(&c, &d))
		return;
	list_at(h, &c, DER_SEQUENCE, EV_KEY(ldap_search_request, attributes), false);
}

/* PartialAttribute ::= SEQUENCE { type, vals SET OF } with the keys that its place has */
static void
attribute(const struct tape_head *h, struct cursor c, const char *name, const char *values)
{
	struct der type;
	if (!der_expect(&c, DER_OCTET_STRING, &type))
		return;
	tape_text(h, name, type.body);
	list_at(h, &c, DER_SET, values, ldap_secret(type.body));
}

static void
attributes(const struct tape_head *h, struct cursor *c, const char *key, const char *name)
{
	struct cursor list, one;
	if (!der_open(c, DER_SEQUENCE, &list))
		return;
	tape_open(h, key, true);
	for (int i = 0; i < ATTRIBUTES_MAX && der_open(&list, DER_SEQUENCE, &one); i++) {
		tape_open(h, NULL, false);
		attribute(h, one, name, EV_KEY(ldap_attribute, values));
		tape_close(h);
	}
	tape_close(h);
}

static void
search_entry(const struct tape_head *h, struct cursor c)
{
	text_at(h, &c, EV_KEY(ldap_search_result_entry, base_object));
	attributes(
	    h, &c, EV_KEY(ldap_search_result_entry, attributes), EV_KEY(ldap_attribute, type));
}

static void
add_request(const struct tape_head *h, struct cursor c)
{
	text_at(h, &c, EV_KEY(ldap_add_request, entry));
	attributes(h, &c, EV_KEY(ldap_add_request, attributes), EV_KEY(ldap_attribute, name));
}

/* change ::= SEQUENCE { operation ENUMERATED, modification PartialAttribute } */
static void
modify_request(const struct tape_head *h, struct cursor c)
{
	static const char *const names[] = { "add", "delete", "replace", "increment" };
	struct cursor list, one, part;
	int64_t op;
	text_at(h, &c, EV_KEY(ldap_modify_request, object));
	if (!der_open(&c, DER_SEQUENCE, &list))
		return;
	tape_open(h, EV_KEY(ldap_modify_request, changes), true);
	for (int i = 0; i < ATTRIBUTES_MAX && der_open(&list, DER_SEQUENCE, &one); i++) {
		if (!der_int(&one, DER_ENUMERATED, &op) || !der_open(&one, DER_SEQUENCE, &part))
			break;
		tape_open(h, NULL, false);
		tape_word(
		    h, EV_KEY(ldap_change, operation), op >= 0 && op < 4 ? names[op] : "unknown");
		tape_open(h, EV_KEY(ldap_change, modification), false);
		attribute(h, part, EV_KEY(ldap_modification, attribute_type),
		    EV_KEY(ldap_modification, attribute_values));
		tape_close(h);
		tape_close(h);
	}
	tape_close(h);
}

static void
mod_dn_request(const struct tape_head *h, struct cursor c)
{
	struct der d;
	text_at(h, &c, EV_KEY(ldap_mod_dn_request, entry));
	text_at(h, &c, EV_KEY(ldap_mod_dn_request, new_rdn));
	if (der_expect(&c, DER_BOOLEAN, &d) && d.body.len == 1)
		tape_bool(h, EV_KEY(ldap_mod_dn_request, delete_old_rdn), *d.body.ptr);
	if (der_expect(&c, 0x80, &d))
		tape_text(h, EV_KEY(ldap_mod_dn_request, new_superior), d.body);
}

static void
compare_request(const struct tape_head *h, struct cursor c)
{
	struct cursor in;
	struct der type, value;
	text_at(h, &c, EV_KEY(ldap_compare_request, entry));
	if (!der_open(&c, DER_SEQUENCE, &in) || !der_expect(&in, DER_OCTET_STRING, &type) ||
	    !der_expect(&in, DER_OCTET_STRING, &value))
		return;
	tape_open(h, EV_KEY(ldap_compare_request, attribute_value_assertion), false);
	tape_text(h, EV_KEY(ldap_assertion, description), type.body);
	if (ldap_secret(type.body))
		tape_secret(h, EV_KEY(ldap_assertion, value), value.body);
	else
		tape_text(h, EV_KEY(ldap_assertion, value), value.body);
	tape_close(h);
}

/* requestName [0], requestValue [1]; of the latter only whose password is changed is said. */
static void
extended_request(const struct tape_head *h, struct cursor c)
{
	struct cursor value, in;
	struct der name, d;
	if (!der_expect(&c, 0x80, &name))
		return;
	tape_text(h, EV_KEY(ldap_extended_request, name), name.body);
	if (!view_is(name.body, change_password) || !der_open(&c, 0x81, &value) ||
	    !der_open(&value, DER_SEQUENCE, &in) || !der_expect(&in, 0x80, &d))
		return;
	tape_text(h, EV_KEY(ldap_extended_request, user), d.body);
}

static void
result(const struct tape_head *h, struct cursor c)
{
	struct ldap_result r;
	struct der d;
	char number[24];
	if (!ldap_result(&c, &r))
		return;
	const char *name = ldap_result_name(r.code);
	(void)snprintf(number, sizeof(number), "%lld", (long long)r.code);
	if (name)
		tape_word(h, EV_KEY(ldap_result, result_code), name);
	else
		tape_text(h, EV_KEY(ldap_result, result_code), view_of(number));
	tape_text(h, EV_KEY(ldap_result, matched_dn), r.matched_dn);
	tape_text(h, EV_KEY(ldap_result, message), r.message);
	while (der_next(&c, &d)) {
		if (d.tag == 0x8a) /* responseName [10] of an ExtendedResponse */
			tape_text(h, EV_KEY(ldap_result, name), d.body);
	}
}

static void
intermediate(const struct tape_head *h, struct cursor c)
{
	struct der d;
	if (der_expect(&c, 0x80, &d))
		tape_text(h, EV_KEY(ldap_result, name), d.body);
}

static void
abandon_request(const struct tape_head *h, struct view body)
{
	int64_t id;
	if (der_number(body, &id))
		tape_number(h, EV_KEY(ldap_abandon_request, message_id), id);
}

static void
say_body(const struct tape_head *h, const struct ldap *m)
{
	struct cursor c = cursor_of_view(m->body);
	switch (m->op) {
	case LDAP_BIND_REQUEST:
		bind_request(h, c);
		return;
	case LDAP_SEARCH_REQUEST:
		search_request(h, c);
		return;
	case LDAP_SEARCH_RESULT_ENTRY:
		search_entry(h, c);
		return;
	case LDAP_MODIFY_REQUEST:
		modify_request(h, c);
		return;
	case LDAP_ADD_REQUEST:
		add_request(h, c);
		return;
	case LDAP_DEL_REQUEST:
		tape_text(h, EV_KEY(ldap_del_request, dn), m->body);
		return;
	case LDAP_MOD_DN_REQUEST:
		mod_dn_request(h, c);
		return;
	case LDAP_COMPARE_REQUEST:
		compare_request(h, c);
		return;
	case LDAP_ABANDON_REQUEST:
		abandon_request(h, m->body);
		return;
	case LDAP_EXTENDED_REQUEST:
		extended_request(h, c);
		return;
	case LDAP_INTERMEDIATE_RESPONSE:
		intermediate(h, c);
		return;
	default:
		result(h, c);
	}
}

void
ldap_say(const struct tape_head *h, const struct ldap *m)
{
	const char *name = ldap_op_name(m->op);
	tape_word(h, EV_KEY(ldap_request, operation), name);
	tape_number(h, EV_KEY(ldap_request, message_id), m->id);
	if (m->op == LDAP_UNBIND_REQUEST)
		return;
	if (m->op == LDAP_SEARCH_RESULT_REFERENCE) {
		struct cursor c = cursor_of_view(m->body);
		struct der d;
		tape_open(h, name, false);
		tape_open(h, EV_KEY(ldap_search_result_reference, uris), true);
		for (int i = 0; i < VALUES_MAX && der_expect(&c, DER_OCTET_STRING, &d); i++)
			tape_text(h, NULL, d.body);
		tape_close(h);
		tape_close(h);
		return;
	}
	tape_open(h, name, false);
	say_body(h, m);
	tape_close(h);
}
