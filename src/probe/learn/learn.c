/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/learn.h"

#include <stdlib.h>

#include "parts.h"

struct learn {
	struct geo *geo;
	struct segments *segments;
};

struct learn *
learn_new(const struct learn_config *config, unsigned *bad, struct err *e)
{
	struct learn *l = calloc(1, sizeof(*l));
	if (!l) {
		err_set(e, "out of memory");
		return NULL;
	}
	*bad = 0;
	l->segments = segments_load(config->segments_file ? config->segments_file : "", e);
	if (!l->segments)
		goto out;
	l->geo = config->geo_n ? geo_new(config->geo_files, config->geo_n, bad) : NULL;
	if (config->geo_n && !l->geo) {
		err_set(e, "out of memory");
		goto out;
	}
	return l;
out:
	learn_free(l);
	return NULL;
}

void
learn_free(struct learn *l)
{
	if (!l)
		return;
	geo_free(l->geo);
	segments_free(l->segments);
	free(l);
}

const struct learn_segment *
learn_segment(const struct learn *l, const struct addr *a, uint8_t ver)
{
	return segments_find(l->segments, a, ver);
}

bool
learn_geo(const struct learn *l, const struct addr *a, uint8_t ver, struct learn_geo *out)
{
	*out = (struct learn_geo){ 0 };
	return l->geo && !geo_special(a, ver) && geo_find(l->geo, a, ver, out);
}
