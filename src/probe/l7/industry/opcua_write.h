/* SPDX-License-Identifier: Apache-2.0 */
/* opcua_write: the record of an OPC UA transaction. For opcua_row.c. */
#ifndef WANGLOU_PROBE_L7_OPCUA_WRITE_H
#define WANGLOU_PROBE_L7_OPCUA_WRITE_H

#include "../item.h"
#include "probe/l7/opcua.h"

struct opcua_tx {
	struct l7_item item;
	uint32_t request_id;
	uint8_t type;  /* enum opcua_type of what began it */
	uint8_t login; /* enum l7_login */
	uint16_t chunks;
	struct view request, response; /* first chunks, or their beginnings */
};

void
opcua_write(const void *tx, struct jw *w);

/* What services say: nodes with values, endpoints, sessions. Either may be NULL. Keys and values
 * into the object that is open. */
void
opcua_write_service(
    struct jw *w, const struct opcua_message *asked, const struct opcua_message *told);

/* none, sign, sign_and_encrypt; NULL for others. */
const char *
opcua_mode(uint32_t mode);

/* What an ActivateSession asks with: the encoding's number of the token's type, 0 when it cannot be
 * read; and the name of a user. */
uint32_t
opcua_user(const struct opcua_message *asked, struct view *name);

#endif
