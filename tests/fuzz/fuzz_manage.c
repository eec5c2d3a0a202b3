/* SPDX-License-Identifier: Apache-2.0 */
/* The four files of a site and rules they are applied to, each ended by a zero byte. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "probe/match_manage.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct view
part(struct cursor *c)
{
	size_t left = cursor_left(c);
	const uint8_t *end = left ? memchr(c->at, 0, left) : NULL;
	struct view v = { NULL, 0 };
	(void)cursor_take(c, end ? (size_t)(end - c->at) : left, &v);
	(void)cursor_skip(c, 1);
	return v;
}

static void
problem(void *context, const char *file, uint32_t line, uint32_t column, const char *reason)
{
	(void)context;
	(void)file;
	(void)line;
	(void)column;
	(void)reason;
}

static void
apply(struct match_manage *m, struct view rule)
{
	bool disabled = rule.len && rule.ptr[0] == '#';
	struct buf out;
	buf_init(&out, 1u << 20);
	(void)match_manage_apply(m, "rules/emerging-dos.rules", rule, &disabled, &out);
	buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[MATCH_MANAGE_FILES][32];
	const char *paths[MATCH_MANAGE_FILES];
	struct cursor c = cursor_of(data, size);
	const char *file;
	uint32_t line;
	for (int i = 0; i < MATCH_MANAGE_FILES; i++) {
		struct view v = part(&c);
		(void)snprintf(path[i], sizeof(path[i]), "/tmp/wanglou-manage-XXXXXX");
		paths[i] = path[i];
		int fd = mkstemp(path[i]);
		if (fd < 0 || (v.len && write(fd, v.ptr, v.len) != (ssize_t)v.len))
			abort();
		close(fd);
	}
	struct match_manage *m = match_manage_new(paths, problem, NULL);
	for (int i = 0; m && i < 16 && cursor_left(&c); i++)
		apply(m, part(&c));
	for (size_t at = 0; match_manage_idle(m, &at, &file, &line);)
		;
	match_manage_free(m);
	for (int i = 0; i < MATCH_MANAGE_FILES; i++)
		unlink(path[i]);
	return 0;
}
