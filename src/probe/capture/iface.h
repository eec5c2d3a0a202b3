/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iface: what the kernel says of a network interface. Private to src/probe/capture.
 */
#ifndef WANGLOU_SRC_CAPTURE_IFACE_H
#define WANGLOU_SRC_CAPTURE_IFACE_H

#include <stdbool.h>
#include <stdint.h>

/* Index of the interface with this name, 0 when there is none. fd: any socket. */
int
iface_index(int fd, const char *name);

/* Is there one, and is it up? */
bool
iface_up(int fd, const char *name);

/* Are its frames Ethernet? Without a socket of the caller's. */
bool
iface_is_ethernet(const char *name);

/*
 * Bind a packet socket to an interface, and ask for all frames when `promiscuous`. An interface
 * that is down is taken up by the kernel when it comes up. 0, or -1 with errno.
 */
int
iface_bind(int fd, int index, bool promiscuous);

/*
 * What the interface itself lost. The files are opened before privileges go and read ever after;
 * libpcap would open them anew, which is forbidden then.
 */
struct iface_losses {
	int fd[2]; /* -1: none */
	uint64_t last[2];
	uint64_t sum; /* since iface_losses_open */
};

void
iface_losses_open(struct iface_losses *l, const char *name);

/* Look again; l->sum grows. */
void
iface_losses_read(struct iface_losses *l);

void
iface_losses_close(struct iface_losses *l);

#endif
