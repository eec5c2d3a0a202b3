/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions about headers of the packet at hand: each is a number that the packet has or lacks, and
 * a comparison. What is read here is read from the header's bytes, which decode has checked.
 */
#include "probe/match_keyword.h"
#include "probe/match_run.h"

#define TCP (1u << MATCH_TCP)
#define ICMP (1u << MATCH_ICMP)
#define ALL ((1u << MATCH_TRANSPORTS) - 1)

struct packet_row {
	/* False when the packet has no such number. */
	bool (*get)(const struct packet *p, uint64_t *out);
	uint8_t bits;
	uint8_t transports;
	const struct l7_word *words;
};

/* ---- what packets have ---- */

static bool
has_tcp(const struct packet *p)
{
	return p->proto == PROTO_TCP && p->l4.len >= 20;
}

static bool
tcp_flags(const struct packet *p, uint64_t *out)
{
	*out = p->tcp_flags;
	return has_tcp(p);
}

/* "!S" is about packets that begin or end something, as Suricata has it. */
static bool
tcp_ends(const struct packet *p, uint64_t *out)
{
	*out = p->tcp_flags;
	return has_tcp(p) && p->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST);
}

static bool
tcp_seq(const struct packet *p, uint64_t *out)
{
	*out = p->tcp_seq;
	return has_tcp(p);
}

static bool
tcp_ack(const struct packet *p, uint64_t *out)
{
	*out = p->tcp_ack;
	return has_tcp(p);
}

static bool
tcp_window(const struct packet *p, uint64_t *out)
{
	*out = p->tcp_window;
	return has_tcp(p);
}

/* The value of a TCP option of n bytes; false when it is not there. */
static bool
tcp_option(const struct packet *p, uint8_t kind, size_t n, struct cursor *value)
{
	struct cursor all = cursor_of_view(p->l4), c, option;
	uint8_t at, len;
	if (!has_tcp(p) || !cursor_sub(&all, p->l4.len - p->payload.len, &c) ||
	    !cursor_skip(&c, 20))
		return false;
	while (cursor_u8(&c, &at) && at != 0) {
		if (at == 1)
			continue;
		if (!cursor_u8(&c, &len) || len < 2 || !cursor_sub(&c, len - 2u, &option))
			return false;
		if (at == kind && len == n + 2) {
			*value = option;
			return true;
		}
	}
	return false;
}

static bool
tcp_mss(const struct packet *p, uint64_t *out)
{
	struct cursor c;
	uint16_t n = 0;
	bool there = tcp_option(p, 2, 2, &c) && cursor_u16(&c, &n);
	*out = n;
	return there;
}

static bool
tcp_wscale(const struct packet *p, uint64_t *out)
{
	struct cursor c;
	uint8_t n = 0;
	bool there = tcp_option(p, 3, 1, &c) && cursor_u8(&c, &n);
	*out = n;
	return there;
}

/* A number of two bytes at a place of the header. */
static bool
two_at(struct view header, size_t at, uint64_t *out)
{
	struct cursor c = cursor_of_view(header);
	uint16_t n = 0;
	bool there = header.ptr && cursor_skip(&c, at) && cursor_u16(&c, &n);
	*out = n;
	return there;
}

static bool
ip_ttl(const struct packet *p, uint64_t *out)
{
	*out = p->ttl;
	return p->ip_ver && p->l3.ptr;
}

static bool
ip_tos(const struct packet *p, uint64_t *out)
{
	bool there = p->ip_ver == 4 && two_at(p->l3, 0, out);
	*out &= 0xff;
	return there;
}

static bool
ip_id(const struct packet *p, uint64_t *out)
{
	return p->ip_ver == 4 && two_at(p->l3, 4, out);
}

static bool
ip_bits(const struct packet *p, uint64_t *out)
{
	bool there = p->ip_ver == 4 && two_at(p->l3, 6, out);
	*out >>= 13;
	return there;
}

static bool
ip_offset(const struct packet *p, uint64_t *out)
{
	bool there = p->ip_ver == 4 && two_at(p->l3, 6, out);
	*out &= 0x1fff;
	return there;
}

