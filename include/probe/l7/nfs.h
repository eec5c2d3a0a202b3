/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_nfs: arguments and results of NFS version 2 (RFC 1094), 3 (RFC 1813), 4.0 and 4.1 (RFC 7530,
 * RFC 8881). Pure: views out, no allocation; what is cut is absent. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_NFS_H
#define WANGLOU_PROBE_L7_NFS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cursor.h"

#define NFS_OPS 16 /* operations of a compound that are named */

/* What a procedure does, for all versions. */
enum nfs_act {
	NFS_OTHER,
	NFS_LOOKUP,
	NFS_CREATE, /* also OPEN of version 4 */
	NFS_READ,
	NFS_WRITE,
	NFS_COMMIT,
	NFS_CLOSE,
	NFS_REMOVE,
	NFS_RENAME,
	NFS_READDIR /* with handles */
};

struct nfs_call {
	uint8_t act;
	const char *procedure; /* EVE's name: of version 4, that of the operation that counts */
	struct view handle;    /* file or directory it is about */
	struct view name, to;  /* name in that directory; new name */
	uint64_t offset;
	uint32_t length; /* READ, WRITE: bytes */
	bool data;       /* WRITE: its data begin at data_at of the arguments */
	size_t data_at;
	uint8_t ops[NFS_OPS], op_n; /* version 4 */
};

struct nfs_answer {
	uint32_t status;
	struct view handle; /* LOOKUP, CREATE: of what was found or made */
	uint32_t length;    /* READ */
	bool eof, data;     /* READ: its data begin at data_at of the results */
	size_t data_at;
	bool size_known;
	uint64_t size;         /* of the file, where the attributes say it */
	struct cursor entries; /* READDIRPLUS, for nfs3_entry */
};

/* False: the procedure is not known, or its arguments are not there. */
bool
nfs_call(uint32_t version, uint32_t procedure, struct view args, struct nfs_call *out);

/* Results of what `call` asked. False: not even a status. */
bool
nfs_answer(uint32_t version, uint32_t procedure, struct view results, struct nfs_answer *out);

/* A compound of version 4 (RFC 7530, 8881), as far as its operations' arguments are known; likewise
 * its results. False: not even its head. */
bool
nfs4_call(struct view args, struct nfs_call *out);
bool
nfs4_answer(struct view results, struct nfs_answer *out);

/* The next entry of a READDIRPLUS that has a handle. */
bool
nfs3_entry(struct cursor *c, struct view *name, struct view *handle);

/* Names; NULL for those unknown. */
const char *
nfs_procedure_name(uint32_t version, uint32_t procedure);
const char *
nfs_status_name(uint32_t status);
const char *
nfs4_op_name(uint8_t op);

/* CRC-32 (ISO 3309) of a file handle, as EVE's hhash and others show it. */
uint32_t
nfs_handle_hash(struct view handle);

#endif
