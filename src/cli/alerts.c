/* SPDX-License-Identifier: Apache-2.0 */
/* alerts, alert, settle: the analyst's queue. */
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "lib/addr.h"

#define PATH_ROOM 4096

/* "2026-11-22T10:00:00.000001+0000" as "11-22 10:00:00". */
static void
short_time(char out[32], const char *time)
{
	if (strlen(time) >= 19)
		(void)snprintf(out, 32, "%.5s %.8s", time + 5, time + 11);
	else
		(void)snprintf(out, 32, "%.31s", time);
}

static void
end_text(char *out, size_t room, const json_t *event, const char *ip, const char *port)
{
	const char *address = cli_text_at(event, ip);
	long long number = cli_number_at(event, port, -1);

	if (number < 0 || !address[0])
		(void)snprintf(out, room, "%s", address[0] ? address : "*");
	else
		(void)snprintf(
		    out, room, strchr(address, ':') ? "[%s]:%lld" : "%s:%lld", address, number);
}

static const char *
name_of(const struct cli *c, const json_t *event)
{
	const char *zh = cli_text_at(event, "name_zh");

	return c->chinese && zh[0] ? zh : cli_text_at(event, "alert.signature");
}

struct table *
alert_table(const struct cli *c)
{
	static const enum text_id ids[] = { TEXT_ID, TEXT_TIME, TEXT_PROBE, TEXT_SEGMENT,
		TEXT_SEVERITY, TEXT_SOURCE_TARGET, TEXT_WHAT, TEXT_VERDICT, TEXT_STATUS };
	static const char *headings[sizeof(ids) / sizeof(*ids)];

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		headings[i] = text_of(c, ids[i]);
	return table_new(headings, sizeof(ids) / sizeof(*ids), 6);
}

void
alert_row(
    struct table *t, const struct cli *c, const char *id, const char *status, const json_t *event)
{
	const char *segment = cli_text_at(event, "segment.dest.name");
	char time[32], from[80], to[80], both[200];

	short_time(time, cli_text_at(event, "timestamp"));
	end_text(from, sizeof(from), event, "src_ip", "src_port");
	end_text(to, sizeof(to), event, "dest_ip", "dest_port");
	(void)snprintf(both, sizeof(both), "%s → %s", from, to);
	table_cell(t, id);
	table_cell(t, time);
	table_cell(t, cli_text_at(event, "probe.name"));
	table_cell(t, segment[0] ? segment : cli_text_at(event, "segment.src.name"));
	table_cell(t, text_severity(c, cli_number_at(event, "alert.severity", 0)));
	table_cell(t, both);
	table_cell(t, name_of(c, event));
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
		alert_row(t, c, id, cli_text_at(one, "status"), json_object_get(one, "event"));
	}
	if (json_array_size(list))
		table_print(t, c, stdout);
	else
		SAY(c, stdout, TEXT_NO_ALERTS, NULL);
	if (next[0])
		SAY(c, stdout, TEXT_MORE_ALERTS, next);
	table_free(t);
}

int
cli_alerts(const struct cli *c, int argc, char **argv)
{
	static const char *const names[] = { "since", "until", "severity", "status", "sid",
		"signature", "src", "dest", "ip", "probe", "segment", "verdict", "detector",
		"order", "limit", "cursor" };
	enum { N = sizeof(names) / sizeof(*names) };
	const char *value[N] = { NULL };
	struct cli_option rows[N];
	char option[N][16], path[PATH_ROOM] = "/api/v1/alerts";
	json_t *answer;
	int code;

	for (size_t i = 0; i < N; i++) {
		(void)snprintf(option[i], sizeof(option[i]), "--%s", names[i]);
		rows[i] = (struct cli_option){ option[i], &value[i], NULL };
	}
	if (cli_options(argc, argv, rows, N) != 0)
		return CLI_USAGE;
	for (size_t i = 0; i < N; i++)
		client_query(path, sizeof(path), names[i], value[i]);
	answer = client_ask(path, NULL, &code);
	if (!answer)
		return code;
	if (c->json)
		cli_print_json(answer);
	else
		print_alerts(c, answer);
	json_decref(answer);
	return CLI_WELL;
}

static void
heading(const struct cli *c, enum text_id id)
{
	printf(
	    "\n%s%s%s\n", c->colour ? "\033[1m" : "", text_of(c, id), c->colour ? "\033[0m" : "");
}

/* "  key: value" for each member; what a packet said is made harmless. */
static void
print_members(const json_t *object)
{
	const char *key;
	json_t *value;
	char clean[4096];

	json_object_foreach((json_t *)object, key, value)
	{
		char *text = json_is_string(value)
				 ? strdup(json_string_value(value))
				 : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		(void)width_copy(clean, sizeof(clean), text ? text : "", 1000);
		printf("  %s: %s\n", key, clean);
		free(text);
	}
}

