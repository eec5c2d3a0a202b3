/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk: the capture files below a folder. Private to src/probe/capture.
 */
#ifndef WANGLOU_SRC_CAPTURE_WALK_H
#define WANGLOU_SRC_CAPTURE_WALK_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

struct walk {
	char **path; /* owned, sorted by bytes */
	size_t n;
	uint64_t bytes; /* of all of them */
};

/*
 * Find every regular file below the folder that begins like a capture or is named like one. Folders
 * behind symbolic links are not entered. 0, or -1 with a sentence when the folder cannot be read or
 * memory is out.
 */
int
walk_folder(struct walk *w, const char *folder, struct err *e);

/* The list of one file. 0, or -1 when memory is out. */
int
walk_one(struct walk *w, const char *path, struct err *e);

void
walk_fini(struct walk *w);

#endif
