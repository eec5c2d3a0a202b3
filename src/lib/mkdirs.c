/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/mkdirs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int
mkdirs(const char *path, mode_t above, mode_t mode)
{
	char part[PATH_MAX];

	if (!*path || strlen(path) >= sizeof(part)) {
		errno = *path ? ENAMETOOLONG : ENOENT;
		return -1;
	}
	(void)snprintf(part, sizeof(part), "%s", path);
	for (char *slash = part + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		(void)mkdir(part, above); /* the last one tells when it was needed */
		*slash = '/';
	}
	return mkdir(part, mode) != 0 && errno != EEXIST ? -1 : 0;
}
