/* SPDX-License-Identifier: Apache-2.0 */
/* Files of datasets. The first byte says what the rule said of them. */
#include "../unit/match_fake.h"
#include "probe/match_datasets.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const keys[] = { "value", "a.b.c.d.e.f.g.h.i.j" };
	struct cursor c = cursor_of(data, size);
	struct view json;
	struct err e;
	uint8_t how, type;
	if (!cursor_u8(&c, &how) || !cursor_u8(&c, &type))
		return 0;
	struct match_dataset d = { .name = "x",
		.type = (uint8_t)(MATCH_SET_STRING + type % 5),
		.format = how % 3,
		.rep = how & 4,
		.remove_key = how & 8,
		.memcap = how & 16 ? 4096 : 0,
		.value = keys[(how & 32) != 0],
		.array = how & 64 ? "list" : NULL };
	d.values = match_values_new(d.type, HASH_KEY_FIXED);
	if (!d.values)
		return 0;
	struct view bytes = { c.at, cursor_left(&c) };
	(void)match_dataset_parse(&d, bytes, &e);
	(void)match_values_find(d.values, bytes, NULL, &json);
	(void)match_values_remove(d.values, bytes);
	match_values_free(d.values);
	return 0;
}
