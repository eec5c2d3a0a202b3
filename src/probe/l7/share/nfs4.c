/* SPDX-License-Identifier: Apache-2.0 */
/* Compounds of NFS version 4: as far into them as the arguments of each operation are known. */
#include "probe/l7/nfs.h"
#include "probe/l7/rpc.h"

#define HANDLE4 128
#define NAME4 1024
#define ATTRIBUTES4 4096
#define STATEID 16

enum op {
	OP_ACCESS = 3,
	OP_CLOSE = 4,
	OP_COMMIT = 5,
	OP_CREATE = 6,
	OP_DELEGRETURN = 8,
	OP_GETATTR = 9,
	OP_GETFH = 10,
	OP_LINK = 11,
	OP_LOOKUP = 15,
	OP_LOOKUPP = 16,
	OP_OPEN = 18,
	OP_OPEN_CONFIRM = 20,
	OP_PUTFH = 22,
	OP_PUTPUBFH = 23,
	OP_PUTROOTFH = 24,
	OP_READ = 25,
	OP_READDIR = 26,
	OP_READLINK = 27,
	OP_REMOVE = 28,
	OP_RENAME = 29,
	OP_RENEW = 30,
	OP_RESTOREFH = 31,
	OP_SAVEFH = 32,
	OP_SETATTR = 34,
	OP_WRITE = 38,
	OP_SEQUENCE = 53
};

const char *
nfs4_op_name(uint8_t op)
{
	static const char *const names[] = { [3] = "ACCESS",
		"CLOSE",
		"COMMIT",
		"CREATE",
		"DELEGPURGE",
		"DELEGRETURN",
		"GETATTR",
		"GETFH",
		"LINK",
		"LOCK",
		"LOCKT",
		"LOCKU",
		"LOOKUP",
		"LOOKUPP",
		"NVERIFY",
		"OPEN",
		"OPENATTR",
		"OPEN_CONFIRM",
		"OPEN_DOWNGRADE",
		"PUTFH",
		"PUTPUBFH",
		"PUTROOTFH",
		"READ",
		"READDIR",
		"READLINK",
		"REMOVE",
		"RENAME",
		"RENEW",
		"RESTOREFH",
		"SAVEFH",
		"SECINFO",
		"SETATTR",
		"SETCLIENTID",
		"SETCLIENTID_CONFIRM",
		"VERIFY",
		"WRITE",
		"RELEASE_LOCKOWNER",
		"BACKCHANNEL_CTL",
		"BIND_CONN_TO_SESSION",
		"EXCHANGE_ID",
		"CREATE_SESSION",
		"DESTROY_SESSION",
		"FREE_STATEID",
		"GET_DIR_DELEGATION",
		"GETDEVICEINFO",
		"GETDEVICELIST",
		"LAYOUTCOMMIT",
		"LAYOUTGET",
		"LAYOUTRETURN",
		"SECINFO_NO_NAME",
		"SEQUENCE",
		"SET_SSV",
		"TEST_STATEID",
		"WANT_DELEGATION",
		"DESTROY_CLIENTID",
		"RECLAIM_COMPLETE" };
	return op < sizeof(names) / sizeof(*names) ? names[op] : NULL;
}

static bool
bitmap(struct cursor *c)
{
	uint32_t n;
	return cursor_u32(c, &n) && n <= 8 && cursor_skip(c, 4 * (size_t)n);
}

static bool
attributes(struct cursor *c)
{
	struct view values;
	return bitmap(c) && rpc_opaque(c, ATTRIBUTES4, &values);
}

/* openflag4: how to create, if at all (RFC 7530, 16.16.1). */
static bool
open_how(struct cursor *c)
{
	uint32_t create, mode;
	if (!cursor_u32(c, &create))
		return false;
	if (create != 1)
		return true;
	if (!cursor_u32(c, &mode))
		return false;
	if (mode >= 2 && !cursor_skip(c, 8))
		return false;
	return mode == 2 || attributes(c);
}

