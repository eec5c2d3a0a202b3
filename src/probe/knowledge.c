/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/log.h"
#include "probe/decode.h"

/* "file:12:34: sid 1: reason (hint)", then the line and a caret. */
static void
say_problem(void *context, const struct match_problem *p)
{
	char place[64] = "";

	(void)context;
	if (p->sid)
		snprintf(place, sizeof(place), "sid %u: ", p->sid);
	if (p->line)
		log_warn("%s:%u:%u: %s%s%s%s%s", p->file, p->line, p->column, place, p->reason,
		    p->hint ? " (" : "", p->hint ? p->hint : "", p->hint ? ")" : "");
	else
		log_warn("%s: %s", p->file, p->reason);
}

/* Settings whose words only their stage knows: better refused before anything is open. */
static int
check_decode(const struct options *o, struct err *e)
{
	struct decode d;

	return decode_init(&d, &o->decode_tunnels, &o->decode_vxlan, &o->decode_geneve, e);
}

int
knowledge_load(const struct options *o, struct knowledge *k, struct err *e)
{
	unsigned bad_geo = 0;
	struct learn_config learn = { .geo_files = (const char *const *)o->learn_geo.item,
		.geo_n = o->learn_geo.n,
		.segments_file = o->learn_segments };
	struct match_load load = { .files = (const char *const *)o->rules_files.item,
		.file_n = o->rules_files.n,
		.classification_file = o->rules_classification,
		.address_vars = &o->vars_address,
		.port_vars = &o->vars_port,
		.cache_dir = o->rules_cache,
		.problem = say_problem };

	*k = (struct knowledge){ 0 };
	if (check_decode(o, e) != 0)
		return -1;
	k->learn = learn_new(&learn, &bad_geo, e);
	if (!k->learn)
		return -1;
	k->rules = match_rules_load(&load, &k->summary, e);
	if (k->summary.cache_untrusted.text[0])
		log_warn("rules.cache-dir: %s; rules are compiled anew",
		    k->summary.cache_untrusted.text);
	if (k->summary.cache_failed)
		log_warn("rules.cache-dir %s: %u of %u databases cannot be written", o->rules_cache,
		    k->summary.cache_failed, k->summary.cache_made);
	k->targets = k->rules ? targets_new(&o->stream_targets, e) : NULL;
	if (!k->targets) {
		knowledge_clear(k);
		return -1;
	}
	k->bad_lists = bad_geo + k->summary.unreadable_files;
	return 0;
}

void
knowledge_clear(struct knowledge *k)
{
	match_rules_free(k->rules);
	learn_free(k->learn);
	targets_free(k->targets);
	*k = (struct knowledge){ 0 };
}

void
knowledge_free(struct knowledge *k)
{
	if (k)
		knowledge_clear(k);
	free(k);
}
