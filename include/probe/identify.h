/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identify: what is it? Our own recognisers at the first payload, then nDPI until it is sure, then
 * never again for that flow.
 *
 * Takes packets of a flow; gives protocol, category, risks, confidence, host name. Owns the nDPI
 * module and its per-flow state (freed as soon as the answer is final). This folder is
 * the only place that includes nDPI. One thread: a module each worker.
 */
#ifndef WANGLOU_PROBE_IDENTIFY_H
#define WANGLOU_PROBE_IDENTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "probe/flow.h"
#include "probe/gate.h"
#include "probe/packet.h"

struct identify;
struct identify_memory;

/* What nDPI remembers of other flows, for several modules. NULL when memory is out. */
struct identify_memory *
identify_memory_new(void);
/* NULL is allowed. The modules that use it were freed before. */
void
identify_memory_free(struct identify_memory *m);

/* Ids of what we recognise ourselves; the library's and its custom ones are far below. */
#define IDENTIFY_OURS 0x8000
enum {
	IDENTIFY_TLCP = IDENTIFY_OURS + 1,
	IDENTIFY_OPCUA,
	IDENTIFY_BACNET,
	IDENTIFY_FINS,
	IDENTIFY_FOX
};

struct identify_config {
	uint32_t max_tcp_packets; /* with payload or not, per flow, before giving up; default 80 */
	uint32_t max_udp_packets; /* default 24 */
	bool nothing_of_ours;     /* nDPI alone */
	const char *protocols_file;     /* nDPI custom protocols, "" for none */
	const char *categories_file;    /* nDPI custom categories, "" for none */
	struct identify_memory *memory; /* shared with other workers behind `gate`; NULL: its own */
	const struct gate *gate;        /* NULL: nobody shares; outlives the module */
};

/* The answer so far, or the final one after identify_finish. Texts are owned by identify and live
 * as long as it or the flow. */
struct identify_result {
	char proto[64]; /* nDPI's "Master.App", "Unknown" */
	uint16_t master_id, app_id;
	const char *category;   /* "Web" */
	const char *confidence; /* "DPI", "Match by port", ... */
	const char *breed;      /* "Safe" ... */
	const char *engine;     /* "Wanglou" when our own recogniser said it, else NULL */
	const char
	    *hostname;  /* SNI, Host, query name; NULL when none; may hold any bytes but NUL */
	uint64_t risks; /* bit per risk */
	uint16_t risk_score, risk_score_client, risk_score_server;
	bool final;
};

struct identify_counters {
#define COUNTER_IDENTIFY(name, help) uint64_t name;
#include "probe/counters.def"
};

/* NULL with a sentence when nDPI cannot be set up (header and library differ, a file is bad). */
struct identify *
identify_new(const struct identify_config *config, struct err *e);

/* NULL is allowed. The flows' parts were freed before. */
void
identify_free(struct identify *d);

/*
 * Every packet that flow has put into f, once: given to the recognisers and nDPI until the answer
 * is final, and counted. Those with a wrong checksum are left out.
 */
void
identify_packet(struct identify *d, struct flow *f, const struct packet *p, enum dir dir);

/* The flow ends: guess if still unknown. After this the result is final. */
void
identify_finish(struct identify *d, struct flow *f);

/* Fill *out; proto "Unknown" when there is nothing. */
void
identify_result(const struct identify *d, const struct flow *f, struct identify_result *out);

/* Application and master ids, 0 when unknown; nDPI's, or IDENTIFY_ above; cheap, for l7's choice of
 * parser. */
void
identify_ids(const struct flow *f, uint16_t *master, uint16_t *app);

/* What nDPI says of one of its risks; texts are static. */
struct identify_risk {
	const char *name;
	const char *severity; /* "Low" ... "Severe" */
	uint16_t score;       /* both sides together */
};

/* Risk bit i (0..63): false when there is no such risk. */
bool
identify_risk(unsigned i, struct identify_risk *out);

/* Release the flow's state. */
void
identify_flow_free(struct identify *d, struct flow *f);

/* Counters since identify_new; valid as long as d. */
const struct identify_counters *
identify_count(const struct identify *d);

/* "4.2.0" */
const char *
identify_version(void);

#endif
