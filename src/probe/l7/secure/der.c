/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "probe/l7/der.h"
#include "probe/l7/parse.h"

#define VERSION_TAG 0xa0    /* [0] EXPLICIT in TBSCertificate */
#define EXTENSIONS_TAG 0xa3 /* [3] EXPLICIT */

/* Contents of OBJECT IDENTIFIERs and the short names of RFC 4514, 4519 and common use. */
struct oid {
	uint8_t len;
	uint8_t bytes[11];
	const char *name;
};

static const struct oid names[] = {
	{ 3, { 0x55, 4, 3 }, "CN" },
	{ 3, { 0x55, 4, 4 }, "SN" },
	{ 3, { 0x55, 4, 5 }, "serialNumber" },
	{ 3, { 0x55, 4, 6 }, "C" },
	{ 3, { 0x55, 4, 7 }, "L" },
	{ 3, { 0x55, 4, 8 }, "ST" },
	{ 3, { 0x55, 4, 9 }, "streetAddress" },
	{ 3, { 0x55, 4, 10 }, "O" },
	{ 3, { 0x55, 4, 11 }, "OU" },
	{ 3, { 0x55, 4, 12 }, "title" },
	{ 3, { 0x55, 4, 13 }, "description" },
	{ 3, { 0x55, 4, 15 }, "businessCategory" },
	{ 3, { 0x55, 4, 17 }, "postalCode" },
	{ 3, { 0x55, 4, 41 }, "name" },
	{ 3, { 0x55, 4, 42 }, "givenName" },
	{ 3, { 0x55, 4, 43 }, "initials" },
	{ 3, { 0x55, 4, 46 }, "dnQualifier" },
	{ 3, { 0x55, 4, 97 }, "organizationIdentifier" },
	{ 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1 }, "Email" },
	{ 10, { 0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1 }, "UID" },
	{ 10, { 0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25 }, "DC" },
	{ 11, { 0x2b, 6, 1, 4, 1, 0x82, 0x37, 0x3c, 2, 1, 1 }, "msJurisdictionLocality" },
	{ 11, { 0x2b, 6, 1, 4, 1, 0x82, 0x37, 0x3c, 2, 1, 2 }, "msJurisdictionStateOrProvince" },
	{ 11, { 0x2b, 6, 1, 4, 1, 0x82, 0x37, 0x3c, 2, 1, 3 }, "msJurisdictionCountry" },
};

static const uint8_t san_oid[] = { 0x55, 0x1d, 0x11 };

static bool
length(struct cursor *c, size_t *out)
{
	uint8_t first, byte;
	if (!cursor_u8(c, &first))
		return false;
	*out = first;
	if (first < 0x80)
		return true;
	*out = 0;
	if (first == 0x80 || first > 0x84)
		return false;
	for (int i = first & 0x7f; i > 0; i--) {
		if (!cursor_u8(c, &byte))
			return false;
		*out = *out << 8 | byte;
	}
	return true;
}

bool
der_next(struct cursor *c, struct der *out)
{
	struct cursor try = *c;
	size_t n;
	if (!cursor_u8(&try, &out->tag) || (out->tag & 0x1f) == 0x1f)
		return false;
	if (!length(&try, &n) || !cursor_take(&try, n, &out->body))
		return false;
	*c = try;
	return true;
}

bool
der_cut(struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t tag;
	size_t n;
	for (int depth = 0; depth < 8 && cursor_u8(&c, &tag); depth++) {
		if (!length(&c, &n))
			return true;
		if (n > cursor_left(&c) || !(tag & 0x20))
			return false;
		c = cursor_of(c.at, n);
	}
	return false;
}

bool
der_expect(struct cursor *c, uint8_t tag, struct der *out)
{
	struct cursor try = *c;
	if (!der_next(&try, out) || out->tag != tag)
		return false;
	*c = try;
	return true;
}

bool
der_open(struct cursor *c, uint8_t tag, struct cursor *in)
{
	struct der d;
	if (!der_expect(c, tag, &d))
		return false;
	*in = cursor_of_view(d.body);
	return true;
}

bool
der_number(struct view body, int64_t *out)
{
	struct cursor c = cursor_of_view(body);
	uint8_t byte;
	if (!cursor_u8(&c, &byte) || body.len > 8)
		return false;
	uint64_t number = byte & 0x80 ? UINT64_MAX : 0;
	do
		number = number << 8 | byte;
	while (cursor_u8(&c, &byte));
	*out = (int64_t)number;
	return true;
}

