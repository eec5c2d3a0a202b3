/* SPDX-License-Identifier: Apache-2.0 */
/* SMB's transactions, shares and open files. */
#include "lib/utf16.h"
#include "smb_row.h"

static void
slot_put(const struct smb *m, void *slot)
{
	slab_put(&m->l->txs[L7_SMB], slot);
}

struct view
smb_text(const struct smb *m, struct bag *bag, struct view from, bool unicode)
{
	char text[SMB_TEXT];
	if (!from.ptr)
		return from;
	if (unicode) {
		size_t n = utf16le_text(from, text, sizeof(text));
		from = (struct view){ (const uint8_t *)text, n };
	}
	struct view kept = bag_keep(&m->l->texts, bag, from, SMB_TEXT);
	m->l->count.text_cut = m->l->texts.cut;
	return kept;
}

/* ---- transactions ---- */

/* An open file no longer has this transaction. */
static void
forget(const struct smb *m, const struct smb_tx *tx)
{
	for (struct smb_open *o = m->s->opens; o; o = o->next) {
		for (int i = 0; i < 2; i++) {
			if (o->tx[i] != tx)
				continue;
			l7_file_close(m->l, m->lf, o->file[i], L7_FILE_TRUNCATED, tx);
			o->file[i] = NULL;
			o->tx[i] = NULL;
		}
	}
}

void
smb_tx_done(const struct smb *m, struct smb_tx *tx, uint8_t ready, enum dir dir)
{
	if (tx->kind == SMB_FILE)
		forget(m, tx);
	if (!tx->dialect)
		tx->dialect = m->s->dialect;
	l7_item_done(m->l, m->lf, &m->s->txs, tx, ready, dir);
}

struct smb_tx *
smb_tx_new(const struct smb *m, const struct smb_message *msg, enum smb_kind kind)
{
	struct smb_tx *tx = l7_item_new(m->l, m->lf, &m->s->txs);
	if (!tx && m->s->txs.oldest) { /* answers that never come must not end the parsing */
		smb_tx_done(m, (struct smb_tx *)m->s->txs.oldest, 0, msg->dir);
		tx = l7_item_new(m->l, m->lf, &m->s->txs);
	}
	if (!tx)
		return NULL;
	tx->kind = (uint8_t)kind;
	tx->version = msg->version;
	tx->dialect = m->s->dialect;
	if (msg->version == 2) {
		tx->command = msg->h2.command;
		tx->session = msg->h2.session;
		tx->tree = msg->h2.tree;
		tx->message = msg->h2.message;
	} else {
		tx->command = msg->h1.command;
		tx->session = msg->h1.user;
		tx->tree = msg->h1.tree;
		tx->message = (uint64_t)msg->h1.process << 16 | msg->h1.multiplex;
	}
	return tx;
}

struct smb_tx *
smb_tx_find(const struct smb *m, const struct smb_message *msg)
{
	uint64_t id = msg->version == 2 ? msg->h2.message
					: (uint64_t)msg->h1.process << 16 | msg->h1.multiplex;
	uint16_t command = msg->version == 2 ? msg->h2.command : msg->h1.command;
	for (struct l7_item *i = m->s->txs.oldest; i; i = i->next) {
		struct smb_tx *tx = (struct smb_tx *)i;
		if (tx->message == id && tx->command == command && tx->version == msg->version &&
		    !(tx->kind == SMB_FILE && tx->replied))
			return tx;
	}
	return NULL;
}

void
smb_tx_answered(const struct smb *m, struct smb_tx *tx, const struct smb_message *msg)
{
	tx->replied = true;
	if (msg->version == 2) {
		tx->status = msg->h2.status;
		if (msg->h2.session)
			tx->session = msg->h2.session;
		if (msg->h2.tree)
			tx->tree = msg->h2.tree;
	} else {
		tx->status = msg->h1.status;
		tx->dos = !(msg->h1.flags2 & SMB1_FLAGS2_NT_STATUS);
		tx->tree = msg->h1.tree;
		tx->session = msg->h1.user;
	}
	if (!tx->dialect)
		tx->dialect = m->s->dialect;
}

