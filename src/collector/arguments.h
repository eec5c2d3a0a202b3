/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arguments: the command line of wanglou-collector, laid over the configuration.
 */
#ifndef WANGLOU_COLLECTOR_ARGUMENTS_H
#define WANGLOU_COLLECTOR_ARGUMENTS_H

#include "collector/options.h"
#include "lib/cmdline.h"

struct arguments {
	struct cmdline line;
	struct collector_options options;
};

/*
 * Read the command line and the configuration it names. DONE: help, version or settings were
 * printed. BAD: *e says why. In each case arguments_clear releases what *a owns.
 */
enum cmdline_result
arguments_read(int argc, char **argv, struct arguments *a, struct err *e);

void
arguments_clear(struct arguments *a);

#endif
