/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packets: the process that holds packets. Opens captures while it may, loads rules, locks itself
 * in, runs the worker.
 *
 * It has no network; events leave through the file and the spool.
 */
#ifndef WANGLOU_PROBE_PACKETS_H
#define WANGLOU_PROBE_PACKETS_H

#include "arguments.h"

enum {
	EXIT_WELL = 0,
	EXIT_FAILED = 1,
	EXIT_SETTINGS = 2,
	EXIT_DAMAGED = 3,
};

/* Run to the end of the captures or SIGTERM. Returns the process's exit status. */
int
packets_run(const struct arguments *a);

/* -T: load everything, say what is wrong, print a summary on stdout. */
int
packets_test(const struct arguments *a);

#endif