static void
print_who(const json_t *event, const char *ip, const char *port, const char *side)
{
	static const char *const knows[] = { "segment.%s.name", "segment.%s.unit",
		"geoip.%s.country", "geoip.%s.as_org" };
	char end[80], clean[512], path[64], line[1024];
	int n;

	end_text(end, sizeof(end), event, ip, port);
	n = snprintf(line, sizeof(line), "%s", end);
	for (size_t i = 0; i < sizeof(knows) / sizeof(*knows); i++) {
		const char *dot = strstr(knows[i], "%s");
		(void)snprintf(
		    path, sizeof(path), "%.*s%s%s", (int)(dot - knows[i]), knows[i], side, dot + 2);
		if (cli_text_at(event, path)[0] && n < (int)sizeof(line))
			n += snprintf(
			    line + n, sizeof(line) - (size_t)n, "  %s", cli_text_at(event, path));
	}
	(void)width_copy(clean, sizeof(clean), line, 160);
	printf("  %s %s\n", strcmp(side, "src") == 0 ? "→" : "◎", clean);
}

static bool
is_private(const char *ip)
{
	static const char *const ranges[] = { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
		"fc00::/7" };
	struct prefix range;
	struct addr a;
	uint8_t ver = addr_parse(ip, &a);

	for (size_t i = 0; ver && i < sizeof(ranges) / sizeof(*ranges); i++)
		if (prefix_parse(ranges[i], &range) && prefix_has(&range, &a, ver))
			return true;
	return false;
}

/* The end that is ours: a reverse shell goes outward, so the target of the packet is not who was
 * hit. */
static const char *
victim_of(const json_t *event)
{
	const char *src = cli_text_at(event, "src_ip"), *dst = cli_text_at(event, "dest_ip");
	int ours_src = 2 * (cli_at(event, "segment.src") != NULL) + is_private(src);
	int ours_dst = 2 * (cli_at(event, "segment.dest") != NULL) + is_private(dst);

	return ours_src > ours_dst ? src : dst;
}

struct judgement {
	const char *verdict;
	enum text_id sure, next;
	const char *at; /* whose address fills `next`; NULL: the victim's */
};

