/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_pgsql: PostgreSQL's frontend/backend protocol 3 (PostgreSQL documentation, chapter
 * "Frontend/Backend Protocol"); KingbaseES and openGauss speak it, too.
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_PGSQL_H
#define WANGLOU_PROBE_L7_PGSQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

#define PGSQL_CANCEL 80877102u
#define PGSQL_SSL 80877103u
#define PGSQL_GSSENC 80877104u

/* Types of message 'R' */
enum pgsql_auth {
	PGSQL_AUTH_OK = 0,
	PGSQL_AUTH_CLEARTEXT = 3,
	PGSQL_AUTH_MD5 = 5,
	PGSQL_AUTH_GSS = 7,
	PGSQL_AUTH_GSS_CONTINUE = 8,
	PGSQL_AUTH_SSPI = 9,
	PGSQL_AUTH_SASL = 10,
	PGSQL_AUTH_SASL_CONTINUE = 11,
	PGSQL_AUTH_SASL_FINAL = 12
};

/* A message's header; `startup`: one of the client's first, which have no type (0). Returns its
 * bytes, L7_MORE or L7_BAD; *body gets the bytes behind it. */
long
pgsql_header(struct view bytes, bool startup, uint8_t *type, uint32_t *body);

/* True for the types that the client, or the server, may send. */
bool
pgsql_type(uint8_t type, bool to_server);

/* A text ended by NUL; false when there is no NUL. */
bool
pgsql_text(struct cursor *c, struct view *out);

/* The next name and value of a startup message's body behind the version; false at the end. */
bool
pgsql_parameter(struct cursor *c, struct view *name, struct view *value);

/* The next field of an error or notice; false at the end. */
bool
pgsql_field(struct cursor *c, uint8_t *code, struct view *value);

/* The key a field of an error stands under in EVE; NULL for fields that are not known. */
const char *
pgsql_field_name(uint8_t code);

#endif
