/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lane: the five classes of events on the wire, most important first.
 *
 * Each lane has its own spool log, sequence, quota and credit. Numbers are wire format: never
 * renumber.
 */
#ifndef WANGLOU_WIRE_LANE_H
#define WANGLOU_WIRE_LANE_H

enum lane {
	LANE_CONTROL, /* gap records */
	LANE_ALERT,   /* alerts */
	LANE_HEALTH,  /* stats, asset */
	LANE_RECORD,  /* http, dns, tls, ssh, ... */
	LANE_FLOW,    /* flow */
	LANE_COUNT
};

/* "control", "alert", "health", "record", "flow"; "?" for anything else. */
const char *
lane_name(int lane);

#endif
