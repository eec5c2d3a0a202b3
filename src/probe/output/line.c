/* SPDX-License-Identifier: Apache-2.0 */
/* The beginning and end every event line has, and what is known of its two ends. */
#include <stdio.h>

#include "internal.h"

const char *
head_proto(uint8_t proto, char room[16])
{
	switch (proto) {
	case 1:
		return "ICMP";
	case 2:
		return "IGMP";
	case 6:
		return "TCP";
	case 17:
		return "UDP";
	case 47:
		return "GRE";
	case 50:
		return "ESP";
	case 51:
		return "AH";
	case 58:
		return "IPv6-ICMP";
	case 132:
		return "SCTP";
	default:
		snprintf(room, 16, "%03u", proto);
		return room;
	}
}

void
address_text(const struct output *o, char out[ADDR_TEXT], const struct addr *a, uint8_t ver)
{
	(void)(o->config.ipv6_full ? addr_text_full : addr_text)(out, a, ver);
}

void
head_addresses(const struct output *o, uint8_t ver, const struct addr *src, const struct addr *dst,
    struct ev_head *head, struct output_ends *ends)
{
	address_text(o, ends->src, src, ver);
	address_text(o, ends->dest, dst, ver);
	head->src_ip = ends->src;
	head->dest_ip = ends->dest;
}

static void
head_from_flow(
    const struct output *o, const struct flow *f, struct ev_head *head, struct output_ends *ends)
{
	const struct flow_key *k = &f->key;

	head->ip_v = k->ip_ver;
	head_addresses(o, k->ip_ver, &k->client, &k->server, head, ends);
	if (proto_has_ports(k->proto)) {
		head->src_port = k->cport;
		head->dest_port = k->sport;
	} else if (proto_is_icmp(k->proto, k->ip_ver)) {
		head->icmp_type = f->icmp_type;
		head->icmp_code = f->icmp_code;
		if (f->packets[DIR_TO_CLIENT]) {
			head->response_icmp_type = f->icmp_answer.type;
			head->response_icmp_code = f->icmp_answer.code;
		}
	}
	head->proto = head_proto(k->proto, ends->proto);
}

static void
head_from_packet(
    const struct output *o, const struct packet *p, struct ev_head *head, struct output_ends *ends)
{
	head->ip_v = p->ip_ver;
	head_addresses(o, p->ip_ver, &p->src, &p->dst, head, ends);
	if (proto_has_ports(p->proto)) {
		head->src_port = p->sport;
		head->dest_port = p->dport;
	} else if (proto_is_icmp(p->proto, p->ip_ver)) {
		head->icmp_type = p->icmp_type;
		head->icmp_code = p->icmp_code;
	}
	head->proto = head_proto(p->proto, ends->proto);
}

void
head_link(
    const struct output *o, const char *interface, struct ev_head *head, struct output_ends *ends)
{
	const struct links_row *k = links_find(o->config.links, interface);

	head->in_iface = interface;
	if (!k)
		return;
	ends->link = (struct ev_link){ k->name, k->direction, k->segment };
	head->link = &ends->link;
}

static const char *
community_id(struct output *o, const struct flow *f)
{
	struct known_id *k = &o->known[f->id % KNOWN_IDS];

	if (k->flow != f->id) {
		flow_community_id(f, k->text);
		k->flow = f->id;
	}
	return k->text;
}

static void
head_place(const struct output *o, const struct output_scene *s, struct ev_head *head,
    struct output_ends *ends)
{
	if (o->config.live)
		head_link(o, s->source, head, ends);
	else if (s->source)
		head->pcap_filename = ends->source = view_of(s->source);
	if (s->packet && !o->config.live)
		head->pcap_cnt = (int64_t)s->packet->frame.number;
}

/* Where the number of a tunnel of this kind is said. */
static int64_t *
tunnel_number(struct ev_tunnel *e, uint8_t kind)
{
	switch (kind) {
	case TUNNEL_VXLAN:
	case TUNNEL_GENEVE:
	case TUNNEL_NVGRE:
		return &e->vni;
	case TUNNEL_MPLS:
		return &e->label;
	case TUNNEL_GRE:
		return &e->key;
	case TUNNEL_GTP:
		return &e->teid;
	default:
		return &e->session;
	}
}

