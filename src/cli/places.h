/* SPDX-License-Identifier: Apache-2.0 */
/* places: where the other programs and the settings are when nobody says. */
#ifndef WANGLOU_CLI_PLACES_H
#define WANGLOU_CLI_PLACES_H

#include <limits.h>
#include <stdbool.h>

#include "collector/options.h"
#include "lib/err.h"
#include "probe/options.h"

/* A program beside this one, or its bare name for the PATH. */
void
places_program(char out[PATH_MAX], const char *name);

/*
 * A settings file: conf/NAME, then below the program's own folder, then /etc/wanglou/NAME. False
 * (and out = the last one looked for) when there is none.
 */
bool
places_config(char out[PATH_MAX], const char *name);

/* Load settings over the defaults (conf_load). `path` NULL: places_config, or
 * defaults. */
int
places_probe(struct options *o, const char *path, struct err *e);
int
places_collector(struct collector_options *o, const char *path, struct err *e);

#endif
