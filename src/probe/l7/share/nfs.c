/* SPDX-License-Identifier: Apache-2.0 */
/* NFS version 2 and 3. */
#include "probe/l7/nfs.h"

#include "probe/l7/rpc.h"

#define HANDLE2 32
#define HANDLE3 64
#define NAME_MAX_LEN 255
#define PATH_MAX_LEN 1024
#define ATTRIBUTES2 68
#define ATTRIBUTES3 84

/* Shapes of arguments. */
enum shape {
	NOTHING,
	HANDLE,    /* a file */
	NAMED,     /* a directory and a name in it */
	TWO_NAMES, /* twice that */
	LINK,      /* a file, a directory and a name */
	RANGE_READ,
	RANGE_WRITE
};

struct procedure {
	const char *name;
	uint8_t shape, act;
};

static const struct procedure version2[] = { { "NULL", NOTHING, NFS_OTHER },
	{ "GETATTR", HANDLE, NFS_OTHER }, { "SETATTR", HANDLE, NFS_OTHER },
	{ "ROOT", NOTHING, NFS_OTHER }, { "LOOKUP", NAMED, NFS_LOOKUP },
	{ "READLINK", HANDLE, NFS_OTHER }, { "READ", RANGE_READ, NFS_READ },
	{ "WRITECACHE", NOTHING, NFS_OTHER }, { "WRITE", RANGE_WRITE, NFS_WRITE },
	{ "CREATE", NAMED, NFS_CREATE }, { "REMOVE", NAMED, NFS_REMOVE },
	{ "RENAME", TWO_NAMES, NFS_RENAME }, { "LINK", LINK, NFS_OTHER },
	{ "SYMLINK", NAMED, NFS_OTHER }, { "MKDIR", NAMED, NFS_CREATE },
	{ "RMDIR", NAMED, NFS_REMOVE }, { "READDIR", HANDLE, NFS_OTHER },
	{ "STATFS", HANDLE, NFS_OTHER } };

static const struct procedure version3[] = { { "NULL", NOTHING, NFS_OTHER },
	{ "GETATTR", HANDLE, NFS_OTHER }, { "SETATTR", HANDLE, NFS_OTHER },
	{ "LOOKUP", NAMED, NFS_LOOKUP }, { "ACCESS", HANDLE, NFS_OTHER },
	{ "READLINK", HANDLE, NFS_OTHER }, { "READ", RANGE_READ, NFS_READ },
	{ "WRITE", RANGE_WRITE, NFS_WRITE }, { "CREATE", NAMED, NFS_CREATE },
	{ "MKDIR", NAMED, NFS_CREATE }, { "SYMLINK", NAMED, NFS_CREATE },
	{ "MKNOD", NAMED, NFS_CREATE }, { "REMOVE", NAMED, NFS_REMOVE },
	{ "RMDIR", NAMED, NFS_REMOVE }, { "RENAME", TWO_NAMES, NFS_RENAME },
	{ "LINK", LINK, NFS_OTHER }, { "READDIR", HANDLE, NFS_OTHER },
	{ "READDIRPLUS", HANDLE, NFS_READDIR }, { "FSSTAT", HANDLE, NFS_OTHER },
	{ "FSINFO", HANDLE, NFS_OTHER }, { "PATHCONF", HANDLE, NFS_OTHER },
	{ "COMMIT", HANDLE, NFS_COMMIT } };

static const struct procedure *
find(uint32_t version, uint32_t number)
{
	if (version == 2 && number < sizeof(version2) / sizeof(*version2))
		return &version2[number];
	if (version == 3 && number < sizeof(version3) / sizeof(*version3))
		return &version3[number];
	return NULL;
}

const char *
nfs_procedure_name(uint32_t version, uint32_t number)
{
	const struct procedure *p = find(version, number);
	if (version == 4)
		return number == 0 ? "NULL" : number == 1 ? "COMPOUND" : NULL;
	return p ? p->name : NULL;
}

static bool
handle(struct cursor *c, uint32_t version, struct view *out)
{
	return version == 2 ? cursor_take(c, HANDLE2, out) : rpc_opaque(c, HANDLE3, out);
}

static bool
named(struct cursor *c, uint32_t version, struct view *dir, struct view *name)
{
	return handle(c, version, dir) && rpc_opaque(c, PATH_MAX_LEN, name);
}