static void
head_tunnel(const struct output *o, const struct packet_outer *p, uint8_t depth,
    struct ev_head *head, struct output_ends *ends)
{
	struct ev_tunnel *e = &ends->tunnel;

	*e = (struct ev_tunnel){ .src_port = -1,
		.dest_port = -1,
		.ttl = -1,
		.type = packet_tunnel_name(p->kind),
		.depth = depth,
		.vni = -1,
		.label = -1,
		.key = -1,
		.teid = -1,
		.session = -1 };
	int64_t *number = tunnel_number(e, p->kind);
	if (p->id || number == &e->vni) /* a virtual network may be number 0 */
		*number = p->id;
	if (p->ip_ver) {
		address_text(o, ends->outer_src, &p->src, p->ip_ver);
		address_text(o, ends->outer_dest, &p->dst, p->ip_ver);
		e->src_ip = ends->outer_src;
		e->dest_ip = ends->outer_dest;
		e->proto = head_proto(p->proto, ends->outer_proto);
		e->ttl = p->ttl;
	}
	if (p->ip_ver && proto_has_ports(p->proto)) {
		e->src_port = p->sport;
		e->dest_port = p->dport;
	}
	head->tunnel = e;
}

struct ev_head
head_blank(const struct ev_probe *probe)
{
	return (struct ev_head){ .flow_id = -1,
		.pcap_cnt = -1,
		.src_port = -1,
		.dest_port = -1,
		.ip_v = -1,
		.icmp_type = -1,
		.icmp_code = -1,
		.response_icmp_type = -1,
		.response_icmp_code = -1,
		.tx_id = -1,
		.probe = probe };
}

void
head_fill(struct output *o, const struct output_scene *s, bool as_packet, struct ev_head *head,
    struct output_ends *ends)
{
	*head = head_blank(&o->probe);
	head->timestamp = s->packet ? s->packet->frame.ts : s->flow ? s->flow->last : 0;
	head_place(o, s, head, ends);
	if (s->flow && !(as_packet && s->packet)) {
		head_from_flow(o, s->flow, head, ends);
		if (s->flow->outer)
			head_tunnel(o, &s->flow->outer->outer, s->flow->outer->depth, head, ends);
	} else if (s->packet && s->packet->ip_ver) {
		head_from_packet(o, s->packet, head, ends);
		if (s->packet->depth)
			head_tunnel(o, &s->packet->outer, s->packet->depth, head, ends);
	}
	if (!s->flow)
		return;
	head->flow_id = (int64_t)s->flow->id;
	head->app_proto = l7_proto_name(l7_proto(s->flow));
	l7_proto_more(s->flow, &head->app_proto_orig, &head->app_proto_ts, &head->app_proto_tc);
	if (o->config.community_id)
		head->community_id = community_id(o, s->flow);
}

/* "vlan":[...] needs the array before the head is written. */
static void
vlan_list(struct output *o, const uint16_t *vlan, unsigned n, struct ev_head *head)
{
	struct jw w;

	if (!n)
		return;
	buf_clear(&o->part);
	jw_init(&w, &o->part);
	jw_array(&w);
	for (unsigned i = 0; i < n; i++)
		jw_u64(&w, vlan[i]);
	jw_array_end(&w);
	head->vlan = (struct view){ o->part.ptr, o->part.len };
}

void
line_vlan(struct output *o, const struct output_scene *s, struct ev_head *head)
{
	uint16_t vlan[PACKET_VLANS];

	if (s->packet)
		vlan_list(o, s->packet->vlan, s->packet->vlan_n, head);
	else if (s->flow)
		vlan_list(o, vlan, flow_vlans(s->flow, vlan), head);
}

