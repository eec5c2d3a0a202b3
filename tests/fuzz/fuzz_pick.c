/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collector/pick.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view v = { data, size };
	char text[40];
	struct pick p;
	uint64_t n;
	int64_t us;

	if (!pick_event(v, &p))
		return 0;
	for (int i = 0; i < PICK_COUNT; i++) {
		if (pick_text(&p.at[i], text, sizeof(text)) >= sizeof(text))
			abort();
		(void)pick_u64(&p.at[i], &n);
		(void)pick_time(p.at[i].text, &us);
	}
	return 0;
}
