/* SPDX-License-Identifier: Apache-2.0 */
/* writeall: bytes to a file, however many calls it takes. Any thread. */
#ifndef WANGLOU_LIB_WRITEALL_H
#define WANGLOU_LIB_WRITEALL_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

/* False with errno when not all of them were written; signals interrupt nothing. */
static inline bool
write_all(int fd, const void *bytes, size_t n)
{
	const uint8_t *at = bytes;

	while (n) {
		ssize_t done = write(fd, at, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		at += done;
		n -= (size_t)done;
	}
	return true;
}

#endif
