/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pick: the few fields of an event that the store has columns for, in one pass over its JSON.
 *
 * Takes one event as text, checks that all of it is JSON (RFC 8259) in UTF-8, gives views into it.
 * Owns nothing, allocates nothing. Pure, any thread. A parser of trees spends five times as long on
 * a flow record.
 */
#ifndef WANGLOU_COLLECTOR_PICK_H
#define WANGLOU_COLLECTOR_PICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

/* (name, the object it stands in, its key) */
#define PICK_ROWS(ROW)                                                                             \
	ROW(ROOT, ROOT, "")                                                                        \
	ROW(TIME, ROOT, "timestamp")                                                               \
	ROW(TYPE, ROOT, "event_type")                                                              \
	ROW(FLOW, ROOT, "flow_id")                                                                 \
	ROW(SRC, ROOT, "src_ip")                                                                   \
	ROW(SPORT, ROOT, "src_port")                                                               \
	ROW(DST, ROOT, "dest_ip")                                                                  \
	ROW(DPORT, ROOT, "dest_port")                                                              \
	ROW(PROTO, ROOT, "proto")                                                                  \
	ROW(APP, ROOT, "app_proto")                                                                \
	ROW(COMMUNITY, ROOT, "community_id")                                                       \
	ROW(VERDICT, ROOT, "verdict")                                                              \
	ROW(ALERT_ID, ROOT, "alert_id")                                                            \
	ROW(NAME_ZH, ROOT, "name_zh")                                                              \
	ROW(PROBE, ROOT, "probe")                                                                  \
	ROW(PROBE_NAME, PROBE, "name")                                                             \
	ROW(ALERT, ROOT, "alert")                                                                  \
	ROW(GID, ALERT, "gid")                                                                     \
	ROW(SID, ALERT, "signature_id")                                                            \
	ROW(SIGNATURE, ALERT, "signature")                                                         \
	ROW(CATEGORY, ALERT, "category")                                                           \
	ROW(SEVERITY, ALERT, "severity")                                                           \
	ROW(SEGMENT, ROOT, "segment")                                                              \
	ROW(SEGMENT_SRC, SEGMENT, "src")                                                           \
	ROW(SEGMENT_DST, SEGMENT, "dest")                                                          \
	ROW(SEGMENT_SRC_NAME, SEGMENT_SRC, "name")                                                 \
	ROW(SEGMENT_DST_NAME, SEGMENT_DST, "name")                                                 \
	ROW(ATTACK, ROOT, "attack")                                                                \
	ROW(TECHNIQUE, ATTACK, "technique")                                                        \
	ROW(NOTICE, ROOT, "notice")                                                                \
	ROW(DETECTOR, NOTICE, "detector")

enum pick_id {
#define ROW(id, parent, key) PICK_##id,
	PICK_ROWS(ROW)
#undef ROW
	    PICK_COUNT
};

struct pick_value {
	struct view
	    text; /* between the quotes, or the number; ptr NULL: absent or of another kind */
	bool string;
	bool escaped; /* has backslashes: read it with pick_text */
};

struct pick {
	struct pick_value at[PICK_COUNT];
};

/* Walk one event. False when it is not one whole JSON object; *out is then not to be used. */
bool
pick_event(struct view json, struct pick *out);

/*
 * A string without its escapes, cut on a character's boundary to fit `room` bytes with the
 * terminator. Returns its length; 0 when absent or not a string.
 */
size_t
pick_text(const struct pick_value *v, char *out, size_t room);

/* A number without sign, fraction or exponent. False when absent or anything else. */
bool
pick_u64(const struct pick_value *v, uint64_t *out);

/* "2026-11-22T10:00:00.000001+0000" (or Z, or no fraction) as microseconds since 1970 UTC. */
bool
pick_time(struct view text, int64_t *us);

#endif