static const struct judgement *
judge(const json_t *event)
{
	static const struct judgement rows[] = {
		{ "compromised", TEXT_SURE_COMPROMISED, TEXT_NEXT_COMPROMISED, NULL },
		{ "success", TEXT_SURE_SUCCESS, TEXT_NEXT_SUCCESS, NULL },
		{ "failed", TEXT_SURE_FAILED, TEXT_NEXT_FAILED, "src_ip" },
		{ "attempt", TEXT_SURE_ATTEMPT, TEXT_NEXT_ATTEMPT, "dest_ip" },
	};
	static const struct judgement behaviour = { "", TEXT_SURE_BEHAVIOUR, TEXT_NEXT_BEHAVIOUR,
		"src_ip" };
	static const struct judgement unknown = { "", TEXT_SURE_UNKNOWN, TEXT_NEXT_ATTEMPT,
		"dest_ip" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (strcmp(cli_text_at(event, "verdict"), rows[i].verdict) == 0)
			return &rows[i];
	return cli_at(event, "notice") ? &behaviour : &unknown;
}

/* The objects of an event that are its proof: the transaction, the numbers, the risks. */
static void
print_proof(const json_t *event)
{
	static const char *const proof[] = { "notice", "http", "dns", "tls", "ssh", "ftp", "ndpi" };
	char clean[256];

	(void)width_copy(clean, sizeof(clean), cli_text_at(event, "community_id"), 80);
	printf("  flow_id: %lld  community_id: %s\n", cli_number_at(event, "flow_id", 0), clean);
	for (size_t i = 0; i < sizeof(proof) / sizeof(*proof); i++)
		if (json_is_object(cli_at(event, proof[i]))) {
			printf("  [%s]\n", proof[i]);
			print_members(cli_at(event, proof[i]));
		}
}

static void
print_records(const struct cli *c, const json_t *records)
{
	const char *headings[] = { text_of(c, TEXT_TIME), text_of(c, TEXT_TYPE),
		text_of(c, TEXT_SOURCE_TARGET), text_of(c, TEXT_DETAIL) };
	struct table *t = table_new(headings, 4, 3);
	char time[32], from[80], to[80], both[200];
	const json_t *one;
	size_t i;

	json_array_foreach(records, i, one)
	{
		const char *type = cli_text_at(one, "event_type");
		char *detail = json_dumps(json_object_get(one, type), JSON_COMPACT);
		short_time(time, cli_text_at(one, "timestamp"));
		end_text(from, sizeof(from), one, "src_ip", "src_port");
		end_text(to, sizeof(to), one, "dest_ip", "dest_port");
		(void)snprintf(both, sizeof(both), "%s → %s", from, to);
		table_cell(t, time);
		table_cell(t, type);
		table_cell(t, both);
		table_cell(t, detail ? detail : "");
		free(detail);
	}
	if (i)
		table_print(t, c, stdout);
	else
		SAY(c, stdout, TEXT_NO_RECORDS, NULL);
	table_free(t);
}

static void
print_history(const struct cli *c, const json_t *history)
{
	const json_t *one;
	char clean[4096], time[32];
	size_t i;

	json_array_foreach(history, i, one)
	{
		short_time(time, cli_text_at(one, "at"));
		(void)width_copy(clean, sizeof(clean), cli_text_at(one, "reason"), 1000);
		printf("  %s  %s  %s  %s\n", time, cli_text_at(one, "who"),
		    text_word(c, cli_text_at(one, "status")), clean);
	}
	if (!i)
		SAY(c, stdout, TEXT_NO_HISTORY, NULL);
}

static void
print_alert(const struct cli *c, const char *id, const json_t *alert, const json_t *records)
{
	const json_t *event = json_object_get(alert, "event");
	const struct judgement *j = judge(event);
	char line[1200], clean[1200];

	heading(c, TEXT_SAY_WHAT);
	(void)snprintf(line, sizeof(line), "%s  [%s]  %s  %lld:%lld  %s %s", name_of(c, event),
	    text_severity(c, cli_number_at(event, "alert.severity", 0)),
	    cli_text_at(event, "timestamp"), cli_number_at(event, "alert.gid", 0),
	    cli_number_at(event, "alert.signature_id", 0), cli_text_at(event, "attack.technique"),
	    cli_text_at(event, "gbt20986.code"));
	(void)width_copy(clean, sizeof(clean), line, 400);
	printf("  %s\n", clean);
	heading(c, TEXT_SAY_WHO);
	print_who(event, "src_ip", "src_port", "src");
	print_who(event, "dest_ip", "dest_port", "dest");
	heading(c, TEXT_SAY_SURE);
	printf("  %s: %s\n", text_word(c, cli_text_at(event, "verdict")), text_of(c, j->sure));
	heading(c, TEXT_SAY_PROOF);
	print_proof(event);
	heading(c, TEXT_SAY_NEXT);
	printf("  ");
	SAY(c, stdout, j->next, j->at ? cli_text_at(event, j->at) : victim_of(event));
	printf("  ");
	SAY(c, stdout, TEXT_NEXT_SETTLE, id);
	heading(c, TEXT_SAY_FLOWS);
	print_records(c, json_object_get(records, "records"));
	heading(c, TEXT_SAY_HISTORY);
	print_history(c, json_object_get(alert, "history"));
}

static bool
is_number(const char *text)
{
	return text[0] && strspn(text, "0123456789") == strlen(text) && strlen(text) < 19;
}

int
cli_alert(const struct cli *c, int argc, char **argv)
{
	json_t *alert, *records = NULL;
	char path[128];
	int code;

	if (cli_options(argc, argv, NULL, 0) != 1 || !is_number(argv[0])) {
		cli_complain("usage: wanglou alert ID");
		return CLI_USAGE;
	}
	(void)snprintf(path, sizeof(path), "/api/v1/alerts/%s", argv[0]);
	alert = client_ask(path, NULL, &code);
	(void)snprintf(path, sizeof(path), "/api/v1/alerts/%s/flows", argv[0]);
	if (alert)
		records = client_ask(path, NULL, &code);
	if (alert && records && c->json) {
		(void)json_object_update(alert, records);
		cli_print_json(alert);
	} else if (alert && records) {
		print_alert(c, argv[0], alert, records);
	}
	json_decref(alert);
	json_decref(records);
	return code;
}

static int
settle_one(const struct cli *c, const char *id, const json_t *body)
{
	char path[128];
	json_t *answer;
	int code;

	if (!is_number(id)) {
		cli_complain("%s is no alert's number", id);
		return CLI_USAGE;
	}
	(void)snprintf(path, sizeof(path), "/api/v1/alerts/%s/settle", id);
	answer = client_ask(path, body, &code);
	if (answer && c->json)
		cli_print_json(answer);
	else if (answer)
		SAY(c, stdout, TEXT_SETTLED, id, text_word(c, cli_text_at(answer, "status")));
	json_decref(answer);
	return code;
}

int
cli_settle(const struct cli *c, int argc, char **argv)
{
	const char *as = NULL, *why = "";
	struct cli_option rows[] = { { "--as", &as, NULL }, { "--why", &why, NULL } };
	int n = cli_options(argc, argv, rows, 2), code = CLI_WELL;
	char status[32];
	json_t *body;

	if (n < 1 || !as) {
		cli_complain("usage: wanglou settle ID... --as "
			     "open|acknowledged|false-positive|escalated --why TEXT");
		return CLI_USAGE;
	}
	(void)snprintf(status, sizeof(status), "%s", as);
	for (char *p = status; *p; p++)
		if (*p == '-')
			*p = '_';
	body = json_pack("{ss ss}", "status", status, "reason", why);
	if (!body) {
		cli_complain("--why: this is not UTF-8");
		return CLI_USAGE;
	}
	for (int i = 0; i < n && code == CLI_WELL; i++)
		code = settle_one(c, argv[i], body);
	json_decref(body);
	return code;
}
