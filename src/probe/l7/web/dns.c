/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/dns.h"
#include "probe/l7/parse.h"

#define HEADER 12
#define LABELS 256 /* labels and pointers of a name that are followed, */
#define JUMPS 64   /* pointers alone */

struct word {
	uint16_t code;
	const char *name;
};

static const struct word types[] = {
	{ 1, "A" },
	{ 2, "NS" },
	{ 3, "MD" },
	{ 4, "MF" },
	{ 5, "CNAME" },
	{ 6, "SOA" },
	{ 7, "MB" },
	{ 8, "MG" },
	{ 9, "MR" },
	{ 10, "NULL" },
	{ 11, "WKS" },
	{ 12, "PTR" },
	{ 13, "HINFO" },
	{ 14, "MINFO" },
	{ 15, "MX" },
	{ 16, "TXT" },
	{ 17, "RP" },
	{ 18, "AFSDB" },
	{ 19, "X25" },
	{ 20, "ISDN" },
	{ 21, "RT" },
	{ 22, "NSAP" },
	{ 23, "NSAPPTR" },
	{ 24, "SIG" },
	{ 25, "KEY" },
	{ 26, "PX" },
	{ 27, "GPOS" },
	{ 28, "AAAA" },
	{ 29, "LOC" },
	{ 30, "NXT" },
	{ 33, "SRV" },
	{ 34, "ATMA" },
	{ 35, "NAPTR" },
	{ 36, "KX" },
	{ 37, "CERT" },
	{ 38, "A6" },
	{ 39, "DNAME" },
	{ 41, "OPT" },
	{ 42, "APL" },
	{ 43, "DS" },
	{ 44, "SSHFP" },
	{ 45, "IPSECKEY" },
	{ 46, "RRSIG" },
	{ 47, "NSEC" },
	{ 48, "DNSKEY" },
	{ 49, "DHCID" },
	{ 50, "NSEC3" },
	{ 51, "NSEC3PARAM" },
	{ 52, "TLSA" },
	{ 53, "SMIMEA" },
	{ 55, "HIP" },
	{ 59, "CDS" },
	{ 60, "CDNSKEY" },
	{ 61, "OPENPGPKEY" },
	{ 62, "CSYNC" },
	{ 63, "ZONEMD" },
	{ 64, "SVCB" },
	{ 65, "HTTPS" },
	{ 99, "SPF" },
	{ 103, "UNSPEC" },
	{ 249, "TKEY" },
	{ 250, "TSIG" },
	{ 251, "IXFR" },
	{ 252, "AXFR" },
	{ 253, "MAILB" },
	{ 254, "MAILA" },
	{ 255, "ANY" },
	{ 256, "URI" },
	{ 257, "CAA" },
};

static const struct word rcodes[] = {
	{ 0, "NOERROR" },
	{ 1, "FORMERR" },
	{ 2, "SERVFAIL" },
	{ 3, "NXDOMAIN" },
	{ 4, "NOTIMP" },
	{ 5, "REFUSED" },
	{ 6, "YXDOMAIN" },
	{ 7, "YXRRSET" },
	{ 8, "NXRRSET" },
	{ 9, "NOTAUTH" },
	{ 10, "NOTZONE" },
	{ 16, "BADVERS" },
	{ 17, "BADKEY" },
	{ 18, "BADTIME" },
	{ 19, "BADMODE" },
	{ 20, "BADNAME" },
	{ 21, "BADALG" },
	{ 22, "BADTRUNC" },
	{ 23, "BADCOOKIE" },
};

static const char *
word_of(const struct word *words, size_t n, uint16_t code)
{
	for (size_t i = 0; i < n && words[i].code <= code; i++) {
		if (words[i].code == code)
			return words[i].name;
	}
	return NULL;
}

const char *
dns_type_name(uint16_t type)
{
	return word_of(types, sizeof(types) / sizeof(*types), type);
}

const char *
dns_rcode_name(uint16_t rcode)
{
	return word_of(rcodes, sizeof(rcodes) / sizeof(*rcodes), rcode);
}

/* A cursor on the message from offset `at` on; empty when that is outside. */
static struct cursor
from(struct view message, size_t at)
{
	struct cursor c = cursor_of_view(message);
	if (!cursor_skip(&c, at))
		c.at = c.end;
	return c;
}

/* Take a label; what passes the longest name there may be is left out, so that damaged messages can
 * still be read. */
static bool
label(struct dns_name *out, struct cursor *c, size_t n)
{
	struct view bytes;
	if (!cursor_take(c, n, &bytes))
		return false;
	if (out->len && out->len < DNS_NAME)
		out->text[out->len++] = '.';
	size_t room = DNS_NAME - out->len;
	size_t keep = n < room ? n : room;
	memcpy(out->text + out->len, bytes.ptr, keep);
	out->len = (uint8_t)(out->len + keep);
	return true;
}

bool
dns_name(struct view message, size_t at, struct dns_name *out, size_t *next)
{
	struct cursor c = from(message, at);
	int jumps = 0;
	uint8_t n, low;
	out->len = 0;
	for (int i = 0; i < LABELS; i++) {
		if (!cursor_u8(&c, &n))
			return false;
		if ((n & 0xc0) == 0xc0) {
			if (!cursor_u8(&c, &low))
				return false;
			if (!jumps)
				*next = message.len - cursor_left(&c);
			if (++jumps > JUMPS)
				return false;
			c = from(message, (size_t)(n & 0x3f) << 8 | low);
		} else if (n & 0xc0) {
			return false;
		} else if (n == 0) {
			if (!jumps)
				*next = message.len - cursor_left(&c);
			return true;
		} else if (!label(out, &c, n)) {
			return false;
		}
	}
	return false;
}

