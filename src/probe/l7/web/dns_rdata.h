/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_rdata: what a resource record holds, as JSON in EVE's style. Inside src/probe/l7 only.
 *
 * Addresses, names and texts are strings; SOA, SRV and SSHFP are objects under keys of their own.
 * Pure but for the writer given.
 */
#ifndef WANGLOU_PROBE_L7_DNS_RDATA_H
#define WANGLOU_PROBE_L7_DNS_RDATA_H

#include "lib/jw.h"
#include "probe/l7/dns.h"

/* A number below 64 for each type that is written; -1 for others. */
int
dns_rdata_kind(uint16_t type);

/* True when the record's type is written and its data is well-formed. */
bool
dns_rdata_sound(const struct dns_msg *m, const struct dns_record *r);

/* Write the value of a sound record; with its key ("rdata", "soa", ...) if keyed. */
void
dns_rdata_write(const struct dns_msg *m, const struct dns_record *r, bool keyed, struct jw *w);

/* The same as EVE's mDNS records have it: under the type's name; nothing when it is not sound. */
void
dns_rdata_write_mdns(const struct dns_msg *m, const struct dns_record *r, struct jw *w);

/* EDNS's record (RFC 6891) as the object "edns". */
void
dns_rdata_write_edns(const struct dns_record *opt, struct jw *w);

#endif
