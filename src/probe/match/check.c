/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do the options of a draft make sense together? Then the rule as the packet path reads it.
 *
 * What a TCP rule with patterns is tried on, as Suricata does it (learned by running it): the
 * stream; the packet when dsize, flow:no_stream or tcp-pkt ask for it; both when a content has
 * offset, depth or startswith.
 */
#include <ctype.h>

#include "probe/match_keyword.h"
#include "probe/match_run.h"

#define WORTH_LEAST 7 /* two bytes */
#define BIT(t) (1u << (t))

static uint16_t
place_of(const struct match_draft *d, const struct match_pattern *p)
{
	return d->set->list[p->list].place;
}

static bool
same_area(const struct match_pattern *a, const struct match_pattern *b)
{
	return a->list == b->list && a->turn == b->turn && a->side == b->side;
}

/* That no file or body is there is known when the transaction is over. */
static void
wait_for_end(struct match_draft *d)
{
	uint8_t grows = 0;
	for (size_t i = 0; i < d->pattern_n; i++) {
		uint16_t place = place_of(d, &d->pattern[i]);
		if (d->pattern[i].area_flags && place >= MATCH_L7)
			grows |= l7_buffer_row((enum l7_buffer)(place - MATCH_L7))->when &
				 (L7_READY_TO_SERVER | L7_READY_TO_CLIENT);
	}
	for (unsigned dir = 0; dir < 2 && grows; dir++) {
		uint8_t head = dir == DIR_TO_SERVER ? L7_READY_REQUEST : L7_READY_RESPONSE;
		if (!d->rule.when[dir])
			continue;
		d->rule.when[dir] &= (uint8_t)~grows;
		d->rule.when[dir] |= head | L7_READY_EVENT;
	}
}

/* Sides of transactions the rule looks at, and what must be there on each. */
static int
check_sides(struct match_draft *d)
{
	static const uint8_t of[2] = { L7_READY_UP, L7_READY_DOWN };
	if (match_sticky_used(d) != 0)
		return -1;
	if (!d->tx)
		return 0;
	for (unsigned dir = 0; dir < 2; dir++)
		d->rule.when[dir] = d->sides & 1u << dir ? d->when & of[dir] : 0;
	wait_for_end(d);
	if (d->sides == 1u << DIR_TO_SERVER)
		d->rule.flow |= MATCH_FLOW_TO_SERVER;
	if (d->sides == 1u << DIR_TO_CLIENT)
		d->rule.flow |= MATCH_FLOW_TO_CLIENT;
	return 0;
}

/* The host is compared in lower case, so a capital letter can never match. */
static int
check_host(struct match_draft *d)
{
	for (size_t i = 0; i < d->pattern_n; i++) {
		const struct match_pattern *p = &d->pattern[i];
		if (place_of(d, p) != MATCH_L7 + L7_BUF_HTTP_HOST ||
		    p->op.kind != MATCH_OP_CONTENT || p->op.flags & MATCH_OP_NOCASE)
			continue;
		for (size_t k = 0; k < p->op.len; k++) {
			if (isupper(p->op.content.bytes[k]))
				return match_fail(d, p->at, "write it in lower case",
				    "http.host is compared in lower case; a capital letter never "
				    "matches");
		}
	}
	return 0;
}

/* Digests are written in one case, and are compared whole: of what length the content must be. */
static const struct {
	uint8_t buffer; /* enum l7_buffer */
	uint8_t len;    /* 0: any */
} digests[] = {
	{ L7_BUF_TLS_CERT_FINGERPRINT, 59 },
	{ L7_BUF_TLS_CERT_SERIAL, 0 },
	{ L7_BUF_JA3_HASH, 32 },
	{ L7_BUF_JA3S_HASH, 32 },
	{ L7_BUF_SSH_HASSH, 32 },
	{ L7_BUF_SSH_HASSH_SERVER, 32 },
	{ L7_BUF_QUIC_CYU_HASH, 32 },
};

static int
check_digest(struct match_draft *d, struct match_pattern *p, uint8_t len)
{
	p->op.flags |= MATCH_OP_NOCASE;
	if (!len || p->op.len == len)
		return 0;
	return match_fail(d, p->at, NULL,
	    "a content of this buffer has %u characters; this one of %u never matches", len,
	    p->op.len);
}

