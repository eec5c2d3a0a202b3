/* SPDX-License-Identifier: Apache-2.0 */
/* alerts: the analyst's queue, one row an alert or one row for all its repeats. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "show.h"

#define PATH_ROOM 4096
#define GROUP_PAGES 20 /* of GROUP_PAGE alerts each are read to be grouped */
#define GROUP_PAGE "1000"

enum {
	COLUMN_PROBE = 2,
	COLUMN_SEGMENT = 3,
	COLUMN_SEVERITY = 4,
	COLUMN_WHAT = 6,
	COLUMN_VERDICT = 7,
	COLUMN_STATUS = 8
};

struct table *
alert_table(const struct cli *c)
{
	static const enum text_id ids[] = { TEXT_ID, TEXT_TIME, TEXT_PROBE, TEXT_SEGMENT,
		TEXT_SEVERITY, TEXT_SOURCE_TARGET, TEXT_WHAT, TEXT_VERDICT, TEXT_STATUS };
	static const unsigned spare[] = { COLUMN_PROBE, COLUMN_SEGMENT, COLUMN_STATUS,
		COLUMN_SEVERITY, COLUMN_VERDICT };
	static const char *headings[sizeof(ids) / sizeof(*ids)];
	static char time[64];
	struct table *t;

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		headings[i] = text_of(c, ids[i]);
	headings[1] = show_time_heading(c, TEXT_TIME, time);
	t = table_new(headings, sizeof(ids) / sizeof(*ids), COLUMN_WHAT);
	table_spare(t, spare, sizeof(spare) / sizeof(*spare));
	return t;
}

/* "DMZ", or "DMZ→Cloud" when the two ends lie in different ones; behind it the virtual network. */
static void
segment_text(char out[512], const json_t *event)
{
	const char *src = cli_text_at(event, "segment.src.name");
	const char *dest = cli_text_at(event, "segment.dest.name");
	char network[SHOW_NETWORK];
	size_t n;

	if (src[0] && dest[0] && strcmp(src, dest) != 0)
		(void)snprintf(out, 512, "%.200s→%.200s", src, dest);
	else
		(void)snprintf(out, 512, "%.400s", dest[0] ? dest : src);
	show_network(network, event);
	n = strlen(out);
	if (network[0])
		(void)snprintf(out + n, 512 - n, "%s%s", n ? " " : "", network);
}

void
alert_row(
    struct table *t, const struct cli *c, const char *id, const char *status, const json_t *event)
{
	char time[32], both[SHOW_PAIR], segment[512];

	show_time(c, time, cli_text_at(event, "timestamp"));
	show_pair(both, event);
	segment_text(segment, event);
	table_cell(t, id);
	table_cell(t, time);
	table_cell(t, cli_text_at(event, "probe.name"));
	table_cell(t, segment);
	table_cell(t, text_severity(c, cli_number_at(event, "alert.severity", 0)));
	table_cell(t, both);
	table_cell(t, show_name(c, event));
	table_cell(t, text_word(c, cli_text_at(event, "verdict")));
	table_cell(t, text_word(c, status));
}

static void
print_alerts(const struct cli *c, const json_t *answer)
{
	const json_t *list = json_object_get(answer, "alerts"), *one;
	const char *next = cli_text_at(answer, "next");
	struct table *t = alert_table(c);
	char id[32];
	size_t i;

	json_array_foreach(list, i, one)
	{
		(void)snprintf(id, sizeof(id), "%lld", cli_number_at(one, "id", 0));
		alert_row(t, c, id, cli_text_at(one, "status"), show_event(one));
	}
	if (json_array_size(list))
		table_print(t, c, stdout);
	else
		SAY(c, stdout, TEXT_NO_ALERTS, NULL);
	if (next[0])
		SAY(c, stdout, TEXT_MORE_ALERTS, next);
	table_free(t);
}

/* ---- groups ---- */

/* What the repeats of an alert have in common; of networks with the same addresses, which. */
static json_t *
key_of(const json_t *event)
{
	char network[SHOW_NETWORK];
	json_t *key =
	    json_pack("{sI sI ss ss}", "gid", (json_int_t)cli_number_at(event, "alert.gid", 0),
		"signature_id", (json_int_t)cli_number_at(event, "alert.signature_id", 0), "src_ip",
		cli_text_at(event, "src_ip"), "dest_ip", cli_text_at(event, "dest_ip"));

	show_network(network, event);
	if (network[0])
		(void)json_object_set_new(key, "network", json_string(network));
	return key;
}

static json_t *
group_new(const json_t *event)
{
	json_t *g = key_of(event);

	(void)json_object_update_new(
	    g, json_pack("{ss ss si si s[] sO}", "first", cli_text_at(event, "timestamp"), "last",
		   cli_text_at(event, "timestamp"), "count", 0, "open", 0, "ids", "event", event));
	return g;
}

