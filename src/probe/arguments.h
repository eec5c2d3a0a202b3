/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arguments: the command line of wanglou-probe, in Suricata's habits, laid over the configuration.
 */
#ifndef WANGLOU_PROBE_ARGUMENTS_H
#define WANGLOU_PROBE_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/cmdline.h"
#include "probe/options.h"

#define ARGUMENTS_SOURCES 16

struct arguments {
	struct options options;
	const char *read;                         /* -r: file, folder or "-"; NULL */
	const char *interface[ARGUMENTS_SOURCES]; /* -i */
	size_t interface_n;
	char *event_file; /* owned; "" none */
	bool test;        /* -T */
	bool verbose;     /* -v */
};

/*
 * Read the command line and the configuration it names. DONE: help or version was printed. BAD: *e
 * says why. Relative paths in the configuration are taken from its own folder.
 */
enum cmdline_result
arguments_read(int argc, char **argv, struct arguments *a, struct err *e);

void
arguments_clear(struct arguments *a);

#endif
