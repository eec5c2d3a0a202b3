/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identify: nDPI (with ndpi_compat.h, and memory.c for what it remembers of other flows). The
 * library's per-flow state is large and is given back the moment the answer is final; what
 * identify_result needs is kept in a few words.
 */
#include "probe/identify.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bare.h"
#include "custom.h"
#include "dispatch.h"
#include "lib/slab.h"
#include "memory.h"
#include "ndpi_compat.h"
#include "networks.h"
#include "recognise.h"

#define NS_PER_MS 1000000
#define HOSTNAME_BYTES sizeof(((struct ndpi_flow_struct *)0)->host_server_name)
#define HOSTNAME_ROOMS 3

/* What is needed only until the answer is final. */
struct live {
	struct ndpi_flow_struct ndpi;
	struct recognise_flow first;
};

/* A flow's answer: a few words, since most flows of a full table have theirs. */
struct identify_flow {
	union {
		struct live *live; /* while not final */
		uint64_t risks;    /* once it is */
	};
	char *hostname; /* NULL when none, and while not final */
	uint16_t master, app, category;
	uint8_t confidence;
	uint8_t room : 4; /* slab the hostname is from */
	uint8_t final : 1;
};

struct identify {
	struct ndpi_detection_module_struct *module;
	struct dispatch *dispatch; /* NULL: the library's own */
	struct networks *networks; /* NULL: nothing is remembered */
	const struct gate *gate;
	bool shares; /* memory_lend */
	uint32_t max_tcp, max_udp;
	uint64_t clock; /* ms; the library wants a clock that never runs backwards */
	struct recogniser ours;
	struct slab flows, live, hostnames[HOSTNAME_ROOMS];
	struct identify_counters count;
};

static const uint8_t hostname_room[HOSTNAME_ROOMS] = { 16, 32, HOSTNAME_BYTES };

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

	if (protocols && *protocols) {
		if (custom_protocols(protocols, e) < 0)
			return err_prefix(e, "identify.protocols-file");
		if (ndpi_load_protocols_file(d->module, protocols) < 0)
			return err_set(e, "%s: nDPI cannot read it", protocols);
	}
	if (categories && *categories) {
		if (custom_categories(categories, NDPI_PROTOCOL_NUM_CATEGORIES, e) < 0)
			return err_prefix(e, "identify.categories-file");
		if (compat_load_categories(d->module, categories) < 0)
			return err_set(e, "%s: nDPI cannot read it", categories);
	}
	return 0;
}

/* One module at a time in the whole process: the library, and libgcrypt behind it, set themselves
 * up when the first is made, and do not expect to be asked by two threads at once. */
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

static int
open_module(struct identify *d, const struct identify_config *config, struct err *e)
{
	d->module = compat_init();
	if (!d->module)
		return err_set(e, "nDPI cannot be set up: out of memory");
	if (load_files(d, config, e) < 0)
		return -1;
	if (config->memory && memory_lend(config->memory, d->module, e) < 0)
		return -1;
	d->shares = config->memory;
	if (compat_finalize(d->module) < 0)
		return err_set(e, "nDPI cannot be set up: its tables could not be built");
	d->dispatch = dispatch_new(d->module);
	d->networks = networks_new(d->module);
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
	d->gate = config->gate;
	slab_init(&d->flows, sizeof(struct identify_flow), SIZE_MAX);
	slab_init(&d->live, sizeof(struct live), SIZE_MAX);
	for (int i = 0; i < HOSTNAME_ROOMS; i++)
		slab_init(&d->hostnames[i], hostname_room[i], SIZE_MAX);
	if (!config->nothing_of_ours)
		recognise_init(&d->ours);
	pthread_mutex_lock(&making);
	int rc = open_module(d, config, e);
	pthread_mutex_unlock(&making);
	if (rc == 0)
		return d;
	identify_free(d);
	return NULL;
}

void
identify_free(struct identify *d)
{
	if (!d)
		return;
	if (d->shares)
		memory_take_back(d->module);
	dispatch_free(d->dispatch);
	networks_free(d->networks);
	pthread_mutex_lock(&making);
	if (d->module)
		ndpi_exit_detection_module(d->module);
	pthread_mutex_unlock(&making);
	slab_fini(&d->flows);
	slab_fini(&d->live);
	for (int i = 0; i < HOSTNAME_ROOMS; i++)
		slab_fini(&d->hostnames[i]);
	free(d);
}

