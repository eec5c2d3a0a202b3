/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of ONC RPC into transactions, replies to them, files by their handles. */
#include "nfs_row.h"

#define TEXT 1000

static struct view
text(const struct nfs *m, struct bag *bag, struct view from)
{
	struct view kept = { 0 };
	if (!from.ptr)
		return kept;
	kept = bag_keep(&m->l->texts, bag, from, TEXT);
	m->l->count.text_cut = m->l->texts.cut;
	return kept;
}

static void *
slot_get(const struct nfs *m)
{
	return slab_get(&m->l->txs[m->lf->proto]);
}

static void
slot_put(const struct nfs *m, void *slot)
{
	slab_put(&m->l->txs[m->lf->proto], slot);
}

/* ---- transactions ---- */

static void
tx_done(const struct nfs *m, struct nfs_tx *tx, uint8_t ready, enum dir dir)
{
	for (struct nfs_file *f = m->s->files; tx->is_file && f; f = f->next) {
		for (int i = 0; i < 2; i++) {
			if (f->tx[i] != tx)
				continue;
			l7_file_close(m->l, m->lf, f->file[i], L7_FILE_TRUNCATED, tx);
			f->file[i] = NULL;
			f->tx[i] = NULL;
		}
	}
	l7_item_done(m->l, m->lf, &m->s->txs, tx, ready, dir);
}

/* A transaction of this call; the oldest gives way at the cap. NULL: no memory. */
static struct nfs_tx *
tx_new(const struct nfs *m, const struct rpc *rpc)
{
	struct nfs_tx *tx = l7_item_new(m->l, m->lf, &m->s->txs);
	if (!tx && m->s->txs.oldest) {
		tx_done(m, (struct nfs_tx *)m->s->txs.oldest, 0, DIR_TO_SERVER);
		tx = l7_item_new(m->l, m->lf, &m->s->txs);
	}
	if (!tx)
		return NULL;
	tx->xid = tx->last_xid = rpc->xid;
	tx->program = rpc->program;
	tx->version = rpc->version;
	tx->procedure = rpc->procedure;
	tx->auth = rpc->auth;
	tx->uid = rpc->uid;
	tx->gid = rpc->gid;
	tx->sys = rpc->sys;
	tx->machine = text(m, &tx->item.bag, rpc->machine);
	return tx;
}

static struct nfs_tx *
tx_find(const struct nfs *m, uint32_t xid)
{
	for (struct l7_item *i = m->s->txs.oldest; i; i = i->next) {
		struct nfs_tx *tx = (struct nfs_tx *)i;
		if (tx->xid == xid && !tx->replied)
			return tx;
	}
	return NULL;
}

bool
nfs_waits(const struct nfs *m, uint32_t xid)
{
	if (tx_find(m, xid))
		return true;
	for (const struct nfs_ask *a = m->s->asks; a; a = a->next) {
		if (a->call.xid == xid)
			return true;
	}
	return false;
}

/* ---- files ---- */

static void
file_free(const struct nfs *m, struct nfs_file *f)
{
	struct nfs_file **at = &m->s->files;
	while (*at && *at != f)
		at = &(*at)->next;
	if (*at)
		*at = f->next;
	m->s->file_n--;
	bag_empty(&m->l->texts, &f->bag);
	slot_put(m, f);
}

static void
file_close(const struct nfs *m, struct nfs_file *f, enum dir way, enum l7_file_end end)
{
	struct nfs_tx *tx = f->tx[way];
	l7_file_close(m->l, m->lf, f->file[way], end, tx);
	f->file[way] = NULL;
	f->tx[way] = NULL;
	if (tx)
		tx_done(m, tx, 0, DIR_TO_CLIENT);
}

static struct nfs_file *
file_by_hash(const struct nfs *m, uint32_t hash)
{
	for (struct nfs_file *f = m->s->files; f; f = f->next) {
		if (f->hash == hash)
			return f;
	}
	return NULL;
}

static struct nfs_file *
file_find(const struct nfs *m, struct view handle)
{
	struct nfs_file *f = file_by_hash(m, nfs_handle_hash(handle));
	return f && f->handle.len == handle.len &&
		       memcmp(f->handle.ptr, handle.ptr, handle.len) == 0
		   ? f
		   : NULL;
}

