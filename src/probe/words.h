/* SPDX-License-Identifier: Apache-2.0 */
/* words: lists of names in the settings as the bits that the stages want. */
#ifndef WANGLOU_SRC_PROBE_WORDS_H
#define WANGLOU_SRC_PROBE_WORDS_H

#include <stdint.h>

#include "lib/conf.h"
#include "lib/err.h"

/* l7.off: bits of L7_ numbers. -1 with a sentence for a name that is none. */
int
words_protocols(const struct conf_list *names, uint64_t *off, struct err *e);

/* files.digests: bits of CRYPT_ numbers. -1 as above. */
int
words_digests(const struct conf_list *names, unsigned *bits, struct err *e);

#endif
