/* SPDX-License-Identifier: Apache-2.0 */
/* alert: one of them, in the order in which people ask: what, to whom, how sure, proof, what next.
 */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "phrases.h"
#include "places.h"
#include "show.h"

#define RECORDS 12 /* shown when nobody says how many */

static void
heading(const struct cli *c, enum text_id id)
{
	printf("%s%s%s%s\n", id == TEXT_SAY_WHAT ? "" : "\n", c->colour ? "\033[1m" : "",
	    text_of(c, id), c->colour ? "\033[0m" : "");
}

/* "  name: value", the value made harmless; nothing when it is empty. */
static void
line(const struct cli *c, const char *name, const char *value)
{
	char clean[8192];

	if (!value[0])
		return;
	(void)width_copy(clean, sizeof(clean), value, 4000);
	printf("  %s%s%s\n", name, text_of(c, TEXT_COLON), clean);
}

static void
print_what(const struct cli *c, const char *id, const json_t *alert)
{
	const json_t *event = show_event(alert);
	char text[1200], clean[1200], time[64];

	(void)width_copy(clean, sizeof(clean), show_name(c, event), 300);
	printf("  %s%s%s\n", c->colour ? "\033[1m" : "", clean, c->colour ? "\033[0m" : "");
	show_full_time(time, cli_text_at(event, "timestamp"));
	(void)snprintf(text, sizeof(text), "#%s  %s  %s  %s  %s", id,
	    text_severity(c, cli_number_at(event, "alert.severity", 0)), time,
	    cli_text_at(event, "probe.name"), text_word(c, cli_text_at(alert, "status")));
	(void)width_copy(clean, sizeof(clean), text, 300);
	printf("  %s\n", clean);
}

/* One end: its part, address, and what we know of it. */
static void
print_part(const struct cli *c, const json_t *event, const struct part *p, enum text_id role)
{
	static const char *const knows[] = { "segment.%s.name", "segment.%s.unit",
		"segment.%s.link", "geoip.%s.country", "geoip.%s.as_org" };
	char end[SHOW_END], clean[512], path[64], text[1024];
	int n;

	show_end(end, p->ip, p->port);
	n = snprintf(text, sizeof(text), "%s", end);
	for (size_t i = 0; i < sizeof(knows) / sizeof(*knows); i++) {
		const char *dot = strstr(knows[i], "%s");
		(void)snprintf(path, sizeof(path), "%.*s%s%s", (int)(dot - knows[i]), knows[i],
		    p->side, dot + 2);
		if (cli_text_at(event, path)[0] && n < (int)sizeof(text))
			n += snprintf(
			    text + n, sizeof(text) - (size_t)n, "  %s", cli_text_at(event, path));
	}
	(void)width_copy(clean, sizeof(clean), text, 160);
	printf("  %s%*s  %s\n", text_of(c, role), 11 - (int)width_of(text_of(c, role)), "", clean);
}

/* ---- where it was seen ---- */

static void
add(char out[512], const char *before, const char *text)
{
	size_t n = strlen(out);

	if (text[0])
		(void)snprintf(out + n, 512 - n, "%s%s%.100s", n ? "  " : "", before, text);
}

/* "eth1  uplink-a  in  office  VLAN 5.6" */
static void
print_link(const struct cli *c, const json_t *event)
{
	char text[512] = "", vlan[64] = "";
	const json_t *id;
	size_t i;

	json_array_foreach((json_t *)cli_at(event, "vlan"), i, id)
	{
		size_t n = strlen(vlan);
		(void)snprintf(vlan + n, sizeof(vlan) - n, "%s%lld", n ? "." : "",
		    (long long)json_integer_value(id));
	}
	add(text, "", cli_text_at(event, "in_iface"));
	add(text, "", cli_text_at(event, "link.name"));
	add(text, "", text_word(c, cli_text_at(event, "link.direction")));
	add(text, "", cli_text_at(event, "link.segment"));
	add(text, "VLAN ", vlan);
	line(c, text_of(c, TEXT_SEEN_ON), text);
}

