/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/rpc.h"

#define AUTH_MAX 400 /* RFC 5531, 8.2 */
#define MACHINE_MAX 255

bool
rpc_opaque(struct cursor *c, size_t max, struct view *out)
{
	struct cursor at = *c;
	uint32_t n;
	if (!cursor_u32(&at, &n) || n > max || !cursor_take(&at, n, out) ||
	    !cursor_skip(&at, (4 - n % 4) % 4))
		return false;
	*c = at;
	return true;
}

static void
credentials(struct view body, struct rpc *out)
{
	struct cursor c = cursor_of_view(body);
	out->sys = cursor_skip(&c, 4) && rpc_opaque(&c, MACHINE_MAX, &out->machine) &&
		   cursor_u32(&c, &out->uid) && cursor_u32(&c, &out->gid);
}

/* Flavour and body. L7_BAD when it is longer than allowed. */
static long
auth(struct cursor *c, uint32_t *flavour, struct view *body)
{
	struct cursor at = *c;
	uint32_t n;
	if (!cursor_u32(&at, flavour) || !cursor_u32(&at, &n))
		return L7_MORE;
	if (n > AUTH_MAX)
		return L7_BAD;
	return cursor_skip(c, 4) && rpc_opaque(c, AUTH_MAX, body) ? 0 : L7_MORE;
}

static long
call(struct cursor *c, struct rpc *out)
{
	struct view body;
	uint32_t rpc_version, verifier;
	if (!cursor_u32(c, &rpc_version))
		return L7_MORE;
	if (rpc_version != 2)
		return L7_BAD;
	if (!cursor_u32(c, &out->program) || !cursor_u32(c, &out->version) ||
	    !cursor_u32(c, &out->procedure))
		return L7_MORE;
	if (out->version > 100 || out->procedure > 1000 || out->program < 100000)
		return L7_BAD;
	long more = auth(c, &out->auth, &body);
	if (more)
		return more;
	if (out->auth == RPC_AUTH_SYS)
		credentials(body, out);
	return auth(c, &verifier, &body);
}

static long
reply(struct cursor *c, struct rpc *out)
{
	struct view body;
	uint32_t denied, flavour;
	if (!cursor_u32(c, &denied))
		return L7_MORE;
	if (denied > 1)
		return L7_BAD;
	out->denied = denied;
	if (!denied) {
		long more = auth(c, &flavour, &body);
		if (more)
			return more;
	}
	if (!cursor_u32(c, &out->status))
		return L7_MORE;
	return out->status > 5 ? L7_BAD : 0;
}

long
rpc_parse(struct view message, struct rpc *out)
{
	struct cursor c = cursor_of_view(message);
	uint32_t type;
	*out = (struct rpc){ 0 };
	if (!cursor_u32(&c, &out->xid) || !cursor_u32(&c, &type))
		return L7_MORE;
	if (type > 1)
		return L7_BAD;
	out->reply = type;
	long more = type ? reply(&c, out) : call(&c, out);
	if (more)
		return more;
	out->body = (struct view){ c.at, cursor_left(&c) };
	return (long)(message.len - cursor_left(&c));
}

const char *
rpc_program_name(uint32_t program)
{
	static const struct {
		uint32_t number;
		const char *name;
	} names[] = { { 100000, "portmapper" }, { 100001, "rstatd" }, { 100002, "rusersd" },
		{ 100003, "nfs" }, { 100004, "ypserv" }, { 100005, "mountd" }, { 100007, "ypbind" },
		{ 100008, "walld" }, { 100009, "yppasswdd" }, { 100011, "rquotad" },
		{ 100012, "sprayd" }, { 100021, "nlockmgr" }, { 100024, "status" },
		{ 100026, "bootparam" }, { 100028, "ypupdated" }, { 100068, "cmsd" },
		{ 100083, "ttdbserverd" }, { 100099, "autofs" }, { 100227, "nfs_acl" },
		{ 100232, "sadmind" }, { 150001, "pcnfsd" }, { 300019, "amd" }, { 395183, "vxi11" },
		{ 395180, "vxi11_async" } };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (names[i].number == program)
			return names[i].name;
	}
	return NULL;
}

const char *
rpc_procedure_name(uint32_t program, uint32_t version, uint32_t procedure)
{
	static const char *const mapper[] = { "NULL", "SET", "UNSET", "GETPORT", "DUMP", "CALLIT" };
	static const char *const binder[] = { "NULL", "SET", "UNSET", "GETADDR", "DUMP", "BCAST",
		"GETTIME", "UADDR2TADDR", "TADDR2UADDR", "GETVERSADDR", "INDIRECT", "GETADDRLIST",
		"GETSTAT" };
	static const char *const mount[] = { "NULL", "MNT", "DUMP", "UMNT", "UMNTALL", "EXPORT" };
	if (program == RPC_PORTMAP && version <= 2)
		return procedure < 6 ? mapper[procedure] : NULL;
	if (program == RPC_PORTMAP)
		return procedure < 13 ? binder[procedure] : NULL;
	if (program == RPC_MOUNT)
		return procedure < 6 ? mount[procedure] : NULL;
	return procedure ? NULL : "NULL";
}
