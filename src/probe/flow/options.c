/* SPDX-License-Identifier: Apache-2.0 */
/* flow: options of a TCP header (RFC 9293, 3.1). */
#include "internal.h"

#define HEADER 20
#define END 0
#define NOP 1

bool
flow_option(const struct packet *p, uint8_t kind, struct view *out)
{
	struct cursor c = cursor_of_view(p->l4), options;
	uint8_t k, n;

	if (p->l4.len < p->payload.len + HEADER || !cursor_skip(&c, HEADER) ||
	    !cursor_sub(&c, p->l4.len - p->payload.len - HEADER, &options))
		return false;
	while (cursor_u8(&options, &k) && k != END) {
		if (k == NOP)
			continue;
		if (!cursor_u8(&options, &n) || n < 2 || !cursor_take(&options, n - 2u, out))
			return false;
		if (k == kind)
			return true;
	}
	return false;
}
