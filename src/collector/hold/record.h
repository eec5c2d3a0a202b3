/* SPDX-License-Identifier: Apache-2.0 */
/* hold's own: how a record is written. Reading it back is hold_decode in the public header. */
#ifndef WANGLOU_COLLECTOR_HOLD_RECORD_H
#define WANGLOU_COLLECTOR_HOLD_RECORD_H

#include "collector/hold.h"
#include "lib/buf.h"

/* Append the record's bytes. */
void
hold_encode(struct buf *out, const struct hold_record *r);

#endif
