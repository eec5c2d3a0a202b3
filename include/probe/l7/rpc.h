/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_rpc: ONC RPC version 2 (RFC 5531): record marks, calls, replies, AUTH_SYS credentials; names
 * of well-known programs and of the procedures of the port mapper (RFC 1833) and MOUNT (RFC 1813).
 *
 * Pure: views out, no allocation. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_RPC_H
#define WANGLOU_PROBE_L7_RPC_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "probe/l7/parse.h"

enum rpc_program {
	RPC_PORTMAP = 100000,
	RPC_NFS = 100003,
	RPC_MOUNT = 100005,
	RPC_NLM = 100021,
	RPC_NFS_ACL = 100227
};

enum rpc_auth { RPC_AUTH_NULL = 0, RPC_AUTH_SYS = 1, RPC_AUTH_GSS = 6 };

struct rpc {
	uint32_t xid;
	bool reply;
	/* call */
	uint32_t program, version, procedure;
	uint32_t auth; /* flavour of the credentials */
	struct view machine;
	uint32_t uid, gid;
	bool sys; /* AUTH_SYS was read */
	/* reply */
	bool denied;
	uint32_t status;  /* accept_stat or reject_stat */
	struct view body; /* arguments or results, as much as is there */
};

/* A message (no record mark). L7_MORE: its header goes on behind the bytes; L7_BAD: none. Returns
 * the header's length. */
long
rpc_parse(struct view message, struct rpc *out);

/* Opaque data or a string (RFC 4506, 4.10): length, bytes, padding. False when it is cut. */
bool
rpc_opaque(struct cursor *c, size_t max, struct view *out);

/* The name of a program; NULL when it is not well known. */
const char *
rpc_program_name(uint32_t program);

/* The name of a procedure of the port mapper and of MOUNT; NULL for others. */
const char *
rpc_procedure_name(uint32_t program, uint32_t version, uint32_t procedure);

#endif