static int
check_digests(struct match_draft *d)
{
	for (size_t i = 0; i < d->pattern_n; i++) {
		struct match_pattern *p = &d->pattern[i];
		for (size_t k = 0; k < sizeof(digests) / sizeof(digests[0]); k++) {
			if (p->op.kind == MATCH_OP_CONTENT &&
			    place_of(d, p) == MATCH_L7 + digests[k].buffer &&
			    !d->set->list[p->list].transform_n &&
			    check_digest(d, p, digests[k].len) != 0)
				return -1;
		}
	}
	return 0;
}

/* Contents that can never be there behind the transforms of their buffer. */
static int
check_transforms(struct match_draft *d)
{
	for (size_t i = 0; i < d->pattern_n; i++) {
		const struct match_pattern *p = &d->pattern[i];
		struct view v = { p->op.content.bytes, p->op.len };
		if (p->op.kind != MATCH_OP_CONTENT ||
		    match_transform_fits(&d->set->list[p->list], v))
			continue;
		return match_fail(
		    d, p->at, NULL, "behind its transforms a buffer never has this content");
	}
	return 0;
}

static int
check_transports(struct match_draft *d)
{
	uint8_t over = 0;
	if (!d->rule.protos)
		return 0;
	over |= l7_over(d->rule.protos, true) ? BIT(MATCH_TCP) : 0;
	over |= l7_over(d->rule.protos, false) ? BIT(MATCH_UDP) : 0;
	d->rule.transports &= over;
	return d->rule.transports
		   ? 0
		   : match_fail(d, 0, NULL, "the rule's protocol never carries this buffer");
}

static bool
inside_http2(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	(void)op;
	(void)c;
	return m->now.l7 == L7_HTTP2;
}

/* What doh2 says beyond its protocols: DNS of other flows is not meant. */
static int
check_doh(struct match_draft *d)
{
	const struct match_option o = { .at = 0 };
	return !d->doh || match_new_test(d, &o, inside_http2) ? 0 : -1;
}

/* Does the rule look into a header? Then each packet is looked at by itself. */
static bool
in_headers(const struct match_draft *d)
{
	for (size_t i = 0; i < d->pattern_n; i++) {
		uint16_t place = place_of(d, &d->pattern[i]);
		if (place > MATCH_BASE64 && place < MATCH_FRAME)
			return true;
	}
	return false;
}

/* Headers and addresses are a packet's, of TCP too. */
static bool
headers_only(const struct match_draft *d)
{
	for (size_t i = 0; i < d->pattern_n; i++) {
		uint16_t place = place_of(d, &d->pattern[i]);
		if (place <= MATCH_BASE64 || place >= MATCH_FRAME)
			return false;
	}
	return d->pattern_n > 0;
}

/* A frame is looked at by itself: nothing else can be asked besides, but of its packet and flow. */
static int
check_frames(struct match_draft *d)
{
	if (!d->framed)
		return 0;
	if (d->tx || d->rule.whole)
		return match_fail(d, d->sticky_at,
		    "write a rule of its own, and join them by flowbits",
		    "a rule that looks into frames cannot ask about transactions");
	for (size_t i = 0; i < d->pattern_n; i++) {
		uint16_t place = place_of(d, &d->pattern[i]);
		if (place != MATCH_BASE64 && !match_place_frame(place))
			return match_fail(d, d->pattern[i].at, "put it behind frame:",
			    "a rule that looks into frames cannot look into %s",
			    match_place_name(place));
	}
	return 0;
}

/* Where a rule with patterns in the raw payload is tried; TCP only, others always on the packet. */
static int
check_payload(struct match_draft *d)
{
	bool packet =
	    d->pkt_only || d->has_dsize || d->rule.flow & MATCH_FLOW_NO_STREAM || in_headers(d);
	bool stream = d->stream_only || d->rule.flow & MATCH_FLOW_ONLY_STREAM;
	if (packet && stream)
		return match_fail(d, 0, NULL,
		    "tcp-stream and only_stream do not mix with tcp-pkt, no_stream and dsize");
	packet |= headers_only(d);
	d->rule.in = packet ? MATCH_IN_PACKET : MATCH_IN_STREAM;
	for (size_t i = 0; i < d->pattern_n && !packet && !stream; i++) {
		if (d->pattern[i].op.flags & (MATCH_OP_OFFSET | MATCH_OP_DEPTH))
			d->rule.in |= MATCH_IN_PACKET;
	}
	return 0;
}

