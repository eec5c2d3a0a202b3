/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule text as it comes from somebody else's file. Three quarters are only read, since compiling
 * literals takes longer than all the rest; who wants to be told of rules is asked as well.
 */
#include "../unit/match_fake.h"
#include "rule_mutate.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
told(void *context, const struct match_told *t)
{
	(void)context;
	(void)t;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct conf_map nets = { fake_nets, 2 }, ports = { fake_ports, 1 };
	const struct match_text text = { "fuzz.rules", { data, size } };
	struct fake_problems problems = { .n = 0 };
	struct match_summary summary;
	struct err e;
	unsigned sum = 0;
	for (size_t i = 0; i < size; i++)
		sum += data[i];
	struct match_load load = { .classification_file = "",
		.address_vars = &nets,
		.port_vars = &ports,
		.problem = fake_note,
		.context = &problems,
		.told = sum & 4 ? told : NULL,
		.read_only = sum % 4 != 0,
		.text = &text,
		.text_n = 1 };
	if (size < 1u << 16)
		match_rules_free(match_rules_load(&load, &summary, &e));
	return 0;
}
