/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_row: what DNS and the protocols with its messages (mDNS, LLMNR, DNS over HTTP) share. Inside
 * src/probe/l7 only.
 */
#ifndef WANGLOU_PROBE_L7_DNS_ROW_H
#define WANGLOU_PROBE_L7_DNS_ROW_H

#include "../row.h"
#include "probe/l7/dns.h"

/*
 * A message. The bytes are in scratch memory (TCP, HTTP) or in the frame (UDP).
 */
struct dns_tx {
	uint64_t id;
	struct dns_msg msg;
	struct dns_record question; /* name empty when there is none */
	bool ask;
	bool questioned; /* there is a question */
};

/* State of a TCP stream. */
struct dns_state {
	uint32_t need[2]; /* length of the message that has not come whole; 0: not known */
	uint32_t skip[2]; /* bytes to pass by: the rest of a message with a hole */
	bool lost[2];     /* where messages begin is not known */
};

/*
 * Say one message as protocol `proto` (L7_DNS, L7_MDNS, L7_LLMNR). `bytes` live until the packet's
 * transactions were looked at. False: it is none.
 */
bool
dns_say(struct l7 *l, struct l7_flow *lf, struct view bytes, uint8_t proto, enum dir dir);

/* The messages of a TCP stream; as row->data. */
long
dns_stream(struct l7 *l, struct l7_flow *lf, struct view data, enum dir dir);

/* row->lost and row->finish of all of them; row->buffer and row->number (dns_look.c). */
bool
dns_lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir);
void
dns_finish(struct l7 *l, struct l7_flow *lf);
bool
dns_buffer(const void *tx, const struct l7_ask *ask, struct view *out);
bool
dns_number(const void *tx, const struct l7_ask *ask, uint64_t *out);
/* row->answer */
bool
dns_answer(const void *tx, struct l7_answered *out);

/* EVE's object "dns" of version 3: key and value; `key` may be another protocol's. */
void
dns_write(const struct dns_tx *tx, const char *key, struct jw *w);

/* EVE's object "mdns". */
void
dns_write_mdns(const struct dns_tx *tx, struct jw *w);

#endif
