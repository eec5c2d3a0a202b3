/* SPDX-License-Identifier: Apache-2.0 */
#include "schema.h"

#include <stdio.h>

/* "WLka" and "WLke" in the file's header, so that file(1) and we can tell them from other
 * databases. */
#define APP_ALERTS 0x574c6b61
#define APP_EVENTS 0x574c6b65

/* origin, epoch and lane are the same for thousands of events: one row here, a small number there.
 */
#define STREAM_TABLE                                                                               \
	"CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"           \
	"INSERT INTO meta VALUES('position',0);"                                                   \
	"CREATE TABLE stream(id INTEGER PRIMARY KEY, origin BLOB NOT NULL, epoch INTEGER NOT "     \
	"NULL,"                                                                                    \
	" lane INTEGER NOT NULL, probe TEXT NOT NULL, UNIQUE(origin,epoch,lane));"

static const char *const alert_steps[] = {
	STREAM_TABLE
	"CREATE TABLE alert(id INTEGER PRIMARY KEY AUTOINCREMENT, stream INTEGER NOT NULL,"
	" seq INTEGER NOT NULL, ts INTEGER NOT NULL, recv INTEGER NOT NULL, severity INTEGER NOT "
	"NULL,"
	" gid INTEGER, sid INTEGER, signature TEXT, category TEXT, name_zh TEXT, src BLOB, sport "
	"INTEGER,"
	" dst BLOB, dport INTEGER, proto TEXT, app TEXT, flow INTEGER, community TEXT, probe TEXT,"
	" segment_src TEXT, segment_dst TEXT, verdict TEXT, detector TEXT, technique TEXT,"
	" status INTEGER NOT NULL DEFAULT 0, json TEXT NOT NULL, UNIQUE(stream,seq));"
	"CREATE INDEX alert_ts ON alert(ts);"
	"CREATE INDEX alert_recv ON alert(recv);"
	"CREATE INDEX alert_status ON alert(status,ts);"
	"CREATE INDEX alert_severity ON alert(severity,ts);"
	"CREATE INDEX alert_sid ON alert(sid,ts);"
	"CREATE INDEX alert_src ON alert(src,ts);"
	"CREATE INDEX alert_dst ON alert(dst,ts);"
	"CREATE TABLE settlement(id INTEGER PRIMARY KEY, alert INTEGER NOT NULL"
	" REFERENCES alert(id) ON DELETE CASCADE, status INTEGER NOT NULL, reason TEXT NOT NULL,"
	" who TEXT NOT NULL, at INTEGER NOT NULL);"
	"CREATE INDEX settlement_alert ON settlement(alert,id);",
	/* own: rank of the alert's own verdict; judged: of the gravest update */
	"ALTER TABLE alert ADD COLUMN alert_id TEXT;"
	"ALTER TABLE alert ADD COLUMN own INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE alert ADD COLUMN judged INTEGER NOT NULL DEFAULT 0;"
	"CREATE INDEX alert_alert_id ON alert(alert_id) WHERE alert_id IS NOT NULL;"
	"CREATE TABLE later(id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, seq INTEGER NOT NULL,"
	" origin BLOB NOT NULL, alert_id TEXT NOT NULL, kind TEXT NOT NULL, rank INTEGER NOT NULL,"
	" recv INTEGER NOT NULL, json TEXT NOT NULL, UNIQUE(stream,seq,alert_id));"
	"CREATE INDEX later_alert ON later(alert_id);"
	"CREATE TRIGGER alert_gone AFTER DELETE ON alert WHEN old.alert_id IS NOT NULL BEGIN"
	" DELETE FROM later WHERE alert_id=old.alert_id AND origin="
	"(SELECT origin FROM stream WHERE id=old.stream); END;",
};

/*
 * The JSON of events stands in compressed blocks of many events (an eighth of the size, so six
 * months fit and the loader writes less); a row says where its own is: bytes at..at+len of a block.
 * While a file grows only flow_id is indexed: each further index over random addresses costs a
 * fifth of the speed.
 */
static const char *const event_steps[] = {
	STREAM_TABLE
	"CREATE TABLE event(id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, seq INTEGER NOT NULL,"
	" ts INTEGER NOT NULL, type TEXT NOT NULL, flow INTEGER, src BLOB, sport INTEGER, dst BLOB,"
	" dport INTEGER, proto TEXT, app TEXT, block INTEGER NOT NULL, at INTEGER NOT NULL,"
	" len INTEGER NOT NULL, UNIQUE(stream,seq));"
	"CREATE TABLE block(id INTEGER PRIMARY KEY, raw INTEGER NOT NULL, data BLOB NOT NULL);"
	"CREATE INDEX event_flow ON event(flow) WHERE flow IS NOT NULL;",
};

struct schema {
	const char *const *steps;
	int n;
	int app;
};

static const struct schema schemas[] = {
	[SCHEMA_ALERTS] = { alert_steps, sizeof(alert_steps) / sizeof(*alert_steps), APP_ALERTS },
	[SCHEMA_EVENTS] = { event_steps, sizeof(event_steps) / sizeof(*event_steps), APP_EVENTS },
};

static enum sq_answer
take_step(struct sq *db, const struct schema *s, int step)
{
	char pragma[96];
	enum sq_answer a;

	(void)snprintf(pragma, sizeof(pragma), "PRAGMA application_id=%d; PRAGMA user_version=%d;",
	    s->app, step + 1);
	a = sq_exec(db, "BEGIN IMMEDIATE");
	if (a == SQ_DONE)
		a = sq_exec(db, s->steps[step]);
	if (a == SQ_DONE)
		a = sq_exec(db, pragma);
	if (a == SQ_DONE)
		return sq_exec(db, "COMMIT");
	(void)sq_exec(db, "ROLLBACK");
	return a;
}

enum sq_answer
schema_bring(struct sq *db, enum schema_kind kind, struct err *e)
{
	const struct schema *s = &schemas[kind];
	int64_t version, app;
	enum sq_answer a = sq_value(db, "PRAGMA user_version", 0, &version);

	if (a == SQ_DONE)
		a = sq_value(db, "PRAGMA application_id", 0, &app);
	if (a != SQ_DONE) {
		(void)err_set(e, "%s", sq_why(db));
		return a;
	}
	if ((version || app) && app != s->app) {
		(void)err_set(e, "this is another program's database");
		return SQ_UNABLE;
	}
	if (version > s->n) {
		(void)err_set(e,
		    "written by a newer version (schema %lld, this program knows %d); install that "
		    "version, or move the file away",
		    (long long)version, s->n);
		return SQ_UNABLE;
	}
	for (int step = (int)version; step < s->n && a == SQ_DONE; step++)
		a = take_step(db, s, step);
	if (a != SQ_DONE)
		(void)err_set(e, "%s", sq_why(db));
	return a;
}

/* No index over ts: rows stand about in its order, and a file knows its day. */
enum sq_answer
schema_seal(struct sq *db)
{
	int64_t sealed;

	if (sq_value(db, "SELECT value FROM meta WHERE key='sealed'", 0, &sealed) == SQ_DONE &&
	    sealed)
		return SQ_DONE;
	return sq_exec(db, "CREATE INDEX IF NOT EXISTS event_src ON event(src);"
			   "CREATE INDEX IF NOT EXISTS event_dst ON event(dst);"
			   "INSERT OR REPLACE INTO meta VALUES('sealed',1);"
			   "PRAGMA wal_checkpoint(TRUNCATE);");
}