/* "vxlan  VNI 100  172.16.0.1 → 172.16.0.2:4789" */
static void
print_tunnel(const struct cli *c, const json_t *event)
{
	char text[512] = "", network[SHOW_NETWORK], from[SHOW_END], to[SHOW_END], both[SHOW_PAIR];
	const json_t *tunnel = cli_at(event, "tunnel");

	show_network(network, event);
	add(text, "", cli_text_at(tunnel, "type"));
	add(text, "", network);
	if (cli_text_at(tunnel, "src_ip")[0]) {
		show_end(from, cli_text_at(tunnel, "src_ip"), -1);
		show_end(
		    to, cli_text_at(tunnel, "dest_ip"), cli_number_at(tunnel, "dest_port", -1));
		(void)snprintf(both, sizeof(both), "%s → %s", from, to);
		add(text, "", both);
	}
	line(c, text_of(c, TEXT_TUNNEL), text);
}

/* ---- proof ---- */

/* The text of a rule as this host has it, when it is the very revision that fired. */
static bool
find_rule(const char *path, const char *sid, const char *rev, char *out, size_t room)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	bool found = false;

	while (f && !found && getline(&text, &size, f) > 0)
		if (text[0] != '#' && strstr(text, sid) && strstr(text, rev)) {
			text[strcspn(text, "\r\n")] = 0;
			(void)snprintf(out, room, "%s", text);
			found = true;
		}
	free(text);
	if (f)
		(void)fclose(f);
	return found;
}

/* False when this host has no such rule. */
static bool
rule_text(const json_t *event, char *out, size_t room)
{
	char sid[40], rev[40];
	struct options o;
	struct err e = { "" };
	glob_t files;
	bool found = false;

	(void)snprintf(
	    sid, sizeof(sid), "sid:%lld;", cli_number_at(event, "alert.signature_id", 0));
	(void)snprintf(rev, sizeof(rev), "rev:%lld;", cli_number_at(event, "alert.rev", 0));
	if (cli_number_at(event, "alert.gid", 0) == 1 && places_probe(&o, NULL, &e) == 0) {
		for (size_t i = 0; i < o.rules_files.n && !found; i++) {
			if (glob(o.rules_files.item[i], 0, NULL, &files))
				continue;
			for (size_t k = 0; k < files.gl_pathc && !found; k++)
				found = find_rule(files.gl_pathv[k], sid, rev, out, room);
			globfree(&files);
		}
		conf_clear(options_table(), &o);
	}
	return found;
}

/* "reference:cve,2021-44228;" of a rule's text, as lines. */
static void
print_references(const struct cli *c, const char *rule)
{
	static const char key[] = "reference:";
	char text[300];

	for (const char *p = strstr(rule, key); p; p = strstr(p, key)) {
		p += strlen(key);
		(void)snprintf(text, sizeof(text), "%.*s", (int)strcspn(p, ";"), p);
		line(c, text_of(c, TEXT_REFERENCE), text);
	}
}

static void
print_rule(const struct cli *c, const json_t *event)
{
	bool behaviour = cli_at(event, "notice") != NULL;
	char text[8192];

	(void)snprintf(text, sizeof(text), "%lld:%lld:%lld %s",
	    cli_number_at(event, "alert.gid", 0), cli_number_at(event, "alert.signature_id", 0),
	    cli_number_at(event, "alert.rev", 0),
	    cli_text_at(event, behaviour ? "notice.detector" : "alert.signature"));
	line(c, text_of(c, behaviour ? TEXT_DETECTOR : TEXT_RULE), text);
	line(c, text_of(c, TEXT_CATEGORY), text_class(c, cli_text_at(event, "alert.category")));
	line(c, "ATT&CK", cli_text_at(event, "attack.technique"));
	line(c, "GB/T 20986", cli_text_at(event, "gbt20986.code"));
	if (rule_text(event, text, sizeof(text))) {
		print_references(c, text);
		line(c, text_of(c, TEXT_RULE_TEXT), text);
	}
}

