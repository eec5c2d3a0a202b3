/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_rdp: how a Remote Desktop connection begins (Microsoft's [MS-RDPBCGR] 2.2.1): TPKT frames with
 * X.224, in them the negotiation and the MCS connect messages with GCC's data blocks.
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_RDP_H
#define WANGLOU_PROBE_L7_RDP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cursor.h"

enum { RDP_CR = 0xe0, RDP_CC = 0xd0, RDP_DT = 0xf0 };

/* One TPKT frame (RFC 1006). */
struct rdp_frame {
	uint8_t type;        /* of X.224: RDP_CR, RDP_CC, RDP_DT */
	struct view payload; /* behind X.224's fixed part */
};

/* Bytes used, L7_MORE or L7_BAD. */
long
rdp_frame(struct view bytes, struct rdp_frame *out);

enum { RDP_NEG_REQUEST = 1, RDP_NEG_RESPONSE, RDP_NEG_FAILURE };

struct rdp_negotiation {
	struct view cookie; /* the name in "mstshash=", ptr NULL: none */
	struct view token;  /* a routing token, "msts=..." */
	uint8_t type;       /* 0: none */
	uint8_t flags;
	uint32_t value; /* protocols that are asked for, the protocol taken, or the failure */
};

/* Payload of RDP_CR or RDP_CC. False: it is not RDP's. */
bool
rdp_negotiation(struct view payload, struct rdp_negotiation *out);

enum {
	RDP_CS_CORE = 0xc001,
	RDP_CS_SECURITY = 0xc002,
	RDP_CS_NET = 0xc003,
	RDP_SC_CORE = 0x0c01,
	RDP_SC_SECURITY = 0x0c02
};

struct rdp_block {
	uint16_t type;
	struct view data;
};

/* Cursor over the data blocks of a connect message (payload of RDP_DT). False: it is none; *request
 * says whether it is the client's. */
bool
rdp_connect(struct view payload, bool *request, struct cursor *blocks);

/* The next data block; false at the end or when its length is wrong. */
bool
rdp_block(struct cursor *blocks, struct rdp_block *out);

/* TS_UD_CS_CORE, as far as the client sent it: -1 is absent. */
struct rdp_core {
	uint32_t version, keyboard_layout, build, keyboard_type, keyboard_subtype, function_keys;
	uint16_t width, height, color_depth;
	struct view name; /* UTF-16LE, up to 32 bytes */
	struct view ime;  /* likewise, 64 bytes */
	int64_t product_id, serial, high_color_depth, capabilities;
	struct view id; /* UTF-16LE, 64 bytes */
	int64_t connection_type, selected_protocol;
};

/* False: shorter than what each version has. */
bool
rdp_core(struct view data, struct rdp_core *out);

#endif
