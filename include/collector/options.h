/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options: the settings of wanglou-collector, one field a row of options.def.
 *
 * Plain data after start; owned strings are released by conf_clear(collector_options_table(), o).
 */
#ifndef WANGLOU_COLLECTOR_OPTIONS_H
#define WANGLOU_COLLECTOR_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/conf.h"

#define OPTION_TYPE_BOOL bool
#define OPTION_TYPE_INT uint64_t
#define OPTION_TYPE_BYTES uint64_t
#define OPTION_TYPE_TIME uint64_t
#define OPTION_TYPE_STR char *
#define OPTION_TYPE_ENUM int
#define OPTION_TYPE_LIST struct conf_list
#define OPTION_TYPE_MAP struct conf_map

struct collector_options {
#define OPT(field, type, key, value, min, max, choice, unit, help) OPTION_TYPE_##type field;
#include "collector/options.def"
};

/* The rows for lib/conf. Static. */
const struct conf_table *
collector_options_table(void);

/* Relative paths are meant from the folder of the configuration file: make them so. 0, or -1 when
 * memory is out. */
int
collector_options_resolve(struct collector_options *o, const char *config, struct err *e);

#endif
