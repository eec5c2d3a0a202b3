/* SPDX-License-Identifier: Apache-2.0 */
#include "show.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/buf.h"
#include "phrases.h"

#define NARROW 100 /* below this many columns a table leaves out the seconds */
#define VENDOR "WANGLOU "

/* "+0800", "+08:00" or "Z" in seconds. */
static long
zone_of(const char *text)
{
	int h = 0, m = 0;

	if (text[0] != '+' && text[0] != '-')
		return 0;
	if (sscanf(text + 1, "%2d:%2d", &h, &m) != 2)
		(void)sscanf(text + 1, "%2d%2d", &h, &m);
	return (text[0] == '-' ? -1L : 1L) * (h * 3600L + m * 60L);
}

/* False when this is no time; `rest` points behind the seconds. */
static bool
local_of(const char *time, struct tm *out, const char **rest)
{
	struct tm t = { 0 };
	time_t at;
	int n = 0;

	if (sscanf(time, "%4d-%2d-%2dT%2d:%2d:%2d%n", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour,
		&t.tm_min, &t.tm_sec, &n) != 6)
		return false;
	t.tm_year -= 1900;
	t.tm_mon -= 1;
	*rest = time + n;
	at = timegm(&t) - zone_of(*rest + strspn(*rest, ".0123456789"));
	return localtime_r(&at, out) != NULL;
}

static void
zone_text(char out[16], long seconds)
{
	long h = labs(seconds) / 3600, m = labs(seconds) / 60 % 60;
	char sign = seconds < 0 ? '-' : '+';

	if (seconds == 0)
		(void)snprintf(out, 16, "UTC");
	else
		(void)snprintf(out, 16, m ? "UTC%c%ld:%02ld" : "UTC%c%ld", sign, h, m);
}

void
show_time(const struct cli *c, char out[32], const char *time)
{
	bool brief = c->width && c->width < NARROW;
	const char *rest;
	struct tm t;

	if (local_of(time, &t, &rest))
		(void)strftime(out, 32, brief ? "%m-%d %H:%M" : "%m-%d %H:%M:%S", &t);
	else
		(void)snprintf(out, 32, "%.31s", time);
}

void
show_full_time(char out[64], const char *time)
{
	char clock[32], zone[16];
	const char *rest;
	struct tm t;

	if (!local_of(time, &t, &rest)) {
		(void)snprintf(out, 64, "%.63s", time);
		return;
	}
	(void)strftime(clock, sizeof(clock), "%Y-%m-%d %H:%M:%S", &t);
	zone_text(zone, t.tm_gmtoff);
	(void)snprintf(out, 64, "%s%.*s %s", clock, (int)strspn(rest, ".0123456789"), rest, zone);
}

const char *
show_time_heading(const struct cli *c, enum text_id id, char out[64])
{
	time_t now = time(NULL);
	char zone[16];
	struct tm t = { 0 };

	(void)localtime_r(&now, &t);
	zone_text(zone, t.tm_gmtoff);
	(void)snprintf(out, 64, "%s %s", text_of(c, id), zone);
	return out;
}

void
show_end(char out[SHOW_END], const char *ip, long long port)
{
	if (port < 0 || !ip[0])
		(void)snprintf(out, SHOW_END, "%s", ip[0] ? ip : "*");
	else
		(void)snprintf(out, SHOW_END, strchr(ip, ':') ? "[%s]:%lld" : "%s:%lld", ip, port);
}

void
show_both(char out[SHOW_PAIR], const json_t *event)
{
	char from[SHOW_END], to[SHOW_END];

	show_end(from, cli_text_at(event, "src_ip"), cli_number_at(event, "src_port", -1));
	show_end(to, cli_text_at(event, "dest_ip"), cli_number_at(event, "dest_port", -1));
	(void)snprintf(out, SHOW_PAIR, "%s → %s", from, to);
}

void
show_pair(char out[SHOW_PAIR], const json_t *event)
{
	long long from_port = cli_number_at(event, "src_port", -1);
	long long to_port = cli_number_at(event, "dest_port", -1);
	char from[SHOW_END], to[SHOW_END];
	struct judged j;

	show_judge(event, &j);
	if (from_port >= 0 && to_port >= 0)
		*(j.answered ? &to_port : &from_port) = -1;
	show_end(from, cli_text_at(event, "src_ip"), from_port);
	show_end(to, cli_text_at(event, "dest_ip"), to_port);
	(void)snprintf(out, SHOW_PAIR, "%s → %s", from, to);
}

