/* SPDX-License-Identifier: Apache-2.0 */
/* reader: see reader.h. */
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source.h"

#define READ_AHEAD ((size_t)256 << 10)
#define POLL_MS 200

static bool
stopping(const struct reader *r)
{
	return r->stop && atomic_load(r->stop);
}

/* A pipe may be silent for ever; a file never is. */
static void
wait_readable(const struct reader *r)
{
	struct pollfd p = { .fd = r->fd, .events = POLLIN };

	while (!stopping(r) && poll(&p, 1, POLL_MS) <= 0)
		;
}

static ssize_t
stream_read(void *cookie, char *to, size_t n)
{
	struct reader *r = cookie;
	ssize_t got;

	do {
		wait_readable(r);
		got = stopping(r) ? 0 : read(r->fd, to, n);
	} while (got < 0 && errno == EINTR);
	if (got > 0)
		r->given += (uint64_t)got;
	return got;
}

/* Answers where we are, so that ftello works; cannot go anywhere. */
static int
stream_seek(void *cookie, off64_t *offset, int whence)
{
	const struct reader *r = cookie;

	if (whence != SEEK_CUR || *offset != 0) {
		errno = ESPIPE;
		return -1;
	}
	*offset = (off64_t)r->given;
	return 0;
}

static int
stream_close(void *cookie)
{
	struct reader *r = cookie;
	int fd = r->fd;

	r->fd = -1;
	return fd > STDIN_FILENO ? close(fd) : 0;
}

static int
open_stream(struct reader *r, const char *path, struct err *e)
{
	static const cookie_io_functions_t functions = {
		.read = stream_read, .seek = stream_seek, .close = stream_close
	};

	struct stat st;

	r->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0)
		return err_set(e, "%s: cannot be opened: %s", path, strerror(errno));
	/* a regular file never makes us wait, and the C library's own stream is twice as fast */
	r->plain = fstat(r->fd, &st) == 0 && S_ISREG(st.st_mode);
	r->file = r->plain ? fdopen(r->fd, "rb") : fopencookie(r, "rb", functions);
	if (!r->file) {
		(void)stream_close(r);
		return err_set(e, "%s: out of memory", path);
	}
	(void)setvbuf(r->file, NULL, _IOFBF, READ_AHEAD);
	(void)__fsetlocking(r->file, FSETLOCKING_BYCALLER); /* ours alone */
	return 0;
}

/* Close a file that is not taken; what was read of it stays known. */
static void
refuse(struct reader *r)
{
	uint64_t given = reader_given(r);

	if (!r->pcap)
		(void)fclose(r->file);
	reader_close(r);
	r->given = given;
}

int
reader_open(struct reader *r, const char *path, const struct capture_config *config, struct err *e)
{
	char why[PCAP_ERRBUF_SIZE] = "";

	*r = (struct reader){ .fd = -1, .stop = config->stop };
	if (open_stream(r, path, e) < 0)
		return -1;
	r->pcap =
	    pcap_fopen_offline_with_tstamp_precision(r->file, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!r->pcap) {
		refuse(r);
		return err_set(e, "%s: not a readable capture: %s", path, why);
	}
	if (source_decodes(r->pcap, path, config, e) < 0) {
		refuse(r);
		return -1;
	}
	if (source_filter(r->pcap, config->filter, e) < 0) {
		refuse(r);
		return err_prefix(e, "%s", path);
	}
	r->linktype = source_linktype(r->pcap);
	return 0;
}

bool
reader_magic(const char *path)
{
	/* pcap in micro- and nanoseconds, Kuznetzov's variant, both byte orders; pcapng */
	static const uint32_t magic[] = { 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1,
		0xa1b2cd34, 0x34cdb2a1, 0x0a0d0d0a };
	uint32_t first = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, &first, sizeof(first));

	if (fd >= 0)
		(void)close(fd);
	for (size_t i = 0; n == sizeof(first) && i < sizeof(magic) / sizeof(magic[0]); i++) {
		if (first == magic[i])
			return true;
	}
	return false;
}

static enum capture_status
stopped(struct reader *r, int rc, const char *path, struct err *e)
{
	off64_t at;

	r->ended = true;
	if (rc == PCAP_ERROR_BREAK || stopping(r))
		return CAPTURE_END;
	at = ftello64(r->file);
	(void)err_set(e, "%s: damaged at byte %lld: %s", path, (long long)at, pcap_geterr(r->pcap));
	return CAPTURE_DAMAGED;
}

enum capture_status
reader_next(struct reader *r, const char *path, struct frame *frame, struct err *e)
{
	struct pcap_pkthdr *h;
	const u_char *data;
	int rc;

	if (r->ended)
		return CAPTURE_END;
	rc = pcap_next_ex(r->pcap, &h, &data);
	if (rc != 1)
		return stopped(r, rc, path, e);
	*frame = (struct frame){
		.data = data,
		.caplen = h->caplen,
		.wirelen = h->len < h->caplen ? h->caplen : h->len,
		.ts = source_time(h, 1),
		.number = ++r->number,
		.linktype = r->linktype,
	};
	return CAPTURE_FRAME;
}

uint64_t
reader_given(const struct reader *r)
{
	off_t at = r->plain && r->file ? lseek(fileno(r->file), 0, SEEK_CUR) : 0;

	return at > 0 ? (uint64_t)at : r->given;
}

void
reader_close(struct reader *r)
{
	if (r->pcap)
		pcap_close(r->pcap); /* closes the FILE, and that the fd */
	r->pcap = NULL;
	r->file = NULL;
	r->plain = false;
	r->given = 0;
	r->ended = true;
}
