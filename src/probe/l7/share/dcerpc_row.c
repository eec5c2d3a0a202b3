/* SPDX-License-Identifier: Apache-2.0 */
/* DCERPC in the table of protocols: a transaction is a call and its answer. */
#include "../item.h"
#include "dce.h"
#include "smb_names.h"
#include "wire/event.h"

#define WHOLE_MAX 8192 /* a longer REQUEST or RESPONSE is read from its beginning */
#define BEGINNING 48
#define SCAN_KEEP 15

struct dcerpc_tx {
	struct l7_item item;
	struct dce_call call;
};

struct dcerpc_state {
	struct l7_items calls;
	struct dce_contexts contexts;
	struct dcerpc_tx *third; /* answered, but NTLM's third message is to come (AUTH3) */
	uint32_t skip[2];        /* bytes of the fragment under way */
	bool searching[2]; /* bytes were missing: where the next fragment begins is not known */
};

/* A header whose lengths fit each other. */
static bool
sound(const struct dcerpc_header *h)
{
	if (h->auth && (uint32_t)h->auth + 8 + DCERPC_HEADER > h->length)
		return false;
	return h->length >= (h->type == DCERPC_BINDNAK || h->type > DCERPC_AUTH3 ? 16 : 20);
}

static enum l7_guess
probe_stream(const struct l7_first *first)
{
	struct dcerpc_header h;
	long used = dcerpc_header(first->data, &h);
	if (used == L7_MORE)
		return L7_MAYBE;
	if (used < 0 || !sound(&h))
		return L7_NO;
	if (!h.little && dce_from_client(h.type) != (first->dir == DIR_TO_SERVER))
		return L7_NO;
	return L7_YES;
}

static bool
cl_sound(struct view data, struct dcerpc_cl_header *h)
{
	return dcerpc_cl_header(data, h) > 0 && h->length <= data.len - DCERPC_CL_HEADER &&
	       h->version < 0x10000;
}

static enum l7_guess
probe(const struct l7_first *first)
{
	struct dcerpc_cl_header h;
	if (first->key->proto == PROTO_TCP)
		return probe_stream(first);
	if (!cl_sound(first->data, &h) || (h.type > DCERPC_RESPONSE && h.type != DCERPC_ACK))
		return L7_NO;
	bool exact = h.length == first->data.len - DCERPC_CL_HEADER;
	return dcerpc_interface(&h.interface) || h.little || exact ? L7_YES : L7_NO;
}

static struct dcerpc_tx *
find(const struct dcerpc_state *s, uint32_t call, const struct dcerpc_uuid *activity)
{
	for (struct l7_item *i = s->calls.oldest; i; i = i->next) {
		struct dcerpc_tx *tx = (struct dcerpc_tx *)i;
		if (tx->call.call == call &&
		    (!activity || dcerpc_uuid_same(activity, &tx->call.activity)))
			return tx;
	}
	return NULL;
}

static void
done(struct l7 *l, struct l7_flow *lf, struct dcerpc_tx *tx, uint8_t ready, enum dir dir)
{
	struct dcerpc_state *s = lf->state;
	l7_item_done(l, lf, &s->calls, tx, ready, dir);
}

/* NTLM's third message belongs to the BIND that began it. True: that is all it was. */
static bool
third_leg(struct l7 *l, struct l7_flow *lf, const struct dcerpc_header *h, struct view fragment)
{
	struct dcerpc_state *s = lf->state;
	struct dcerpc_tx *tx = s->third;
	s->third = NULL;
	if (tx && h->type == DCERPC_AUTH3) {
		const struct dce_place at = { l, &tx->item.bag, &s->contexts };
		dce_ask(&at, &tx->call, h, fragment);
	}
	if (tx)
		done(l, lf, tx, 0, DIR_TO_SERVER);
	return !dce_is_answered(h->type);
}

/* The size of arguments that EVE tells has more in it, where DCERPC is right in TCP: an object's
 * UUID, and the bytes of a response before its results. */
#define EVE_OBJECT 16
#define EVE_RESPONSE 8

static bool
ask(struct l7 *l, struct l7_flow *lf, const struct dcerpc_header *h, struct view fragment)
{
	struct dcerpc_state *s = lf->state;
	struct dcerpc_tx *tx = NULL;
	if (third_leg(l, lf, h, fragment))
		return true;
	if (h->type == DCERPC_REQUEST && !(h->flags & DCERPC_FIRST))
		tx = find(s, h->call, NULL);
	if (!tx && !(tx = l7_item_new(l, lf, &s->calls)))
		return false;
	const struct dce_place at = { l, &tx->item.bag, &s->contexts };
	dce_ask(&at, &tx->call, h, fragment);
	if (h->type == DCERPC_REQUEST && h->flags & DCERPC_OBJECT)
		tx->call.req_size += EVE_OBJECT;
	if (h->flags & DCERPC_LAST || h->type != DCERPC_REQUEST)
		l7_item_say(l, lf, tx, L7_READY_REQUEST, DIR_TO_SERVER);
	return true;
}

