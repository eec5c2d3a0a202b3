/* SPDX-License-Identifier: Apache-2.0 */
/* TLS and SSH: versions, states and dates by name, and the oldest spellings of buffers. */
#include <ctype.h>
#include <time.h>

#include "probe/match_keyword.h"
#include "probe/match_run.h"

/* ---- versions ---- */

struct versions {
	uint8_t n;
	bool negated;
	uint16_t version[8];
};

static const struct l7_word negotiated[] = { { "1.0", 0x0301 }, { "1.1", 0x0302 },
	{ "1.2", 0x0303 }, { "1.3", 0x0304 }, { NULL, 0 } };
static const struct l7_word spoken[] = { { "sslv2", 0x0002 }, { "sslv3", 0x0300 },
	{ "tls1.0", 0x0301 }, { "tls1.1", 0x0302 }, { "tls1.2", 0x0303 }, { "tls1.3", 0x0304 },
	{ NULL, 0 } };

/* Drafts of TLS 1.3 are TLS 1.3. */
static uint64_t
plain_version(uint64_t v)
{
	return v >> 8 == 0x7f || v >> 8 == 0xfb ? 0x0304 : v;
}

static bool
version_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct versions *all = op->data;
	struct l7_ask ask = { .what = L7_NUM_TLS_VERSION, .dir = c->dir, .scratch = &m->scratch };
	uint64_t v;
	bool found = false;
	if (c->in != MATCH_IN_TX || !l7_tx_number(&m->now.tx[c->tx], &ask, &v))
		return false;
	for (uint8_t i = 0; i < all->n; i++)
		found |= v == all->version[i] || plain_version(v) == all->version[i];
	return found != all->negated;
}

static int
versions_of(struct match_draft *d, const struct match_option *o, const struct versions *v)
{
	const struct l7_number_row *row = l7_number_row(L7_NUM_TLS_VERSION);
	if (match_of_tx(d, o, row->protos, row->when) != 0)
		return -1;
	struct match_op *op = match_new_test(d, o, version_holds);
	if (!op)
		return -1;
	op->data = match_arena_copy(d->arena, v, sizeof(*v));
	return op->data ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

/* tls.version: one version by name, or as four hex digits behind 0x. */
static int
key_version(struct match_draft *d, const struct match_option *o)
{
	struct match_op_number n = { 0 };
	struct versions v = { .n = 1 };
	uint64_t named;
	bool hex = o->value.len > 2 && o->value.ptr[0] == '0' && (o->value.ptr[1] | 0x20) == 'x';
	if (match_number_word(o->value, negotiated, &named))
		v.version[0] = (uint16_t)named;
	else if (hex && match_number_read(d, o, 16, NULL, &n) == 0)
		v.version[0] = (uint16_t)n.a;
	else
		return match_fail(d, o->value_at, "write 1.0, 1.1, 1.2, 1.3 or 0x7f12",
		    "\"%.*s\" is no version of TLS", (int)o->value.len, (const char *)o->value.ptr);
	return versions_of(d, o, &v);
}

/* ssl_version: several by name, all of them negated or none. */
static int
key_versions(struct match_draft *d, const struct match_option *o)
{
	struct view rest = o->value, one;
	struct versions v = { 0 };
	uint64_t named;
	while (match_text_split(&rest, ',', &one)) {
		bool negated = one.len && one.ptr[0] == '!';
		struct cursor c = cursor_of_view(one);
		(void)cursor_skip(&c, negated);
		if (v.n && negated != v.negated)
			return match_fail(d, o->value_at, NULL,
			    "ssl_version is a list of versions, all with ! or none");
		if (v.n == 8 ||
		    !match_number_word(
			match_text_trim((struct view){ c.at, cursor_left(&c) }), spoken, &named))
			return match_fail(d, o->value_at,
			    "sslv2, sslv3, tls1.0, tls1.1, tls1.2 and tls1.3 are known",
			    "\"%.*s\" is no version of SSL or TLS", (int)one.len,
			    (const char *)one.ptr);
		v.negated = negated;
		v.version[v.n++] = (uint16_t)named;
	}
	return versions_of(d, o, &v);
}

/* ---- states ---- */

static const struct l7_word states[] = { { "unknown", 0 }, { "client_hello", 1 },
	{ "server_hello", 2 }, { "client_keyx", 3 }, { "server_keyx", 4 }, { NULL, 0 } };

static bool
state_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	struct l7_ask ask = { .what = L7_NUM_TLS_STATE, .dir = c->dir, .scratch = &m->scratch };
	uint64_t n;
	return c->in == MATCH_IN_TX && l7_tx_number(&m->now.tx[c->tx], &ask, &n) &&
	       op->number.a & (uint64_t)1 << n;
}

