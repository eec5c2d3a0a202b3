/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_enip: EtherNet/IP encapsulation and the Common Industrial Protocol in it (ODVA, CIP Networks
 * Library, volumes 1 and 2; the tag services of Rockwell's "Logix 5000 data access").
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_ENIP_H
#define WANGLOU_PROBE_L7_ENIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

#define ENIP_NOP 0x00
#define ENIP_LIST_SERVICES 0x04
#define ENIP_LIST_IDENTITY 0x63
#define ENIP_LIST_INTERFACES 0x64
#define ENIP_REGISTER 0x65
#define ENIP_UNREGISTER 0x66
#define ENIP_SEND_RR 0x6f
#define ENIP_SEND_UNIT 0x70

#define ENIP_ITEM_IDENTITY 0x0c
#define ENIP_ITEM_CONNECTION 0xa1
#define ENIP_ITEM_CONNECTED 0xb1
#define ENIP_ITEM_UNCONNECTED 0xb2
#define ENIP_ITEM_SERVICES 0x100

#define CIP_MULTIPLE 0x0a
#define CIP_FORWARD_CLOSE 0x4e
#define CIP_READ_TAG 0x4c
#define CIP_WRITE_TAG 0x4d
#define CIP_UNCONNECTED_SEND 0x52 /* of the connection manager; of others, read tag fragmented */
#define CIP_WRITE_FRAGMENT 0x53
#define CIP_FORWARD_OPEN 0x54
#define CIP_LARGE_OPEN 0x5b
#define CIP_CONNECTION_MANAGER 6

struct enip_head {
	uint16_t command, length;
	uint32_t session, status, options;
	uint64_t context;
	struct view data;
};

struct enip_item {
	uint16_t type;
	struct view data;
};

/* One CIP message. */
struct cip {
	uint8_t service; /* without the bit of responses */
	bool response;
	uint8_t status; /* of a response */
	struct view path, extended, data;
	int64_t class_id, instance, attribute, member, point; /* -1: not in the path */
	struct view symbol; /* the last name in the path; ptr NULL: none */
};

/* Bytes of the message that begins here, L7_MORE or L7_BAD. */
long
enip_length(struct view bytes);

/* Header of a whole message; false when short. */
bool
enip_head(struct view bytes, struct enip_head *out);

/* Items of the common packet format. For SendRRData and SendUnitData, `c` begins behind interface
 * and timeout; enip_items() sets it up and returns how many there are. */
unsigned
enip_items(const struct enip_head *head, struct cursor *c);
bool
enip_item(struct cursor *c, struct enip_item *out);

/* The CIP message of a whole encapsulation, and the connection and sequence it came with (-1 when
 * unconnected). False when it has none. */
struct enip_cip {
	struct view message;
	int64_t connection, sequence;
};
bool
enip_cip(const struct enip_head *head, struct enip_cip *out);

/* A CIP message; false when short. */
bool
cip_parse(struct view bytes, struct cip *out);

/* The request in an unconnected send; false when there is none. */
bool
cip_embedded(const struct cip *message, struct view *out);

/* The nth of a multiple service packet; false beyond the last. */
bool
cip_multiple(const struct cip *message, unsigned n, struct view *out);

/* The next segment of a path: its name as EVE has it, and its number. False at the end. */
struct cip_segment {
	const char *kind; /* "class", "instance", ...; "symbol": text is its value */
	uint32_t value;
	struct view text;
};
bool
cip_segment(struct cursor *path, struct cip_segment *out);

/* Writes, resets, starts, stops, creates, deletes; also those inside of it. */
bool
cip_control(const struct cip *request);

#endif