void
smb_token(const struct smb *m, struct smb_tx *tx, struct view token)
{
	struct gss gss;
	struct ntlm ntlm;
	if (!token.len || !gss_open(token, &gss))
		return;
	struct bag *bag = &tx->item.bag;
	if (gss.kerberos) {
		tx->setup.kerberos = true;
		tx->setup.realm = smb_text(m, bag, gss.realm, false);
		tx->setup.sname = smb_text(m, bag, gss.sname, false);
	}
	if (!gss.ntlm.ptr || !ntlm_parse(gss.ntlm, &ntlm) || ntlm.type == NTLM_NEGOTIATE)
		return;
	const size_t room = 700;
	struct ntlm_text *text = bag_room(&m->l->texts, bag, sizeof(*text) + room);
	if (!text)
		return;
	struct ntlm_room left = { (char *)(text + 1), room };
	ntlm_texts(&ntlm, &left, text);
	tx->setup.ntlm = text;
	tx->setup.final = ntlm.type == NTLM_AUTHENTICATE;
}

/* ---- requests without a record ---- */

struct smb_ask *
smb_ask_new(const struct smb *m, uint16_t command, uint64_t message, struct view fid)
{
	struct smb_ask **at = &m->s->asks, *a;
	if (m->s->ask_n >= SMB_ASKS) { /* the oldest is the last */
		while ((*at)->next)
			at = &(*at)->next;
		slot_put(m, *at);
		*at = NULL;
		m->s->ask_n--;
	}
	if (!(a = slab_get(&m->l->txs[L7_SMB])))
		return NULL;
	a->message = message;
	a->command = command;
	(void)l7_keep(a->fid, sizeof(a->fid), fid);
	a->next = m->s->asks;
	m->s->asks = a;
	m->s->ask_n++;
	return a;
}

bool
smb_ask_take(const struct smb *m, uint64_t message, struct smb_ask *out)
{
	for (struct smb_ask **at = &m->s->asks; *at; at = &(*at)->next) {
		struct smb_ask *a = *at;
		if (a->message != message)
			continue;
		*out = *a;
		*at = a->next;
		m->s->ask_n--;
		slot_put(m, a);
		return true;
	}
	return false;
}

/* ---- shares ---- */

struct smb_tree *
smb_tree_find(const struct smb *m, uint32_t tree)
{
	for (struct smb_tree *t = m->s->trees; t; t = t->next) {
		if (t->tree == tree)
			return t;
	}
	return NULL;
}

static void
tree_free(const struct smb *m, struct smb_tree **at)
{
	struct smb_tree *t = *at;
	*at = t->next;
	bag_empty(&m->l->texts, &t->bag);
	slot_put(m, t);
	m->s->tree_n--;
}

void
smb_tree_drop(const struct smb *m, uint32_t tree)
{
	for (struct smb_tree **at = &m->s->trees; *at; at = &(*at)->next) {
		if ((*at)->tree == tree) {
			tree_free(m, at);
			return;
		}
	}
}

void
smb_tree_new(const struct smb *m, const struct smb_tx *tx)
{
	struct smb_tree **at = &m->s->trees;
	smb_tree_drop(m, tx->tree);
	if (m->s->tree_n >= SMB_TREES) {
		while ((*at)->next)
			at = &(*at)->next;
		tree_free(m, at);
	}
	struct smb_tree *t = slab_get(&m->l->txs[L7_SMB]);
	if (!t)
		return;
	t->tree = tx->tree;
	t->session = tx->session;
	t->type = tx->share_type;
	t->name = smb_text(m, &t->bag, tx->name, false);
	t->next = m->s->trees;
	m->s->trees = t;
	m->s->tree_n++;
}

/* ---- open files ---- */

struct smb_open *
smb_open_find(const struct smb *m, const uint8_t *fid)
{
	for (struct smb_open *o = m->s->opens; o; o = o->next) {
		if (memcmp(o->fid, fid, SMB2_FID) == 0)
			return o;
	}
	return NULL;
}

struct smb_open *
smb_open_get(const struct smb *m, const uint8_t *fid, uint32_t tree)
{
	struct smb_open *o = smb_open_find(m, fid);
	if (o)
		return o;
	if (m->s->open_n >= SMB_OPENS) {
		for (o = m->s->opens; o->next;)
			o = o->next;
		smb_open_close(m, o, L7_FILE_TRUNCATED, DIR_TO_SERVER);
	}
	if (!(o = slab_get(&m->l->txs[L7_SMB])))
		return NULL;
	const struct smb_tree *t = smb_tree_find(m, tree);
	memcpy(o->fid, fid, SMB2_FID);
	o->tree = tree;
	o->is_pipe = t && t->type == 2;
	o->next = m->s->opens;
	m->s->opens = o;
	m->s->open_n++;
	return o;
}