static void
group_add(json_t *groups, json_t *index, const json_t *alert)
{
	const json_t *event = show_event(alert);
	const char *time = cli_text_at(event, "timestamp");
	json_t *key = key_of(event), *g;
	char *text = json_dumps(key, JSON_COMPACT);
	bool open = strcmp(cli_text_at(alert, "status"), "open") == 0;

	g = json_object_get(index, text ? text : "");
	if (!g) {
		g = group_new(event);
		(void)json_object_set(index, text ? text : "", g);
		(void)json_array_append_new(groups, g);
	}
	if (strcmp(time, cli_text_at(g, "first")) < 0)
		(void)json_object_set_new(g, "first", json_string(time));
	if (strcmp(time, cli_text_at(g, "last")) > 0)
		(void)json_object_set_new(g, "last", json_string(time));
	(void)json_object_set_new(g, "count", json_integer(cli_number_at(g, "count", 0) + 1));
	(void)json_object_set_new(g, "open", json_integer(cli_number_at(g, "open", 0) + open));
	if (!cli_at(g, "status") || open)
		(void)json_object_set(g, "status", json_object_get(alert, "status"));
	(void)json_array_append(json_object_get(g, "ids"), json_object_get(alert, "id"));
	json_decref(key);
	free(text);
}

/* "open", "3 open" of more, or how the latest was settled. */
static void
group_status(const struct cli *c, char out[64], const json_t *g)
{
	long long open = cli_number_at(g, "open", 0);
	char number[32];

	(void)snprintf(number, sizeof(number), "%lld", open);
	if (open && open < cli_number_at(g, "count", 0))
		text_fill(c, out, 64, TEXT_SOME_OPEN, (const char *const[3]){ number });
	else
		(void)snprintf(out, 64, "%s", text_word(c, cli_text_at(g, "status")));
}

static void
group_row(struct table *t, const struct cli *c, const json_t *g)
{
	const json_t *event = json_object_get(g, "event");
	const json_t *id = json_array_get(json_object_get(g, "ids"), 0);
	char first[32], last[32], text[64], both[SHOW_PAIR], segment[512];

	show_time(c, first, cli_text_at(g, "first"));
	show_time(c, last, cli_text_at(g, "last"));
	show_pair(both, event);
	(void)snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(id));
	table_cell(t, text);
	(void)snprintf(text, sizeof(text), "%lld", cli_number_at(g, "count", 0));
	table_cell(t, text);
	table_cell(t, first);
	/* the day is said once */
	table_cell(t, strncmp(first, last, 6) ? last : last + 6);
	segment_text(segment, event);
	table_cell(t, cli_text_at(event, "probe.name"));
	table_cell(t, segment);
	table_cell(t, text_severity(c, cli_number_at(event, "alert.severity", 0)));
	table_cell(t, both);
	table_cell(t, show_name(c, event));
	table_cell(t, text_word(c, cli_text_at(event, "verdict")));
	group_status(c, text, g);
	table_cell(t, text);
}

static void
print_groups(const struct cli *c, const json_t *groups, size_t alerts, size_t most)
{
	static const enum text_id ids[] = { TEXT_ID, TEXT_COUNT_COLUMN, TEXT_FIRST, TEXT_LAST,
		TEXT_PROBE, TEXT_SEGMENT, TEXT_SEVERITY, TEXT_SOURCE_TARGET, TEXT_WHAT,
		TEXT_VERDICT, TEXT_STATUS };
	enum { FIRST = 2, LAST, PROBE, SEGMENT, SEVERITY, WHAT = 8, VERDICT, STATUS };
	/* dropped in this order where the terminal is too narrow */
	static const unsigned spare[] = { PROBE, LAST, SEGMENT, STATUS, SEVERITY, FIRST, VERDICT };
	const char *headings[sizeof(ids) / sizeof(*ids)];
	char first[64], n[32], in[32], shown[32];
	struct table *t;
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		headings[i] = text_of(c, ids[i]);
	headings[2] = show_time_heading(c, TEXT_FIRST, first);
	t = table_new(headings, sizeof(ids) / sizeof(*ids), WHAT);
	table_spare(t, spare, sizeof(spare) / sizeof(*spare));
	for (i = 0; i < json_array_size(groups) && i < most; i++)
		group_row(t, c, json_array_get(groups, i));
	(void)snprintf(n, sizeof(n), "%zu", alerts);
	(void)snprintf(in, sizeof(in), "%zu", json_array_size(groups));
	(void)snprintf(shown, sizeof(shown), "%zu", i);
	if (alerts) {
		table_print(t, c, stdout);
		SAY(c, stdout,
		    i < json_array_size(groups) ? TEXT_SUM_GROUPS_SHOWN : TEXT_SUM_GROUPS, n, in,
		    shown);
	} else {
		SAY(c, stdout, TEXT_NO_ALERTS, NULL);
	}
	table_free(t);
}

