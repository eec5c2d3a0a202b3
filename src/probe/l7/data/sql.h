/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql: statements as records keep them: the beginning, without the passwords in it.
 *
 * Pure but for sql_keep. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_DATA_SQL_H
#define WANGLOU_PROBE_L7_DATA_SQL_H

#include "../item.h"

#define SQL_MAX 512 /* bytes of a statement kept */

/*
 * Copy a statement into `out`, at most `room` bytes. Behind a word that names a secret (PASSWORD,
 * IDENTIFIED, SECRET and the like, also as part of a longer word) each quoted text of the statement
 * becomes three asterisks; so does what stands unquoted behind IDENTIFIED BY. Returns its length.
 */
size_t
sql_mask(struct view statement, uint8_t *out, size_t room);

/* The same, kept with the transaction. ptr NULL at a cap. */
struct view
sql_keep(struct l7 *l, void *item, struct view statement);

#endif