static void
pipe_free(const struct smb *m, struct smb_open *o)
{
	if (!o->pipe)
		return;
	hold_drop(&m->l->pool, &o->pipe->held[0]);
	hold_drop(&m->l->pool, &o->pipe->held[1]);
	slot_put(m, o->pipe);
	o->pipe = NULL;
}

static void
open_free(const struct smb *m, struct smb_open *o)
{
	struct smb_open **at = &m->s->opens;
	while (*at && *at != o)
		at = &(*at)->next;
	if (*at)
		*at = o->next;
	m->s->open_n--;
	pipe_free(m, o);
	bag_empty(&m->l->texts, &o->bag);
	slot_put(m, o);
}

/* Calls through this pipe that wait for an answer. */
static void
calls_done(const struct smb *m, const struct smb_open *o, enum dir dir)
{
	struct l7_item *next;
	for (struct l7_item *i = m->s->txs.oldest; i; i = next) {
		struct smb_tx *tx = (struct smb_tx *)i;
		next = i->next;
		if (tx->kind == SMB_PIPE && memcmp(tx->fid, o->fid, SMB2_FID) == 0)
			smb_tx_done(m, tx, 0, dir);
	}
}

void
smb_open_close(const struct smb *m, struct smb_open *o, enum l7_file_end end, enum dir dir)
{
	for (int i = 0; i < 2; i++) {
		struct smb_tx *tx = o->tx[i];
		uint64_t have = l7_file_size(o->file[i]);
		if (i == DIR_TO_CLIENT && o->size_known && have < o->size)
			l7_file_gap(m->l, o->file[i], o->size - have); /* a part was read */
		l7_file_close(m->l, m->lf, o->file[i], end, tx);
		o->file[i] = NULL;
		o->tx[i] = NULL;
		if (tx)
			smb_tx_done(m, tx, 0, dir);
	}
	if (o->is_pipe)
		calls_done(m, o, dir);
	open_free(m, o);
}

/* ---- data ---- */

static void
file_begin(const struct smb *m, struct smb_open *o, const struct smb_message *msg, enum dir dir)
{
	struct smb_tx *tx = smb_tx_new(m, msg, SMB_FILE);
	if (!tx)
		return;
	const struct smb_tree *t = smb_tree_find(m, o->tree);
	tx->name = smb_text(m, &tx->item.bag, o->name, false);
	tx->directory = t ? smb_text(m, &tx->item.bag, t->name, false) : (struct view){ 0 };
	memcpy(tx->fid, o->fid, SMB2_FID);
	tx->fid_n = msg->version == 2 ? SMB2_FID : 2;
	if (dir == DIR_TO_CLIENT)
		smb_tx_answered(m, tx, msg);
	o->tx[dir] = tx;
	if (o->is_pipe)
		return;
	o->file[dir] = l7_file_open(m->l, m->lf,
	    &(struct l7_file_head){ .name = o->name, .dir = dir, .tx_id = tx->item.id });
}

/* Bytes where some were written already: what the file is told to be and what the server has
 * differ. Said once a file; not of one whose opening was not seen, which may be a pipe (all at 0).
 */
static void
written_again(const struct smb *m, struct smb_open *o, uint64_t offset, size_t n)
{
	const struct smb_tx *tx = o->tx[DIR_TO_SERVER];
	if (o->overlap || !n || !o->name.ptr || !o->file[DIR_TO_SERVER] ||
	    !l7_file_overlaps(o->file[DIR_TO_SERVER], offset))
		return;
	o->overlap = true;
	l7_odd(m->l, m->lf, "file_overlap", tx ? (int64_t)tx->item.id : -1, DIR_TO_SERVER);
}

void
smb_data(const struct smb *m, struct smb_open *o, const struct smb_message *msg, enum dir dir,
    uint64_t offset, struct view bytes)
{
	if (o->is_pipe) {
		smb_pipe_data(m, o, msg, dir, bytes);
		if (o->pipe && o->pipe->foreign && !o->tx[dir] && msg && dir == DIR_TO_SERVER)
			file_begin(m, o, msg, dir); /* data of another kind: told, not followed */
		return;
	}
	if (!o->tx[dir] && msg)
		file_begin(m, o, msg, dir);
	else if (msg && dir == DIR_TO_SERVER)
		written_again(m, o, offset, bytes.len);
	l7_file_at(m->l, o->file[dir], offset, bytes);
}

