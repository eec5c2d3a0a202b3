/* SPDX-License-Identifier: Apache-2.0 */
/* Rule text as it comes from somebody else's file. */
#include "../unit/match_fake.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1u << 16)
		match_rules_free(fake_load(data, size, NULL, NULL));
	return 0;
}
