/* SPDX-License-Identifier: Apache-2.0 */
/* NFS and other ONC RPC programs in the table of protocols: record marks (RFC 5531, 11), messages,
 * data of files that streams by. */
#include "nfs_row.h"

#include "../look.h"

#define WHOLE 8192 /* a longer message is read from its beginning */
#define LARGEST 0x00800000u
#define SMALLEST 24
#define LAST_FRAGMENT 0x80000000u

static bool
is_nfs(uint32_t program)
{
	return program == RPC_NFS || program == RPC_NFS_ACL;
}

/* Ports that servers of these programs are at. */
static bool
own_port(const struct flow_key *k, bool nfs)
{
	return k->sport == (nfs ? 2049 : 111);
}

static enum l7_guess
judge(const struct l7_first *first, struct view message, bool nfs, bool tcp)
{
	struct rpc rpc;
	long used = rpc_parse(message, &rpc);
	if (used == L7_BAD)
		return L7_NO;
	if (rpc.reply) {
		if (!own_port(first->key, nfs))
			return first->other || !tcp ? L7_NO : L7_MAYBE;
		return used > 0 ? L7_YES : L7_NO;
	}
	if (used == L7_MORE && message.len < 16)
		return L7_MAYBE;
	bool ours =
	    nfs ? is_nfs(rpc.program) : !is_nfs(rpc.program) && rpc_program_name(rpc.program);
	if (!ours)
		return L7_NO;
	return used > 0 ? L7_YES : L7_MAYBE;
}

static enum l7_guess
probe(const struct l7_first *first, bool nfs)
{
	struct cursor c = cursor_of_view(first->data);
	uint32_t mark;
	uint8_t b;
	if (first->key->proto != PROTO_TCP)
		return judge(first, first->data, nfs, false);
	if (cursor_peek(&c, 0, &b) && b != 0x80)
		return L7_NO;
	if (!cursor_u32(&c, &mark))
		return L7_MAYBE;
	mark &= ~LAST_FRAGMENT;
	if (mark < SMALLEST || mark > LARGEST || mark % 4)
		return L7_NO;
	struct view rest = { c.at, cursor_left(&c) };
	if (rest.len > mark)
		rest.len = mark;
	return judge(first, rest, nfs, true);
}

static enum l7_guess
probe_nfs(const struct l7_first *first)
{
	return probe(first, true);
}

static enum l7_guess
probe_rpc(const struct l7_first *first)
{
	return probe(first, false);
}

/* After a gap: does a message begin here? -1: cannot tell yet. */
static int
message_here(const struct nfs *m, struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	struct rpc rpc;
	uint32_t mark;
	if (!cursor_u32(&c, &mark))
		return -1;
	if (!(mark & LAST_FRAGMENT) || (mark & ~LAST_FRAGMENT) < SMALLEST ||
	    (mark & ~LAST_FRAGMENT) > LARGEST || mark % 4)
		return 0;
	long used = rpc_parse((struct view){ c.at, cursor_left(&c) }, &rpc);
	if (used < 0)
		return used == L7_MORE ? -1 : 0;
	return rpc.reply ? nfs_waits(m, rpc.xid) : rpc_program_name(rpc.program) != NULL;
}

static size_t
search(const struct nfs *m, struct nfs_way *way, struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	while (cursor_left(&c)) {
		int here = message_here(m, (struct view){ c.at, cursor_left(&c) });
		if (here > 0)
			way->searching = false;
		if (here > 0 || (here < 0 && cursor_left(&c) < 1024))
			break;
		(void)cursor_skip(&c, 1);
	}
	return bytes.len - cursor_left(&c);
}