static bool
undecided(const struct identify_flow *id)
{
	return id && !id->final;
}

static void
keep_hostname(struct identify *d, struct identify_flow *id, const char *name, size_t n)
{
	uint8_t room = 0;

	if (n >= HOSTNAME_BYTES)
		n = HOSTNAME_BYTES - 1;
	if (n == 0)
		return;
	while (n >= hostname_room[room])
		room++;
	id->hostname = slab_get(&d->hostnames[room]);
	id->room = room;
	if (id->hostname)
		memcpy(id->hostname, name, n);
}

static void
keep_protocol(struct identify_flow *id, ndpi_protocol p)
{
	id->master = compat_master(p);
	id->app = compat_app(p);
	id->category = (uint16_t)p.category;
}

static void
end_live(struct identify *d, struct identify_flow *id, uint64_t risks)
{
	ndpi_free_flow_data(&id->live->ndpi);
	slab_put(&d->live, id->live);
	id->risks = risks;
	id->final = true;
}

/* The answer will not change any more: keep what matters, let the library's state go. */
static void
settle(struct identify *d, struct identify_flow *id)
{
	const struct ndpi_flow_struct *n = &id->live->ndpi;
	const char *name = n->host_server_name;

	id->confidence = (uint8_t)n->confidence;
	keep_hostname(d, id, name, strnlen(name, HOSTNAME_BYTES));
	end_live(d, id, n->risk);
}

