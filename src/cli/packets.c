/* SPDX-License-Identifier: Apache-2.0 */
/* packets: out of a probe's packet ring by time, addresses, ports, flow or event. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "lib/now.h"
#include "packets.h"
#include "packets_evidence.h"
#include "places.h"
#include "show.h"

#define LINKS 64

struct asked {
	const char *ring, *config, *from, *to, *host, *pair, *port, *proto, *flow, *event, *out;
	const char *alert, *evidence;
	bool list, unverified;
};

struct sum {
	uint64_t packets, bytes, first, last;
};

/* ---- what was asked for ---- */

/* The first JSON value of a file: a line of eve.json, or what `wanglou alert --json` prints. "-" is
 * standard input. */
static int
take_event(struct packets_filter *f, const char *path, struct err *e)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	json_error_t why;
	json_t *event;
	int rc;

	if (!in)
		return err_set(e, "--event %s: %s", path, strerror(errno));
	event = json_loadf(in, JSON_ALLOW_NUL | JSON_DISABLE_EOF_CHECK, &why);
	rc = event ? packets_event(f, event, e)
		   : err_set(e, "--event %s: no JSON of an event: %s", path, why.text);
	json_decref(event);
	if (in != stdin)
		(void)fclose(in);
	return rc;
}

static int
make_filter(struct packets_filter *f, const struct asked *a, struct err *e)
{
	uint64_t now = now_real_ns();

	packets_filter_init(f);
	if ((a->from && packets_time(a->from, now, &f->from, e) < 0) ||
	    (a->to && packets_time(a->to, now, &f->to, e) < 0))
		return -1;
	if (a->host && !(f->host_set = prefix_parse(a->host, &f->host)))
		return err_set(e, "--host: \"%s\" is no address or prefix", a->host);
	if (a->pair && packets_pair(f, a->pair, e) < 0)
		return -1;
	if (a->port) {
		if (!cli_is_number(a->port) || strtoul(a->port, NULL, 10) > 65535)
			return err_set(e, "--port: \"%s\" is no port", a->port);
		f->port = (int)strtoul(a->port, NULL, 10);
	}
	if (a->flow && packets_flow(f, a->flow, e) < 0)
		return -1;
	if (a->event && take_event(f, a->event, e) < 0)
		return -1;
	if (a->proto && packets_proto(f, a->proto, e) < 0)
		return -1;
	return f->from <= f->to ? 0 : err_set(e, "--from is later than --to");
}

/* The ring that was named, or that of the probe's settings. */
static int
find_ring(const struct asked *a, char dir[PATH_MAX], struct err *e)
{
	struct options o;
	int rc = 0;

	if (a->ring) {
		(void)snprintf(dir, PATH_MAX, "%s", a->ring);
		return 0;
	}
	if (places_probe(&o, a->config, e) != 0)
		rc = -1;
	else if (!*o.ring_dir)
		rc =
		    err_set(e, "no ring: give --ring DIR, or set ring.dir in the probe's settings");
	else
		(void)snprintf(dir, PATH_MAX, "%s", o.ring_dir);
	conf_clear(options_table(), &o);
	return rc;
}

/* ---- saying it ---- */

static void
utc_text(char out[40], uint64_t ns)
{
	time_t at = (time_t)(ns / 1000000000u);
	struct tm t;
	char day[32];

	(void)strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", gmtime_r(&at, &t));
	(void)snprintf(out, 40, "%.20s.%06u+0000", day, (unsigned)(ns / 1000 % 1000000));
}

static void
time_text(char out[64], uint64_t ns)
{
	char utc[40];

	utc_text(utc, ns);
	show_full_time(out, utc);
}

static void
ring_sum(const struct packets_ring *r, struct sum *s)
{
	*s = (struct sum){ 0 };
	for (size_t i = 0; i < r->n; i++) {
		const struct packets_file *f = &r->file[i];
		s->bytes += f->bytes;
		if (!f->packets)
			continue;
		s->first = !s->packets || f->min_ts < s->first ? f->min_ts : s->first;
		s->last = f->max_ts > s->last ? f->max_ts : s->last;
		s->packets += f->packets;
	}
}

