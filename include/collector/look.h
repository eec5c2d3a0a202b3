/* SPDX-License-Identifier: Apache-2.0 */
/*
 * look: reading what keep has stored, and settling alerts.
 *
 * A look is a set of read connections of its own: it sees what is committed, never waits for the
 * loader and never makes it wait. It lives for one question: open, ask, close; one thread. Each has
 * a time limit, and an answer that would take longer is refused (LOOK_SLOW). Times are microseconds
 * since 1970 UTC.
 */
#ifndef WANGLOU_COLLECTOR_LOOK_H
#define WANGLOU_COLLECTOR_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/cursor.h"
#include "lib/err.h"
#include "lib/jw.h"

struct look;

enum look_answer {
	LOOK_OK = 0,
	LOOK_NONE = -1,   /* there is no such alert */
	LOOK_BAD = -2,    /* the cursor is none of ours */
	LOOK_SLOW = -3,   /* the time limit */
	LOOK_FAILED = -4, /* the store cannot be read now */
};

/* Numbers are stored: never renumber. */
#define LOOK_STATUSES(ROW)                                                                         \
	ROW(OPEN, "open")                                                                          \
	ROW(ACKNOWLEDGED, "acknowledged")                                                          \
	ROW(FALSE_POSITIVE, "false_positive")                                                      \
	ROW(ESCALATED, "escalated")

enum look_status {
#define ROW(id, word) LOOK_STATUS_##id,
	LOOK_STATUSES(ROW)
#undef ROW
	    LOOK_STATUS_COUNT
};

/* Words of the API for an alert's status, and back. Static; any thread. */
const char *
look_status_name(int64_t status); /* "?" when unknown */
int
look_status_find(const char *word); /* -1 when unknown */

enum look_order { LOOK_NEWEST, LOOK_OLDEST, LOOK_SEVERITY };

/* What is asked for; zero means "any". Texts belong to the caller. */
struct look_filter {
	int64_t since, until; /* of the event's own time; until is exclusive */
	uint32_t severities;  /* bit per severity 1..31 */
	uint32_t statuses;    /* bit per look_status */
	bool has_sid, has_flow;
	uint64_t sid, flow;
	const char *text; /* part of signature or name_zh; ASCII letters of either case */
	const char *probe, *segment, *verdict, *detector, *type, *proto, *app;
	struct prefix src, dst, ip; /* ver 0: any; ip: either end */
	enum look_order order;
	unsigned limit;
	const char *cursor; /* `next` of the page before, NULL for the first */
};

#define LOOK_CURSOR 64

struct look_row {
	int64_t id;        /* alerts only */
	int64_t received;  /* ms; alerts only */
	int64_t status;    /* alerts only */
	struct view json;  /* valid until the function returns */
	struct view probe; /* alerts only: as its key was authenticated, whatever the event says */
	struct view verdict; /* alerts only: with what was found out later; ptr NULL: none */
};

typedef void (*look_row_fn)(void *context, const struct look_row *row);

struct look_settlement {
	int64_t status, at; /* at: ms */
	struct view reason, who;
};

typedef void (*look_settlement_fn)(void *context, const struct look_settlement *s);

/* Open the store in a directory for at most `limit_ms`. NULL with a sentence when there is none. */
struct look *
look_open(const char *dir, unsigned limit_ms, struct err *e);
void
look_close(struct look *l);

/*
 * A page of alerts. `next` gets the cursor of the page behind it, "" when this was the last. What
 * arrives meanwhile moves nothing: a page begins behind the last alert of the one before.
 */
enum look_answer
look_alerts(struct look *l, const struct look_filter *f, look_row_fn row, void *context,
    char next[LOOK_CURSOR]);

/* How many alerts the filter lets through, at most `cap`. */
enum look_answer
look_count(struct look *l, const struct look_filter *f, unsigned cap, unsigned *count);

/* One alert. LOOK_NONE when there is none of this number. */
enum look_answer
look_alert(struct look *l, int64_t id, look_row_fn row, void *context);

/* Its settlements, oldest first. */
enum look_answer
look_history(struct look *l, int64_t id, look_settlement_fn settlement, void *context);

/* What was said of it later: alert_update and evidence events, `kind` the word; in order. */
enum look_answer
look_later(struct look *l, int64_t id, const char *kind, look_row_fn row, void *context);

/*
 * Flow and protocol records that belong to an alert, in order of time: those of its flow_id, and
 * those of the same five-tuple an hour around it (another probe saw the same flow). For an alert
 * about hosts: the records between its two ends, or from its source, ten minutes around it.
 */
enum look_answer
look_related(struct look *l, int64_t id, unsigned limit, look_row_fn row, void *context);

/* A page of other events in order of receipt; f->order LOOK_SEVERITY means newest. */
enum look_answer
look_events(struct look *l, const struct look_filter *f, look_row_fn row, void *context,
    char next[LOOK_CURSOR]);

/* Write a JSON object: alerts since a time, counted by severity, status, signature, source, ... */
enum look_answer
look_summary(struct look *l, int64_t since, struct jw *w);

/* Settle an alert: its status and one more line of its history, in one transaction. `at` in ms. */
enum look_answer
look_settle(const char *dir, int64_t id, const struct look_settlement *s, struct err *e);

#endif
