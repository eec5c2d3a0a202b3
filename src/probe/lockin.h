/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lockin: what each process of the probe may still reach once it is locked in.
 *
 * Called after captures are open (packets) or keys are loaded (ship), before threads and before
 * anything untrusted is read.
 */
#ifndef WANGLOU_PROBE_LOCKIN_H
#define WANGLOU_PROBE_LOCKIN_H

#include "arguments.h"

/*
 * Make what the unprivileged user will write: the spool's folder and the event file. As root only;
 * else nothing. -1 with a sentence.
 */
int
lockin_prepare(const struct arguments *a, struct err *e);

/* Lock the packet process in: reads its rules and captures, writes its events. Says what is on at
 * debug level. */
int
lockin_packets(const struct arguments *a, struct err *e);

/* Lock the shipper in: network and spool only. */
int
lockin_ship(const struct arguments *a, struct err *e);

#endif
