/* SPDX-License-Identifier: Apache-2.0 */
/* BACnet/IP in the table of protocols: a datagram is a transaction. */
#include "bacnet_write.h"
#include "ics.h"
#include "probe/l7/bacnet.h"

#define BACNET_PORT 47808

static enum l7_guess
probe(const struct l7_first *first)
{
	struct bacnet m;

	if (!bacnet_parse(first->data, &m) ||
	    (m.miscounted && first->key->sport != BACNET_PORT && first->key->cport != BACNET_PORT))
		return L7_NO;
	return m.has_network || m.result >= 0 || m.ttl >= 0 || first->data.len == 4 ? L7_YES
										    : L7_NO;
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct bacnet *m = l7_once(l, sizeof(*m));

	if (!m)
		return L7_FULL;
	if (!bacnet_parse(bytes, m)) {
		l7_odd(l, lf, "MALFORMED_DATA", -1, dir);
		return (long)bytes.len;
	}
	if (m->miscounted)
		l7_odd(l, lf, "INVALID_LENGTH", (int64_t)lf->next_id, dir);
	bool asks = m->has_apdu && m->type <= BACNET_UNCONFIRMED;
	(void)l7_once_say(l, lf, m, asks ? L7_READY_REQUEST : L7_READY_RESPONSE, dir);
	return (long)bytes.len;
}

const struct l7_row l7_bacnet_row = {
	.name = "bacnet",
	.proto = L7_BACNET,
	.udp = true,
	.state_size = 1,
	.probe = probe,
	.data = data,
	.write = bacnet_write,
};
