/* SPDX-License-Identifier: Apache-2.0 */
/* err: see include/lib/err.h. */
#include "lib/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int
err_set(struct err *e, const char *format, ...)
{
	va_list args;

	if (!e)
		return -1;
	va_start(args, format);
	(void)vsnprintf(e->text, sizeof(e->text), format, args);
	va_end(args);
	return -1;
}

int
err_prefix(struct err *e, const char *format, ...)
{
	struct err old;
	va_list args;
	size_t n, m;

	if (!e)
		return -1;
	old = *e;
	va_start(args, format);
	(void)vsnprintf(e->text, sizeof(e->text) - 2, format, args);
	va_end(args);
	n = strlen(e->text);
	memcpy(e->text + n, ": ", 2);
	n += 2;
	m = strnlen(old.text, sizeof(old.text) - n - 1);
	memcpy(e->text + n, old.text, m);
	e->text[n + m] = 0;
	return -1;
}