/* Nothing but addresses and ports: told once for each direction of a flow. A negated address keeps
 * it off, as there. */
static bool
head_only(const struct match_rule *r, uint8_t head_tests)
{
	return r->test_n == head_tests && !r->flow && !r->begins && !r->protos &&
	       !(r->src && r->src->negated) && !(r->dst && r->dst->negated);
}

static int
check_where(struct match_draft *d)
{
	if (check_payload(d) != 0)
		return -1;
	/* a header is there whatever its checksum says */
	if (in_headers(d))
		d->rule.takes |= MATCH_TAKES_BAD_SUM;
	if (d->framed)
		d->rule.in = MATCH_IN_FRAME;
	else if (d->tx)
		d->rule.in = MATCH_IN_TX;
	else if (!d->pattern_n)
		d->rule.in = MATCH_IN_PACKET;
	d->rule.new_proto = d->proto_tests && d->proto_tests == d->rule.test_n && !d->pattern_n;
	d->rule.once = head_only(&d->rule, d->head_tests) && !d->pattern_n;
	return 0;
}

/* Required bytes that cannot fit into dsize make the rule void. */
static int
check_length(struct match_draft *d)
{
	uint32_t need = 0;
	for (size_t i = 0; i < d->pattern_n; i++) {
		const struct match_op *op = &d->pattern[i].op;
		if (op->kind == MATCH_OP_CONTENT && !(op->flags & MATCH_OP_NOT) && op->len > need)
			need = op->len;
	}
	if (d->has_dsize && d->dsize < need)
		return match_fail(
		    d, 0, NULL, "dsize allows %u bytes but a content needs %u", d->dsize, need);
	return 0;
}

/* Bytes that the contents of an area need at least, up to its i-th pattern. */
static uint64_t
needed(const struct match_op *op, uint64_t before)
{
	bool far = op->flags & MATCH_OP_DISTANCE && !(op->vars & MATCH_VAR_DISTANCE);
	if (op->kind != MATCH_OP_CONTENT || op->flags & MATCH_OP_NOT)
		return before;
	if (op->flags & MATCH_OP_RELATIVE) {
		int64_t skip = far ? op->content.distance : 0;
		return skip < 0 ? before : before + (uint64_t)skip + op->len;
	}
	bool placed = op->flags & MATCH_OP_OFFSET && !(op->vars & MATCH_VAR_OFFSET);
	return (placed ? op->content.offset : 0) + (uint64_t)op->len;
}

/* Contents that do not fit into the bsize of their buffer. */
static int
check_bsize(struct match_draft *d, const struct match_area *a, const struct match_pattern *like)
{
	uint64_t most = UINT64_MAX, need = 0;
	for (uint8_t i = 0; i < a->op_n; i++) {
		uint64_t m = match_bsize_most(&a->op[i]);
		most = m < most ? m : most;
	}
	for (uint8_t i = 0; i < a->op_n; i++) {
		need = needed(&a->op[i], need);
		if (need > most)
			return match_fail(d, like->at, NULL,
			    "bsize allows %llu bytes but the contents need %llu",
			    (unsigned long long)most, (unsigned long long)need);
	}
	return 0;
}

/* The part of a content that wakes the rule. Nothing but zero bytes is everywhere. */
static struct view
fast_view(const struct match_pattern *p)
{
	struct cursor c = cursor_of(p->op.content.bytes, p->op.len);
	struct view v = { p->op.content.bytes, p->op.len };
	if (p->op.kind != MATCH_OP_CONTENT || p->op.flags & MATCH_OP_NOT)
		return (struct view){ NULL, 0 };
	if (p->fast_len && cursor_skip(&c, p->fast_offset))
		(void)cursor_take(&c, p->fast_len, &v);
	for (size_t i = 0; i < v.len; i++) {
		if (v.ptr[i])
			return v;
	}
	return (struct view){ NULL, 0 };
}

