/* SPDX-License-Identifier: Apache-2.0 */
/* LDAP in the table of protocols: a transaction is a request and all of its responses. */
#include "../look.h"
#include "ldap_note.h"
#include "ldap_say.h"
#include "probe/l7/der.h"
#include "wire/event.h"

#define REQUEST_MOST 8192    /* bytes kept of a request */
#define RESPONSES_MOST 16384 /* and of all its responses */
#define RESPONSES_MAX 64     /* listed */
#define HELD_MAX 49152       /* longer messages are passed over */

static const char start_tls[] = "1.3.6.1.4.1.1466.20037"; /* RFC 4511, 4.14.1 */

struct ldap_tx {
	struct l7_item item;
	struct tape request, responses;
	struct ldap_notes notes[2]; /* by direction */
	int64_t message_id, result;
	uint32_t count;               /* of responses */
	uint8_t op;                   /* the request's, or of a response without one */
	bool asked, answered, proves; /* proves: a bind with a password or by SASL */
	bool tls;
};

struct ldap_state {
	struct l7_items items;
	uint64_t skip[2]; /* bytes of a message that is passed over */
	bool lost[2];     /* bytes are missing: look for the next message */
	bool sasl;        /* what follows a bind by SASL may be wrapped */
};

static enum l7_guess
probe(const struct l7_first *first)
{
	struct ldap m;
	long used;
	if (first->key->proto != PROTO_TCP)
		return ldap_looks(first->data) > 0 && ldap_parse(first->data, &m) > 0 ? L7_YES
										      : L7_NO;
	used = ldap_looks(first->data);
	return used == L7_MORE ? L7_MAYBE : used > 0 ? L7_YES : L7_NO;
}

static struct ldap_tx *
tx_new(struct l7 *l, struct l7_flow *lf, const struct ldap *m, enum dir dir)
{
	struct ldap_state *s = lf->state;
	if (s->items.live >= l->config.max_tx_per_flow && s->items.oldest) {
		l7_odd(l, lf, "too_many_transactions", (int64_t)s->items.oldest->id, dir);
		l7_item_done(l, lf, &s->items, s->items.oldest, 0, dir);
	}
	struct ldap_tx *tx = l7_item_new(l, lf, &s->items);
	if (!tx)
		return NULL;
	tx->request.most = REQUEST_MOST;
	tx->responses.most = RESPONSES_MOST;
	tx->message_id = m->id;
	tx->op = m->op;
	tx->result = -1;
	return tx;
}

static struct ldap_tx *
tx_find(const struct ldap_state *s, int64_t id)
{
	for (struct l7_item *i = s->items.oldest; i; i = i->next) {
		struct ldap_tx *tx = (struct ldap_tx *)i;
		if (tx->message_id == id)
			return tx;
	}
	return NULL;
}

/* A bind by name and password, or by a mechanism, shows who somebody is; an anonymous one not. */
static bool
proves(struct view body, bool *sasl)
{
	struct cursor c = cursor_of_view(body);
	struct der version, name, how;
	if (!der_next(&c, &version) || !der_next(&c, &name) || !der_next(&c, &how))
		return false;
	*sasl |= how.tag == 0xa3 || how.tag > 0x88;
	return how.tag != 0x80 || (how.body.len && name.body.len);
}

static bool
is_start_tls(struct view body)
{
	struct cursor c = cursor_of_view(body);
	struct der name;
	return der_expect(&c, 0x80, &name) && view_is(name.body, start_tls);
}

static bool
request(struct l7 *l, struct l7_flow *lf, const struct ldap *m, enum dir dir)
{
	struct ldap_state *s = lf->state;
	struct ldap_tx *tx = tx_new(l, lf, m, dir);
	if (!tx)
		return false;
	const struct tape_head h = { l, &tx->item, &tx->request };
	tx->asked = true;
	tx->proves = m->op == LDAP_BIND_REQUEST && proves(m->body, &s->sasl);
	tx->tls = m->op == LDAP_EXTENDED_REQUEST && is_start_tls(m->body);
	ldap_say(&h, m);
	ldap_note(l, &tx->item, &tx->notes[DIR_TO_SERVER], m);
	if (m->op == LDAP_UNBIND_REQUEST || m->op == LDAP_ABANDON_REQUEST)
		l7_item_done(l, lf, &s->items, tx, L7_READY_REQUEST, dir);
	else
		l7_item_say(l, lf, tx, L7_READY_REQUEST, dir);
	return true;
}

