/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identify: nDPI, the only file that includes it (with ndpi_compat.h). The library's per-flow state
 * is large and is given back the moment the answer is final; what identify_result needs is kept in
 * a few words.
 */
#include "probe/identify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/slab.h"
#include "ndpi_compat.h"

#define NS_PER_MS 1000000
#define HOSTNAME_BYTES sizeof(((struct ndpi_flow_struct *)0)->host_server_name)

/* A flow's answer. `live` is the library's state, NULL once the answer is final. */
struct identify_flow {
	struct ndpi_flow_struct *live;
	char *hostname; /* NULL when none */
	uint64_t risks;
	uint16_t master, app, category;
	uint8_t confidence;
	uint16_t score, score_client, score_server;
};

struct identify {
	struct ndpi_detection_module_struct *module;
	uint32_t max_tcp, max_udp;
	uint64_t clock; /* ms; the library wants a clock that never runs backwards */
	struct slab flows, live, hostnames;
	struct identify_counters count;
};

static int
check_library(struct err *e)
{
	if (ndpi_get_api_version() == NDPI_API_VERSION &&
	    ndpi_detection_get_sizeof_ndpi_flow_struct() == sizeof(struct ndpi_flow_struct))
		return 0;
	return err_set(e,
	    "the nDPI library (%s, API %u) is not the one this program was built for (API %u): "
	    "rebuild, or install the matching libndpi",
	    ndpi_revision(), (unsigned)ndpi_get_api_version(), (unsigned)NDPI_API_VERSION);
}

static int
load_files(struct identify *d, const struct identify_config *c, struct err *e)
{
	const char *protocols = c->protocols_file, *categories = c->categories_file;

	if (protocols && *protocols && ndpi_load_protocols_file(d->module, protocols) < 0)
		return err_set(e, "nDPI cannot read the protocols file %s", protocols);
	if (categories && *categories && compat_load_categories(d->module, categories) < 0)
		return err_set(e, "nDPI cannot read the categories file %s", categories);
	return 0;
}

struct identify *
identify_new(const struct identify_config *config, struct err *e)
{
	if (check_library(e) < 0)
		return NULL;
	struct identify *d = calloc(1, sizeof(*d));
	if (!d) {
		err_set(e, "out of memory");
		return NULL;
	}
	d->max_tcp = config->max_tcp_packets;
	d->max_udp = config->max_udp_packets;
	slab_init(&d->flows, sizeof(struct identify_flow), SIZE_MAX);
	slab_init(&d->live, sizeof(struct ndpi_flow_struct), SIZE_MAX);
	slab_init(&d->hostnames, HOSTNAME_BYTES, SIZE_MAX);
	d->module = compat_init();
	if (!d->module) {
		err_set(e, "nDPI cannot be set up: out of memory");
		goto fail;
	}
	if (load_files(d, config, e) < 0)
		goto fail;
	if (compat_finalize(d->module) < 0) {
		err_set(e, "nDPI cannot be set up: its tables could not be built");
		goto fail;
	}
	return d;
fail:
	identify_free(d);
	return NULL;
}

void
identify_free(struct identify *d)
{
	if (!d)
		return;
	if (d->module)
		ndpi_exit_detection_module(d->module);
	slab_fini(&d->flows);
	slab_fini(&d->live);
	slab_fini(&d->hostnames);
	free(d);
}

static void
live_free(struct identify *d, struct identify_flow *id)
{
	if (!id->live)
		return;
	ndpi_free_flow_data(id->live);
	slab_put(&d->live, id->live);
	id->live = NULL;
}

static void
keep_hostname(struct identify *d, struct identify_flow *id)
{
	const char *name = id->live->host_server_name;

	if (!*name)
		return;
	id->hostname = slab_get(&d->hostnames);
	if (id->hostname)
		memcpy(id->hostname, name, strnlen(name, HOSTNAME_BYTES - 1));
}

static void
keep_protocol(struct identify_flow *id, ndpi_protocol p)
{
	id->master = compat_master(p);
	id->app = compat_app(p);
	id->category = (uint16_t)p.category;
}

/* The answer will not change any more: keep what matters, let the library's state go. */
static void
settle(struct identify *d, struct identify_flow *id)
{
	id->confidence = (uint8_t)id->live->confidence;
	id->risks = id->live->risk;
	id->score = ndpi_risk2score(id->live->risk, &id->score_client, &id->score_server);
	keep_hostname(d, id);
	live_free(d, id);
}

static void
give_up(struct identify *d, struct identify_flow *id)
{
	uint8_t guessed;

	keep_protocol(id, compat_giveup(d->module, id->live, &guessed));
	if (id->app == NDPI_PROTOCOL_UNKNOWN && id->master == NDPI_PROTOCOL_UNKNOWN)
		d->count.unknown++;
	else if (guessed)
		d->count.guessed++;
	else
		d->count.classified++;
	settle(d, id);
}

static bool
enough(const struct identify *d, const struct flow *f)
{
	uint64_t packets = f->packets[0] + f->packets[1];

	return (f->key.proto == PROTO_TCP && packets > d->max_tcp) ||
	       (f->key.proto == PROTO_UDP && packets > d->max_udp);
}

