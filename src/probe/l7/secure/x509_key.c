/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and signature algorithms of certificates by their names (RFC 3279, 4055, 5480, 5758, 8410,
 * GM/T 0006 for SM2). */
#include "probe/l7/der.h"

#define BIT_STRING_HEAD 1 /* unused bits of the last byte, before the contents */

struct oid_name {
	uint8_t len;
	uint8_t bytes[10];
	const char *name;
	uint16_t bits; /* curves */
};

#define PKCS1(n)                                                                                   \
	9,                                                                                         \
	{                                                                                          \
		0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, n                                        \
	}
#define X962(a, n)                                                                                 \
	8,                                                                                         \
	{                                                                                          \
		0x2a, 0x86, 0x48, 0xce, 0x3d, 4, a, n                                              \
	}

static const struct oid_name signatures[] = {
	{ PKCS1(2), "md2WithRSAEncryption", 0 },
	{ PKCS1(3), "md4WithRSAEncryption", 0 },
	{ PKCS1(4), "md5WithRSAEncryption", 0 },
	{ PKCS1(5), "sha1WithRSAEncryption", 0 },
	{ PKCS1(10), "rsassaPss", 0 },
	{ PKCS1(11), "sha256WithRSAEncryption", 0 },
	{ PKCS1(12), "sha384WithRSAEncryption", 0 },
	{ PKCS1(13), "sha512WithRSAEncryption", 0 },
	{ PKCS1(14), "sha224WithRSAEncryption", 0 },
	{ 5, { 0x2b, 14, 3, 2, 29 }, "sha1WithRSA", 0 },
	{ 7, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1 }, "ecdsa-with-SHA1", 0 },
	{ X962(3, 1), "ecdsa-with-SHA224", 0 },
	{ X962(3, 2), "ecdsa-with-SHA256", 0 },
	{ X962(3, 3), "ecdsa-with-SHA384", 0 },
	{ X962(3, 4), "ecdsa-with-SHA512", 0 },
	{ 7, { 0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3 }, "dsa-with-sha1", 0 },
	{ 9, { 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 2 }, "dsa-with-sha256", 0 },
	{ 8, { 0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x83, 0x75 }, "sm2-with-sm3", 0 },
	{ 3, { 0x2b, 0x65, 0x70 }, "Ed25519", 0 },
	{ 3, { 0x2b, 0x65, 0x71 }, "Ed448", 0 },
};

static const struct oid_name curves[] = {
	{ 8, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1 }, "secp192r1", 192 },
	{ 8, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 }, "secp256r1", 256 },
	{ 5, { 0x2b, 0x81, 4, 0, 33 }, "secp224r1", 224 },
	{ 5, { 0x2b, 0x81, 4, 0, 34 }, "secp384r1", 384 },
	{ 5, { 0x2b, 0x81, 4, 0, 35 }, "secp521r1", 521 },
	{ 5, { 0x2b, 0x81, 4, 0, 10 }, "secp256k1", 256 },
	{ 9, { 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7 }, "brainpoolP256r1", 256 },
	{ 9, { 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 11 }, "brainpoolP384r1", 384 },
	{ 9, { 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 13 }, "brainpoolP512r1", 512 },
	{ 8, { 0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x82, 0x2d }, "sm2p256v1", 256 },
};

enum key { KEY_RSA, KEY_EC, KEY_DSA, KEY_FIXED };

static const struct key_name {
	struct oid_name oid;
	enum key kind;
} keys[] = {
	{ { PKCS1(1), "RSA", 0 }, KEY_RSA },
	{ { PKCS1(10), "RSA-PSS", 0 }, KEY_RSA },
	{ { 7, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1 }, "EC", 0 }, KEY_EC },
	{ { 7, { 0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1 }, "DSA", 0 }, KEY_DSA },
	{ { 3, { 0x2b, 0x65, 0x70 }, "Ed25519", 256 }, KEY_FIXED },
	{ { 3, { 0x2b, 0x65, 0x71 }, "Ed448", 456 }, KEY_FIXED },
};

static bool
same(const struct oid_name *o, struct view v)
{
	return o->len == v.len && memcmp(o->bytes, v.ptr, v.len) == 0;
}

static const struct oid_name *
find(const struct oid_name *table, size_t n, struct view v)
{
	for (size_t i = 0; i < n; i++) {
		if (same(&table[i], v))
			return &table[i];
	}
	return NULL;
}

#define FIND(table, v) find(table, sizeof(table) / sizeof(*(table)), v)

/* Bits of a positive INTEGER. */
static unsigned
bits_of(struct view number)
{
	struct cursor c = cursor_of_view(number);
	uint8_t byte = 0;
	while (cursor_u8(&c, &byte) && byte == 0)
		;
	if (!byte)
		return 0;
	unsigned bits = (unsigned)cursor_left(&c) * 8;
	while (byte) {
		bits++;
		byte >>= 1;
	}
	return bits;
}

/* RSAPublicKey ::= SEQUENCE { modulus, publicExponent }, in a BIT STRING */
static unsigned
rsa_bits(struct cursor spki)
{
	struct der d;
	if (!der_expect(&spki, DER_BIT_STRING, &d))
		return 0;
	struct cursor c = cursor_of_view(d.body);
	return cursor_skip(&c, BIT_STRING_HEAD) && der_open(&c, DER_SEQUENCE, &c) &&
		       der_expect(&c, DER_INTEGER, &d)
		   ? bits_of(d.body)
		   : 0;
}

bool
x509_key(const struct x509 *x, struct x509_key *out)
{
	struct cursor c = cursor_of_view(x->key), algorithm;
	const struct oid_name *curve;
	struct der oid, d;
	*out = (struct x509_key){ 0 };
	if (!der_open(&c, DER_SEQUENCE, &algorithm) || !der_expect(&algorithm, DER_OID, &oid))
		return false;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (!same(&keys[i].oid, oid.body))
			continue;
		out->type = keys[i].oid.name;
		out->bits = keys[i].oid.bits;
		if (keys[i].kind == KEY_RSA)
			out->bits = rsa_bits(c);
		if (keys[i].kind == KEY_DSA && der_open(&algorithm, DER_SEQUENCE, &algorithm) &&
		    der_expect(&algorithm, DER_INTEGER, &d))
			out->bits = bits_of(d.body);
		if (keys[i].kind == KEY_EC && der_expect(&algorithm, DER_OID, &d) &&
		    (curve = FIND(curves, d.body)) != NULL) {
			out->curve = curve->name;
			out->bits = curve->bits;
			if (strcmp(curve->name, "sm2p256v1") == 0)
				out->type = "SM2";
		}
		return true;
	}
	return false;
}

const char *
x509_signature(const struct x509 *x)
{
	struct cursor c = cursor_of_view(x->signature);
	struct der oid;
	if (!der_expect(&c, DER_OID, &oid))
		return NULL;
	const struct oid_name *o = FIND(signatures, oid.body);
	return o ? o->name : NULL;
}
