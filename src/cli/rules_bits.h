/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules_bits: which disabled rules set the bits (flowbits, xbits, hostbits) that others ask for, or
 * that these need in turn.
 */
#ifndef WANGLOU_CLI_RULES_BITS_H
#define WANGLOU_CLI_RULES_BITS_H

#include "rules.h"

/* A rule that is disabled and needed; sid 0: no rule at all sets the bit. */
struct rules_need {
	uint32_t gid, sid;
	bool noalert;
	const char *bit; /* "flowbits ET.x"; lives as long as the bits */
	uint32_t by;     /* sid of who asks */
};

struct rules_bits;

/* Read the rules of a load; `named` (enable lines) says for which of them. */
struct rules_bits *
rules_bits_new(struct match_load *load, struct match_manage *named);
/* NULL is allowed. */
void
rules_bits_free(struct rules_bits *b);
/* The next rule that is needed, each once; false behind the last. */
bool
rules_bits_next(struct rules_bits *b, struct rules_need *out);

#endif
