/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live: frames from a network interface. Never sends one.
 *
 * The handle is kept for good, because privileges to open another are gone by the time an interface
 * fails. The kernel goes on with it when the same interface comes up again. An interface that was
 * removed and made anew has another index: the handle's socket is bound to that, which needs no
 * privilege. One that shares an interface with other workers cannot be: the kernel binds no socket
 * that is in a group.
 */
#include <errno.h>
#include <linux/filter.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fanout.h"
#include "iface.h"
#include "lib/log.h"
#include "lib/now.h"
#include "source.h"

#define POLL_MS 100
#define RETRY_MS 1000
#define SETTLE_MS 300 /* a block of the ring that is not full is handed over after POLL_MS */

struct live {
	pcap_t *pcap;
	char name[IFNAMSIZ];
	unsigned unit; /* nanoseconds in the header's fraction */
	uint16_t linktype;
	bool paused;              /* nothing was waiting when last asked, and that was said */
	int index;                /* of the interface the socket is bound to; 0 for "any" */
	bool shared;              /* the socket is in the group of this interface's workers */
	_Atomic unsigned members; /* worker 0: workers that share the interface already */
	uint16_t group;           /* worker 0: and their group, when there are any */
	struct log_state down;
	const char *why;  /* what was said of it last */
	uint64_t checked; /* ms, monotonic: when the interface was last looked at */
	uint64_t number;
	uint32_t drops;             /* libpcap's, which wrap, when last asked */
	struct iface_losses losses; /* worker 0's only: they are the interface's */
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

/* "; there are eth0, eth1", as far as there is room. */
static void
name_interfaces(char *out, size_t room)
{
	struct if_nameindex *all = if_nameindex();
	size_t n = 0;

	*out = 0;
	for (struct if_nameindex *i = all; i && i->if_index && n < room; i++)
		n += (size_t)snprintf(
		    out + n, room - n, "%s%s", n ? ", " : "; there are ", i->if_name);
	if (all)
		if_freenameindex(all);
}

/* libpcap's general words, its particular ones where it has some, and what helps. */
static int
refuse(pcap_t *p, const char *name, int rc, struct err *e)
{
	const char *general = pcap_statustostr(rc), *detail = pcap_geterr(p);
	bool more = *detail && strcmp(general, detail) != 0;
	char help[200] = "";

	if (rc == PCAP_ERROR_NO_SUCH_DEVICE) {
		name_interfaces(help, sizeof(help));
		more = false;
	} else if (rc == PCAP_ERROR_PERM_DENIED) {
		(void)snprintf(help, sizeof(help), "; start it as root or with CAP_NET_RAW");
		more = false;
	}
	return err_set(e, "%s: cannot capture: %s%s%s%s", name, general, more ? ": " : "",
	    more ? detail : "", help);
}

/* A handle on an interface in *out: 0, or libpcap's negative number and a sentence. */
static int
activate(const char *name, const struct capture_config *config, pcap_t **out, struct err *e)
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
		(void)refuse(p, name, rc, e);
		pcap_close(p);
		return rc;
	}
	*out = p;
	return 0;
}

/* Read what there is until nothing has come for a while. */
static void
discard(pcap_t *p)
{
	struct pollfd wait = { .fd = pcap_get_selectable_fd(p), .events = POLLIN };
	uint64_t last = now_steady_ms();
	struct pcap_pkthdr *h;
	const u_char *data;

	while (now_steady_ms() - last < SETTLE_MS) {
		if (pcap_next_ex(p, &h, &data) == 1)
			last = now_steady_ms();
		else
			(void)poll(&wait, 1, POLL_MS / 10);
	}
}

/*
 * libpcap opens no interface that is down. But a socket can be bound to one: so the handle is made
 * on the loopback, whose frames look like Ethernet, and moved. What it saw before is thrown away.
 * 0, or -1.
 */
static int
activate_down(const char *name, const struct capture_config *config, pcap_t **out)
{
	struct capture_config quiet = *config;
	char why[PCAP_ERRBUF_SIZE];
	struct err ignored;
	pcap_t *p;

	quiet.promiscuous = false;
	if (!iface_is_ethernet(name) || activate("lo", &quiet, &p, &ignored) < 0)
		return -1;
	if (iface_bind(pcap_fileno(p), iface_index(pcap_fileno(p), name), config->promiscuous) <
		0 ||
	    pcap_setnonblock(p, 1, why) < 0) {
		pcap_close(p);
		return -1;
	}
	discard(p);
	*out = p;
	return 0;
}

/* A ready handle in *out: 0, or -1 with a sentence. */
static int
start(const char *name, const struct capture_config *config, pcap_t **out, struct err *e)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p;
	int rc = activate(name, config, &p, e);

	if (rc == PCAP_ERROR_IFACE_NOT_UP)
		rc = activate_down(name, config, &p);
	if (rc < 0)
		return -1;
	if (pcap_setnonblock(p, 1, why) < 0)
		rc = err_set(e, "%s: cannot capture: %s", name, why);
	else if ((rc = source_decodes(p, name, config, e)) == 0)
		rc = source_filter(p, config->filter, e);
	if (rc < 0) {
		pcap_close(p);
		return -1;
	}
	*out = p;
	return 0;
}