/* Where that part may begin in its buffer. */
static void
fast_place(struct match_draft *d, const struct match_pattern *p)
{
	const struct match_op *op = &p->op;
	uint32_t skip = p->fast_len ? p->fast_offset : 0;
	d->fast_low = 0;
	d->fast_high = UINT32_MAX;
	if (op->flags & MATCH_OP_RELATIVE || op->vars)
		return;
	d->fast_low = skip + (op->flags & MATCH_OP_OFFSET ? op->content.offset : 0);
	if (op->flags & MATCH_OP_DEPTH && op->content.depth >= op->len)
		d->fast_high = op->content.depth - op->len + skip;
}

/* What a literal is worth: its bytes, those that are everywhere less. */
static unsigned
worth(struct view v)
{
	unsigned n = 0;
	for (size_t i = 0; i < v.len; i++) {
		uint8_t byte = v.ptr[i];
		n += byte == 0 || byte == 0xff                    ? 1
		     : byte == ' ' || (i && byte == v.ptr[i - 1]) ? 2
								  : 3;
	}
	return n;
}

/* Can a literal in this place wake the rule? */
static bool
wakes(const struct match_draft *d, uint16_t place)
{
	if (place == MATCH_BASE64)
		return false;
	if (d->framed)
		return match_place_frame(place);
	return d->rule.in == MATCH_IN_TX ? place >= MATCH_L7 : place < MATCH_FRAME;
}

/* Then its literal cannot wake the rule. */
static bool
may_be_absent(const struct match_draft *d, const struct match_pattern *p)
{
	for (size_t i = 0; i < d->pattern_n; i++) {
		if (d->pattern[i].area_flags && same_area(&d->pattern[i], p))
			return true;
	}
	return false;
}

/*
 * The literal of the prefilter: the one the author chose unless it is next to nothing, else the one
 * with the most to it. A rule on a buffer of l7 can only be woken by such a buffer. What one or two
 * bytes would wake all the time is better met by port, where few packets meet it.
 */
static void
choose_fast(struct match_draft *d)
{
	bool chosen = false;
	unsigned most = 0;
	d->fast = (struct view){ NULL, 0 };
	for (uint32_t i = 0; i < d->pattern_n && !chosen; i++) {
		const struct match_pattern *p = &d->pattern[i];
		struct view v = fast_view(p);
		if (!v.len || may_be_absent(d, p) || !wakes(d, place_of(d, p)))
			continue;
		chosen = p->fast && v.len > 2;
		if (!chosen && worth(v) <= most)
			continue;
		most = worth(v);
		d->fast = v;
		d->fast_list = p->list;
		d->fast_nocase = p->op.flags & MATCH_OP_NOCASE;
		fast_place(d, p);
	}
	if (d->fast.len && most < WORTH_LEAST && !d->framed && d->rule.in != MATCH_IN_TX &&
	    match_group_narrow(&d->rule))
		d->fast = (struct view){ NULL, 0 };
}

static int
finish_content(struct match_draft *d, struct match_pattern *p)
{
	struct match_op *op = &p->op;
	if (op->flags & MATCH_OP_DEPTH && !(op->vars & (MATCH_VAR_DEPTH | MATCH_VAR_OFFSET)))
		op->content.depth += op->content.offset;
	if (!(op->flags & MATCH_OP_NOCASE)) {
		match_content_ready(op);
		return 0;
	}
	uint8_t *lower = match_arena_copy(d->arena, op->content.bytes, op->len);
	if (!lower)
		return match_fail(d, p->at, NULL, "out of memory");
	for (size_t i = 0; i < op->len; i++)
		lower[i] = (uint8_t)tolower(lower[i]);
	op->content.bytes = lower;
	match_content_ready(op);
	return 0;
}

