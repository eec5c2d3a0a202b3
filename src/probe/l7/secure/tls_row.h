/* SPDX-License-Identifier: Apache-2.0 */
/* tls_row: what is kept of a TLS handshake, shared by its row and its writer. Inside src/probe/l7
 * only. */
#ifndef WANGLOU_PROBE_L7_TLS_ROW_H
#define WANGLOU_PROBE_L7_TLS_ROW_H

#include "../row.h"
#include "probe/l7/der.h"
#include "probe/l7/tls.h"

/* What is kept of a certificate. */
struct tls_leaf {
	uint16_t subject_len, issuer_len;
	uint8_t serial_len;
	uint8_t fingerprint[20];
	int64_t not_before, not_after;
	uint8_t serial[64];
	char subject[768], issuer[768];
};

/* Kept as long as the flow. */
struct tls_brief {
	uint16_t version;    /* in force; 0: no ServerHello yet */
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
	bool resumed;
	bool certificate[2]; /* of the server: its own, and of TLCP the one to encrypt with */
	uint16_t ja3_len, ja3s_len;
	uint16_t alpn_len[2]; /* by side: 0 client's offers, 1 server's choice */
	uint16_t san_len;
	/* from here on not zeroed: each has its length or flag above */
	uint8_t alpn[2][256];
	struct tls_leaf leaf[2];
	uint8_t san[2048]; /* GeneralNames of leaf[0] as on the wire, as many as fit */
	char ja3[TLS_JA3_TEXT], ja3s[TLS_JA3S_TEXT];
};

/* The "tls" object of a handshake, and the short one of a flow. */
void
tls_tx_write(const struct tls_tx *tx, struct jw *w);
void
tls_brief_write(const struct tls_brief *b, struct jw *w);

#endif