static void
print_ndpi(const struct cli *c, const json_t *event)
{
	const json_t *one;
	char text[1024] = "";
	size_t n = 0, i;

	if (strcmp(cli_text_at(event, "ndpi.proto"), "Unknown") != 0)
		line(c, "nDPI", cli_text_at(event, "ndpi.proto"));
	json_array_foreach(cli_at(event, "ndpi.risk"), i, one)
	{
		if (n < sizeof(text))
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%.80s (%.20s)",
			    i ? ", " : "", cli_text_at(one, "name"), cli_text_at(one, "severity"));
	}
	line(c, text_of(c, TEXT_RISKS), text);
}

/* What the transaction said, when the alert carries an object of this name. */
static void
print_said(const struct cli *c, const json_t *event, const char *type)
{
	char text[4096];

	if (!json_is_object(cli_at(event, type)))
		return;
	json_t *copy = json_copy((json_t *)event);
	(void)json_object_set_new(copy, "event_type", json_string(type));
	show_detail(c, text, sizeof(text), copy);
	line(c, type, text);
	json_decref(copy);
}

/* The files that the transaction carried. */
static void
print_files(const struct cli *c, const json_t *event)
{
	const json_t *file;
	size_t i;

	json_array_foreach((json_t *)cli_at(event, "files"), i, file)
	{
		json_t *one = json_pack("{sO}", "fileinfo", file);
		print_said(c, one, "fileinfo");
		json_decref(one);
	}
}

static void
print_proof(const struct cli *c, const json_t *event)
{
	static const char *const said[] = { "http", "dns", "tls", "ssh", "ftp" };
	const char *type;
	char text[4096];

	show_facts(c, cli_at(event, "notice.facts"));
	for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++)
		print_said(c, event, said[i]);
	for (size_t i = 0; (type = phrase_type(i)) != NULL; i++)
		print_said(c, event, type);
	print_files(c, event);
	print_ndpi(c, event);
	(void)snprintf(text, sizeof(text), "%lld  %.80s", cli_number_at(event, "flow_id", 0),
	    cli_text_at(event, "community_id"));
	if (cli_number_at(event, "flow_id", 0))
		line(c, text_of(c, TEXT_FLOW_ID), text);
	print_link(c, event);
	print_rule(c, event);
}

/* How to come by the frames: those kept around it, and the flow's out of the ring. */
static void
print_packets(const struct cli *c, const char *id, const json_t *alert, const json_t *event)
{
	const char *probe = cli_text_at(event, "probe.name");
	char clean[200], alert_id[32];

	(void)width_copy(alert_id, sizeof(alert_id), cli_text_at(event, "alert_id"), 16);
	(void)width_copy(clean, sizeof(clean), probe, 60);
	if (json_array_size(json_object_get(alert, "evidence")) && alert_id[0]) {
		printf("  ");
		SAY(c, stdout, TEXT_NEXT_EVIDENCE, alert_id, clean);
	}

	if (!cli_text_at(event, "src_ip")[0])
		return;
	(void)width_copy(clean, sizeof(clean), probe, 60);
	printf("  ");
	SAY(c, stdout, TEXT_NEXT_PACKETS, id, clean);
}

/* ---- records ---- */

struct record {
	const json_t *event;
	bool same; /* of the alert's own flow, or one that alerted */
	long long bytes;
	size_t place;
};

static int
more_telling(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	if (x->same != y->same)
		return x->same ? -1 : 1;
	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return x->place < y->place ? -1 : 1;
}

