/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expect: flows that another flow announced, taken by their protocol at once, whatever they carry:
 * FTP's data connections, TFTP's transfers from another port, the media of a call.
 *
 * Only flows between the two addresses of the announcing one: a worker sees all flows of a pair of
 * addresses, so that any number of workers finds the same. The oldest goes when there are too many;
 * each goes by the packet clock when its time is over.
 *
 * An announcement is one forged datagram, or one line of a client, and must not hide what other
 * protocols say: ports of TCP below 1024 are not expected, a connection is taken only at the end
 * that accepts it, and what is no content (of files) only when no other protocol is sure of it.
 *
 * Owned by one struct l7. One thread.
 */
#ifndef WANGLOU_PROBE_L7_EXPECT_H
#define WANGLOU_PROBE_L7_EXPECT_H

#include "row.h"

struct l7_expect {
	uint8_t proto;    /* enum l7_proto: whose row takes it */
	uint8_t ip_proto; /* PROTO_TCP or PROTO_UDP */
	bool many;        /* stays until its time is over; else it is taken once */
	bool content; /* any bytes may come: it is taken even if they look like another protocol */
	enum dir end; /* whose port it is: DIR_TO_CLIENT the announcing flow's client */
	uint16_t port;
	uint32_t seconds; /* from now */
	/* For the row that takes it; views are copied. */
	struct view name;
	uint16_t kind;    /* what the announcing row wants to tell */
	uint64_t number;  /* likewise */
	uint64_t tx_id;   /* of the announcing transaction */
	uint64_t flow_id; /* of the announcing flow: filled in */
};

/* A flow of the packet's flow's two addresses is expected. One that is there for the same port is
 * replaced. Nothing happens when there is no flow, port or memory. */
void
l7_expect(struct l7 *l, const struct l7_expect *e);

/* ---- for l7.c ---- */

/* NULL when memory is out. */
struct expects *
expects_new(struct bag_pool *texts);
void
expects_free(struct expects *es);

/* What was announced for this flow, or NULL. Valid until expects_done, to be called with it. */
const struct l7_expect *
expects_find(struct expects *es, const struct flow *f, uint64_t now);
void
expects_done(struct expects *es, const struct l7_expect *e);

#endif