static bool
answer(struct l7 *l, struct l7_flow *lf, const struct dcerpc_header *h, struct view fragment)
{
	struct dcerpc_state *s = lf->state;
	struct dcerpc_tx *tx = find(s, h->call, NULL);
	if (!tx && !(tx = l7_item_new(l, lf, &s->calls)))
		return false;
	const struct dce_place at = { l, &tx->item.bag, &s->contexts };
	if (h->type == DCERPC_RESPONSE)
		tx->call.res_size += EVE_RESPONSE;
	if (!dce_answer(&at, &tx->call, h, fragment))
		return true;
	if (h->type == DCERPC_BINDACK && tx->call.ntlm && !s->third) {
		l7_item_say(l, lf, tx, L7_READY_RESPONSE, DIR_TO_CLIENT);
		s->third = tx;
		return true;
	}
	if (s->third == tx)
		s->third = NULL;
	done(l, lf, tx, L7_READY_RESPONSE, DIR_TO_CLIENT);
	return true;
}

/* Bytes of a fragment that must be there to read it. */
static size_t
wanted(const struct dcerpc_header *h)
{
	bool call = h->type == DCERPC_REQUEST || h->type == DCERPC_RESPONSE;
	return call && h->length > WHOLE_MAX ? BEGINNING : h->length;
}

/* The fragment's bytes, of which not all need be there. */
static void
say_frames(struct l7 *l, struct l7_flow *lf, struct view bytes, const struct dcerpc_header *h)
{
	struct cursor c = cursor_of_view(bytes);
	struct l7_framed frame = {
		.type = L7_FRAME_DCERPC_PDU, .at = bytes.ptr, .length = h->length, .tx_id = -1
	};
	l7_frame_say(l, lf, &frame);
	l7_frame(l, lf, L7_FRAME_DCERPC_HDR, (struct view){ bytes.ptr, DCERPC_HEADER }, -1);
	if (h->length < DCERPC_HEADER || !cursor_skip(&c, DCERPC_HEADER))
		return;
	frame.type = L7_FRAME_DCERPC_DATA;
	frame.at = c.at;
	frame.length = h->length - (uint64_t)DCERPC_HEADER;
	l7_frame_say(l, lf, &frame);
}

static long
fragments(struct l7 *l, struct l7_flow *lf, struct view data, enum dir dir)
{
	struct dcerpc_state *s = lf->state;
	struct cursor c = cursor_of_view(data);
	struct dcerpc_header h;
	while (cursor_left(&c)) {
		struct view rest = { c.at, cursor_left(&c) };
		if (s->skip[dir]) {
			size_t n = s->skip[dir] < rest.len ? s->skip[dir] : rest.len;
			(void)cursor_skip(&c, n);
			s->skip[dir] -= (uint32_t)n;
			continue;
		}
		long used = dcerpc_header(rest, &h);
		if (used == L7_BAD || (used > 0 && s->searching[dir] && !sound(&h))) {
			if (!s->searching[dir])
				return L7_BAD;
			(void)cursor_skip(&c, 1);
			continue;
		}
		if (used == L7_MORE || rest.len < wanted(&h))
			break;
		s->searching[dir] = false;
		if (l7_framed(l, lf))
			say_frames(l, lf, rest, &h);
		if (rest.len > h.length)
			rest.len = h.length;
		bool ok = dce_from_client(h.type) ? ask(l, lf, &h, rest) : answer(l, lf, &h, rest);
		if (!ok)
			return L7_FULL;
		(void)cursor_skip(&c, rest.len);
		s->skip[dir] = (uint32_t)(h.length - rest.len);
	}
	return (long)(data.len - cursor_left(&c));
}

