/* SPDX-License-Identifier: Apache-2.0 */
#include "s7comm_write.h"

#include <stdio.h>

#include "ics.h"
#include "probe/l7/s7comm.h"

#define VALUE_MAX 256
#define STRINGS_MAX 32
#define GROUP_CPU 4
#define GROUP_SECURITY 5

static const struct ics_word kinds[] = { { 1, "job" }, { 2, "ack" }, { 3, "ack_data" },
	{ 7, "userdata" } };

static const struct ics_word functions[] = { { 0x00, "cpu services" }, { 0x04, "read" },
	{ 0x05, "write" }, { 0x1a, "request download" }, { 0x1b, "download block" },
	{ 0x1c, "download ended" }, { 0x1d, "start upload" }, { 0x1e, "upload" },
	{ 0x1f, "end upload" }, { 0x28, "plc control" }, { 0x29, "plc stop" },
	{ 0xf0, "setup communication" } };

static const struct ics_word groups[] = { { 0, "mode" }, { 1, "programmer" }, { 2, "cyclic" },
	{ 3, "block" }, { 4, "cpu" }, { 5, "security" }, { 6, "pbc" }, { 7, "time" } };

static const struct ics_word errors[] = { { 0x81, "application relationship" },
	{ 0x82, "object definition" }, { 0x83, "no resources" }, { 0x84, "service processing" },
	{ 0x85, "supplies" }, { 0x87, "access" } };

static const struct ics_word areas[] = { { 0x03, "SYSINFO" }, { 0x05, "SYSFLAGS" }, { 0x06, "AI" },
	{ 0x07, "AQ" }, { 0x1c, "C" }, { 0x1d, "T" }, { 0x1e, "IEC_C" }, { 0x1f, "IEC_T" },
	{ 0x80, "P" }, { 0x81, "I" }, { 0x82, "Q" }, { 0x83, "M" }, { 0x84, "DB" }, { 0x85, "DI" },
	{ 0x86, "L" }, { 0x87, "V" } };

static const struct ics_word types[] = { { 1, "BIT" }, { 2, "BYTE" }, { 3, "CHAR" }, { 4, "WORD" },
	{ 5, "INT" }, { 6, "DWORD" }, { 7, "DINT" }, { 8, "REAL" }, { 9, "DATE" }, { 10, "TOD" },
	{ 11, "TIME" }, { 12, "S5TIME" }, { 15, "DATE_AND_TIME" }, { 28, "COUNTER" },
	{ 29, "TIMER" }, { 30, "IEC_TIMER" }, { 31, "IEC_COUNTER" }, { 32, "HS_COUNTER" } };

static const struct ics_word resources[] = { { 1, "PG" }, { 2, "OP" }, { 3, "S7 basic" } };

static const struct ics_word opcodes[] = { { 0x31, "request" }, { 0x32, "response" },
	{ 0x33, "notification" } };

static const struct ics_word plus_functions[] = { { 0x04bb, "Explore" }, { 0x04ca, "CreateObject" },
	{ 0x04d4, "DeleteObject" }, { 0x04f2, "SetVariable" }, { 0x0524, "GetLink" },
	{ 0x0542, "SetMultiVariables" }, { 0x054c, "GetMultiVariables" },
	{ 0x0556, "BeginSequence" }, { 0x0560, "EndSequence" }, { 0x056b, "Invoke" },
	{ 0x0586, "GetVarSubStreamed" } };

static void
number(struct jw *w, const char *key, int64_t v)
{
	if (v >= 0)
		jw_put_u64(w, key, (uint64_t)v);
}

static void
word(struct jw *w, const char *key, const char *name)
{
	if (!name)
		return;
	jw_key_n(w, key, strlen(key));
	jw_word(w, name);
}

static void
hex(struct jw *w, const char *key, struct view v)
{
	if (!v.ptr)
		return;
	jw_key_n(w, key, strlen(key));
	jw_hex(w, v.ptr, v.len < VALUE_MAX ? v.len : VALUE_MAX, 0);
}

