/* SPDX-License-Identifier: Apache-2.0 */
#include "shelf.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "later.h"
#include "lib/addr.h"
#include "lib/jread.h"
#include "lib/log.h"

#define BLOCK_BYTES (128u << 10)
#define BUSY_MS 2000 /* a settlement under way takes milliseconds */

static const char insert_alert[] =
    "INSERT INTO alert(stream,seq,ts,flow,src,sport,dst,dport,proto,app,json,recv,severity,gid,sid,"
    "signature,category,name_zh,community,probe,segment_src,segment_dst,verdict,detector,technique,"
    "alert_id,own)"
    " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?"
    "24,?25,?26,?27)"
    " ON CONFLICT(stream,seq) DO NOTHING";
static const char insert_event[] =
    "INSERT INTO event(stream,seq,ts,flow,src,sport,dst,dport,proto,app,type,block,at,len)"
    " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14) ON CONFLICT(stream,seq) DO NOTHING";

static bool
fail(struct shelf *s, enum sq_answer a)
{
	s->answer = a;
	(void)err_set(&s->why, "%s: %s", s->path, s->db ? sq_why(s->db) : "not open");
	return false;
}

static bool
prepare(struct shelf *s)
{
	s->insert = sq_prepare(s->db, s->kind == SCHEMA_ALERTS ? insert_alert : insert_event);
	if (s->kind == SCHEMA_EVENTS)
		s->add_block = sq_prepare(s->db, "INSERT INTO block(id,raw,data) VALUES(?1,?2,?3)");
	s->reach = sq_prepare(s->db, "UPDATE meta SET value=?1 WHERE key='position'");
	s->find_stream =
	    sq_prepare(s->db, "SELECT id FROM stream WHERE origin=?1 AND epoch=?2 AND lane=?3");
	s->add_stream =
	    sq_prepare(s->db, "INSERT INTO stream(origin,epoch,lane,probe) VALUES(?1,?2,?3,?4)");
	if (s->kind == SCHEMA_ALERTS && !later_open(&s->later, s->db))
		return false;
	return s->insert && (s->add_block || s->kind == SCHEMA_ALERTS) && s->reach &&
	       s->find_stream && s->add_stream;
}

/* Blocks are packed at zstd's level 1: the higher ones cost more time than the disk they save. */
static bool
open_block(struct shelf *s)
{
	if (s->kind == SCHEMA_ALERTS)
		return true;
	buf_init(&s->block, 16 << 20);
	buf_init(&s->packed, 16 << 20);
	s->zip = compress_new(1);
	return s->zip && sq_value(s->db, "SELECT max(id) FROM block", 0, &s->block_id) == SQ_DONE &&
	       ++s->block_id;
}

bool
shelf_open(struct shelf *s)
{
	int64_t position;
	enum sq_answer a;

	s->writing = false;
	s->stream.id = 0;
	s->db = sq_open(s->path, SQ_WRITE, BUSY_MS, &s->answer, &s->why);
	if (!s->db)
		return false;
	s->answer = schema_bring(s->db, s->kind, &s->why);
	if (s->answer != SQ_DONE) {
		(void)err_prefix(&s->why, "%s", s->path);
		shelf_close(s);
		return false;
	}
	a = sq_value(s->db, "SELECT value FROM meta WHERE key='position'", 0, &position);
	if (a != SQ_DONE || !prepare(s) || !open_block(s)) {
		(void)fail(s, a == SQ_DONE ? sq_answer_of(s->db) : a);
		shelf_close(s);
		return false;
	}
	s->position = (uint64_t)position;
	return true;
}

void
shelf_close(struct shelf *s)
{
	sq_free(s->insert);
	sq_free(s->add_block);
	later_close(&s->later);
	sq_free(s->reach);
	sq_free(s->find_stream);
	sq_free(s->add_stream);
	s->insert = s->add_block = s->reach = s->find_stream = s->add_stream = NULL;
	sq_close(s->db);
	s->db = NULL;
	s->writing = false;
	compress_free(s->zip);
	s->zip = NULL;
	buf_fini(&s->block);
	buf_fini(&s->packed);
}

static bool
begin(struct shelf *s)
{
	enum sq_answer a;

	if (s->writing)
		return true;
	a = sq_exec(s->db, "BEGIN IMMEDIATE");
	if (a != SQ_DONE)
		return fail(s, a);
	s->writing = true;
	return true;
}

static bool
is_stream(const struct shelf_stream *s, const struct keep_batch *b)
{
	return s->id && s->epoch == b->epoch && s->lane == b->lane &&
	       memcmp(s->origin, b->origin, sizeof(s->origin)) == 0;
}

static void
bind_stream(struct sq_stmt *s, const struct keep_batch *b)
{
	sq_bind_blob(s, 1, (struct view){ b->origin, 16 });
	sq_bind(s, 2, (int64_t)b->epoch);
	sq_bind(s, 3, b->lane);
}

/* The number of the batch's stream, made when it is the first of it; the last one used is
 * remembered. */
