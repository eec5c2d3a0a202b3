/* SPDX-License-Identifier: Apache-2.0 */
/* MongoDB in the table of protocols: a transaction is a command and its reply. Documents are looked
 * into for names only; filters and values are not kept. */
#include "../item.h"
#include "frames.h"
#include "probe/l7/mongodb.h"
#include "wire/event.h"

#define MONGODB_PORT 27017
#define WANT 8192 /* bytes of a message looked at */
#define NAME_LEN 128
#define MESSAGE_LEN 256

struct mongodb_tx {
	struct l7_item item;
	uint32_t request, opcode;
	uint8_t compressor;
	bool replied, has_ok, ok, failed, done, sasl;
	int64_t code, count, wire_version; /* -1: not said */
	struct view command, collection, database, user, mechanism;
	struct view application, driver, driver_version, os;
	struct view message, code_name, version;
};

struct mongodb_state {
	struct frames frames; /* first */
	struct l7_items items;
};

static bool
printable(struct view text)
{
	struct cursor c = cursor_of_view(text);
	uint8_t b;
	while (cursor_u8(&c, &b)) {
		if (b < ' ' || b == 0x7f)
			return false;
	}
	return text.len > 0;
}

/* The body of the first message, as far as it is there. */
static enum l7_guess
probe_body(const struct l7_first *first, const struct mongodb_header *h)
{
	struct mongodb_message m;
	struct bson_element e;
	if (first->data.len < 40 && first->data.len < h->length)
		return L7_MAYBE;
	if (!mongodb_message(first->data, &m))
		return L7_NO;
	if (m.name.ptr)
		return printable(m.name) && memchr(m.name.ptr, '.', m.name.len) ? L7_YES : L7_NO;
	if (h->opcode == MONGODB_COMPRESSED)
		return m.compressor <= 3 && first->key->sport == MONGODB_PORT ? L7_YES : L7_NO;
	struct cursor c = bson_walk(m.document);
	if (!bson_next(&c, &e))
		return first->data.len < 512 && first->data.len < h->length ? L7_MAYBE : L7_NO;
	return printable(e.name) ? L7_YES : L7_NO;
}

static enum l7_guess
probe(const struct l7_first *first)
{
	struct mongodb_header h;
	long used = mongodb_header(first->data, &h);
	if (used < 0)
		return used == L7_MORE ? L7_MAYBE : L7_NO;
	bool reply = h.opcode == MONGODB_REPLY;
	/* old drivers answer "nothing" with -1 */
	bool answers = h.response_to && (uint32_t)h.response_to != UINT32_MAX;
	if (h.length < 26 || (first->dir == DIR_TO_SERVER && (reply || answers)))
		return L7_NO;
	if (first->dir == DIR_TO_CLIENT &&
	    !(reply || h.opcode == MONGODB_MSG || h.opcode == MONGODB_COMPRESSED))
		return L7_NO;
	return probe_body(first, &h);
}

static struct view
keep(struct l7 *l, struct mongodb_tx *tx, struct view v)
{
	return v.ptr ? l7_text(l, tx, v, NAME_LEN) : v;
}

static struct view
keep_text(struct l7 *l, struct mongodb_tx *tx, struct view document, const char *name)
{
	struct bson_element e;
	struct view none = { 0 };
	if (!bson_find(document, name, &e) || e.type != BSON_STRING)
		return none;
	return l7_text(l, tx, e.value, MESSAGE_LEN);
}

/* "n,,n=user,r=..." of SCRAM (RFC 5802), NUL user NUL password of PLAIN (RFC 4616). */
static void
keep_user(struct l7 *l, struct mongodb_tx *tx, struct view payload)
{
	struct cursor c = cursor_of_view(payload);
	struct view user = { 0 };
	uint8_t b, end = ',';
	size_t n = 0;
	if (view_is(tx->mechanism, "PLAIN")) {
		end = 0;
		while (cursor_u8(&c, &b) && b)
			;
	} else {
		for (int commas = 0; commas < 2 && cursor_u8(&c, &b);)
			commas += b == ',';
		if (!cursor_skip(&c, 2))
			return;
	}
	while (cursor_peek(&c, n, &b) && b != end)
		n++;
	if (cursor_take(&c, n, &user))
		tx->user = keep(l, tx, user);
}

static void
keep_sasl(struct l7 *l, struct mongodb_tx *tx, struct view document)
{
	struct bson_element e;
	if (!bson_find(document, "mechanism", &e) || e.type != BSON_STRING)
		return;
	tx->mechanism = keep(l, tx, e.value);
	if (bson_find(document, "payload", &e) && e.type == BSON_BINARY)
		keep_user(l, tx, e.value);
}

/* hello's description of the client (MongoDB's handshake specification). */
static void
keep_client(struct l7 *l, struct mongodb_tx *tx, struct view client)
{
	struct bson_element e;
	if (bson_find(client, "application", &e) && e.type == BSON_DOCUMENT)
		tx->application = keep_text(l, tx, e.value, "name");
	if (bson_find(client, "driver", &e) && e.type == BSON_DOCUMENT) {
		tx->driver = keep_text(l, tx, e.value, "name");
		tx->driver_version = keep_text(l, tx, e.value, "version");
	}
	if (bson_find(client, "os", &e) && e.type == BSON_DOCUMENT) {
		struct view name = keep_text(l, tx, e.value, "name");
		tx->os = name.ptr ? name : keep_text(l, tx, e.value, "type");
	}
}

