/* SPDX-License-Identifier: Apache-2.0 */
/* IEC 60870-5-104 in the table of protocols: an APDU is a transaction. */
#include "probe/l7/iec104.h"

#include <stdio.h>

#include "ics.h"

#define IEC104_PORT 2404

struct iec104_tx {
	struct iec104_apdu apdu;
	struct iec104_asdu asdu;
	bool has_asdu;
};

struct iec104_state {
	struct ics_sync sync;
};

static const struct ics_word functions[] = { { 0x07, "STARTDT act" }, { 0x0b, "STARTDT con" },
	{ 0x13, "STOPDT act" }, { 0x23, "STOPDT con" }, { 0x43, "TESTFR act" },
	{ 0x83, "TESTFR con" } };

static const struct ics_word causes[] = { { 1, "periodic" }, { 2, "background scan" },
	{ 3, "spontaneous" }, { 4, "initialized" }, { 5, "request" }, { 6, "activation" },
	{ 7, "activation confirmation" }, { 8, "deactivation" }, { 9, "deactivation confirmation" },
	{ 10, "activation termination" }, { 11, "return information remote" },
	{ 12, "return information local" }, { 13, "file transfer" },
	{ 20, "interrogated by station" }, { 21, "interrogated by group 1" },
	{ 22, "interrogated by group 2" }, { 23, "interrogated by group 3" },
	{ 24, "interrogated by group 4" }, { 25, "interrogated by group 5" },
	{ 26, "interrogated by group 6" }, { 27, "interrogated by group 7" },
	{ 28, "interrogated by group 8" }, { 29, "interrogated by group 9" },
	{ 30, "interrogated by group 10" }, { 31, "interrogated by group 11" },
	{ 32, "interrogated by group 12" }, { 33, "interrogated by group 13" },
	{ 34, "interrogated by group 14" }, { 35, "interrogated by group 15" },
	{ 36, "interrogated by group 16" }, { 37, "counters by general request" },
	{ 38, "counters of group 1" }, { 39, "counters of group 2" }, { 40, "counters of group 3" },
	{ 41, "counters of group 4" }, { 44, "unknown type" }, { 45, "unknown cause" },
	{ 46, "unknown common address" }, { 47, "unknown object address" } };

/* The objects of an ASDU of a known type fill it exactly. */
static bool
fits(const struct iec104_asdu *asdu)
{
	struct iec104_walk walk = iec104_objects(asdu);
	struct iec104_object o;

	if (!walk.form || asdu->count == 0)
		return false;
	while (iec104_next(&walk, &o))
		;
	return !walk.bad && cursor_left(&walk.rest) == 0;
}

static enum l7_guess
probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	bool own = first->key->sport == IEC104_PORT || first->key->cport == IEC104_PORT;
	struct iec104_apdu apdu;
	struct iec104_asdu asdu;
	struct view one;
	long n = iec104_length(first->data);

	if (n == L7_BAD)
		return L7_NO;
	if (n == L7_MORE || !cursor_take(&c, (size_t)n, &one))
		return L7_MAYBE;
	if (!iec104_apdu(one, &apdu))
		return L7_NO;
	if (apdu.kind == IEC104_U)
		return ics_name(functions, apdu.function) ? L7_YES : L7_NO;
	if (apdu.kind == IEC104_S)
		return own || cursor_left(&c) == 0 ? L7_YES : L7_NO;
	return iec104_asdu(apdu.asdu, &asdu) && (own || fits(&asdu)) ? L7_YES : L7_NO;
}

static bool
message(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	uint8_t ready = dir == DIR_TO_SERVER ? L7_READY_REQUEST : L7_READY_RESPONSE;
	struct view copy = ics_copy(l, bytes);
	struct iec104_tx *tx = copy.ptr ? l7_once(l, sizeof(*tx)) : NULL;
	int64_t id = (int64_t)lf->next_id;

	if (!tx)
		return false;
	if (!iec104_apdu(copy, &tx->apdu)) {
		l7_odd(l, lf, "MALFORMED_DATA", -1, dir);
		return true;
	}
	tx->has_asdu = tx->apdu.kind == IEC104_I && iec104_asdu(tx->apdu.asdu, &tx->asdu);
	if (tx->apdu.kind == IEC104_I && (!tx->has_asdu || !fits(&tx->asdu)))
		l7_odd(l, lf, "INVALID_LENGTH", id, dir);
	(void)l7_once_say(l, lf, tx, ready, dir);
	return true;
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	static const struct ics_way way = { iec104_length, message };
	struct iec104_state *s = lf->state;

	return ics_stream(l, lf, &s->sync, &way, bytes, dir);
}

/* CP56Time2a and CP24Time2a (IEC 60870-5-101, 7.2.6.18 and 19); the century is not sent. */
static void
write_time(struct jw *w, struct view time)
{
	struct cursor c = cursor_of_view(time);
	uint16_t ms = 0;
	uint8_t minute = 0, hour = 0, day = 0, month = 0, year = 0;
	char text[48];

	(void)cursor_u16_le(&c, &ms);
	(void)cursor_u8(&c, &minute);
	if (cursor_u8(&c, &hour) && cursor_u8(&c, &day) && cursor_u8(&c, &month) &&
	    cursor_u8(&c, &year))
		(void)snprintf(text, sizeof(text), "20%02u-%02u-%02u %02u:%02u:%02u.%03u",
		    year & 0x7f, month & 0x0f, day & 0x1f, hour & 0x1f, minute & 0x3f, ms / 1000,
		    ms % 1000);
	else
		(void)snprintf(
		    text, sizeof(text), "%02u:%02u.%03u", minute & 0x3f, ms / 1000, ms % 1000);
	ev_key(w, iec104_object, time);
	jw_word(w, text);
	if (minute & 0x80) {
		ev_key(w, iec104_object, time_invalid);
		jw_bool(w, true);
	}
}

