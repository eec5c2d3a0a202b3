/* SPDX-License-Identifier: Apache-2.0 */
/* Modbus, DNP3 and CIP: functions, objects and accesses of requests. */
#include "probe/match_keyword.h"
#include "probe/match_run.h"

#define V MATCH_KEY_VALUE

/* ---- modbus ---- */

/* Classes of functions (MODBUS Application Protocol Specification V1.1b3, 5); bits. */
enum { PUBLIC_ASSIGNED = 1, PUBLIC_UNASSIGNED = 2, USER = 4, RESERVED = 8, ALL = 15 };

static const struct l7_word classes[] = { { "assigned", PUBLIC_ASSIGNED },
	{ "unassigned", PUBLIC_UNASSIGNED }, { "public", PUBLIC_ASSIGNED | PUBLIC_UNASSIGNED },
	{ "user", USER }, { "reserved", RESERVED }, { "all", ALL }, { NULL, 0 } };

static unsigned
class_of(uint64_t function, uint64_t sub)
{
	static const uint8_t assigned[] = { 1, 2, 3, 4, 5, 6, 7, 11, 12, 15, 16, 17, 20, 21, 22, 23,
		24 };
	static const uint8_t reserved[] = { 9, 10, 13, 14, 41, 42, 90, 91, 125, 126, 127 };
	if ((function >= 65 && function <= 72) || (function >= 100 && function <= 110))
		return USER;
	if (function == 8) /* diagnostics: sub-functions */
		return sub <= 4 || (sub >= 10 && sub <= 18) || sub == 20 ? PUBLIC_ASSIGNED
		       : sub == 19 || sub >= 21                          ? RESERVED
									 : PUBLIC_UNASSIGNED;
	if (function == 43)
		return sub == 13 || sub == 14 ? PUBLIC_ASSIGNED : RESERVED;
	for (size_t i = 0; i < sizeof(assigned); i++) {
		if (function == assigned[i])
			return PUBLIC_ASSIGNED;
	}
	for (size_t i = 0; i < sizeof(reserved); i++) {
		if (function == reserved[i])
			return RESERVED;
	}
	return PUBLIC_UNASSIGNED;
}

enum table { ANY_TABLE, DISCRETES, COILS, INPUT, HOLDING };

/* What is asked; `has` says which of the numbers. */
struct modbus_want {
	bool function, sub, is_class, negated, access, write;
	bool has_unit, has_address, has_value;
	uint8_t table; /* enum table */
	uint8_t classes;
	uint16_t function_is, sub_is;
	struct match_op_number unit, address, value;
};

/* The bits of L7_NUM_MODBUS_ACCESS. */
#define ACCESS_READ 0x01
#define ACCESS_WRITE 0x02
#define ACCESS_TABLE(t) (uint64_t)(0x10 << (t))

static bool
function_holds(struct match *m, const struct match_candidate *c, const struct modbus_want *w)
{
	uint64_t function, sub = UINT16_MAX;
	if (!match_number_of(m, c, L7_NUM_MODBUS_FUNCTION, 0, &function))
		return false;
	bool has = match_number_of(m, c, L7_NUM_MODBUS_SUBFUNCTION, 0, &sub);
	if (w->is_class)
		return ((class_of(function, sub) & w->classes) != 0) != w->negated;
	return function == w->function_is && (!w->sub || (has && sub == w->sub_is));
}

/* Does any of the addresses, from 1 on, hold; and the value that is written there? */
static bool
addresses_hold(struct match *m, const struct match_candidate *c, const struct modbus_want *w)
{
	uint64_t first, n, value;
	uint16_t side = w->write ? 1 : 0;
	if (!match_number_of(m, c, L7_NUM_MODBUS_ADDRESS, side, &first) ||
	    !match_number_of(m, c, L7_NUM_MODBUS_QUANTITY, side, &n))
		return false;
	for (uint64_t i = 0; i < n && i < 2000; i++) {
		if (w->has_address && !match_number_holds(&w->address, first + i + 1))
			continue;
		if (!w->has_value ||
		    (match_number_of(m, c, L7_NUM_MODBUS_VALUE, (uint16_t)i, &value) &&
			match_number_holds(&w->value, value)))
			return true;
	}
	return false;
}