/* One entry at `at`. False: the message ends inside it, or its name is malformed. */
static bool
entry(struct view message, size_t at, bool question, struct dns_record *out, size_t *next)
{
	uint16_t n = 0;
	if (!dns_name(message, at, &out->name, &at))
		return false;
	struct cursor c = from(message, at);
	out->ttl = 0;
	out->data = (struct view){ c.at, 0 };
	if (!cursor_u16(&c, &out->type) || !cursor_u16(&c, &out->class))
		return false;
	if (!question && (!cursor_u32(&c, &out->ttl) || !cursor_u16(&c, &n)))
		return false;
	if (!cursor_take(&c, n, &out->data))
		return false;
	*next = message.len - cursor_left(&c);
	return true;
}

struct dns_walk
dns_walk(const struct dns_msg *m, enum dns_section section)
{
	return (struct dns_walk){ m, m->at[section], m->count[section], section == DNS_QUESTION };
}

bool
dns_next(struct dns_walk *w, struct dns_record *out)
{
	size_t next;
	if (!w->left || !entry(w->m->bytes, w->at, w->question, out, &next))
		return false;
	w->left--;
	w->at = (uint16_t)next;
	return true;
}

bool
dns_skip(struct dns_walk *w)
{
	struct cursor c = from(w->m->bytes, w->at);
	uint16_t n = 0;
	uint8_t b = 0;
	if (!w->left)
		return false;
	while (cursor_u8(&c, &b) && b && (b & 0xc0) == 0) {
		if (!cursor_skip(&c, b))
			return false;
	}
	if (((b & 0xc0) == 0xc0 && !cursor_skip(&c, 1)) || !cursor_skip(&c, 4))
		return false;
	if (!w->question && (!cursor_skip(&c, 4) || !cursor_u16(&c, &n) || !cursor_skip(&c, n)))
		return false;
	w->at = (uint16_t)(w->m->bytes.len - cursor_left(&c));
	w->left--;
	return true;
}

static bool
header(struct view bytes, struct dns_msg *out)
{
	struct cursor c = cursor_of_view(bytes);
	bool ok = cursor_u16(&c, &out->id) && cursor_u16(&c, &out->flags);
	for (int i = 0; i < DNS_SECTIONS; i++)
		ok = ok && cursor_u16(&c, &out->count[i]);
	out->bytes = bytes;
	out->opcode = (uint8_t)(out->flags >> 11 & 15);
	out->rcode = out->flags & 15;
	out->cut = false;
	return ok;
}

/* Walk over a section to find where the next one begins. False: malformed. */
static bool
section(struct dns_msg *m, enum dns_section s, size_t *at)
{
	struct dns_record r;
	m->at[s] = (uint16_t)*at;
	for (uint16_t i = 0; i < m->count[s]; i++) {
		if (m->cut || !entry(m->bytes, *at, s == DNS_QUESTION, &r, at)) {
			if (s == DNS_QUESTION)
				return false;
			m->cut = true;
			m->count[s] = i;
			return true;
		}
		if (s == DNS_ADDITIONAL && r.type == DNS_TYPE_OPT)
			m->rcode = (uint16_t)((m->flags & 15) | (r.ttl >> 24) << 4);
	}
	return true;
}

long
dns_parse(struct view bytes, struct dns_msg *out)
{
	size_t at = HEADER;
	if (bytes.len > UINT16_MAX)
		bytes.len = UINT16_MAX;
	if (!header(bytes, out))
		return L7_MORE;
	for (int s = 0; s < DNS_SECTIONS; s++) {
		if (!section(out, (enum dns_section)s, &at))
			return L7_BAD;
	}
	return (long)at;
}

long
dns_tcp(struct view bytes, struct view *message)
{
	struct cursor c = cursor_of_view(bytes);
	uint16_t n;
	if (!cursor_u16(&c, &n))
		return L7_MORE;
	if (n < HEADER)
		return L7_BAD;
	if (!cursor_take(&c, n, message))
		return L7_MORE;
	return 2L + n;
}

static bool
printable(const struct dns_name *n)
{
	for (size_t i = 0; i < n->len; i++) {
		if (n->text[i] <= ' ' || n->text[i] >= 0x7f)
			return false;
	}
	return n->len > 0;
}

static bool
counts_sane(const struct dns_msg *m, bool strict)
{
	if (m->opcode > 6 || m->opcode == 3)
		return false;
	if (!strict)
		return m->count[DNS_QUESTION] <= 16;
	bool query = !(m->flags & DNS_QR);
	return m->opcode == 0 && m->count[DNS_QUESTION] == 1 && !(m->flags & DNS_Z) &&
	       (!query ||
		   (m->count[DNS_ANSWER] == 0 && m->count[DNS_AUTHORITY] == 0 && m->rcode == 0));
}

bool
dns_looks(struct view message, bool strict)
{
	struct dns_msg m;
	struct dns_record q;
	if (message.len < HEADER || !header(message, &m) || !counts_sane(&m, strict))
		return false;
	long used = dns_parse(message, &m);
	if (used < 0)
		return false;
	if (!strict)
		return m.count[DNS_QUESTION] > 0 || m.count[DNS_ANSWER] > 0 || (m.flags & DNS_QR);
	struct dns_walk w = dns_walk(&m, DNS_QUESTION);
	return dns_next(&w, &q) && printable(&q.name) && dns_type_name(q.type) && q.class == 1 &&
	       !m.cut && (size_t)used == message.len;
}
