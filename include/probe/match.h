/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match: is it known bad? Suricata-compatible signatures.
 *
 * parse -> check -> group -> compile (Vectorscan) -> prefilter -> verify. The rule set is read-only
 * and shared; a matcher belongs to one worker. Only appends alerts. Vectorscan is fenced behind
 * src/probe/match/mpm.c, PCRE2 behind src/probe/match/pcre.c. Source: Suricata's public rule
 * documentation (docs.suricata.io), behaviour learned by running it.
 */
#ifndef WANGLOU_PROBE_MATCH_H
#define WANGLOU_PROBE_MATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/conf.h"
#include "lib/err.h"
#include "probe/alert.h"
#include "probe/flow.h"
#include "probe/gate.h"
#include "probe/l7.h"
#include "probe/match_told.h"
#include "probe/packet.h"

/* One thing wrong in a rule file. */
struct match_problem {
	const char *file;
	uint32_t line, column; /* 1.. */
	uint32_t sid;          /* 0 when not read yet */
	const char *reason;
	const char *hint; /* NULL when there is none */
	const char *text; /* the rule's line, for a caret */
};

typedef void (*match_problem_fn)(void *context, const struct match_problem *p);
struct match_manage;
struct match_share;

struct match_text { /* a file in memory */
	const char *name;
	struct view text;
};

/* What lists say of addresses, for iprep. */
struct match_reputation_files {
	const char *categories; /* a file; NULL or "": none */
	const char *const *file;
	size_t n;
	const char *dir; /* of files without one */
	uint64_t most;   /* entries */
};

struct match_load {
	const char *const *files; /* paths of rule files */
	size_t file_n;
	const char *classification_file;                 /* "" for built-in classes only */
	const struct conf_map *address_vars, *port_vars; /* HOME_NET -> "[10.0.0.0/8,...]" */
	const char *cache_dir; /* of compiled databases; NULL or "": none */
	/* sets of values: where those that learn live (NULL: with the rules), what the settings say
	 * of them (or NULL), and the folder of their files ("" or NULL: nothing is saved) */
	struct match_datasets *datasets;
	const struct conf_map *dataset_sets;
	const char *dataset_dir;
	match_problem_fn problem; /* called for each rule that cannot be loaded, each missing file;
				     may be NULL */
	void *context;
	match_told_fn told; /* each rule as it was read, disabled ones too; may be NULL */
	bool read_only;     /* nothing is compiled: the set can only be freed */
	const struct match_text *text; /* files that are in memory, read behind the others */
	size_t text_n;
	const struct match_text *data; /* what rules in them may load: datasets, lists of digests */
	size_t data_n;
	struct view classes;         /* a classification.config in memory; ptr NULL: none */
	struct match_manage *manage; /* what a site changes in rules; NULL: nothing */
	const char *threshold_file;  /* threshold.config; NULL or "": none */
	struct match_reputation_files reputation;
	struct match_share *share; /* of expressions (match_share.h); NULL: the set has its own */
	const atomic_bool *stop;   /* true: give up; NULL: never */
};

struct match_summary {
	uint32_t files, unreadable_files, rules, loaded, failed, disabled;
	uint32_t skipped;               /* for what they require is not there */
	uint32_t limits, limits_failed; /* lines of the threshold file */
	/* entries of reputation, wrong lines, entries beyond the most */
	uint32_t reputations, reputations_failed, reputations_capped;
	/* databases found in the cache, made anew, and of these not written */
	uint32_t cache_found, cache_made, cache_failed;
	struct err cache_untrusted; /* why the cache was not used; "" for no reason */
};

struct identify;
struct learn;
struct match_rules;
struct match_rates;
struct match_datasets;

/* Where sets of values live that rules learn; it outlives all rule sets. NULL when memory is out.
 */
struct match_datasets *
match_datasets_new(struct hash_key seed);
/* NULL is allowed. */
void
match_datasets_free(struct match_datasets *all);
/* Write those that changed to their files, each by renaming; any thread. */
void
match_datasets_save(struct match_datasets *all);

/* Load and compile. Bad rules are reported and skipped. NULL only when nothing can work, or told to
 * stop. */
struct match_rules *
match_rules_load(const struct match_load *load, struct match_summary *summary, struct err *e);
void
match_rules_free(struct match_rules *r);
/* What its rules look for that l7 must be asked for: L7_WANT_ bits, and kinds of digests (bits 1 <<
 * enum crypt_kind). NULL is allowed. */
unsigned
match_rules_want(const struct match_rules *r);
unsigned
match_rules_digests(const struct match_rules *r);
/* Do they ask what is odd about TCP segments (flow_watch)? */
bool
match_rules_segments(const struct match_rules *r);

