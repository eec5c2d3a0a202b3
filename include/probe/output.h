/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output: say it. Events as EVE-compatible JSON lines, to a file or stdout and to the spool.
 *
 * Two halves. `output` makes lines: it reads packets, flows, transactions, alerts and counters and
 * hands each finished line on; every worker has its own. `writer` takes lines to the event file and
 * the spool; what they cannot take is counted and covered by a gap record once they can write
 * again. There is one. Each is used by one thread at a time.
 */
#ifndef WANGLOU_PROBE_OUTPUT_H
#define WANGLOU_PROBE_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "probe/alert.h"
#include "probe/callback.h"
#include "probe/capture.h"
#include "probe/decode.h"
#include "probe/evidence.h"
#include "probe/flow.h"
#include "probe/identify.h"
#include "probe/l7.h"
#include "probe/l7_frame.h"
#include "probe/learn.h"
#include "probe/links.h"
#include "probe/match.h"
#include "probe/notice.h"
#include "probe/packet.h"
#include "probe/ring.h"
#include "probe/verdict.h"

struct output;
struct writer;
struct spool;

/* A finished line of JSON without its newline; `type` is what writer_line wants, ts its event's
 * time in ns. The bytes are the caller's again when it returns. */
typedef void (*output_line_fn)(
    void *context, uint8_t type, const void *line, size_t n, uint64_t ts);

struct output_config {
	bool live; /* events name in_iface; else pcap_cnt and pcap_filename */
	const char *probe_name;
	bool ipv6_full, community_id;
	bool references;                    /* alerts name them */
	bool wait_ack;                      /* an anomaly of a parser is its packet's, as in EVE */
	bool unknown_flows;                 /* write records of flows nDPI could not name */
	const struct conf_list *types;      /* event types wanted; alert and gap always are */
	const struct conf_list *anomalies;  /* their types wanted; NULL: all */
	const struct conf_list *alert_with; /* payload, payload-printable, packet; NULL: none */
	const struct conf_map *profile; /* event type: how much of it (output.profile); NULL: all */
	bool frames;                    /* events of frames, too */
	unsigned workers;               /* that share its rates */
	const struct learn *learn;      /* NULL: none */
	const struct links *links;      /* live; NULL: none */
	const struct identify *identify; /* NULL: none; may be set later */
	bool mask_names, mask_numbers;   /* secrets in texts are replaced, see lib/mask.h */
	const char *mask_key;            /* file of the key; "": none */
	output_line_fn line;
	void *context;
};

struct writer_config {
	const char *file; /* path, "-" for stdout, "" for none */
	bool append;      /* live: go on in the file; replay: begin it anew */
	const char *probe_name;
	struct spool *spool; /* NULL: none; borrowed */
};

/* Where an event happened. */
struct output_scene {
	const struct packet *packet;   /* NULL at the end of a flow */
	const struct flow *flow;       /* NULL without one */
	enum dir dir;                  /* of the packet */
	const char *source;            /* interface or file */
	const struct l7_carried *file; /* files that ended with the packet */
	size_t file_n;
	struct match *match; /* asked what rules left at the flow; NULL: nothing */
};

struct output_counters {
#define COUNTER_OUTPUT(name, help) uint64_t name;
#include "probe/counters.def"
};

/* Counters of every stage, for the stats event. NULL members are shown as zeros. */
struct output_stats {
	uint64_t uptime; /* seconds */
	const struct capture_stats *capture;
	const struct ring_counters *ring; /* NULL: no ring, not shown */
	const struct decode_counters *decoder;
	const struct flow_counters *flow;
	const struct identify_counters *identify;
	const struct l7_counters *l7;
	const struct match_counters *match;
	const struct notice_counters *notice;
	const struct output_counters *output;
	uint64_t pressure, pressure_max; /* percent of its cap that the fullest table takes */
};

/* NULL with a sentence when a type is unknown. The config's strings must outlive it. */
struct output *
output_new(const struct output_config *config, struct err *e);

/* NULL is allowed. */
void
output_free(struct output *o);

/* The nDPI module changed (a new capture file). */
void
output_set_identify(struct output *o, const struct identify *d);
/* The knowledge base was reloaded. */
void
output_set_learn(struct output *o, const struct learn *l);

/* The number of the nth alert of a packet (or of what notice found at once): from content only. */
uint64_t
output_alert_id(const struct output_scene *s, const struct alert *a, unsigned nth);

/* What an alert says of what it was found in, as JSON, one behind the other; for an alert that is
 * written when that is gone. */
struct alert_parts {
	struct buf text;
	size_t match, context, files, tx; /* where each ends in it */
	bool framed;                      /* with the transaction stands a frame */
};

/* Make them; parts->text was made by buf_init. False: too large. */
bool
output_alert_parts(struct output *o, const struct output_scene *s, const struct alert *a,
    struct alert_parts *parts);

/* Make one event and hand it on; nothing is kept of the arguments. */
void
output_alert(struct output *o, const struct output_scene *s, const struct alert *a);
void
output_tx(struct output *o, const struct output_scene *s, const struct l7_tx *tx);
/* Are frames written? Then l7 must be asked for them. */
bool
output_wants_frames(const struct output *o);
void
output_frame(struct output *o, const struct output_scene *s, const struct l7_frame *f);
void
output_file(struct output *o, const struct output_scene *s, const struct l7_carried *c);
void
output_anomaly(struct output *o, const struct output_scene *s, const struct l7_anomaly *a);
/* What decode found odd in the packet, and what became odd in the flow's streams (flow_odd). */
void
output_odd_packet(struct output *o, const struct output_scene *s);
void
output_odd_stream(struct output *o, const struct output_scene *s, uint16_t odd);
/* A packet that a rule asked for (tag). */
void
output_packet(struct output *o, const struct output_scene *s);
void
output_flow(struct output *o, const struct output_scene *s);
/* The packets around alerts of the scene's flow were kept. */
void
output_evidence(struct output *o, const struct output_scene *s, const struct evidence_case *c);
/* What was found out about an alert of the scene's flow that was written before; and by what its
 * victim did on another flow (scene: where that was seen). */
void
output_verdict(struct output *o, const struct output_scene *s, const struct verdict_said *said);
void
output_callback(struct output *o, const struct output_scene *s, const struct callback_said *said);
void
output_stats(struct output *o, uint64_t ts, const struct output_stats *s);

/* A link's state changed. */
void
output_link(struct output *o, uint64_t ts, const struct links_report *r);

/* Events too large to be made, and those their profile held back, since output_new. */
uint64_t
output_failed(const struct output *o);
uint64_t
output_held_back(const struct output *o);

/* Secrets replaced in its lines, since output_new. */
uint64_t
output_masked(const struct output *o);

/* NULL with a sentence when the file cannot be opened. */
struct writer *
writer_new(const struct writer_config *config, struct err *e);

/* Flush and close. Returns 0, or -1 when something could not be written (said once on stderr). NULL
 * is allowed. */
int
writer_close(struct writer *w);

/* Take one line to file and spool; an output_line_fn whose context is the writer. */
void
writer_line(void *writer, uint8_t type, const void *line, size_t n, uint64_t ts);

/* Hand what waits to the kernel if `now` (ns, any monotonic clock) says it is time; force does it
 * at once. */
void
writer_flush(struct writer *w, uint64_t now, bool force);

/* Open the file again by name (it was rotated). */
void
writer_reopen(struct writer *w);

/* Counters since writer_new, without alert_overflow and bad_lists, which are not its own; valid as
 * long as w. */
const struct output_counters *
writer_count(const struct writer *w);

#endif
