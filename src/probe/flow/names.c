/* SPDX-License-Identifier: Apache-2.0 */
/* flow: the words of EVE for states and ends. */
#include "probe/flow.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

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
flow_end_name(uint8_t end)
{
	static const char *const name[] = { "timeout", "shutdown", "forced", "tcp_reuse" };

	return end < COUNT(name) ? name[end] : "unknown";
}
