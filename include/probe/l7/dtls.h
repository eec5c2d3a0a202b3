/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_dtls: what DTLS has of its own: records with epoch and number, handshake messages in
 * fragments, the cookie.
 *
 * DTLS 1.0 (RFC 4347), 1.2 (RFC 6347), 1.3 (RFC 9147), and the version before them that has the
 * number 0x0100. Hellos are read with tls.h. Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_DTLS_H
#define WANGLOU_PROBE_L7_DTLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

#define DTLS_HELLO_VERIFY 3 /* HelloVerifyRequest */

struct dtls_record {
	uint8_t type; /* enum tls_content */
	uint16_t version, epoch;
	struct view body;
};

/* The record at the front of a datagram (RFC 6347, 4.1). Returns bytes used or L7_BAD: also for
 * the short headers of DTLS 1.3, whose records are encrypted. */
long
dtls_record(struct view datagram, struct dtls_record *out);

struct dtls_fragment {
	uint8_t type; /* enum tls_message_type, DTLS_HELLO_VERIFY */
	uint16_t seq;
	uint32_t size, offset; /* of the whole message; of this part in it */
	struct view body;
};

/* The handshake fragment at the front of a record's body (RFC 6347, 4.2.2). Returns bytes used or
 * L7_BAD. */
long
dtls_fragment(struct view body, struct dtls_fragment *out);

#endif