/* Which side of a whole transaction a buffer is of. */
static int
side_of(struct match_draft *d, const struct match_pattern *p, uint8_t *flags)
{
	uint16_t place = place_of(d, p);
	if (place < MATCH_L7)
		return match_fail(d, p->at, NULL, "=> is for rules that look into transactions");
	uint8_t when = l7_buffer_row((enum l7_buffer)(place - MATCH_L7))->when;
	uint8_t side =
	    (when & L7_READY_UP ? MATCH_AREA_UP : 0) | (when & L7_READY_DOWN ? MATCH_AREA_DOWN : 0);
	side = p->side ? side & p->side : side;
	if (side == (MATCH_AREA_UP | MATCH_AREA_DOWN) || !side)
		return match_fail(d, p->at, "write http.header: to_client;",
		    "say which side's buffer is meant: to_server or to_client");
	*flags |= side;
	return 0;
}

/* The ops of one buffer, in order, each told whether the next hangs on it. */
static int
build_area(struct match_draft *d, const struct match_pattern *like, struct match_area *area)
{
	struct match_op *op = match_arena_get(d->arena, d->pattern_n * sizeof(*op));
	uint8_t n = 0, flags = 0;
	if (!op)
		return match_fail(d, 0, NULL, "out of memory");
	if (d->rule.whole && side_of(d, like, &flags) != 0)
		return -1;
	for (size_t i = 0; i < d->pattern_n; i++) {
		struct match_pattern *p = &d->pattern[i];
		if (!same_area(p, like))
			continue;
		if (flags & MATCH_AREA_ALONE)
			return match_fail(d, p->at, "absent:or_else; lets more be asked",
			    "nothing can be asked of a buffer that is absent");
		if (p->op.kind == MATCH_OP_CONTENT && finish_content(d, p) != 0)
			return -1;
		op[n++] = p->op;
		flags |= p->area_flags;
	}
	for (uint8_t i = 0; i + 1 < n; i++) {
		if (op[i + 1].flags & MATCH_OP_RELATIVE)
			op[i].flags |= MATCH_OP_CHAINED;
	}
	*area = (struct match_area){ .list = like->list, .op_n = n, .flags = flags, .op = op };
	return check_bsize(d, area, like);
}

static int
build_areas(struct match_draft *d)
{
	struct match_area *area = match_arena_get(d->arena, (d->pattern_n + 1) * sizeof(*area));
	if (!area)
		return match_fail(d, 0, NULL, "out of memory");
	d->rule.area = area;
	for (size_t i = 0; i < d->pattern_n; i++) {
		const struct match_pattern *p = &d->pattern[i];
		if (!match_has_before(d, p) && build_area(d, p, &area[d->rule.area_n++]) != 0)
			return -1;
	}
	/* what held of a whole transaction is kept as bits */
	if (d->rule.whole && d->rule.area_n > 32)
		return match_fail(d, 0, NULL, "a rule with => looks into at most 32 buffers");
	return 0;
}

static int
build_rest(struct match_draft *d)
{
	struct match_info *info = match_arena_copy(d->arena, &d->info, sizeof(d->info));
	d->rule.test = match_arena_copy(d->arena, d->test, d->rule.test_n * sizeof(d->test[0]));
	d->rule.after = match_arena_copy(d->arena, d->after, d->rule.after_n * sizeof(d->after[0]));
	if (!info || !d->rule.test || !d->rule.after)
		return match_fail(d, 0, NULL, "out of memory");
	info->ref = match_arena_copy(d->arena, d->ref, d->info.ref_n * sizeof(d->ref[0]));
	info->meta = match_arena_copy(d->arena, d->meta, d->info.meta_n * sizeof(d->meta[0]));
	if (!info->msg)
		info->msg = "";
	if (!info->category)
		info->category = "";
	d->rule.info = info;
	return info->meta && info->ref ? 0 : match_fail(d, 0, NULL, "out of memory");
}

int
match_check(struct match_draft *d)
{
	if (check_sides(d) != 0 || check_frames(d) != 0 || check_host(d) != 0 ||
	    check_transforms(d) != 0 || check_digests(d) != 0 || check_doh(d) != 0 ||
	    check_transports(d) != 0 || check_where(d) != 0 || check_length(d) != 0)
		return -1;
	if (build_areas(d) != 0 || build_rest(d) != 0)
		return -1;
	choose_fast(d);
	return 0;
}
