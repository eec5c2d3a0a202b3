/* SPDX-License-Identifier: Apache-2.0 */
/*
 * callback: what an attacked host does afterwards. It is told which address a host may call or
 * which name it may ask for (NOTICE_WATCH, from verdict.h) and sees the contacts of all flows and
 * the names they ask for.
 *
 * A call that begins, and a name asked for, is a success of the attack; a call that is answered
 * makes the host a compromised one. Owns a bounded table (oldest out). The clock is the records'
 * own. One thread.
 */
#ifndef WANGLOU_PROBE_CALLBACK_H
#define WANGLOU_PROBE_CALLBACK_H

#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/hash.h"
#include "probe/notice.h"

#define CALLBACK_ALERTS 8 /* of one host and one address; the latest */

/* What was found out about an alert. */
struct callback_said {
	uint64_t alert, ts;         /* its id; packet clock of what the host did, ns */
	struct addr victim, callee; /* callee: of a name, the resolver */
	uint16_t sport, dport;
	uint8_t ver, proto;
	uint8_t why; /* enum verdict_why */
};

struct callback;

/* `window`: ns after the alert. NULL when memory is out. */
struct callback *
callback_new(uint64_t max_pairs, uint64_t window, struct hash_key seed);
/* NULL is allowed. */
void
callback_free(struct callback *c);

/* Take one record. Returns how many alerts something was found out about: written to `out`. */
size_t
callback_record(
    struct callback *c, const struct notice_record *r, struct callback_said out[CALLBACK_ALERTS]);

#endif