/* The last message of the handshake is one of these; "|" and "," between them. */
static int
key_state(struct match_draft *d, const struct match_option *o)
{
	const struct l7_number_row *row = l7_number_row(L7_NUM_TLS_STATE);
	char sep = memchr(o->value.ptr, '|', o->value.len) ? '|' : ',';
	struct view rest = o->value, one;
	uint64_t wanted = 0, n;
	while (match_text_split(&rest, sep, &one)) {
		bool negated = one.len && one.ptr[0] == '!';
		struct cursor c = cursor_of_view(one);
		(void)cursor_skip(&c, negated);
		if (!match_number_word(
			match_text_trim((struct view){ c.at, cursor_left(&c) }), states, &n))
			return match_fail(d, o->value_at,
			    "client_hello, server_hello, client_keyx, server_keyx and unknown are "
			    "known",
			    "\"%.*s\" is no state of a handshake", (int)one.len,
			    (const char *)one.ptr);
		wanted |= negated ? 31 & ~((uint64_t)1 << n) : (uint64_t)1 << n;
	}
	if (match_of_tx(d, o, row->protos, row->when) != 0)
		return -1;
	struct match_op *op = match_new_test(d, o, state_holds);
	if (!op)
		return -1;
	op->number = (struct match_op_number){ .a = wanted };
	return 0;
}

/* ---- dates ---- */

/* "2015", "2015-10", "2015-10-22", "2015-10-22T23:00:00" and what lies between; a blank may stand
 * for the T. The rest is the first of its kind. */
static bool
date(struct view v, uint64_t *out)
{
	static const char seps[] = "--T::";
	int part[6] = { 0, 1, 1, 0, 0, 0 };
	struct cursor c = cursor_of_view(match_text_trim(v));
	uint8_t b;
	for (unsigned i = 0; i < 6; i++) {
		unsigned digits = 0, most = i ? 2 : 4;
		int n = 0;
		while (digits < most && cursor_peek(&c, 0, &b) && isdigit(b)) {
			n = n * 10 + (b - '0');
			(void)cursor_u8(&c, &b);
			digits++;
		}
		if (digits != most)
			return false;
		part[i] = n;
		if (!cursor_left(&c))
			break;
		if (i == 5 || !cursor_u8(&c, &b) || (b != seps[i] && !(i == 2 && b == ' ')))
			return false;
	}
	struct tm tm = { .tm_year = part[0] - 1900,
		.tm_mon = part[1] - 1,
		.tm_mday = part[2],
		.tm_hour = part[3],
		.tm_min = part[4],
		.tm_sec = part[5] };
	*out = (uint64_t)timegm(&tm);
	return part[1] >= 1 && part[1] <= 12 && part[2] >= 1 && part[2] <= 31;
}

static int
key_date(struct match_draft *d, const struct match_option *o)
{
	struct match_op_number n = { .what = (uint8_t)o->arg };
	struct view v = match_text_trim(o->value);
	const uint8_t *mid = v.len > 2 ? memmem(v.ptr, v.len, "<>", 2) : NULL;
	struct cursor c = cursor_of_view(v);
	uint8_t first = 0;
	bool good;
	(void)cursor_peek(&c, 0, &first);
	(void)cursor_skip(&c, first == '<' || first == '>');
	if (mid) {
		size_t at = (size_t)(mid - v.ptr);
		struct cursor end = cursor_of_view(v);
		good = date((struct view){ v.ptr, at }, &n.a) && cursor_skip(&end, at + 2) &&
		       date((struct view){ end.at, cursor_left(&end) }, &n.b) && n.a < n.b;
		n.compare = MATCH_BETWEEN;
	} else {
		good = date((struct view){ c.at, cursor_left(&c) }, &n.a);
		n.compare = first == '<' ? MATCH_LESS : first == '>' ? MATCH_MORE : MATCH_EQUAL;
	}
	if (!good)
		return match_fail(d, o->value_at,
		    "write 2015, >2015-10-22, <2015-10-22T23:00:00 or 2014<>2015",
		    "\"%.*s\" is no date", (int)v.len, (const char *)v.ptr);
	return match_number_ask(d, o, &n);
}

/* Is the packet's time behind the end of the certificate? */
static bool
validity_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	struct l7_ask ask = { .what = L7_NUM_TLS_NOT_AFTER, .dir = c->dir, .scratch = &m->scratch };
	uint64_t end, now = m->now.p->frame.ts / 1000000000;
	if (c->in != MATCH_IN_TX || !l7_tx_number(&m->now.tx[c->tx], &ask, &end))
		return false;
	if (op->number.any)
		return (int64_t)end < (int64_t)now;
	ask.what = L7_NUM_TLS_NOT_BEFORE;
	uint64_t begin;
	return (int64_t)end >= (int64_t)now && l7_tx_number(&m->now.tx[c->tx], &ask, &begin) &&
	       (int64_t)begin <= (int64_t)now;
}

static int
key_validity(struct match_draft *d, const struct match_option *o)
{
	const struct l7_number_row *row = l7_number_row(L7_NUM_TLS_NOT_AFTER);
	if (match_of_tx(d, o, row->protos, row->when) != 0)
		return -1;
	struct match_op *op = match_new_test(d, o, validity_holds);
	if (!op)
		return -1;
	op->number = (struct match_op_number){ .any = o->arg };
	return 0;
}

