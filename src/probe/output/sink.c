/* SPDX-License-Identifier: Apache-2.0 */
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SINK_WRITE (256u << 10) /* bytes that are worth a write */
#define SINK_CAP (16u << 20)    /* bytes that may wait while the disk is full */

static int
open_path(const char *path, bool append)
{
	if (strcmp(path, "-") == 0)
		return dup(STDOUT_FILENO);
	return open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC), 0640);
}

int
sink_open(struct sink *s, const char *path, bool append, struct err *e)
{
	memset(s, 0, sizeof(*s));
	buf_init(&s->wait, SINK_CAP);
	s->fd = -1;
	if ((size_t)snprintf(s->path, sizeof(s->path), "%s", path) >= sizeof(s->path))
		return err_set(e, "%s: path too long", path);
	s->fd = open_path(path, append);
	return s->fd >= 0 ? 0
			  : err_set(e, "%s: cannot open for writing: %s", path, strerror(errno));
}

bool
sink_line(struct sink *s, const void *line, size_t n, uint64_t ts)
{
	if (s->wait.len + n + 1 > SINK_CAP && sink_flush(s) != 0) {
		if (s->loss.count++ == 0)
			s->loss.since = ts;
		s->loss.until = ts;
		return false;
	}
	buf_add(&s->wait, line, n);
	buf_u8(&s->wait, '\n');
	if (s->wait.len >= SINK_WRITE && !s->state.failing)
		(void)sink_flush(s);
	return true;
}

/* Bytes of an unfinished line at the end of the n that were written. */
static size_t
cut_bytes(const struct sink *s, size_t n)
{
	size_t cut = 0;

	while (cut < n && s->wait.ptr[n - cut - 1] != '\n')
		cut++;
	return cut;
}

/* Take the last n bytes out of the file again; false when it is a pipe, or somebody else wrote
 * behind us. */
static bool
take_back(struct sink *s, size_t n)
{
	off_t at = lseek(s->fd, 0, SEEK_CUR);
	struct stat st;

	if (n == 0 || at < (off_t)n || fstat(s->fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    st.st_size != at || ftruncate(s->fd, at - (off_t)n) != 0)
		return false;
	return lseek(s->fd, at - (off_t)n, SEEK_SET) >= 0;
}

static void
open_again(struct sink *s)
{
	int fd = open_path(s->path, true);

	if (fd < 0) {
		log_state_set(&s->opening, true,
		    "%s: cannot open again: %s; the old file is written", s->path, strerror(errno));
		return;
	}
	close(s->fd);
	s->fd = fd;
	log_state_set(&s->opening, false, "%s: opened again", s->path);
}

int
sink_flush(struct sink *s)
{
	size_t done = 0;

	if (s->opening.failing)
		open_again(s);
	while (s->fd >= 0 && done < s->wait.len) {
		ssize_t n = write(s->fd, s->wait.ptr + done, s->wait.len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			log_state_set(&s->state, true, "%s: cannot write events: %s", s->path,
			    strerror(errno));
			break;
		}
		done += (size_t)n;
	}
	size_t cut = cut_bytes(s, done);
	if (take_back(s, cut))
		done -= cut;
	buf_shift(&s->wait, done);
	if (s->wait.len)
		return -1;
	log_state_set(&s->state, false, "%s: events are written again", s->path);
	return 0;
}

void
sink_reopen(struct sink *s)
{
	if (s->fd < 0 || strcmp(s->path, "-") == 0)
		return;
	(void)sink_flush(s);
	open_again(s);
}

uint64_t
sink_close(struct sink *s)
{
	(void)sink_flush(s);
	uint64_t left = s->wait.len + s->loss.count;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	buf_fini(&s->wait);
	return left;
}