/* Found or made; the oldest that is not under way gives way at the cap. */
static struct nfs_file *
file_get(const struct nfs *m, struct view handle)
{
	struct nfs_file *f = handle.len ? file_find(m, handle) : NULL, *old = NULL;
	if (f || !handle.len)
		return f;
	if (m->s->file_n >= NFS_FILES) {
		for (old = m->s->files; old->next;)
			old = old->next;
		file_close(m, old, DIR_TO_SERVER, L7_FILE_TRUNCATED);
		file_close(m, old, DIR_TO_CLIENT, L7_FILE_TRUNCATED);
		file_free(m, old);
	}
	if (!(f = slot_get(m)))
		return NULL;
	f->handle = text(m, &f->bag, handle);
	f->hash = nfs_handle_hash(handle);
	if (f->handle.len != handle.len ||
	    file_by_hash(m, f->hash)) { /* no room, or another's hash */
		bag_empty(&m->l->texts, &f->bag);
		slot_put(m, f);
		return NULL;
	}
	f->next = m->s->files;
	m->s->files = f;
	m->s->file_n++;
	return f;
}

static void
file_named(const struct nfs *m, struct view handle, struct view name)
{
	struct nfs_file *f = file_get(m, handle);
	if (f && name.len &&
	    !(f->name.len == name.len && memcmp(f->name.ptr, name.ptr, name.len) == 0))
		f->name = text(m, &f->bag, name);
}

/* ---- data ---- */

static void
file_begin(const struct nfs *m, struct nfs_file *f, const struct rpc *call, enum dir dir)
{
	struct nfs_tx *tx = tx_new(m, call);
	if (!tx)
		return;
	tx->is_file = true;
	tx->read = dir == DIR_TO_CLIENT;
	tx->name = tx->read ? "READ" : "WRITE";
	tx->filename = text(m, &tx->item.bag, f->name);
	tx->hash = f->hash;
	tx->handle_known = true;
	tx->first = UINT64_MAX;
	f->tx[dir] = tx;
	f->file[dir] = l7_file_open(m->l, m->lf,
	    &(struct l7_file_head){ .name = f->name, .dir = dir, .tx_id = tx->item.id });
}

/* Data of a READ or WRITE: in the message from `at`, the rest streams by. */
struct span {
	struct view message;
	size_t at;
	uint64_t offset;
	uint32_t length;
};

static void
data_begin(const struct nfs *m, struct nfs_file *f, const struct rpc *call, enum dir dir,
    const struct span *span)
{
	struct nfs_way *way = &m->s->way[dir];
	struct cursor c = cursor_of_view(span->message);
	struct view bytes = { 0 };
	uint64_t offset = span->offset;
	uint32_t length = span->length;
	if (!f->tx[dir])
		file_begin(m, f, call, dir);
	struct nfs_tx *tx = f->tx[dir];
	if (!tx || !cursor_skip(&c, span->at))
		return;
	tx->chunks++;
	tx->last_xid = call->xid;
	if (length && offset < tx->first)
		tx->first = offset;
	if (length && offset + length - 1 > tx->last)
		tx->last = offset + length - 1;
	size_t n = cursor_left(&c) < length ? cursor_left(&c) : length;
	(void)cursor_take(&c, n, &bytes);
	l7_file_at(m->l, f->file[dir], offset, bytes);
	way->hash = f->hash;
	way->offset = offset + n;
	way->body = length - (uint32_t)n;
}

/* A file that was read to its end is complete once nothing is missing. */
static void
read_end(const struct nfs *m, struct nfs_file *f)
{
	if (f->ended && f->file[DIR_TO_CLIENT] && l7_file_size(f->file[DIR_TO_CLIENT]) >= f->end) {
		f->ended = false;
		file_close(m, f, DIR_TO_CLIENT, L7_FILE_CLOSED);
	}
}

void
nfs_more(const struct nfs *m, enum dir dir, struct view bytes, uint64_t n)
{
	struct nfs_way *way = &m->s->way[dir];
	if (bytes.ptr)
		n = bytes.len;
	if (n > way->body)
		n = way->body;
	if (!n)
		return;
	struct nfs_file *f = file_by_hash(m, way->hash);
	if (f && bytes.ptr) {
		bytes.len = (size_t)n;
		l7_file_at(m->l, f->file[dir], way->offset, bytes);
	} else if (f) {
		uint64_t size = l7_file_size(f->file[dir]);
		if (way->offset <= size && way->offset + n > size)
			l7_file_gap(m->l, f->file[dir], way->offset + n - size);
	}
	way->offset += n;
	way->body -= (uint32_t)n;
	if (f && !way->body && dir == DIR_TO_CLIENT)
		read_end(m, f);
}

