/* SPDX-License-Identifier: Apache-2.0 */
/* decode: the way in, and what every frame came to. See include/probe/decode.h. */
#include "probe/decode.h"

#include <stdlib.h>

#include "layer.h"

/* A word of decode.tunnels, and the kinds it switches. */
struct word {
	const char *name;
	uint32_t kinds;
};

#define BIT(kind) (1u << (kind))

static const struct word words[] = {
	{ "all", BIT(TUNNEL_COUNT) - 1 },
	{ "erspan", BIT(TUNNEL_ERSPAN) },
	{ "geneve", BIT(TUNNEL_GENEVE) },
	{ "gre", BIT(TUNNEL_GRE) | BIT(TUNNEL_NVGRE) | BIT(TUNNEL_PPTP) },
	{ "gtp", BIT(TUNNEL_GTP) },
	{ "ip", BIT(TUNNEL_IPIP) | BIT(TUNNEL_6IN4) | BIT(TUNNEL_6TO4) | BIT(TUNNEL_4IN6) },
	{ "l2tp", BIT(TUNNEL_L2TP) },
	{ "mpls", BIT(TUNNEL_MPLS) },
	{ "none", 0 },
	{ "teredo", BIT(TUNNEL_TEREDO) },
	{ "vxlan", BIT(TUNNEL_VXLAN) },
};

/* Ports that are not an option. */
static const struct decode_port fixed[] = { { 2152, TUNNEL_GTP }, { 3544, TUNNEL_TEREDO },
	{ 1701, TUNNEL_L2TP }, { 6635, TUNNEL_MPLS } };

static int
set_tunnels(struct decode *d, const struct conf_list *names, struct err *e)
{
	size_t rows = sizeof(words) / sizeof(words[0]);

	for (size_t i = 0; i < names->n; i++) {
		size_t k = 0;
		while (k < rows && strcmp(names->item[i], words[k].name) != 0)
			k++;
		if (k == rows)
			return err_set(e,
			    "decode.tunnels: there is no tunnel \"%s\", allowed: all, none, "
			    "erspan, "
			    "geneve, gre, gtp, ip, l2tp, mpls, teredo, vxlan",
			    names->item[i]);
		d->tunnels |= words[k].kinds;
	}
	return 0;
}

static void
add_port(struct decode *d, uint16_t port, enum tunnel kind)
{
	d->port[d->port_n++] = (struct decode_port){ port, (uint8_t)kind };
	d->port_hint[port & 0xff] = 1;
}

static int
add_ports(struct decode *d, const struct conf_list *list, enum tunnel kind, struct err *e)
{
	for (size_t i = 0; i < list->n; i++) {
		char *end;
		unsigned long port = strtoul(list->item[i], &end, 10);
		if (*end || end == list->item[i] || port == 0 || port > 65535)
			return err_set(e, "decode.%s-ports: \"%s\" is no port, allowed 1 to 65535",
			    packet_tunnel_name((uint8_t)kind), list->item[i]);
		if (d->port_n == DECODE_PORTS)
			return err_set(e, "decode.%s-ports: too many ports, %d at most",
			    packet_tunnel_name((uint8_t)kind), DECODE_PORTS);
		add_port(d, (uint16_t)port, kind);
	}
	return 0;
}

int
decode_init(struct decode *d, const struct conf_list *tunnels, const struct conf_list *vxlan,
    const struct conf_list *geneve, struct err *e)
{
	static char text[][5] = { "all", "4789", "8472", "4790", "6081" };
	char *item[] = { text[0], text[1], text[2], text[3], text[4] };
	const struct conf_list all = { item, 1 }, iana_vxlan = { item + 1, 3 },
			       iana_geneve = { item + 4, 1 };

	*d = (struct decode){ .check_checksums = true };
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		add_port(d, fixed[i].port, fixed[i].kind);
	if (set_tunnels(d, tunnels ? tunnels : &all, e) != 0 ||
	    add_ports(d, vxlan ? vxlan : &iana_vxlan, TUNNEL_VXLAN, e) != 0)
		return -1;
	return add_ports(d, geneve ? geneve : &iana_geneve, TUNNEL_GENEVE, e);
}

static void
count_outcome(struct decode_counters *count, bool ip, enum why why)
{
	if (ip) {
		count->to_flow++;
		return;
	}
	count->no_ip += why == WHY_NO_IP;
	count->invalid += why == WHY_INVALID;
	count->fragment_kept += why == WHY_FRAGMENT_KEPT;
	count->unknown_link += why == WHY_UNKNOWN_LINK;
}

static void
count_events(struct decode_counters *count, const struct packet *p)
{
	for (uint64_t odd = p->odd; odd; odd &= odd - 1)
		count->event[__builtin_ctzll(odd)]++;
	for (uint64_t hints = p->hints; hints; hints &= hints - 1)
		count->event[ODD_DECODE_COUNT + __builtin_ctzll(hints)]++;
}

/* Packets, where those that carried each other are some of their own. */
static void
count_all_events(struct decode *d, const struct packet *p)
{
	for (unsigned i = 0; d->outside && i < d->outside->n; i++)
		count_events(&d->count, &d->outside->packet[i]);
	count_events(&d->count, p);
}

bool
decode_frame(struct decode *d, const struct frame *frame, struct packet *p)
{
	struct walk w = { .c = cursor_of(frame->data, frame->caplen), .d = d, .p = p };

	memset(p, 0, offsetof(struct packet, outer));
	p->frame = *frame;
	if (d->outside)
		d->outside->n = 0;
	d->count.pkts++;
	d->count.bytes += frame->caplen;
	if (frame->caplen < frame->wirelen) {
		d->count.truncated++;
		p->flags |= PKT_TRUNCATED;
	}
	layer_fn layer = frame->linktype == 1 ? layer_ethernet : layer_of_link(frame->linktype);
	w.why = layer ? WHY_NO_IP : WHY_UNKNOWN_LINK;
	bool ip = layer && layer(&w);
	count_outcome(&d->count, ip, w.why);
	if (p->odd | p->hints || (d->outside && d->outside->n))
		count_all_events(d, p);
	if (!ip)
		p->flags |= PKT_UNUSABLE;
	return ip;
}

bool
decode_linktype_known(uint16_t linktype)
{
	return layer_of_link(linktype) != NULL;
}
