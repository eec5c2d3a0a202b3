/* SPDX-License-Identifier: Apache-2.0 */
/* Alert events: signatures on a packet, and behaviour over time. */
#include <stdio.h>
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

/* {"key":{...},...} */
static void
context_put(struct output *o, const struct alert *a)
{
	struct jw w;

	jw_init(&w, &o->part);
	jw_object(&w);
	for (uint8_t i = 0; i < a->context_n; i++) {
		const struct alert_context *c = &a->context[i];
		w.comma = false;
		if (i)
			buf_u8(&o->part, ',');
		jw_bytes(&w, c->key, strlen(c->key));
		buf_u8(&o->part, ':');
		w.comma = false;
		if (c->json.ptr)
			buf_add(&o->part, c->json.ptr, c->json.len);
		else
			matches_text(o, &w, &c->text);
	}
	buf_u8(&o->part, '}');
}

/* What was appended to o->part since `from`; it may move while more comes. */
static struct view
part_since(const struct output *o, bool is_there, size_t from, size_t to)
{
	return is_there ? (struct view){ o->part.ptr + from, to - from } : (struct view){ NULL, 0 };
}

/* Who attacks whom, when the rule says so: `text` gets the addresses. */
static bool
ends_of(const struct output *o, const struct output_scene *s, const struct alert *a,
    struct ev_alert_end end[2], char text[2][ADDR_TEXT])
{
	const struct packet *p = s->packet;

	if (!a->target || a->ver || !p)
		return false;
	bool turned = (a->target == ALERT_TARGET_SRC) != (s->flow && a->dir != s->dir);
	bool ports = proto_has_ports(p->proto);
	address_text(o, text[turned], &p->src, p->ip_ver);
	address_text(o, text[!turned], &p->dst, p->ip_ver);
	end[turned] = (struct ev_alert_end){ text[turned], ports ? p->sport : -1 };
	end[!turned] = (struct ev_alert_end){ text[!turned], ports ? p->dport : -1 };
	return true;
}

/* A piece of what was made before. */
static struct view
kept(const struct alert *a, size_t from, size_t to)
{
	return to > from ? (struct view){ a->parts->text.ptr + from, to - from }
			 : (struct view){ NULL, 0 };
}