static void
write_quality(struct jw *w, int bits, bool counter)
{
	static const char *const measured[] = { "overflow", NULL, NULL, NULL, "blocked",
		"substituted", "not_topical", "invalid" };
	static const char *const counted[] = { NULL, NULL, NULL, NULL, NULL, "carry", "adjusted",
		"invalid" };
	const char *const *names = counter ? counted : measured;

	ev_key(w, iec104_object, quality);
	jw_array(w);
	for (int i = 0; i < 8; i++) {
		if (bits >> i & 1 && names[i])
			jw_word(w, names[i]);
	}
	jw_array_end(w);
}

static void
write_value(struct jw *w, const struct iec104_object *o)
{
	if (o->is == IEC104_NONE)
		return;
	ev_key(w, iec104_object, value);
	if (o->is == IEC104_INT)
		jw_i64(w, o->number);
	else if (o->is == IEC104_REAL)
		jw_f64(w, o->real, 7);
	else
		jw_hex(w, o->bytes.ptr, o->bytes.len, 0);
}

static void
write_object(struct jw *w, const struct iec104_object *o, bool counter)
{
	jw_object(w);
	ev_key(w, iec104_object, address);
	jw_u64(w, o->address);
	write_value(w, o);
	if (o->quality > 0)
		write_quality(w, o->quality, counter);
	if (o->time.len)
		write_time(w, o->time);
	if (o->select >= 0) {
		ev_key(w, iec104_object, select);
		jw_bool(w, o->select);
	}
	if (o->qualifier >= 0) {
		ev_key(w, iec104_object, qualifier);
		jw_u64(w, (uint64_t)o->qualifier);
	}
	jw_object_end(w);
}

static void
write_header(struct jw *w, const struct iec104_asdu *a)
{
	const char *type = iec104_type_name(a->type), *cause = ics_name(causes, a->cause);

	ev_key(w, iec104_asdu, type_id);
	jw_u64(w, a->type);
	if (type) {
		ev_key(w, iec104_asdu, type);
		jw_word(w, type);
	}
	ev_key(w, iec104_asdu, sequence);
	jw_bool(w, a->sequence);
	ev_key(w, iec104_asdu, count);
	jw_u64(w, a->count);
	ev_key(w, iec104_asdu, cause_id);
	jw_u64(w, a->cause);
	if (cause) {
		ev_key(w, iec104_asdu, cause);
		jw_word(w, cause);
	}
	if (a->negative) {
		ev_key(w, iec104_asdu, negative);
		jw_bool(w, true);
	}
	if (a->test) {
		ev_key(w, iec104_asdu, test);
		jw_bool(w, true);
	}
	ev_key(w, iec104_asdu, originator);
	jw_u64(w, a->originator);
	ev_key(w, iec104_asdu, common_address);
	jw_u64(w, a->common_address);
}

static void
write_asdu(struct jw *w, const struct iec104_asdu *a)
{
	struct iec104_walk walk = iec104_objects(a);
	bool counter = a->type == 15 || a->type == 16 || a->type == 37;
	struct iec104_object o;

	jw_object(w);
	write_header(w, a);
	ev_key(w, iec104_asdu, objects);
	jw_array(w);
	while (iec104_next(&walk, &o))
		write_object(w, &o, counter);
	jw_array_end(w);
	if (walk.bad) {
		ev_key(w, iec104_asdu, truncated);
		jw_bool(w, true);
	}
	jw_object_end(w);
}

static void
row_write(const void *data_of, struct jw *w)
{
	static const char *const kinds[] = { "I", "S", "U" };
	const struct iec104_tx *tx = data_of;
	const char *function = ics_name(functions, tx->apdu.function);

	jw_key(w, "iec104");
	jw_object(w);
	ev_key(w, iec104, type);
	jw_word(w, kinds[tx->apdu.kind]);
	if (tx->has_asdu && iec104_control(&tx->asdu)) {
		ev_key(w, iec104, control);
		jw_bool(w, true);
	}
	if (tx->apdu.kind == IEC104_I) {
		ev_key(w, iec104, send);
		jw_u64(w, tx->apdu.send);
	}
	if (tx->apdu.kind != IEC104_U) {
		ev_key(w, iec104, receive);
		jw_u64(w, tx->apdu.receive);
	}
	if (tx->apdu.kind == IEC104_U && function) {
		ev_key(w, iec104, function);
		jw_word(w, function);
	}
	if (tx->has_asdu) {
		ev_key(w, iec104, asdu);
		write_asdu(w, &tx->asdu);
	}
	jw_object_end(w);
}

const struct l7_row l7_iec104_row = {
	.name = "iec104",
	.proto = L7_IEC104,
	.tcp = true,
	.state_size = sizeof(struct iec104_state),
	.probe = probe,
	.data = data,
	.lost = ics_lost,
	.write = row_write,
};