static void
give_up(struct identify *d, struct identify_flow *id)
{
	uint8_t guessed;

	memory_gate(d->gate);
	keep_protocol(id, compat_giveup(d->module, &id->live->ndpi, &guessed));
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

/* One of our own recognisers knows it. */
static bool
recognised(struct identify *d, struct flow *f, const struct packet *p, enum dir dir)
{
	struct identify_flow *id = f->identify;
	struct view name;
	const struct recognise_row *row =
	    recognise_packet(&d->ours, &id->live->first, f, p, dir, &name);

	if (!row)
		return false;
	id->master = NDPI_PROTOCOL_UNKNOWN;
	id->app = row->id;
	keep_hostname(d, id, (const char *)name.ptr, name.len);
	end_live(d, id, 0);
	d->count.recognised++;
	return true;
}

static void
feed(struct identify *d, struct flow *f, struct view l3)
{
	struct identify_flow *id = f->identify;
	struct ndpi_flow_struct *n = &id->live->ndpi;

	memory_gate(d->gate);
	dispatch_use(d->dispatch);
	networks_use(d->networks);
	uint16_t len = (uint16_t)(l3.len < UINT16_MAX ? l3.len : UINT16_MAX);
	ndpi_protocol proto = compat_process(d->module, n, l3.ptr, len, d->clock);
	dispatch_use(NULL); /* it may be freed by another thread */
	networks_use(NULL);
	keep_protocol(id, proto);
	bool last = enough(d, f) || n->fail_with_unknown;
	bool known = compat_app(proto) != NDPI_PROTOCOL_UNKNOWN;
	if (known && (last || !compat_wants_more(d->module, n, proto))) {
		d->count.classified++;
		settle(d, id);
	} else if (last) {
		give_up(d, id);
	}
}

/* The segments that a TCP flow had before p; p is NULL at its end. */
static void
catch_up(struct identify *d, struct flow *f, const struct packet *p, enum dir dir)
{
	struct bare_now now = { .next = { f->seq_end[0], f->seq_end[1] } };
	uint8_t bytes[BARE_MAX];

	if (p) {
		now.count[dir] = 1;
		now.next[dir] = p->tcp_seq;
	}
	for (unsigned i = 0; i < BARE_COUNT && !f->identify->final; i++) {
		size_t n = bare_segment(f, i, &now, bytes);
		if (n)
			feed(d, f, (struct view){ bytes, n });
	}
}

/* A TCP flow is nothing to us before its first payload: those that never have any are many. */
static bool
silent(const struct flow *f, const struct packet *p)
{
	return !f->identify && p->proto == PROTO_TCP && p->payload.len == 0;
}

void
identify_packet(struct identify *d, struct flow *f, const struct packet *p, enum dir dir)
{
	uint64_t ms = packet_now(p) / NS_PER_MS;

	if (f->identify && f->identify->final) {
		d->count.settled++;
		return;
	}
	if (!p->l3.ptr || p->flags & PKT_BAD_CSUM || silent(f, p)) {
		d->count.left_out++;
		return;
	}
	if (ms > d->clock)
		d->clock = ms;
	if (!f->identify) {
		if (!begin(d, f)) {
			d->count.left_out++;
			return;
		}
		if (!recognised(d, f, p, dir))
			catch_up(d, f, p, dir);
	} else {
		(void)recognised(d, f, p, dir);
	}
	d->count.packets++;
	if (!f->identify->final)
		feed(d, f, p->l3);
}

void
identify_finish(struct identify *d, struct flow *f)
{
	bool heard = f->key.proto == PROTO_TCP && (f->tcp_flags[0] | f->tcp_flags[1]);

	if (!f->identify && heard && begin(d, f))
		catch_up(d, f, NULL, DIR_TO_SERVER);
	if (undecided(f->identify))
		give_up(d, f->identify);
}

/* As much of the text as there is room for, behind n bytes; returns how many there are then. */
static size_t
join(char *out, size_t room, size_t n, const char *text)
{
	size_t len = strnlen(text, room - 1 - n);

	memcpy(out + n, text, len);
	return n + len;
}

/* "Master.App" as the library writes it: one name when there is one, or both are the same. */
static void
name_of(const struct identify *d, uint16_t master, uint16_t app, char *out, size_t room)
{
	const char *app_name = ndpi_get_proto_name(d->module, app);
	const char *master_name = ndpi_get_proto_name(d->module, master);
	bool both =
	    master != NDPI_PROTOCOL_UNKNOWN && master != app && app != NDPI_PROTOCOL_UNKNOWN;
	size_t n = 0;

	if (both || app == NDPI_PROTOCOL_UNKNOWN)
		n = join(out, room, n, master_name);
	if (both)
		n = join(out, room, n, ".");
	if (both || app != NDPI_PROTOCOL_UNKNOWN)
		n = join(out, room, n, app_name);
	out[n] = 0;
}

static void
library_says(const struct identify *d, const struct identify_flow *id, struct identify_result *out)
{
	bool live = undecided(id) && id->live;
	const struct ndpi_flow_struct *n = live ? &id->live->ndpi : NULL;
	uint16_t main_id = id->app != NDPI_PROTOCOL_UNKNOWN ? id->app : id->master;

	name_of(d, id->master, id->app, out->proto, sizeof(out->proto));
	out->category = ndpi_category_get_name(d->module, (ndpi_protocol_category_t)id->category);
	out->confidence =
	    ndpi_confidence_get_name(n ? n->confidence : (ndpi_confidence_t)id->confidence);
	out->breed = compat_breed_name(d->module, main_id);
	if (n && *n->host_server_name)
		out->hostname = n->host_server_name;
	out->risks = n ? n->risk : id->risks;
	out->risk_score =
	    ndpi_risk2score(out->risks, &out->risk_score_client, &out->risk_score_server);
}

static void
row_says(const struct recognise_row *row, struct identify_result *out)
{
	snprintf(out->proto, sizeof(out->proto), "%s", row->name);
	out->category = row->category;
	out->confidence = "DPI";
	out->breed = row->breed;
	out->engine = "Wanglou";
}

void
identify_result(const struct identify *d, const struct flow *f, struct identify_result *out)
{
	static const struct identify_flow nothing;
	const struct identify_flow *id = f->identify ? f->identify : &nothing;
	const struct recognise_row *row = id->app >= IDENTIFY_OURS ? recognise_row(id->app) : NULL;

	*out = (struct identify_result){ .master_id = id->master,
		.app_id = id->app,
		.hostname = id->hostname,
		.final = id->final };
	if (row)
		row_says(row, out);
	else
		library_says(d, id, out);
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
	if (!id->final)
		end_live(d, id, 0);
	slab_put(&d->hostnames[id->room], id->hostname);
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
