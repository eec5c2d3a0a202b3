/* SPDX-License-Identifier: Apache-2.0 */
/* threshold.config as it comes from somebody else. */
#include "../unit/match_fake.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char rules[] =
	    "alert udp any any -> any any (msg:\"a\"; content:\"x\"; sid:1;)\n"
	    "alert udp any any -> any any (msg:\"b\"; content:\"x\"; threshold:type limit, "
	    "track by_src, count 1, seconds 5; sid:2;)\n"
	    "alert ip any any -> any any (gid:2; sid:2;)\n";
	if (size >= 1u << 16)
		return 0;
	fake_limits = (struct view){ data, size };
	match_rules_free(fake_load(rules, sizeof(rules) - 1, NULL, NULL));
	return 0;
}
