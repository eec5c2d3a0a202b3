/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Multicast DNS (RFC 6762) and LLMNR (RFC 4795): messages like DNS's, on ports and addresses of
 * their own. What they carry looks like DNS, so only the port can tell them apart.
 */
#include "dns_row.h"

#define MDNS_PORT 5353
#define LLMNR_PORT 5355

static bool
on_port(const struct flow_key *k, uint16_t port)
{
	return k->sport == port || k->cport == port;
}

static enum l7_guess
probe_mdns(const struct l7_first *first)
{
	if (!on_port(first->key, MDNS_PORT))
		return L7_NO;
	return dns_looks(first->data, false) ? L7_YES : L7_NO;
}

/* One question in a query, the same in the answer (RFC 4795, 2.1.1). */
static enum l7_guess
probe_llmnr(const struct l7_first *first)
{
	struct view message = first->data;
	struct dns_msg m;
	if (!on_port(first->key, LLMNR_PORT))
		return L7_NO;
	if (first->key->proto == PROTO_TCP) {
		long used = dns_tcp(first->data, &message);
		if (used < 0)
			return used == L7_MORE ? L7_MAYBE : L7_NO;
	}
	bool sound = dns_looks(message, false) && dns_parse(message, &m) >= 0;
	return sound && m.count[DNS_QUESTION] == 1 && m.opcode == 0 ? L7_YES : L7_NO;
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	if (lf->tcp)
		return dns_stream(l, lf, bytes, dir);
	if (dns_say(l, lf, bytes, lf->proto, dir))
		return (long)bytes.len;
	l7_odd(l, lf, "MALFORMED_DATA", -1, dir);
	return L7_BAD;
}

static void
write_mdns(const void *data_of, struct jw *w)
{
	dns_write_mdns(data_of, w);
}

static void
write_llmnr(const void *data_of, struct jw *w)
{
	dns_write(data_of, "llmnr", w);
}

const struct l7_row l7_mdns_row = {
	.name = "mdns",
	.proto = L7_MDNS,
	.udp = true,
	.one_way = true,
	.state_size = sizeof(struct dns_state),
	.probe = probe_mdns,
	.data = data,
	.finish = dns_finish,
	.buffer = dns_buffer,
	.number = dns_number,
	.write = write_mdns,
};

const struct l7_row l7_llmnr_row = {
	.name = "llmnr",
	.proto = L7_LLMNR,
	.tcp = true,
	.udp = true,
	.one_way = true,
	.state_size = sizeof(struct dns_state),
	.probe = probe_llmnr,
	.data = data,
	.lost = dns_lost,
	.finish = dns_finish,
	.buffer = dns_buffer,
	.number = dns_number,
	.write = write_llmnr,
};
