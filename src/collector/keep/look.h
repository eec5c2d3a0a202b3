/* SPDX-License-Identifier: Apache-2.0 */
/* What the reading files of keep share. */
#ifndef WANGLOU_COLLECTOR_KEEP_LOOK_H
#define WANGLOU_COLLECTOR_KEEP_LOOK_H

#include "collector/look.h"
#include "files.h"
#include "lib/compress.h"
#include "where.h"

struct look {
	char *dir;
	unsigned limit_ms;
	struct sq *alerts;
	struct compress *zip;
};

enum look_answer
look_answer_of(enum sq_answer a);

#endif
