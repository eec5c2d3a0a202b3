/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SECOND 1000000000ULL
#define INTERVAL (SECOND / 5)

void
progress_init(struct progress *p, int fd, uint64_t now)
{
	*p = (struct progress){ .fd = fd, .on = isatty(fd) == 1, .start = now, .last = now };
}

/* a * b / c for numbers that may be large. */
static uint64_t
scale(uint64_t a, uint64_t b, uint64_t c)
{
	return (uint64_t)((double)a * (double)b / (double)c);
}

void
progress_text(
    char out[PROGRESS_TEXT], uint64_t elapsed_ns, uint64_t packets, uint64_t done, uint64_t total)
{
	uint64_t rate = elapsed_ns ? scale(packets, SECOND, elapsed_ns) : 0;
	int n = snprintf(out, PROGRESS_TEXT, "%llu packets", (unsigned long long)packets);
	if (total && done <= total)
		n += snprintf(out + n, PROGRESS_TEXT - (size_t)n, "  %llu %%",
		    (unsigned long long)scale(done, 100, total));
	n += snprintf(out + n, PROGRESS_TEXT - (size_t)n, "  %llu/s", (unsigned long long)rate);
	if (total && done && done <= total) {
		uint64_t left = scale(elapsed_ns, total - done, done) / SECOND;
		snprintf(out + n, PROGRESS_TEXT - (size_t)n, "  %llu:%02llu left",
		    (unsigned long long)(left / 60), (unsigned long long)(left % 60));
	}
}

/* A terminal that does not take the line loses it; nothing depends on it. */
static void
put(const struct progress *p, const char *text)
{
	ssize_t n = write(p->fd, text, strlen(text));
	(void)n;
}

void
progress_show(struct progress *p, uint64_t now, uint64_t packets, uint64_t done, uint64_t total)
{
	if (!p->on || now < p->last + INTERVAL)
		return;
	char text[PROGRESS_TEXT], line[PROGRESS_TEXT + 8];
	progress_text(text, now - p->start, packets, done, total);
	snprintf(line, sizeof(line), "\r%s\x1b[K", text);
	put(p, line);
	p->last = now;
	p->shown = true;
}

void
progress_clear(struct progress *p)
{
	if (p->shown)
		put(p, "\r\x1b[K");
	p->shown = false;
}