/* ---- calls ---- */

static void
ask_free(const struct nfs *m, struct nfs_ask *a)
{
	m->s->ask_n--;
	bag_empty(&m->l->texts, &a->bag);
	slot_put(m, a);
}

static void
ask_read(const struct nfs *m, const struct rpc *rpc, const struct nfs_call *call)
{
	struct nfs_ask **at = &m->s->asks, *a;
	const struct nfs_file *f = file_get(m, call->handle);
	if (!f)
		return;
	if (m->s->ask_n >= NFS_ASKS) { /* the oldest is the last */
		while ((*at)->next)
			at = &(*at)->next;
		ask_free(m, *at);
		*at = NULL;
	}
	if (!(a = slot_get(m)))
		return;
	a->call = *rpc;
	a->call.machine = text(m, &a->bag, rpc->machine);
	a->call.body = (struct view){ 0 };
	a->hash = f->hash;
	a->offset = call->offset;
	a->next = m->s->asks;
	m->s->asks = a;
	m->s->ask_n++;
}

static void
fill(const struct nfs *m, struct nfs_tx *tx, const struct nfs_call *call)
{
	struct bag *bag = &tx->item.bag;
	tx->act = call->act;
	tx->name = call->procedure;
	memcpy(tx->ops, call->ops, sizeof(tx->ops));
	tx->op_n = call->op_n;
	tx->filename = text(m, bag, call->name);
	tx->to = text(m, bag, call->to);
	if (!call->handle.ptr)
		return;
	tx->handle = text(m, bag, call->handle);
	tx->hash = nfs_handle_hash(call->handle);
	tx->handle_known = true;
	const struct nfs_file *f = call->name.ptr ? NULL : file_find(m, call->handle);
	if (f)
		tx->filename = text(m, bag, f->name);
}

/* What the port mapper and MOUNT are asked (RFC 1833, 3; RFC 1813, 5.2.1). */
static void
fill_other(const struct nfs *m, struct nfs_tx *tx, const struct rpc *rpc)
{
	struct cursor c = cursor_of_view(rpc->body);
	struct view path;
	tx->name = rpc_procedure_name(rpc->program, rpc->version, rpc->procedure);
	if (rpc->program == RPC_PORTMAP && rpc->procedure && rpc->procedure <= 3)
		(void)cursor_u32(&c, &tx->target);
	if (rpc->program == RPC_MOUNT && (rpc->procedure == 1 || rpc->procedure == 3) &&
	    rpc_opaque(&c, TEXT, &path))
		tx->filename = text(m, &tx->item.bag, path);
}

static void
ask(const struct nfs *m, const struct rpc *rpc, struct view message, enum dir dir)
{
	struct nfs_call call = { 0 };
	bool sound =
	    rpc->program == RPC_NFS && nfs_call(rpc->version, rpc->procedure, rpc->body, &call);
	if (sound && call.act == NFS_READ) {
		ask_read(m, rpc, &call);
		return;
	}
	if (sound && call.act == NFS_WRITE && call.data) {
		struct nfs_file *f = file_get(m, call.handle);
		size_t at = message.len - rpc->body.len + call.data_at;
		if (f)
			data_begin(m, f, rpc, dir,
			    &(struct span){ message, at, call.offset, call.length });
		return;
	}
	struct nfs_tx *tx = tx_new(m, rpc);
	if (!tx)
		return;
	if (rpc->program == RPC_NFS)
		fill(m, tx, &call);
	else
		fill_other(m, tx, rpc);
	l7_item_say(m->l, m->lf, tx, L7_READY_REQUEST, dir);
}

/* ---- replies ---- */

static void
answered(struct nfs_tx *tx, const struct rpc *rpc)
{
	tx->replied = true;
	tx->denied = rpc->denied;
	tx->rpc_status = rpc->status;
}

/* The READ with this number, no longer waiting; NULL: none. The caller frees it. */
static struct nfs_ask *
ask_take(const struct nfs *m, uint32_t xid)
{
	for (struct nfs_ask **at = &m->s->asks; *at; at = &(*at)->next) {
		struct nfs_ask *a = *at;
		if (a->call.xid != xid)
			continue;
		*at = a->next;
		return a;
	}
	return NULL;
}

