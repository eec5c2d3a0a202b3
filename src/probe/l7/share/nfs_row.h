/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nfs_row: what the parts of the rows of NFS and of other ONC RPC programs share.
 *
 * Calls wait for their replies in state->txs; READs and WRITEs of one file are one transaction,
 * which its struct nfs_file holds. All objects come from the slab of the row's transactions. One
 * thread.
 */
#ifndef WANGLOU_PROBE_L7_SHARE_NFS_ROW_H
#define WANGLOU_PROBE_L7_SHARE_NFS_ROW_H

#include "../files.h"
#include "../item.h"
#include "probe/l7/nfs.h"
#include "probe/l7/rpc.h"

#define NFS_FILES 256
#define NFS_ASKS 256

struct nfs_tx {
	struct l7_item item;
	uint32_t xid, program, version, procedure;
	uint32_t auth, uid, gid;
	uint32_t rpc_status, status, hash;
	bool sys, replied, denied, handle_known, is_file, status_known, read;
	uint8_t act, op_n;
	uint8_t ops[NFS_OPS];
	const char *name; /* of the procedure; NULL: a number */
	struct view machine, filename, to, handle;
	uint64_t first, last; /* READ, WRITE: lowest and highest byte */
	uint32_t chunks, last_xid;
	uint32_t target, port; /* port mapper: program asked for, port told */
};

/* A file or directory by its handle. */
struct nfs_file {
	struct nfs_file *next;
	struct bag bag;
	struct view handle, name;
	uint32_t hash;
	uint64_t end; /* of a file read to its end; valid with ended */
	bool ended;
	struct nfs_tx *tx[2]; /* by direction of the data: WRITE, READ */
	struct l7_file *file[2];
};

/* A READ that waits for its data. */
struct nfs_ask {
	struct nfs_ask *next;
	struct bag bag;
	struct rpc call; /* without its body */
	uint32_t hash;
	uint64_t offset;
};

union nfs_slot {
	struct nfs_tx tx;
	struct nfs_file file;
	struct nfs_ask ask;
};

/* A direction: fragment > data of a file that streams by. */
struct nfs_way {
	uint32_t left; /* bytes of the fragment still to come */
	uint32_t body; /* of these, data of a file */
	uint64_t offset;
	uint32_t hash;
	bool within;    /* the next fragment belongs to the message before */
	bool searching; /* bytes are missing */
};

struct nfs_state {
	struct l7_items txs;
	struct nfs_file *files;
	struct nfs_ask *asks;
	uint16_t file_n, ask_n;
	struct nfs_way way[2];
};

/* What all functions need. */
struct nfs {
	struct l7 *l;
	struct l7_flow *lf;
	struct nfs_state *s;
};

/* ---- nfs_tx.c ---- */

/* A message, as much of it as is there (its beginning). Data that streams by behind it is told in
 * m->s->way[dir]. */
void
nfs_take(const struct nfs *m, const struct rpc *rpc, struct view message, enum dir dir);

/* Is a call with this number waiting? */
bool
nfs_waits(const struct nfs *m, uint32_t xid);

/* More data of the file under way, or a hole in it of n bytes (bytes.ptr NULL). */
void
nfs_more(const struct nfs *m, enum dir dir, struct view bytes, uint64_t n);

/* Everything, at the end of the flow, with or without records. */
void
nfs_all_done(const struct nfs *m);
void
nfs_all_drop(const struct nfs *m);

/* ---- nfs_write.c ---- */
void
nfs_write(const void *tx, struct jw *w);
void
rpc_write(const void *tx, struct jw *w);

#endif