static bool
open_args(struct cursor *c, struct nfs_call *out)
{
	struct view owner;
	uint32_t claim;
	if (!cursor_skip(c, 12 + 8) || !rpc_opaque(c, NAME4, &owner) || !open_how(c) ||
	    !cursor_u32(c, &claim))
		return false;
	if (claim == 0)
		return rpc_opaque(c, NAME4, &out->name);
	return claim == 1 ? cursor_skip(c, 4) : claim == 4;
}

static bool
create_args(struct cursor *c, struct nfs_call *out)
{
	struct view link;
	uint32_t type;
	if (!cursor_u32(c, &type) || (type == 5 && !rpc_opaque(c, NAME4, &link)) ||
	    ((type == 3 || type == 4) && !cursor_skip(c, 8)))
		return false;
	return rpc_opaque(c, NAME4, &out->name) && attributes(c);
}

/* What an operation does to the record. */
static uint8_t
act_of(uint8_t op)
{
	switch (op) {
	case OP_READ:
		return NFS_READ;
	case OP_WRITE:
		return NFS_WRITE;
	case OP_OPEN:
	case OP_CREATE:
		return NFS_CREATE;
	case OP_CLOSE:
		return NFS_CLOSE;
	case OP_COMMIT:
		return NFS_COMMIT;
	case OP_REMOVE:
		return NFS_REMOVE;
	case OP_RENAME:
		return NFS_RENAME;
	case OP_LOOKUP:
		return NFS_LOOKUP;
	default:
		return NFS_OTHER;
	}
}

/* Operations that only surround the one that counts. */
static bool
around(uint8_t op)
{
	return op == OP_SEQUENCE || op == OP_PUTFH || op == OP_PUTROOTFH || op == OP_PUTPUBFH ||
	       op == OP_GETFH || op == OP_SAVEFH || op == OP_RESTOREFH;
}

/* The first of the weightiest operations names the compound. */
static int
weight(uint8_t op)
{
	uint8_t act = act_of(op);
	if (around(op))
		return 0;
	if (act == NFS_OTHER)
		return op == OP_GETATTR ? 1 : 2;
	return act == NFS_LOOKUP ? 3 : 4;
}

/* Arguments of one operation. False: not known, or cut. */
static bool
op_args(uint8_t op, struct cursor *c, struct nfs_call *out, struct view *current)
{
	switch (op) {
	case OP_PUTFH:
		return rpc_opaque(c, HANDLE4, current);
	case OP_PUTROOTFH:
	case OP_PUTPUBFH:
		*current = (struct view){ 0 };
		return true;
	case OP_GETFH:
	case OP_SAVEFH:
	case OP_RESTOREFH:
	case OP_LOOKUPP:
	case OP_READLINK:
		return true;
	case OP_SEQUENCE:
		return cursor_skip(c, STATEID + 16);
	case OP_ACCESS:
		return cursor_skip(c, 4);
	case OP_GETATTR:
		return bitmap(c);
	case OP_LOOKUP:
	case OP_REMOVE:
	case OP_LINK:
		return rpc_opaque(c, NAME4, &out->name);
	case OP_RENAME:
		return rpc_opaque(c, NAME4, &out->name) && rpc_opaque(c, NAME4, &out->to);
	case OP_OPEN:
		return open_args(c, out);
	case OP_CREATE:
		return create_args(c, out);
	case OP_CLOSE:
		return cursor_skip(c, 4 + STATEID);
	case OP_OPEN_CONFIRM:
		return cursor_skip(c, STATEID + 4);
	case OP_COMMIT:
		return cursor_skip(c, 12);
	case OP_RENEW:
		return cursor_skip(c, 8);
	case OP_DELEGRETURN:
		return cursor_skip(c, STATEID);
	case OP_SETATTR:
		return cursor_skip(c, STATEID) && attributes(c);
	case OP_READDIR:
		return cursor_skip(c, 24) && bitmap(c);
	case OP_READ:
		return cursor_skip(c, STATEID) && cursor_u64(c, &out->offset) &&
		       cursor_u32(c, &out->length);
	case OP_WRITE:
		return cursor_skip(c, STATEID) && cursor_u64(c, &out->offset) &&
		       cursor_skip(c, 4) && cursor_u32(c, &out->length);
	default:
		return false;
	}
}

