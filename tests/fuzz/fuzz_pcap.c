/* SPDX-License-Identifier: Apache-2.0 */
/* capture: the input is a capture file. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "probe/capture.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Read everything; each byte handed out is looked at. */
static unsigned
read_all(struct capture *c)
{
	struct frame frame;
	struct err e;
	unsigned sum = 0, damaged = 0;

	for (;;) {
		switch (capture_next(c, &frame, &e)) {
		case CAPTURE_FRAME:
			if (frame.wirelen < frame.caplen)
				abort();
			for (uint32_t i = 0; i < frame.caplen; i++)
				sum += frame.data[i];
			break;
		case CAPTURE_DAMAGED:
			if (damaged++)
				abort();
			break;
		case CAPTURE_END:
			return sum;
		default:
			abort();
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct capture_config config = { .filter = "" };
	int fd = memfd_create("fuzz", 0);
	struct capture *c;
	struct err e;
	char path[32];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	c = capture_open(path, false, &config, &e);
	if (c)
		(void)read_all(c);
	capture_close(c);
	(void)close(fd);
	return 0;
}