/* All pages of the queue, up to a limit, as groups. */
static int
show_groups(const struct cli *c, const char *query, size_t most)
{
	json_t *groups = json_array(), *index = json_object(), *answer, *one;
	char path[PATH_ROOM], next[256] = "", read[32];
	size_t n = 0, i;
	int code = CLI_WELL;

	for (unsigned page = 0; page < GROUP_PAGES && code == CLI_WELL; page++) {
		(void)snprintf(path, sizeof(path), "%s", query);
		client_query(path, sizeof(path), "limit", GROUP_PAGE);
		client_query(path, sizeof(path), "cursor", next[0] ? next : NULL);
		answer = client_ask(c, path, NULL, &code);
		json_array_foreach(json_object_get(answer, "alerts"), i, one)
		{
			group_add(groups, index, one);
			n++;
		}
		(void)snprintf(next, sizeof(next), "%s", cli_text_at(answer, "next"));
		json_decref(answer);
		if (!next[0])
			break;
	}
	if (code == CLI_WELL && c->json)
		cli_print_json(groups);
	else if (code == CLI_WELL)
		print_groups(c, groups, n, most);
	(void)snprintf(read, sizeof(read), "%zu", n);
	if (code == CLI_WELL && next[0])
		COMPLAIN(c, TEXT_SUM_GROUPS_CUT, read);
	json_decref(groups);
	json_decref(index);
	return code;
}

/* ---- the command ---- */

/* A time of day of this terminal, "2026-11-22 10:00", as the collector wants it. Others stay. */
static const char *
to_utc(const char *text, char out[32])
{
	struct tm t = { .tm_isdst = -1 }, utc;
	int n = 0, got;
	time_t at;

	if (!text)
		return NULL;
	got = sscanf(text, "%4d-%2d-%2d%*1[T ]%2d:%2d%n:%2d%n", &t.tm_year, &t.tm_mon, &t.tm_mday,
	    &t.tm_hour, &t.tm_min, &n, &t.tm_sec, &n);
	if (got == 3)
		(void)sscanf(text, "%*d-%*d-%*d%n", &n);
	if (got < 3 || !n || text[n])
		return text;
	t.tm_year -= 1900;
	t.tm_mon -= 1;
	at = mktime(&t);
	(void)strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &utc));
	return out;
}

static int
show_alerts(const struct cli *c, const char *path)
{
	int code;
	json_t *answer = client_ask(c, path, NULL, &code);

	if (answer && c->json)
		cli_print_json(answer);
	else if (answer)
		print_alerts(c, answer);
	json_decref(answer);
	return code;
}

int
cli_alerts(const struct cli *c, int argc, char **argv)
{
	static const char *const names[] = { "since", "until", "limit", "cursor", "severity",
		"status", "sid", "signature", "src", "dest", "ip", "probe", "segment", "verdict",
		"detector", "order" };
	enum { N = sizeof(names) / sizeof(*names), LIMIT = 2, CURSOR = 3 };
	const char *value[N] = { NULL };
	struct cli_option rows[N + 1];
	char option[N][16], path[PATH_ROOM] = "/api/v1/alerts", times[2][32];
	bool group = false;

	for (size_t i = 0; i < N; i++) {
		(void)snprintf(option[i], sizeof(option[i]), "--%s", names[i]);
		rows[i] = (struct cli_option){ option[i], &value[i], NULL };
	}
	rows[N] = (struct cli_option){ "--group", NULL, &group };
	if (cli_no_operands(c, cli_options(c, argc, argv, rows, N + 1), argv))
		return CLI_USAGE;
	value[0] = to_utc(value[0], times[0]);
	value[1] = to_utc(value[1], times[1]);
	for (size_t i = 0; i < N; i++)
		if (!group || (i != LIMIT && i != CURSOR))
			client_query(path, sizeof(path), names[i], value[i]);
	if (group && (value[CURSOR] || (value[LIMIT] && !cli_is_number(value[LIMIT])))) {
		COMPLAIN(c, TEXT_UNEXPECTED, value[CURSOR] ? "--cursor" : value[LIMIT]);
		return CLI_USAGE;
	}
	if (group)
		return show_groups(
		    c, path, value[LIMIT] ? strtoul(value[LIMIT], NULL, 10) : (size_t)-1);
	return show_alerts(c, path);
}
