/* SPDX-License-Identifier: Apache-2.0 */
#include "dnp3_write.h"

#include "ics.h"

#define POINTS_MAX 1000 /* of a message */

static const struct ics_word functions[] = { { 0, "confirm" }, { 1, "read" }, { 2, "write" },
	{ 3, "select" }, { 4, "operate" }, { 5, "direct_operate" }, { 6, "direct_operate_nr" },
	{ 7, "immed_freeze" }, { 8, "immed_freeze_nr" }, { 9, "freeze_clear" },
	{ 10, "freeze_clear_nr" }, { 11, "freeze_at_time" }, { 12, "freeze_at_time_nr" },
	{ 13, "cold_restart" }, { 14, "warm_restart" }, { 15, "initialize_data" },
	{ 16, "initialize_appl" }, { 17, "start_appl" }, { 18, "stop_appl" }, { 19, "save_config" },
	{ 20, "enable_unsolicited" }, { 21, "disable_unsolicited" }, { 22, "assign_class" },
	{ 23, "delay_measure" }, { 24, "record_current_time" }, { 25, "open_file" },
	{ 26, "close_file" }, { 27, "delete_file" }, { 28, "get_file_info" },
	{ 29, "authenticate_file" }, { 30, "abort_file" }, { 31, "activate_config" },
	{ 32, "authenticate_req" }, { 33, "authenticate_err" }, { 129, "response" },
	{ 130, "unsolicited_response" }, { 131, "authenticate_resp" } };

/* EVE's names, first byte's lowest bit first. */
static const char *const indications[16] = { "all_stations", "class_1_events", "class_2_events",
	"class_3_events", "need_time", "local_control", "device_trouble", "device_restart",
	"no_func_code_support", "object_unknown", "parameter_error", "event_buffer_overflow",
	"already_executing", "config_corrupt", "reserved_2", "reserved_1" };

static void
flag(struct jw *w, const char *key, int bits, int bit)
{
	jw_put_u64(w, key, (uint64_t)(bits >> bit & 1));
}

/* What the flags of a group of objects are called (IEEE 1815, annex A). */
static void
write_flags(struct jw *w, uint8_t group, int bits)
{
	static const char *const last[][2] = { { "chatter_filter", "reserved" },
		{ "rollover", "discontinuity" }, { "over_range", "reference_err" },
		{ "reserved0", "reserved1" } };
	unsigned kind = group < 10 ? 0 : group >= 30 ? 2 : group >= 20 ? 1 : 3;

	flag(w, "online", bits, 0);
	flag(w, "restart", bits, 1);
	flag(w, "comm_lost", bits, 2);
	flag(w, "remote_forced", bits, 3);
	flag(w, "local_forced", bits, 4);
	flag(w, last[kind][0], bits, 5);
	if (group != 3 && group != 4)
		flag(w, last[kind][1], bits, 6);
	if (kind == 0 || kind == 3)
		jw_put_u64(w, "state",
		    (uint64_t)(group == 3 || group == 4 ? bits >> 6 & 3 : bits >> 7 & 1));
}

static void
write_crob(struct jw *w, const struct dnp3_crob *b)
{
	jw_put_u64(w, "op_type", b->code & 0x0f);
	jw_put_u64(w, "qu", b->code >> 4 & 1);
	jw_put_u64(w, "cr", b->code >> 5 & 1);
	jw_put_u64(w, "tcc", b->code >> 6);
	jw_put_u64(w, "count", b->count);
	jw_put_u64(w, "ontime", b->on_ms);
	jw_put_u64(w, "offtime", b->off_ms);
	jw_put_u64(w, "status_code", b->status & 0x7f);
}

static void
write_value(struct jw *w, const struct dnp3_object *o, const struct dnp3_point *p)
{
	const char *key = o->group < 20 || o->group == 80 ? "state"
			  : o->group < 30                 ? "count"
							  : "value";

	if (o->group == 52)
		key = o->variation == 1 ? "delay_secs" : "delay_ms";
	if (p->is == DNP3_BYTES) {
		key = "data";
		jw_key_n(w, key, strlen(key));
		jw_hex(w, p->bytes.ptr, p->bytes.len < 256 ? p->bytes.len : 256, 0);
	} else if (p->is == DNP3_REAL) {
		jw_key_n(w, key, strlen(key));
		jw_f64(w, p->real, 9);
	} else if (p->is == DNP3_INT) {
		jw_key_n(w, key, strlen(key));
		jw_i64(w, p->number);
	}
}

