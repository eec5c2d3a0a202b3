/* SPDX-License-Identifier: Apache-2.0 */
/*
 * contacts: turns packets, transactions and ended flows into the small records that notice takes.
 *
 * Reads only. A flow is new on its first packet, answered on the first one back, failed when it
 * ends without one.
 */
#ifndef WANGLOU_PROBE_CONTACTS_H
#define WANGLOU_PROBE_CONTACTS_H

#include "probe/flow.h"
#include "probe/l7.h"
#include "probe/notice.h"

/* A packet of flow f went `dir`: true and *r filled when it begins or decides the first contact. */
bool
contact_packet(const struct flow *f, const struct packet *p, enum dir dir, struct notice_record *r);

/* The flow ended: true when nobody ever answered. */
bool
contact_end(const struct flow *f, struct notice_record *r);

/* A transaction that says something about a login. */
bool
contact_login(const struct flow *f, const struct l7_tx *tx, uint64_t ts, struct notice_record *r);

/* A DNS question of the client of f: true and *r filled. */
bool
contact_name(const struct flow *f, const struct l7_tx *tx, uint64_t ts, struct notice_record *r);

/* The flow ended: what its SSH logins came to. */
bool
contact_ssh(const struct flow *f, struct notice_record *r);

#endif
