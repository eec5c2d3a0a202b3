/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live: frames from a network interface. Never sends one.
 *
 * The handle is kept for good, because privileges to open another are gone by the time an interface
 * fails. The kernel goes on with it when the same interface comes up again. An interface that was
 * removed and made anew has another index: the handle's socket is bound to that, which needs no
 * privilege.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "lib/log.h"
#include "lib/now.h"
#include "source.h"

#define POLL_MS 100
#define RETRY_MS 1000

struct live {
	pcap_t *pcap;
	char name[IFNAMSIZ];
	unsigned unit; /* nanoseconds in the header's fraction */
	uint16_t linktype;
	bool paused; /* nothing was waiting when last asked, and that was said */
	int index;   /* of the interface the socket is bound to; 0 for "any" */
	struct log_state down;
	uint64_t checked; /* ms, monotonic: when the interface was last looked at */
	uint64_t number;
};

static void
prepare(pcap_t *p, const struct capture_config *config)
{
	uint64_t ring = config->buffer_bytes < INT32_MAX ? config->buffer_bytes : INT32_MAX;

	(void)pcap_set_snaplen(p, (int)config->snaplen);
	(void)pcap_set_promisc(p, config->promiscuous);
	(void)pcap_set_timeout(p, POLL_MS);
	(void)pcap_set_buffer_size(p, (int)ring);
	(void)pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO);
}

/* libpcap's general words, and its particular ones where it has some. */
static int
refuse(pcap_t *p, const char *name, int rc, struct err *e)
{
	const char *general = pcap_statustostr(rc), *detail = pcap_geterr(p);
	bool more = *detail && strcmp(general, detail) != 0;

	return err_set(
	    e, "%s: cannot capture: %s%s%s", name, general, more ? ": " : "", more ? detail : "");
}

/* A ready handle in *out: 0, or -1 with a sentence. */
static int
start(const char *name, const struct capture_config *config, pcap_t **out, struct err *e)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p = pcap_create(name, why);
	int rc;

	if (!p)
		return err_set(e, "%s: cannot capture: %s", name, why);
	prepare(p, config);
	rc = pcap_activate(p);
	if (rc > 0)
		log_warn("capture: %s: %s", name, pcap_statustostr(rc));
	if (rc < 0) {
		rc = refuse(p, name, rc, e);
	} else if (pcap_setnonblock(p, 1, why) < 0) {
		rc = err_set(e, "%s: cannot capture: %s", name, why);
	} else if ((rc = source_decodes(p, name, config, e)) == 0) {
		rc = source_filter(p, config->filter, e);
	}
	if (rc < 0) {
		pcap_close(p);
		return -1;
	}
	*out = p;
	return 0;
}

/* Index of the interface with our name, 0 when there is none. */
static int
index_now(const struct live *l)
{
	struct ifreq request = { .ifr_flags = 0 };

	memcpy(request.ifr_name, l->name, sizeof(request.ifr_name));
	return ioctl(pcap_fileno(l->pcap), SIOCGIFINDEX, &request) == 0 ? request.ifr_ifindex : 0;
}

static void
adopt(struct live *l, pcap_t *p)
{
	l->pcap = p;
	l->linktype = source_linktype(p);
	l->unit = pcap_get_tstamp_precision(p) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
	l->index = index_now(l);
	l->checked = now_steady_ms();
}

static int
open_live(struct capture *c, const char *what, struct err *e)
{
	struct live *l = calloc(1, sizeof(*l));
	pcap_t *p;

	if (!l || strlen(what) >= sizeof(l->name)) {
		free(l);
		return err_set(e, "%.40s: no interface has such a name", what);
	}
	(void)strcpy(l->name, what);
	if (start(what, &c->config, &p, e) < 0) {
		free(l);
		return -1;
	}
	adopt(l, p);
	c->own = l;
	return 0;
}

static void
close_live(struct capture *c)
{
	struct live *l = c->own;

	pcap_close(l->pcap);
	free(l);
}

