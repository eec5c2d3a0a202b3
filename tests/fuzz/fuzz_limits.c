/* SPDX-License-Identifier: Apache-2.0 */
/* threshold.config, laid on a few rules. */
#include "../unit/match_fake.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char rules[] =
	    "alert ip any any -> any any (sid:1;)\n"
	    "alert ip any any -> any any (threshold:type both,track by_src,count 2,seconds 9; "
	    "gid:2; sid:2;)\n";
	char path[] = "/tmp/wanglou-limits-XXXXXX";
	const struct conf_map nets = { fake_nets, 2 };
	const struct match_text text = { "fuzz.rules",
		{ (const uint8_t *)rules, sizeof(rules) - 1 } };
	struct fake_problems problems = { .n = 0 };
	struct match_summary summary;
	struct err e;
	struct match_load load = { .classification_file = "",
		.address_vars = &nets,
		.threshold_file = path,
		.problem = fake_note,
		.context = &problems,
		.read_only = true,
		.text = &text,
		.text_n = 1 };
	int fd = mkstemp(path);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
	match_rules_free(match_rules_load(&load, &summary, &e));
	unlink(path);
	return 0;
}
