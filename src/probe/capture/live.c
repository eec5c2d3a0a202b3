/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live: frames from a network interface. Never sends one.
 *
 * The handle is kept while the interface is down, because privileges to open another are gone by
 * then; the kernel binds it again when the same interface comes up. Only when the interface was
 * removed is a new handle tried, which works where the process still may.
 */
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "lib/log.h"
#include "source.h"

#define POLL_MS 100
#define RETRY_MS 1000

struct live {
	pcap_t *pcap; /* NULL while the interface is not there */
	char name[IFNAMSIZ];
	unsigned unit; /* nanoseconds in the header's fraction */
	uint16_t linktype;
	bool down;
	uint64_t checked; /* ms, monotonic: when the interface was last looked at */
	uint64_t number;
	struct pcap_stat before; /* losses of handles closed since */
};

static uint64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

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

/* A ready handle in *out: 0, PCAP_ERROR_IFACE_NOT_UP, or -1 with a sentence. */
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
		(void)refuse(p, name, rc, e);
		rc = rc == PCAP_ERROR_IFACE_NOT_UP ? rc : -1;
	} else if (pcap_setnonblock(p, 1, why) < 0) {
		rc = err_set(e, "%s: cannot capture: %s", name, why);
	} else {
		rc = source_filter(p, config->filter, e);
	}
	if (rc < 0) {
		pcap_close(p);
		return rc;
	}
	*out = p;
	return 0;
}

static void
adopt(struct live *l, pcap_t *p)
{
	l->pcap = p;
	l->linktype = source_linktype(p);
	l->unit = pcap_get_tstamp_precision(p) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
}

static int
open_live(struct capture *c, const char *what, struct err *e)
{
	struct live *l = calloc(1, sizeof(*l));
	pcap_t *p = NULL;
	int rc;

	if (!l || strlen(what) >= sizeof(l->name)) {
		free(l);
		return err_set(e, "%.40s: no interface has such a name", what);
	}
	(void)strcpy(l->name, what);
	rc = start(what, &c->config, &p, e);
	if (rc < 0 && rc != PCAP_ERROR_IFACE_NOT_UP) {
		free(l);
		return -1;
	}
	l->down = rc < 0;
	l->checked = now_ms();
	if (p)
		adopt(l, p);
	c->own = l;
	return 0;
}

/* What this handle lost, zero when it does not say. */
static struct pcap_stat
lost(const struct live *l)
{
	struct pcap_stat s = { 0 };

	if (!l->pcap || pcap_stats(l->pcap, &s) < 0)
		return (struct pcap_stat){ 0 };
	return s;
}

static void
drop_handle(struct live *l)
{
	struct pcap_stat s = lost(l);

	if (!l->pcap)
		return;
	l->before.ps_drop += s.ps_drop;
	l->before.ps_ifdrop += s.ps_ifdrop;
	pcap_close(l->pcap);
	l->pcap = NULL;
}

static void
close_live(struct capture *c)
{
	struct live *l = c->own;

	drop_handle(l);
	free(l);
}

/* "any" is no interface and never down. */
static bool
interface_up(const struct live *l)
{
	struct ifreq request = { .ifr_flags = 0 };

	if (strcmp(l->name, "any") == 0)
		return true;
	memcpy(request.ifr_name, l->name, sizeof(request.ifr_name));
	return ioctl(pcap_fileno(l->pcap), SIOCGIFFLAGS, &request) == 0 &&
	       request.ifr_flags & IFF_UP;
}

/* Once a second: is the interface (still, again) there? */
static void
look(struct capture *c)
{
	struct live *l = c->own;
	uint64_t now = now_ms();
	pcap_t *p = NULL;
	struct err e;

	if (now - l->checked < RETRY_MS)
		return;
	l->checked = now;
	if (!l->pcap && start(l->name, &c->config, &p, &e) == 0)
		adopt(l, p);
	l->down = !l->pcap || !interface_up(l);
}

static void
wait_for_frames(const struct live *l, int ms)
{
	struct pollfd p = { .fd = l->pcap ? pcap_get_selectable_fd(l->pcap) : -1,
		.events = POLLIN };

	(void)poll(&p, 1, ms);
	/* the socket of a downed interface would make poll return at once for ever */
	if (p.revents & POLLERR && l->down)
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
	l->down = false;
	return CAPTURE_FRAME;
}

static enum capture_status
next(struct capture *c, struct frame *frame, struct err *e)
{
	struct live *l = c->own;
	struct pcap_pkthdr *h;
	const u_char *data;
	int rc = 0;

	(void)e;
	for (int turn = 0; turn < 2 && l->pcap && rc == 0; turn++) {
		if (turn)
			wait_for_frames(l, (int)c->config.wait_ms);
		rc = pcap_next_ex(l->pcap, &h, &data);
	}
	if (rc == 1)
		return hand_out(l, h, data, frame);
	if (rc < 0) {
		l->down = true;
		drop_handle(l);
	}
	if (!l->pcap)
		wait_for_frames(l, (int)c->config.wait_ms);
	look(c);
	return l->down ? CAPTURE_DOWN : CAPTURE_IDLE;
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
	struct pcap_stat s = lost(l);

	c->stats.kernel_drops = (uint64_t)l->before.ps_drop + s.ps_drop;
	c->stats.if_drops = (uint64_t)l->before.ps_ifdrop + s.ps_ifdrop;
}

static bool
meant(const char *what, bool live)
{
	(void)what;
	return live;
}

const struct source source_live = { "live", "a network interface", meant, open_live, close_live,
	next, name_now, stats };