static bool
access_holds(struct match *m, const struct match_candidate *c, const struct modbus_want *w)
{
	uint64_t access;
	if (!match_number_of(m, c, L7_NUM_MODBUS_ACCESS, 0, &access) ||
	    !(access & (w->write ? ACCESS_WRITE : ACCESS_READ)) ||
	    (w->table && !(access & ACCESS_TABLE(w->table))))
		return false;
	return (!w->has_address && !w->has_value) || addresses_hold(m, c, w);
}

static bool
modbus_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct modbus_want *w = op->data;
	uint64_t unit;
	if (w->has_unit && (!match_number_of(m, c, L7_NUM_MODBUS_UNIT, 0, &unit) ||
			       !match_number_holds(&w->unit, unit)))
		return false;
	return (!w->function || function_holds(m, c, w)) && (!w->access || access_holds(m, c, w));
}

/* "function 8", "function !reserved" */
static bool
read_function(struct view v, struct modbus_want *w)
{
	struct cursor c = cursor_of_view(v);
	int64_t n;
	w->function = true;
	if (match_text_int(v, 1, 255, &n)) {
		w->function_is = (uint16_t)n;
		return true;
	}
	w->negated = v.len && v.ptr[0] == '!';
	(void)cursor_skip(&c, w->negated);
	v = match_text_trim((struct view){ c.at, cursor_left(&c) });
	for (const struct l7_word *k = classes; k->name; k++) {
		if (!match_text_same(v, k->name))
			continue;
		w->is_class = true;
		w->classes = (uint8_t)k->value;
	}
	return w->is_class;
}

/* "read", "write coils" */
static bool
read_access(struct view v, struct modbus_want *w)
{
	static const char *const tables[] = { NULL, "discretes", "coils", "input", "holding" };
	struct view what, table = { 0 };
	(void)match_text_split(&v, ' ', &what);
	w->access = true;
	w->write = match_text_same(what, "write");
	if (!w->write && !match_text_same(what, "read"))
		return false;
	if (!match_text_split(&v, ' ', &table))
		return true;
	for (uint8_t i = 1; i < 5; i++) {
		if (match_text_same(table, tables[i]))
			w->table = i;
	}
	/* only coils and holding registers can be written */
	return w->table && (!w->write || w->table == COILS || w->table == HOLDING);
}

static int
modbus_part(
    struct match_draft *d, const struct match_option *o, struct view part, struct modbus_want *w)
{
	struct match_option number = *o;
	struct view name;
	int64_t n;
	(void)match_text_split(&part, ' ', &name);
	number.value = part.ptr ? match_text_trim(part) : (struct view){ name.ptr + name.len, 0 };
	if (match_text_same(name, "function"))
		return read_function(number.value, w) ? 0 : -1;
	if (match_text_same(name, "subfunction") && w->function && !w->is_class &&
	    match_text_int(number.value, 0, UINT16_MAX, &n)) {
		w->sub = true;
		w->sub_is = (uint16_t)n;
		return 0;
	}
	if (match_text_same(name, "access"))
		return read_access(number.value, w) ? 0 : -1;
	if (match_text_same(name, "unit")) {
		w->has_unit = true;
		return match_number_read(d, &number, 8, NULL, &w->unit);
	}
	if (match_text_same(name, "address") && w->table) {
		w->has_address = true;
		return match_number_read(d, &number, 32, NULL, &w->address);
	}
	if (match_text_same(name, "value") && w->write && w->has_address) {
		w->has_value = true;
		return match_number_read(d, &number, 16, NULL, &w->value);
	}
	return -1;
}

static int
key_modbus(struct match_draft *d, const struct match_option *o)
{
	struct modbus_want w = { 0 };
	struct view rest = o->value, part;
	while (match_text_split(&rest, ',', &part)) {
		if (modbus_part(d, o, part, &w) != 0)
			return match_fail(d, o->value_at,
			    "write function 8, subfunction 4; function !reserved; access write "
			    "holding, address 500, value >200; or unit 10",
			    "\"%.*s\" is not understood here", (int)part.len,
			    (const char *)part.ptr);
	}
	return match_ask_about(d, o, modbus_holds, &w, sizeof(w));
}