static bool
ip_proto(const struct packet *p, uint64_t *out)
{
	*out = p->proto;
	return p->ip_ver != 0;
}

static const struct ip_option {
	const char *name;
	uint8_t kind, bit;
} ip_options[] = {
	{ "eol", 0, 0 },
	{ "nop", 1, 1 },
	{ "rr", 7, 2 },
	{ "ts", 68, 3 },
	{ "sec", 130, 4 },
	{ "lsrr", 131, 5 },
	{ "esec", 133, 6 },
	{ "cipso", 134, 7 },
	{ "satid", 136, 8 },
	{ "ssrr", 137, 9 },
	{ "rtralt", 148, 10 },
};
#define ANY_OPTION (1u << 15)

/* Bits of the options an IPv4 header has. */
static bool
ip_opts(const struct packet *p, uint64_t *out)
{
	struct cursor all = cursor_of_view(p->l3), c;
	uint8_t first, kind, len;
	*out = 0;
	if (p->ip_ver != 4 || !cursor_peek(&all, 0, &first) || (first & 15) <= 5 ||
	    !cursor_sub(&all, (first & 15u) * 4, &c) || !cursor_skip(&c, 20))
		return false;
	while (cursor_u8(&c, &kind)) {
		*out |= ANY_OPTION;
		for (size_t i = 0; i < sizeof(ip_options) / sizeof(ip_options[0]); i++)
			*out |= (uint64_t)(ip_options[i].kind == kind) << ip_options[i].bit;
		if (kind == 0)
			break;
		if (kind != 1 && (!cursor_u8(&c, &len) || len < 2 || !cursor_skip(&c, len - 2u)))
			break;
	}
	return *out != 0;
}

static bool
has_icmp(const struct packet *p)
{
	return proto_is_icmp(p->proto, p->ip_ver) && p->l4.len >= 8;
}

static bool
icmp_type(const struct packet *p, uint64_t *out)
{
	*out = p->icmp_type;
	return has_icmp(p);
}

static bool
icmp_code(const struct packet *p, uint64_t *out)
{
	*out = p->icmp_code;
	return has_icmp(p);
}

/* Messages with an identifier and a number: echo, timestamp, information, mask. */
static bool
has_id(const struct packet *p)
{
	uint8_t t = p->icmp_type;
	return has_icmp(p) &&
	       (p->ip_ver == 4 ? t == 0 || t == 8 || (t >= 13 && t <= 18) : t == 128 || t == 129);
}

static bool
icmp_id(const struct packet *p, uint64_t *out)
{
	return has_id(p) && two_at(p->l4, 4, out);
}

static bool
icmp_seq(const struct packet *p, uint64_t *out)
{
	return has_id(p) && two_at(p->l4, 6, out);
}

static bool
icmp6_mtu(const struct packet *p, uint64_t *out)
{
	uint64_t high, low;
	if (p->ip_ver != 6 || !has_icmp(p) || p->icmp_type != 2 || !two_at(p->l4, 4, &high) ||
	    !two_at(p->l4, 6, &low))
		return false;
	*out = high << 16 | low;
	return true;
}

static bool
igmp_type(const struct packet *p, uint64_t *out)
{
	bool there = p->proto == PROTO_IGMP && p->ip_ver == 4 && two_at(p->l4, 0, out);
	*out >>= 8;
	return there;
}

static bool
same_ip(const struct packet *p, uint64_t *out)
{
	*out = addr_cmp(&p->src, &p->dst) == 0;
	return p->ip_ver != 0;
}

static bool
vlan_layers(const struct packet *p, uint64_t *out)
{
	*out = p->vlan_n;
	return true;
}

/* ---- checksums: 1 right, 0 wrong ---- */

static uint64_t
sum_add(uint64_t sum, struct view v)
{
	struct cursor c = cursor_of_view(v);
	uint16_t n;
	uint8_t last;
	while (cursor_u16(&c, &n))
		sum += n;
	return cursor_u8(&c, &last) ? sum + last * 256u : sum;
}

