/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sample udp4 of decode_samples.h in every encapsulation of pcaps/recipes/wrap.py, whose code
 * made these bytes; and what it travelled in, innermost, and how deep.
 */
#ifndef WANGLOU_TESTS_DECODE_WRAPPED_H
#define WANGLOU_TESTS_DECODE_WRAPPED_H

#include <stddef.h>
#include <stdint.h>

#include "probe/packet.h"

struct wrapped {
	const char *name;
	uint16_t linktype;
	uint8_t kind; /* enum tunnel */
	uint8_t depth;
	const char *hex;
};

extern const struct wrapped wrapped[];
extern const size_t wrapped_n;

#endif
