/* SPDX-License-Identifier: Apache-2.0 */
/* tls_row: what is kept of a TLS handshake, shared by its row and its writer. Inside src/probe/l7
 * only. */
#ifndef WANGLOU_PROBE_L7_TLS_ROW_H
#define WANGLOU_PROBE_L7_TLS_ROW_H

#include "../row.h"
#include "probe/l7/der.h"
#include "probe/l7/tls.h"

#define TLS_CERTIFICATES 10 /* of one side; more do not come */
#define TLS_ALERTS 4

/* Why a handshake is weak: bits, and their words in the record in the same order. */
#define TLS_WEAK_VERSION 0x01
#define TLS_WEAK_SUITE 0x02
#define TLS_WEAK_GROUP 0x04
#define TLS_WEAK_KEY 0x08
#define TLS_WEAK_SIGNATURE 0x10
#define TLS_WEAK_EXPIRED 0x20
#define TLS_WEAK_EARLY 0x40
#define TLS_WEAK_SELF 0x80

/* What is kept of a certificate, in the transaction's bag. */
struct tls_cert {
	struct tls_cert *next;
	struct view subject, issuer, serial;
	int64_t not_before, not_after;
	const char *key, *curve, *signature; /* constants, or NULL */
	uint16_t bits;
	uint16_t weak; /* TLS_WEAK_ */
	uint8_t sha1[20], sha256[32];
	struct view der; /* in the packet that brought it; then ptr is NULL */
};

enum tls_bad { TLS_BAD_NO, TLS_BAD_CERTIFICATE, TLS_BAD_LENGTH };

struct tls_side {
	struct tls_cert *first, *last;
	uint8_t n;
	bool seen; /* its Certificate message was */
};

/* Kept as long as the flow. */
struct tls_brief {
	uint16_t version;    /* in force; 0: no ServerHello yet */
	uint16_t offered;    /* the client's highest */
	uint16_t suite;      /* in force */
	bool client, server; /* their hellos were seen */
	bool ssl2; /* the client's was an SSL 2.0 one, for which JA3 and JA4 are not defined */
	bool has_sni;
	uint8_t sni_len;
	uint8_t sni[255];
	uint8_t ja3[16], ja3s[16];
	char ja4[TLS_JA4_TEXT];
};

/* A whole handshake: kept until its record is written. */
struct tls_tx {
	struct tls_brief brief;
	uint8_t has; /* L7_READY_ bits said */
	uint8_t bad; /* enum tls_bad: of a certificate */
	struct bag bag;
	const char *from;    /* protocol before STARTTLS, or NULL */
	const char *resumed; /* by what an earlier session was taken up again; NULL: it was not */
	struct tls_side side[2]; /* certificates by enum dir of their sender */
	uint16_t group, scheme;  /* of the key exchange; 0: not seen */
	uint16_t dh_bits;
	uint16_t weak; /* TLS_WEAK_, certificates included */
	bool asks;     /* the server wants the client's certificate */
	bool cookie;   /* DTLS: the server asked for its cookie back */
	bool ticket, psk, early_data, ech, esni;
	uint8_t session[32], session_len; /* the client's */
	uint8_t random[2][32];            /* by side: as long as its hello was seen */
	bool fresh;                       /* certificates have their DER */
	uint8_t alerts;
	struct {
		uint8_t level, description, dir;
	} alert[TLS_ALERTS];
	uint16_t ja3_len, ja3s_len;
	uint16_t alpn_len[2]; /* by side: 0 client's offers, 1 server's choice */
	struct hold san;      /* GeneralNames of the server's first certificate */
	/* from here on not zeroed: each has its length or flag above */
	uint8_t alpn[2][256];
	char ja3[TLS_JA3_TEXT], ja3s[TLS_JA3S_TEXT];
};

/* A transaction of this row from its slab, or NULL; and give it back (NULL is allowed). */
struct tls_tx *
tls_tx_new(struct l7 *l, struct l7_flow *lf);
void
tls_tx_free(struct l7 *l, uint8_t proto, struct tls_tx *tx);

/* Take what a message says. `over` is the letter of tls_ja4. A second ClientHello changes nothing.
 */
void
tls_take_client(struct tls_tx *tx, const struct tls_hello *h, char over);
void
tls_take_server(struct tls_tx *tx, const struct tls_hello *h);
void
tls_take_certificates(struct l7 *l, struct tls_tx *tx, struct view body, enum dir dir);
void
tls_take_exchange(struct tls_tx *tx, struct view body);
void
tls_take_alert(struct tls_tx *tx, struct view body, enum dir dir);

/* The server went over to encryption without a certificate: by what the session was resumed. */
void
tls_take_resumed(struct tls_tx *tx);

/* The packet is over: what only lived as long as it. */
void
tls_tx_settle(struct tls_tx *tx);

/* What signatures look at (tls_look.c). */
bool
tls_tx_buffer(const void *tx, const struct l7_ask *ask, struct view *out);
bool
tls_tx_number(const void *tx, const struct l7_ask *ask, uint64_t *out);

/* The "tls" object of a handshake, and the short one of a flow. */
void
tls_tx_write(const struct tls_tx *tx, struct jw *w);
void
tls_brief_write(const struct tls_brief *b, struct jw *w);

#endif
