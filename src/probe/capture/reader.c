/* SPDX-License-Identifier: Apache-2.0 */
/* reader: see reader.h. */
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source.h"

#define READ_AHEAD ((size_t)256 << 10)
#define PACKED_ROOM ((size_t)64 << 10)
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

/* From the file, but first what was read of it to see what it is. 0 at its end and when stopping.
 */
static ssize_t
read_raw(struct reader *r, void *to, size_t n)
{
	ssize_t got;

	if (r->first_n) {
		got = (ssize_t)(n < r->first_n ? n : r->first_n);
		memcpy(to, r->first, (size_t)got);
		r->first_n -= (size_t)got;
		memmove(r->first, &r->first[got], r->first_n);
		return got;
	}
	do {
		wait_readable(r);
		got = stopping(r) ? 0 : read(r->fd, to, n);
	} while (got < 0 && errno == EINTR);
	if (got > 0)
		r->given += (uint64_t)got;
	return got;
}

static ssize_t
stream_read(void *cookie, char *to, size_t n)
{
	struct reader *r = cookie;
	ssize_t got = read_raw(r, to, n);

	if (got > 0)
		r->handed += (uint64_t)got;
	return got;
}

/* More packed bytes. 1, 0 at their end, -1 with errno. */
static int
fill(struct reader *r)
{
	ssize_t got = read_raw(r, r->packed, PACKED_ROOM);

	if (got > 0)
		r->rest = (struct view){ r->packed, (size_t)got };
	else if (got == 0 && r->packed_status != UNPACK_END && !stopping(r))
		r->why = "it is cut short";
	return got > 0 ? 1 : (int)got;
}

/* What was unpacked before the damage is handed on; the next call fails. */
static ssize_t
packed_read(void *cookie, char *to, size_t n)
{
	struct reader *r = cookie;
	size_t made = 0;
	int more = 1;

	while (more > 0 && !made && !r->why) {
		size_t had = r->rest.len;
		enum unpack_status s =
		    r->format->step(r->unpack, &r->rest, (uint8_t *)to, n, &made, &r->why);
		if (had || made)
			r->packed_status = s;
		if (!made && !r->rest.len && !r->why)
			more = fill(r);
	}
	r->handed += made;
	if (!made && r->why)
		errno = EBADMSG;
	return made ? (ssize_t)made : more < 0 || r->why ? -1 : 0;
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
	*offset = (off64_t)r->handed;
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

/* The first bytes, to see what it is: of a regular file without moving on in it. */
static size_t
peek(struct reader *r, uint8_t first[READER_MAGIC])
{
	ssize_t got = 1;

	if (r->plain) {
		got = pread(r->fd, first, READER_MAGIC, lseek(r->fd, 0, SEEK_CUR));
		return got > 0 ? (size_t)got : 0;
	}
	size_t n = 0;
	while (n < READER_MAGIC && got > 0) {
		got = read_raw(r, &first[n], READER_MAGIC - n);
		n += got > 0 ? (size_t)got : 0;
	}
	memcpy(r->first, first, n);
	r->first_n = n;
	return n;
}

/* Is it packed? 0, or -1 when memory is out. */
static int
choose_format(struct reader *r)
{
	static const struct unpack_format *const formats[] = { &unpack_gzip, &unpack_zstd };
	uint8_t first[READER_MAGIC];
	size_t n = peek(r, first);

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		const struct unpack_format *f = formats[i];
		if (n >= f->magic_n && memcmp(first, f->magic, f->magic_n) == 0)
			r->format = f;
	}
	if (!r->format)
		return 0;
	r->plain = false;
	r->packed = malloc(PACKED_ROOM);
	r->rest = (struct view){ r->packed, 0 };
	r->unpack = r->format->begin();
	return r->packed && r->unpack ? 0 : -1;
}

