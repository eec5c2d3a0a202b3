/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of what signatures look at; no more than data. */
#include "probe/l7.h"

_Static_assert(L7_COUNT <= 64, "protocols fit into a set");

static const struct l7_buffer_row buffers[L7_BUF_COUNT] = {
#define L7_BUFFER(ENUM, name, sticky, modifier, protos, when)                                      \
	[L7_BUF_##ENUM] = { name, sticky, modifier, protos, when },
#include "probe/l7/buffers.def"
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

static const struct l7_number_row numbers[L7_NUM_COUNT] = {
#define L7_NUMBER(ENUM, name, old, bits, words, protos, when)                                      \
	[L7_NUM_##ENUM] = { name, old, bits, words, protos, when },
#include "probe/l7/numbers.def"
};

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