/* ---- dnp3 ---- */

static bool
object_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const uint64_t *want = op->data;
	uint64_t n;
	for (uint16_t i = 0; match_number_of(m, c, L7_NUM_DNP3_OBJ, i, &n); i++) {
		if (n == *want)
			return true;
	}
	return false;
}

static int
key_object(struct match_draft *d, const struct match_option *o)
{
	struct view rest = o->value, group, variation;
	int64_t g, v;
	(void)match_text_split(&rest, ',', &group);
	if (!match_text_split(&rest, ',', &variation) || rest.ptr ||
	    !match_text_int(group, 0, 255, &g) || !match_text_int(variation, 0, 255, &v))
		return match_fail(d, o->value_at, "write GROUP,VARIATION: 12,1",
		    "\"%.*s\" is no object of DNP3", (int)o->value.len, (const char *)o->value.ptr);
	uint64_t want = (uint64_t)g << 8 | (uint64_t)v;
	return match_ask_about(d, o, object_holds, &want, sizeof(want));
}

/* Any of the indications listed. */
static int
key_indications(struct match_draft *d, const struct match_option *o)
{
	const struct l7_number_row *row = l7_number_row(L7_NUM_DNP3_IND);
	struct match_op_number n = { .what = L7_NUM_DNP3_IND, .compare = MATCH_MASK, .any = true };
	struct view rest = o->value, one;
	while (match_text_split(&rest, ',', &one)) {
		const struct l7_word *k = row->words;
		while (k->name && !match_text_same(one, k->name))
			k++;
		if (!k->name)
			return match_fail(d, o->value_at,
			    "class_1_events, need_time, device_restart and the like are known",
			    "\"%.*s\" is no indication of DNP3", (int)one.len,
			    (const char *)one.ptr);
		n.a |= k->value;
	}
	return match_number_ask(d, o, &n);
}

/* ---- cip_service: service, class, attribute ---- */

struct cip_want {
	uint64_t mask, value;
};

static bool
service_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct cip_want *w = op->data;
	uint64_t n;
	for (uint16_t i = 0; match_number_of(m, c, L7_NUM_ENIP_CIP_SERVICE, i, &n); i++) {
		if ((n & w->mask) == w->value)
			return true;
	}
	return false;
}

static int
key_service(struct match_draft *d, const struct match_option *o)
{
	static const struct {
		uint8_t shift;
		uint32_t most;
	} parts[] = { { 0, 127 }, { 8, 65535 }, { 24, 65535 } };
	struct view rest = o->value, one;
	struct cip_want w = { 0, 0 };
	for (unsigned i = 0; match_text_split(&rest, ',', &one); i++) {
		int64_t n;
		if (i == 3 || !match_text_int(one, 0, parts[i].most, &n))
			return match_fail(d, o->value_at, "write SERVICE,CLASS,ATTRIBUTE: 16,246,6",
			    "\"%.*s\" is no service of CIP", (int)o->value.len,
			    (const char *)o->value.ptr);
		w.mask |= (uint64_t)(i ? 0xffff : 0xff) << parts[i].shift;
		w.value |= (uint64_t)n << parts[i].shift;
	}
	return match_ask_about(d, o, service_holds, &w, sizeof(w));
}

const struct match_keyword match_keywords_industry[] = {
	{ "cip_service", key_service, V, L7_NUM_ENIP_CIP_SERVICE },
	{ "dnp3_ind", key_indications, V, L7_NUM_DNP3_IND },
	{ "dnp3_obj", key_object, V, L7_NUM_DNP3_OBJ },
	{ "enip.cip_service", key_service, V, L7_NUM_ENIP_CIP_SERVICE },
	{ "modbus", key_modbus, V, L7_NUM_MODBUS_FUNCTION },
	{ NULL, NULL, 0, 0 },
};