static bool
sum_right(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

static bool
sum_ip4(const struct packet *p, uint64_t *out)
{
	uint8_t first = 0;
	struct cursor c = cursor_of_view(p->l3);
	struct view header;
	(void)cursor_peek(&c, 0, &first);
	if (p->ip_ver != 4 || !cursor_take(&c, (first & 15u) * 4, &header))
		return false;
	*out = sum_right(sum_add(0, header));
	return true;
}

/* Over the transport header, what it carries, and the addresses. */
static bool
sum_l4(const struct packet *p, uint8_t ver, uint8_t proto, uint64_t *out)
{
	size_t n = ver == 4 ? 4 : 16;
	if (p->ip_ver != ver || p->proto != proto || !p->l4.len || p->flags & PKT_FRAGMENT ||
	    p->flags & PKT_TRUNCATED)
		return false;
	uint64_t sum = proto == PROTO_ICMP ? 0 : proto + (uint64_t)p->l4.len;
	if (proto != PROTO_ICMP) {
		sum = sum_add(sum, (struct view){ p->src.b, n });
		sum = sum_add(sum, (struct view){ p->dst.b, n });
	}
	*out = sum_right(sum_add(sum, p->l4));
	return true;
}

static bool
sum_tcp4(const struct packet *p, uint64_t *out)
{
	return sum_l4(p, 4, PROTO_TCP, out);
}

static bool
sum_tcp6(const struct packet *p, uint64_t *out)
{
	return sum_l4(p, 6, PROTO_TCP, out);
}

/* A UDP checksum of zero says that there is none. */
static bool
sum_udp(const struct packet *p, uint8_t ver, uint64_t *out)
{
	uint64_t stored;
	return two_at(p->l4, 6, &stored) && stored && sum_l4(p, ver, PROTO_UDP, out);
}

static bool
sum_udp4(const struct packet *p, uint64_t *out)
{
	return sum_udp(p, 4, out);
}

static bool
sum_udp6(const struct packet *p, uint64_t *out)
{
	return sum_udp(p, 6, out);
}

static bool
sum_icmp4(const struct packet *p, uint64_t *out)
{
	return sum_l4(p, 4, PROTO_ICMP, out);
}

static bool
sum_icmp6(const struct packet *p, uint64_t *out)
{
	return sum_l4(p, 6, PROTO_ICMPV6, out);
}

/* ---- the keywords ---- */

static const struct l7_word csum_words[] = {
	{ "valid", 1 },
	{ "invalid", 0 },
	{ NULL, 0 },
};

/* Of iana.org's "Protocol Numbers", those that rules have a use for. */
static const struct l7_word proto_words[] = {
	{ "ip", 0 },
	{ "icmp", 1 },
	{ "igmp", 2 },
	{ "ggp", 3 },
	{ "ipencap", 4 },
	{ "ipip", 4 },
	{ "st", 5 },
	{ "tcp", 6 },
	{ "egp", 8 },
	{ "igp", 9 },
	{ "pup", 12 },
	{ "udp", 17 },
	{ "hmp", 20 },
	{ "rdp", 27 },
	{ "ipv6", 41 },
	{ "ipv6-route", 43 },
	{ "ipv6-frag", 44 },
	{ "rsvp", 46 },
	{ "gre", 47 },
	{ "esp", 50 },
	{ "ah", 51 },
	{ "skip", 57 },
	{ "ipv6-icmp", 58 },
	{ "icmp6", 58 },
	{ "icmpv6", 58 },
	{ "ipv6-nonxt", 59 },
	{ "ipv6-opts", 60 },
	{ "eigrp", 88 },
	{ "ospf", 89 },
	{ "pim", 103 },
	{ "ipcomp", 108 },
	{ "vrrp", 112 },
	{ "l2tp", 115 },
	{ "sctp", 132 },
	{ "udplite", 136 },
	{ "mpls-in-ip", 137 },
	{ NULL, 0 },
};

enum row {
	ROW_ACK,
	ROW_ENDS,
	ROW_FLAGS,
	ROW_FRAGBITS,
	ROW_FRAGOFFSET,
	ROW_ICMP_ID,
	ROW_ICMP_SEQ,
	ROW_ICMP6_MTU,
	ROW_ICODE,
	ROW_ID,
	ROW_IGMP_TYPE,
	ROW_IPOPTS,
	ROW_IP_PROTO,
	ROW_ITYPE,
	ROW_MSS,
	ROW_SAMEIP,
	ROW_SEQ,
	ROW_SUM_ICMP4,
	ROW_SUM_ICMP6,
	ROW_SUM_IP4,
	ROW_SUM_TCP4,
	ROW_SUM_TCP6,
	ROW_SUM_UDP4,
	ROW_SUM_UDP6,
	ROW_TOS,
	ROW_TTL,
	ROW_VLAN_LAYERS,
	ROW_WINDOW,
	ROW_WSCALE,
	ROW_COUNT
};

#define UDP (1u << MATCH_UDP)

static const struct packet_row rows[ROW_COUNT] = {
	[ROW_ACK] = { tcp_ack, 32, TCP, NULL },
	[ROW_ENDS] = { tcp_ends, 8, TCP, NULL },
	[ROW_FLAGS] = { tcp_flags, 8, TCP, NULL },
	[ROW_FRAGBITS] = { ip_bits, 3, ALL, NULL },
	[ROW_FRAGOFFSET] = { ip_offset, 16, ALL, NULL },
	[ROW_ICMP_ID] = { icmp_id, 16, ICMP, NULL },
	[ROW_ICMP_SEQ] = { icmp_seq, 16, ICMP, NULL },
	[ROW_ICMP6_MTU] = { icmp6_mtu, 32, ICMP, NULL },
	[ROW_ICODE] = { icmp_code, 8, ICMP, NULL },
	[ROW_ID] = { ip_id, 16, ALL, NULL },
	[ROW_IGMP_TYPE] = { igmp_type, 8, ALL, NULL },
	[ROW_IPOPTS] = { ip_opts, 16, ALL, NULL },
	[ROW_IP_PROTO] = { ip_proto, 8, ALL, proto_words },
	[ROW_ITYPE] = { icmp_type, 8, ICMP, NULL },
	[ROW_MSS] = { tcp_mss, 16, TCP, NULL },
	[ROW_SAMEIP] = { same_ip, 8, ALL, NULL },
	[ROW_SEQ] = { tcp_seq, 32, TCP, NULL },
	[ROW_SUM_ICMP4] = { sum_icmp4, 8, ICMP, csum_words },
	[ROW_SUM_ICMP6] = { sum_icmp6, 8, ICMP, csum_words },
	[ROW_SUM_IP4] = { sum_ip4, 8, ALL, csum_words },
	[ROW_SUM_TCP4] = { sum_tcp4, 8, TCP, csum_words },
	[ROW_SUM_TCP6] = { sum_tcp6, 8, TCP, csum_words },
	[ROW_SUM_UDP4] = { sum_udp4, 8, UDP, csum_words },
	[ROW_SUM_UDP6] = { sum_udp6, 8, UDP, csum_words },
	[ROW_TOS] = { ip_tos, 8, ALL, NULL },
	[ROW_TTL] = { ip_ttl, 8, ALL, NULL },
	[ROW_VLAN_LAYERS] = { vlan_layers, 8, ALL, NULL },
	[ROW_WINDOW] = { tcp_window, 16, TCP, NULL },
	[ROW_WSCALE] = { tcp_wscale, 8, TCP, NULL },
};

static bool
row_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	uint64_t n;
	(void)c;
	return rows[op->number.what].get(m->now.p, &n) && match_number_holds(&op->number, n);
}