static bool
cl_ask(struct l7 *l, struct l7_flow *lf, const struct dcerpc_cl_header *h, struct view args,
    enum dir dir)
{
	struct dcerpc_state *s = lf->state;
	struct dcerpc_tx *tx = find(s, h->sequence, &h->activity);
	if (!tx) {
		if (!(tx = l7_item_new(l, lf, &s->calls)))
			return false;
		tx->call = (struct dce_call){ .used = true,
			.asked = true,
			.datagram = true,
			.request = h->type,
			.call = h->sequence,
			.opnum = h->opnum,
			.activity = h->activity,
			.known = true,
			.nak = -1 };
		tx->call.bound = (struct dce_interface){ .uuid = h->interface,
			.major = (uint16_t)h->version,
			.minor = (uint16_t)(h->version >> 16) };
	}
	tx->call.req_frags++;
	tx->call.req_size += h->length;
	const struct dce_place at = { l, &tx->item.bag, NULL };
	dce_keep(&at, &tx->call.kept[DIR_TO_SERVER], args);
	l7_item_say(l, lf, tx, L7_READY_REQUEST, dir);
	return true;
}

static long
datagram(struct l7 *l, struct l7_flow *lf, struct view data, enum dir dir)
{
	struct dcerpc_state *s = lf->state;
	struct dcerpc_cl_header h;
	if (!cl_sound(data, &h))
		return L7_BAD;
	struct cursor c = cursor_of_view(data);
	struct view args = { 0 };
	(void)(cursor_skip(&c, DCERPC_CL_HEADER) && cursor_take(&c, h.length, &args));
	if (h.type == DCERPC_REQUEST)
		return cl_ask(l, lf, &h, args, dir) ? (long)data.len : L7_FULL;
	struct dcerpc_tx *tx = find(s, h.sequence, &h.activity);
	if (!tx || (h.type != DCERPC_RESPONSE && h.type != DCERPC_FAULT && h.type != DCERPC_REJECT))
		return (long)data.len;
	tx->call.replied = true;
	tx->call.response = h.type;
	tx->call.res_frags++;
	tx->call.res_size += h.length;
	dce_keep(
	    &(struct dce_place){ l, &tx->item.bag, NULL }, &tx->call.kept[DIR_TO_CLIENT], args);
	if (!(h.flags & 0x04) || h.flags & 0x02 || h.type != DCERPC_RESPONSE) /* frag, lastfrag */
		done(l, lf, tx, L7_READY_RESPONSE, dir);
	return (long)data.len;
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	return lf->tcp ? fragments(l, lf, bytes, dir) : datagram(l, lf, bytes, dir);
}

static bool
lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir)
{
	struct dcerpc_state *s = lf->state;
	(void)l;
	s->searching[dir] = n > s->skip[dir];
	s->skip[dir] = n > s->skip[dir] ? 0 : s->skip[dir] - (uint32_t)n;
	return true;
}

static void
finish(struct l7 *l, struct l7_flow *lf)
{
	struct dcerpc_state *s = lf->state;
	s->third = NULL;
	l7_items_finish(l, lf, &s->calls, DIR_TO_SERVER);
}

static bool
buffer(const void *data_of, const struct l7_ask *ask, struct view *out)
{
	return dce_buffer(&((const struct dcerpc_tx *)data_of)->call, ask, out);
}

static bool
number(const void *data_of, const struct l7_ask *ask, uint64_t *out)
{
	return dce_number(&((const struct dcerpc_tx *)data_of)->call, ask, out);
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct dcerpc_tx *tx = data_of;
	jw_key(w, "dcerpc");
	dce_write(&tx->call, w);
}

/* An error of NT or of Windows (HRESULT) that a call returned is a refusal; other numbers than 0
 * may be anything. */
static bool
answered(const void *data_of, struct l7_answered *out)
{
	const struct dce_call *call = &((const struct dcerpc_tx *)data_of)->call;
	bool refused = call->response == DCERPC_FAULT || call->response == DCERPC_BINDNAK;
	bool error = call->returned >> 30 == 3 || call->returned >> 16 == 0x8007;

	out->code = refused ? call->fault : call->returned;
	if (!refused && error)
		out->name = smb_status_name(call->returned);
	out->is = refused || (call->returns && error) ? L7_ANSWER_REFUSED : L7_ANSWER_DONE;
	return call->replied && (refused || !call->returns || error || call->returned == 0);
}

const struct l7_row l7_dcerpc_row = {
	.name = "dcerpc",
	.proto = L7_DCERPC,
	.tcp = true,
	.udp = true,
	.state_size = sizeof(struct dcerpc_state),
	.items_at = offsetof(struct dcerpc_state, calls),
	.tx_size = sizeof(struct dcerpc_tx),
	.probe = probe,
	.data = data,
	.lost = lost,
	.finish = finish,
	.release = l7_item_release,
	.close = l7_items_close,
	.buffer = buffer,
	.number = number,
	.write = row_write,
	.answer = answered,
};
