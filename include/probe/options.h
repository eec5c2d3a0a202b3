/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options: the settings of wanglou-probe, one field a row of options.def.
 *
 * Plain data after start; owned strings are released by conf_clear(options_table(), o).
 */
#ifndef WANGLOU_PROBE_OPTIONS_H
#define WANGLOU_PROBE_OPTIONS_H

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

struct options {
#define OPT(field, type, key, value, min, max, choice, unit, help) OPTION_TYPE_##type field;
#include "probe/options.def"
};

/* The rows for lib/conf. Static. */
const struct conf_table *
options_table(void);

#endif