static void
record_row(struct table *t, const struct cli *c, const json_t *event)
{
	char time[32], both[SHOW_PAIR], detail[2000], network[SHOW_NETWORK];
	size_t n = 0;

	show_time(c, time, cli_text_at(event, "timestamp"));
	show_both(both, event);
	show_network(network, event);
	if (network[0])
		n = (size_t)snprintf(detail, sizeof(detail), "[%s] ", network);
	show_detail(c, detail + n, sizeof(detail) - n, event);
	table_cell(t, time);
	table_cell(t, cli_text_at(event, "event_type"));
	table_cell(t, both);
	table_cell(t, detail);
}

/* All in the order of time when they fit; otherwise the most telling first. */
static size_t
rank(struct record *out, const json_t *records, const json_t *alert, size_t most)
{
	const json_t *one, *flow = cli_at(alert, "flow_id");
	size_t i;

	json_array_foreach((json_t *)records, i, one)
	{
		out[i] = (struct record){ .event = one, .place = i };
		out[i].same = json_is_true(cli_at(one, "flow.alerted")) ||
			      (flow && json_equal(flow, cli_at(one, "flow_id")));
		out[i].bytes = cli_number_at(one, "flow.bytes_toserver", 0) +
			       cli_number_at(one, "flow.bytes_toclient", 0);
	}
	if (i > most)
		qsort(out, i, sizeof(*out), more_telling);
	return i;
}

static void
print_records(
    const struct cli *c, const char *id, const json_t *alert, const json_t *answer, size_t most)
{
	const json_t *records = json_object_get(answer, "records");
	char zone[64], number[32];
	const char *headings[] = { show_time_heading(c, TEXT_TIME, zone), text_of(c, TEXT_TYPE),
		text_of(c, TEXT_SOURCE_TARGET), text_of(c, TEXT_DETAIL) };
	static const unsigned spare[] = { 0, 1 };
	struct record *list = calloc(json_array_size(records) + 1, sizeof(*list));
	struct table *t = table_new(headings, 4, 3);
	size_t n = list ? rank(list, records, show_event(alert), most) : 0;

	table_spare(t, spare, 2);
	for (size_t i = 0; i < n && i < most; i++)
		record_row(t, c, list[i].event);
	if (n)
		table_print(t, c, stdout);
	else
		SAY(c, stdout, TEXT_NO_RECORDS, NULL);
	(void)snprintf(number, sizeof(number), "%zu", n > most ? n - most : 0);
	if (n > most)
		SAY(c, stdout,
		    json_is_true(cli_at(answer, "cut")) ? TEXT_MORE_RECORDS_LEAST
							: TEXT_MORE_RECORDS,
		    number, id);
	table_free(t);
	free(list);
}

static void
print_history(const struct cli *c, const json_t *history)
{
	const json_t *one;
	char clean[4096], time[64];
	size_t i;

	json_array_foreach((json_t *)history, i, one)
	{
		const char *why = cli_text_at(one, "reason");
		show_full_time(time, cli_text_at(one, "at"));
		(void)width_copy(
		    clean, sizeof(clean), why[0] ? why : text_of(c, TEXT_NO_REASON), 1000);
		printf("  %s  %s  %s  %s\n", time, cli_text_at(one, "who"),
		    text_word(c, cli_text_at(one, "status")), clean);
	}
	if (!i) {
		printf("  ");
		SAY(c, stdout, TEXT_NO_HISTORY, NULL);
	}
}

static void
print_next(const struct cli *c, const char *id, const struct judged *j)
{
	printf("  ");
	SAY(c, stdout, j->next, j->victim.ip, j->attacker.ip);
	if (j->also != TEXT_COUNT) {
		printf("  ");
		SAY(c, stdout, j->also, j->victim.ip, j->attacker.ip);
	}
	printf("  ");
	SAY(c, stdout, TEXT_NEXT_SETTLE, id);
}