static void
write_point(struct jw *w, const struct dnp3_object *o, const struct dnp3_point *p)
{
	jw_object(w);
	jw_put_u64(w, "prefix", p->prefix);
	jw_put_u64(w, "index", p->index);
	if (p->has_crob)
		write_crob(w, &p->crob);
	if (p->flags >= 0)
		write_flags(w, o->group, p->flags);
	write_value(w, o, p);
	if (p->status >= 0)
		jw_put_u64(w, "control_status", (uint64_t)p->status & 0x7f);
	if (p->time_ms >= 0)
		jw_put_u64(w, "timestamp", (uint64_t)p->time_ms);
	if (p->after_ms >= 0)
		jw_put_u64(w, "relative_time_ms", (uint64_t)p->after_ms);
	jw_object_end(w);
}

static void
write_object(struct jw *w, struct dnp3_walk *walk, const struct dnp3_object *o, uint32_t *room)
{
	struct dnp3_point p;
	bool some = false;

	jw_object(w);
	ev_key(w, dnp3_object, group);
	jw_u64(w, o->group);
	ev_key(w, dnp3_object, variation);
	jw_u64(w, o->variation);
	ev_key(w, dnp3_object, qualifier);
	jw_u64(w, o->qualifier);
	ev_key(w, dnp3_object, prefix_code);
	jw_u64(w, o->prefix_code);
	ev_key(w, dnp3_object, range_code);
	jw_u64(w, o->range_code);
	ev_key(w, dnp3_object, start);
	jw_u64(w, o->start);
	ev_key(w, dnp3_object, stop);
	jw_u64(w, o->stop);
	ev_key(w, dnp3_object, count);
	jw_u64(w, o->count);
	while (dnp3_point(walk, &p)) {
		if (*room == 0)
			continue;
		if (!some) {
			ev_key(w, dnp3_object, points);
			jw_array(w);
		}
		some = true;
		(*room)--;
		write_point(w, o, &p);
	}
	if (some)
		jw_array_end(w);
	jw_object_end(w);
}

static void
write_application(struct jw *w, const struct dnp3_app *a)
{
	const struct ev_dnp3_app_control control = { a->fir, a->fin, a->con, a->uns, a->sequence };
	const char *name = ics_name(functions, a->function);
	struct dnp3_walk walk = dnp3_objects(a);
	struct dnp3_object o;
	uint32_t room = POINTS_MAX;

	jw_object(w);
	ev_key(w, dnp3_application, control);
	ev_dnp3_app_control_write(w, &control);
	ev_key(w, dnp3_application, function_code);
	jw_u64(w, a->function);
	if (name) {
		ev_key(w, dnp3_application, function);
		jw_word(w, name);
	}
	ev_key(w, dnp3_application, objects);
	jw_array(w);
	while (dnp3_next(&walk, &o))
		write_object(w, &walk, &o, &room);
	jw_array_end(w);
	ev_key(w, dnp3_application, complete);
	jw_bool(w, !walk.bad);
	jw_object_end(w);
}

static void
write_iin(struct jw *w, int32_t iin)
{
	jw_object(w);
	ev_key(w, dnp3_iin, indicators);
	jw_array(w);
	for (int i = 0; i < 16; i++) {
		if (iin >> i & 1)
			jw_word(w, indications[i]);
	}
	jw_array_end(w);
	jw_object_end(w);
}

void
dnp3_write(const void *data, struct jw *w)
{
	const struct dnp3_tx *tx = data;
	uint8_t c = tx->link.control;
	const struct ev_dnp3_control control = { c >> 7 & 1, c >> 6 & 1, c >> 5 & 1, c >> 4 & 1,
		c & 0x0f };

	jw_key(w, "dnp3");
	jw_object(w);
	ev_key(w, dnp3, type);
	jw_word(w, tx->request                            ? "request"
		   : tx->app.function == DNP3_UNSOLICITED ? "unsolicited_response"
							  : "response");
	ev_key(w, dnp3, control);
	ev_dnp3_control_write(w, &control);
	ev_key(w, dnp3, src);
	jw_u64(w, tx->link.src);
	ev_key(w, dnp3, dst);
	jw_u64(w, tx->link.dst);
	if (tx->request && dnp3_control(tx->app.function)) {
		ev_key(w, dnp3, operate);
		jw_bool(w, true);
	}
	ev_key(w, dnp3, application);
	write_application(w, &tx->app);
	if (tx->app.iin >= 0) {
		ev_key(w, dnp3, iin);
		write_iin(w, tx->app.iin);
	}
	jw_object_end(w);
}
