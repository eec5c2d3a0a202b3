/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame: what probe and collector say to each other; one ZeroMQ message is one frame.
 *
 *     +--------+---------+------+-------+--------+--------+------------------+
 *     | "WLFR" | version | type | flags | length | crc32c | payload (length) |   little endian
 *     |   4    |    1    |  1   |   2   |   4    |   4    |                  |
 *     +--------+---------+------+-------+--------+--------+------------------+
 *
 *     probe      HELLO ->                      BATCH -> BATCH ->         STATUS ->      BYE ->
 *     collector           <- WELCOME (acked,credit)     <- ACK (acked,credit)   <- ACK
 *
 * Pure: decoding gives views into the bytes, encoding appends to a buf. Documented with test
 * vectors for third parties in docs/protocol.md; numbers and layouts here are wire format.
 */
#ifndef WANGLOU_WIRE_FRAME_H
#define WANGLOU_WIRE_FRAME_H

#include <stdint.h>

#include "lib/buf.h"
#include "lib/cursor.h"
#include "wire/lane.h"

#define FRAME_VERSION_MIN 1
#define FRAME_VERSION_MAX 1
#define FRAME_HEADER 16
#define FRAME_MAX (2u << 20)     /* bytes of a whole frame */
#define FRAME_RAW_MAX (2u << 20) /* bytes of a batch's events before compression */
#define FRAME_EVENT_MAX (1u << 20)
#define FRAME_COUNT_MAX 65536 /* events in a batch */
#define FRAME_LANES 16 /* lanes a frame may speak of; those beyond LANE_COUNT are passed over */
#define FRAME_NAME 63
#define FRAME_SCHEMA 1 /* of the events: include/wire/event.def */

enum frame_type {
	FRAME_HELLO = 1,
	FRAME_WELCOME = 2,
	FRAME_BATCH = 3,
	FRAME_ACK = 4,
	FRAME_STATUS = 5,
	FRAME_ERROR = 6,
	FRAME_BYE = 7,
};

enum frame_codec { FRAME_CODEC_NONE = 0, FRAME_CODEC_ZSTD = 1 };

enum frame_error_code {
	FRAME_ERROR_BAD_FRAME = 1, /* could not be read: this connection is ignored from now on */
	FRAME_ERROR_VERSION = 2,   /* no version in common */
	FRAME_ERROR_ORIGIN = 3,    /* the origin does not belong to the key */
	FRAME_ERROR_NO_HELLO = 4,  /* say HELLO first */
	FRAME_ERROR_FULL = 5,      /* too many peers */
};

/* Why a probe says BYE. */
enum frame_bye_code {
	FRAME_BYE_ENDS = 0,     /* it ends for now */
	FRAME_BYE_FINISHED = 1, /* it sent all that it will ever have, as after a replay */
};

/* Probe to collector, first on each connection. */
struct frame_hello {
	uint16_t version_min, version_max;
	uint8_t origin[16];
	uint64_t epoch; /* of the spool: random, made with it */
	uint64_t clock; /* ns since 1970 */
	struct view name;
	uint32_t lanes;
	struct {
		uint64_t first; /* oldest number kept */
		uint64_t next;  /* number the next event will get */
		uint64_t acked; /* what the probe believes was acknowledged */
	} lane[FRAME_LANES];
};

/*
 * WELCOME and ACK. WELCOME means "go on behind `acked`, and forget what you sent since"; ACK only
 * reports. The sender may have up to `credit` bytes of BATCH frames of that lane unacknowledged; 0
 * means wait.
 */
struct frame_grant {
	uint16_t version;
	uint64_t clock; /* the collector's, ns since 1970 */
	uint64_t echo;  /* clock of the HELLO or STATUS answered; 0: none */
	uint32_t lanes;
	struct {
		uint64_t acked; /* all numbers up to and including this are safe here */
		uint64_t credit;
	} lane[FRAME_LANES];
};

/*
 * Events first .. first + count - 1 of a lane. They follow number `after`; when first > after + 1,
 * the numbers between are gone at the sender, and covered by a gap record of its own if
 * FRAME_HOLE_COVERED is set. A batch with count 0 tells of such a hole only.
 */
#define FRAME_HOLE_COVERED 1u

struct frame_batch {
	uint16_t flags;
	uint8_t origin[16];
	uint64_t epoch;
	uint8_t lane;
	uint8_t codec;
	uint16_t schema;
	uint32_t count;
	uint64_t first;
	uint64_t after;
	int64_t clock_offset; /* ns to add to the probe's clock to get the collector's */
	uint32_t raw_len;     /* of the events before compression */
	struct view body;
};

/* Probe to collector, every few seconds; the collector answers with ACK. */
struct frame_status {
	uint64_t clock;
	uint32_t lanes;
	struct {
		uint64_t next;
		uint64_t acked;
		uint64_t bytes; /* waiting on disk, about */
	} lane[FRAME_LANES];
	struct view json; /* loss counters, a JSON object; may be empty */
};

struct frame_error {
	uint16_t code;
	struct view text; /* for people */
};

struct frame {
	uint8_t version;
	uint8_t type;
	union {
		struct frame_hello hello;
		struct frame_grant grant; /* WELCOME, ACK */
		struct frame_batch batch;
		struct frame_status status;
		struct frame_error error; /* ERROR; BYE has code and text too */
	};
};

/*
 * Check and take apart one frame. Returns 0, or -1 when it is not a frame of a version and type
 * known here, or breaks a limit above. Unknown bytes at the end of a payload are passed over (a
 * later minor addition).
 */
int
frame_decode(struct view bytes, struct frame *out);

/* Append one frame. The caller keeps to the limits above (asserted); check out->failed at the end.
 */
void
frame_hello(struct buf *out, const struct frame_hello *h);
void
frame_welcome(struct buf *out, const struct frame_grant *g);
void
frame_ack(struct buf *out, const struct frame_grant *g);
void
frame_batch(struct buf *out, const struct frame_batch *b);
void
frame_status(struct buf *out, const struct frame_status *s);
void
frame_error(struct buf *out, enum frame_error_code code, const char *text);
void
frame_bye(struct buf *out, enum frame_bye_code code, const char *text);

/* ---- the events in a batch's body, once it is unpacked ---- */

struct frame_event {
	uint64_t ts; /* ns since 1970, packet clock */
	struct view json;
};

/* Append one event: u32 length of what follows, u64 ts, JSON. */
void
frame_event_put(struct buf *out, uint64_t ts, struct view json);

/* Take the next event: 1, 0 at the end, -1 when the bytes are damaged. */
int
frame_event_next(struct cursor *c, struct frame_event *out);

#endif