static bool
response(struct l7 *l, struct l7_flow *lf, const struct ldap *m, enum dir dir)
{
	struct ldap_state *s = lf->state;
	struct ldap_tx *tx = m->id ? tx_find(s, m->id) : NULL;
	struct cursor c = cursor_of_view(m->body);
	struct ldap_result r;
	bool last = m->op != LDAP_SEARCH_RESULT_ENTRY && m->op != LDAP_SEARCH_RESULT_REFERENCE &&
		    m->op != LDAP_INTERMEDIATE_RESPONSE;
	if (!tx && !(tx = tx_new(l, lf, m, dir)))
		return false;
	const struct tape_head h = { l, &tx->item, &tx->responses };
	if (tx->count++ < RESPONSES_MAX && !tx->responses.full) {
		tape_open(&h, NULL, false);
		ldap_say(&h, m);
		tape_close(&h);
	}
	ldap_note(l, &tx->item, &tx->notes[DIR_TO_CLIENT], m);
	if (!last && m->id) /* the last one makes it ready */
		return true;
	if (last && ldap_result(&c, &r))
		tx->result = r.code;
	tx->answered = true;
	lf->again = lf->tcp && tx->tls && tx->result == 0;
	l7_item_done(l, lf, &s->items, tx, L7_READY_RESPONSE, dir);
	return true;
}

/*
 * What lies in a SASL buffer after its length (RFC 4752, 3.3) when it is signed, but not encrypted:
 * a token of Kerberos (RFC 4121, 4.2.6.2), whose checksum stands in front in Windows's way. Empty
 * when it is sealed.
 */
static struct view
unwrap(struct view buffer)
{
	struct cursor c = cursor_of_view(buffer);
	struct view out = { NULL, 0 };
	uint16_t id, extra, rotated;
	uint8_t flags, filler;
	if (!cursor_u16(&c, &id) || id != 0x0504 || !cursor_u8(&c, &flags) || flags & 2 ||
	    !cursor_u8(&c, &filler) || !cursor_u16(&c, &extra) || !cursor_u16(&c, &rotated) ||
	    !cursor_skip(&c, 8) || cursor_left(&c) < extra)
		return out;
	size_t len = cursor_left(&c) - extra;
	if ((rotated && rotated != extra) || !cursor_skip(&c, rotated) ||
	    !cursor_take(&c, len, &out))
		return (struct view){ NULL, 0 };
	return out;
}

static bool
message(struct l7 *l, struct l7_flow *lf, const struct ldap *m, enum dir dir)
{
	return ldap_asks(m->op) ? request(l, lf, m, dir) : response(l, lf, m, dir);
}

/* Bytes of one message or SASL buffer, or what row->data says. */
static long
one(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct ldap_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	struct ldap m;
	struct view buffer;
	uint32_t n;
	if (bytes.len && *bytes.ptr == 0 && s->sasl && lf->tcp) {
		if (!cursor_u32(&c, &n))
			return L7_MORE;
		if (n <= HELD_MAX && !cursor_take(&c, n, &buffer))
			return L7_MORE;
		if (n > HELD_MAX) {
			s->skip[dir] = (uint64_t)n + 4;
			return 0;
		}
		buffer = unwrap(buffer);
		if (buffer.len && ldap_parse(buffer, &m) > 0 && !message(l, lf, &m, dir))
			return L7_FULL;
		return (long)n + 4;
	}
	long used = ldap_parse(bytes, &m);
	if (used == L7_MORE && ldap_looks(bytes) > 0 && der_size(bytes) > HELD_MAX) {
		s->skip[dir] = (uint64_t)der_size(bytes);
		return 0;
	}
	if (used == L7_BAD)
		l7_odd(l, lf, "invalid_data", -1, dir);
	if (used > 0 && !message(l, lf, &m, dir))
		return L7_FULL;
	return used;
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct ldap_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	if (s->lost[dir] && ldap_looks(bytes) < 0)
		return (long)bytes.len;
	s->lost[dir] = false;
	while (cursor_left(&c) && !lf->again) {
		size_t left = cursor_left(&c);
		if (s->skip[dir]) {
			size_t n = s->skip[dir] < left ? (size_t)s->skip[dir] : left;
			s->skip[dir] -= n;
			(void)cursor_skip(&c, n);
			continue;
		}
		long used = one(l, lf, (struct view){ c.at, left }, dir);
		if (used == L7_MORE)
			break;
		if (used < 0)
			return used;
		(void)cursor_skip(&c, (size_t)used);
	}
	return lf->tcp ? (long)(bytes.len - cursor_left(&c)) : (long)bytes.len;
}

