/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_der: just enough DER and BER (X.690) to read an X.509 certificate (RFC 5280) from the wire,
 * and the messages of protocols that are written in it (Kerberos, LDAP, SNMP).
 *
 * Tags of one octet and definite lengths of at most four octets, however long they are written;
 * indefinite lengths are refused. Pure: views out, no allocation. Trusts nothing and verifies no
 * signature. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_DER_H
#define WANGLOU_PROBE_L7_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_ENUMERATED = 0x0a,
	DER_UTF8 = 0x0c,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_BMP = 0x1e,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
};

/* One element: its tag octet and contents. */
struct der {
	uint8_t tag;
	struct view body;
};

/*
 * The next element of definite length and one-octet tag; the cursor moves behind it. False: the
 * bytes are not there or are not what we read; the cursor stays.
 */
bool
der_next(struct cursor *c, struct der *out);

/* The same, and it must have this tag. */
bool
der_expect(struct cursor *c, uint8_t tag, struct der *out);

/* The contents of the next element, which must have this tag, as a cursor of their own. */
bool
der_open(struct cursor *c, uint8_t tag, struct cursor *in);

/* The next element, which must have this tag, as an INTEGER or ENUMERATED of at most eight octets.
 */
bool
der_int(struct cursor *c, uint8_t tag, int64_t *out);

/* Contents of an INTEGER. False: none, or more than eight octets. */
bool
der_number(struct view body, int64_t *out);

/* Bytes of the first element with its header, which may go on behind these bytes; L7_MORE when its
 * header does, L7_BAD when it is not what we read. */
long
der_size(struct view bytes);

/* Dotted text of the contents of an OBJECT IDENTIFIER, cut at room, without terminator. Returns its
 * length. */
size_t
der_oid_text(struct view body, char *out, size_t room);

/* Names in a subjectAltName that are text (RFC 5280, 4.2.1.6). */
enum x509_san { X509_SAN_EMAIL = 1, X509_SAN_DNS = 2, X509_SAN_URI = 6, X509_SAN_IP = 7 };

struct x509 {
	struct view serial;          /* contents of the INTEGER */
	struct view issuer, subject; /* contents of the Name, for x509_name_text */
	struct view
	    san; /* contents of GeneralNames, for x509_san; ptr NULL without the extension */
	struct view signature;         /* contents of the AlgorithmIdentifier it is signed with */
	struct view key;               /* contents of SubjectPublicKeyInfo, for x509_key */
	int64_t not_before, not_after; /* seconds since 1970 UTC */
};

/* Both are constants; curve is NULL for other keys and for curves without a name here. */
struct x509_key {
	const char *type; /* "RSA", "RSA-PSS", "EC", "SM2", "DSA", "Ed25519", "Ed448" */
	const char *curve;
	unsigned bits; /* 0: not known */
};

/* Is what makes these bytes unreadable the length of an element, that is cut or none? Looks at the
 * first element and the first in each. */
bool
der_cut(struct view bytes);

/* Read a certificate. False when it is malformed before the subject; a damaged extension only
 * leaves san absent. */
bool
x509_parse(struct view certificate, struct x509 *out);

/*
 * Text of a Name in its own order: "C=US, O=Example, CN=a.example" (" + " inside a multi-valued
 * part, types without a short name as dotted numbers). Returns the bytes written, at most room; cut
 * when it does not fit.
 */
size_t
x509_name_text(struct view name, char *out, size_t room);

/* The next alternative name of one of enum x509_san; false at the end. Start with
 * cursor_of_view(x509.san). */
bool
x509_san(struct cursor *c, uint8_t *kind, struct view *name);

/* The public key. False for kinds that are not known. */
bool
x509_key(const struct x509 *x, struct x509_key *out);

/* "sha256WithRSAEncryption", "sm2-with-sm3"...; NULL for others. */
const char *
x509_signature(const struct x509 *x);

#endif