void
show_network(char out[SHOW_NETWORK], const json_t *event)
{
	long long vni = cli_number_at(event, "tunnel.vni", -1);
	long long label = cli_number_at(event, "tunnel.label", -1);

	out[0] = 0;
	if (vni >= 0)
		(void)snprintf(out, SHOW_NETWORK, "VNI %lld", vni);
	else if (label >= 0)
		(void)snprintf(out, SHOW_NETWORK, "MPLS %lld", label);
}

const char *
show_name(const struct cli *c, const json_t *event)
{
	const char *zh = cli_text_at(event, "name_zh"), *en = cli_text_at(event, "alert.signature");

	if (c->chinese && zh[0])
		return zh;
	return strncmp(en, VENDOR, strlen(VENDOR)) ? en : en + strlen(VENDOR);
}

/* ---- records in words ---- */

struct words {
	const struct cli *c;
	const json_t *object;
	struct buf out;
};

/* Append a value, with `before` in front; nothing when it is absent. */
static void
word(struct words *w, const char *before, const char *path)
{
	phrase_word(&w->out, before, cli_at(w->object, path), "");
}

static void
say_http(struct words *w)
{
	const char *host = cli_text_at(w->object, "hostname");
	char url[1024];

	word(w, "", "http_method");
	(void)snprintf(url, sizeof(url), "%s%s", host, cli_text_at(w->object, "url"));
	buf_add(&w->out, " ", w->out.len > 0);
	buf_add(&w->out, url, strlen(url));
	word(w, "→ ", "status");
	word(w, "", "http_content_type");
	word(w, "", "length");
	buf_add(&w->out, " B", cli_at(w->object, "length") ? 2 : 0);
}

/* A tunnel's names are long and say nothing: their beginning, and the domain at their end. */
static void
say_name(struct words *w, const char *name)
{
	enum { HEAD = 12, TAIL = 36 };
	size_t n = strlen(name), head = n, tail = n;

	if (n > 2 * (HEAD + TAIL)) {
		head = HEAD;
		tail = n - TAIL;
		while (head && (name[head] & 0xc0) == 0x80)
			head--;
		while (tail < n && (name[tail] & 0xc0) == 0x80)
			tail++;
	}
	buf_add(&w->out, " ", w->out.len > 0);
	buf_add(&w->out, name, head);
	buf_add(&w->out, "…", head < n ? strlen("…") : 0);
	buf_add(&w->out, name + tail, n - tail);
}

static void
say_dns(struct words *w)
{
	const json_t *answers = cli_at(w->object, "answers");
	const json_t *query = json_array_get(cli_at(w->object, "queries"), 0);
	char n[32];

	word(w, "", "type");
	/* records of version 2 have one question and no list */
	struct words asked = { w->c, query ? query : w->object, w->out };
	word(&asked, "", "rrtype");
	say_name(&asked, cli_text_at(asked.object, "rrname"));
	w->out = asked.out;
	word(w, "", "rcode");
	if (json_array_size(answers)) {
		const json_t *first = json_array_get(answers, 0);
		struct words one = { w->c, first, w->out };
		word(&one, "→ ", "rdata");
		w->out = one.out;
		(void)snprintf(n, sizeof(n), " (+%zu)", json_array_size(answers) - 1);
		if (json_array_size(answers) > 1)
			buf_add(&w->out, n, strlen(n));
	}
}

static void
say_tls(struct words *w)
{
	word(w, "", "version");
	word(w, "SNI ", "sni");
	word(w, "", "subject");
	word(w, "JA3 ", "ja3.hash");
	word(w, "JA4 ", "ja4");
}

static void
say_ssh(struct words *w)
{
	word(w, "", "client.software_version");
	word(w, "→ ", "server.software_version");
}

static void
say_ftp(struct words *w)
{
	word(w, "", "command");
	word(w, "", "command_data");
	word(w, "→ ", "completion_code");
	word(w, "", "reply");
}

static void
say_flow(struct words *w)
{
	char text[160], sent[32], got[32];
	const char *packets = text_of(w->c, TEXT_PACKETS);

	cli_bytes(sent, cli_number_at(w->object, "bytes_toserver", 0));
	cli_bytes(got, cli_number_at(w->object, "bytes_toclient", 0));
	(void)snprintf(text, sizeof(text), "→ %lld %s %s  ← %lld %s %s",
	    cli_number_at(w->object, "pkts_toserver", 0), packets, sent,
	    cli_number_at(w->object, "pkts_toclient", 0), packets, got);
	buf_add(&w->out, text, strlen(text));
	(void)snprintf(
	    text, sizeof(text), "  %.40s", text_word(w->c, cli_text_at(w->object, "state")));
	buf_add(&w->out, text, strlen(text));
}

