/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options: the settings of wanglou-collector, one field a row of options.def.
 *
 * Plain data after start; owned strings are released by conf_clear(collector_options_table(), o).
 */
#ifndef WANGLOU_COLLECTOR_OPTIONS_H
#define WANGLOU_COLLECTOR_OPTIONS_H

#include "lib/conf.h"

struct collector_options {
#define OPT(field, type, key, value, min, max, choice, unit, help) CONF_FIELD_##type field;
#include "collector/options.def"
};

/* The rows for lib/conf. Static. */
const struct conf_table *
collector_options_table(void);

#endif
