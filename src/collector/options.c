/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of include/collector/options.def as a table for lib/conf. */
#include "collector/options.h"

#include <libgen.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

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

int
collector_options_resolve(struct collector_options *o, const char *config, struct err *e)
{
	char **const paths[] = { &o->data_dir, &o->key_file, &o->authorized };
	char copy[PATH_MAX], *dir, *full;

	(void)snprintf(copy, sizeof(copy), "%s", config);
	dir = dirname(copy);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (**paths[i] == '/' || **paths[i] == 0)
			continue;
		if (asprintf(&full, "%s/%s", dir, *paths[i]) < 0)
			return err_set(e, "no memory");
		free(*paths[i]);
		*paths[i] = full;
	}
	return 0;
}