static bool
interface_up(const struct live *l)
{
	struct ifreq request = { .ifr_flags = 0 };

	memcpy(request.ifr_name, l->name, sizeof(request.ifr_name));
	return ioctl(pcap_fileno(l->pcap), SIOCGIFFLAGS, &request) == 0 &&
	       request.ifr_flags & IFF_UP;
}

/* Bind the socket to the interface that has our name now. */
static bool
follow(struct live *l, const struct capture_config *config, int index)
{
	int fd = pcap_fileno(l->pcap);
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = index
	};
	struct packet_mreq promiscuous = { .mr_ifindex = index, .mr_type = PACKET_MR_PROMISC };

	if (bind(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return false;
	l->index = index;
	if (config->promiscuous)
		(void)setsockopt(
		    fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof(promiscuous));
	return true;
}

static void
say_down(struct live *l, const char *why)
{
	if (!l->down.failing)
		(void)log_state_set(&l->down, true, "%s: %s", l->name, why);
}

/* Once a second: is the interface (still, again) there? "any" is no interface and never down. */
static void
look(struct capture *c)
{
	struct live *l = c->own;
	uint64_t now = now_steady_ms();

	if (now - l->checked < RETRY_MS || strcmp(l->name, "any") == 0)
		return;
	l->checked = now;
	int index = index_now(l);
	if (index == 0)
		say_down(l, "the interface is gone; capture goes on when it is back");
	else if (index != l->index && !follow(l, &c->config, index))
		say_down(l, "cannot capture from the interface that came in its place");
	else if (!interface_up(l))
		say_down(l, "the interface is down; capture goes on when it is up");
	else
		(void)log_state_set(&l->down, false, "%s: capture goes on", l->name);
}

static void
wait_for_frames(const struct live *l, int ms)
{
	struct pollfd p = { .fd = pcap_get_selectable_fd(l->pcap), .events = POLLIN };

	(void)poll(&p, 1, ms);
	/* the socket of a downed interface would make poll return at once for ever */
	if (p.revents & POLLERR)
		(void)poll(NULL, 0, ms);
}

static enum capture_status
hand_out(struct live *l, const struct pcap_pkthdr *h, const u_char *data, struct frame *frame)
{
	*frame = (struct frame){
		.data = data,
		.caplen = h->caplen,
		.wirelen = h->len < h->caplen ? h->caplen : h->len,
		.ts = source_time(h, l->unit),
		.number = ++l->number,
		.linktype = l->linktype,
	};
	return CAPTURE_FRAME;
}

/*
 * When the ring is empty that is said at once, so that the caller can write what it has; only the
 * next call waits. Else one frame a moment would keep the caller here for long.
 */
static enum capture_status
next(struct capture *c, struct frame *frame, struct err *e)
{
	struct live *l = c->own;
	struct pcap_pkthdr *h;
	const u_char *data;
	int rc;

	(void)e;
	if (l->paused)
		wait_for_frames(l, (int)c->config.wait_ms);
	rc = pcap_next_ex(l->pcap, &h, &data);
	l->paused = rc == 0;
	if (rc == 1)
		return hand_out(l, h, data, frame);
	if (rc < 0)
		wait_for_frames(l, (int)c->config.wait_ms);
	look(c);
	return l->down.failing ? CAPTURE_DOWN : CAPTURE_IDLE;
}

static const char *
name_now(const struct capture *c)
{
	const struct live *l = c->own;

	return l->name;
}

static void
stats(struct capture *c)
{
	const struct live *l = c->own;
	struct pcap_stat s;

	if (pcap_stats(l->pcap, &s) < 0)
		return;
	c->stats.kernel_drops = s.ps_drop;
	c->stats.if_drops = s.ps_ifdrop;
}

static bool
meant(const char *what, bool live)
{
	(void)what;
	return live;
}

const struct source source_live = { "live", "a network interface", meant, open_live, close_live,
	next, name_now, stats };
