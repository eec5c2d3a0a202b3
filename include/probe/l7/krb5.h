/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_krb5: messages between Kerberos clients and key distribution centres (RFC 4120, ASN.1 module
 * in its appendix A; RFC 6113 and 3961 for numbers).
 *
 * Pure: views into the message out, no allocation. Nothing is decrypted. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_KRB5_H
#define WANGLOU_PROBE_L7_KRB5_H

#include "lib/cursor.h"
#include "probe/l7/parse.h"

#define KRB5_MESSAGE_MAX (1U << 20) /* bytes of a message over TCP that we believe */

enum krb5_type {
	KRB5_AS_REQ = 10,
	KRB5_AS_REP = 11,
	KRB5_TGS_REQ = 12,
	KRB5_TGS_REP = 13,
	KRB5_ERROR = 30,
};

/* Pre-authentication that proves knowledge of a key (RFC 4120, 7.5.2; RFC 4556; RFC 6113). */
enum krb5_padata {
	KRB5_PA_TGS_REQ = 1,
	KRB5_PA_ENC_TIMESTAMP = 2,
	KRB5_PA_ETYPE_INFO = 11,
	KRB5_PA_ETYPE_INFO2 = 19,
	KRB5_PA_PK_AS_REQ_OLD = 14,
	KRB5_PA_PK_AS_REQ = 16,
	KRB5_PA_FX_FAST = 136,
	KRB5_PA_ENCRYPTED_CHALLENGE = 138
};

/* A PrincipalName: its kind and the contents of its name-string, for krb5_name_part. */
struct krb5_name {
	int64_t type;
	struct view parts; /* ptr NULL: absent */
};

/* EncryptedData without the data. etype is INT64_MIN when it is absent, kvno -1. */
struct krb5_cipher {
	int64_t etype, kvno;
};

/* Views are contents; ptr NULL stands for what the message has not. */
struct krb5 {
	uint8_t type;       /* enum krb5_type */
	struct view padata; /* for krb5_padata_next */
	struct krb5_name cname, sname;
	struct view crealm, realm; /* of the client; of the server (of the ticket in replies) */
	struct view options; /* requests: contents of the BIT STRING without its first octet */
	struct view from, till, rtime;
	struct view etypes, addresses;     /* requests: for krb5_etype and krb5_address */
	int64_t nonce;                     /* -1: absent */
	struct krb5_cipher sealed, ticket; /* of the reply's part for the client; of its ticket */
	int64_t error;                     /* -1: absent */
	struct view stime, text;           /* errors: server's clock, e-text */
};

/* A message without a length before it: all of `bytes`, or L7_BAD. */
long
krb5_parse(struct view bytes, struct krb5 *out);

/*
 * A message of a TCP stream (RFC 4120, 7.2.2): bytes of the length and the message, with the
 * message in *out; L7_MORE; L7_BAD when the length cannot be one.
 */
long
krb5_tcp(struct view bytes, struct view *out);

/* Whether the bytes begin like a message of `whole` bytes. L7_MORE when they are too few to tell.
 */
long
krb5_looks(struct view bytes, size_t whole);

/* The next part of a name; false at the end. Start with cursor_of_view(name.parts). */
bool
krb5_name_part(struct cursor *c, struct view *part);

/* The next type of pre-authentication data, or encryption type; false at the end. */
bool
krb5_padata_next(struct cursor *c, int64_t *type);
bool
krb5_etype(struct cursor *c, int64_t *etype);

/* The next encryption type that an ETYPE-INFO or ETYPE-INFO2 in the padata names; start with the
 * padata and an empty *inside. */
bool
krb5_offered(struct cursor *c, struct cursor *inside, int64_t *etype);

/* The next host address: its type (2 IPv4, 24 IPv6, 20 NetBIOS) and octets. */
bool
krb5_address(struct cursor *c, int64_t *type, struct view *octets);

/* Names of RFC 3961's and IANA's registries in lower case with hyphens, NULL when there is none. */
const char *
krb5_etype_name(int64_t etype);
/* Whether an encryption type is broken or deprecated (RFC 6649, RFC 8429), or unknown. */
bool
krb5_etype_weak(int64_t etype);
/* KDC_ERR_..., NULL when there is none. */
const char *
krb5_error_name(int64_t error);

#endif