static bool
range_read(struct cursor *c, uint32_t version, struct nfs_call *out)
{
	uint32_t offset;
	if (version == 3)
		return cursor_u64(c, &out->offset) && cursor_u32(c, &out->length);
	if (!cursor_u32(c, &offset) || !cursor_u32(c, &out->length))
		return false;
	out->offset = offset;
	return true;
}

static bool
range_write(struct cursor *c, uint32_t version, struct nfs_call *out)
{
	uint32_t offset, n;
	if (version == 3) {
		if (!cursor_u64(c, &out->offset) || !cursor_skip(c, 8) || !cursor_u32(c, &n))
			return false;
	} else {
		if (!cursor_skip(c, 4) || !cursor_u32(c, &offset) || !cursor_skip(c, 4) ||
		    !cursor_u32(c, &n))
			return false;
		out->offset = offset;
	}
	out->length = n;
	out->data = true;
	return true;
}

bool
nfs_call(uint32_t version, uint32_t number, struct view args, struct nfs_call *out)
{
	struct cursor c = cursor_of_view(args);
	struct view other;
	*out = (struct nfs_call){ .procedure = nfs_procedure_name(version, number) };
	if (version == 4)
		return number == 1 && nfs4_call(args, out);
	const struct procedure *p = find(version, number);
	if (!p)
		return false;
	out->act = p->act;
	bool sound = true;
	switch (p->shape) {
	case HANDLE:
		sound = handle(&c, version, &out->handle);
		break;
	case NAMED:
		sound = named(&c, version, &out->handle, &out->name);
		break;
	case TWO_NAMES:
		sound = named(&c, version, &out->handle, &out->name) &&
			named(&c, version, &other, &out->to);
		break;
	case LINK:
		sound = handle(&c, version, &out->handle) && named(&c, version, &other, &out->name);
		break;
	case RANGE_READ:
		sound = handle(&c, version, &out->handle) && range_read(&c, version, out);
		break;
	case RANGE_WRITE:
		sound = handle(&c, version, &out->handle) && range_write(&c, version, out);
		break;
	default:
		break;
	}
	out->data_at = args.len - cursor_left(&c);
	return sound;
}

/* Attributes that may follow (RFC 1813, post_op_attr). */
static bool
attributes3(struct cursor *c, struct nfs_answer *out)
{
	uint32_t follows;
	struct cursor a;
	if (!cursor_u32(c, &follows) || follows > 1)
		return false;
	if (!follows)
		return true;
	if (!cursor_sub(c, ATTRIBUTES3, &a))
		return false;
	(void)cursor_skip(&a, 20);
	out->size_known = cursor_u64(&a, &out->size);
	return true;
}

static void
answer3(uint8_t act, uint32_t number, struct cursor *c, struct nfs_answer *out)
{
	uint32_t follows, eof;
	if (act == NFS_LOOKUP) {
		if (rpc_opaque(c, HANDLE3, &out->handle))
			(void)attributes3(c, out);
	} else if (act == NFS_CREATE) {
		if (cursor_u32(c, &follows) && follows == 1)
			(void)rpc_opaque(c, HANDLE3, &out->handle);
	} else if (act == NFS_READ) {
		out->data = attributes3(c, out) && cursor_u32(c, &out->length) &&
			    cursor_u32(c, &eof) && ((out->eof = eof), cursor_skip(c, 4));
	} else if (number == 1) { /* GETATTR */
		out->size_known = cursor_skip(c, 20) && cursor_u64(c, &out->size);
	} else if (act == NFS_READDIR) {
		struct nfs_answer dir;
		if (attributes3(c, &dir) && cursor_skip(c, 8))
			out->entries = *c;
	}
}

static void
answer2(uint8_t act, uint32_t number, struct cursor *c, struct nfs_answer *out)
{
	struct cursor a;
	uint32_t size;
	if ((act == NFS_LOOKUP || act == NFS_CREATE) && !cursor_take(c, HANDLE2, &out->handle))
		return;
	bool has = act != NFS_OTHER || number == 1 || number == 2;
	if (!has || act == NFS_REMOVE || act == NFS_RENAME || !cursor_sub(c, ATTRIBUTES2, &a))
		return;
	out->size_known = cursor_skip(&a, 20) && cursor_u32(&a, &size);
	if (out->size_known)
		out->size = size;
	if (act == NFS_READ)
		out->data = cursor_u32(c, &out->length);
}