static bool
lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir)
{
	struct ldap_state *s = lf->state;
	(void)l;
	s->lost[dir] = s->skip[dir] < n;
	s->skip[dir] = s->lost[dir] ? 0 : s->skip[dir] - n;
	return true;
}

static bool
buffer(const void *data_of, const struct l7_ask *ask, struct view *out)
{
	const struct ldap_tx *tx = data_of;
	return ldap_note_buffer(&tx->notes[ask->dir], ask, out);
}

static bool
number(const void *data_of, const struct l7_ask *ask, uint64_t *out)
{
	const struct ldap_tx *tx = data_of;
	if (ask->what == L7_NUM_LDAP_RESPONSES_COUNT)
		return look_number(ask, true, tx->count, out);
	return ldap_note_number(&tx->notes[ask->dir], ask, out);
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct ldap_tx *tx = data_of;
	jw_key(w, "ldap");
	jw_object(w);
	if (tx->asked) {
		ev_key(w, ldap, request);
		jw_object(w);
		tape_write(&tx->request, w);
		jw_object_end(w);
	}
	if (tx->count) {
		ev_key(w, ldap, responses);
		jw_array(w);
		tape_write(&tx->responses, w);
		jw_array_end(w);
	}
	if (tx->count > RESPONSES_MAX) {
		ev_key(w, ldap, responses_left_out);
		jw_u64(w, tx->count - RESPONSES_MAX);
	}
	if (tx->request.full || tx->responses.full) {
		ev_key(w, ldap, truncated);
		jw_bool(w, true);
	}
	jw_object_end(w);
}

/* RFC 4511, 4.2.2: 14 asks for more, 49 is a wrong name or password. */
static enum l7_login
login(const void *data_of)
{
	const struct ldap_tx *tx = data_of;
	if (!tx->proves)
		return L7_LOGIN_NONE;
	if (!tx->answered)
		return L7_LOGIN_TRY;
	return tx->result == 0 ? L7_LOGIN_OK : tx->result == 49 ? L7_LOGIN_FAIL : L7_LOGIN_NONE;
}

static bool
answer(const void *data_of, struct l7_answered *out)
{
	const struct ldap_tx *tx = data_of;
	if (!tx->answered || tx->result < 0)
		return false;
	out->code = (uint32_t)tx->result;
	/* 14: a bind goes on; 10: a referral */
	out->is = tx->result == 0 || tx->result == 10 || tx->result == 14 ? L7_ANSWER_DONE
									  : L7_ANSWER_REFUSED;
	return true;
}

const struct l7_row l7_ldap_row = {
	.name = "ldap",
	.proto = L7_LDAP,
	.tcp = true,
	.udp = true,
	.state_size = sizeof(struct ldap_state),
	.items_at = offsetof(struct ldap_state, items),
	.tx_size = sizeof(struct ldap_tx),
	.probe = probe,
	.data = data,
	.lost = lost,
	.finish = l7_items_end,
	.release = l7_item_release,
	.close = l7_items_close,
	.buffer = buffer,
	.number = number,
	.write = row_write,
	.login = login,
	.answer = answer,
};
