/* SPDX-License-Identifier: Apache-2.0 */
/* dnp3_write: the record of a DNP3 message. For dnp3_row.c. */
#ifndef WANGLOU_PROBE_L7_DNP3_WRITE_H
#define WANGLOU_PROBE_L7_DNP3_WRITE_H

#include "lib/jw.h"
#include "probe/l7/dnp3.h"

struct dnp3_tx {
	struct dnp3_link link;
	struct dnp3_app app;
	bool request;
	struct view bytes; /* the fragment */
};

void
dnp3_write(const void *tx, struct jw *w);

#endif