static void
alert_object(struct output *o, const struct output_scene *s, const struct alert *a)
{
	struct ev_alert_end end[2];
	char text[2][ADDR_TEXT];
	bool ends = ends_of(o, s, a, end, text);

	buf_clear(&o->part);
	if (a->meta_n)
		metadata_put(o, a);
	size_t meta = o->part.len;
	bool has_cve = codes_cve_put(o, a);
	size_t cve = o->part.len;
	bool has_refs = o->config.references && codes_references_put(o, a);
	size_t refs = o->part.len;
	if (a->context_n && !a->parts)
		context_put(o, a);
	struct ev_alert e = { .action = a->action,
		.gid = a->gid,
		.signature_id = a->sid,
		.rev = a->rev,
		.signature = a->signature,
		.category = a->category,
		.severity = a->severity,
		.metadata = part_since(o, a->meta_n, 0, meta),
		.source = ends ? &end[0] : NULL,
		.target = ends ? &end[1] : NULL,
		.cve = part_since(o, has_cve, meta, cve),
		.references = part_since(o, has_refs, cve, refs),
		.context = part_since(o, a->context_n, refs, o->part.len) };
	if (a->parts)
		e.context = kept(a, a->parts->match, a->parts->context);
	jw_key(&o->w, "alert");
	ev_alert_write(&o->w, &e);
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

static const char *
some(const char *text)
{
	return *text ? text : NULL;
}

static void
indicator_object(struct output *o, const struct alert *a)
{
	const struct alert_indicator *i = a->indicator;

	if (!i)
		return;
	jw_key(&o->w, "indicator");
	ev_indicator_write(&o->w, &(struct ev_indicator){ .type = i->type,
				      .value = i->value,
				      .seen = some(i->seen),
				      .list = i->list,
				      .source = some(i->source),
				      .confidence = i->confidence,
				      .expires = i->expires,
				      .reference = some(i->reference),
				      .description = some(i->description) });
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

/* Where something happened between two hosts, at a time of its own. */
void
head_pair(const struct output *o, const struct output_pair *p, struct ev_head *head,
    struct output_ends *ends)
{
	static const struct addr none;

	head->timestamp = p->ts;
	head->flow_id = -1;
	head->pcap_cnt = -1;
	head->community_id = NULL;
	head->app_proto = head->app_proto_ts = head->app_proto_tc = head->app_proto_orig = NULL;
	head->src_port = head->dest_port = head->icmp_type = head->icmp_code = -1;
	head->response_icmp_type = head->response_icmp_code = -1;
	head_addresses(o, p->ver, &p->src, &p->dst, head, ends);
	if (addr_same(&p->dst, &none))
		head->dest_ip = NULL;
	if (p->sport)
		head->src_port = p->sport;
	if (p->dport)
		head->dest_port = p->dport;
	head->proto = head_proto(p->proto, ends->proto);
}

static void
on_behaviour(struct output *o, const struct output_scene *s, const struct alert *a)
{
	struct ev_head head;
	struct output_ends ends;

	head_fill(o, &(struct output_scene){ .source = s->source }, false, &head, &ends);
	head_pair(o,
	    &(struct output_pair){ a->src, a->dst, a->sport, a->dport, a->ver, a->proto, a->ts },
	    &head, &ends);
	head.event_type = "alert";
	line_begin(o, &head);
	line_learned(o, a->ver, &a->src, &a->dst);
	alert_object(o, s, a);
	codes_write(o, a);
	notice_object(o, a);
}

/* The transaction, and what carried it. */
static void
tx_write(const struct l7_tx *tx, struct jw *w)
{
	l7_tx_write(tx, w);
	if (tx->around)
		l7_tx_write(tx->around, w);
}

/* Does it speak of bytes that went the other way than the packet that brought it on? */
static bool
turned(const struct output_scene *s, const struct alert *a)
{
	return s->flow && a->dir != (s->packet ? s->dir : DIR_TO_SERVER);
}

/* Members behind "{" each way: the bracket becomes the comma. */
static void
tx_kept(struct output *o, const struct alert *a)
{
	struct view members = kept(a, a->parts->files + 1, a->parts->tx);

	buf_u8(&o->line, ',');
	buf_add(&o->line, members.ptr, members.len);
	o->w.comma = true;
}

static void
on_packet(struct output *o, const struct output_scene *s, const struct alert *a)
{
	struct ev_head head;
	struct output_ends ends;
	const struct packet *p = s->packet;
	bool turn = turned(s, a);

	head_fill(o, s, true, &head, &ends);
	if (turn)
		line_turn(&head);
	head.event_type = "alert";
	if (s->packet)
		head.pkt_src =
		    s->packet->flags & PKT_ENDING ? "stream (flow timeout)" : "wire/pcap";
	head.tx_id = a->tx_id;
	if (s->packet && !s->packet->frame.data)
		head.pkt_src = "stream (flow timeout)";
	line_vlan(o, s, &head);
	line_begin(o, &head);
	if (p)
		line_learned(o, p->ip_ver, turn ? &p->dst : &p->src, turn ? &p->src : &p->dst);
	if (s->flow)
		line_ndpi(o, s->flow);
	line_vars(o, s);
	alert_object(o, s, a);
	codes_write(o, a);
	notice_object(o, a);
	indicator_object(o, a);
	if (a->frame)
		frame_write(o, &o->w, a->frame);
	if (a->tx)
		tx_write(a->tx, &o->w);
	else if (a->parts && a->parts->tx > a->parts->files)
		tx_kept(o, a);
	else if (s->flow)
		l7_flow_write(s->flow, &o->w);
	if (s->flow)
		flow_brief(o, s->flow);
}

uint64_t
output_alert_id(const struct output_scene *s, const struct alert *a, unsigned nth)
{
	const struct hash_key key = HASH_KEY_FIXED;
	const struct packet *p = s->packet;
	const uint64_t content[] = { s->flow ? s->flow->id : 0, p ? p->frame.ts : a->ts,
		p ? p->frame.number : 0, (uint64_t)a->gid << 32 | a->sid, (uint64_t)a->tx_id, nth };
	uint64_t hash = hash_bytes(key, content, sizeof(content));

	if (a->ver)
		hash ^= hash_bytes(key, &a->src, sizeof(a->src)) ^
			hash_bytes(key, &a->dst, sizeof(a->dst)) * 3;
	return hash ? hash : 1;
}

/* Append the files of the alert's transaction to o->part. */
static void
files_put(struct output *o, const struct output_scene *s, const struct alert *a)
{
	struct jw w;

	jw_init(&w, &o->part);
	mask_writer(&o->mask, &w);
	jw_array(&w);
	size_t n = l7_files_write(s->flow, s->file, s->file_n, (uint64_t)a->tx_id, &w);
	jw_array_end(&w);
	if (!n)
		buf_clear(&o->part);
}

bool
output_alert_parts(struct output *o, const struct output_scene *s, const struct alert *a,
    struct alert_parts *parts)
{
	struct buf *text = &parts->text;
	struct jw w;

	parts->framed = a->frame != NULL;
	buf_clear(&o->part);
	buf_clear(text);
	if (a->match_n)
		matches_put(o, a);
	parts->match = o->part.len;
	if (a->context_n)
		context_put(o, a);
	parts->context = parts->files = o->part.len;
	buf_add(text, o->part.ptr, o->part.len);
	buf_clear(&o->part);
	if (s->flow && a->tx_id >= 0) {
		files_put(o, s, a);
		buf_add(text, o->part.ptr, o->part.len);
		parts->files += o->part.len;
	}
	jw_init(&w, text);
	mask_writer(&o->mask, &w);
	if (a->tx || a->frame)
		buf_u8(text, '{');
	if (a->frame)
		frame_write(o, &w, a->frame);
	if (a->tx)
		tx_write(a->tx, &w);
	else if (a->frame && s->flow)
		l7_flow_write(s->flow, &w);
	parts->tx = text->len > parts->files + 1 ? text->len : parts->files;
	return !text->failed && !o->part.failed;
}

/* What stands behind everything else. */
static void
tail_fields(struct output *o, const struct output_scene *s, const struct alert *a)
{
	struct ev_alert_tail e = { .stream = -1, .verdict = a->verdict, .name_zh = a->name_zh };
	struct ev_verdict_reason why;
	struct ev_packet_info info;
	char id[17];

	if (a->judged && verdict_reason_fill(&why, a->judged))
		e.verdict_reason = &why;
	(void)snprintf(id, sizeof(id), "%016llx", (unsigned long long)a->id);
	e.alert_id = a->id ? id : NULL;
	buf_clear(&o->part);
	if (!a->ver && s->flow) {
		e.direction = a->dir == DIR_TO_SERVER ? "to_server" : "to_client";
		e.tx_guessed = a->tx_guessed;
		if (a->tx_id >= 0 && !a->parts)
			files_put(o, s, a);
	}
	size_t files = o->part.len;
	if (a->match_n && !a->parts)
		matches_put(o, a);
	size_t matches = o->part.len;
	if (!a->ver && s->packet)
		matches_payload(o, s, a, &e, &info);
	e.files = part_since(o, files, 0, files);
	e.matches = part_since(o, a->match_n && !a->parts, files, matches);
	if (a->parts) {
		e.files = kept(a, a->parts->context, a->parts->files);
		e.matches = kept(a, 0, a->parts->match);
	}
	ev_alert_tail_fields(&o->w, &e);
}

void
output_alert(struct output *o, const struct output_scene *s, const struct alert *a)
{
	if (a->ver)
		on_behaviour(o, s, a);
	else
		on_packet(o, s, a);
	tail_fields(o, s, a);
	line_end(o, EVENT_alert, a->ver ? a->ts : s->packet ? s->packet->frame.ts : 0);
}
