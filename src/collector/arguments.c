/* SPDX-License-Identifier: Apache-2.0 */
#include "arguments.h"

#include <stdio.h>
#include <string.h>

#include "version.h"

static const struct option long_options[] = { CMDLINE_LONG, { NULL, 0, NULL, 0 } };

static void
usage(void)
{
	printf(
	    "usage: wanglou-collector [-c FILE] [options]\n\n"
	    "  -c FILE          settings (conf/collector.yaml)\n"
	    "  --set KEY=VALUE  override one setting; may be repeated\n"
	    "  -T               check settings, keys and folders, then exit\n"
	    "  --print-config   print the settings in force, then exit\n"
	    "  -v               say more\n"
	    "  -V               version\n\n"
	    "SIGTERM stores what was received and ends; SIGHUP reads the authorised keys again.\n"
	    "Exit status: 0 ended as asked; 1 could not run or go on; 2 command line, settings or "
	    "keys are wrong.\n");
}

enum cmdline_result
arguments_read(int argc, char **argv, struct arguments *a, struct err *e)
{
	int c;

	memset(a, 0, sizeof(*a));
	conf_defaults(collector_options_table(), &a->options);
	while ((c = getopt_long(argc, argv, CMDLINE_SHORT, long_options, NULL)) != -1)
		if (cmdline_take(&a->line, c, optarg, e) != 0)
			return CMDLINE_BAD;
	if (a->line.help)
		usage();
	else if (a->line.version)
		printf("wanglou-collector %s\n", WANGLOU_VERSION);
	if (a->line.help || a->line.version)
		return CMDLINE_DONE;
	if (optind < argc) {
		err_set(e, "%s: unexpected; everything is an option", argv[optind]);
		return CMDLINE_BAD;
	}
	if (cmdline_load(&a->line, collector_options_table(), &a->options, e) != 0)
		return CMDLINE_BAD;
	if (a->line.print) {
		conf_print(collector_options_table(), &a->options, stdout);
		return CMDLINE_DONE;
	}
	return CMDLINE_OK;
}

void
arguments_clear(struct arguments *a)
{
	conf_clear(collector_options_table(), &a->options);
}