bool
der_int(struct cursor *c, uint8_t tag, int64_t *out)
{
	struct cursor try = *c;
	struct der d;
	if (!der_expect(&try, tag, &d) || !der_number(d.body, out))
		return false;
	*c = try;
	return true;
}

long
der_size(struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t tag, first;
	size_t n;
	if (!cursor_u8(&c, &tag))
		return L7_MORE;
	if ((tag & 0x1f) == 0x1f)
		return L7_BAD;
	if (!cursor_peek(&c, 0, &first))
		return L7_MORE;
	if (first == 0x80 || first > 0x84)
		return L7_BAD;
	if (!length(&c, &n))
		return L7_MORE;
	return (long)(bytes.len - cursor_left(&c) + n);
}

static bool
digits(struct cursor *c, int n, int *out)
{
	uint8_t byte;
	*out = 0;
	for (int i = 0; i < n; i++) {
		if (!cursor_u8(c, &byte) || byte < '0' || byte > '9')
			return false;
		*out = *out * 10 + byte - '0';
	}
	return true;
}

/* Days from 1970-01-01 to a civil date of the Gregorian calendar. */
static int64_t
days(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* Seconds that a zone other than Z is before UTC, +hhmm or -hhmm (X.680, 46.3); 0 without one. */
static int64_t
zone(struct cursor *c)
{
	int hour, minute;
	uint8_t b;
	do {
		if (!cursor_u8(c, &b))
			return 0;
	} while (b == '.' || b == ',' || (b >= '0' && b <= '9'));
	if ((b != '+' && b != '-') || !digits(c, 2, &hour) || !digits(c, 2, &minute))
		return 0;
	return (b == '+' ? 1 : -1) * (hour * 3600 + minute * 60);
}

/* UTCTime or GeneralizedTime; seconds may be left out. */
static bool
time_of(const struct der *d, int64_t *out)
{
	struct cursor c = cursor_of_view(d->body);
	int year, month, day, hour, minute, second;
	uint8_t byte;
	if (d->tag != DER_UTC_TIME && d->tag != DER_GENERALIZED_TIME)
		return false;
	if (!digits(&c, d->tag == DER_UTC_TIME ? 2 : 4, &year))
		return false;
	if (d->tag == DER_UTC_TIME)
		year += year < 50 ? 2000 : 1900;
	if (!digits(&c, 2, &month) || !digits(&c, 2, &day) || month < 1 || month > 12)
		return false;
	if (!digits(&c, 2, &hour) || !digits(&c, 2, &minute))
		return false;
	if (!cursor_peek(&c, 0, &byte) || byte < '0' || byte > '9')
		second = 0;
	else if (!digits(&c, 2, &second))
		return false;
	*out = days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - zone(&c);
	return true;
}

static bool
validity(struct cursor *tbs, struct x509 *out)
{
	struct der v, t;
	if (!der_expect(tbs, DER_SEQUENCE, &v))
		return false;
	struct cursor c = cursor_of_view(v.body);
	return der_next(&c, &t) && time_of(&t, &out->not_before) && der_next(&c, &t) &&
	       time_of(&t, &out->not_after);
}

/* Extensions ::= SEQUENCE OF SEQUENCE { extnID, critical DEFAULT FALSE, extnValue OCTET STRING } */
static void
find_san(struct view extensions, struct x509 *out)
{
	struct cursor list = cursor_of_view(extensions);
	struct der all, one, part;
	if (!der_expect(&list, DER_SEQUENCE, &all))
		return;
	list = cursor_of_view(all.body);
	while (der_expect(&list, DER_SEQUENCE, &one)) {
		struct cursor c = cursor_of_view(one.body);
		if (!der_expect(&c, DER_OID, &part) || part.body.len != sizeof(san_oid) ||
		    memcmp(part.body.ptr, san_oid, sizeof(san_oid)) != 0)
			continue;
		(void)der_expect(&c, DER_BOOLEAN, &part);
		if (!der_expect(&c, DER_OCTET_STRING, &part))
			return;
		c = cursor_of_view(part.body);
		if (der_expect(&c, DER_SEQUENCE, &part))
			out->san = part.body;
		return;
	}
}

bool
x509_parse(struct view certificate, struct x509 *out)
{
	struct cursor c = cursor_of_view(certificate);
	struct der d;
	*out = (struct x509){ 0 };
	if (!der_expect(&c, DER_SEQUENCE, &d))
		return false;
	c = cursor_of_view(d.body);
	if (!der_expect(&c, DER_SEQUENCE, &d))
		return false;
	c = cursor_of_view(d.body);
	(void)der_expect(&c, VERSION_TAG, &d);
	if (!der_expect(&c, DER_INTEGER, &d))
		return false;
	out->serial = d.body;
	if (!der_expect(&c, DER_SEQUENCE, &d))
		return false;
	out->signature = d.body;
	if (!der_expect(&c, DER_SEQUENCE, &d))
		return false;
	out->issuer = d.body;
	if (!validity(&c, out) || !der_expect(&c, DER_SEQUENCE, &d))
		return false;
	out->subject = d.body;
	if (der_expect(&c, DER_SEQUENCE, &d))
		out->key = d.body;
	while (der_next(&c, &d)) {
		if (d.tag == EXTENSIONS_TAG)
			find_san(d.body, out);
	}
	return true;
}

/* Text that is cut at its room. */
struct text {
	char *at;
	size_t len, room;
};

static void
put(struct text *t, const void *data, size_t n)
{
	if (n > t->room - t->len)
		n = t->room - t->len;
	if (n)
		memcpy(t->at + t->len, data, n);
	t->len += n;
}

static void
put_dotted(struct text *t, struct view oid)
{
	struct cursor c = cursor_of_view(oid);
	uint64_t number = 0;
	uint8_t byte;
	bool first = true;
	while (cursor_u8(&c, &byte)) {
		number = (number & (UINT64_MAX >> 8)) << 7 | (byte & 0x7f);
		if (byte & 0x80)
			continue;
		char digit[48];
		uint64_t top = number < 80 ? number / 40 : 2;
		int n = first ? snprintf(digit, sizeof(digit), "%llu.%llu", (unsigned long long)top,
				    (unsigned long long)(number - top * 40))
			      : snprintf(digit, sizeof(digit), ".%llu", (unsigned long long)number);
		put(t, digit, (size_t)n);
		first = false;
		number = 0;
	}
}

size_t
der_oid_text(struct view body, char *out, size_t room)
{
	struct text t = { out, 0, room };
	put_dotted(&t, body);
	return t.len;
}

static void
put_type(struct text *t, struct view oid)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (oid.len == names[i].len && memcmp(oid.ptr, names[i].bytes, oid.len) == 0) {
			put(t, names[i].name, strlen(names[i].name));
			return;
		}
	}
	put_dotted(t, oid);
}