/* Types of frames its rules look into, a set. NULL is allowed. */
uint64_t
match_rules_frames(const struct match_rules *r);
/* Is it one of HOME_NET? False when that is any. NULL is allowed. */
bool
match_rules_home(const struct match_rules *r, const struct addr *a, uint8_t ver);
struct match_config {
	uint64_t max_flow_state;   /* flows with flowbits or stream tails */
	uint64_t max_thresholds;   /* tracked (rule, address) pairs */
	uint32_t stream_tail;      /* bytes kept so that patterns across chunks are seen */
	struct hash_key seed;      /* HASH_KEY_FIXED in replay, random when live */
	struct match_rates *rates; /* shared with other workers behind `gate`; NULL: its own */
	const struct gate *gate;   /* NULL: nobody shares; outlives the matcher */
};

struct match_counters {
#define COUNTER_MATCH(name, help) uint64_t name;
#include "probe/counters.def"
};

struct match;

/* Threshold states for several matchers; NULL when memory is out. */
struct match_rates *
match_rates_new(uint64_t cap, struct hash_key seed);
/* NULL is allowed. */
void
match_rates_free(struct match_rates *t);
/* Another capture follows, whose times may lie before those counted: a time before a span's
 * beginning counts as within it. */
void
match_rates_carried(struct match_rates *t);

/* The config is copied; the rules outlive their use (match_swap). NULL when memory is out. */
struct match *
match_new(const struct match_config *config, const struct match_rules *rules);
void
match_free(struct match *m);

/* Whom rules ask what is known of addresses and flows; NULL each: nothing is. Copied; they outlive
 * their use, or the next call. Between packets. */
struct match_known {
	const struct learn *learn;
	const struct identify *identify;
};
void
match_know(struct match *m, const struct match_known *known);

/* Swap the rule set between packets; the old one may then be freed. Flowbits stay by name. */
void
match_swap(struct match *m, const struct match_rules *rules);

/* What happened with a packet besides its bytes; rules on events ask for it. */
struct match_seen {
	uint16_t stream_odd;          /* bits of enum odd_stream */
	const struct l7_anomaly *odd; /* what l7 found */
	size_t odd_n;
	bool sealed;                  /* TCP: what both sides say is encrypted */
	const struct l7_frame *frame; /* to be looked at */
	size_t frame_n;
	uint64_t segment_odd; /* bits of enum odd_segment */
	bool bypass;          /* nothing more of the flow is to be looked at */
};
/* To be said before match_packet or match_ending, and good for that one call. Copied. */
void
match_saw(struct match *m, const struct match_seen *seen);

/*
 * Look at one packet: its header and payload, the in-order chunks that came with it, and the
 * transactions it made ready. Packets with a wrong checksum and those that are no datagram are only
 * shown to rules that ask for such. f is NULL for packets without a flow. Alerts go to *out in
 * order of priority, then sid.
 */
void
match_packet(struct match *m, const struct packet *p, struct flow *f, enum dir dir,
    const struct flow_chunk *chunks, size_t chunk_n, const struct l7_tx *txs, size_t tx_n,
    struct alert_list *out);

/* What rules left at the flow (NULL: none), and for the packet at hand; NULL for nothing. Valid
 * until m is used again. */
struct match_said;
const struct match_said *
match_said(struct match *m, const struct flow *f);

/* Did a rule ask (tag) for the packet that match_packet saw last? */
bool
match_tagged(const struct match *m);

/* What the end of a flow brought out. */
struct match_rest {
	const struct flow_chunk *chunk; /* what was held back of its streams */
	size_t chunk_n;
	const struct l7_tx *tx; /* transactions that are ready now */
	size_t tx_n;
};

/*
 * A flow ends. p stands for it, from client to server, and has nothing of its own: only rules that
 * look at streams and transactions are asked. Alerts go to *out as by match_packet.
 */
void
match_ending(struct match *m, const struct packet *p, struct flow *f, const struct match_rest *rest,
    struct alert_list *out);

/* What rules decided about a flow, or flow.policy for them. */
#define MATCH_FATE_BYPASSED 0x01
#define MATCH_FATE_DROPPED 0x02 /* would have been */
#define MATCH_FATE_PASSED 0x04
uint8_t
match_fate(const struct flow *f);
/* Is the transaction not to be recorded (`config` rules)? The answer to a question of DNS that is
 * not is not, either. */
bool
match_hushed(const struct flow *f, const struct l7_tx *tx);

/* Release what match has at the flow; also when it has nothing. */
void
match_flow_free(struct match *m, struct flow *f);

/* Counters since match_new; valid as long as m. */
const struct match_counters *
match_count(const struct match *m);

#endif
