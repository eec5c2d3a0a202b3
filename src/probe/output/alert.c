/* SPDX-License-Identifier: Apache-2.0 */
/* Alert events: signatures on a packet, and behaviour over time. */
#include <string.h>

#include "internal.h"

/* {"key":["value",...],...}; equal keys follow each other in the rule's order or are gathered. */
static void
metadata_put(struct output *o, const struct alert *a)
{
	struct jw w;

	jw_init(&w, &o->part);
	jw_object(&w);
	for (uint16_t i = 0; i < a->meta_n; i++) {
		uint16_t before = 0;
		while (before < i && strcmp(a->meta[before].key, a->meta[i].key) != 0)
			before++;
		if (before < i)
			continue;
		jw_bytes(&w, a->meta[i].key, strlen(a->meta[i].key));
		buf_u8(&o->part, ':');
		w.comma = false;
		jw_array(&w);
		for (uint16_t k = i; k < a->meta_n; k++)
			if (strcmp(a->meta[k].key, a->meta[i].key) == 0)
				jw_text(&w, a->meta[k].value);
		jw_array_end(&w);
	}
	jw_object_end(&w);
}

/* What was appended to o->part since `from`; it may move while more comes. */
static struct view
part_since(const struct output *o, bool is_there, size_t from, size_t to)
{
	return is_there ? (struct view){ o->part.ptr + from, to - from } : (struct view){ NULL, 0 };
}

static void
alert_object(struct output *o, const struct alert *a)
{
	buf_clear(&o->part);
	if (a->meta_n)
		metadata_put(o, a);
	size_t meta = o->part.len;
	if (a->match_n)
		matches_put(o, a);
	struct ev_alert e = { .action = a->action,
		.gid = a->gid,
		.signature_id = a->sid,
		.rev = a->rev,
		.signature = a->signature,
		.category = a->category,
		.severity = a->severity,
		.metadata = part_since(o, a->meta_n, 0, meta),
		.matches = part_since(o, a->match_n, meta, o->part.len) };
	jw_key(&o->w, "alert");
	ev_alert_write(&o->w, &e);
}

static void
code_objects(struct output *o, const struct alert *a)
{
	if (a->attack) {
		jw_key(&o->w, "attack");
		ev_attack_write(&o->w, &(struct ev_attack){ a->attack });
	}
	if (a->gbt20986) {
		jw_key(&o->w, "gbt20986");
		ev_gbt20986_write(&o->w, &(struct ev_gbt20986){ a->gbt20986, "gbt20986:2023" });
	}
}

static void
notice_object(struct output *o, const struct alert *a)
{
	struct jw w;

	if (!a->detector)
		return;
	buf_clear(&o->part);
	jw_init(&w, &o->part);
	mask_writer(&o->mask, &w);
	jw_object(&w);
	for (uint8_t i = 0; i < a->fact_n; i++) {
		jw_key_n(&w, a->fact[i].name, strlen(a->fact[i].name));
		if (a->fact[i].text)
			jw_text(&w, a->fact[i].text);
		else
			jw_f64(&w, a->fact[i].value, 6);
	}
	jw_object_end(&w);
	jw_key(&o->w, "notice");
	ev_notice_write(
	    &o->w, &(struct ev_notice){ a->detector, (struct view){ o->part.ptr, o->part.len } });
}

static void
flow_brief(struct output *o, const struct flow *f)
{
	char src[ADDR_TEXT], dest[ADDR_TEXT];
	bool ports = proto_has_ports(f->key.proto);

	address_text(o, src, &f->key.client, f->key.ip_ver);
	address_text(o, dest, &f->key.server, f->key.ip_ver);
	struct ev_flow_brief e = {
		.pkts_toserver = f->packets[DIR_TO_SERVER],
		.pkts_toclient = f->packets[DIR_TO_CLIENT],
		.bytes_toserver = f->bytes[DIR_TO_SERVER],
		.bytes_toclient = f->bytes[DIR_TO_CLIENT],
		.start = f->first,
		.src_ip = src,
		.dest_ip = dest,
		.src_port = ports ? f->key.cport : -1,
		.dest_port = ports ? f->key.sport : -1,
	};
	jw_key(&o->w, "flow");
	ev_flow_brief_write(&o->w, &e);
}

/* Where a behaviour alert happened: between two hosts, at a time of its own. */
static void
behaviour_head(
    const struct output *o, const struct alert *a, struct ev_head *head, struct output_ends *ends)
{
	head->timestamp = a->ts;
	head->flow_id = -1;
	head->pcap_cnt = -1;
	head->community_id = NULL;
	head->app_proto = head->app_proto_ts = head->app_proto_tc = head->app_proto_orig = NULL;
	head->src_port = head->dest_port = head->icmp_type = head->icmp_code = -1;
	head_addresses(o, a->ver, &a->src, &a->dst, head, ends);
	static const struct addr none;
	if (addr_same(&a->dst, &none))
		head->dest_ip = NULL;
	if (a->sport)
		head->src_port = a->sport;
	if (a->dport)
		head->dest_port = a->dport;
	head->proto = head_proto(a->proto, ends->proto);
}

static void
on_behaviour(struct output *o, const struct output_scene *s, const struct alert *a)
{
	struct ev_head head;
	struct output_ends ends;

	head_fill(o, &(struct output_scene){ .source = s->source }, false, &head, &ends);
	behaviour_head(o, a, &head, &ends);
	head.event_type = "alert";
	line_begin(o, &head);
	line_learned(o, a->ver, &a->src, &a->dst);
	alert_object(o, a);
	code_objects(o, a);
	notice_object(o, a);
}

static void
on_packet(struct output *o, const struct output_scene *s, const struct alert *a)
{
	struct ev_head head;
	struct output_ends ends;

	head_fill(o, s, true, &head, &ends);
	head.event_type = "alert";
	head.tx_id = a->tx_id;
	line_vlan(o, s, &head);
	line_begin(o, &head);
	if (s->packet)
		line_learned(o, s->packet->ip_ver, &s->packet->src, &s->packet->dst);
	if (s->flow)
		line_ndpi(o, s->flow);
	alert_object(o, a);
	code_objects(o, a);
	notice_object(o, a);
	if (a->tx)
		l7_tx_write(a->tx, &o->w);
	else if (s->flow)
		l7_flow_write(s->flow, &o->w);
	if (s->flow)
		flow_brief(o, s->flow);
}

void
output_alert(struct output *o, const struct output_scene *s, const struct alert *a)
{
	if (a->ver)
		on_behaviour(o, s, a);
	else
		on_packet(o, s, a);
	const char *way = a->ver || !s->flow        ? NULL
			  : s->dir == DIR_TO_CLIENT ? "to_client"
						    : "to_server";
	ev_alert_tail_fields(&o->w, &(struct ev_alert_tail){ a->verdict, a->name_zh, way });
	line_end(o, EVENT_alert, a->ver ? a->ts : s->packet ? s->packet->frame.ts : 0);
}