/* What the verdict rests on: the word of the update that gave it, or the alert's own. */
static void
print_reason(const struct cli *c, const json_t *alert, const json_t *event, const char *verdict)
{
	const json_t *one, *why = cli_at(event, "verdict_reason");
	char clean[512];
	size_t i;

	json_array_foreach(json_object_get(alert, "updates"), i, one)
	{
		if (strcmp(cli_text_at(one, "verdict"), verdict) == 0)
			why = cli_at(one, "verdict_reason");
	}
	if (!why)
		return;
	(void)width_copy(
	    clean, sizeof(clean), cli_text_at(why, c->chinese ? "text_zh" : "text"), 200);
	printf("  %s", clean);
	if (cli_number_at(why, "answer", -1) > 0)
		printf(" (%lld)", cli_number_at(why, "answer", 0));
	(void)width_copy(clean, sizeof(clean), cli_text_at(why, "seen"), 80);
	printf("%s%s\n", clean[0] ? text_of(c, TEXT_COLON) : "", clean);
}

/* Without `records` only what to decide on. */
static void
print_alert(
    const struct cli *c, const char *id, const json_t *alert, const json_t *records, size_t most)
{
	const json_t *event = show_event(alert);
	const char *verdict = cli_text_at(event, "verdict");
	struct judged j;

	show_judge(event, &j);
	heading(c, TEXT_SAY_WHAT);
	print_what(c, id, alert);
	heading(c, TEXT_SAY_WHO);
	print_part(c, event, &j.victim, j.victim_role);
	print_part(c, event, &j.attacker, j.attacker_role);
	if (j.answered)
		printf("  %s\n", text_of(c, TEXT_ON_ANSWER));
	print_tunnel(c, event);
	heading(c, TEXT_SAY_SURE);
	if (verdict[0] && j.sure != TEXT_SURE_SEEN)
		printf("  %s%s%s\n", text_word(c, verdict), text_of(c, TEXT_COLON),
		    text_of(c, j.sure));
	else
		printf("  %s\n", text_of(c, j.sure));
	print_reason(c, alert, event, verdict);
	if (records) {
		heading(c, TEXT_SAY_PROOF);
		print_proof(c, event);
	}
	heading(c, TEXT_SAY_NEXT);
	print_next(c, id, &j);
	if (!records)
		return;
	print_packets(c, id, alert, event);
	heading(c, TEXT_SAY_FLOWS);
	print_records(c, id, alert, records, most);
	heading(c, TEXT_SAY_HISTORY);
	print_history(c, json_object_get(alert, "history"));
}

int
cli_alert(const struct cli *c, int argc, char **argv)
{
	const char *flows = NULL;
	bool brief = false;
	struct cli_option rows[] = { { "--flows", &flows, NULL }, { "--brief", NULL, &brief } };
	int n = cli_options(c, argc, argv, rows, 2), code = CLI_WELL;
	bool all = flows && strcmp(flows, "all") == 0;
	json_t *alert, *records = NULL;
	char path[128];
	size_t most;

	if (n < 0)
		return CLI_USAGE;
	if (n != 1 || (flows && !all && !cli_is_number(flows)))
		return cli_usage(c, "alert");
	if (!cli_is_number(argv[0])) {
		COMPLAIN(c, TEXT_NO_NUMBER, argv[0]);
		return CLI_USAGE;
	}
	(void)snprintf(path, sizeof(path), "/api/v1/alerts/%s", argv[0]);
	alert = client_ask(c, path, NULL, &code);
	most = all ? (size_t)-1 : flows ? strtoul(flows, NULL, 10) : RECORDS;
	(void)snprintf(path, sizeof(path), "/api/v1/alerts/%s/flows%s", argv[0],
	    most > RECORDS ? "?limit=1000" : "");
	if (alert && !brief)
		records = client_ask(c, path, NULL, &code);
	if (code == CLI_WELL && c->json) {
		(void)json_object_update(alert, records);
		cli_print_json(alert);
	} else if (code == CLI_WELL) {
		print_alert(c, argv[0], alert, records, most);
	}
	json_decref(alert);
	json_decref(records);
	return code;
}
