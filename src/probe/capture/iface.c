/* SPDX-License-Identifier: Apache-2.0 */
/* iface: see iface.h. */
#include "iface.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Frames the card had no room for: in its own memory, in its queue to us. */
static const char *const losses[] = { "rx_missed_errors", "rx_fifo_errors" };

static struct ifreq
request_of(const char *name)
{
	struct ifreq request = { .ifr_flags = 0 };

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return request;
}

int
iface_index(int fd, const char *name)
{
	struct ifreq request = request_of(name);

	return ioctl(fd, SIOCGIFINDEX, &request) == 0 ? request.ifr_ifindex : 0;
}

bool
iface_up(int fd, const char *name)
{
	struct ifreq request = request_of(name);

	return ioctl(fd, SIOCGIFFLAGS, &request) == 0 && request.ifr_flags & IFF_UP;
}

bool
iface_is_ethernet(const char *name)
{
	struct ifreq request = request_of(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool yes = fd >= 0 && ioctl(fd, SIOCGIFHWADDR, &request) == 0 &&
		   request.ifr_hwaddr.sa_family == ARPHRD_ETHER;

	if (fd >= 0)
		(void)close(fd);
	return yes;
}

int
iface_bind(int fd, int index, bool promiscuous)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = index
	};
	struct packet_mreq all = { .mr_ifindex = index, .mr_type = PACKET_MR_PROMISC };

	if (bind(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return -1;
	if (promiscuous)
		(void)setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all));
	return 0;
}

/* A counter of the kernel's; false when it cannot be read (the interface is gone). */
static bool
read_count(int fd, uint64_t *out)
{
	char text[32];
	ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return false;
	text[n] = '\0';
	*out = strtoull(text, NULL, 10);
	return true;
}

void
iface_losses_open(struct iface_losses *l, const char *name)
{
	char path[64 + IFNAMSIZ];

	*l = (struct iface_losses){ .sum = 0 };
	for (int i = 0; i < 2; i++) {
		(void)snprintf(
		    path, sizeof(path), "/sys/class/net/%s/statistics/%s", name, losses[i]);
		l->fd[i] = open(path, O_RDONLY | O_CLOEXEC);
		(void)read_count(l->fd[i], &l->last[i]);
	}
}

void
iface_losses_read(struct iface_losses *l)
{
	uint64_t now;

	for (int i = 0; i < 2; i++) {
		if (!read_count(l->fd[i], &now))
			continue;
		l->sum += now > l->last[i] ? now - l->last[i] : 0;
		l->last[i] = now;
	}
}

void
iface_losses_close(struct iface_losses *l)
{
	for (int i = 0; i < 2; i++)
		if (l->fd[i] >= 0)
			(void)close(l->fd[i]);
}
