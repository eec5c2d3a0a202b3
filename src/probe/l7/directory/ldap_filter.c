/* SPDX-License-Identifier: Apache-2.0 */
/* Search filters as people write them (RFC 4515). */
#include "probe/l7/der.h"
#include "probe/l7/ldap.h"

#define DEPTH 24 /* filters in each other; deeper ones are "..." */

/* Filter ::= CHOICE (RFC 4511, 4.5.1.7) */
enum filter {
	AND = 0xa0,
	OR = 0xa1,
	NOT = 0xa2,
	EQUAL = 0xa3,
	SUBSTRINGS = 0xa4,
	GREATER = 0xa5,
	LESS = 0xa6,
	PRESENT = 0x87,
	APPROX = 0xa8,
	EXTENSIBLE = 0xa9,
};

struct text {
	char *at;
	size_t len, room;
};

static void
put(struct text *t, const char *data, size_t n)
{
	if (n > t->room - t->len)
		n = t->room - t->len;
	if (n)
		memcpy(t->at + t->len, data, n);
	t->len += n;
}

static void
put_word(struct text *t, const char *word)
{
	put(t, word, strlen(word));
}

static void
put_value(struct text *t, struct view v)
{
	static const char digit[] = "0123456789abcdef";
	struct cursor c = cursor_of_view(v);
	uint8_t b;
	while (cursor_u8(&c, &b) && t->len < t->room) {
		char escaped[3] = { '\\', digit[b >> 4], digit[b & 15] }, plain = (char)b;
		if (b == '(' || b == ')' || b == '*' || b == '\\' || b < 0x20 || b == 0x7f)
			put(t, escaped, 3);
		else
			put(t, &plain, 1);
	}
}

static void
put_guarded(struct text *t, struct view attribute, struct view value)
{
	if (ldap_secret(attribute))
		put_word(t, "***");
	else
		put_value(t, value);
}

/* SEQUENCE { type, substrings SEQUENCE OF CHOICE { initial [0], any [1], final [2] } } */
static bool
put_substrings(struct text *t, struct cursor c)
{
	struct cursor parts;
	struct der type, part = { 0 };
	if (!der_expect(&c, DER_OCTET_STRING, &type) || !der_open(&c, DER_SEQUENCE, &parts))
		return false;
	put_value(t, type.body);
	put_word(t, "=");
	while (der_next(&parts, &part)) {
		if (part.tag != 0x80)
			put_word(t, "*");
		put_guarded(t, type.body, part.body);
	}
	if (part.tag != 0x82)
		put_word(t, "*");
	return true;
}

/* MatchingRuleAssertion: matchingRule [1], type [2], matchValue [3], dnAttributes [4] */
static bool
put_extensible(struct text *t, struct cursor c)
{
	struct der d;
	struct view rule = { 0 }, type = { 0 }, value = { 0 };
	bool dn = false;
	while (der_next(&c, &d)) {
		rule = d.tag == 0x81 ? d.body : rule;
		type = d.tag == 0x82 ? d.body : type;
		value = d.tag == 0x83 ? d.body : value;
		dn |= d.tag == 0x84 && d.body.len && *d.body.ptr;
	}
	put_value(t, type);
	put_word(t, dn ? ":dn" : "");
	put_word(t, rule.len ? ":" : "");
	put_value(t, rule);
	put_word(t, ":=");
	put_guarded(t, type, value);
	return true;
}

static bool
put_assertion(struct text *t, uint8_t tag, struct cursor c)
{
	struct der type, value;
	if (!der_expect(&c, DER_OCTET_STRING, &type) || !der_expect(&c, DER_OCTET_STRING, &value))
		return false;
	put_value(t, type.body);
	put_word(t, tag == EQUAL ? "=" : tag == GREATER ? ">=" : tag == LESS ? "<=" : "~=");
	put_guarded(t, type.body, value.body);
	return true;
}

static bool
put_leaf(struct text *t, const struct der *d)
{
	struct cursor c = cursor_of_view(d->body);
	if (d->tag == PRESENT) {
		put_value(t, d->body);
		put_word(t, "=*");
		return true;
	}
	if (d->tag == SUBSTRINGS)
		return put_substrings(t, c);
	if (d->tag == EXTENSIBLE)
		return put_extensible(t, c);
	return put_assertion(t, d->tag, c);
}

size_t
ldap_filter_text(const struct cursor *from, char *out, size_t room)
{
	struct text t = { out, 0, room };
	struct cursor open[DEPTH], c = *from;
	int depth = 0;
	struct der d;
	bool first = true;
	while (t.len < room) {
		if ((depth || first) && der_next(depth ? &open[depth - 1] : &c, &d)) {
			first = false;
			put_word(&t, "(");
			if (d.tag < AND || d.tag > NOT || depth == DEPTH) {
				if (depth == DEPTH || !put_leaf(&t, &d))
					put_word(&t, "...");
				put_word(&t, ")");
				continue;
			}
			put_word(&t, d.tag == AND ? "&" : d.tag == OR ? "|" : "!");
			open[depth++] = cursor_of_view(d.body);
			continue;
		}
		if (!depth)
			break;
		depth--;
		put_word(&t, ")");
	}
	return t.len;
}
