/* SPDX-License-Identifier: Apache-2.0 */
/* modbus_write: the record of a Modbus transaction. For modbus_row.c. */
#ifndef WANGLOU_PROBE_L7_MODBUS_WRITE_H
#define WANGLOU_PROBE_L7_MODBUS_WRITE_H

#include "../item.h"

struct modbus_tx {
	struct l7_item item;
	uint16_t transaction;
	uint8_t unit;
	struct view request, response; /* as sent, header and all */
};

/* row->number (modbus_look.c). */
bool
modbus_number(const void *tx, const struct l7_ask *ask, uint64_t *out);

void
modbus_write(const void *tx, struct jw *w);

#endif