static bool
choose_stream(struct shelf *s, const struct keep_batch *b)
{
	enum sq_answer a;
	int64_t id = 0;

	if (is_stream(&s->stream, b))
		return true;
	s->stream.id = 0;
	bind_stream(s->find_stream, b);
	a = sq_step(s->find_stream);
	if (a == SQ_ROW)
		id = sq_int(s->find_stream, 0);
	sq_reset(s->find_stream);
	if (a == SQ_DONE) {
		bind_stream(s->add_stream, b);
		sq_bind_text(s->add_stream, 4, view_of(b->probe));
		a = sq_run(s->add_stream);
		id = sq_last_id(s->db);
	}
	if (a < 0)
		return fail(s, a);
	s->stream = (struct shelf_stream){ .epoch = b->epoch, .lane = b->lane, .id = id };
	memcpy(s->stream.origin, b->origin, sizeof(s->stream.origin));
	return true;
}

static void
bind_u64(struct sq_stmt *s, int at, const struct pick_value *v)
{
	uint64_t number;

	if (pick_u64(v, &number))
		sq_bind(s, at, (int64_t)number);
	else
		sq_bind_null(s, at);
}

/* Addresses are stored as 4 or 16 bytes: prefixes become ranges, and rows stay small. */
static void
bind_addr(struct sq_stmt *s, int at, const struct pick_value *v, struct addr *keep)
{
	char text[ADDR_TEXT];
	uint8_t ver = pick_text(v, text, sizeof(text)) ? addr_parse(text, keep) : 0;

	if (ver)
		sq_bind_blob(s, at, (struct view){ keep->b, ver == 4 ? 4 : 16 });
	else
		sq_bind_null(s, at);
}

static void
bind_plain(struct sq_stmt *s, int at, const struct pick_value *v)
{
	sq_bind_text(s, at, v->string ? v->text : (struct view){ NULL, 0 });
}

/* What alerts and other events have in common: parameters 1 to 10. */
static void
bind_common(struct shelf *s, const struct shelf_row *row, struct addr ends[2])
{
	const struct pick_value *at = row->pick->at;
	int64_t ts;

	if (!pick_time(at[PICK_TIME].text, &ts))
		ts = (int64_t)row->batch->recv_ms * 1000;
	sq_bind(s->insert, 1, s->stream.id);
	sq_bind(s->insert, 2, (int64_t)row->seq);
	sq_bind(s->insert, 3, ts);
	bind_u64(s->insert, 4, &at[PICK_FLOW]);
	bind_addr(s->insert, 5, &at[PICK_SRC], &ends[0]);
	bind_u64(s->insert, 6, &at[PICK_SPORT]);
	bind_addr(s->insert, 7, &at[PICK_DST], &ends[1]);
	bind_u64(s->insert, 8, &at[PICK_DPORT]);
	bind_plain(s->insert, 9, &at[PICK_PROTO]);
	bind_plain(s->insert, 10, &at[PICK_APP]);
}

#define TEXT_ROOM 512

static enum sq_answer
insert_alert_row(struct shelf *s, const struct shelf_row *row)
{
	static const enum pick_id texts[] = { PICK_SIGNATURE, PICK_CATEGORY, PICK_NAME_ZH,
		PICK_COMMUNITY, PICK_PROBE_NAME, PICK_SEGMENT_SRC_NAME, PICK_SEGMENT_DST_NAME,
		PICK_VERDICT, PICK_DETECTOR, PICK_TECHNIQUE };
	char text[sizeof(texts) / sizeof(*texts)][TEXT_ROOM];
	const struct pick_value *at = row->pick->at;
	uint64_t severity = 0;

	(void)pick_u64(&at[PICK_SEVERITY], &severity);
	sq_bind_text(s->insert, 11, row->json);
	sq_bind(s->insert, 12, (int64_t)row->batch->recv_ms);
	sq_bind(s->insert, 13, severity >= 1 && severity <= 255 ? (int64_t)severity : 3);
	bind_u64(s->insert, 14, &at[PICK_GID]);
	bind_u64(s->insert, 15, &at[PICK_SID]);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		size_t n = pick_text(&at[texts[i]], text[i], TEXT_ROOM);
		struct view v = { n ? (const uint8_t *)text[i] : NULL, n };
		if (!n && texts[i] == PICK_PROBE_NAME)
			v = view_of(row->batch->probe);
		sq_bind_text(s->insert, 16 + (int)i, v);
	}
	const struct pick_value *id = &at[PICK_ALERT_ID];
	bind_plain(s->insert, 26, id);
	sq_bind(s->insert, 27, at[PICK_VERDICT].string ? later_rank(at[PICK_VERDICT].text) : 0);
	enum sq_answer a = sq_run(s->insert);
	if (a != SQ_DONE || !sq_changes(s->db))
		return a;
	s->inserted = true;
	return id->string ? later_join(&s->later, row, id->text) : a;
}

#define EVIDENCE_NAMES 64 /* alerts of one event: each has a copy of it, and a probe names 16 */