/* A fragment begins: its mark and as much of the message as is needed. */
static long
begin(const struct nfs *m, struct view bytes, enum dir dir)
{
	struct nfs_way *way = &m->s->way[dir];
	struct cursor c = cursor_of_view(bytes);
	struct rpc rpc;
	uint32_t mark;
	if (!cursor_u32(&c, &mark))
		return L7_MORE;
	bool within = way->within;
	uint32_t length = mark & ~LAST_FRAGMENT;
	if (length > LARGEST)
		return L7_BAD;
	struct view message = { c.at, cursor_left(&c) };
	if (message.len > length)
		message.len = length;
	if (within) { /* what goes on is passed over */
		way->within = !(mark & LAST_FRAGMENT);
		way->left = length;
		return 4;
	}
	if (message.len < length && message.len < WHOLE)
		return L7_MORE;
	way->body = 0;
	way->within = !(mark & LAST_FRAGMENT);
	if (rpc_parse(message, &rpc) < 0) {
		l7_odd(m->l, m->lf, "malformed_data", -1, dir);
		way->left = length;
		return 4;
	}
	nfs_take(m, &rpc, message, dir);
	way->left = length - (uint32_t)message.len;
	return (long)message.len + 4;
}

static long
stream(const struct nfs *m, struct view bytes, enum dir dir)
{
	struct cursor c = cursor_of_view(bytes);
	struct nfs_way *way = &m->s->way[dir];
	while (cursor_left(&c)) {
		struct view rest = { c.at, cursor_left(&c) };
		if (way->left) {
			rest.len = way->left < rest.len ? way->left : rest.len;
			nfs_more(m, dir, rest, 0);
			way->left -= (uint32_t)rest.len;
			(void)cursor_skip(&c, rest.len);
			continue;
		}
		if (way->searching) {
			size_t n = search(m, way, rest);
			(void)cursor_skip(&c, n);
			if (way->searching)
				break;
			continue;
		}
		long used = begin(m, rest, dir);
		if (used == L7_MORE)
			break;
		if (used < 0)
			return L7_BAD;
		(void)cursor_skip(&c, (size_t)used);
	}
	return (long)(bytes.len - cursor_left(&c));
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	const struct nfs m = { l, lf, lf->state };
	struct rpc rpc;
	if (lf->tcp)
		return stream(&m, bytes, dir);
	if (rpc_parse(bytes, &rpc) < 0)
		return L7_BAD;
	nfs_take(&m, &rpc, bytes, dir);
	m.s->way[dir] = (struct nfs_way){ 0 };
	return (long)bytes.len;
}

static bool
lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir)
{
	const struct nfs m = { l, lf, lf->state };
	struct nfs_way *way = &m.s->way[dir];
	nfs_more(&m, dir, (struct view){ 0 }, n);
	way->searching = n > way->left;
	way->left = n > way->left ? 0 : way->left - (uint32_t)n;
	if (way->searching) {
		way->body = 0;
		way->within = false;
	}
	return true;
}

static void
finish(struct l7 *l, struct l7_flow *lf)
{
	const struct nfs m = { l, lf, lf->state };
	nfs_all_done(&m);
}

static void
row_close(struct l7 *l, struct l7_flow *lf)
{
	const struct nfs m = { l, lf, lf->state };
	nfs_all_drop(&m);
}

/* Procedures with their version above; of version 4 each operation. */
static bool
number(const void *data_of, const struct l7_ask *ask, uint64_t *out)
{
	const struct nfs_tx *tx = data_of;
	if (ask->what == L7_NUM_NFS_VERSION)
		return look_number(ask, true, tx->version, out);
	bool operations = tx->version >= 4 && tx->op_n;
	if (ask->i >= (operations ? tx->op_n : 1))
		return false;
	*out =
	    (uint64_t)tx->version << 16 | (operations ? tx->ops[ask->i] : tx->procedure & 0xffff);
	return true;
}

const struct l7_row l7_nfs_row = {
	.name = "nfs",
	.proto = L7_NFS,
	.tcp = true,
	.udp = true,
	.state_size = sizeof(struct nfs_state),
	.tx_size = sizeof(union nfs_slot),
	.probe = probe_nfs,
	.data = data,
	.lost = lost,
	.finish = finish,
	.release = l7_item_release,
	.close = row_close,
	.number = number,
	.write = nfs_write,
};

const struct l7_row l7_rpc_row = {
	.name = "rpc",
	.proto = L7_RPC,
	.tcp = true,
	.udp = true,
	.state_size = sizeof(struct nfs_state),
	.tx_size = sizeof(union nfs_slot),
	.probe = probe_rpc,
	.data = data,
	.lost = lost,
	.finish = finish,
	.release = l7_item_release,
	.close = row_close,
	.write = rpc_write,
};
