/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings: the options as each stage behind decode takes them; caps are this worker's part of what
 * the options allow all of them. Pure: what they return points into the config and its options.
 */
#ifndef WANGLOU_SRC_PROBE_SETTINGS_H
#define WANGLOU_SRC_PROBE_SETTINGS_H

#include "probe/evidence.h"
#include "worker.h"

/* This worker's part of a cap, at least 1 of a cap that is not 0. */
uint64_t
settings_part(const struct worker_config *c, uint64_t cap);

struct flow_config
settings_flow(const struct worker_config *c);

struct identify_config
settings_identify(const struct worker_config *c);

/* -1 with a sentence when a list of names has one that means nothing. */
int
settings_l7(struct l7_config *l7, const struct worker_config *c, struct err *e);

/* Of the files taken out of streams; `dir` is empty when none are kept. */
struct l7_store
settings_store(const struct worker_config *c);

struct match_config
settings_match(const struct worker_config *c);

/* identify is borrowed, as the rest. */
struct output_config
settings_output(const struct worker_config *c, struct identify *identify);

/* `dir` is empty when frames are not kept. */
struct ring_config
settings_ring(const struct worker_config *c);

/* As above; who is told (`done`, `context`) is left for the caller. */
struct evidence_config
settings_evidence(const struct worker_config *c);

#endif
