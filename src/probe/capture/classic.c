/* SPDX-License-Identifier: Apache-2.0 */
/* classic: see classic.h; the format is that of draft-ietf-opsawg-pcap. */
#include "classic.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#define FILE_HEADER 24
#define RECORD_HEADER 16
#define FRAME_MAX 262144u        /* what libpcap takes of most link types */
#define ROOM ((size_t)128 << 10) /* stays in the cache until its frames were looked at */

struct file_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t rest[4];
};

struct record {
	uint32_t seconds, part, caplen, len;
};

static_assert(sizeof(struct file_header) == FILE_HEADER, "as in the file");
static_assert(sizeof(struct record) == RECORD_HEADER, "as in the file");

void
classic_begin(struct classic *c, pcap_t *pcap, int fd, uint64_t at)
{
	struct file_header h;
	int most = pcap_snapshot(pcap);

	*c = (struct classic){ .fd = fd, .end = at };
	if (at < sizeof(h) || pread(fd, &h, sizeof(h), (off_t)(at - sizeof(h))) != sizeof(h) ||
	    (h.magic != 0xa1b2c3d4 && h.magic != 0xa1b23c4d) || h.major != 2 || h.minor != 4)
		return;
	c->most = most > 0 && (uint32_t)most < FRAME_MAX ? (uint32_t)most : FRAME_MAX;
	c->unit = h.magic == 0xa1b2c3d4 ? 1000 : 1;
	c->bytes = malloc(ROOM);
	c->left = cursor_of(c->bytes, 0);
}

/* Move what is left to the front and read more behind it. False at the end and on an error. */
static bool
fill(struct classic *c)
{
	size_t had = cursor_left(&c->left);

	if (had)
		memmove(c->bytes, c->left.at, had);
	ssize_t got = pread(c->fd, c->bytes + had, ROOM - had, (off_t)c->end);
	c->end += got > 0 ? (uint64_t)got : 0;
	c->left = cursor_of(c->bytes, had + (got > 0 ? (size_t)got : 0));
	return got > 0;
}

/* A whole frame at the front of what was read; the cursor moves behind it. */
static bool
take(struct classic *c, struct record *r, struct view *frame)
{
	struct cursor at = c->left;

	if (!cursor_copy(&at, r, sizeof(*r)) || r->caplen > c->most ||
	    !cursor_take(&at, r->caplen, frame))
		return false;
	c->left = at;
	__builtin_prefetch(at.at); /* the next frame's headers */
	__builtin_prefetch(at.at + 64);
	return true;
}

bool
classic_next(struct classic *c, struct pcap_pkthdr *h, const uint8_t **data)
{
	struct record r;
	struct view frame;

	while (!take(c, &r, &frame)) {
		if (!fill(c)) /* also when a frame is larger than the room */
			return false;
	}
	*h = (struct pcap_pkthdr){ .caplen = r.caplen, .len = r.len };
	h->ts.tv_sec = (int32_t)r.seconds;
	h->ts.tv_usec = (int32_t)r.part;
	h->ts.tv_usec *= (suseconds_t)c->unit;
	*data = frame.ptr;
	return true;
}

uint64_t
classic_at(const struct classic *c)
{
	return c->end - cursor_left(&c->left);
}

void
classic_end(struct classic *c)
{
	free(c->bytes);
	*c = (struct classic){ 0 };
}
