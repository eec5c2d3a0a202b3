/* SPDX-License-Identifier: Apache-2.0 */
/* settle: what became of an alert, and why. */
#include <string.h>

#include "client.h"
#include "show.h"

/* False having complained. */
static bool
settle_one(const struct cli *c, const char *id, const json_t *body, int *code)
{
	char path[128];
	json_t *answer;

	(void)snprintf(path, sizeof(path), "/api/v1/alerts/%s/settle", id);
	answer = client_ask(c, path, body, code);
	if (answer && c->json)
		cli_print_json(answer);
	json_decref(answer);
	return answer != NULL;
}

/* Also when neither has it. */
static bool
equal_at(const json_t *a, const json_t *b, const char *path)
{
	const json_t *x = cli_at(a, path), *y = cli_at(b, path);

	return (!x && !y) || json_equal(x, y);
}

static bool
is_same(const json_t *a, const json_t *b)
{
	static const char *const keys[] = { "alert.gid", "alert.signature_id", "src_ip", "dest_ip",
		"tunnel.vni", "tunnel.label" };
	bool same = true;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		same = same && equal_at(a, b, keys[i]);
	return same;
}

struct repeats {
	const json_t *event, *body;
	const char *id; /* of the alert whose repeats they are */
	char next[256];
};

/* The alerts of one page that are open and like this one. Returns how many were settled. */
static size_t
settle_page(const struct cli *c, struct repeats *r, int *code)
{
	char path[1024] = "/api/v1/alerts?limit=1000&status=open", sid[32], id[32];
	size_t n = 0, i;
	json_t *page, *one;

	(void)snprintf(sid, sizeof(sid), "%lld", cli_number_at(r->event, "alert.signature_id", 0));
	client_query(path, sizeof(path), "sid", sid);
	client_query(path, sizeof(path), "src", cli_text_at(r->event, "src_ip"));
	client_query(path, sizeof(path), "dest", cli_text_at(r->event, "dest_ip"));
	client_query(path, sizeof(path), "cursor", r->next[0] ? r->next : NULL);
	page = client_ask(c, path, NULL, code);
	json_array_foreach(json_object_get(page, "alerts"), i, one)
	{
		(void)snprintf(id, sizeof(id), "%lld", cli_number_at(one, "id", 0));
		if (*code == CLI_WELL && strcmp(id, r->id) != 0 &&
		    is_same(json_object_get(one, "event"), r->event))
			n += settle_one(c, id, r->body, code);
	}
	(void)snprintf(r->next, sizeof(r->next), "%s", cli_text_at(page, "next"));
	json_decref(page);
	return n;
}

static size_t
settle_repeats(
    const struct cli *c, const char *id, const json_t *alert, const json_t *body, int *code)
{
	struct repeats r = { json_object_get(alert, "event"), body, id, "" };
	size_t n = 0;

	do
		n += settle_page(c, &r, code);
	while (*code == CLI_WELL && r.next[0]);
	return n;
}

static int
settle(const struct cli *c, const char *id, const json_t *body, bool repeats)
{
	const char *status = text_word(c, cli_text_at(body, "status"));
	int code = CLI_WELL;
	json_t *alert = NULL;
	char path[128], number[32];
	size_t n;

	if (!cli_is_number(id)) {
		COMPLAIN(c, TEXT_NO_NUMBER, id);
		return CLI_USAGE;
	}
	(void)snprintf(path, sizeof(path), "/api/v1/alerts/%s", id);
	if (repeats && !(alert = client_ask(c, path, NULL, &code)))
		return code;
	n = settle_one(c, id, body, &code);
	if (repeats && code == CLI_WELL)
		n += settle_repeats(c, id, alert, body, &code);
	json_decref(alert);
	(void)snprintf(number, sizeof(number), "%zu", n);
	if (!c->json && n == 1)
		SAY(c, stdout, TEXT_SETTLED, id, status);
	else if (!c->json && n)
		SAY(c, stdout, TEXT_SETTLED_MANY, number, status);
	return code;
}

/* The word as the API has it; false having complained. */
static bool
read_status(const struct cli *c, const char *as, const char *why, char out[32])
{
	static const char *const words[] = { "open", "acknowledged", "false_positive",
		"escalated" };

	(void)snprintf(out, 32, "%s", as);
	for (char *p = out; *p; p++)
		if (*p == '-')
			*p = '_';
	if (strcmp(out, "false_positive") == 0 && !why[0]) {
		COMPLAIN(c, TEXT_NEEDS_WHY, NULL);
		return false;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(out, words[i]) == 0)
			return true;
	COMPLAIN(c, TEXT_NO_STATUS, NULL);
	return false;
}

int
cli_settle(const struct cli *c, int argc, char **argv)
{
	const char *as = NULL, *why = "";
	bool repeats = false;
	struct cli_option rows[] = { { "--as", &as, NULL }, { "--why", &why, NULL },
		{ "--repeats", NULL, &repeats } };
	int n = cli_options(c, argc, argv, rows, 3), code = CLI_WELL;
	char status[32];
	json_t *body;

	if (n < 0)
		return CLI_USAGE;
	if (n < 1 || !as)
		return cli_usage(c, "settle");
	if (!read_status(c, as, why, status))
		return CLI_USAGE;
	body = json_pack("{ss ss}", "status", status, "reason", why);
	if (!body) {
		cli_complain("--why: this is not UTF-8");
		return CLI_USAGE;
	}
	for (int i = 0; i < n && code == CLI_WELL; i++)
		code = settle(c, argv[i], body, repeats);
	json_decref(body);
	return code;
}
