/* SPDX-License-Identifier: Apache-2.0 */
/* packets: pcap in nanoseconds, or pcapng when link types differ (draft-ietf-opsawg-pcap, -pcapng).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "packets.h"

#define LINKS 64

struct packets_out {
	FILE *file;
	const char *path;
	bool ng;
	uint16_t link[LINKS]; /* number of the interface is the place in here */
	size_t n;
};

/* Little endian, whatever this machine is. */
static void
put32(struct packets_out *o, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		(void)fputc((int)(v >> 8 * i & 0xff), o->file);
}

static void
put16(struct packets_out *o, uint16_t v)
{
	(void)fputc(v & 0xff, o->file);
	(void)fputc(v >> 8, o->file);
}

static void
put_sections(struct packets_out *o)
{
	put32(o, 0x0a0d0d0a);
	put32(o, 28);
	put32(o, 0x1a2b3c4d);
	put16(o, 1);
	put16(o, 0);
	put32(o, UINT32_MAX); /* length of the section: not said */
	put32(o, UINT32_MAX);
	put32(o, 28);
	for (size_t i = 0; i < o->n; i++) {
		put32(o, 1);
		put32(o, 32);
		put16(o, o->link[i]);
		put16(o, 0);
		put32(o, RINGFILE_FRAME);
		put16(o, 9); /* if_tsresol: 10^-9 s */
		put16(o, 1);
		put32(o, 9);
		put32(o, 0);
		put32(o, 32);
	}
}

struct packets_out *
packets_out_open(const char *path, const uint16_t *links, size_t n, struct err *e)
{
	struct packets_out *o = calloc(1, sizeof(*o));
	uint8_t head[RINGFILE_PCAP];
	int fd = STDOUT_FILENO;

	if (!o || n > LINKS) {
		err_set(e, o ? "too many link types in one capture" : "out of memory");
		free(o);
		return NULL;
	}
	memcpy(o->link, links, n * sizeof(*links));
	o->n = n;
	o->path = path;
	o->ng = n > 1;
	if (strcmp(path, "-") == 0)
		o->file = stdout;
	else if ((fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) >= 0)
		o->file = fdopen(fd, "wb");
	if (!o->file) {
		err_set(e, "%s: %s", path, strerror(errno));
		free(o);
		return NULL;
	}
	if (o->ng) {
		put_sections(o);
	} else {
		ringfile_pcap_put(head, o->link[0]);
		(void)fwrite(head, 1, sizeof(head), o->file);
	}
	return o;
}

static void
put_ng(struct packets_out *o, const struct packets_packet *p)
{
	uint32_t padded = (p->record.caplen + 3) & ~3u;
	uint32_t at = 0;

	while (at + 1 < o->n && o->link[at] != p->linktype)
		at++;
	put32(o, 6);
	put32(o, 32 + padded);
	put32(o, at);
	put32(o, (uint32_t)(p->record.ts >> 32));
	put32(o, (uint32_t)p->record.ts);
	put32(o, p->record.caplen);
	put32(o, p->record.wirelen);
	(void)fwrite(p->data.ptr, 1, p->data.len, o->file);
	for (uint32_t i = p->record.caplen; i < padded; i++)
		(void)fputc(0, o->file);
	put32(o, 32 + padded);
}

void
packets_out_put(struct packets_out *o, const struct packets_packet *p)
{
	uint8_t head[RINGFILE_RECORD];

	if (o->ng) {
		put_ng(o, p);
		return;
	}
	ringfile_record_put(head, &p->record);
	(void)fwrite(head, 1, sizeof(head), o->file);
	(void)fwrite(p->data.ptr, 1, p->data.len, o->file);
}

int
packets_out_close(struct packets_out *o, struct err *e)
{
	int bad = ferror(o->file), rc;

	bad |= o->file == stdout ? fflush(stdout) : fclose(o->file);
	rc = bad ? err_set(e, "%s: cannot be written: %s", o->path, strerror(errno)) : 0;
	free(o);
	return rc;
}