/* The rule is about packets that can have it, and is asked of packets. */
static struct match_op *
row_test(struct match_draft *d, const struct match_option *o)
{
	const struct packet_row *row = &rows[o->arg];
	d->rule.transports &= row->transports;
	if (!d->rule.transports) {
		(void)match_fail(d, o->at, NULL,
		    "%.*s is not there in packets of this rule's protocol", (int)o->name.len,
		    (const char *)o->name.ptr);
		return NULL;
	}
	d->pkt_only = true;
	return match_new_test(d, o, row_holds);
}

/* Old rules put the value into quotes. */
static struct view
bare(struct view v)
{
	if (v.len >= 2 && v.ptr[0] == '"' && v.ptr[v.len - 1] == '"')
		v = match_text_trim((struct view){ v.ptr + 1, v.len - 2 });
	return v;
}

/* "x10" stands for 0x10 in tos: the digits, after "!" where there is one. */
static struct view
with_zero(struct match_draft *d, struct view v)
{
	const uint8_t *x = memchr(v.ptr, 'x', v.len);
	size_t before = x ? (size_t)(x - v.ptr) : 0;
	if (!x || (before && v.ptr[before - 1] == '0'))
		return v;
	uint8_t *text = match_arena_get(d->arena, v.len + 1);
	if (!text)
		return v;
	memcpy(text, v.ptr, before);
	text[before] = '0';
	memcpy(text + before + 1, x, v.len - before);
	return (struct view){ text, v.len + 1 };
}

