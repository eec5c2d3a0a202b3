/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_dns: DNS messages (RFC 1035, 3596, 2782, 6891, 8659, 9460), over UDP or after TCP's length
 * prefix.
 *
 * Pure: views out, no allocation. dns_parse checks the whole message once; questions and records
 * are then read one after another with a walk. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_DNS_H
#define WANGLOU_PROBE_L7_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

/* dns_msg.flags, as on the wire (RFC 1035, 4.1.1; AD and CD: RFC 4035) */
#define DNS_QR 0x8000
#define DNS_AA 0x0400
#define DNS_TC 0x0200
#define DNS_RD 0x0100
#define DNS_RA 0x0080
#define DNS_Z 0x0040

enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_NS = 2,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_NULL = 10,
	DNS_TYPE_PTR = 12,
	DNS_TYPE_HINFO = 13,
	DNS_TYPE_MX = 15,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_RP = 17,
	DNS_TYPE_AFSDB = 18,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_SRV = 33,
	DNS_TYPE_NAPTR = 35,
	DNS_TYPE_KX = 36,
	DNS_TYPE_DNAME = 39,
	DNS_TYPE_OPT = 41,
	DNS_TYPE_DS = 43,
	DNS_TYPE_SSHFP = 44,
	DNS_TYPE_RRSIG = 46,
	DNS_TYPE_NSEC = 47,
	DNS_TYPE_DNSKEY = 48,
	DNS_TYPE_NSEC3 = 50,
	DNS_TYPE_TLSA = 52,
	DNS_TYPE_SMIMEA = 53,
	DNS_TYPE_CDS = 59,
	DNS_TYPE_CDNSKEY = 60,
	DNS_TYPE_SVCB = 64,
	DNS_TYPE_HTTPS = 65,
	DNS_TYPE_SPF = 99,
	DNS_TYPE_URI = 256,
	DNS_TYPE_CAA = 257,
};

enum dns_section { DNS_QUESTION, DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL, DNS_SECTIONS };

struct dns_msg {
	struct view bytes;
	uint16_t id, flags;
	uint16_t count[DNS_SECTIONS];
	uint16_t at[DNS_SECTIONS]; /* offset of each section */
	uint16_t rcode;            /* with EDNS's upper bits */
	uint8_t opcode;
	bool cut; /* a record did not fit or was malformed; counts hold those before it */
};

/* A name in text: labels joined by dots, no dot at the end, bytes as on the wire. The root is
 * empty. */
#define DNS_NAME 255
struct dns_name {
	uint8_t text[DNS_NAME];
	uint8_t len;
};

struct dns_record {
	struct dns_name name;
	uint16_t type, class;
	uint32_t ttl;     /* 0 in a question */
	struct view data; /* of the message; len 0 in a question */
};

/* Reads a section's entries in turn. */
struct dns_walk {
	const struct dns_msg *m;
	uint16_t at, left;
	bool question;
};

/*
 * Check one whole message. Returns the bytes used (the message's length; bytes behind the last
 * record are left over), L7_MORE when it is shorter than a header, L7_BAD when a question is
 * malformed. A message that ends inside a record, or has a malformed one, is taken as far as it
 * goes (cut). The bytes must stay valid as long as *out is used.
 */
long
dns_parse(struct view bytes, struct dns_msg *out);

/*
 * TCP (RFC 1035, 4.2.2): the message behind its two-byte length. Returns bytes used, L7_MORE or
 * L7_BAD (a length that no message can have).
 */
long
dns_tcp(struct view bytes, struct view *message);

/* Start reading a section. */
struct dns_walk
dns_walk(const struct dns_msg *m, enum dns_section section);

/* The next entry; false at the end. */
bool
dns_next(struct dns_walk *w, struct dns_record *out);
/* Over an entry without reading its name, which may be long through pointers; false at the end. */
bool
dns_skip(struct dns_walk *w);

/*
 * The name at offset `at` of the message; *next gets the offset behind it. False when it is
 * malformed: runs out of the message, has more than 255 parts or 64 pointers. A pointer may lead
 * forwards as well: RFC 1035 knows only "prior" names, but not every reader looks. A longer name
 * than it allows is cut.
 */
bool
dns_name(struct view message, size_t at, struct dns_name *out, size_t *next);

/* "A", "MX"...; NULL for one without a name here. */
const char *
dns_type_name(uint16_t type);

/* "NOERROR", "NXDOMAIN"...; NULL for one without a name. */
const char *
dns_rcode_name(uint16_t rcode);

/*
 * Weak look at first bytes: can this be one DNS message? Strict (for ports that are not DNS's own):
 * one question of a known type and class, a printable name, and nothing behind the message.
 */
bool
dns_looks(struct view message, bool strict);

#endif