/* The first element is the command; its value, when it is a text, the collection. */
static void
keep_command(struct l7 *l, struct mongodb_tx *tx, struct view document)
{
	struct cursor c = bson_walk(document);
	struct bson_element e;
	struct view inner = document;
	if (!bson_next(&c, &e))
		return;
	if ((view_is(e.name, "$query") || view_is(e.name, "query")) && e.type == BSON_DOCUMENT) {
		inner = e.value;
		c = bson_walk(inner);
		if (!bson_next(&c, &e))
			return;
	}
	tx->command = keep(l, tx, e.name);
	if (e.type == BSON_STRING)
		tx->collection = keep(l, tx, e.value);
	else if (bson_find(inner, "collection", &e) && e.type == BSON_STRING)
		tx->collection = keep(l, tx, e.value);
	if (bson_find(inner, "$db", &e) && e.type == BSON_STRING)
		tx->database = keep(l, tx, e.value);
	if (bson_find(inner, "client", &e) && e.type == BSON_DOCUMENT)
		keep_client(l, tx, e.value);
	bool start = view_is(tx->command, "saslStart");
	tx->sasl = start || view_is(tx->command, "saslContinue");
	if (start)
		keep_sasl(l, tx, inner);
	else if (bson_find(inner, "speculativeAuthenticate", &e) && e.type == BSON_DOCUMENT)
		keep_sasl(l, tx, e.value);
}

/* "database.collection"; of commands the collection is "$cmd". */
static void
keep_name(struct l7 *l, struct mongodb_tx *tx, const struct mongodb_message *m)
{
	const uint8_t *dot = m->name.len ? memchr(m->name.ptr, '.', m->name.len) : NULL;
	struct cursor c = cursor_of_view(m->name);
	struct view part;
	if (!dot || !cursor_take(&c, (size_t)(dot - m->name.ptr), &part))
		return;
	tx->database = keep(l, tx, part);
	(void)cursor_skip(&c, 1);
	(void)cursor_take(&c, cursor_left(&c), &part);
	if (view_is(part, "$cmd"))
		keep_command(l, tx, m->document);
	else
		tx->collection = keep(l, tx, part);
}

static long
request(struct l7 *l, struct l7_flow *lf, const struct mongodb_message *m)
{
	struct mongodb_state *s = lf->state;
	struct mongodb_tx *tx = l7_item_new(l, lf, &s->items);
	if (!tx && s->items.oldest) { /* answers that never came */
		l7_item_done(l, lf, &s->items, s->items.oldest, 0, DIR_TO_SERVER);
		tx = l7_item_new(l, lf, &s->items);
	}
	if (!tx)
		return L7_FULL;
	tx->request = m->header.request;
	tx->opcode = m->header.opcode;
	tx->compressor = m->compressor;
	tx->code = tx->count = tx->wire_version = -1;
	if (m->name.ptr)
		keep_name(l, tx, m);
	else if (m->document.ptr)
		keep_command(l, tx, m->document);
	uint32_t op = tx->opcode;
	bool alone = op == MONGODB_INSERT || op == MONGODB_UPDATE || op == MONGODB_DELETE ||
		     op == MONGODB_KILL_CURSORS ||
		     (op == MONGODB_MSG && m->flags & MONGODB_MORE_TO_COME);
	if (alone)
		l7_item_done(l, lf, &s->items, tx, L7_READY_REQUEST, DIR_TO_SERVER);
	else
		l7_item_say(l, lf, tx, L7_READY_REQUEST, DIR_TO_SERVER);
	return 0;
}

static void
keep_reply(struct l7 *l, struct mongodb_tx *tx, struct view document)
{
	struct cursor c = bson_walk(document);
	struct bson_element e;
	while (bson_next(&c, &e)) {
		bool is_number = e.type == BSON_DOUBLE || e.type == BSON_INT32 ||
				 e.type == BSON_INT64 || e.type == BSON_BOOL;
		if (is_number && view_is(e.name, "ok")) {
			tx->has_ok = true;
			tx->ok = e.number != 0;
		} else if (is_number && view_is(e.name, "code")) {
			tx->code = e.number;
		} else if (is_number && view_is(e.name, "n")) {
			tx->count = e.number;
		} else if (is_number && view_is(e.name, "maxWireVersion")) {
			tx->wire_version = e.number;
		} else if (e.type == BSON_BOOL && view_is(e.name, "done")) {
			tx->done = e.number;
		}
	}
	tx->message = keep_text(l, tx, document, "errmsg");
	if (!tx->message.ptr)
		tx->message = keep_text(l, tx, document, "$err");
	tx->code_name = keep_text(l, tx, document, "codeName");
	tx->version = keep_text(l, tx, document, "version");
	tx->failed = tx->has_ok ? !tx->ok : tx->message.ptr != NULL;
}

