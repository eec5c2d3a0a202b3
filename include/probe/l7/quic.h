/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_quic: the part of QUIC that an observer can read: long headers, first packets and their
 * CRYPTO frames, and the hellos of Google's QUIC before it became a standard.
 *
 * RFC 9000 (packets, frames), RFC 9001 (protection of Initial packets), RFC 9369 (version 2), the
 * drafts 22 to 34, and Google's published notes on Q043 to Q050 and T050, T051. Pure: views out, no
 * allocation; quic_open writes into the caller's copy. One thread for a struct crypt_box.
 */
#ifndef WANGLOU_PROBE_L7_QUIC_H
#define WANGLOU_PROBE_L7_QUIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/crypt.h"
#include "lib/cursor.h"

#define QUIC_CID_MAX 20 /* RFC 9000, 17.2 */

enum quic_type {
	QUIC_INITIAL,
	QUIC_ZERO_RTT,
	QUIC_HANDSHAKE,
	QUIC_RETRY,
	QUIC_NEGOTIATION, /* the server's list of versions */
	QUIC_CLEAR,       /* Google's versions up to Q049: frames behind a hash, in clear */
	QUIC_OTHER        /* a long header of a version that is not known here */
};

struct quic_packet {
	uint8_t type; /* enum quic_type */
	uint32_t version;
	struct view dcid, scid;
	struct view token;    /* Initial: what a Retry or an earlier connection gave */
	struct view versions; /* QUIC_NEGOTIATION: four bytes each */
	struct view whole;    /* header and payload of this packet */
	size_t number_at;     /* Initial: where the packet number is in `whole` */
	struct view frames;   /* QUIC_CLEAR */
};

/*
 * The packet with a long header at the front of a datagram. Returns bytes used (another may follow)
 * or L7_BAD: a short header, or damaged.
 */
long
quic_packet(struct view datagram, struct quic_packet *out);

/* Is this version known, so that its Initial packets can be opened or read? */
bool
quic_known(uint32_t version);

/* "1", "2", "draft-29", "Q046", "0xfaceb002": the name of a version, in the buffer where it is
 * made. */
const char *
quic_version_text(uint32_t version, char out[16]);

/* Keys of one direction's Initial packets. */
struct quic_keys {
	uint8_t key[16], iv[12], hp[16];
};

/*
 * Keys of the client's (0) and the server's (1) Initial packets, from the connection ID that the
 * client's first packet went to (RFC 9001, 5.2). False for versions that have no such keys.
 */
bool
quic_keys(struct crypt_box *box, uint32_t version, struct view dcid, struct quic_keys keys[2]);

/* Open an Initial packet in `copy`, which has the bytes of p->whole: its frames. False: the keys
 * are not those it was sealed with. */
bool
quic_open(struct crypt_box *box, const struct quic_keys *k, const struct quic_packet *p,
    uint8_t *copy, struct view *frames);

struct quic_crypto {
	uint64_t offset;
	struct view data;
};

/*
 * The next CRYPTO frame (of Google's versions: STREAM frame of the handshake's stream); what stands
 * before it is skipped. False at the end, or at a frame that does not belong here.
 */
bool
quic_crypto(struct cursor *frames, uint32_t version, struct quic_crypto *out);

/* A client's hello of Google's QUIC: tags, each with a value. */
struct quic_chlo {
	struct cursor tags; /* eight bytes each: for quic_tag */
	struct view values;
	struct view sni, agent;
};

/* Returns bytes used, L7_MORE or L7_BAD. */
long
quic_chlo(struct view message, struct quic_chlo *out);

/* The next tag's name, its padding cut; false at the end. */
bool
quic_tag(struct cursor *tags, struct view *name);

/* Do the hellos of this version have tags (quic_chlo), and not TLS? */
bool
quic_google(uint32_t version);

#endif
