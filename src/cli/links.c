/* SPDX-License-Identifier: Apache-2.0 */
/* The links of each probe, from its latest stats event; asks for that. */
#include "client.h"
#include "show.h"

/* Put what it says of its links and frames into `probe`. -1, having complained, when the collector
 * does not answer. */
static int
ask_one(const struct cli *c, json_t *probe, int *code)
{
	char path[512] = "/api/v1/events?type=stats&limit=1&order=newest";
	json_t *answer;

	client_query(path, sizeof(path), "probe", cli_text_at(probe, "name"));
	answer = client_ask(c, path, NULL, code);
	if (!answer)
		return -1;
	const json_t *event = json_array_get(json_object_get(answer, "events"), 0);
	json_t *links = cli_at(event, "stats.links");
	if (links)
		(void)json_object_set(probe, "links", links);
	cli_hops_take(probe, cli_at(event, "stats"));
	json_decref(answer);
	return 0;
}

int
cli_links_ask(const struct cli *c, json_t *answer, int *code)
{
	json_t *p;
	size_t i;

	json_array_foreach(json_object_get(answer, "probes"), i, p)
	{
		if (*cli_text_at(p, "last_seen") && ask_one(c, p, code) != 0)
			return -1;
	}
	return 0;
}

static void
number_cell(struct table *t, const json_t *link, const char *key)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%lld", cli_number_at(link, key, 0));
	table_cell(t, text);
}

static void
link_row(struct table *t, const struct cli *c, const char *probe, const json_t *link)
{
	char text[64];

	table_cell(t, probe);
	table_cell(t, cli_text_at(link, "interface"));
	table_cell(t, cli_text_at(link, "name"));
	table_cell(t, text_word(c, cli_text_at(link, "state")));
	number_cell(t, link, "packets");
	cli_bytes(text, cli_number_at(link, "bytes", 0));
	table_cell(t, text);
	number_cell(t, link, "kernel_drops");
	number_cell(t, link, "if_drops");
	(void)snprintf(text, sizeof(text), "%lld s", cli_number_at(link, "idle_s", 0));
	table_cell(t, text);
	(void)snprintf(text, sizeof(text), "%lld / %lld", cli_number_at(link, "one_way", 0),
	    cli_number_at(link, "connections", 0));
	table_cell(t, text);
}

void
cli_links_print(const struct cli *c, const json_t *answer)
{
	const char *headings[] = { text_of(c, TEXT_PROBE), text_of(c, TEXT_INTERFACE),
		text_of(c, TEXT_LINK_NAME), text_of(c, TEXT_LINK_STATE), text_of(c, TEXT_FRAMES),
		text_of(c, TEXT_BYTES), text_of(c, TEXT_KERNEL_DROPS), text_of(c, TEXT_IF_DROPS),
		text_of(c, TEXT_QUIET), text_of(c, TEXT_ONE_WAY) };
	static const unsigned spare[] = { 5, 9, 8 };
	struct table *t = table_new(headings, 10, 2);
	const json_t *p, *link;
	size_t i, k;
	bool any = false;

	table_spare(t, spare, 3);
	json_array_foreach(json_object_get(answer, "probes"), i, p)
	{
		json_array_foreach(json_object_get(p, "links"), k, link)
		{
			link_row(t, c, cli_text_at(p, "name"), link);
			any = true;
		}
	}
	if (any) {
		(void)putchar('\n');
		table_print(t, c, stdout);
	}
	table_free(t);
}