static long
reply(struct l7 *l, struct l7_flow *lf, const struct mongodb_message *m)
{
	struct mongodb_state *s = lf->state;
	for (struct l7_item *i = s->items.oldest; i; i = i->next) {
		struct mongodb_tx *tx = (struct mongodb_tx *)i;
		if (tx->request != m->header.response_to)
			continue;
		tx->replied = true;
		if (m->compressor)
			tx->compressor = m->compressor;
		if (m->header.opcode == MONGODB_REPLY)
			tx->count = m->documents;
		if (m->document.ptr)
			keep_reply(l, tx, m->document);
		l7_item_done(l, lf, &s->items, tx, L7_READY_RESPONSE, DIR_TO_CLIENT);
		return 0;
	}
	return 0; /* further parts of an exhaust cursor, or its request was not seen */
}

static long
frame(struct l7_flow *lf, struct view data, enum dir dir, struct msg_frame *out)
{
	struct mongodb_header h;
	long used = mongodb_header(data, &h);
	(void)lf;
	(void)dir;
	if (used < 0)
		return used;
	out->head = (size_t)used;
	out->body = h.length - MONGODB_HEADER;
	out->want = WANT;
	return 0;
}

static long
message(
    struct l7 *l, struct l7_flow *lf, struct view bytes, const struct msg_frame *f, enum dir dir)
{
	struct mongodb_message m;
	(void)f;
	if (!mongodb_message(bytes, &m))
		return L7_BAD;
	return dir == DIR_TO_SERVER ? request(l, lf, &m) : reply(l, lf, &m);
}

static const struct frames_row messages = { frame, message };

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct mongodb_state *s = lf->state;
	return frames_run(l, lf, &s->frames, &messages, bytes, dir);
}

static void
write_texts(const struct mongodb_tx *tx, struct jw *w)
{
	const struct {
		const char *key;
		struct view v;
	} all[] = {
		{ EV_KEY(mongodb, command), tx->command },
		{ EV_KEY(mongodb, database), tx->database },
		{ EV_KEY(mongodb, collection), tx->collection },
		{ EV_KEY(mongodb, mechanism), tx->mechanism },
		{ EV_KEY(mongodb, user), tx->user },
		{ EV_KEY(mongodb, application), tx->application },
		{ EV_KEY(mongodb, driver), tx->driver },
		{ EV_KEY(mongodb, driver_version), tx->driver_version },
		{ EV_KEY(mongodb, client_os), tx->os },
		{ EV_KEY(mongodb, server_version), tx->version },
		{ EV_KEY(mongodb, message), tx->message },
		{ EV_KEY(mongodb, code_name), tx->code_name },
	};
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (all[i].v.ptr)
			jw_put_bytes(w, all[i].key, all[i].v.ptr, all[i].v.len);
	}
}

static void
write_compressor(const struct mongodb_tx *tx, struct jw *w)
{
	static const char *const names[] = { NULL, "snappy", "zlib", "zstd" };
	if (!tx->compressor)
		return;
	ev_key(w, mongodb, compressor);
	jw_word(w, tx->compressor < 4 ? names[tx->compressor] : "unknown");
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct mongodb_tx *tx = data_of;
	jw_key(w, "mongodb");
	jw_object(w);
	ev_key(w, mongodb, opcode);
	jw_word(w, mongodb_opcode_name(tx->opcode));
	ev_key(w, mongodb, request_id);
	jw_u64(w, tx->request);
	write_compressor(tx, w);
	write_texts(tx, w);
	if (tx->has_ok) {
		ev_key(w, mongodb, ok);
		jw_bool(w, tx->ok);
	}
	if (tx->code >= 0) {
		ev_key(w, mongodb, code);
		jw_i64(w, tx->code);
	}
	if (tx->count >= 0) {
		ev_key(w, mongodb, documents);
		jw_i64(w, tx->count);
	}
	if (tx->wire_version >= 0) {
		ev_key(w, mongodb, max_wire_version);
		jw_i64(w, tx->wire_version);
	}
	ev_key(w, mongodb, replied);
	jw_bool(w, tx->replied);
	jw_object_end(w);
}

/* SASL ends with done, or an error; what is between says nothing. */
static enum l7_login
login(const void *data_of)
{
	const struct mongodb_tx *tx = data_of;
	if (!tx->sasl)
		return L7_LOGIN_NONE;
	if (!tx->replied)
		return L7_LOGIN_TRY;
	return tx->failed ? L7_LOGIN_FAIL : tx->done ? L7_LOGIN_OK : L7_LOGIN_NONE;
}

const struct l7_row l7_mongodb_row = {
	.name = "mongodb",
	.proto = L7_MONGODB,
	.tcp = true,
	.state_size = sizeof(struct mongodb_state),
	.items_at = offsetof(struct mongodb_state, items),
	.tx_size = sizeof(struct mongodb_tx),
	.probe = probe,
	.data = data,
	.lost = frames_lost,
	.finish = l7_items_end,
	.release = l7_item_release,
	.close = l7_items_close,
	.write = row_write,
	.login = login,
};