static json_t *
sum_json(const struct sum *s)
{
	char first[40], last[40];
	json_t *o =
	    json_pack("{sI sI}", "packets", (json_int_t)s->packets, "bytes", (json_int_t)s->bytes);

	utc_text(first, s->first);
	utc_text(last, s->last);
	if (s->packets)
		(void)json_object_update_new(o, json_pack("{ss ss}", "first", first, "last", last));
	return o;
}

static void
say_sum(const struct cli *c, FILE *to, enum text_id id, const struct sum *s)
{
	char packets[32], bytes[32], first[64], last[64], times[160];

	(void)snprintf(packets, sizeof(packets), "%llu", (unsigned long long)s->packets);
	cli_bytes(bytes, (long long)s->bytes);
	time_text(first, s->first);
	time_text(last, s->last);
	(void)snprintf(times, sizeof(times), s->packets ? "%s – %s" : "–", first, last);
	SAY(c, to, id, packets, bytes, times);
}

static void
say_found(
    const struct cli *c, const struct packets_ring *r, const struct sum *found, bool to_stdout)
{
	FILE *to = to_stdout ? stderr : stdout;
	struct sum ring;

	ring_sum(r, &ring);
	if (c->json) {
		json_t *o = json_pack("{so so}", "found", sum_json(found), "ring", sum_json(&ring));
		(void)json_dumpf(o, to, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
		(void)fputc('\n', to);
		json_decref(o);
		return;
	}
	if (found->packets)
		say_sum(c, to, TEXT_PACKETS_FOUND, found);
	else
		SAY(c, to, TEXT_PACKETS_NONE, "");
	say_sum(c, to, TEXT_PACKETS_RING, &ring);
}

/* ---- --list ---- */

static enum text_id
state_of(const struct packets_file *f)
{
	return f->closed ? TEXT_RING_CLOSED : f->indexed ? TEXT_RING_OPEN : TEXT_RING_NO_INDEX;
}

static json_t *
file_json(const struct packets_file *f, const char *name)
{
	struct sum s = { f->packets, f->bytes, f->min_ts, f->max_ts };
	json_t *o = sum_json(&s);

	(void)json_object_update_new(
	    o, json_pack("{ss si sb sb}", "file", name, "linktype", (int)f->linktype, "closed",
		   f->closed, "indexed", f->indexed));
	return o;
}

static void
list_row(struct table *t, const struct cli *c, const struct packets_file *f, const char *name)
{
	char text[64];

	table_cell(t, name);
	if (f->packets)
		time_text(text, f->min_ts);
	table_cell(t, f->packets ? text : "");
	if (f->packets)
		time_text(text, f->max_ts);
	table_cell(t, f->packets ? text : "");
	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)f->packets);
	table_cell(t, text);
	cli_bytes(text, (long long)f->bytes);
	table_cell(t, text);
	(void)snprintf(text, sizeof(text), "%u", f->linktype);
	table_cell(t, text);
	table_cell(t, text_of(c, state_of(f)));
}

static int
list(const struct cli *c, const struct packets_ring *r)
{
	static const enum text_id ids[] = { TEXT_RING_FILE, TEXT_FIRST, TEXT_LAST,
		TEXT_RING_PACKETS, TEXT_RING_SIZE, TEXT_RING_LINK, TEXT_STATUS };
	const char *headings[7];
	json_t *all = json_array();
	struct sum sum;

	for (size_t i = 0; i < 7; i++)
		headings[i] = text_of(c, ids[i]);
	struct table *t = table_new(headings, 7, 0);
	for (size_t i = 0; i < r->n; i++) {
		const struct packets_file *f = &r->file[i];
		char name[64];
		(void)snprintf(name, sizeof(name), "%u/%012llu.pcap", f->worker,
		    (unsigned long long)f->number);
		if (c->json)
			(void)json_array_append_new(all, file_json(f, name));
		else
			list_row(t, c, f, name);
	}
	ring_sum(r, &sum);
	if (c->json) {
		cli_print_json(all);
	} else {
		table_print(t, c, stdout);
		say_sum(c, stdout, TEXT_PACKETS_RING, &sum);
	}
	table_free(t);
	json_decref(all);
	return CLI_WELL;
}