static int
key_number(struct match_draft *d, const struct match_option *o)
{
	const struct packet_row *row = &rows[o->arg];
	struct match_option plain = *o;
	struct match_op_number n = { .what = (uint8_t)o->arg };
	plain.value = bare(o->value);
	if (o->arg == ROW_TOS && plain.value.len)
		plain.value = with_zero(d, plain.value);
	if (match_number_read(d, &plain, row->bits, row->words, &n) != 0)
		return -1;
	struct match_op *op = row_test(d, o);
	if (!op)
		return -1;
	d->head_tests += o->arg == ROW_IP_PROTO;
	op->number = n;
	if (o->arg == ROW_IP_PROTO && n.compare == MATCH_EQUAL && !n.negated) {
		unsigned only = d->rule.transports & 1u << match_transport_of((uint8_t)n.a);
		d->rule.transports = only ? (uint8_t)only : d->rule.transports;
	}
	return 0;
}

static int
key_sameip(struct match_draft *d, const struct match_option *o)
{
	struct match_op *op = row_test(d, o);
	if (!op)
		return -1;
	op->number = (struct match_op_number){ .a = 1, .compare = MATCH_EQUAL, .what = ROW_SAMEIP };
	return 0;
}

struct letter {
	char letter;
	uint8_t bit;
};

static const struct letter flag_letters[] = {
	{ 'F', TCP_FIN },
	{ 'S', TCP_SYN },
	{ 'R', TCP_RST },
	{ 'P', TCP_PSH },
	{ 'A', TCP_ACK },
	{ 'U', TCP_URG },
	{ 'E', TCP_ECE },
	{ 'C', TCP_CWR },
	{ '1', TCP_CWR },
	{ '2', TCP_ECE },
	{ '0', 0 },
	{ 0, 0 },
};

static const struct letter fragment_letters[] = {
	{ 'M', 1 },
	{ 'D', 2 },
	{ 'R', 4 },
	{ 0, 0 },
};

static const struct letter *
letter_of(const struct letter *row, uint8_t c)
{
	while (row->letter && row->letter != (c >= 'a' && c <= 'z' ? c - 32 : c))
		row++;
	return row->letter ? row : NULL;
}

/* Bits of letters, with one of + * ! = among them in *modifier when that is wanted. */
static bool
letters(struct view v, const struct letter *row, uint8_t *bits, char *modifier)
{
	*bits = 0;
	for (size_t i = 0; i < v.len; i++) {
		const struct letter *l = letter_of(row, v.ptr[i]);
		if (v.ptr[i] == ' ')
			continue;
		if (modifier && !*modifier && v.ptr[i] && strchr("+*!=", v.ptr[i])) {
			*modifier = (char)v.ptr[i];
			continue;
		}
		if (!l)
			return false;
		*bits |= l->bit;
	}
	return v.len > 0;
}