/* The alerts that an evidence event names, each in turn. */
static enum sq_answer
evidence_of(struct shelf *s, const struct shelf_row *row)
{
	enum sq_answer a = SQ_DONE;
	unsigned left = EVIDENCE_NAMES;
	struct view key, id;
	struct jread j;

	jread_init(&j, row->json);
	for (bool in = jread_enter(&j); in && a == SQ_DONE && jread_member(&j, &key);) {
		if (!view_is(key, "evidence") || !jread_enter(&j)) {
			(void)jread_skip(&j, NULL);
			continue;
		}
		while (a == SQ_DONE && jread_member(&j, &key)) {
			if (!view_is(key, "alert_ids") || !jread_enter(&j)) {
				(void)jread_skip(&j, NULL);
				continue;
			}
			while (a == SQ_DONE && jread_item(&j))
				if (jread_text(&j, &id) && left && left--)
					a = later_add(&s->later, row, s->stream.id, id);
		}
	}
	jread_fini(&j);
	return a;
}

int
shelf_later(struct shelf *s, const struct shelf_row *row)
{
	const struct pick_value *id = &row->pick->at[PICK_ALERT_ID];
	enum sq_answer a = SQ_DONE;

	if (!begin(s) || !choose_stream(s, row->batch))
		return -1;
	if (view_is(row->type, "evidence"))
		a = evidence_of(s, row);
	else if (id->string)
		a = later_add(&s->later, row, s->stream.id, id->text);
	return a == SQ_DONE || fail(s, a) ? 0 : -1;
}

/* Write the block begun, if there is any. Rows that point to it may stand already: same
 * transaction. */
static enum sq_answer
flush_block(struct shelf *s)
{
	enum sq_answer a;

	if (s->kind == SCHEMA_ALERTS || s->block.len == 0)
		return SQ_DONE;
	buf_clear(&s->packed);
	if (s->block.failed ||
	    compress_pack(s->zip, (struct view){ s->block.ptr, s->block.len }, &s->packed))
		return SQ_UNABLE;
	sq_bind(s->add_block, 1, s->block_id);
	sq_bind(s->add_block, 2, (int64_t)s->block.len);
	sq_bind_blob(s->add_block, 3, (struct view){ s->packed.ptr, s->packed.len });
	a = sq_run(s->add_block);
	buf_clear(&s->block);
	s->block_id++;
	return a;
}

static enum sq_answer
insert_event_row(struct shelf *s, const struct shelf_row *row)
{
	enum sq_answer a;

	sq_bind_text(s->insert, 11, row->type);
	sq_bind(s->insert, 12, s->block_id);
	sq_bind(s->insert, 13, (int64_t)s->block.len);
	sq_bind(s->insert, 14, (int64_t)row->json.len);
	a = sq_run(s->insert);
	if (a != SQ_DONE || sq_changes(s->db) == 0)
		return a;
	buf_add(&s->block, row->json.ptr, row->json.len);
	return s->block.len >= BLOCK_BYTES ? SQ_ROW : SQ_DONE;
}

int
shelf_add(struct shelf *s, const struct shelf_row *row)
{
	struct addr ends[2];
	enum sq_answer a;
	int added;

	if (!begin(s) || !choose_stream(s, row->batch))
		return -1;
	bind_common(s, row, ends);
	s->inserted = false;
	a = s->kind == SCHEMA_ALERTS ? insert_alert_row(s, row) : insert_event_row(s, row);
	added = s->kind == SCHEMA_ALERTS ? s->inserted : a >= 0 && sq_changes(s->db) > 0;
	if (a == SQ_ROW)
		a = flush_block(s);
	if (a != SQ_DONE)
		return fail(s, a) ? 0 : -1;
	return added;
}

bool
shelf_commit(struct shelf *s, uint64_t position)
{
	enum sq_answer a;

	if (!begin(s))
		return false;
	sq_bind(s->reach, 1, (int64_t)position);
	a = flush_block(s);
	if (a == SQ_DONE)
		a = sq_run(s->reach);
	if (a == SQ_DONE)
		a = sq_exec(s->db, "COMMIT");
	if (a != SQ_DONE)
		return fail(s, a);
	s->writing = false;
	s->position = position;
	return true;
}

uint64_t
shelf_bytes(struct shelf *s)
{
	int64_t pages, size;

	if (sq_value(s->db, "PRAGMA page_count", 0, &pages) != SQ_DONE ||
	    sq_value(s->db, "PRAGMA page_size", 0, &size) != SQ_DONE)
		return 0;
	return (uint64_t)pages * (uint64_t)size;
}

void
shelf_set_aside(struct shelf *s)
{
	static const char *const tails[] = { "", "-wal", "-shm" };
	char from[PATH_MAX + 8], to[PATH_MAX + 64];
	long long now = (long long)time(NULL);

	shelf_close(s);
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(from, sizeof(from), "%s%s", s->path, tails[i]);
		(void)snprintf(to, sizeof(to), "%s.damaged-%lld%s", s->path, now, tails[i]);
		if (rename(from, to) == 0 && i == 0)
			log_error("%s is damaged (%s); it was set aside as %s and a new file is "
				  "begun. What the hold log still has is stored again.",
			    s->path, s->why.text, to);
	}
}
