/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_tls: the readable part of TLS: records, handshake messages, both hellos, the certificate
 * message.
 *
 * SSL 2.0 ClientHello to TLS 1.3 (RFC 5246, 6066, 6101, 7301, 8446), and TLCP (GB/T 38636-2020),
 * which has TLS 1.1's records under a version of its own. Pure: views out, no allocation. Any
 * thread.
 */
#ifndef WANGLOU_PROBE_L7_TLS_H
#define WANGLOU_PROBE_L7_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

enum tls_content {
	TLS_CHANGE_CIPHER_SPEC = 20,
	TLS_ALERT,
	TLS_HANDSHAKE,
	TLS_APPLICATION,
	TLS_HEARTBEAT
};

enum tls_message_type {
	TLS_CLIENT_HELLO = 1,
	TLS_SERVER_HELLO = 2,
	TLS_NEW_TICKET = 4,
	TLS_CERTIFICATE = 11,
	TLS_SERVER_KEY_EXCHANGE = 12,
	TLS_CERTIFICATE_REQUEST = 13,
	TLS_SERVER_HELLO_DONE = 14,
	TLS_CLIENT_KEY_EXCHANGE = 16,
};

enum tls_extension_type {
	TLS_EXT_SNI = 0,
	TLS_EXT_GROUPS = 10,
	TLS_EXT_POINTS = 11,
	TLS_EXT_SIGNATURES = 13,
	TLS_EXT_ALPN = 16,
	TLS_EXT_TICKET = 35,
	TLS_EXT_PSK = 41,
	TLS_EXT_EARLY_DATA = 42,
	TLS_EXT_VERSIONS = 43,
	TLS_EXT_KEY_SHARE = 51,
	TLS_EXT_ECH = 0xfe0d,
	TLS_EXT_ESNI = 0xffce, /* what ECH was before */
};

#define TLS_VERSION_TLCP 0x0101

struct tls_record {
	uint8_t type; /* enum tls_content */
	uint16_t version;
	struct view body;
};

struct tls_message {
	uint8_t type; /* enum tls_message_type */
	struct view body;
};

/* Either hello. Views are absent (ptr NULL) for what it does not carry. */
struct tls_hello {
	uint16_t version;  /* as in the hello's own field */
	uint16_t selected; /* server: version in force; client: highest offered */
	uint16_t cipher;   /* server only */
	bool retry;        /* server: a HelloRetryRequest (RFC 8446, 4.1.3) */
	bool ssl2;         /* an SSL 2.0 ClientHello; ciphers are three bytes each */
	struct view random, session;
	struct view ciphers;                    /* client: two bytes each */
	struct view extensions;                 /* all of them, for tls_extension */
	struct view sni;                        /* host name */
	struct view alpn;                       /* protocol name list: length byte, name, ... */
	struct view groups, points, signatures; /* list contents */
	uint16_t group;                         /* server: of its key share; 0: none */
	bool psk;                               /* client: offered one; server: took it */
	bool early_data;                        /* client: sends data at once */
	bool ticket;                            /* client: has one of an earlier session */
	bool ech, esni; /* client: its real hello or name is encrypted (or looks so) */
};

/*
 * One record (RFC 8446, 5.1). Returns bytes used, L7_MORE, or L7_BAD (type, version or length that
 * no record has).
 */
long
tls_record(struct view bytes, struct tls_record *out);

/* One handshake message from bytes of one or more records. Returns bytes used or L7_MORE. */
long
tls_message(struct view bytes, struct tls_message *out);

/* Body of a ClientHello or ServerHello message. Returns bytes used or L7_BAD. */
long
tls_client_hello(struct view body, struct tls_hello *out);
long
tls_server_hello(struct view body, struct tls_hello *out);
/* The same for a ClientHello of DTLS, which has a cookie behind its session (RFC 6347, 4.2.1). */
long
tls_client_hello_with_cookie(struct view body, struct tls_hello *out);

/* An SSL 2.0 ClientHello with its two-byte header (RFC 5246, E.2). Returns bytes used, L7_MORE or
 * L7_BAD. */
long
tls_ssl2_hello(struct view bytes, struct tls_hello *out);

/* Body of a Certificate message up to TLS 1.2: certificate `which` of the list, from 0; absent when
 * there are fewer. TLCP servers send two of their own, to sign and to encrypt. L7_BAD or bytes
 * used.
 */
long
tls_certificate(struct view body, unsigned which, struct view *out);

/* What a ServerKeyExchange says in clear (RFC 4492, 5.4; RFC 5246, 7.4.3). */
struct tls_exchange {
	uint16_t group;   /* named curve; 0: none */
	unsigned dh_bits; /* of the prime; 0: no such exchange */
	uint16_t scheme;  /* of the signature, TLS 1.2; 0: not said */
};

/* Body of a ServerKeyExchange of a suite whose name is given; TLS 1.2 and DTLS 1.2 say how they
 * signed (`schemes`). L7_BAD or bytes used. */
long
tls_exchange(struct view body, const char *suite, bool schemes, struct tls_exchange *out);

/* Does the name of a suite say that it has no or a broken cipher, no authentication, or MD5? */
bool
tls_suite_weak(const char *suite);

/* The next extension of a list; false at its end. */
bool
tls_extension(struct cursor *c, uint16_t *type, struct view *data);

/* The next name of an ALPN list (RFC 7301, 3.1); false at its end. */
bool
tls_alpn(struct cursor *c, struct view *name);

/* True for values that clients send only to keep servers tolerant (RFC 8701). */
bool
tls_grease(uint16_t value);

/* "TLS 1.2", "TLSv1", "SSLv3", "TLS 1.3 draft-28"... as EVE writes; "0x%04x" in the given buffer
 * for others. */
const char *
tls_version_text(uint16_t version, char out[24]);

/* Longest JA3 string kept; a longer one still hashes right. */
#define TLS_JA3_TEXT 3072
#define TLS_JA3S_TEXT 512
#define TLS_JA4_TEXT 37

/* "ECC_SM4_CBC_SM3", "TLS_AES_128_GCM_SHA256": the name in GB/T 38636 or IANA's registry of a
 * suite; "0x%04x" in the given buffer for those not in the table. */
const char *
tls_suite_text(uint16_t suite, char out[8]);

/* JA3 of a ClientHello (not of an SSL 2.0 one), JA3S of a ServerHello: MD5 and, cut at room, its
 * text. Returns the text's length, 0 when it was cut. */
size_t
tls_ja3(const struct tls_hello *h, char *text, size_t room, uint8_t md5[16]);
size_t
tls_ja3s(const struct tls_hello *h, char *text, size_t room, uint8_t md5[16]);

/* JA4 of a ClientHello (not of an SSL 2.0 one; FoxIO's public JA4 description), terminated. `over`
 * is 't' for TCP, 'q' for QUIC, 'd' for DTLS. */
void
tls_ja4(const struct tls_hello *h, char over, char out[TLS_JA4_TEXT]);

/* IANA's name of an extension; NULL when it has none here. */
const char *
tls_extension_text(uint16_t type);

/* Names of a group, a signature scheme, an alert's description; the number, in the given buffer,
 * for others. */
const char *
tls_group_text(uint16_t group, char out[8]);
const char *
tls_signature_text(uint16_t scheme, char out[8]);
const char *
tls_alert_text(uint8_t description, char out[8]);

#endif
