/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_tx: a transaction, and what signatures look at in it. The types are l7's (probe/l7.h); the two
 * tables are include/probe/l7/buffers.def and numbers.def.
 */
#ifndef WANGLOU_PROBE_L7_TX_H
#define WANGLOU_PROBE_L7_TX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "lib/scratch.h"
#include "probe/packet.h"

enum l7_proto {
	L7_UNKNOWN,
#define L7_PROTOCOL(ENUM, name, counted) L7_##ENUM,
#define L7_VARIANT(ENUM, name, event, counted) L7_##ENUM,
#include "probe/l7/protocols.def"
	L7_COUNT,
	L7_FAILED = 255
};

/* tx.ready: what became available with this packet; tx.has: that and what was before */
#define L7_READY_REQUEST 0x01  /* client's side (request headers, query, ClientHello) */
#define L7_READY_RESPONSE 0x02 /* server's side can be matched */
#define L7_READY_EVENT 0x04    /* complete: write the record; said once */
/* More of a body or file that goes to the server, to the client: said each time it is worth a look,
 * see l7_window. */
#define L7_READY_TO_SERVER 0x08
#define L7_READY_TO_CLIENT 0x10
/* What a side says later in the same transaction: its certificates, its list of algorithms. */
#define L7_READY_REQUEST_LATER 0x20
#define L7_READY_RESPONSE_LATER 0x40
/* In the tables: each time a rule names it, it asks for an instance of its own. */
#define L7_MULTI 0x80
/* All that speak of the client's side, of the server's. */
#define L7_READY_UP (L7_READY_REQUEST | L7_READY_TO_SERVER | L7_READY_REQUEST_LATER)
#define L7_READY_DOWN (L7_READY_RESPONSE | L7_READY_TO_CLIENT | L7_READY_RESPONSE_LATER)

/* What rules look for, that is not kept or put together for nobody (l7_want). */
#define L7_WANT_REQUEST_BODY 0x01
#define L7_WANT_RESPONSE_BODY 0x02
#define L7_WANT_FILE_DATA 0x04
#define L7_WANT_FILES 0x08 /* that a file began and ended, its name and size */
#define L7_WANT_MAGIC 0x10
#define L7_WANT_RAW_HEADERS 0x20
#define L7_WANT_FRAMES 0x40 /* what frames of HTTP/2 a transaction has */

struct l7_file;

/* l7_window.of: what its bytes are; HEAD: there is a file, whatever its bytes */
#define L7_WINDOW_BODY 0x01
#define L7_WINDOW_FILE 0x02
#define L7_WINDOW_HEAD 0x04

/* A piece of a body or file that signatures look at: new bytes with what came before, to a cap. */
struct l7_window {
	const struct l7_file *file; /* NULL: a body that is not followed as a file */
	struct view data;
	uint64_t at; /* offset of data's first byte in the file */
	size_t old;  /* bytes of data that were said before */
	uint8_t of;  /* L7_WINDOW_ bits */
	uint8_t dir; /* enum dir the bytes go */
	bool last;   /* nothing comes behind it */
};

/*
 * One transaction: an HTTP request and its response, a DNS message, a TLS handshake, an SSH
 * greeting, an FTP command and its reply. Valid until l7_begin of the next packet, or until its
 * flow is freed.
 */
struct l7_tx {
	uint8_t proto; /* enum l7_proto */
	uint8_t ready, has;
	uint8_t dir;   /* of the bytes that made it ready */
	uint32_t pair; /* what a question and its answer have in common (DNS's id + 1); 0: none */
	uint64_t id;   /* 0.. within the flow */
	const void *data; /* the protocol's own struct, read through the functions below */
	const struct l7_tx *around;     /* DNS in HTTP: what carried it; as long as the packet */
	const struct l7_window *window; /* of this packet */
	uint16_t window_n;
};

/* A set of protocols: bits (1 << enum l7_proto). */
#define L7_SET(ENUM) ((uint64_t)1 << L7_##ENUM)

/* Buffers that signatures look into: the table include/probe/l7/buffers.def. */
enum l7_buffer {
#define L7_BUFFER(ENUM, name, sticky, modifier, protos, when) L7_BUF_##ENUM,
#include "probe/l7/buffers.def"
	L7_BUF_COUNT
};

/* Numbers that signatures compare: the table include/probe/l7/numbers.def. */
enum l7_number {
#define L7_NUMBER(ENUM, name, old, bits, words, protos, when) L7_NUM_##ENUM,
#include "probe/l7/numbers.def"
	L7_NUM_COUNT
};

/* A word that stands for a number in a rule ("refused" for 3); lists end with NULL. */
struct l7_word {
	const char *name;
	uint64_t value;
};

struct l7_buffer_row {
	const char *name;     /* "http.uri" */
	const char *sticky;   /* older name of the same: "dns_query", or NULL */
	const char *modifier; /* content modifier of old rules: "http_uri", or NULL */
	uint64_t protos;      /* L7_SET */
	uint8_t when;         /* L7_READY_ bits that say that it is there */
};

struct l7_number_row {
	const char *name;
	const char *old;             /* older name, or NULL */
	uint8_t bits;                /* 8, 16, 32 or 64 */
	const struct l7_word *words; /* NULL: none */
	uint64_t protos;
	uint8_t when;
};

/* Which buffer or number of a transaction, which side's, and the how manieth of it. */
struct l7_ask {
	uint8_t what; /* enum l7_buffer or enum l7_number */
	uint8_t dir;  /* enum dir: the side asked about */
	uint16_t i;   /* 0.. */
	struct scratch
	    *scratch; /* for what must be put together first; lives as long as the packet */
};

/*
 * View of a buffer of this transaction; false when it has none, or no more of it. The view may be
 * empty, lives as long as the transaction or the scratch.
 */
bool
l7_tx_buffer(const struct l7_tx *tx, const struct l7_ask *ask, struct view *out);
/* The same for a number. */
bool
l7_tx_number(const struct l7_tx *tx, const struct l7_ask *ask, uint64_t *out);
/* What must be wanted (L7_WANT_) for a buffer to be there; 0: nothing. */
unsigned
l7_buffer_wants(enum l7_buffer b);
unsigned
l7_number_wants(enum l7_number n);
/* Rows of the two tables; NULL behind their end. */
const struct l7_buffer_row *
l7_buffer_row(enum l7_buffer b);
const struct l7_number_row *
l7_number_row(enum l7_number n);
/* Names of what goes against a protocol: the table include/probe/l7/events.def. */
enum l7_told {
	L7_TOLD_NO,   /* no such name */
	L7_TOLD_ELSE, /* known, but said by nothing here */
	L7_TOLD_HERE
};
/* What the table has of a name (in any case) for a set of protocols (L7_SET; 0: choosing one). */
enum l7_told
l7_event_told(uint64_t protos, struct view name);
/* The i-th of the names of these protocols (0: of choosing one); NULL: another's. False behind the
 * last of all. */
bool
l7_event_name(size_t i, uint64_t protos, const char **name);
/* The side of a transaction that a L7_READY_ bit speaks of. */
static inline enum dir
l7_side(uint8_t ready)
{
	return ready & L7_READY_DOWN ? DIR_TO_CLIENT : DIR_TO_SERVER;
}
/* Protocols (of the set) that run over TCP, over UDP. */
uint64_t
l7_over(uint64_t protos, bool tcp);

#endif
