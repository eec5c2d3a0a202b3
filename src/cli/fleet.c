/* SPDX-License-Identifier: Apache-2.0 */
/* probes, keys: who sends us events, and who may. */
#include <string.h>
#include <time.h>

#include "client.h"
#include "lib/keys.h"
#include "show.h"

static const char *
link_of(const struct cli *c, const json_t *p)
{
	if (json_is_true(cli_at(p, "connected")))
		return text_of(c, TEXT_UP);
	return text_of(c, json_is_true(cli_at(p, "finished")) ? TEXT_FINISHED : TEXT_DOWN);
}

static void
probe_row(struct table *t, const struct cli *c, const json_t *p)
{
	const char *seen = cli_text_at(p, "last_seen");
	char text[64], last[32];

	show_full_time(text, seen);
	(void)snprintf(last, sizeof(last), "%.19s", text);
	table_cell(t, cli_text_at(p, "name"));
	table_cell(t, link_of(c, p));
	table_cell(t, seen[0] ? last : text_of(c, TEXT_NEVER));
	(void)snprintf(text, sizeof(text), "%lld", cli_number_at(p, "events", 0));
	table_cell(t, text);
	cli_bytes(text, cli_number_at(p, "waiting_bytes", 0));
	table_cell(t, text);
	(void)snprintf(text, sizeof(text), "%lld", cli_number_at(p, "missing", 0));
	table_cell(t, text);
	(void)snprintf(
	    text, sizeof(text), "%.0f ms", json_number_value(cli_at(p, "clock_offset_ms")));
	table_cell(t, text);
}

static void
print_probes(const struct cli *c, const json_t *answer)
{
	char zone[64];
	const char *headings[] = { text_of(c, TEXT_PROBE), text_of(c, TEXT_LINK),
		show_time_heading(c, TEXT_LAST_SEEN, zone), text_of(c, TEXT_EVENTS),
		text_of(c, TEXT_WAITING), text_of(c, TEXT_MISSING), text_of(c, TEXT_CLOCK) };
	struct table *t = table_new(headings, 7, 0);
	char number[32];
	const json_t *p;
	size_t i;

	json_array_foreach(json_object_get(answer, "probes"), i, p) probe_row(t, c, p);
	if (i)
		table_print(t, c, stdout);
	else
		SAY(c, stdout, TEXT_NO_PROBES, NULL);
	(void)snprintf(number, sizeof(number), "%lld", cli_number_at(answer, "refused_keys", 0));
	if (strcmp(number, "0") != 0)
		SAY(c, stdout, TEXT_REFUSED_KEYS, number);
	table_free(t);
}

int
cli_probes(const struct cli *c, int argc, char **argv)
{
	json_t *answer;
	int code;

	if (cli_no_operands(c, cli_options(c, argc, argv, NULL, 0), argv))
		return CLI_USAGE;
	answer = client_ask(c, "/api/v1/probes", NULL, &code);
	if (answer && cli_links_ask(c, answer, &code) != 0) {
		json_decref(answer);
		return code;
	}
	if (answer && c->json)
		cli_print_json(answer);
	else if (answer) {
		print_probes(c, answer);
		cli_links_print(c, answer);
		cli_hops_print(c, answer);
	}
	json_decref(answer);
	return code;
}

static int
make_key(const struct cli *c, const char *name, const char *dir, bool signs)
{
	struct keys_pair pair;
	struct err e = { "" };
	char today[11], secret[4096], public[4096];
	time_t now = time(NULL);
	struct tm t;
	int got;

	(void)strftime(today, sizeof(today), "%Y-%m-%d", gmtime_r(&now, &t));
	got = (signs ? keys_make_signer : keys_make)(&pair, name, today, &e) ||
	      keys_save(&pair, dir, &e);
	keys_wipe(&pair);
	if (got) {
		cli_complain("%s", e.text);
		return CLI_FAILED;
	}
	(void)snprintf(secret, sizeof(secret), "%s/%s.key", dir, name);
	(void)snprintf(public, sizeof(public), "%s/%s.pub", dir, name);
	SAY(c, stdout, TEXT_KEY_MADE, secret, public);
	SAY(c, stdout, signs ? TEXT_KEY_NEXT_SIGN : TEXT_KEY_NEXT, public);
	return CLI_WELL;
}

static int
list_keys(const struct cli *c, const char *dir)
{
	const char *headings[] = { text_of(c, TEXT_NAME), text_of(c, TEXT_CREATED),
		text_of(c, TEXT_PUBLIC_KEY) };
	struct err e = { "" };
	struct keys_allowed *a = keys_allowed_load(dir, &e);
	struct table *t;
	char z85[KEYS_Z85 + 1];

	if (!a) {
		cli_complain("%s", e.text);
		return CLI_FAILED;
	}
	t = table_new(headings, 3, 2);
	for (size_t i = 0; i < keys_allowed_count(a); i++) {
		const struct keys_pair *k = keys_allowed_at(a, i);
		keys_to_z85(k->public_key, z85);
		table_cell(t, k->name);
		table_cell(t, k->created);
		table_cell(t, z85);
	}
	if (keys_allowed_count(a))
		table_print(t, c, stdout);
	else
		SAY(c, stdout, TEXT_NO_KEYS, dir);
	table_free(t);
	keys_allowed_free(a);
	return CLI_WELL;
}

int
cli_keys(const struct cli *c, int argc, char **argv)
{
	const char *dir = ".";
	bool signs = false;
	struct cli_option rows[] = { { "--dir", &dir, NULL }, { "--sign", NULL, &signs } };
	int n = cli_options(c, argc, argv, rows, 2);

	if (n == 2 && strcmp(argv[0], "new") == 0)
		return make_key(c, argv[1], dir, signs);
	if (n == 1 && strcmp(argv[0], "list") == 0)
		return list_keys(c, dir);
	return n < 0 ? CLI_USAGE : cli_usage(c, "keys");
}