static void
write_cotp(struct jw *w, const struct s7_tx *tx)
{
	static const struct cotp none = { .size = -1 };
	struct cotp ask = none, got = none;
	struct cursor c;
	uint8_t kind, place;

	(void)s7_cotp(tx->request, &ask);
	(void)s7_cotp(tx->response, &got);
	const struct cotp *p = tx->request.ptr ? &ask : &got;
	c = cursor_of_view(p->called);
	ev_key(w, s7comm, cotp);
	jw_object(w);
	ev_key(w, s7comm_cotp, type);
	jw_word(w, !tx->answered                 ? "connect"
		   : got.type == COTP_DISCONNECT ? "disconnect"
						 : "confirm");
	hex(w, EV_KEY(s7comm_cotp, calling_tsap), p->calling);
	hex(w, EV_KEY(s7comm_cotp, called_tsap), p->called);
	if (p->called.len == 2 && cursor_u8(&c, &kind) && cursor_u8(&c, &place)) {
		word(w, EV_KEY(s7comm_cotp, resource), ics_name(resources, kind));
		number(w, EV_KEY(s7comm_cotp, rack), place >> 5);
		number(w, EV_KEY(s7comm_cotp, slot), place & 0x1f);
	}
	number(w, EV_KEY(s7comm_cotp, tpdu_size), got.size >= 0 ? got.size : ask.size);
	jw_object_end(w);
}

/* "DB1.DBX0.0 BYTE 4". */
static void
write_address(struct jw *w, const struct s7_item *i, const char *area, const char *type)
{
	char text[64];

	if (i->area == 0x84 || i->area == 0x85)
		(void)snprintf(text, sizeof(text), "%s%d.DBX%u.%u %s %u", area, i->db, i->byte,
		    i->bit, type, i->count);
	else if (i->area == 0x1c || i->area == 0x1d)
		(void)snprintf(
		    text, sizeof(text), "%s%u %s %u", area, i->byte * 8 + i->bit, type, i->count);
	else
		(void)snprintf(
		    text, sizeof(text), "%s%u.%u %s %u", area, i->byte, i->bit, type, i->count);
	ev_key(w, s7comm_item, address);
	jw_word(w, text);
}

static void
write_item(struct jw *w, const struct s7_item *i)
{
	const char *area = i->area >= 0 ? ics_name(areas, (uint32_t)i->area) : NULL;
	const char *type = i->transport >= 0 ? ics_name(types, (uint32_t)i->transport) : NULL;

	if (i->area < 0) {
		number(w, EV_KEY(s7comm_item, syntax), i->syntax);
		return;
	}
	word(w, EV_KEY(s7comm_item, area), area);
	number(w, EV_KEY(s7comm_item, db), i->area == 0x84 || i->area == 0x85 ? i->db : -1);
	if (i->area == 0x1c || i->area == 0x1d) {
		number(w, EV_KEY(s7comm_item, number), i->byte * 8 + i->bit);
	} else {
		number(w, EV_KEY(s7comm_item, byte), i->byte);
		number(w, EV_KEY(s7comm_item, bit), i->bit);
	}
	word(w, EV_KEY(s7comm_item, type), type);
	number(w, EV_KEY(s7comm_item, count), i->count);
	if (area && type)
		write_address(w, i, area, type);
}

