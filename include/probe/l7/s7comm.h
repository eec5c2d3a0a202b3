/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_s7comm: the protocol of Siemens S7-300/400 controllers, in ISO transport over TCP (RFC 1006,
 * ISO 8073 class 0). It is not published; numbers are those that public descriptions agree on. Its
 * successor (S7comm-plus, S7-1200/1500) is named only.
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_S7COMM_H
#define WANGLOU_PROBE_L7_S7COMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

#define S7_JOB 1
#define S7_ACK 2
#define S7_ACK_DATA 3
#define S7_USERDATA 7

#define S7_SETUP 0xf0
#define S7_READ 0x04
#define S7_WRITE 0x05
#define S7_REQUEST_DOWNLOAD 0x1a
#define S7_DOWNLOAD_BLOCK 0x1b
#define S7_END_DOWNLOAD 0x1c
#define S7_START_UPLOAD 0x1d
#define S7_UPLOAD 0x1e
#define S7_END_UPLOAD 0x1f
#define S7_PI_SERVICE 0x28
#define S7_STOP 0x29

/* ISO 8073, 13.1. */
#define COTP_CONNECT 0xe0
#define COTP_CONFIRM 0xd0
#define COTP_DISCONNECT 0x80
#define COTP_DATA 0xf0

struct cotp {
	uint8_t type;
	bool last;                   /* of DATA: the message ends here */
	uint16_t dst, src;           /* references */
	int size;                    /* of a TPDU, bytes; -1: not said */
	struct view calling, called; /* TSAPs; ptr NULL: not said */
	struct view data;
};

enum s7_kind { S7_NONE, S7_CLASSIC, S7_PLUS };

struct s7_pdu {
	enum s7_kind kind;
	uint8_t rosctr; /* message type; of S7comm-plus: the version */
	uint8_t plus_opcode;
	uint16_t plus_function;
	uint16_t reference;
	int error_class, error_code; /* -1: none */
	struct view parameter, data;
	int function; /* first parameter byte; -1: none */
	/* of user data */
	int method, group, subfunction, sequence; /* -1: none */
	int user_error;
};

/* An item of read or write. */
struct s7_item {
	uint8_t syntax;
	int transport, area, db; /* -1: another syntax */
	uint32_t count, byte;
	uint8_t bit;
};

/* The data of an item. */
struct s7_value {
	uint8_t status; /* 0xff: good */
	uint8_t transport;
	struct view bytes;
};

/* Bytes of the TPKT that begins here, L7_MORE or L7_BAD. */
long
s7_length(struct view bytes);

/* What a whole TPKT carries; false when its transport header is none. */
bool
s7_cotp(struct view bytes, struct cotp *out);

/* The content of a DATA TPDU; false when it is too short for what it says. */
bool
s7_pdu(struct view bytes, struct s7_pdu *out);

/* The next item of read or write, in `c` over the parameters behind function and count. */
bool
s7_item(struct cursor *c, struct s7_item *out);

/* The next value, in `c` over the data, and the fill byte behind it. */
bool
s7_value(struct cursor *c, struct s7_value *out);

/* Writes, downloads, starts, stops, forces, changes of the clock. */
bool
s7_control(const struct s7_pdu *job);

#endif
