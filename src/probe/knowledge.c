/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/log.h"
#include "probe/decode.h"
#include "probe/match_datasets.h"
#include "probe/site.h"

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

/* Version of the bundle in use, for the next load. */
static _Atomic uint64_t bundle_version;

static void
say_manage(void *context, const char *file, uint32_t line, uint32_t column, const char *reason)
{
	(void)context;
	if (line)
		log_warn("%s:%u:%u: %s", file, line, column, reason);
	else
		log_warn("%s: %s", file, reason);
}

/* The rules, with what the site makes of them. */
static struct match_rules *
load_rules(struct match_load *load, const struct site *site, const struct options *o,
    struct knowledge *k, struct err *e)
{
	site_into(site, load);
	load->reputation = site_reputation(o);
	struct match_rules *rules = match_rules_load(load, &k->summary, e);
	struct match_manage_counts n = match_manage_count(site->manage);
	if (rules && site->manage)
		log_info("rules: %u disabled, %u enabled, %u made to drop, %u changed",
		    n.rules[MATCH_MANAGE_DISABLE], n.rules[MATCH_MANAGE_ENABLE],
		    n.rules[MATCH_MANAGE_DROP], n.rules[MATCH_MANAGE_MODIFY]);
	if (rules && *o->rules_threshold)
		log_info("rules: %u lines of %s in force, %u not", k->summary.limits,
		    o->rules_threshold, k->summary.limits_failed);
	if (rules && o->rules_reputation.n)
		log_info("rules: %u entries of reputation, %u wrong lines, %u entries beyond "
			 "rules.reputation-max",
		    k->summary.reputations, k->summary.reputations_failed,
		    k->summary.reputations_capped);
	if (rules && site->bundle.n)
		log_info("rules: bundle %s, version %llu of %s, signed by %s", site->bundle.name,
		    (unsigned long long)site->bundle.version, site->bundle.created,
		    site->bundle.signer);
	return rules;
}

static void
say_list(void *context, const char *file, unsigned line, const char *reason)
{
	(void)context;
	if (line)
		log_warn("%s:%u: %s", file, line, reason);
	else
		log_warn("%s: %s", file, reason);
}

static int
load_lists(const struct site *site, const struct options *o, const struct knowledge_shared *with,
    struct knowledge *k, struct err *e)
{
	struct lists_load load = { .files = (const char *const *)o->lists_files.item,
		.file_n = o->lists_files.n,
		.max = o->lists_max,
		.seed = match_datasets_seed(with->datasets),
		.problem = say_list,
		.stop = with->stop };

	site_lists(site, &load);
	k->lists = lists_load(&load, &k->listed, e);
	if (!k->lists)
		return -1;
	if (load.file_n + load.memory_n)
		log_info("lists: %" PRIu64 " entries, %" PRIu64 " bytes, %" PRIu64
			 " not used, %" PRIu64 " beyond lists.max-entries",
		    k->listed.entries, k->listed.bytes, k->listed.refused, k->listed.capped);
	return 0;
}

static void
say_cache(const struct options *o, const struct match_summary *s)
{
	if (s->cache_untrusted.text[0])
		log_warn("rules.cache-dir: %s; rules are compiled anew", s->cache_untrusted.text);
	if (s->cache_failed)
		log_warn("rules.cache-dir %s: %u of %u databases cannot be written", o->rules_cache,
		    s->cache_failed, s->cache_made);
}

int
knowledge_load(const struct options *o, const struct knowledge_shared *with, struct knowledge *k,
    struct err *e)
{
	static const struct knowledge_shared alone;
	unsigned bad_geo = 0;
	with = with ? with : &alone;
	struct learn_config learn = { .geo_files = (const char *const *)o->learn_geo.item,
		.geo_n = o->learn_geo.n,
		.segments_file = o->learn_segments };
	struct match_load load = { .files = (const char *const *)o->rules_files.item,
		.file_n = o->rules_files.n,
		.classification_file = o->rules_classification,
		.threshold_file = o->rules_threshold,
		.address_vars = &o->vars_address,
		.port_vars = &o->vars_port,
		.cache_dir = o->rules_cache,
		.datasets = with->datasets,
		.share = with->expressions,
		.stop = with->stop,
		.dataset_sets = &o->datasets_sets,
		.dataset_dir = o->datasets_dir,
		.problem = say_problem };

	uint64_t in_use = atomic_load(&bundle_version), kept;
	struct site site;

	*k = (struct knowledge){ 0 };
	if (check_decode(o, e) != 0 || site_kept(o, &kept, e) != 0 ||
	    site_open(&site, o, in_use ? in_use : kept, say_manage, NULL, e) != 0)
		return -1;
	k->learn = learn_new(&learn, &bad_geo, e);
	k->rules = k->learn ? load_rules(&load, &site, o, k, e) : NULL;
	say_cache(o, &k->summary);
	k->targets = k->rules && load_lists(&site, o, with, k, e) == 0
			 ? targets_new(&o->stream_targets, e)
			 : NULL;
	if (k->targets && site.bundle.n)
		atomic_store(&bundle_version, site.bundle.version);
	site_close(&site);
	(void)malloc_trim(0); /* compiling took much that nobody needs any more */
	if (!k->targets) {
		knowledge_clear(k);
		return -1;
	}
	k->bad_lists = bad_geo + k->summary.unreadable_files + k->listed.unreadable;
	return 0;
}

void
knowledge_keep(const struct options *o)
{
	uint64_t version = atomic_load(&bundle_version), kept;
	struct err e;

	if (!*o->rules_bundle || !*o->rules_bundle_dir || !version)
		return;
	if (site_kept(o, &kept, &e) == 0 && kept == version)
		return;
	if (site_keep(o, version, &e) != 0)
		log_warn("rules.bundle-dir: %s; behind a restart older bundles are taken", e.text);
}

bool
knowledge_ours(const struct knowledge *k, const struct addr *a, uint8_t ver)
{
	return addr_is_private(a, ver) || learn_segment(k->learn, a, ver) ||
	       match_rules_home(k->rules, a, ver);
}

void
knowledge_clear(struct knowledge *k)
{
	match_rules_free(k->rules);
	lists_free(k->lists);
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
	(void)malloc_trim(0);
}
