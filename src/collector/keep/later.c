/* SPDX-License-Identifier: Apache-2.0 */
#include "later.h"

#include <string.h>

#define NAMED(x)                                                                                   \
	"CASE " x " WHEN 1 THEN 'attempt' WHEN 2 THEN 'failed' WHEN 3 THEN 'success'"              \
	" WHEN 4 THEN 'compromised' END"

static const char insert[] =
    "INSERT INTO later(stream,seq,origin,alert_id,kind,rank,recv,json)"
    " VALUES(?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT(stream,seq,alert_id) DO NOTHING";
static const char raise[] = "UPDATE alert SET judged=max(judged,?1),verdict=" NAMED(
    "CASE max(judged,?1) WHEN 2 THEN 2 ELSE max(judged,?1,own) END") //
    " WHERE alert_id=?2 AND judged<?1 AND stream IN (SELECT id FROM stream WHERE origin=?3)";
static const char gravest[] =
    "SELECT max(rank) FROM later WHERE origin=?1 AND alert_id=?2 AND kind='alert_update'";

int64_t
later_rank(struct view verdict)
{
	static const char *const names[] = { "attempt", "failed", "success", "compromised" };
	for (int64_t i = 0; i < 4; i++)
		if (view_is(verdict, names[i]))
			return i + 1;
	return 0;
}

bool
later_open(struct later *l, struct sq *db)
{
	l->insert = sq_prepare(db, insert);
	l->raise = sq_prepare(db, raise);
	l->gravest = sq_prepare(db, gravest);
	return l->insert && l->raise && l->gravest;
}

void
later_close(struct later *l)
{
	sq_free(l->insert);
	sq_free(l->raise);
	sq_free(l->gravest);
	*l = (struct later){ 0 };
}

static struct view
origin_of(const struct shelf_row *row)
{
	return (struct view){ row->batch->origin, 16 };
}

static enum sq_answer
raise_to(struct later *l, const struct shelf_row *row, struct view alert_id, int64_t rank)
{
	if (!rank)
		return SQ_DONE;
	sq_bind(l->raise, 1, rank);
	sq_bind_text(l->raise, 2, alert_id);
	sq_bind_blob(l->raise, 3, origin_of(row));
	return sq_run(l->raise);
}

enum sq_answer
later_add(struct later *l, const struct shelf_row *row, int64_t stream, struct view alert_id)
{
	const struct pick_value *verdict = &row->pick->at[PICK_VERDICT];
	bool update = view_is(row->type, "alert_update");
	int64_t rank = update && verdict->string ? later_rank(verdict->text) : 0;

	sq_bind(l->insert, 1, stream);
	sq_bind(l->insert, 2, (int64_t)row->seq);
	sq_bind_blob(l->insert, 3, origin_of(row));
	sq_bind_text(l->insert, 4, alert_id);
	sq_bind_text(l->insert, 5, row->type);
	sq_bind(l->insert, 6, rank);
	sq_bind(l->insert, 7, (int64_t)row->batch->recv_ms);
	sq_bind_text(l->insert, 8, row->json);
	enum sq_answer a = sq_run(l->insert);
	return a == SQ_DONE ? raise_to(l, row, alert_id, rank) : a;
}

enum sq_answer
later_join(struct later *l, const struct shelf_row *row, struct view alert_id)
{
	int64_t rank = 0;

	sq_bind_blob(l->gravest, 1, origin_of(row));
	sq_bind_text(l->gravest, 2, alert_id);
	enum sq_answer a = sq_step(l->gravest);
	if (a == SQ_ROW)
		rank = sq_int(l->gravest, 0);
	sq_reset(l->gravest);
	return a < 0 ? a : raise_to(l, row, alert_id, rank);
}
