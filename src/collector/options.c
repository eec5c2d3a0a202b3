/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of include/collector/options.def as a table for lib/conf. */
#include "collector/options.h"

#include <stddef.h>

static const struct conf_row rows[] = {
#define OPT(field, type, key, value, min, max, choice, unit, help)                                 \
	{ key, CONF_##type, offsetof(struct collector_options, field), value, min, max, choice,    \
		unit, help },
#include "collector/options.def"
};

const struct conf_table *
collector_options_table(void)
{
	static const struct conf_table table = { rows, sizeof(rows) / sizeof(rows[0]),
		sizeof(struct collector_options) };
	return &table;
}