/* BMPString is UTF-16 without surrogates (X.690, 8.23.8): written as UTF-8. */
static void
put_bmp(struct text *t, struct view v)
{
	struct cursor c = cursor_of_view(v);
	uint16_t u;
	while (cursor_u16(&c, &u)) {
		uint8_t three[3] = { (uint8_t)(0xe0 | u >> 12), (uint8_t)(0x80 | (u >> 6 & 0x3f)),
			(uint8_t)(0x80 | (u & 0x3f)) };
		uint8_t two[2] = { (uint8_t)(0xc0 | u >> 6), (uint8_t)(0x80 | (u & 0x3f)) };
		uint8_t one = (uint8_t)u;
		if (u < 0x80)
			put(t, &one, 1);
		else if (u < 0x800)
			put(t, two, 2);
		else
			put(t, three, 3);
	}
}

/* AttributeTypeAndValue ::= SEQUENCE { type, value } */
static bool
put_attribute(struct text *t, struct cursor *set, bool first)
{
	struct der pair, type, value;
	if (!der_expect(set, DER_SEQUENCE, &pair))
		return false;
	struct cursor c = cursor_of_view(pair.body);
	if (!der_expect(&c, DER_OID, &type) || !der_next(&c, &value))
		return false;
	if (!first)
		put(t, " + ", 3);
	put_type(t, type.body);
	put(t, "=", 1);
	if (value.tag == DER_BMP)
		put_bmp(t, value.body);
	else
		put(t, value.body.ptr, value.body.len);
	return true;
}

size_t
x509_name_text(struct view name, char *out, size_t room)
{
	struct text t = { out, 0, room };
	struct cursor c = cursor_of_view(name);
	struct der set;
	for (bool first = true; der_expect(&c, DER_SET, &set); first = false) {
		struct cursor in = cursor_of_view(set.body);
		if (!first)
			put(&t, ", ", 2);
		for (bool head = true; put_attribute(&t, &in, head); head = false)
			;
	}
	return t.len;
}

bool
x509_san(struct cursor *c, uint8_t *kind, struct view *name)
{
	struct der d;
	while (der_next(c, &d)) {
		uint8_t k = d.tag & 0x1f;
		if ((d.tag & 0xe0) != 0x80)
			continue;
		if (k != X509_SAN_EMAIL && k != X509_SAN_DNS && k != X509_SAN_URI &&
		    k != X509_SAN_IP)
			continue;
		*kind = k;
		*name = d.body;
		return true;
	}
	return false;
}
