/* SPDX-License-Identifier: Apache-2.0 */
/*
 * targets: which system a host is taken for.
 *
 * Systems put overlapping fragments and segments together in different ways; what we see must be
 * what the receiver sees. Read-only after targets_new, so workers share one. Sources: Paxson and
 * Shankar, Active Mapping (2003); Novak, Target-Based Fragmentation Reassembly (2005); Novak and
 * Sturges, Target-Based TCP Stream Reassembly (2007).
 */
#ifndef WANGLOU_PROBE_TARGETS_H
#define WANGLOU_PROBE_TARGETS_H

#include <stdint.h>

#include "lib/addr.h"
#include "lib/conf.h"
#include "lib/err.h"

/* The names people know from host-os-policy. */
enum target_policy {
	TARGET_BSD,
	TARGET_BSD_RIGHT,
	TARGET_OLD_LINUX,
	TARGET_LINUX,
	TARGET_OLD_SOLARIS,
	TARGET_SOLARIS,
	TARGET_HPUX10,
	TARGET_HPUX11,
	TARGET_IRIX,
	TARGET_MACOS,
	TARGET_WINDOWS,
	TARGET_VISTA,
	TARGET_WINDOWS2K3,
	TARGET_FIRST, /* the first bytes win */
	TARGET_LAST,  /* the last bytes win */
	TARGET_COUNT
};

struct targets;

/*
 * Each pair is NAME: "[prefix,prefix,...]" with the names above in lower case and dashes
 * ("windows2k3", "bsd-right"); the longest prefix wins; "default" as a prefix stands for every
 * host not named. NULL with a sentence that names the setting and what is wrong with it.
 */
struct targets *
targets_new(const struct conf_map *policies, struct err *e);

/* NULL is allowed. */
void
targets_free(struct targets *t);

/* The policy of the receiver `a` (IP version `ver`). NULL: TARGET_LINUX for all. Any thread. */
enum target_policy
target_of(const struct targets *t, const struct addr *a, uint8_t ver);

/* "windows2k3"; static. */
const char *
target_name(enum target_policy p);

#endif
