/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of what is said of addresses: up to the first NUL the categories, then the entries. */
#include "../unit/match_fake.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char rules[] =
	    "alert ip any any -> any any (iprep:any,Bad,>,30; iprep:src,Good,isnotset; sid:1;)\n";
	char categories[] = "/tmp/wanglou-reputation-XXXXXX",
	     entries[] = "/tmp/wanglou-reputation-XXXXXX";
	const char *file = entries;
	const struct match_text text = { "fuzz.rules",
		{ (const uint8_t *)rules, sizeof(rules) - 1 } };
	struct fake_problems problems = { .n = 0 };
	struct match_summary summary;
	struct err e;
	size_t first = size ? strnlen((const char *)data, size) : 0;
	size_t skip = first + (first < size);
	fake_file(categories, data, first);
	fake_file(entries, data + skip, size - skip);
	struct match_load load = { .classification_file = "",
		.reputation = { categories, &file, 1, "", 64 },
		.problem = fake_note,
		.context = &problems,
		.read_only = true,
		.text = &text,
		.text_n = 1 };
	match_rules_free(match_rules_load(&load, &summary, &e));
	unlink(categories);
	unlink(entries);
	return 0;
}
