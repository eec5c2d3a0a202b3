/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmdline: the options that each of our daemons takes, and the settings they make.
 *
 *     -c FILE ... --set KEY=VALUE -T --print-config -v -V -h
 *
 * A daemon puts CMDLINE_LONG and CMDLINE_SHORT into its getopt_long tables, offers what it does not
 * know itself to cmdline_take, and then loads its settings. Start-up only, one thread. Texts are
 * argv's own.
 */
#ifndef WANGLOU_LIB_CMDLINE_H
#define WANGLOU_LIB_CMDLINE_H

#include <getopt.h>

#include "lib/conf.h"

#define CMDLINE_SETS 256 /* --set at most */
#define CMDLINE_FILES 8  /* -c at most */

enum cmdline_option { CMDLINE_SET = 256, CMDLINE_PRINT };

#define CMDLINE_SHORT "c:TvVh"
/* clang-format off */
#define CMDLINE_LONG                                                                               \
	{ "config", required_argument, NULL, 'c' },                                                \
	{ "set", required_argument, NULL, CMDLINE_SET },                                           \
	{ "print-config", no_argument, NULL, CMDLINE_PRINT },                                      \
	{ "test", no_argument, NULL, 'T' },                                                        \
	{ "verbose", no_argument, NULL, 'v' },                                                     \
	{ "version", no_argument, NULL, 'V' },                                                     \
	{ "help", no_argument, NULL, 'h' }
/* clang-format on */

struct cmdline {
	const char *config[CMDLINE_FILES];
	size_t config_n;
	const char *set[CMDLINE_SETS];
	size_t set_n;
	bool test, print, verbose, version, help;
};

/* What a command line comes to: go on; all is said (help, version, settings); it is wrong. */
enum cmdline_result { CMDLINE_OK, CMDLINE_DONE, CMDLINE_BAD };

/* Take what getopt_long returned. 0, or -1 with a sentence when it is none of these. */
int
cmdline_take(struct cmdline *c, int option, const char *value, struct err *e);

/* Lay the files, a later one over those before, and the assignments over settings that have their
 * defaults. As conf_load. */
int
cmdline_load(const struct cmdline *c, const struct conf_table *t, void *settings, struct err *e);

#endif
