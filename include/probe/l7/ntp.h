/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_ntp: NTP packets of versions 1 to 4 (RFC 5905), control messages of mode 6 (RFC 9327) and the
 * private ones of mode 7 (ntpd's own, ntp_request.h).
 *
 * Pure: no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_NTP_H
#define WANGLOU_PROBE_L7_NTP_H

#include "lib/cursor.h"
#include "probe/l7/parse.h"

enum ntp_mode {
	NTP_RESERVED,
	NTP_ACTIVE,
	NTP_PASSIVE,
	NTP_CLIENT,
	NTP_SERVER,
	NTP_BROADCAST,
	NTP_CONTROL,
	NTP_PRIVATE,
};

struct ntp_control {
	bool response, error, more;
	uint8_t opcode;
	uint16_t sequence, status, association, offset, count;
};

struct ntp_private {
	bool response, more, authenticated;
	uint8_t sequence, implementation, request, error;
	uint16_t items, item_size;
};

struct ntp {
	uint8_t leap, version, mode; /* enum ntp_mode */
	/* Modes 1 to 5. Times are seconds since 1900 and 2^-32 parts of one; 0 is unknown. */
	uint8_t stratum;
	int8_t poll, precision;               /* powers of two of a second */
	uint32_t root_delay, root_dispersion; /* 2^-16 seconds */
	uint32_t reference_id;
	uint64_t reference, originate, receive, transmit;
	bool signed_;
	uint32_t key;               /* of its signature */
	struct ntp_control control; /* mode 6 */
	struct ntp_private private; /* mode 7 */
};

/* A datagram: bytes used, or L7_BAD. */
long
ntp_parse(struct view bytes, struct ntp *out);

/*
 * Whether this cannot be much else, wherever it is sent: a client's request of zeros but for its
 * clock, or a server's answer whose two clocks are close to each other.
 */
bool
ntp_sure(const struct ntp *m, size_t len);

#endif
