/* SPDX-License-Identifier: Apache-2.0 */
/* log: see include/lib/log.h. One write(2) a line, so that lines of several threads never mix. */
#include "lib/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

static const char *log_program = "wanglou";
static enum log_level log_level_max = LOG_LEVEL_INFO;

static const char *const level_word[] = { "error", "warning", "info", "debug" };

void
log_init(const char *program, enum log_level level)
{
	log_program = program;
	log_level_max = level;
}

/* C0, DEL and the UTF-8 form of C1 could steer the operator's terminal. */
static void
blank_controls(char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		unsigned char next = i + 1 < n ? (unsigned char)text[i + 1] : 0;
		if (c < 0x20 || c == 0x7f)
			text[i] = '?';
		else if (c == 0xc2 && next >= 0x80 && next < 0xa0)
			text[i] = text[i + 1] = '?';
	}
}

static void
write_all(const char *text, size_t n)
{
	while (n) {
		ssize_t got = write(STDERR_FILENO, text, n);
		if (got < 0 && errno != EINTR)
			return; /* nobody is left to tell */
		if (got > 0) {
			text += got;
			n -= (size_t)got;
		}
	}
}

/* What snprintf wrote into `room` bytes, terminator not counted. */
static size_t
written(int n, size_t room)
{
	if (n < 0)
		return 0;
	return (size_t)n < room ? (size_t)n : room - 1;
}

static void __attribute__((format(printf, 3, 0)))
line(enum log_level level, const char *suffix, const char *format, va_list args)
{
	char text[LINE_MAX_BYTES];
	size_t room = sizeof(text) - 1; /* the newline */
	int saved = errno;
	size_t n;

	if (level > log_level_max)
		return;
	n = written(snprintf(text, room, "%s: %s: ", log_program, level_word[level]), room);
	n += written(vsnprintf(text + n, room - n, format, args), room - n);
	n += written(snprintf(text + n, room - n, "%s", suffix), room - n);
	blank_controls(text, n);
	text[n++] = '\n';
	write_all(text, n);
	errno = saved;
}

void
log_line(enum log_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line(level, "", format, args);
	va_end(args);
}

bool
log_state_set(struct log_state *s, bool failing, const char *format, ...)
{
	char suffix[64] = "";
	va_list args;

	if (s->failing == failing) {
		s->suppressed += failing;
		return false;
	}
	if (!failing && s->suppressed)
		(void)snprintf(suffix, sizeof(suffix), " (after %lu more failures)", s->suppressed);
	s->failing = failing;
	s->suppressed = 0;
	va_start(args, format);
	line(failing ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, suffix, format, args);
	va_end(args);
	return true;
}
