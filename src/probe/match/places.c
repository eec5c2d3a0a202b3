/* SPDX-License-Identifier: Apache-2.0 */
/* What patterns look into: places of the packet, and the lists that rules make of places. */
#include <stdio.h>

#include "probe/match_keyword.h"
#include "probe/match_run.h"

#define TCP (1u << MATCH_TCP)
#define UDP (1u << MATCH_UDP)
#define ICMP (1u << MATCH_ICMP)
#define ALL ((1u << MATCH_TRANSPORTS) - 1)

static bool
header(const struct packet *p, uint8_t proto, struct view *out)
{
	size_t payload = p->payload.ptr ? p->payload.len : 0;
	if (p->proto != proto || !p->l4.ptr || p->l4.len < payload)
		return false;
	*out = (struct view){ p->l4.ptr, p->l4.len - payload };
	return out->len > 0;
}

static bool
ip_header(const struct packet *p, uint8_t ver, struct view *out)
{
	if (p->ip_ver != ver || !p->l3.ptr || p->l3.len < p->l4.len)
		return false;
	*out = (struct view){ p->l3.ptr, p->l3.len - p->l4.len };
	return true;
}

static bool
payload(const struct match *m, struct view *out)
{
	*out = m->now.p->payload;
	return true;
}

static bool
base64(const struct match *m, struct view *out)
{
	*out = m->base64;
	return out->ptr != NULL;
}

static bool
ipv4(const struct match *m, struct view *out)
{
	return ip_header(m->now.p, 4, out);
}

static bool
ipv6(const struct match *m, struct view *out)
{
	return ip_header(m->now.p, 6, out);
}

static bool
tcp(const struct match *m, struct view *out)
{
	return header(m->now.p, 6, out);
}

static bool
udp(const struct match *m, struct view *out)
{
	return header(m->now.p, 17, out);
}

static bool
icmpv4(const struct match *m, struct view *out)
{
	return header(m->now.p, 1, out);
}

static bool
icmpv6(const struct match *m, struct view *out)
{
	return header(m->now.p, 58, out);
}

/* The side that is looked at may have sent another packet than the one at hand. */
static bool
end_of(const struct match *m, bool source, struct view *out)
{
	const struct packet *p = m->now.p;
	const struct addr *a = source != m->turned ? &p->src : &p->dst;
	*out = (struct view){ a->b, p->ip_ver == 4 ? 4 : 16 };
	return true;
}

static bool
ip_src(const struct match *m, struct view *out)
{
	return end_of(m, true, out);
}

static bool
ip_dst(const struct match *m, struct view *out)
{
	return end_of(m, false, out);
}

static const struct match_place_row places[MATCH_FRAME] = {
	[MATCH_PAYLOAD] = { "pkt_data", NULL, ALL, payload },
	[MATCH_BASE64] = { "base64_data", NULL, ALL, base64 },
	[MATCH_IPV4_HDR] = { "ipv4.hdr", NULL, ALL, ipv4 },
	[MATCH_IPV6_HDR] = { "ipv6.hdr", NULL, ALL, ipv6 },
	[MATCH_TCP_HDR] = { "tcp.hdr", NULL, TCP, tcp },
	[MATCH_UDP_HDR] = { "udp.hdr", NULL, UDP, udp },
	[MATCH_ICMPV4_HDR] = { "icmpv4.hdr", NULL, ICMP, icmpv4 },
	[MATCH_IP_SRC] = { "ip.src", NULL, ALL, ip_src },
	[MATCH_IP_DST] = { "ip.dst", NULL, ALL, ip_dst },
	[MATCH_ICMPV6_HDR] = { "icmpv6.hdr", NULL, ICMP, icmpv6 },
};

const struct match_place_row *
match_place_row(uint16_t place)
{
	return place < MATCH_FRAME ? &places[place] : NULL;
}

const char *
match_place_written(uint16_t place)
{
	if (place < MATCH_FRAME)
		return places[place].name;
	if (match_place_frame(place))
		return l7_frame_row((enum l7_frame_type)(place - MATCH_FRAME))->full;
	return l7_buffer_row((enum l7_buffer)(place - MATCH_L7))->name;
}

/* The list's name: its place and its transforms as written. */
static struct view
list_name(struct match_draft *d, uint16_t place, uint8_t transforms)
{
	const char *first = match_place_written(place);
	size_t n = strlen(first) + 1;
	for (uint8_t i = 0; i < transforms; i++)
		n += d->transform_text[i].len + 2;
	char *name = match_arena_get(d->arena, n);
	if (!name)
		return (struct view){ NULL, 0 };
	int at = snprintf(name, n, "%s", first);
	for (uint8_t i = 0; i < transforms; i++)
		at += snprintf(name + at, n - (size_t)at, "; %.*s", (int)d->transform_text[i].len,
		    (const char *)d->transform_text[i].ptr);
	return (struct view){ (uint8_t *)name, (size_t)at };
}

int
match_list_of(struct match_draft *d, uint16_t place, uint8_t transforms, uint16_t *out)
{
	struct match_set *set = d->set;
	struct view name = list_name(d, place, transforms);
	struct match_list *list = name.ptr ? match_names_find(&set->lists, name) : NULL;
	if (list) {
		*out = (uint16_t)(list - set->list);
		return 0;
	}
	if (!name.ptr || set->list_n == MATCH_LISTS_MAX)
		return match_fail(d, d->sticky_at, NULL,
		    "more than %d kinds of buffers and transforms", MATCH_LISTS_MAX);
	list = &set->list[set->list_n];
	list->name = (const char *)name.ptr;
	list->place = place;
	list->transform_n = transforms;
	list->transform =
	    match_arena_copy(d->arena, d->transform, transforms * sizeof(d->transform[0]));
	if (!list->transform || match_names_put(&set->lists, name, list) != 0)
		return match_fail(d, d->sticky_at, NULL, "out of memory");
	*out = set->list_n++;
	return 0;
}
