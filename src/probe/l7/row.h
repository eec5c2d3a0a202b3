/* SPDX-License-Identifier: Apache-2.0 */
/*
 * row: what a protocol is to l7.c, and what l7.c offers to the protocols. Inside src/probe/l7 only.
 *
 * A transaction belongs to its flow's state until it is said with L7_READY_EVENT; from then on to
 * the ready list, which gives it to row->release at the next l7_begin, or when its flow is freed
 * before that.
 */
#ifndef WANGLOU_PROBE_L7_ROW_H
#define WANGLOU_PROBE_L7_ROW_H

#include <stddef.h>
#include <string.h>

#include "bag.h"
#include "hold.h"
#include "probe/l7.h"
#include "probe/l7/parse.h"
#include "probe/l7_frame.h"

#define L7_ODD_MAX 32 /* anomalies kept for a packet; beyond, they are counted */

/* What a direction's first bytes are to a protocol. */
enum l7_guess { L7_NO, L7_MAYBE, L7_YES };

/* Besides bytes used, L7_MORE and L7_BAD, data() may say: */
#define L7_STOP (-3L) /* seen enough of both directions */
#define L7_FULL (-4L) /* a cap was reached: stop, counted */

struct l7_first {
	struct view data;
	const struct flow_key *key; /* ports are a weak hint, for first bytes that others share */
	enum dir dir;
	bool other;     /* the other direction's first bytes did not rule it out */
	uint64_t *mind; /* UDP: what a row may remember of this direction's datagram before; 0 */
};

struct l7_flow {
	uint64_t candidates; /* bit a row: not ruled out yet */
	uint8_t proto;       /* enum l7_proto */
	bool tcp;
	bool stopped;   /* no more bytes wanted */
	bool bad;       /* counted as failed */
	bool again;     /* what follows is another protocol (CONNECT, AUTH TLS): choose once more */
	uint8_t follow; /* with again: enum l7_proto that was agreed on (Upgrade: websocket) */
	uint8_t tries;  /* datagrams looked at while choosing */
	uint8_t first;  /* enum dir of the first bytes held while choosing */
	uint8_t heard;  /* bit a direction: bytes of it were given to the row */
	uint8_t ended;  /* bit a direction: it has ended */
	uint8_t other;  /* enum l7_proto that a direction speaks instead; L7_UNKNOWN: none */
	uint8_t other_dir;
	bool watched; /* see l7_watch */
	bool deaf;    /* the client's bytes were nobody's and are not given to the row */
	bool crowded; /* has too many transactions: said, and counted as an error of its parser */
	uint64_t next_id; /* of its transactions */
	struct hold held[2];
	void *state;                /* the row's, from its slab */
	struct l7_flow *before;     /* the protocol it was switched from */
	struct l7_file *files;      /* open ones */
	uint64_t mind[2];           /* see struct l7_first; RTP's */
	uint64_t end[2];            /* stream offset behind the last byte that came, by direction */
	struct l7_framing *framing; /* NULL: nothing was framed */
};

struct l7_row {
	const char *name; /* EVE's key, and the word in a rule's header */
	uint8_t proto;
	bool tcp, udp;
	bool waits;   /* may leave bytes until the other direction has gone on */
	bool answers; /* TCP: the server's first bytes are enough, whatever the client said */
	bool one_way; /* a record is one message: its sender is the event's source */
	size_t state_size, tx_size; /* objects of the row's slabs; 0 for none */
	size_t items_at;            /* of the state's struct l7_items, for l7_items_end/close */

	enum l7_guess (*probe)(const struct l7_first *first);
	/* Set up the zeroed state. False: out of memory or at a cap. NULL: nothing to do. */
	bool (*open)(struct l7 *l, struct l7_flow *lf);
	/*
	 * Bytes in order, held ones first. Returns bytes used (the rest comes again with more
	 * behind it) or one of the values above. With bytes used, lf->again may be set.
	 */
	long (*data)(struct l7 *l, struct l7_flow *lf, struct view data, enum dir dir);
	/* n bytes are missing before the next ones. False: cannot go on. NULL: never can. */
	bool (*lost)(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir);
	/* Direction `dir` ended (FIN, RST). NULL: no matter. */
	void (*end)(struct l7 *l, struct l7_flow *lf, enum dir dir);
	/* No more bytes will come: say what is open. NULL: nothing is. */
	void (*finish)(struct l7 *l, struct l7_flow *lf);
	/* A transaction said with L7_READY_EVENT is no longer looked at. NULL: scratch, nothing to
	 * do. */
	void (*release)(struct l7 *l, struct l7_flow *lf, const void *tx);
	/* Release what the state refers to (not itself). */
	void (*close)(struct l7 *l, struct l7_flow *lf);

	/* What signatures look at, as l7_tx_buffer and l7_tx_number; NULL: nothing. */
	bool (*buffer)(const void *tx, const struct l7_ask *ask, struct view *out);
	bool (*number)(const void *tx, const struct l7_ask *ask, uint64_t *out);
	void (*write)(const void *tx, struct jw *w);
	bool (*record)(const void *tx);         /* NULL: always */
	enum l7_login (*login)(const void *tx); /* NULL: never */
	/* What the server said to it, see l7_tx_answer; *out is zeroed. NULL: it does not say */
	bool (*answer)(const void *tx, struct l7_answered *out);
	void (*flow_write)(const void *state, struct jw *w); /* NULL: nothing */
	/* Is all that still comes encrypted, though the parser goes on? NULL: no */
	bool (*sealed)(const void *state);
};