void
smb_data_gap(const struct smb *m, struct smb_open *o, enum dir dir, uint64_t offset, uint64_t n)
{
	uint64_t size = l7_file_size(o->file[dir]);
	if (o->is_pipe && o->pipe)
		o->pipe->foreign = true; /* fragments are not found again */
	if (o->file[dir] && offset <= size && offset + n > size)
		l7_file_gap(m->l, o->file[dir], offset + n - size);
}

void
smb_data_begin(const struct smb *m, struct smb_open *o, const struct smb_message *msg,
    uint64_t offset, uint32_t at, uint32_t length)
{
	struct smb_way *way = &m->s->way[msg->dir];
	struct cursor c = cursor_of_view(msg->bytes);
	struct view bytes;
	if (!cursor_skip(&c, at))
		return;
	size_t n = cursor_left(&c) < length ? cursor_left(&c) : length;
	(void)cursor_take(&c, n, &bytes);
	smb_data(m, o, msg, msg->dir, offset, bytes);
	way->body = length - (uint32_t)n;
	way->offset = offset + n;
	memcpy(way->fid, o->fid, SMB2_FID);
}

/* ---- DCERPC in pipes ---- */

/* The BIND whose answer has come. */
static struct smb_tx *
bind_find(const struct smb *m, const struct smb_open *o)
{
	for (struct l7_item *i = m->s->txs.oldest; i; i = i->next) {
		struct smb_tx *tx = (struct smb_tx *)i;
		if (tx->kind == SMB_PIPE && tx->call.response == DCERPC_BINDACK &&
		    memcmp(tx->fid, o->fid, SMB2_FID) == 0)
			return tx;
	}
	return NULL;
}

static struct smb_tx *
call_find(const struct smb *m, const struct smb_open *o, uint32_t call)
{
	for (struct l7_item *i = m->s->txs.oldest; i; i = i->next) {
		struct smb_tx *tx = (struct smb_tx *)i;
		if (tx->kind == SMB_PIPE && tx->call.call == call &&
		    memcmp(tx->fid, o->fid, SMB2_FID) == 0)
			return tx;
	}
	return NULL;
}

/* NTLM's third message belongs to the BIND that began it. True: that is all it was. */
static bool
third_leg(
    const struct smb *m, struct smb_open *o, const struct dcerpc_header *h, struct view fragment)
{
	struct smb_tx *tx = o->pipe->third ? bind_find(m, o) : NULL;
	o->pipe->third = false;
	if (tx && h->type == DCERPC_AUTH3) {
		const struct dce_place at = { m->l, &tx->item.bag, &o->pipe->contexts };
		dce_ask(&at, &tx->call, h, fragment);
	}
	if (tx)
		smb_tx_done(m, tx, 0, DIR_TO_SERVER);
	return !dce_is_answered(h->type);
}

static void
ask(const struct smb *m, struct smb_open *o, const struct smb_message *msg,
    const struct dcerpc_header *h, struct view fragment)
{
	struct smb_tx *tx = NULL;
	if (third_leg(m, o, h, fragment))
		return;
	if (h->type == DCERPC_REQUEST && !(h->flags & DCERPC_FIRST))
		tx = call_find(m, o, h->call);
	if (!tx) {
		if (!(tx = smb_tx_new(m, msg, SMB_PIPE)))
			return;
		tx->name = smb_text(m, &tx->item.bag, o->name, false);
		memcpy(tx->fid, o->fid, SMB2_FID);
		tx->fid_n = msg->version == 2 ? SMB2_FID : 2;
	}
	const struct dce_place at = { m->l, &tx->item.bag, &o->pipe->contexts };
	dce_ask(&at, &tx->call, h, fragment);
	if (h->flags & DCERPC_LAST || h->type != DCERPC_REQUEST)
		l7_item_say(m->l, m->lf, tx, L7_READY_REQUEST, DIR_TO_SERVER);
}

