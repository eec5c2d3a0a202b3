/* SPDX-License-Identifier: Apache-2.0 */
/* parts: what learn is made of; see include/probe/learn.h. */
#ifndef WANGLOU_PROBE_LEARN_PARTS_H
#define WANGLOU_PROBE_LEARN_PARTS_H

#include "probe/learn.h"

struct geo;

/* Open the databases; broken ones are logged and counted in *bad. NULL when memory is out. */
struct geo *
geo_new(const char *const *files, size_t n, unsigned *bad);
void
geo_free(struct geo *g);

/* What the databases say, the first that knows a field wins; false when none knows any. */
bool
geo_find(const struct geo *g, const struct addr *a, uint8_t ver, struct learn_geo *out);

/* Never looked up: private, loopback, link-local, multicast, documentation and reserved ranges (RFC
 * 6890). */
bool
geo_special(const struct addr *a, uint8_t ver);

struct segments;

/* Read the file; "" gives an empty set. NULL with the reason in *e. */
struct segments *
segments_load(const char *path, struct err *e);
void
segments_free(struct segments *s);
const struct learn_segment *
segments_find(const struct segments *s, const struct addr *a, uint8_t ver);

#endif