static struct identify_flow *
begin(struct identify *d, struct flow *f)
{
	struct identify_flow *id = slab_get(&d->flows);

	if (id)
		id->live = slab_get(&d->live);
	if (!id || !id->live) {
		slab_put(&d->flows, id);
		d->count.memory_failed++;
		return NULL;
	}
	f->identify = id;
	return id;
}

static void
feed(struct identify *d, struct flow *f, const struct packet *p)
{
	struct identify_flow *id = f->identify ? f->identify : begin(d, f);
	uint64_t ms = p->frame.ts / NS_PER_MS;

	if (!id)
		return;
	if (ms > d->clock)
		d->clock = ms;
	d->count.packets++;
	uint16_t len = (uint16_t)(p->l3.len < UINT16_MAX ? p->l3.len : UINT16_MAX);
	ndpi_protocol proto = compat_process(d->module, id->live, p->l3.ptr, len, d->clock);
	keep_protocol(id, proto);
	bool last = enough(d, f) || id->live->fail_with_unknown;
	bool known = compat_app(proto) != NDPI_PROTOCOL_UNKNOWN;
	if (known && (last || !compat_wants_more(d->module, id->live, proto))) {
		d->count.classified++;
		settle(d, id);
	} else if (last) {
		give_up(d, id);
	}
}

void
identify_packet(struct identify *d, struct flow *f, const struct packet *p, enum dir dir)
{
	(void)dir; /* the library tells directions itself */
	if (!p->l3.ptr || (f->identify && !f->identify->live))
		return;
	feed(d, f, p);
}

void
identify_finish(struct identify *d, struct flow *f)
{
	if (f->identify && f->identify->live)
		give_up(d, f->identify);
}

/* "Master.App" as the library writes it: one name when there is one, or both are the same. */
static void
name_of(const struct identify *d, uint16_t master, uint16_t app, char *out, size_t room)
{
	const char *app_name = ndpi_get_proto_name(d->module, app);
	const char *master_name = ndpi_get_proto_name(d->module, master);

	if (master == NDPI_PROTOCOL_UNKNOWN || master == app)
		snprintf(out, room, "%s", app_name);
	else if (app == NDPI_PROTOCOL_UNKNOWN)
		snprintf(out, room, "%s", master_name);
	else
		snprintf(out, room, "%s.%s", master_name, app_name);
}

void
identify_result(const struct identify *d, const struct flow *f, struct identify_result *out)
{
	static const struct identify_flow nothing;
	const struct identify_flow *id = f->identify ? f->identify : &nothing;
	const struct ndpi_flow_struct *live = id->live;
	uint16_t main_id = id->app != NDPI_PROTOCOL_UNKNOWN ? id->app : id->master;

	name_of(d, id->master, id->app, out->proto, sizeof(out->proto));
	out->master_id = id->master;
	out->app_id = id->app;
	out->category = ndpi_category_get_name(d->module, (ndpi_protocol_category_t)id->category);
	out->confidence =
	    ndpi_confidence_get_name(live ? live->confidence : (ndpi_confidence_t)id->confidence);
	out->breed = compat_breed_name(d->module, main_id);
	out->hostname = live && *live->host_server_name ? live->host_server_name : id->hostname;
	out->risks = live ? live->risk : id->risks;
	out->risk_score = id->score;
	out->risk_score_client = id->score_client;
	out->risk_score_server = id->score_server;
	if (live)
		out->risk_score =
		    ndpi_risk2score(live->risk, &out->risk_score_client, &out->risk_score_server);
	out->final = f->identify && !live;
}

void
identify_ids(const struct flow *f, uint16_t *master, uint16_t *app)
{
	*master = f->identify ? f->identify->master : NDPI_PROTOCOL_UNKNOWN;
	*app = f->identify ? f->identify->app : NDPI_PROTOCOL_UNKNOWN;
}

bool
identify_risk(unsigned i, struct identify_risk *out)
{
	uint16_t client, server;

	if (i == NDPI_NO_RISK || i >= NDPI_MAX_RISK)
		return false;
	out->name = ndpi_risk2str((ndpi_risk_enum)i);
	out->severity = ndpi_severity2str(ndpi_risk2severity((ndpi_risk_enum)i)->severity);
	out->score = ndpi_risk2score((ndpi_risk)1 << i, &client, &server);
	return true;
}

void
identify_flow_free(struct identify *d, struct flow *f)
{
	struct identify_flow *id = f->identify;

	if (!id)
		return;
	live_free(d, id);
	slab_put(&d->hostnames, id->hostname);
	slab_put(&d->flows, id);
	f->identify = NULL;
}

const struct identify_counters *
identify_count(const struct identify *d)
{
	return &d->count;
}

/* The library's own text is "4.2.0-4321-abcdef": the part people know ends at the dash. */
const char *
identify_version(void)
{
	static _Thread_local char version[32];
	const char *revision = ndpi_revision();

	snprintf(version, sizeof(version), "%.*s", (int)strcspn(revision, "-"), revision);
	return version;
}