void
line_begin(struct output *o, const struct ev_head *head)
{
	buf_clear(&o->line);
	if (!o->w.out) { /* keeps the date it wrote last */
		jw_init(&o->w, &o->line);
		mask_writer(&o->mask, &o->w);
	}
	o->w.comma = false;
	jw_object(&o->w);
	ev_head_fields(&o->w, head);
}

static bool
segment_end(const struct learn *l, const struct addr *a, uint8_t ver, struct ev_segment_end *out)
{
	const struct learn_segment *s = learn_segment(l, a, ver);

	if (!s)
		return false;
	*out = (struct ev_segment_end){ .name = s->name, .importance = s->importance };
	out->unit = s->unit && *s->unit ? s->unit : NULL;
	out->link = s->link && *s->link ? s->link : NULL;
	return true;
}

static bool
geo_end(const struct learn *l, const struct addr *a, uint8_t ver, struct learn_geo *room,
    struct ev_geoip_end *out)
{
	if (!learn_geo(l, a, ver, room))
		return false;
	*out = (struct ev_geoip_end){ .asn = room->asn ? (int64_t)room->asn : -1 };
	out->country = *room->country ? room->country : NULL;
	out->as_org = *room->as_org ? room->as_org : NULL;
	return true;
}

void
line_learned(struct output *o, uint8_t ver, const struct addr *src, const struct addr *dst)
{
	const struct learn *l = o->config.learn;
	struct ev_segment_end segment[2];
	struct ev_geoip_end geo[2];
	struct learn_geo room[2];

	if (!l || !ver)
		return;
	struct ev_segment seg = {
		.src = segment_end(l, src, ver, &segment[0]) ? &segment[0] : NULL,
		.dest = segment_end(l, dst, ver, &segment[1]) ? &segment[1] : NULL,
	};
	if (seg.src || seg.dest) {
		jw_key(&o->w, "segment");
		ev_segment_write(&o->w, &seg);
	}
	struct ev_geoip g = {
		.src = geo_end(l, src, ver, &room[0], &geo[0]) ? &geo[0] : NULL,
		.dest = geo_end(l, dst, ver, &room[1], &geo[1]) ? &geo[1] : NULL,
	};
	if (g.src || g.dest) {
		jw_key(&o->w, "geoip");
		ev_geoip_write(&o->w, &g);
	}
}

static struct view
risk_list(struct output *o, uint64_t risks)
{
	struct jw w;
	struct identify_risk risk;

	if (!risks)
		return (struct view){ NULL, 0 };
	buf_clear(&o->part);
	jw_init(&w, &o->part);
	jw_array(&w);
	for (unsigned i = 0; i < 64; i++) {
		if (!(risks >> i & 1) || !identify_risk(i, &risk))
			continue;
		jw_object(&w);
		jw_key(&w, "id");
		jw_u64(&w, i);
		jw_key(&w, "name");
		jw_text(&w, risk.name);
		jw_key(&w, "severity");
		jw_text(&w, risk.severity);
		jw_key(&w, "score");
		jw_u64(&w, risk.score);
		jw_object_end(&w);
	}
	jw_array_end(&w);
	return (struct view){ o->part.ptr, o->part.len };
}

void
line_ndpi(struct output *o, const struct flow *f)
{
	struct identify_result r;

	if (!o->config.identify)
		return;
	identify_result(o->config.identify, f, &r);
	struct ev_ndpi e = { .proto = r.proto,
		.category = r.category,
		.breed = r.breed,
		.confidence = r.confidence,
		.engine = r.engine,
		.hostname = view_of(r.hostname),
		.risk_score = -1 };
	if (r.risks) {
		e.risk_score = r.risk_score;
		e.risk = risk_list(o, r.risks);
	}
	jw_key(&o->w, "ndpi");
	ev_ndpi_write(&o->w, &e);
}

void
line_end(struct output *o, enum event_type type, uint64_t ts)
{
	jw_object_end(&o->w);
	if (o->line.failed)
		o->failed++;
	else
		o->config.line(o->config.context, (uint8_t)type, o->line.ptr, o->line.len, ts);
}
