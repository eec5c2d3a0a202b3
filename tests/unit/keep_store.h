/* SPDX-License-Identifier: Apache-2.0 */
/* keep_store: the store of a test, in its own folder (folder.h). */
#ifndef WANGLOU_TESTS_KEEP_STORE_H
#define WANGLOU_TESTS_KEEP_STORE_H

#include <stdio.h>

#include "collector/keep.h"
#include "collector/look.h"
#include "folder.h"

#define NOON 1795348800000ull /* 2026-11-22 12:00 UTC */

static const uint8_t origin[16] = { 1, 2, 3 };

/* NULL with a line when it cannot be opened; a config (or NULL) without its folder. */
static inline struct keep *
open_keep(const struct keep_config *config)
{
	struct keep_config c = { .file_bytes = 1 << 20 };
	struct err e = { "" };

	if (config)
		c = *config;
	c.dir = dir;
	struct keep *k = keep_open(&c, &e);
	if (!k)
		print_message("%s\n", e.text);
	return k;
}

static inline struct look *
open_look(void)
{
	struct err e = { "" };
	struct look *l = look_open(dir, 60000, &e);

	if (!l)
		fail_msg("%s", e.text);
	return l;
}

/* A batch of one event. */
static inline void
put_one(struct keep *k, uint64_t position, uint8_t lane, const char *json)
{
	struct keep_batch b = { .position = position,
		.origin = origin,
		.probe = "key-name",
		.epoch = 1,
		.lane = lane,
		.first_seq = position,
		.recv_ms = NOON };

	assert_int_equal(keep_begin(k, &b), 1);
	assert_int_equal(keep_event(k, 0, view_of(json)), 0);
	keep_end(k);
	assert_int_equal(keep_commit(k), 0);
}

#endif