bool
nfs_answer(uint32_t version, uint32_t number, struct view results, struct nfs_answer *out)
{
	struct cursor c = cursor_of_view(results);
	*out = (struct nfs_answer){ 0 };
	if (version == 4)
		return nfs4_answer(results, out);
	const struct procedure *p = find(version, number);
	if (!p || !number || !cursor_u32(&c, &out->status))
		return p && !number;
	if (out->status == 0 && version == 3)
		answer3(p->act, number, &c, out);
	else if (out->status == 0)
		answer2(p->act, number, &c, out);
	out->data_at = results.len - cursor_left(&c);
	return true;
}

bool
nfs3_entry(struct cursor *c, struct view *name, struct view *handle_of)
{
	struct nfs_answer attributes;
	uint32_t follows;
	while (cursor_u32(c, &follows) && follows == 1) {
		if (!cursor_skip(c, 8) || !rpc_opaque(c, NAME_MAX_LEN, name) ||
		    !cursor_skip(c, 8) || !attributes3(c, &attributes) || !cursor_u32(c, &follows))
			return false;
		if (!follows)
			continue;
		return rpc_opaque(c, HANDLE3, handle_of);
	}
	return false;
}

const char *
nfs_status_name(uint32_t status)
{
	static const struct {
		uint32_t number;
		const char *name;
	} names[] = { { 0, "OK" }, { 1, "ERR_PERM" }, { 2, "ERR_NOENT" }, { 5, "ERR_IO" },
		{ 6, "ERR_NXIO" }, { 13, "ERR_ACCESS" }, { 17, "ERR_EXIST" }, { 18, "ERR_XDEV" },
		{ 19, "ERR_NODEV" }, { 20, "ERR_NOTDIR" }, { 21, "ERR_ISDIR" }, { 22, "ERR_INVAL" },
		{ 27, "ERR_FBIG" }, { 28, "ERR_NOSPC" }, { 30, "ERR_ROFS" }, { 31, "ERR_MLINK" },
		{ 63, "ERR_NAMETOOLONG" }, { 66, "ERR_NOTEMPTY" }, { 69, "ERR_DQUOT" },
		{ 70, "ERR_STALE" }, { 71, "ERR_REMOTE" }, { 99, "ERR_WFLUSH" },
		{ 10001, "ERR_BADHANDLE" }, { 10002, "ERR_NOT_SYNC" }, { 10003, "ERR_BAD_COOKIE" },
		{ 10004, "ERR_NOTSUPP" }, { 10005, "ERR_TOOSMALL" }, { 10006, "ERR_SERVERFAULT" },
		{ 10007, "ERR_BADTYPE" }, { 10008, "ERR_JUKEBOX" }, { 10009, "ERR_SAME" },
		{ 10010, "ERR_DENIED" }, { 10011, "ERR_EXPIRED" }, { 10012, "ERR_LOCKED" },
		{ 10013, "ERR_GRACE" }, { 10014, "ERR_FHEXPIRED" }, { 10015, "ERR_SHARE_DENIED" },
		{ 10016, "ERR_WRONGSEC" }, { 10017, "ERR_CLID_INUSE" }, { 10019, "ERR_MOVED" },
		{ 10020, "ERR_NOFILEHANDLE" }, { 10021, "ERR_MINOR_VERS_MISMATCH" },
		{ 10022, "ERR_STALE_CLIENTID" }, { 10023, "ERR_STALE_STATEID" },
		{ 10024, "ERR_OLD_STATEID" }, { 10025, "ERR_BAD_STATEID" },
		{ 10026, "ERR_BAD_SEQID" }, { 10029, "ERR_SYMLINK" }, { 10032, "ERR_ATTRNOTSUPP" },
		{ 10044, "ERR_OP_ILLEGAL" }, { 10052, "ERR_BADSESSION" },
		{ 10057, "ERR_CONN_NOT_BOUND_TO_SESSION" }, { 10063, "ERR_SEQ_MISORDERED" } };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (names[i].number == status)
			return names[i].name;
	}
	return NULL;
}

uint32_t
nfs_handle_hash(struct view handle_of)
{
	struct cursor c = cursor_of_view(handle_of);
	uint32_t crc = 0xffffffff;
	uint8_t byte;
	while (cursor_u8(&c, &byte)) {
		crc ^= byte;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}
