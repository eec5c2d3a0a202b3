/* SPDX-License-Identifier: Apache-2.0 */
/* rdp_row: a message of RDP's beginning, for the row and its writer. */
#ifndef WANGLOU_PROBE_L7_RDP_ROW_H
#define WANGLOU_PROBE_L7_RDP_ROW_H

#include "../row.h"
#include "probe/l7/rdp.h"

enum rdp_kind { RDP_ASK, RDP_ANSWER, RDP_CONNECT, RDP_CONNECTED };

/* One message; its views are of bytes kept as long as it. */
struct rdp_tx {
	uint8_t kind; /* enum rdp_kind */
	struct rdp_negotiation n;
	struct cursor blocks;
};

/* Write "rdp":{...}. */
void
rdp_write(const void *tx, struct jw *w);

#endif
