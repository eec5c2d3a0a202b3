/* SPDX-License-Identifier: Apache-2.0 */
/* pgsql_row: a transaction of PostgreSQL, for its row and its writer. */
#ifndef WANGLOU_PROBE_L7_DATA_PGSQL_ROW_H
#define WANGLOU_PROBE_L7_DATA_PGSQL_ROW_H

#include "../item.h"
#include "probe/l7/pgsql.h"

#define STATUSES 16
#define STATEMENTS 4
#define FIELDS 20

enum pgsql_kind {
	PGSQL_NO_REQUEST, /* the server's without the client's */
	PGSQL_KIND_SSL,
	PGSQL_KIND_GSSENC,
	PGSQL_KIND_CANCEL,
	PGSQL_KIND_STARTUP,
	PGSQL_KIND_PASSWORD,
	PGSQL_KIND_SASL,
	PGSQL_KIND_SASL_MORE,
	PGSQL_KIND_QUERY,
	PGSQL_KIND_EXTENDED, /* Parse, Bind, Execute, ... up to Sync */
	PGSQL_KIND_COPY,
	PGSQL_KIND_FUNCTION,
	PGSQL_KIND_TERMINATE
};

struct pgsql_tx {
	struct l7_item item;
	uint8_t kind; /* enum pgsql_kind */
	bool replied, accepted, let_in, refused, synced, error;
	int8_t auth; /* enum pgsql_auth of the last request for authentication */
	uint8_t statuses, statements, error_n;
	uint16_t major, minor, fields;
	uint32_t process, parameters, commands;
	uint64_t rows, row_bytes, in, in_bytes, out, out_bytes, length;
	struct view options; /* startup parameters, as they lie */
	struct view user, mechanism, secret, name;
	struct view statement[STATEMENTS];
	struct view status[STATUSES]; /* name and value, each with its NUL */
	struct view salt, completed;
	uint8_t error_code[FIELDS];
	struct view error_field[FIELDS];
};

void
l7_pgsql_write(const void *tx, struct jw *w);

#endif
