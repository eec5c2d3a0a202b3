/* SPDX-License-Identifier: Apache-2.0 */
/* Is an address or port in a rule's set? One binary search over disjoint ranges. */
#include "probe/match_rule.h"

static bool
have4(const struct match_addresses *s, uint32_t v)
{
	uint32_t low = 0, high = s->v4_n;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (v < s->v4[mid].low)
			high = mid;
		else if (v > s->v4[mid].high)
			low = mid + 1;
		else
			return true;
	}
	return false;
}

static int
order6(const uint64_t a[2], const uint64_t b[2])
{
	if (a[0] != b[0])
		return a[0] < b[0] ? -1 : 1;
	return a[1] < b[1] ? -1 : a[1] > b[1];
}

static bool
have6(const struct match_addresses *s, const uint64_t v[2])
{
	uint32_t low = 0, high = s->v6_n;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (order6(v, s->v6[mid].low) < 0)
			high = mid;
		else if (order6(v, s->v6[mid].high) > 0)
			low = mid + 1;
		else
			return true;
	}
	return false;
}

bool
match_addresses_have(const struct match_addresses *s, const struct addr *a, uint8_t ver)
{
	if (!s)
		return true;
	uint64_t high = __builtin_bswap64(a->q[0]), low = __builtin_bswap64(a->q[1]);
	if (ver == 4)
		return have4(s, (uint32_t)(high >> 32));
	return ver == 6 && have6(s, (const uint64_t[2]){ high, low });
}

bool
match_ports_have(const struct match_ports *s, uint16_t port)
{
	if (!s)
		return true;
	for (uint32_t i = 0; i < s->n; i++) {
		if (port <= s->range[i].high)
			return port >= s->range[i].low;
	}
	return false;
}
