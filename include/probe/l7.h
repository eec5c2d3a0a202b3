/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7: what does it say? One pure parser a protocol, one row each in a table.
 *
 * Takes stream chunks (TCP) and datagrams (UDP); gives transactions. Chooses the parser by looking
 * at the first bytes, never by port alone. Owns per-flow parser state within caps. libhtp is fenced
 * behind src/probe/l7/web/http.c. One thread.
 */
#ifndef WANGLOU_PROBE_L7_H
#define WANGLOU_PROBE_L7_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "lib/err.h"
#include "lib/jw.h"
#include "probe/flow.h"
#include "probe/l7_tx.h"
#include "probe/packet.h"

/* Outcome of a login attempt that a parser saw, for behaviour detection. */
enum l7_login { L7_LOGIN_NONE, L7_LOGIN_TRY, L7_LOGIN_FAIL, L7_LOGIN_OK };

/* Which files libmagic is asked about. */
enum l7_types { L7_TYPES_NONE, L7_TYPES_NOTABLE, L7_TYPES_BINARY, L7_TYPES_ALL };

struct l7_config {
	uint64_t max_buffer;      /* bytes held per direction waiting for more */
	uint64_t max_state;       /* flows with parser state */
	uint32_t max_tx_per_flow; /* live transactions */
	uint64_t body_limit;      /* HTTP body bytes looked at per message */
	uint64_t max_held;        /* bytes held of all flows; 0: no cap beside those of flows */
	uint64_t max_text;   /* bytes of text held for open transactions and files, all flows */
	uint64_t max_files;  /* files followed at once */
	uint64_t file_limit; /* bytes of a file looked at; 0: all */
	uint64_t off;        /* bit (1 << enum l7_proto): not looked for */
	unsigned digests;    /* of files: bits (1 << enum crypt_kind) */
	int file_types;      /* enum l7_types */
	unsigned wanted;     /* L7_WANT_ bits */
};

/* Where files are kept. */
struct l7_store {
	const char *dir;
	uint64_t quota; /* bytes in the folder at most, this worker's part */
	uint64_t max;   /* bytes of one file */
	unsigned worker;
};

struct l7_counters {
#define COUNTER_L7(name, help) uint64_t name;
#include "probe/counters.def"
	/* by enum l7_proto and whether over TCP: flows that speak it, those whose parsing ended
	 * early, records, and (in [0]) bytes of states and transactions that are there now */
	struct l7_proto_counters {
		uint64_t flows, gap, parser, alloc, tx, memory;
	} of[L7_COUNT][2];
};

struct l7;

/* The config is copied. NULL when memory is out. */
struct l7 *
l7_new(const struct l7_config *config);
void
l7_free(struct l7 *l);

/* Whole files are kept in a folder from now on (src/probe/l7/store.h). -1 with a sentence. Once,
 * after l7_new, before the sandbox. */
int
l7_store_open(struct l7 *l, const struct l7_store *config, struct err *e);

/* Files that begin from now on have digests of these kinds too (bits, see l7_config): what a rule
 * or a list of known files asks for. Between packets. */
void
l7_digests_want(struct l7 *l, unsigned kinds);

/* What the rule set in force looks for (L7_WANT_ bits) beside what is always there: what begins
 * from now on has it. Between packets. */
void
l7_want(struct l7 *l, unsigned what);

/* The number of a protocol by its name; L7_UNKNOWN when there is none of it. */
uint8_t
l7_proto_number(const char *name);

/* A new packet: forget the transactions of the one before (finished ones are released). */
void
l7_begin(struct l7 *l);

/* In-order TCP bytes. */
void
l7_chunk(struct l7 *l, struct flow *f, const struct packet *p, const struct flow_chunk *c);

/* A UDP datagram's payload. */
void
l7_datagram(struct l7 *l, struct flow *f, const struct packet *p, enum dir dir);

/* The flow ends: open transactions become ready for their record (p may be NULL). */
void
l7_finish(struct l7 *l, struct flow *f);

/* Release what l7 has at the flow; also when it has nothing. */
void
l7_flow_free(struct l7 *l, struct flow *f);

/* Transactions made ready since l7_begin; *n of them. */
const struct l7_tx *
l7_ready(struct l7 *l, size_t *n);

/* Something a protocol does not allow, or that hides things; EVE's anomaly of type applayer. */
struct l7_anomaly {
	const char *event; /* EVE's name, a constant */
	uint8_t proto;     /* enum l7_proto; L7_UNKNOWN: of choosing the protocol */
	uint8_t dir;
	int64_t tx_id; /* within the flow; -1: of none */
};