static void
answer_read(const struct nfs *m, const struct rpc *rpc, struct view message,
    const struct nfs_ask *a, enum dir dir)
{
	struct nfs_answer answer;
	struct nfs_file *f = file_by_hash(m, a->hash);
	if (!f || rpc->denied || rpc->status ||
	    !nfs_answer(a->call.version, a->call.procedure, rpc->body, &answer) || answer.status ||
	    !answer.data)
		return;
	uint64_t end = a->offset + answer.length;
	size_t at = message.len - rpc->body.len + answer.data_at;
	if (!f->file[dir] && !answer.length)
		return;
	data_begin(m, f, &a->call, dir, &(struct span){ message, at, a->offset, answer.length });
	if (f->tx[dir] && !f->tx[dir]->replied) {
		answered(f->tx[dir], rpc);
		f->tx[dir]->status_known = true;
	}
	if (answer.eof || (a->call.version == 2 && answer.size_known && end >= answer.size)) {
		f->ended = true;
		f->end = end;
	}
	if (!m->s->way[dir].body)
		read_end(m, f);
}

/* Names and ends that replies show. */
static void
learn(const struct nfs *m, const struct nfs_tx *tx, const struct nfs_answer *answer)
{
	struct cursor c = answer->entries;
	struct view name, handle;
	if (answer->handle.len && tx->filename.len && tx->act != NFS_OTHER)
		file_named(m, answer->handle, tx->filename);
	while (tx->act == NFS_READDIR && nfs3_entry(&c, &name, &handle))
		file_named(m, handle, name);
	if (tx->act != NFS_COMMIT && tx->act != NFS_CLOSE)
		return;
	struct nfs_file *f = tx->handle.len ? file_find(m, tx->handle) : NULL;
	if (!f)
		return;
	file_close(m, f, DIR_TO_SERVER, L7_FILE_CLOSED);
	if (tx->act == NFS_CLOSE)
		file_close(m, f, DIR_TO_CLIENT, L7_FILE_CLOSED);
}

static void
answer_other(struct nfs_tx *tx, const struct rpc *rpc)
{
	struct cursor c = cursor_of_view(rpc->body);
	if (tx->program == RPC_PORTMAP && tx->version == 2 && tx->procedure == 3)
		(void)cursor_u32(&c, &tx->port);
	if (tx->program == RPC_MOUNT && tx->procedure == 1)
		tx->status_known = cursor_u32(&c, &tx->status);
}

static void
answer(const struct nfs *m, const struct rpc *rpc, struct view message, enum dir dir)
{
	struct nfs_answer answer = { 0 };
	struct nfs_tx *tx = tx_find(m, rpc->xid);
	if (!tx) {
		struct nfs_ask *a = ask_take(m, rpc->xid);
		if (a) {
			answer_read(m, rpc, message, a, dir);
			ask_free(m, a);
		}
		return;
	}
	answered(tx, rpc);
	bool good = !rpc->denied && !rpc->status;
	if (tx->program != RPC_NFS && good)
		answer_other(tx, rpc);
	else if (good && nfs_answer(tx->version, tx->procedure, rpc->body, &answer)) {
		tx->status = answer.status;
		tx->status_known = true;
		if (!answer.status && !tx->is_file)
			learn(m, tx, &answer);
	}
	if (tx->is_file) /* it goes on */
		l7_item_say(m->l, m->lf, tx, L7_READY_RESPONSE, dir);
	else
		tx_done(m, tx, L7_READY_RESPONSE, dir);
}

void
nfs_take(const struct nfs *m, const struct rpc *rpc, struct view message, enum dir dir)
{
	if (rpc->reply)
		answer(m, rpc, message, dir);
	else
		ask(m, rpc, message, dir);
}

/* ---- the end ---- */

void
nfs_all_done(const struct nfs *m)
{
	for (struct nfs_file *f = m->s->files; f; f = f->next) {
		/* writing has no end of its own in version 2 and 3, without COMMIT */
		file_close(m, f, DIR_TO_SERVER,
		    m->s->way[DIR_TO_SERVER].body ? L7_FILE_TRUNCATED : L7_FILE_CLOSED);
		file_close(m, f, DIR_TO_CLIENT, L7_FILE_TRUNCATED);
	}
	l7_items_finish(m->l, m->lf, &m->s->txs, DIR_TO_SERVER);
}

void
nfs_all_drop(const struct nfs *m)
{
	while (m->s->files)
		file_free(m, m->s->files);
	while (m->s->asks) {
		struct nfs_ask *next = m->s->asks->next;
		ask_free(m, m->s->asks);
		m->s->asks = next;
	}
	l7_items_drop(m->l, m->lf, &m->s->txs);
}
