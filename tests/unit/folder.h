/* SPDX-License-Identifier: Apache-2.0 */
/* A folder for one test, as cmocka's set-up and tear-down: made empty, gone with all it holds. */
#ifndef WANGLOU_TESTS_FOLDER_H
#define WANGLOU_TESTS_FOLDER_H

#include <stdio.h>
#include <stdlib.h>

static char dir[64];

static int
make_dir(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/wanglou-test.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int
remove_dir(void **state)
{
	char command[96];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

#endif
