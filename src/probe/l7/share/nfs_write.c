/* SPDX-License-Identifier: Apache-2.0 */
/* Records of NFS and of other ONC RPC programs. */
#include <stdio.h>

#include "nfs_row.h"
#include "wire/event.h"

static void
write_status(const struct nfs_tx *tx, struct jw *w)
{
	char text[24];
	const char *name = nfs_status_name(tx->status);
	(void)snprintf(text, sizeof(text), "UNKNOWN_%u", tx->status);
	jw_word(w, name ? name : text);
}

/* What port mapper and MOUNT are asked, and their answers. */
static void
write_asked(const struct nfs_tx *tx, struct jw *w)
{
	if (tx->name) {
		ev_key(w, rpc, procedure_name);
		jw_word(w, tx->name);
	}
	if (tx->filename.ptr) {
		ev_key(w, rpc, path);
		jw_view(w, tx->filename);
	}
	if (tx->status_known) { /* its numbers are NFS's */
		ev_key(w, rpc, mount_status);
		write_status(tx, w);
	}
	if (tx->target) {
		ev_key(w, rpc, target_program);
		jw_u64(w, tx->target);
	}
	if (tx->port) {
		ev_key(w, rpc, target_port);
		jw_u64(w, tx->port);
	}
}

/* "rpc": what EVE has of it beside every NFS record, and for other programs what they are asked. */
static void
write_rpc(const struct nfs_tx *tx, struct jw *w, bool other)
{
	static const char *const accepted[] = { "ACCEPTED", "PROG_UNAVAIL", "PROG_MISMATCH",
		"PROC_UNAVAIL", "GARBAGE_ARGS", "SYSTEM_ERR" };
	jw_key(w, "rpc");
	jw_object(w);
	ev_key(w, rpc, xid);
	jw_u64(w, tx->xid);
	if (tx->replied) {
		ev_key(w, rpc, status);
		jw_word(w, tx->denied           ? "DENIED"
			   : tx->rpc_status < 6 ? accepted[tx->rpc_status]
						: "UNKNOWN");
	}
	ev_key(w, rpc, auth_type);
	jw_word(w, tx->auth == RPC_AUTH_NULL  ? "NULL"
		   : tx->auth == RPC_AUTH_SYS ? "UNIX"
		   : tx->auth == RPC_AUTH_GSS ? "GSS"
					      : "UNKNOWN");
	if (tx->sys) {
		ev_key(w, rpc, creds);
		jw_object(w);
		ev_key(w, rpc_creds, machine_name);
		jw_view(w, tx->machine);
		ev_key(w, rpc_creds, uid);
		jw_u64(w, tx->uid);
		ev_key(w, rpc_creds, gid);
		jw_u64(w, tx->gid);
		jw_object_end(w);
	}
	const char *program = rpc_program_name(tx->program);
	ev_key(w, rpc, program);
	jw_u64(w, tx->program);
	if (program) {
		ev_key(w, rpc, program_name);
		jw_word(w, program);
	}
	ev_key(w, rpc, program_version);
	jw_u64(w, tx->version);
	ev_key(w, rpc, procedure);
	jw_u64(w, tx->procedure);
	if (other)
		write_asked(tx, w);
	jw_object_end(w);
}

static void
write_range(const struct nfs_tx *tx, struct jw *w)
{
	jw_key_n(w, tx->read ? EV_KEY(nfs, read) : EV_KEY(nfs, write), tx->read ? 4 : 5);
	jw_object(w);
	ev_key(w, nfs_range, first);
	jw_bool(w, tx->first == 0);
	ev_key(w, nfs_range, last_xid);
	jw_u64(w, tx->last_xid);
	ev_key(w, nfs_range, chunks);
	jw_u64(w, tx->chunks);
	if (tx->last >= tx->first) {
		ev_key(w, nfs_range, bytes_to);
		jw_u64(w, tx->last + 1);
	}
	jw_object_end(w);
}

static void
write_ops(const struct nfs_tx *tx, struct jw *w)
{
	if (!tx->op_n)
		return;
	ev_key(w, nfs, operations);
	jw_array(w);
	for (uint8_t i = 0; i < tx->op_n; i++) {
		const char *name = nfs4_op_name(tx->ops[i]);
		jw_word(w, name ? name : "UNKNOWN");
	}
	jw_array_end(w);
}

void
nfs_write(const void *tx_of, struct jw *w)
{
	const struct nfs_tx *tx = tx_of;
	char text[24];
	write_rpc(tx, w, false);
	jw_key(w, "nfs");
	jw_object(w);
	ev_key(w, nfs, version);
	jw_u64(w, tx->version);
	ev_key(w, nfs, procedure);
	(void)snprintf(text, sizeof(text), "%u", tx->procedure);
	jw_word(w, tx->name ? tx->name : text);
	ev_key(w, nfs, filename);
	jw_view(w, tx->filename);
	if (tx->handle_known) {
		(void)snprintf(text, sizeof(text), "%08x", tx->hash);
		ev_key(w, nfs, hhash);
		jw_word(w, text);
	}
	ev_key(w, nfs, id);
	jw_u64(w, tx->item.id + 1);
	ev_key(w, nfs, file_tx);
	jw_bool(w, tx->is_file);
	ev_key(w, nfs, type);
	jw_word(w, tx->replied ? "response" : "request");
	if (tx->status_known) {
		ev_key(w, nfs, status);
		write_status(tx, w);
	}
	write_ops(tx, w);
	if (tx->is_file)
		write_range(tx, w);
	if (tx->to.ptr) {
		ev_key(w, nfs, rename);
		jw_object(w);
		ev_key(w, nfs_rename, from);
		jw_view(w, tx->filename);
		ev_key(w, nfs_rename, to);
		jw_view(w, tx->to);
		jw_object_end(w);
	}
	jw_object_end(w);
}

void
rpc_write(const void *tx_of, struct jw *w)
{
	write_rpc(tx_of, w, true);
}
