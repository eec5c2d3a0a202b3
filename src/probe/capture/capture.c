/* SPDX-License-Identifier: Apache-2.0 */
/* capture: the table of sources, and what they share. See include/probe/capture.h. */
#include "probe/capture.h"

#include <stdlib.h>
#include <string.h>

#include "source.h"

static const struct source *const sources[] = {
	&source_live,
	&source_stdin,
	&source_folder,
	&source_file,
};

static const struct source *
choose(const char *what, bool live)
{
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (sources[i]->meant(what, live))
			return sources[i];
	}
	return &source_file;
}

struct capture *
capture_open(const char *what, bool live, const struct capture_config *config, struct err *e)
{
	struct capture *c = calloc(1, sizeof(*c));
	const char *filter = config->filter ? config->filter : "";

	if (!c || !(c->filter = strdup(filter))) {
		(void)err_set(e, "%s: out of memory", what);
		goto failed;
	}
	c->config = *config;
	c->config.filter = c->filter;
	c->source = choose(what, live);
	if (c->source->open(c, what, e) == 0)
		return c;
failed:
	if (c)
		free(c->filter);
	free(c);
	return NULL;
}

void
capture_close(struct capture *c)
{
	if (!c)
		return;
	c->source->close(c);
	free(c->filter);
	free(c);
}

enum capture_status
capture_next(struct capture *c, struct frame *frame, struct err *e)
{
	enum capture_status status = c->source->next(c, frame, e);

	if (status == CAPTURE_FRAME) {
		c->stats.frames++;
		c->stats.bytes += frame->wirelen;
	} else if (status == CAPTURE_DAMAGED) {
		c->stats.damaged_files++;
	}
	return status;
}

const char *
capture_name(const struct capture *c)
{
	return c->source->name_now(c);
}

void
capture_no_more(struct capture *c)
{
	if (c->source->no_more)
		c->source->no_more(c);
}

void
capture_stats(struct capture *c, struct capture_stats *out)
{
	c->source->stats(c);
	*out = c->stats;
}

int
source_filter(pcap_t *pcap, const char *filter, struct err *e)
{
	struct bpf_program program;
	int rc;

	if (!*filter)
		return 0;
	if (pcap_compile(pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) < 0)
		return err_set(e, "filter \"%.100s\": %s", filter, pcap_geterr(pcap));
	rc = pcap_setfilter(pcap, &program);
	pcap_freecode(&program);
	return rc < 0 ? err_set(e, "filter \"%.100s\": %s", filter, pcap_geterr(pcap)) : 0;
}

uint16_t
source_linktype(pcap_t *pcap)
{
	static const struct {
		int dlt;
		uint16_t linktype;
	} differing[] = { { DLT_RAW, 101 }, { DLT_ATM_RFC1483, 100 }, { DLT_ATM_CLIP, 106 },
		{ DLT_SLIP_BSDOS, 102 }, { DLT_PPP_BSDOS, 103 }, { DLT_PFSYNC, 246 },
		{ DLT_PKTAP, 258 } };
	int dlt = pcap_datalink(pcap);

	for (size_t i = 0; i < sizeof(differing) / sizeof(differing[0]); i++) {
		if (dlt == differing[i].dlt)
			return differing[i].linktype;
	}
	return (uint16_t)dlt;
}

int
source_decodes(pcap_t *pcap, const char *what, const struct capture_config *config, struct err *e)
{
	uint16_t linktype = source_linktype(pcap);
	const char *name = pcap_datalink_val_to_name(pcap_datalink(pcap));

	if (!config->decodes || config->decodes(linktype))
		return 0;
	return err_set(e, "%s: link type %s (%u) is not decoded", what, name ? name : "unknown",
	    (unsigned)linktype);
}

uint64_t
source_odd_time(const struct pcap_pkthdr *h, unsigned unit)
{
	/* classic pcap has 32 bits without a sign, which libpcap hands over with one */
	uint64_t seconds = h->ts.tv_sec < 0 ? (uint32_t)h->ts.tv_sec : (uint64_t)h->ts.tv_sec;
	uint64_t part = h->ts.tv_usec < 0 ? 0 : (uint64_t)h->ts.tv_usec * unit;

	return (seconds < SOURCE_SECONDS ? seconds : SOURCE_SECONDS) * 1000000000 +
	       (part < 1000000000 ? part : 999999999);
}
