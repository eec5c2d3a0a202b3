/* SPDX-License-Identifier: Apache-2.0 */
/* s7comm_write: the record of an S7 job. For s7comm_row.c. */
#ifndef WANGLOU_PROBE_L7_S7COMM_WRITE_H
#define WANGLOU_PROBE_L7_S7COMM_WRITE_H

#include "../item.h"

struct s7_tx {
	struct l7_item item;
	uint8_t dir;  /* of what began it */
	uint8_t cotp; /* its type; 0: a message */
	uint16_t reference;
	bool answered;
	struct view request, response; /* whole TPKTs */
};

void
s7_write(const void *tx, struct jw *w);

#endif