/* Are there anomalies or files since l7_begin? */
bool
l7_found(const struct l7 *l);
/* Anomalies since l7_begin; *n of them. */
const struct l7_anomaly *
l7_anomalies(const struct l7 *l, size_t *n);

/*
 * A file that a transaction carried, complete or given up. Valid as a struct l7_tx is. `tx` is the
 * transaction that carried it; its data is NULL when there is none any more.
 */
struct l7_carried {
	const struct l7_file *file;
	struct l7_tx tx;
};

/* Files that ended since l7_begin; *n of them. */
const struct l7_carried *
l7_files(const struct l7 *l, size_t *n);

/*
 * Append the files of a transaction to an array: those under way, and of the n that ended with this
 * packet. Returns how many.
 */
size_t
l7_files_write(
    const struct flow *f, const struct l7_carried *done, size_t n, uint64_t tx_id, struct jw *w);

/* Write the EVE object "fileinfo":{...}: key and value. */
void
l7_file_write(const struct l7_carried *c, struct jw *w);

/* Has the flow's parser read both sides up to where they are encrypted for good? */
bool
l7_sealed(const struct flow *f);
/* The same, or its parser only counts what is encrypted (SSH, until the login is told). */
bool
l7_encrypted(const struct flow *f);

/* Parser of the flow (enum l7_proto), and its EVE name: "http", "dns", "tls", "ssh", "ftp",
 * "failed", or NULL if unknown. */
uint8_t
l7_proto(const struct flow *f);
const char *
l7_proto_name(uint8_t proto);

/* The protocol it was switched from, and what one direction speaks when it is another one than the
 * other; NULL each when there is none. */
void
l7_proto_more(
    const struct flow *f, const char **orig, const char **to_server, const char **to_client);

/*
 * Write the EVE object of the transaction ("http":{...}, "dns":{...}, "tls":{...}, "ssh":{...},
 * "ftp":{...}): key and value. Secrets are never in it (passwords, cookies, authorisation headers).
 */
void
l7_tx_write(const struct l7_tx *tx, struct jw *w);

/* True when the transaction is worth a record of its own in the configured profile. */
bool
l7_tx_record(const struct l7_tx *tx);

/* True when its record stands for one message, and that came from the server: EVE puts the sender
 * first there. */
bool
l7_tx_from_server(const struct l7_tx *tx);

/* What this transaction says about a login; *kind gets "ftp" or "http". SSH is judged from the
 * flow, see notice. */
enum l7_login
l7_tx_login(const struct l7_tx *tx, const char **kind);

/* What a server said to a transaction: did it do it? */
enum l7_answer { L7_ANSWER_NONE, L7_ANSWER_DONE, L7_ANSWER_REFUSED };
#define L7_ANSWER_ADDRS 4
struct l7_answered {
	uint8_t is;       /* enum l7_answer */
	uint32_t code;    /* of its protocol */
	const char *name; /* the protocol's word for the code, a constant; NULL: none */
	struct addr addr[L7_ANSWER_ADDRS]; /* that a name was resolved to */
	uint8_t addr_ver[L7_ANSWER_ADDRS], addr_n;
};
/* False: the protocol does not say, or no answer has come yet. */
bool
l7_tx_answer(const struct l7_tx *tx, struct l7_answered *out);

/* Responses of HTTP on this flow are to be looked at, whatever rules want; from the next one on. */
void
l7_watch(struct flow *f);

/* Transactions begun so far, of all protocols the flow spoke; 0 when none was recognised. */
uint64_t
l7_tx_count(const struct flow *f);

/* Anything the flow knows that belongs into its alerts and flow record (hostname and so on); may
 * write nothing. */
void
l7_flow_write(const struct flow *f, struct jw *w);

/*
 * SSH only: whether the server's answers after the key exchange look like authentication failed or
 * succeeded (sizes only; RFC 4252). *tries gets the passwords or keys tried, the accepted one
 * included; asking with method "none" is no try. L7_LOGIN_TRY: one was sent, the answer was not
 * seen; L7_LOGIN_NONE: none was, or it cannot be told. Ask once, when the flow ends.
 */
enum l7_login
l7_ssh_outcome(const struct flow *f, unsigned *tries);

/* Counters since l7_new; valid as long as l. */
const struct l7_counters *
l7_count(struct l7 *l);

#endif
