/* SPDX-License-Identifier: Apache-2.0 */
/* lane: see include/wire/lane.h. */
#include "wire/lane.h"

static const char *const names[LANE_COUNT] = {
	[LANE_CONTROL] = "control",
	[LANE_ALERT] = "alert",
	[LANE_HEALTH] = "health",
	[LANE_RECORD] = "record",
	[LANE_FLOW] = "flow",
};

const char *
lane_name(int lane)
{
	return lane >= 0 && lane < LANE_COUNT ? names[lane] : "?";
}