static void
say_other(struct words *w)
{
	char name[72];
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)w->object, key, v)
	{
		(void)snprintf(name, sizeof(name), "%.60s=", key);
		word(w, name, key);
	}
}

void
show_detail(const struct cli *c, char *out, size_t room, const json_t *event)
{
	static const struct {
		const char *type;
		void (*say)(struct words *w);
	} rows[] = { { "http", say_http }, { "dns", say_dns }, { "tls", say_tls },
		{ "ssh", say_ssh }, { "ftp", say_ftp }, { "flow", say_flow } };
	const char *type = cli_text_at(event, "event_type");
	struct words w = { .c = c, .object = cli_at(event, type) };
	void (*say)(struct words * w) = say_other;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (strcmp(type, rows[i].type) == 0)
			say = rows[i].say;
	buf_init(&w.out, 65536);
	if (strcmp(type, "flow") == 0) {
		struct words app = { c, event, w.out };
		if (strcmp(cli_text_at(event, "ndpi.proto"), "Unknown") != 0)
			word(&app, "", "ndpi.proto");
		w.out = app.out;
		buf_add(&w.out, ": ", w.out.len ? 2 : 0);
	}
	if (say != say_other || !phrase_say(&w.out, event, type) || !w.out.len)
		say(&w);
	(void)snprintf(out, room, "%.*s", w.out.failed ? 0 : (int)w.out.len, (char *)w.out.ptr);
	buf_fini(&w.out);
}

/* ---- what a detector counted ---- */

static const char *
fact_name(const struct cli *c, const char *key, char room[80])
{
	static const struct {
		const char *key;
		enum text_id id;
	} rows[] = {
		{ "stage", TEXT_FACT_STAGE },
		{ "service", TEXT_FACT_SERVICE },
		{ "failures", TEXT_FACT_FAILURES },
		{ "failures_in_window", TEXT_FACT_FAILURES_WINDOW },
		{ "unknown_in_window", TEXT_FACT_UNKNOWN_WINDOW },
		{ "successes_in_window", TEXT_FACT_SUCCESSES_WINDOW },
		{ "threshold", TEXT_FACT_THRESHOLD },
		{ "window_s", TEXT_FACT_WINDOW },
		{ "elapsed_s", TEXT_FACT_ELAPSED },
		{ "contacts", TEXT_FACT_CONTACTS },
		{ "distinct_hosts", TEXT_FACT_HOSTS },
		{ "distinct_ports", TEXT_FACT_PORTS },
		{ "distinct_servers", TEXT_FACT_SERVERS },
		{ "distinct_clients", TEXT_FACT_CLIENTS },
		{ "likelihood_ratio", TEXT_FACT_RATIO },
		{ "first_target", TEXT_FACT_FIRST },
		{ "last_target", TEXT_FACT_LAST },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (strcmp(key, rows[i].key) == 0)
			return text_of(c, rows[i].id);
	(void)width_copy(room, 80, key, 60);
	return room;
}

void
show_facts(const struct cli *c, const json_t *facts)
{
	char name[80], text[300], clean[1024];
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)facts, key, v)
	{
		size_t n = strlen(key);
		const char *unit = n > 2 && strcmp(key + n - 2, "_s") == 0 ? " s" : "";
		double d = json_number_value(v);
		bool whole = d < 1e15 && d > -1e15 && d == (double)(long long)d;
		if (json_is_string(v))
			(void)snprintf(
			    text, sizeof(text), "%.290s", text_word(c, json_string_value(v)));
		else if (whole)
			(void)snprintf(text, sizeof(text), "%lld%s", (long long)d, unit);
		else
			(void)snprintf(
			    text, sizeof(text), d < 1e6 && d >= 10 ? "%.0f%s" : "%.3g%s", d, unit);
		(void)width_copy(clean, sizeof(clean), text, 200);
		printf("  %s%s%s\n", fact_name(c, key, name), text_of(c, TEXT_COLON), clean);
	}
}

const json_t *
show_event(const json_t *alert)
{
	json_t *event = json_object_get(alert, "event"), *probe = json_object_get(alert, "probe");

	if (json_is_object(event) && json_is_string(probe))
		(void)json_object_set_new(event, "probe", json_pack("{sO}", "name", probe));
	if (json_is_object(event) && json_is_string(json_object_get(alert, "verdict")))
		(void)json_object_set(event, "verdict", json_object_get(alert, "verdict"));
	return event;
}