static void
answer(const struct smb *m, struct smb_open *o, const struct smb_message *msg,
    const struct dcerpc_header *h, struct view fragment)
{
	struct smb_tx *tx = call_find(m, o, h->call);
	if (!tx)
		return;
	const struct dce_place at = { m->l, &tx->item.bag, &o->pipe->contexts };
	smb_tx_answered(m, tx, msg);
	if (tx->status == SMB_STATUS_BUFFER_OVERFLOW) /* the rest was read, or the call says it */
		tx->status = 0;
	if (!dce_answer(&at, &tx->call, h, fragment))
		return;
	if (h->type == DCERPC_BINDACK && tx->call.ntlm && !o->pipe->third) {
		l7_item_say(m->l, m->lf, tx, L7_READY_RESPONSE, DIR_TO_CLIENT);
		o->pipe->third = true;
		return;
	}
	smb_tx_done(m, tx, L7_READY_RESPONSE, DIR_TO_CLIENT);
}

/* One fragment, whole or its beginning. Returns bytes used, L7_MORE or L7_BAD. */
static long
fragment(const struct smb *m, struct smb_open *o, const struct smb_message *msg, enum dir dir,
    struct view data)
{
	const size_t enough = 6000; /* of a long REQUEST or RESPONSE, which only counts */
	struct dcerpc_header h;
	long used = dcerpc_header(data, &h);
	if (used < 0)
		return used;
	bool counts = h.type == DCERPC_REQUEST || h.type == DCERPC_RESPONSE;
	size_t want = counts && h.length > enough ? enough : h.length;
	if (data.len < want)
		return L7_MORE;
	if (data.len > h.length)
		data.len = h.length;
	if (dce_from_client(h.type))
		ask(m, o, msg, &h, data);
	else
		answer(m, o, msg, &h, data);
	o->pipe->skip[dir] = (uint32_t)(h.length - data.len);
	return (long)data.len;
}

static bool
pipe_ready(const struct smb *m, struct smb_open *o)
{
	if (!o->pipe)
		o->pipe = slab_get(&m->l->txs[L7_SMB]);
	return o->pipe && !o->pipe->foreign;
}

/* What is held and what comes, as one run of bytes. */
static void
pipe_feed(const struct smb *m, struct smb_open *o, const struct smb_message *msg, enum dir dir,
    struct view bytes)
{
	struct smb_pipe *p = o->pipe;
	struct cursor c = cursor_of_view(bytes);
	while (cursor_left(&c)) {
		struct view rest = { c.at, cursor_left(&c) };
		size_t n = p->skip[dir] < rest.len ? p->skip[dir] : rest.len;
		if (n) {
			p->skip[dir] -= (uint32_t)n;
			(void)cursor_skip(&c, n);
			continue;
		}
		long used = fragment(m, o, msg, dir, rest);
		if (used == L7_BAD ||
		    (used == L7_MORE && !hold_add(&m->l->pool, &p->held[dir], rest)))
			p->foreign = true;
		if (used < 0)
			return;
		(void)cursor_skip(&c, (size_t)used);
	}
}

void
smb_pipe_data(const struct smb *m, struct smb_open *o, const struct smb_message *msg, enum dir dir,
    struct view bytes)
{
	if (!msg || !bytes.len || !pipe_ready(m, o))
		return;
	struct hold *h = &o->pipe->held[dir];
	if (!h->len) {
		pipe_feed(m, o, msg, dir, bytes);
		return;
	}
	if (!hold_add(&m->l->pool, h, bytes)) {
		o->pipe->foreign = true;
		return;
	}
	struct hold all = *h;
	*h = (struct hold){ 0 };
	pipe_feed(m, o, msg, dir, hold_view(&all));
	hold_drop(&m->l->pool, &all);
}

/* ---- the end ---- */

void
smb_all_done(const struct smb *m)
{
	while (m->s->opens)
		smb_open_close(m, m->s->opens, L7_FILE_TRUNCATED, DIR_TO_SERVER);
	while (m->s->txs.oldest)
		smb_tx_done(m, (struct smb_tx *)m->s->txs.oldest, 0, DIR_TO_SERVER);
}

void
smb_all_drop(const struct smb *m)
{
	while (m->s->opens)
		open_free(m, m->s->opens);
	while (m->s->trees)
		tree_free(m, &m->s->trees);
	while (m->s->asks) {
		struct smb_ask *next = m->s->asks->next;
		slot_put(m, m->s->asks);
		m->s->asks = next;
	}
	l7_items_drop(m->l, m->lf, &m->s->txs);
}
