/* SPDX-License-Identifier: Apache-2.0 */
/* l7_file: what signatures ask of a file that is, or was, carried. The files are l7's. */
#ifndef WANGLOU_PROBE_L7_FILE_H
#define WANGLOU_PROBE_L7_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

struct l7_file;

struct l7_file_about {
	struct view name; /* as sent; ptr NULL: none */
	struct view type; /* libmagic's words, when it is over; ptr NULL: none */
	uint64_t size;    /* so far, holes included */
	bool over;        /* no more comes */
	bool whole;       /* over, without holes or a cap */
};

/* Views are valid as long as the file. */
struct l7_file_about
l7_file_about(const struct l7_file *f);

/* Its digest, when it is whole and was asked for (l7_digests_want). Returns bytes written to out,
 * which has room for CRYPT_DIGEST_MAX; 0: none. `kind` is an enum crypt_kind. */
size_t
l7_file_digest(const struct l7_file *f, int kind, uint8_t *out);

#endif
