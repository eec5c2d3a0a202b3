/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fanout: several sockets share the frames of one interface. Private to src/probe/capture.
 */
#ifndef WANGLOU_SRC_CAPTURE_FANOUT_H
#define WANGLOU_SRC_CAPTURE_FANOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "probe/capture.h"

/*
 * Put a bound packet socket into a new group and say its number in *group: one that no other
 * process has on this interface (Linux 4.12 and later finds one). 0, or -1 with errno.
 */
int
fanout_found(int fd, enum capture_balance balance, uint16_t *group);

/* Put it into a group that there is. 0, or -1 with errno. Needs no privilege. */
int
fanout_join(int fd, enum capture_balance balance, uint16_t group);

#endif
