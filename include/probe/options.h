/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options: the settings of wanglou-probe, one field a row of options.def.
 *
 * Plain data after start; owned strings are released by conf_clear(options_table(), o).
 */
#ifndef WANGLOU_PROBE_OPTIONS_H
#define WANGLOU_PROBE_OPTIONS_H

#include "lib/conf.h"

struct options {
#define OPT(field, type, key, value, min, max, choice, unit, help) CONF_FIELD_##type field;
#include "probe/options.def"
};

/* The rows for lib/conf. Static. */
const struct conf_table *
options_table(void);

#endif
