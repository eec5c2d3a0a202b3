/* SPDX-License-Identifier: Apache-2.0 */
/* flow: the words of EVE for states and ends. */
#include "probe/flow.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

unsigned
flow_vlans(const struct flow *f, uint16_t out[PACKET_VLANS])
{
	out[0] = f->key.vlan[0];
	out[1] = f->key.vlan[1];
	out[2] = f->vlan_deep;
	return out[2] ? 3 : out[1] ? 2 : out[0] ? 1 : 0;
}

const char *
flow_state_name(uint8_t state)
{
	static const char *const name[] = { "new", "established", "closed" };

	return state < COUNT(name) ? name[state] : "unknown";
}

const char *
flow_tcp_name(uint8_t tcp)
{
	static const char *const name[] = { "none", "syn_sent", "syn_recv", "established",
		"fin_wait1", "fin_wait2", "closing", "close_wait", "last_ack", "time_wait",
		"closed" };

	return tcp < COUNT(name) ? name[tcp] : "unknown";
}

const char *
flow_policy_name(uint8_t policy)
{
	static const char *const name[] = { "none", "ignore", "bypass", "pass-flow", "drop-flow",
		"reject" };

	return policy < COUNT(name) ? name[policy] : "unknown";
}

const char *
flow_end_name(uint8_t end)
{
	static const char *const name[] = { "timeout", "shutdown", "forced", "tcp_reuse" };

	return end < COUNT(name) ? name[end] : "unknown";
}