#define L7_PROTOCOL(ENUM, name, counted) extern const struct l7_row l7_##name##_row;
#define L7_VARIANT(ENUM, name, event, counted) extern const struct l7_row l7_##name##_row;
#include "probe/l7/protocols.def"

struct l7_http; /* libhtp's configuration */
struct crypt_box;
struct tls_seen;
struct l7_web; /* what bodies of HTTP share */

/* What the row is given to parse. */
struct l7_fed {
	struct view data;
	struct view raw; /* the packet's own bytes, which stay */
	uint8_t *copy;   /* of data, as long as the packet; NULL: none yet */
	uint64_t end;    /* stream offset behind data */
	enum dir dir;
};

struct l7 {
	struct l7_config config;
	struct l7_counters count;
	struct hold_pool pool;
	struct scratch scratch;
	struct slab flows;
	uint64_t asked[2]; /* rows a flow may be of, as bits: of UDP, of TCP */
	uint64_t answers;  /* rows whose server tells by itself */
	struct slab states[L7_COUNT], txs[L7_COUNT];
	struct l7_tx *ready;
	struct l7_flow **owner; /* of ready[i]; NULL when its flow is gone */
	size_t ready_n, ready_room;
	struct l7_http *http;
	struct crypt_box *box;     /* opens QUIC's first packets */
	struct crypt_hash *prints; /* digests of a certificate */
	struct tls_seen *seen;     /* certificates met before; NULL: none yet */
	struct l7_web *web;
	struct bag_pool texts;
	struct l7_anomaly odd[L7_ODD_MAX];
	size_t odd_n;
	struct files *files;
	struct windows *windows; /* of this packet; NULL: none yet */
	struct frames *frames;   /* likewise; NULL: nobody wants any */
	struct slab framings;
	uint64_t framed;      /* bit a protocol: one of its frames is wanted */
	uint64_t frame_types; /* bit an enum l7_frame_type: wanted */
	struct l7_fed fed;
	uint64_t packet; /* l7_begin since l7_new */
	struct expects *expects;
	const struct l7_tx *around;       /* what carries the message that is being said */
	const struct l7_expect *expected; /* within open(): what announced this flow, or NULL */
	const struct flow *flow;          /* the packet's; within finish() its own */
	uint64_t now;                     /* packet clock, ns */
};

/* Say an anomaly of this flow's protocol; `event` is a constant with EVE's name, tx_id -1 for none.
 */
void
l7_odd(struct l7 *l, struct l7_flow *lf, const char *event, int64_t tx_id, enum dir dir);

/* One more record of this protocol in its counter. */
void
l7_counted(struct l7 *l, uint8_t proto);

/* A transaction became (more) ready with this packet. */
void
l7_say(struct l7 *l, struct l7_flow *lf, const struct l7_tx *tx);

/* A frame: where its first byte is, among the bytes that the row was given. */
struct l7_framed {
	uint8_t type; /* enum l7_frame_type */
	bool secret;  /* there is a password among it */
	const uint8_t *at;
	uint64_t length; /* L7_FRAME_OPEN: l7_frame_close will tell */
	int64_t tx_id;   /* -1: none, or not known yet */
};

/* src/probe/l7/frame.c */
void
l7_frame_say(struct l7 *l, struct l7_flow *lf, const struct l7_framed *like);
/* The open frame of this type ends before this byte. */
void
l7_frame_close(struct l7 *l, struct l7_flow *lf, uint8_t type, const uint8_t *end);

/* Are frames of the flow's protocol asked for? Else a row need not look for borders. */
static inline bool
l7_framed(const struct l7 *l, const struct l7_flow *lf)
{
	return l->framed >> lf->proto & 1;
}

/* One frame, when they are. */
static inline void
l7_frame(struct l7 *l, struct l7_flow *lf, uint8_t type, struct view at, int64_t tx_id)
{
	if (l7_framed(l, lf) && at.ptr)
		l7_frame_say(l, lf,
		    &(struct l7_framed){
			.type = type, .at = at.ptr, .length = at.len, .tx_id = tx_id });
}

/* Copy as much as there is room for. Returns bytes copied. */
static inline size_t
l7_keep(void *to, size_t room, struct view from)
{
	size_t n = from.len < room ? from.len : room;
	if (n)
		memcpy(to, from.ptr, n);
	return n;
}

/* The protocol the flow was switched from ("smtp" before its STARTTLS); NULL when it began with
 * this one. */
const char *
l7_from(const struct l7_flow *lf);

/* The row of a protocol; NULL for L7_UNKNOWN and L7_FAILED. */
const struct l7_row *
l7_row(uint8_t proto);

/* src/probe/l7/web/http.c: one configuration a worker. NULL when memory is out. */
struct l7_http *
l7_http_new(void);
void
l7_http_free(struct l7_http *h);

/* src/probe/l7/secure/ssh_row.c */
enum l7_login
l7_ssh_judge(const void *state, unsigned *tries);

#endif