/* "+": these and any others; "*": any of these; "!": not these; none: these and no others but those
 * that do not count. */
static struct match_op_number
letters_number(uint16_t what, uint8_t bits, uint8_t ignored, char modifier)
{
	struct match_op_number n = { .a = bits, .b = bits, .compare = MATCH_MASK };
	n.what = (uint8_t)what;
	n.any = modifier == '*';
	n.negated = modifier == '!';
	if (!modifier || modifier == '=')
		n.a = (uint8_t)~ignored;
	return n;
}

static int
key_letters(struct match_draft *d, const struct match_option *o)
{
	const struct letter *row = o->arg == ROW_FLAGS ? flag_letters : fragment_letters;
	struct view rest = bare(o->value), first;
	uint8_t bits, ignored = 0;
	char modifier = 0;
	(void)match_text_split(&rest, ',', &first);
	bool good = letters(first, row, &bits, &modifier);
	if (o->arg == ROW_FRAGBITS)
		ignored = 0xf8;
	if (rest.ptr)
		good = good && o->arg == ROW_FLAGS &&
		       letters(match_text_trim(rest), row, &ignored, NULL);
	if (!good)
		return match_fail(d, o->value_at,
		    o->arg == ROW_FLAGS ? "write S, SA, +A, *SF, !R or S,CE" : "write M, D, R, +MD",
		    "these are no %s", o->arg == ROW_FLAGS ? "TCP flags" : "fragment bits");
	struct match_op *op = row_test(d, o);
	if (!op)
		return -1;
	bool ends = o->arg == ROW_FLAGS && modifier == '!' && bits & (TCP_SYN | TCP_FIN | TCP_RST);
	op->number =
	    letters_number(ends ? ROW_ENDS : o->arg, bits & (uint8_t)~ignored, ignored, modifier);
	return 0;
}

static int
key_ipopts(struct match_draft *d, const struct match_option *o)
{
	struct view v = bare(o->value);
	uint64_t bit = match_text_same(v, "any") ? ANY_OPTION : 0;
	for (size_t i = 0; i < sizeof(ip_options) / sizeof(ip_options[0]); i++) {
		if (match_text_same(v, ip_options[i].name))
			bit = 1u << ip_options[i].bit;
	}
	if (!bit)
		return match_fail(d, o->value_at,
		    "rr, eol, nop, ts, sec, esec, lsrr, ssrr, satid, cipso, rtralt and any are "
		    "known",
		    "unknown IP option \"%.*s\"", (int)v.len, (const char *)v.ptr);
	struct match_op *op = row_test(d, o);
	if (!op)
		return -1;
	op->number = (struct match_op_number){
		.a = bit, .compare = MATCH_MASK, .any = true, .what = ROW_IPOPTS
	};
	return 0;
}

/* Wrong checksums keep packets from rules, unless a rule asks for them. */
static int
key_csum(struct match_draft *d, const struct match_option *o)
{
	struct view v = bare(o->value);
	if (!match_text_same(v, "valid") && !match_text_same(v, "invalid"))
		return match_fail(d, o->value_at, NULL, "a checksum is valid or invalid");
	d->rule.takes |= MATCH_TAKES_BAD_SUM;
	return key_number(d, o);
}

/* ---- vlan.id ---- */

#define VLAN_ANY 100
#define VLAN_ALL 101

struct vlan_op {
	struct match_op_number number;
	int layer; /* 0.. from outside, -1.. from inside, VLAN_ */
};

static bool
vlan_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct vlan_op *v = op->data;
	const struct packet *p = m->now.p;
	uint8_t n = p->vlan_n, hold = 0;
	int layer = v->layer < 0 ? n + v->layer : v->layer;
	(void)c;
	if (layer < VLAN_ANY)
		return layer >= 0 && layer < n && match_number_holds(&v->number, p->vlan[layer]);
	for (uint8_t i = 0; i < n; i++)
		hold += match_number_holds(&v->number, p->vlan[i]);
	return layer == VLAN_ALL ? n && hold == n : hold > 0;
}