/* One worker speaks for the interface. */
static void
say(struct live *l, const struct capture_config *config, bool down, const char *what)
{
	bool other = down && l->down.failing && l->why != what;

	l->why = what;
	if (config->worker > 0)
		l->down.failing = down;
	else if (other)
		log_warn("%s: %s", l->name, what);
	else
		(void)log_state_set(&l->down, down, "%s: %s", l->name, what);
}

/*
 * Share the frames with the interface's other workers: worker 0 founds the group, the others ask it
 * for the number. One after the other: a place in the group is the worker's number, so that the two
 * directions of a line on two interfaces reach the same worker. Done when it can be: before Linux
 * 6.13 no group takes the socket of an interface that is down. 0, or -1 with errno.
 */
static int
share(struct live *l, const struct capture_config *config)
{
	struct live *first = config->worker ? config->first->own : l;
	int fd = pcap_fileno(l->pcap), rc = -1;

	if (l->shared || config->workers < 2)
		return 0;
	errno = EAGAIN;
	if (config->worker == 0)
		rc = fanout_found(fd, config->balance, &l->group);
	else if (atomic_load(&first->members) == config->worker)
		rc = fanout_join(fd, config->balance, first->group);
	l->shared = rc == 0;
	if (l->shared)
		atomic_store(&first->members, config->worker + 1);
	return rc;
}

static void
adopt(struct live *l, pcap_t *p)
{
	l->pcap = p;
	l->linktype = source_linktype(p);
	l->unit = pcap_get_tstamp_precision(p) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
	l->index = iface_index(pcap_fileno(p), l->name);
	l->checked = now_steady_ms();
}

static int
share_or_wait(struct live *l, const struct capture_config *config, struct err *e)
{
	bool any = strcmp(l->name, "any") == 0, up = any || iface_up(pcap_fileno(l->pcap), l->name);

	if (!up)
		say(l, config, true, "the interface is down; capture begins when it is up");
	if (share(l, config) == 0 || !up)
		return 0;
	return err_set(
	    e, "%s: cannot be shared by %u workers: %s", l->name, config->workers, strerror(errno));
}

/*
 * What the kernel dropped since last asked. Reading resets the kernel's own number; libpcap adds
 * up, in 32 bits. Its ps_recv is frames put into the ring and dropped ones together, so that frames
 * handed out + drops + what still waits in the ring is all there was.
 */
static uint64_t
count_drops(struct live *l)
{
	struct pcap_stat s;
	uint32_t more;

	if (pcap_stats(l->pcap, &s) < 0)
		return 0;
	more = (uint32_t)s.ps_drop - l->drops;
	l->drops = s.ps_drop;
	return more;
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
	if (share_or_wait(l, &c->config, e) < 0) {
		pcap_close(p);
		free(l);
		return -1;
	}
	iface_losses_open(&l->losses, what);
	(void)count_drops(l);
	c->own = l;
	return 0;
}

static void
close_live(struct capture *c)
{
	struct live *l = c->own;

	iface_losses_close(&l->losses);
	pcap_close(l->pcap);
	free(l);
}

/* Bind the socket to the interface that has our name now. */
static bool
follow(struct live *l, const struct capture_config *config, int index)
{
	if (iface_bind(pcap_fileno(l->pcap), index, config->promiscuous) < 0)
		return false;
	l->index = index;
	return true;
}

/* Once a second: is the interface (still, again) there? "any" is no interface and never down. */
static void
look(struct capture *c)
{
	struct live *l = c->own;
	int fd = pcap_fileno(l->pcap);
	uint64_t now = now_steady_ms();

	if (now - l->checked < RETRY_MS || strcmp(l->name, "any") == 0)
		return;
	l->checked = now;
	const struct capture_config *config = &c->config;
	int index = iface_index(fd, l->name);
	if (index == 0)
		say(l, config, true, "the interface is gone; capture goes on when it is back");
	else if (index != l->index && !follow(l, config, index))
		say(l, config, true,
		    "the interface that came in its place needs a restart of the probe");
	else if (!iface_up(fd, l->name))
		say(l, config, true, "the interface is down; capture goes on when it is up");
	else if (share(l, config) < 0)
		say(l, config, true, "the interface cannot be shared by the workers");
	else
		say(l, config, false, "capture goes on");
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

/* A worker that is not in the group yet sees every frame, and so does worker 0. */
static bool
others_have_it(const struct live *l, const struct capture_config *config)
{
	return config->worker > 0 && !l->shared;
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
	if (rc == 1 && !others_have_it(l, &c->config))
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
	struct live *l = c->own;

	c->stats.kernel_drops += count_drops(l);
	c->stats.down = l->down.failing;
	if (c->config.worker > 0)
		return;
	iface_losses_read(&l->losses);
	c->stats.if_drops = l->losses.sum;
}

/* A filter that lets nothing through. When it cannot be set, frames come on until the handle is
 * closed, and the last of them are lost uncounted. */
static void
no_more(struct capture *c)
{
	const struct live *l = c->own;
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { 1, &nothing };

	if (setsockopt(
		pcap_fileno(l->pcap), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		log_warn("%s: capture cannot be stopped: %s", l->name, strerror(errno));
}

static bool
meant(const char *what, bool live)
{
	(void)what;
	return live;
}

const struct source source_live = { "live", "a network interface", meant, open_live, close_live,
	next, name_now, stats, no_more };
