/* SPDX-License-Identifier: Apache-2.0 */
#include "contacts.h"

#include "probe/verdict.h"

static void
fill(const struct flow *f, uint64_t ts, uint8_t kind, struct notice_record *r)
{
	*r = (struct notice_record){ .ts = ts,
		.client = f->key.client,
		.server = f->key.server,
		.cport = f->key.cport,
		.sport = f->key.sport,
		.ip_ver = f->key.ip_ver,
		.proto = f->key.proto,
		.kind = kind,
		.count = 1 };
}

static bool
watched(const struct flow *f)
{
	bool echo = (f->key.proto == PROTO_ICMP && f->icmp_type == 8) ||
		    (f->key.proto == PROTO_ICMPV6 && f->icmp_type == 128);

	return f->key.proto == PROTO_TCP || f->key.proto == PROTO_UDP || echo;
}

/* Its beginning was not seen, so its first packet is no first contact. FIN, NULL and Xmas probes
 * carry no ACK. */
static bool
under_way(const struct flow *f)
{
	return f->flags & FLOW_MIDSTREAM && f->tcp_flags[DIR_TO_SERVER] & TCP_ACK;
}

bool
contact_packet(const struct flow *f, const struct packet *p, enum dir dir, struct notice_record *r)
{
	uint64_t there = f->packets[DIR_TO_SERVER], back = f->packets[DIR_TO_CLIENT];

	if (!watched(f) || under_way(f))
		return false;
	if (dir == DIR_TO_SERVER && there == 1 && back == 0) {
		/* silence to a datagram is ordinary; only a refusal counts there */
		fill(f, p->frame.ts, NOTICE_CONTACT_NEW, r);
		return f->key.proto != 17;
	}
	if (dir != DIR_TO_CLIENT || back != 1 || there == 0)
		return false;
	fill(f, p->frame.ts, p->tcp_flags & TCP_RST ? NOTICE_CONTACT_FAIL : NOTICE_CONTACT_OK, r);
	return true;
}

bool
contact_end(const struct flow *f, struct notice_record *r)
{
	if (!watched(f) || under_way(f) || f->packets[DIR_TO_CLIENT] != 0)
		return false;
	bool refused = f->flags & FLOW_REFUSED;
	if (f->key.proto == PROTO_UDP && !refused)
		return false;
	fill(f, f->last, refused ? NOTICE_CONTACT_FAIL : NOTICE_CONTACT_SILENT, r);
	return true;
}

static bool
login_kind(enum l7_login login, uint8_t *kind)
{
	switch (login) {
	case L7_LOGIN_TRY:
		*kind = NOTICE_LOGIN_TRY;
		return true;
	case L7_LOGIN_FAIL:
		*kind = NOTICE_LOGIN_FAIL;
		return true;
	case L7_LOGIN_OK:
		*kind = NOTICE_LOGIN_OK;
		return true;
	default:
		return false;
	}
}

bool
contact_login(const struct flow *f, const struct l7_tx *tx, uint64_t ts, struct notice_record *r)
{
	const char *service = NULL;
	uint8_t kind;

	if (!login_kind(l7_tx_login(tx, &service), &kind))
		return false;
	fill(f, ts, kind, r);
	r->service = service;
	return true;
}

bool
contact_name(const struct flow *f, const struct l7_tx *tx, uint64_t ts, struct notice_record *r)
{
	struct l7_ask ask = { .what = L7_BUF_DNS_QUERY, .dir = DIR_TO_SERVER };
	struct view name;

	if (tx->proto != L7_DNS || tx->dir != DIR_TO_SERVER || !l7_tx_buffer(tx, &ask, &name) ||
	    !name.len)
		return false;
	fill(f, ts, NOTICE_NAME, r);
	r->asked = r->server;
	r->ver = r->ip_ver;
	r->ip_ver = 0;
	r->server = verdict_name_key(name);
	return true;
}

bool
contact_ssh(const struct flow *f, struct notice_record *r)
{
	unsigned tries = 1;
	uint8_t kind;

	if (l7_proto(f) != L7_SSH || !login_kind(l7_ssh_outcome(f, &tries), &kind))
		return false;
	fill(f, f->last, kind, r);
	r->service = "ssh";
	r->count = tries > UINT16_MAX ? UINT16_MAX : (uint16_t)tries;
	return true;
}
