/* SPDX-License-Identifier: Apache-2.0 */
#include "expect.h"

#include <stdlib.h>
#include <string.h>

#define EXPECTS_MAX 4096
#define BUCKETS 1024 /* a power of two */
#define SECOND UINT64_C(1000000000)
#define SERVICES 1024 /* TCP ports below are of services, nobody's data */

struct expected {
	struct l7_expect e; /* first: what a row sees */
	struct expected *chain;
	struct expected *older, *newer;
	struct addr host, peer; /* the port is the host's */
	uint64_t until;
	uint32_t tenant;
	uint16_t vlan[2];
	struct bag bag;
};

struct expects {
	struct slab slab;
	struct bag_pool *texts;
	struct expected *oldest, *newest;
	struct expected *bucket[BUCKETS];
};

struct expects *
expects_new(struct bag_pool *texts)
{
	struct expects *es = calloc(1, sizeof(*es));
	if (!es)
		return NULL;
	es->texts = texts;
	slab_init(&es->slab, sizeof(struct expected), EXPECTS_MAX);
	return es;
}

void
expects_free(struct expects *es)
{
	if (!es)
		return;
	slab_fini(&es->slab);
	free(es);
}

static struct expected **
bucket(struct expects *es, uint8_t ip_proto, uint16_t port)
{
	return &es->bucket[((uint32_t)port * 2654435761u >> 16 ^ ip_proto) & (BUCKETS - 1)];
}

static void
forget(struct expects *es, struct expected *x)
{
	struct expected **at = bucket(es, x->e.ip_proto, x->e.port);
	while (*at != x)
		at = &(*at)->chain;
	*at = x->chain;
	*(x->older ? &x->older->newer : &es->oldest) = x->newer;
	*(x->newer ? &x->newer->older : &es->newest) = x->older;
	bag_empty(es->texts, &x->bag);
	slab_put(&es->slab, x);
}

/* What is known of one end of a flow. */
static struct expected *
find(struct expects *es, const struct flow_key *k, bool client)
{
	const struct addr *host = client ? &k->client : &k->server;
	const struct addr *peer = client ? &k->server : &k->client;
	uint16_t port = client ? k->cport : k->sport;
	struct expected *x = *bucket(es, k->proto, port);
	while (x && (x->e.port != port || x->e.ip_proto != k->proto || x->tenant != k->tenant ||
			x->vlan[0] != k->vlan[0] || x->vlan[1] != k->vlan[1] ||
			!addr_same(&x->host, host) || !addr_same(&x->peer, peer)))
		x = x->chain;
	return x;
}

void
l7_expect(struct l7 *l, const struct l7_expect *e)
{
	const struct flow *f = l->flow;
	struct expects *es = l->expects;
	if (!f || !e->port || (e->ip_proto == PROTO_TCP && e->port < SERVICES))
		return;
	bool client = e->end == DIR_TO_CLIENT;
	struct flow_key k = f->key;
	k.proto = e->ip_proto;
	*(client ? &k.cport : &k.sport) = e->port;
	struct expected *x = find(es, &k, client);
	if (x)
		forget(es, x);
	else if (es->slab.used == EXPECTS_MAX)
		forget(es, es->oldest);
	x = slab_get(&es->slab);
	if (!x)
		return;
	x->e = *e;
	x->e.name = (struct view){ 0 };
	if (e->name.len)
		x->e.name = bag_keep(es->texts, &x->bag, e->name, BAG_TEXT_MAX);
	x->e.flow_id = f->id;
	x->host = client ? k.client : k.server;
	x->peer = client ? k.server : k.client;
	x->tenant = k.tenant;
	memcpy(x->vlan, k.vlan, sizeof(x->vlan));
	x->until = l->now + e->seconds * SECOND;
	x->older = es->newest;
	*(es->newest ? &es->newest->newer : &es->oldest) = x;
	es->newest = x;
	struct expected **at = bucket(es, e->ip_proto, e->port);
	x->chain = *at;
	*at = x;
}

const struct l7_expect *
expects_find(struct expects *es, const struct flow *f, uint64_t now)
{
	/* who opened a connection does not accept it */
	int begin = f->key.proto == PROTO_TCP && f->tcp_flags[DIR_TO_SERVER] & TCP_SYN;
	for (int end = begin; es->oldest && end < 2; end++) {
		struct expected *x = find(es, &f->key, end == 0);
		if (x && x->until >= now)
			return &x->e;
		if (x)
			forget(es, x);
	}
	return NULL;
}

void
expects_done(struct expects *es, const struct l7_expect *e)
{
	if (!e->many)
		forget(es, (struct expected *)(uintptr_t)e);
}
