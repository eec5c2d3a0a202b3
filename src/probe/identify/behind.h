/* SPDX-License-Identifier: Apache-2.0 */
/* behind: nDPI's own function, of those that we stand before. Private to src/probe/identify. */
#ifndef WANGLOU_SRC_IDENTIFY_BEHIND_H
#define WANGLOU_SRC_IDENTIFY_BEHIND_H

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* The function of this name behind ours; looked up once a thread needs it. */
static inline void
behind(const char *name, void *function)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (!found)
		abort(); /* we were linked against it */
	memcpy(function, &found, sizeof(found));
}

#endif
