/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cmdline.h"

int
cmdline_take(struct cmdline *c, int option, const char *value, struct err *e)
{
	switch (option) {
	case 'c':
		if (c->config_n == CMDLINE_FILES)
			return err_set(e, "-c: at most %d", CMDLINE_FILES);
		c->config[c->config_n++] = value;
		return 0;
	case CMDLINE_SET:
		if (c->set_n == CMDLINE_SETS)
			return err_set(e, "--set: at most %d", CMDLINE_SETS);
		c->set[c->set_n++] = value;
		return 0;
	case CMDLINE_PRINT:
		c->print = true;
		return 0;
	case 'T':
		c->test = true;
		return 0;
	case 'v':
		c->verbose = true;
		return 0;
	case 'V':
		c->version = true;
		return 0;
	case 'h':
		c->help = true;
		return 0;
	default:
		return err_set(e, "-h lists the options");
	}
}

int
cmdline_load(const struct cmdline *c, const struct conf_table *t, void *settings, struct err *e)
{
	for (size_t i = 0; i < c->config_n; i++)
		if ((i ? conf_load_over : conf_load)(t, settings, c->config[i], e) != 0)
			return -1;
	for (size_t i = 0; i < c->set_n; i++)
		if (conf_set(t, settings, c->set[i], e) != 0)
			return err_prefix(e, "--set");
	return 0;
}
