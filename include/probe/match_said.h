/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_said: what rules left at a flow for its events: flowbits, numbers, captured texts, entropy.
 * Plain data, valid until the matcher's next call.
 */
#ifndef WANGLOU_PROBE_MATCH_SAID_H
#define WANGLOU_PROBE_MATCH_SAID_H

#include <stdint.h>

#include "probe/alert.h"

#define MATCH_SAID_BITS 24
#define MATCH_SAID_VARS 8 /* captured texts and entropies of a flow; of a packet */
#define MATCH_SAID_INTS 16

/* A captured text, with what stands around it, by which a secret is known. */
struct match_said_var {
	const char *name;
	struct alert_match what;
};

struct match_said {
	const char *bit[MATCH_SAID_BITS];
	struct match_said_var flow[MATCH_SAID_VARS], packet[MATCH_SAID_VARS];
	struct {
		const char *name;
		uint32_t value;
	} number[MATCH_SAID_INTS];
	struct {
		const char *name;
		double value;
	} entropy[MATCH_SAID_VARS];
	uint8_t bit_n, flow_n, packet_n, number_n, entropy_n;
};

#endif