static FILE *
wrap(struct reader *r)
{
	static const cookie_io_functions_t piped = {
		.read = stream_read, .seek = stream_seek, .close = stream_close
	};
	static const cookie_io_functions_t packed = {
		.read = packed_read, .seek = stream_seek, .close = stream_close
	};

	if (choose_format(r) < 0)
		return NULL;
	/* a regular file never makes us wait, and the C library's own stream is twice as fast */
	return r->plain ? fdopen(r->fd, "rb") : fopencookie(r, "rb", r->format ? packed : piped);
}

static void
end_unpack(struct reader *r)
{
	if (r->format)
		r->format->end(r->unpack);
	free(r->packed);
	r->format = NULL;
	r->unpack = NULL;
	r->packed = NULL;
}

static int
open_stream(struct reader *r, const char *path, struct err *e)
{
	struct stat st;

	r->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0)
		return err_set(e, "%s: cannot be opened: %s", path, strerror(errno));
	r->plain = fstat(r->fd, &st) == 0 && S_ISREG(st.st_mode);
	r->file = wrap(r);
	if (!r->file) {
		end_unpack(r);
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
		(void)err_set(e, "%s: not a readable capture: %s%s%s", path,
		    r->why ? r->format->name : "", r->why ? ": " : "", r->why ? r->why : why);
		refuse(r);
		return -1;
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
	if (r->plain && !(config->filter && *config->filter) && ftello64(r->file) > 0)
		classic_begin(&r->classic, r->pcap, r->fd, (uint64_t)ftello64(r->file));
	return 0;
}

bool
reader_magic(const char *path)
{
	/* pcap in micro- and nanoseconds, Kuznetzov's variant, both byte orders; pcapng */
	static const uint32_t magic[] = { 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1,
		0xa1b2cd34, 0x34cdb2a1, 0x0a0d0d0a };
	struct reader r = { .fd = -1 };
	uint32_t first = 0;
	struct err ignored;

	if (open_stream(&r, path, &ignored) < 0)
		return false;
	size_t n = fread(&first, 1, sizeof(first), r.file);
	(void)fclose(r.file);
	end_unpack(&r);
	for (size_t i = 0; n == sizeof(first) && i < sizeof(magic) / sizeof(magic[0]); i++) {
		if (first == magic[i])
			return true;
	}
	return false;
}

enum capture_status
reader_stopped(struct reader *r, const char *path, struct err *e)
{
	long long at;

	if (r->ended || r->rc == PCAP_ERROR_BREAK || stopping(r)) {
		r->ended = true;
		return CAPTURE_END;
	}
	r->ended = true;
	at = ftello64(r->file);
	if (r->why)
		(void)err_set(e, "%s: damaged at byte %llu: %s: %s", path,
		    (unsigned long long)(r->given - r->rest.len), r->format->name, r->why);
	else
		(void)err_set(e, "%s: damaged at byte %lld%s: %s", path, at,
		    r->format ? " of what is packed in it" : "", pcap_geterr(r->pcap));
	return CAPTURE_DAMAGED;
}

/* As pcap_next_ex. */
static int
next_record(struct reader *r, struct pcap_pkthdr *ours, struct pcap_pkthdr **h, const u_char **data)
{
	if (r->classic.bytes) {
		*h = ours;
		if (classic_next(&r->classic, ours, data))
			return 1;
		int rc = fseeko64(r->file, (off64_t)classic_at(&r->classic), SEEK_SET);
		classic_end(&r->classic);
		if (rc != 0)
			return PCAP_ERROR;
	}
	return pcap_next_ex(r->pcap, h, data);
}

enum capture_status
reader_next(struct reader *r, struct frame *frame)
{
	struct pcap_pkthdr ours, *h;
	const u_char *data;

	if (r->ended)
		return CAPTURE_END;
	r->rc = next_record(r, &ours, &h, &data);
	if (r->rc != 1)
		return CAPTURE_END;
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
	if (r->classic.bytes)
		return r->classic.end;
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
	end_unpack(r);
	classic_end(&r->classic);
	r->plain = false;
	r->given = 0;
	r->ended = true;
}
