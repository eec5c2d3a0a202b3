/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlite.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/now.h"

struct sq {
	sqlite3 *db;
	uint64_t deadline; /* ms of the steady clock; 0: none */
};

/* A statement is SQLite's own object under our name. */
struct sq_stmt;

static sqlite3_stmt *
inner(struct sq_stmt *s)
{
	return (sqlite3_stmt *)s;
}

static enum sq_answer
answer_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
		return SQ_DONE;
	case SQLITE_ROW:
		return SQ_ROW;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return SQ_DAMAGED;
	case SQLITE_INTERRUPT:
		return SQ_STOPPED;
	default:
		return SQ_UNABLE;
	}
}

static int
past_deadline(void *context)
{
	struct sq *db = context;

	return db->deadline && now_steady_ms() > db->deadline;
}

/*
 * WAL so that readers and the loader do not wait for each other. FULL because the hold log is
 * trimmed by what we say is stored: NORMAL syncs at checkpoints only, and a power cut would take
 * the transactions since. With transactions of tens of thousands of rows the one fdatasync more
 * does not show. secure_delete is Debian's default and would write every page of expired alerts
 * twice.
 */
static const char *
setup_of(enum sq_mode mode)
{
	switch (mode) {
	case SQ_WRITE:
		return "PRAGMA page_size=8192; PRAGMA auto_vacuum=NONE; PRAGMA journal_mode=WAL;"
		       "PRAGMA synchronous=FULL; PRAGMA secure_delete=OFF; PRAGMA "
		       "wal_autocheckpoint=4000;"
		       "PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-65536;"
		       "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;";
	case SQ_CHANGE:
		return "PRAGMA synchronous=FULL; PRAGMA secure_delete=OFF; PRAGMA foreign_keys=ON;";
	default:
		return "PRAGMA query_only=ON; PRAGMA temp_store=MEMORY;";
	}
}

/* SQLite would make the file with the umask's mode; alerts are nobody else's business. */
static void
make_private(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd >= 0)
		(void)close(fd);
}

/* Without its own books of memory SQLite takes no lock in each allocation; Debian's has no
 * lookaside, so there are many. */
static void
set_up_library(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int
connect_file(struct sq *db, const char *path, enum sq_mode mode, unsigned timeout_ms)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int code;

	(void)pthread_once(&once, set_up_library);
	if (mode == SQ_WRITE)
		make_private(path);
	code = sqlite3_open_v2(path, &db->db, flags, NULL);
	if (code != SQLITE_OK)
		return code;
	(void)sqlite3_extended_result_codes(db->db, 1);
	(void)sqlite3_busy_timeout(db->db, (int)timeout_ms);
	(void)sqlite3_db_config(db->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(db->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	if (mode == SQ_READ) {
		db->deadline = now_steady_ms() + timeout_ms;
		sqlite3_progress_handler(db->db, 20000, past_deadline, db);
	}
	return sqlite3_exec(db->db, setup_of(mode), NULL, NULL, NULL);
}

struct sq *
sq_open(
    const char *path, enum sq_mode mode, unsigned timeout_ms, enum sq_answer *answer, struct err *e)
{
	struct sq *db = calloc(1, sizeof(*db));
	int code;

	*answer = SQ_UNABLE;
	if (!db) {
		(void)err_set(e, "%s: no memory", path);
		return NULL;
	}
	code = connect_file(db, path, mode, timeout_ms);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db->db, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
	*answer = answer_of(code);
	if (code == SQLITE_OK)
		return db;
	(void)err_set(e, "%s: %s", path, db->db ? sqlite3_errmsg(db->db) : sqlite3_errstr(code));
	sq_close(db);
	return NULL;
}

void
sq_close(struct sq *db)
{
	if (!db)
		return;
	(void)sqlite3_close_v2(db->db);
	free(db);
}

enum sq_answer
sq_exec(struct sq *db, const char *sql)
{
	return answer_of(sqlite3_exec(db->db, sql, NULL, NULL, NULL));
}

struct sq_stmt *
sq_prepare(struct sq *db, const char *sql)
{
	sqlite3_stmt *s = NULL;

	if (sqlite3_prepare_v3(db->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) != SQLITE_OK)
		return NULL;
	return (struct sq_stmt *)s;
}

void
sq_free(struct sq_stmt *s)
{
	(void)sqlite3_finalize(inner(s));
}

void
sq_bind(struct sq_stmt *s, int at, int64_t v)
{
	(void)sqlite3_bind_int64(inner(s), at, v);
}

void
sq_bind_text(struct sq_stmt *s, int at, struct view v)
{
	if (v.ptr)
		(void)sqlite3_bind_text64(
		    inner(s), at, (const char *)v.ptr, v.len, SQLITE_STATIC, SQLITE_UTF8);
	else
		sq_bind_null(s, at);
}

void
sq_bind_blob(struct sq_stmt *s, int at, struct view v)
{
	if (v.ptr)
		(void)sqlite3_bind_blob64(inner(s), at, v.ptr, v.len, SQLITE_STATIC);
	else
		sq_bind_null(s, at);
}

void
sq_bind_null(struct sq_stmt *s, int at)
{
	(void)sqlite3_bind_null(inner(s), at);
}

enum sq_answer
sq_step(struct sq_stmt *s)
{
	return answer_of(sqlite3_step(inner(s)));
}

enum sq_answer
sq_run(struct sq_stmt *s)
{
	int code = sqlite3_step(inner(s));

	(void)sqlite3_reset(inner(s));
	return answer_of(code);
}

void
sq_reset(struct sq_stmt *s)
{
	(void)sqlite3_reset(inner(s));
}

int64_t
sq_int(struct sq_stmt *s, int column)
{
	return sqlite3_column_int64(inner(s), column);
}

struct view
sq_text(struct sq_stmt *s, int column)
{
	const unsigned char *text = sqlite3_column_text(inner(s), column);

	return (struct view){ text, text ? (size_t)sqlite3_column_bytes(inner(s), column) : 0 };
}

struct view
sq_blob(struct sq_stmt *s, int column)
{
	const void *blob = sqlite3_column_blob(inner(s), column);

	return (struct view){ blob, blob ? (size_t)sqlite3_column_bytes(inner(s), column) : 0 };
}

static bool
sq_is_null(struct sq_stmt *s, int column)
{
	return sqlite3_column_type(inner(s), column) == SQLITE_NULL;
}

enum sq_answer
sq_value(struct sq *db, const char *sql, int64_t otherwise, int64_t *out)
{
	struct sq_stmt *s = sq_prepare(db, sql);
	enum sq_answer a;

	*out = otherwise;
	if (!s)
		return sq_answer_of(db);
	a = sq_step(s);
	if (a == SQ_ROW && !sq_is_null(s, 0))
		*out = sq_int(s, 0);
	sq_free(s);
	return a == SQ_ROW ? SQ_DONE : a;
}

int
sq_changes(struct sq *db)
{
	return sqlite3_changes(db->db);
}

int64_t
sq_last_id(struct sq *db)
{
	return sqlite3_last_insert_rowid(db->db);
}

const char *
sq_why(struct sq *db)
{
	return sqlite3_errmsg(db->db);
}

enum sq_answer
sq_answer_of(struct sq *db)
{
	enum sq_answer a = answer_of(sqlite3_errcode(db->db));

	return a < 0 ? a : SQ_UNABLE;
}
