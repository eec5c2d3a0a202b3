/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_snmp: SNMP messages of versions 1 (RFC 1157), 2c (RFC 1901, 3416) and 3 (RFC 3412, 3414).
 *
 * Pure: views into the message out, no allocation. What version 3 encrypts stays closed. Any
 * thread.
 */
#ifndef WANGLOU_PROBE_L7_SNMP_H
#define WANGLOU_PROBE_L7_SNMP_H

#include "lib/cursor.h"
#include "probe/l7/parse.h"

enum snmp_pdu {
	SNMP_GET,
	SNMP_GET_NEXT,
	SNMP_RESPONSE,
	SNMP_SET,
	SNMP_TRAP_V1,
	SNMP_GET_BULK,
	SNMP_INFORM,
	SNMP_TRAP_V2,
	SNMP_REPORT,
	SNMP_ENCRYPTED = 255,
};

/* Types of values (RFC 2578, 7.1; RFC 3416): tag octets. */
enum snmp_value {
	SNMP_INTEGER = 0x02,
	SNMP_OCTETS = 0x04,
	SNMP_NULL = 0x05,
	SNMP_OID = 0x06,
	SNMP_ADDRESS = 0x40,
	SNMP_COUNTER = 0x41,
	SNMP_GAUGE = 0x42,
	SNMP_TICKS = 0x43,
	SNMP_OPAQUE = 0x44,
	SNMP_COUNTER64 = 0x46,
	SNMP_NO_OBJECT = 0x80,
	SNMP_NO_INSTANCE = 0x81,
	SNMP_END_OF_VIEW = 0x82,
};

struct snmp_v3 {
	int64_t id, max_size, model;
	uint8_t flags; /* 1 authenticated, 2 encrypted, 4 reportable */
	struct view engine, user;
	int64_t boots, time; /* of the engine, seconds */
	struct view context; /* contextName; ptr NULL when it is encrypted */
};

struct snmp_trap {
	struct view enterprise, agent;     /* contents of the OID, four octets */
	int64_t generic, specific, uptime; /* uptime: hundredths of a second */
};

struct snmp {
	uint8_t version;       /* 1, 2 or 3 */
	uint8_t pdu;           /* enum snmp_pdu */
	struct view community; /* versions 1 and 2; a secret */
	struct snmp_v3 v3;
	struct snmp_trap trap; /* SNMP_TRAP_V1 */
	int64_t request_id;
	int64_t error, index; /* SNMP_GET_BULK: non-repeaters, max-repetitions */
	struct view vars;     /* for snmp_var */
	bool cut;             /* the list of variables is longer than what is around it: left out */
};

/* A datagram: bytes of the message, or L7_BAD. */
long
snmp_parse(struct view bytes, struct snmp *out);

/* The next variable: contents of its OID, its value's tag and contents. False at the end. */
bool
snmp_var(struct cursor *c, struct view *oid, uint8_t *tag, struct view *value);

/* Contents of a Counter, Gauge, TimeTicks or Counter64. False: none, or above 64 bits. */
bool
snmp_unsigned(struct view value, uint64_t *out);

#endif
