/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of include/probe/options.def as a table for lib/conf. */
#include "probe/options.h"

#include <stddef.h>

static const struct conf_row rows[] = {
#define OPT(field, type, key, value, min, max, choice, unit, help)                                 \
	{ key, CONF_##type, offsetof(struct options, field), value, min, max, choice, unit, help },
#include "probe/options.def"
};

const struct conf_table *
options_table(void)
{
	static const struct conf_table table = { rows, sizeof(rows) / sizeof(rows[0]),
		sizeof(struct options) };
	return &table;
}