/* ---- finding ---- */

static void
add(struct sum *s, const struct packets_packet *p)
{
	uint64_t ts = p->record.ts;

	s->first = !s->packets || ts < s->first ? ts : s->first;
	s->last = ts > s->last ? ts : s->last;
	s->bytes += p->record.caplen;
	s->packets++;
}

static int
copy(struct packets_reader *reader, const char *path, struct sum *s, struct err *e)
{
	struct packets_packet p;
	struct packets_out *out = NULL;
	uint16_t link[LINKS];
	size_t links = packets_links(reader, link, LINKS);

	/* no file without a packet in it */
	if (path && links && !(out = packets_out_open(path, link, links, e)))
		return -1;
	while (packets_next(reader, &p)) {
		add(s, &p);
		if (out)
			packets_out_put(out, &p);
	}
	return out ? packets_out_close(out, e) : 0;
}

static int
find(const struct cli *c, const struct packets_ring *r, const struct packets_filter *f,
    const char *path)
{
	struct packets_reader *reader = packets_reader_new(r, f);
	struct sum sum = { 0 };
	struct err e = { "out of memory" };
	int rc = reader ? copy(reader, path, &sum, &e) : -1;

	packets_reader_free(reader);
	if (rc < 0) {
		cli_complain("%s", e.text);
		return CLI_FAILED;
	}
	say_found(c, r, &sum, path && strcmp(path, "-") == 0);
	return sum.packets ? CLI_WELL : CLI_NOT_FOUND;
}

static int
in_ring(const struct cli *c, const struct asked *a, const struct packets_filter *f)
{
	struct packets_ring r;
	char dir[PATH_MAX];
	struct err e;

	if (find_ring(a, dir, &e) < 0) {
		cli_complain("%s", e.text);
		return CLI_USAGE;
	}
	if (packets_ring_open(&r, dir, &e) < 0) {
		cli_complain("%s", e.text);
		return CLI_FAILED;
	}
	int code = a->list ? list(c, &r) : find(c, &r, f, a->out);
	packets_ring_close(&r);
	return code;
}

int
cli_packets(const struct cli *c, int argc, char **argv)
{
	struct asked a = { 0 };
	struct packets_filter f;
	struct cli_option rows[] = { { "--ring", &a.ring, NULL }, { "-c", &a.config, NULL },
		{ "--from", &a.from, NULL }, { "--to", &a.to, NULL }, { "--host", &a.host, NULL },
		{ "--pair", &a.pair, NULL }, { "--port", &a.port, NULL },
		{ "--proto", &a.proto, NULL }, { "--flow", &a.flow, NULL },
		{ "--event", &a.event, NULL }, { "-w", &a.out, NULL },
		{ "--alert", &a.alert, NULL }, { "--evidence", &a.evidence, NULL },
		{ "--unverified", NULL, &a.unverified }, { "--list", NULL, &a.list } };
	int n = cli_options(c, argc, argv, rows, sizeof(rows) / sizeof(*rows));
	struct err e;

	if (n < 0 || cli_no_operands(c, n, argv))
		return CLI_USAGE;
	if (a.out && strcmp(a.out, "-") == 0 && isatty(STDOUT_FILENO)) {
		cli_complain("-w -: packets are not shown on a terminal; name a file or a pipe");
		return CLI_USAGE;
	}
	if (a.alert)
		return packets_evidence(c, &(struct evidence_asked){ a.alert, a.evidence, a.config,
					       a.event, a.out, a.unverified });
	if (make_filter(&f, &a, &e) < 0) {
		cli_complain("%s", e.text);
		return CLI_USAGE;
	}
	return in_ring(c, &a, &f);
}
