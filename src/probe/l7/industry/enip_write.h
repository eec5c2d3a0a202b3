/* SPDX-License-Identifier: Apache-2.0 */
/* enip_write: the record of an EtherNet/IP transaction. For enip_row.c. */
#ifndef WANGLOU_PROBE_L7_ENIP_WRITE_H
#define WANGLOU_PROBE_L7_ENIP_WRITE_H

#include "../item.h"
#include "probe/l7/enip.h"

struct enip_tx {
	struct l7_item item;
	uint16_t command;
	int32_t sequence; /* of a connection; -1: none */
	uint64_t context;
	struct view request, response; /* whole, or their beginnings */
};

/* row->buffer and row->number (enip_look.c). */
bool
enip_buffer(const void *tx, const struct l7_ask *ask, struct view *out);
bool
enip_number(const void *tx, const struct l7_ask *ask, uint64_t *out);

void
enip_write(const void *tx, struct jw *w);

/* {...} of a CIP message; `asked` is the request of a response, or NULL. */
void
cip_write(struct jw *w, struct view bytes, const struct cip *asked, int depth);

#endif
