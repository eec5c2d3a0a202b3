/* SPDX-License-Identifier: Apache-2.0 */
/* bacnet_write: the record of a BACnet message. For bacnet_row.c. */
#ifndef WANGLOU_PROBE_L7_BACNET_WRITE_H
#define WANGLOU_PROBE_L7_BACNET_WRITE_H

#include "lib/jw.h"

/* `message`: struct bacnet. */
void
bacnet_write(const void *message, struct jw *w);

#endif