/* Items of the job, values of the side that has them, return codes of the answer. */
static void
write_items(struct jw *w, const struct s7_pdu *job, const struct s7_pdu *ack)
{
	bool writes = (job->function >= 0 ? job : ack)->function == S7_WRITE;
	struct cursor items = cursor_of_view(job->parameter),
		      values = cursor_of_view(writes ? job->data : ack->data),
		      codes = cursor_of_view(ack->data);
	struct s7_item item;
	struct s7_value value;
	uint8_t n = 0, code;
	struct cursor counted = cursor_of_view((job->parameter.len ? job : ack)->parameter);

	if (!cursor_skip(&counted, 1) || !cursor_u8(&counted, &n))
		return;
	(void)cursor_skip(&items, 2);
	ev_key(w, s7comm, items);
	jw_array(w);
	for (int i = 0; i < n; i++) {
		bool has_item = s7_item(&items, &item), has_value = s7_value(&values, &value);
		bool has_code = writes && cursor_u8(&codes, &code);
		if (!has_item && !has_value && !has_code)
			break;
		jw_object(w);
		if (has_item)
			write_item(w, &item);
		if (has_value && (writes || value.bytes.len))
			hex(w, EV_KEY(s7comm_item, value), value.bytes);
		if (has_code || (has_value && !writes))
			number(w, EV_KEY(s7comm_item, status), writes ? code : value.status);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
write_setup(struct jw *w, const struct s7_pdu *p)
{
	struct cursor c = cursor_of_view(p->parameter);
	uint16_t calling, called, length;

	if (!cursor_skip(&c, 2) || !cursor_u16(&c, &calling) || !cursor_u16(&c, &called) ||
	    !cursor_u16(&c, &length))
		return;
	ev_key(w, s7comm, setup);
	jw_object(w);
	number(w, EV_KEY(s7comm_setup, max_calling), calling);
	number(w, EV_KEY(s7comm_setup, max_called), called);
	number(w, EV_KEY(s7comm_setup, pdu_length), length);
	jw_object_end(w);
}

static int
digits(struct cursor *c, int n)
{
	int v = 0;
	uint8_t b;

	while (n-- > 0) {
		if (!cursor_u8(c, &b) || b < '0' || b > '9')
			return -1;
		v = v * 10 + b - '0';
	}
	return v;
}

/* "_0A00001P": file, type of the block, its number, where to. */
static void
write_block(struct jw *w, const struct s7_pdu *p)
{
	static const struct ics_word blocks[] = { { '8', "OB" }, { 'A', "DB" }, { 'B', "SDB" },
		{ 'C', "FC" }, { 'D', "SFC" }, { 'E', "FB" }, { 'F', "SFB" } };
	struct cursor c = cursor_of_view(p->parameter), in;
	struct view name;
	uint8_t first, zero, type, where;

	if (!cursor_skip(&c, 8) || !cursor_vector8(&c, &name) || !name.len)
		return;
	ev_key(w, s7comm, block);
	jw_object(w);
	ev_key(w, s7comm_block, name);
	jw_view(w, name);
	in = cursor_of_view(name);
	if (cursor_u8(&in, &first) && cursor_u8(&in, &zero) && zero == '0' &&
	    cursor_u8(&in, &type)) {
		word(w, EV_KEY(s7comm_block, type), ics_name(blocks, type));
		number(w, EV_KEY(s7comm_block, number), digits(&in, 5));
		if (cursor_u8(&in, &where))
			word(w, EV_KEY(s7comm_block, filesystem),
			    where == 'P'   ? "passive"
			    : where == 'A' ? "active"
			    : where == 'B' ? "both"
					   : NULL);
	}
	jw_object_end(w);
}

static void
write_service(struct jw *w, const struct s7_pdu *p)
{
	struct cursor c = cursor_of_view(p->parameter);
	struct view argument = { 0 }, name;

	if (p->function == S7_STOP ? !cursor_skip(&c, 6)
				   : !cursor_skip(&c, 8) || !cursor_vector16(&c, &argument))
		return;
	if (!cursor_vector8(&c, &name) || !name.len)
		return;
	ev_key(w, s7comm, service);
	jw_view(w, name);
	if (argument.len) {
		ev_key(w, s7comm, argument);
		jw_view(w, argument);
	}
}

/* Runs of printable characters, four at least. */
static void
write_strings(struct jw *w, struct cursor c)
{
	struct cursor start = c;
	size_t n = 0;
	uint8_t b;
	int written = 0;
	struct view run;

	ev_key(w, s7comm_szl, strings);
	jw_array(w);
	while (written < STRINGS_MAX) {
		struct cursor here = c;
		bool some = cursor_u8(&c, &b), good = some && b >= 0x20 && b < 0x7f;
		if (good && n++ == 0)
			start = here;
		if (good)
			continue;
		if (n >= 4 && cursor_take(&start, n, &run)) {
			while (run.len && run.ptr[run.len - 1] == ' ')
				run.len--;
			if (run.len >= 4) {
				jw_view(w, run);
				written++;
			}
		}
		n = 0;
		if (!some)
			break;
	}
	jw_array_end(w);
}

static void
write_szl(struct jw *w, const struct s7_pdu *p)
{
	struct cursor c = cursor_of_view(p->data);
	uint16_t id, index;

	if (!cursor_skip(&c, 4) || !cursor_u16(&c, &id) || !cursor_u16(&c, &index))
		return;
	ev_key(w, s7comm, szl);
	jw_object(w);
	number(w, EV_KEY(s7comm_szl, id), id);
	number(w, EV_KEY(s7comm_szl, index), index);
	if ((p->group & 0xf0) == 0x80)
		write_strings(w, c);
	jw_object_end(w);
}

static void
write_userdata(struct jw *w, const struct s7_pdu *ask, const struct s7_pdu *got)
{
	const struct s7_pdu *p = ask->group >= 0 ? ask : got;

	word(w, EV_KEY(s7comm, group), p->group >= 0 ? ics_name(groups, p->group & 15U) : NULL);
	number(w, EV_KEY(s7comm, subfunction), p->subfunction);
	if ((p->group & 15) == GROUP_CPU && p->subfunction == 1)
		write_szl(w, got->group >= 0 && got->data.len > 8 ? got : p);
	if ((p->group & 15) == GROUP_SECURITY && p->subfunction == 1) {
		ev_key(w, s7comm, password);
		jw_bool(w, true);
	}
	number(w, EV_KEY(s7comm, user_error), got->user_error);
}

static void
write_plus(struct jw *w, const struct s7_pdu *p)
{
	const char *function = ics_name(plus_functions, p->plus_function);

	number(w, EV_KEY(s7comm, version), p->rosctr);
	word(w, EV_KEY(s7comm, opcode), ics_name(opcodes, p->plus_opcode));
	if (p->plus_opcode == 0x31 || p->plus_opcode == 0x32) {
		number(w, EV_KEY(s7comm, function_code), p->plus_function);
		word(w, EV_KEY(s7comm, function), function);
	}
}

static void
write_classic(struct jw *w, const struct s7_pdu *ask, const struct s7_pdu *got)
{
	const struct s7_pdu *p = ask->kind ? ask : got;
	int function = p->function;

	number(w, EV_KEY(s7comm, reference), p->reference);
	word(w, EV_KEY(s7comm, rosctr), ics_name(kinds, p->rosctr));
	if (p->rosctr == S7_USERDATA) {
		write_userdata(w, ask, got);
	} else if (function >= 0) {
		number(w, EV_KEY(s7comm, function_code), function);
		word(w, EV_KEY(s7comm, function), ics_name(functions, (uint32_t)function));
	}
	if (function == S7_SETUP)
		write_setup(w, got->parameter.len >= 8 ? got : p);
	else if (function == S7_READ || function == S7_WRITE)
		write_items(w, ask, got);
	else if (function >= S7_REQUEST_DOWNLOAD && function <= S7_START_UPLOAD)
		write_block(w, p);
	else if (function == S7_PI_SERVICE || function == S7_STOP)
		write_service(w, p);
	number(w, EV_KEY(s7comm, error_class), got->error_class);
	number(w, EV_KEY(s7comm, error_code), got->error_code);
	if (got->error_class > 0)
		word(w, EV_KEY(s7comm, error), ics_name(errors, (uint32_t)got->error_class));
}

static void
read_side(struct view bytes, struct s7_pdu *out)
{
	struct cotp cotp;

	*out = (struct s7_pdu){ .function = -1,
		.group = -1,
		.subfunction = -1,
		.user_error = -1,
		.error_class = -1,
		.error_code = -1 };
	if (bytes.ptr && s7_cotp(bytes, &cotp) && !s7_pdu(cotp.data, out)) {
		out->parameter = out->data = (struct view){ 0 };
		out->function = out->group = -1;
	}
}

void
s7_write(const void *data, struct jw *w)
{
	const struct s7_tx *tx = data;
	struct s7_pdu ask, got;
	struct cotp cotp = { 0 };

	read_side(tx->request, &ask);
	read_side(tx->response, &got);
	(void)s7_cotp(tx->request.ptr ? tx->request : tx->response, &cotp);
	bool plus = ask.kind == S7_PLUS || got.kind == S7_PLUS;
	jw_key(w, "s7comm");
	jw_object(w);
	ev_key(w, s7comm, protocol);
	jw_word(w, cotp.type != COTP_DATA ? "cotp" : plus ? "s7comm-plus" : "s7comm");
	if (s7_control(ask.kind ? &ask : &got)) {
		ev_key(w, s7comm, control);
		jw_bool(w, true);
	}
	if (cotp.type != COTP_DATA)
		write_cotp(w, tx);
	else if (plus)
		write_plus(w, ask.kind ? &ask : &got);
	else
		write_classic(w, &ask, &got);
	ev_key(w, s7comm, answered);
	jw_bool(w, tx->answered);
	jw_object_end(w);
}
