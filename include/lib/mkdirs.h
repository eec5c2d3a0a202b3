/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mkdirs: a folder with those above it. What is there already stays as it is. Start-up only.
 */
#ifndef WANGLOU_LIB_MKDIRS_H
#define WANGLOU_LIB_MKDIRS_H

#include <sys/types.h>

/* Make the folder with `mode` and, where they are missing, those above it with `above`. 0, or -1
 * with errno; that there is a folder of this name is no failure. */
int
mkdirs(const char *path, mode_t above, mode_t mode);

#endif