bool
nfs4_call(struct view args, struct nfs_call *out)
{
	struct cursor c = cursor_of_view(args);
	struct view tag, data, current = { 0 };
	uint32_t minor, n, op;
	int best = -1;
	if (!rpc_opaque(&c, NAME4, &tag) || !cursor_u32(&c, &minor) || !cursor_u32(&c, &n) ||
	    minor > 2)
		return false;
	for (uint32_t i = 0; i < n && cursor_u32(&c, &op); i++) {
		if (op > UINT8_MAX || !nfs4_op_name((uint8_t)op))
			break;
		if (out->op_n < NFS_OPS)
			out->ops[out->op_n++] = (uint8_t)op;
		bool known = op_args((uint8_t)op, &c, out, &current);
		if (weight((uint8_t)op) > best) {
			best = weight((uint8_t)op);
			out->act = act_of((uint8_t)op);
			out->procedure = nfs4_op_name((uint8_t)op);
			out->handle = current;
		}
		if (op == OP_WRITE && known) {
			out->data = true;
			out->data_at = args.len - cursor_left(&c);
			size_t padding = (4 - out->length % 4) % 4;
			known = cursor_take(&c, out->length, &data) && cursor_skip(&c, padding);
		}
		if (!known)
			break;
	}
	return true;
}

/* Results of OPEN: state, change, flags, attributes, delegation (RFC 7530, 16.16.2). */
static bool
open_results(struct cursor *c)
{
	uint32_t delegation;
	if (!cursor_skip(c, STATEID + 20 + 4) || !bitmap(c) || !cursor_u32(c, &delegation))
		return false;
	struct view who;
	if (delegation == 1)
		return cursor_skip(c, STATEID + 4 + 12) && rpc_opaque(c, NAME4, &who);
	if (delegation == 2)
		return cursor_skip(c, STATEID + 4 + 12 + 12) && rpc_opaque(c, NAME4, &who);
	return delegation == 0;
}

static bool
read_results(struct view results, struct cursor *c, struct nfs_answer *out)
{
	uint32_t eof;
	if (!cursor_u32(c, &eof) || !cursor_u32(c, &out->length))
		return false;
	out->eof = eof;
	out->data = true;
	out->data_at = results.len - cursor_left(c);
	return false; /* what follows does not matter */
}

static bool
op_results(uint32_t op, struct view results, struct cursor *c, struct nfs_answer *out)
{
	switch (op) {
	case OP_PUTFH:
	case OP_PUTROOTFH:
	case OP_PUTPUBFH:
	case OP_SAVEFH:
	case OP_RESTOREFH:
	case OP_LOOKUP:
	case OP_LOOKUPP:
	case OP_RENEW:
	case OP_DELEGRETURN:
		return true;
	case OP_GETFH:
		return rpc_opaque(c, HANDLE4, &out->handle);
	case OP_SEQUENCE:
		return cursor_skip(c, STATEID + 20);
	case OP_ACCESS:
		return cursor_skip(c, 8);
	case OP_GETATTR:
		return attributes(c);
	case OP_OPEN:
		return open_results(c);
	case OP_CREATE:
		return cursor_skip(c, 20) && bitmap(c);
	case OP_CLOSE:
	case OP_OPEN_CONFIRM:
	case OP_WRITE:
		return cursor_skip(c, STATEID);
	case OP_COMMIT:
		return cursor_skip(c, 8);
	case OP_REMOVE:
	case OP_LINK:
		return cursor_skip(c, 20);
	case OP_RENAME:
		return cursor_skip(c, 40);
	case OP_SETATTR:
		return bitmap(c);
	case OP_READ:
		return read_results(results, c, out);
	default:
		return false;
	}
}

bool
nfs4_answer(struct view results, struct nfs_answer *out)
{
	struct cursor c = cursor_of_view(results);
	struct view tag;
	uint32_t n, op, status;
	if (!cursor_u32(&c, &out->status))
		return false;
	if (!rpc_opaque(&c, NAME4, &tag) || !cursor_u32(&c, &n))
		return true;
	for (uint32_t i = 0; i < n; i++) {
		if (!cursor_u32(&c, &op) || !cursor_u32(&c, &status) || status ||
		    !op_results(op, results, &c, out))
			break;
	}
	return true;
}
