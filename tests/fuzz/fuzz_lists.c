/* SPDX-License-Identifier: Apache-2.0 */
/* Files of indicators: CSV, MISP, STIX; which of them it is the file says itself. */
#include "../unit/match_fake.h"
#include "probe/lists.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
problem(void *context, const char *file, unsigned line, const char *reason)
{
	(void)context;
	(void)file;
	(void)line;
	(void)reason;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[] = "/tmp/wanglou-lists-XXXXXX";
	const char *files[] = { path };
	struct lists_load load = {
		.files = files, .file_n = 1, .max = 1000, .seed = HASH_KEY_FIXED, .problem = problem
	};
	struct lists_summary summary;
	struct err e;
	int fd = mkstemp(path);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
	lists_free(lists_load(&load, &summary, &e));
	unlink(path);
	return 0;
}