/* ---- a value that is a content of a buffer ---- */

static int
key_literal(struct match_draft *d, const struct match_option *o)
{
	const struct l7_buffer_row *row = l7_buffer_row((enum l7_buffer)o->arg);
	bool fingerprint = o->arg == L7_BUF_TLS_CERT_FINGERPRINT;
	if (match_of_tx(d, o, row->protos, row->when) != 0)
		return -1;
	struct match_pattern *p = match_new_pattern(d, o);
	struct view v = o->value;
	if (v.len > 1 && v.ptr[0] == '"' && v.ptr[v.len - 1] == '"')
		v = (struct view){ v.ptr + 1, v.len - 2 };
	uint8_t *bytes = p ? match_arena_copy(d->arena, v.ptr, v.len) : NULL;
	if (!bytes || !v.len)
		return match_fail(d, o->value_at, NULL, bytes ? "an empty text" : "out of memory");
	p->op.kind = MATCH_OP_CONTENT;
	p->op.content.bytes = bytes;
	p->op.len = (uint16_t)v.len;
	p->sticky = true;
	p->op.flags |= fingerprint ? MATCH_OP_NOCASE : 0;
	return match_list_of(d, MATCH_L7 + o->arg, 0, &p->list);
}

static bool
protoversion_holds(struct match_sight *s, const struct match_op *op, size_t from, size_t *end)
{
	const struct view *want = op->data;
	(void)from;
	*end = s->data.len;
	if (view_is(*want, "2_compat"))
		return view_is(s->data, "1.99") || (s->data.len && s->data.ptr[0] == '2');
	return s->data.len >= want->len && memcmp(s->data.ptr, want->ptr, want->len) == 0;
}

/* ssh.protoversion: a version, or those that speak version 2. */
static int
key_protoversion(struct match_draft *d, const struct match_option *o)
{
	const struct l7_buffer_row *row = l7_buffer_row(L7_BUF_SSH_PROTO);
	struct view v = o->value;
	if (!v.len || (!view_is(v, "2_compat") && !isdigit(v.ptr[0])))
		return match_fail(d, o->value_at, "write 2.0, 1.5, 2 or 2_compat",
		    "\"%.*s\" is no version of SSH", (int)v.len, (const char *)v.ptr);
	if (match_of_tx(d, o, row->protos, row->when) != 0)
		return -1;
	struct match_pattern *p = match_new_pattern(d, o);
	v.ptr = match_arena_copy(d->arena, v.ptr, v.len);
	const struct view *kept = match_arena_copy(d->arena, &v, sizeof(v));
	if (!p || !v.ptr || !kept)
		return match_fail(d, o->at, NULL, "out of memory");
	p->op.kind = MATCH_OP_STEP;
	p->op.step = protoversion_holds;
	p->op.data = kept;
	return match_list_of(d, MATCH_L7 + L7_BUF_SSH_PROTO, 0, &p->list);
}

/* Certificates are in the record anyway. */
static int
key_store(struct match_draft *d, const struct match_option *o)
{
	return match_of_tx(d, o, L7_SET(TLS) | L7_SET(DTLS), L7_READY_RESPONSE_LATER);
}

#define TEXT (MATCH_KEY_VALUE | MATCH_KEY_QUOTED | MATCH_KEY_NEGATED)

const struct match_keyword match_keywords_tls[] = {
	{ "ssh.protoversion", key_protoversion, MATCH_KEY_VALUE, 0 },
	{ "ssh.softwareversion", key_literal, MATCH_KEY_VALUE, L7_BUF_SSH_SOFTWARE },
	{ "ssl_state", key_state, MATCH_KEY_VALUE, 0 },
	{ "ssl_version", key_versions, MATCH_KEY_VALUE, 0 },
	{ "tls.cert_notafter", key_date, MATCH_KEY_VALUE, L7_NUM_TLS_NOT_AFTER },
	{ "tls.cert_notbefore", key_date, MATCH_KEY_VALUE, L7_NUM_TLS_NOT_BEFORE },
	{ "tls.fingerprint", key_literal, TEXT, L7_BUF_TLS_CERT_FINGERPRINT },
	{ "tls.issuerdn", key_literal, TEXT, L7_BUF_TLS_CERT_ISSUER },
	{ "tls.store", key_store, MATCH_KEY_BARE, 0 },
	{ "tls.subject", key_literal, TEXT, L7_BUF_TLS_CERT_SUBJECT },
	{ "tls.version", key_version, MATCH_KEY_VALUE, 0 },
	{ "tls_cert_expired", key_validity, MATCH_KEY_BARE, 1 },
	{ "tls_cert_notafter", key_date, MATCH_KEY_VALUE, L7_NUM_TLS_NOT_AFTER },
	{ "tls_cert_notbefore", key_date, MATCH_KEY_VALUE, L7_NUM_TLS_NOT_BEFORE },
	{ "tls_cert_valid", key_validity, MATCH_KEY_BARE, 0 },
	{ "tls_store", key_store, MATCH_KEY_BARE, 0 },
	{ NULL, NULL, 0, 0 },
};
