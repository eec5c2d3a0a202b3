/* SPDX-License-Identifier: Apache-2.0 */
/* What became of every frame of each probe, hop by hop, from its latest stats event. */
#include <string.h>

#include "client.h"

#define ENDS_MOST 4

/* A counter of the stats event, and what people call it. */
struct count {
	const char *key;
	enum text_id text;
};

/* A hop: what comes in is what the hop before handed on, and every frame is handed on or ended. */
static const struct hop {
	enum text_id name;
	const char *on;   /* handed on */
	const char *more; /* what comes in besides; NULL: nothing */
	struct count end[ENDS_MOST];
} hops[] = {
	{ TEXT_HOP_CAPTURE, "capture.packets", NULL,
	    { { "capture.kernel_drops", TEXT_END_KERNEL }, { "capture.if_drops", TEXT_END_NIC } } },
	{ TEXT_HOP_DECODE, "decoder.to_flow", NULL,
	    { { "decoder.no_ip", TEXT_END_NO_IP }, { "decoder.invalid", TEXT_END_INVALID },
		{ "decoder.unknown_link", TEXT_END_UNKNOWN_LINK },
		{ "decoder.fragment_kept", TEXT_END_FRAGMENT } } },
	{ TEXT_HOP_FLOW, "flow.packets", "decoder.carriers",
	    { { "flow.no_flow", TEXT_END_NO_FLOW }, { "flow.memory_failed", TEXT_END_MEMORY } } },
	{ TEXT_HOP_IDENTIFY, "identify.packets", NULL,
	    { { "identify.settled", TEXT_END_SETTLED },
		{ "identify.left_out", TEXT_END_LEFT_OUT } } },
};
#define HOPS (sizeof(hops) / sizeof(hops[0]))

void
cli_hops_take(json_t *probe, const json_t *stats)
{
	static const char *const groups[] = { "capture", "decoder", "flow", "identify" };

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		json_t *group = json_object_get(stats, groups[i]);
		if (group)
			(void)json_object_set(probe, groups[i], group);
	}
}

static void
add_end(const struct cli *c, char *out, size_t room, enum text_id what, long long n)
{
	size_t used = strlen(out);

	(void)snprintf(out + used, room - used, "%s%lld %s", used ? text_of(c, TEXT_COMMA) : "", n,
	    text_of(c, what));
}

/* The frames that ended at hop i, in words; returns how many. */
static long long
ends_of(const struct cli *c, const json_t *probe, const struct hop *h, char *out, size_t room)
{
	long long sum = 0;

	for (size_t k = 0; k < ENDS_MOST && h->end[k].key; k++) {
		long long n = cli_number_at(probe, h->end[k].key, 0);
		sum += n;
		if (n)
			add_end(c, out, room, h->end[k].text, n);
	}
	return sum;
}

static void
hop_row(struct table *t, const struct cli *c, const json_t *probe, size_t i)
{
	const struct hop *h = &hops[i];
	long long on = cli_number_at(probe, h->on, 0);
	char text[512] = "", number[32];
	long long ended = ends_of(c, probe, h, text, sizeof(text));
	long long in = i ? cli_number_at(probe, hops[i - 1].on, 0) : on + ended;

	if (h->more)
		in += cli_number_at(probe, h->more, 0);
	if (in != on + ended)
		add_end(c, text, sizeof(text), TEXT_END_UNKNOWN, in - on - ended);
	table_cell(t, cli_text_at(probe, "name"));
	table_cell(t, text_of(c, h->name));
	(void)snprintf(number, sizeof(number), "%lld", in);
	table_cell(t, number);
	(void)snprintf(number, sizeof(number), "%lld", on);
	table_cell(t, number);
	table_cell(t, *text ? text : "-");
}

void
cli_hops_print(const struct cli *c, const json_t *answer)
{
	const char *headings[] = { text_of(c, TEXT_PROBE), text_of(c, TEXT_HOP),
		text_of(c, TEXT_FRAMES_IN), text_of(c, TEXT_FRAMES_ON), text_of(c, TEXT_ENDED) };
	struct table *t = table_new(headings, 5, 4);
	const json_t *p;
	size_t i;
	bool any = false;

	json_array_foreach(json_object_get(answer, "probes"), i, p)
	{
		if (!json_object_get(p, "decoder"))
			continue;
		for (size_t k = 0; k < HOPS; k++)
			hop_row(t, c, p, k);
		any = true;
	}
	if (any) {
		(void)putchar('\n');
		table_print(t, c, stdout);
	}
	table_free(t);
}
