/* SPDX-License-Identifier: Apache-2.0 */
/* What signatures see of DNS messages: the names of each section, and the names in records. */
#include "../look.h"
#include "dns_row.h"
#include "dns_text.h"

#define QUESTIONS 64 /* of a message that are looked at */

static bool
put(const struct l7_ask *ask, const struct dns_name *name, struct view *out)
{
	uint8_t *text = scratch_get(ask->scratch, name->len + 1u);
	if (!text)
		return false;
	memcpy(text, name->text, name->len);
	*out = (struct view){ text, name->len };
	return true;
}

static bool
in_section(
    const struct dns_tx *tx, enum dns_section section, const struct l7_ask *ask, struct view *out)
{
	struct dns_walk w = dns_walk(&tx->msg, section);
	struct dns_record r;
	if (ask->i >= QUESTIONS * 4)
		return false;
	for (uint16_t i = 0; i < ask->i; i++) {
		if (!dns_skip(&w))
			return false;
	}
	return dns_next(&w, &r) && put(ask, &r.name, out);
}

/* The name that a record of these types holds. */
static bool
name_inside(const struct dns_msg *m, const struct dns_record *r, struct dns_name *out)
{
	struct cursor c = cursor_of_view(r->data);
	switch (r->type) {
	case DNS_TYPE_MX:
		return cursor_skip(&c, 2) && dns_name_at(m, &c, out);
	case DNS_TYPE_NS:
	case DNS_TYPE_CNAME:
	case DNS_TYPE_SOA:
	case DNS_TYPE_PTR:
		return dns_name_at(m, &c, out);
	default:
		return false;
	}
}

/* The i-th of all names of a response: each record's own, then the one it holds. */
static bool
in_response(const struct dns_tx *tx, const struct l7_ask *ask, struct view *out)
{
	struct dns_record r;
	struct dns_name inside;
	uint16_t n = 0;
	for (unsigned section = 0; section < DNS_SECTIONS; section++) {
		struct dns_walk w = dns_walk(&tx->msg, (enum dns_section)section);
		while (n < QUESTIONS * 4 && dns_next(&w, &r)) {
			if (n++ == ask->i)
				return put(ask, &r.name, out);
			if (section == DNS_QUESTION || !name_inside(&tx->msg, &r, &inside))
				continue;
			if (n++ == ask->i)
				return put(ask, &inside, out);
		}
	}
	return false;
}

bool
dns_buffer(const void *data_of, const struct l7_ask *ask, struct view *out)
{
	const struct dns_tx *tx = data_of;
	switch (ask->what) {
	case L7_BUF_DNS_QUERY:
		if (ask->i || !tx->questioned)
			return tx->ask && in_section(tx, DNS_QUESTION, ask, out);
		*out = (struct view){ tx->question.name.text, tx->question.name.len };
		return tx->ask;
	case L7_BUF_DNS_QUERIES:
	case L7_BUF_MDNS_QUERIES:
		return in_section(tx, DNS_QUESTION, ask, out);
	case L7_BUF_DNS_ANSWERS:
	case L7_BUF_MDNS_ANSWERS:
		return in_section(tx, DNS_ANSWER, ask, out);
	case L7_BUF_DNS_AUTHORITIES:
	case L7_BUF_MDNS_AUTHORITIES:
		return in_section(tx, DNS_AUTHORITY, ask, out);
	case L7_BUF_DNS_ADDITIONALS:
	case L7_BUF_MDNS_ADDITIONALS:
		return in_section(tx, DNS_ADDITIONAL, ask, out);
	default:
		return !tx->ask && in_response(tx, ask, out);
	}
}

static bool
type_of(const struct dns_tx *tx, const struct l7_ask *ask, uint64_t *out)
{
	uint16_t n = 0;
	for (unsigned section = 0; section <= DNS_ANSWER; section++) {
		struct dns_walk w = dns_walk(&tx->msg, (enum dns_section)section);
		struct dns_record r;
		while (n < QUESTIONS * 4 && dns_next(&w, &r)) {
			*out = r.type;
			if (n++ == ask->i)
				return true;
		}
	}
	return false;
}

bool
dns_number(const void *data_of, const struct l7_ask *ask, uint64_t *out)
{
	const struct dns_tx *tx = data_of;
	switch (ask->what) {
	case L7_NUM_DNS_OPCODE:
		return look_number(ask, true, tx->msg.flags >> 11 & 0xf, out);
	case L7_NUM_DNS_RCODE:
		return look_number(ask, true, tx->msg.flags & 0xf, out);
	default:
		return type_of(tx, ask, out);
	}
}

/* Answers without a record are refusals in effect: the name is not there. */
bool
dns_answer(const void *data_of, struct l7_answered *out)
{
	const struct dns_tx *tx = data_of;
	struct dns_walk w = dns_walk(&tx->msg, DNS_ANSWER);
	struct dns_record r;
	unsigned n = 0;
	if (tx->ask)
		return false;
	out->code = tx->msg.rcode;
	out->name = dns_rcode_name(tx->msg.rcode);
	out->is = tx->msg.rcode ? L7_ANSWER_REFUSED : L7_ANSWER_DONE;
	while (out->addr_n < L7_ANSWER_ADDRS && n++ < 32 && dns_next(&w, &r)) {
		size_t len = r.type == DNS_TYPE_A ? 4 : r.type == DNS_TYPE_AAAA ? 16 : 0;
		if (!len || r.data.len != len)
			continue;
		out->addr_ver[out->addr_n] = len == 4 ? 4 : 6;
		memcpy(out->addr[out->addr_n++].b, r.data.ptr, len);
	}
	return true;
}