static int
key_vlan(struct match_draft *d, const struct match_option *o)
{
	struct match_option id = *o;
	struct view rest = o->value;
	struct vlan_op v = { .layer = VLAN_ANY };
	int64_t layer;
	(void)match_text_split(&rest, ',', &id.value);
	if (match_number_read(d, &id, 12, NULL, &v.number) != 0)
		return -1;
	rest = match_text_trim(rest);
	if (match_text_same(rest, "all"))
		v.layer = VLAN_ALL;
	else if (match_text_int(rest, -3, 2, &layer))
		v.layer = (int)layer;
	else if (rest.len && !match_text_same(rest, "any"))
		return match_fail(d, o->value_at,
		    "write vlan.id:200; vlan.id:200,0; vlan.id:>9,all",
		    "a layer of VLANs is -3 to 2, any or all");
	struct match_op *op = match_new_test(d, o, vlan_holds);
	if (!op)
		return -1;
	op->data = match_arena_copy(d->arena, &v, sizeof(v));
	return op->data ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

#define NUMBER(row, name)                                                                          \
	{                                                                                          \
		name, key_number, MATCH_KEY_VALUE, row                                             \
	}

const struct match_keyword match_keywords_packet[] = {
	NUMBER(ROW_ACK, "ack"),
	{ "flags", key_letters, MATCH_KEY_VALUE, ROW_FLAGS },
	{ "fragbits", key_letters, MATCH_KEY_VALUE, ROW_FRAGBITS },
	NUMBER(ROW_FRAGOFFSET, "fragoffset"),
	NUMBER(ROW_ICMP_ID, "icmp_id"),
	NUMBER(ROW_ICMP_SEQ, "icmp_seq"),
	{ "icmpv4-csum", key_csum, MATCH_KEY_VALUE, ROW_SUM_ICMP4 },
	{ "icmpv6-csum", key_csum, MATCH_KEY_VALUE, ROW_SUM_ICMP6 },
	NUMBER(ROW_ICMP6_MTU, "icmpv6.mtu"),
	NUMBER(ROW_ICODE, "icode"),
	NUMBER(ROW_ID, "id"),
	NUMBER(ROW_IGMP_TYPE, "igmp.type"),
	NUMBER(ROW_IP_PROTO, "ip_proto"),
	{ "ipopts", key_ipopts, MATCH_KEY_VALUE, ROW_IPOPTS },
	{ "ipv4-csum", key_csum, MATCH_KEY_VALUE, ROW_SUM_IP4 },
	NUMBER(ROW_ITYPE, "itype"),
	{ "sameip", key_sameip, MATCH_KEY_BARE, ROW_SAMEIP },
	NUMBER(ROW_SEQ, "seq"),
	NUMBER(ROW_ACK, "tcp.ack"),
	{ "tcp.flags", key_letters, MATCH_KEY_VALUE, ROW_FLAGS },
	NUMBER(ROW_MSS, "tcp.mss"),
	NUMBER(ROW_SEQ, "tcp.seq"),
	NUMBER(ROW_WINDOW, "tcp.window"),
	NUMBER(ROW_WSCALE, "tcp.wscale"),
	{ "tcpv4-csum", key_csum, MATCH_KEY_VALUE, ROW_SUM_TCP4 },
	{ "tcpv6-csum", key_csum, MATCH_KEY_VALUE, ROW_SUM_TCP6 },
	NUMBER(ROW_TOS, "tos"),
	NUMBER(ROW_TTL, "ttl"),
	{ "udpv4-csum", key_csum, MATCH_KEY_VALUE, ROW_SUM_UDP4 },
	{ "udpv6-csum", key_csum, MATCH_KEY_VALUE, ROW_SUM_UDP6 },
	{ "vlan.id", key_vlan, MATCH_KEY_VALUE, 0 },
	NUMBER(ROW_VLAN_LAYERS, "vlan.layers"),
	NUMBER(ROW_WINDOW, "window"),
	{ NULL, NULL, 0, 0 },
};
