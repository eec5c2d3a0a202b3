/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/s7comm.h"

#include "probe/l7/parse.h"

#define TPKT_VERSION 3
#define CLASSIC 0x32
#define PLUS 0x72
#define PARAM_SIZE 0xc0
#define PARAM_CALLING 0xc1
#define PARAM_CALLED 0xc2

long
s7_length(struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t version, reserved;
	uint16_t n;

	if (!cursor_u8(&c, &version))
		return L7_MORE;
	if (version != TPKT_VERSION)
		return L7_BAD;
	if (!cursor_u8(&c, &reserved))
		return L7_MORE;
	if (reserved != 0)
		return L7_BAD;
	if (!cursor_u16(&c, &n))
		return L7_MORE;
	return n < 7 ? L7_BAD : n;
}

static void
connect_parameters(struct cursor *c, struct cotp *out)
{
	uint8_t code, size;
	struct view value;

	while (cursor_u8(c, &code) && cursor_vector8(c, &value)) {
		struct cursor v = cursor_of_view(value);
		if (code == PARAM_SIZE && cursor_u8(&v, &size) && size < 16)
			out->size = 1 << size;
		else if (code == PARAM_CALLING)
			out->calling = value;
		else if (code == PARAM_CALLED)
			out->called = value;
	}
}

bool
s7_cotp(struct view bytes, struct cotp *out)
{
	struct cursor c = cursor_of_view(bytes), head;
	uint8_t n, eot;

	*out = (struct cotp){ .size = -1 };
	if (!cursor_skip(&c, 4) || !cursor_u8(&c, &n) || !cursor_sub(&c, n, &head) ||
	    !cursor_u8(&head, &out->type))
		return false;
	out->type &= 0xf0;
	if (out->type == COTP_DATA) {
		if (!cursor_u8(&head, &eot))
			return false;
		out->last = eot & 0x80;
		return cursor_take(&c, cursor_left(&c), &out->data);
	}
	if (!cursor_u16(&head, &out->dst) || !cursor_u16(&head, &out->src) ||
	    !cursor_skip(&head, 1))
		return false;
	if (out->type == COTP_CONNECT || out->type == COTP_CONFIRM)
		connect_parameters(&head, out);
	return true;
}

/* Parameters of user data: 00 01 12, length, method, type and group, subfunction, sequence. */
static void
user_data(struct s7_pdu *out)
{
	struct cursor c = cursor_of_view(out->parameter);
	uint8_t n, method, group, subfunction, sequence;
	uint16_t error;

	if (!cursor_skip(&c, 3) || !cursor_u8(&c, &n) || !cursor_u8(&c, &method) ||
	    !cursor_u8(&c, &group) || !cursor_u8(&c, &subfunction) || !cursor_u8(&c, &sequence))
		return;
	out->function = -1;
	out->method = method;
	out->group = group;
	out->subfunction = subfunction;
	out->sequence = sequence;
	if (n >= 8 && cursor_skip(&c, 2) && cursor_u16(&c, &error))
		out->user_error = error;
}

static bool
plus(struct cursor *c, struct s7_pdu *out)
{
	uint16_t length;
	uint8_t digest;

	out->kind = S7_PLUS;
	if (!cursor_u8(c, &out->rosctr) || !cursor_u16(c, &length))
		return false;
	/* version 3 has a digest before the message */
	if (out->rosctr == 3 && (!cursor_u8(c, &digest) || !cursor_skip(c, digest)))
		return true;
	if (cursor_u8(c, &out->plus_opcode) && cursor_skip(c, 2) &&
	    !cursor_u16(c, &out->plus_function))
		out->plus_function = 0;
	return true;
}

bool
s7_pdu(struct view bytes, struct s7_pdu *out)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t protocol, class, code, function;
	uint16_t parameters, data;

	*out = (struct s7_pdu){ .error_class = -1,
		.error_code = -1,
		.function = -1,
		.method = -1,
		.group = -1,
		.subfunction = -1,
		.sequence = -1,
		.user_error = -1 };
	if (!cursor_u8(&c, &protocol))
		return false;
	if (protocol == PLUS)
		return plus(&c, out);
	if (protocol != CLASSIC || !cursor_u8(&c, &out->rosctr) || !cursor_skip(&c, 2) ||
	    !cursor_u16(&c, &out->reference) || !cursor_u16(&c, &parameters) ||
	    !cursor_u16(&c, &data))
		return false;
	out->kind = S7_CLASSIC;
	if (out->rosctr == S7_ACK || out->rosctr == S7_ACK_DATA) {
		if (!cursor_u8(&c, &class) || !cursor_u8(&c, &code))
			return false;
		out->error_class = class;
		out->error_code = code;
	}
	if (!cursor_take(&c, parameters, &out->parameter) || !cursor_take(&c, data, &out->data))
		return false;
	c = cursor_of_view(out->parameter);
	if (cursor_u8(&c, &function))
		out->function = function;
	if (out->rosctr == S7_USERDATA)
		user_data(out);
	return true;
}

bool
s7_item(struct cursor *c, struct s7_item *out)
{
	struct cursor in;
	struct view item;
	uint8_t kind, transport, area;
	uint16_t count, db;
	uint32_t address;

	*out = (struct s7_item){ .transport = -1, .area = -1, .db = -1 };
	if (!cursor_u8(c, &kind) || !cursor_vector8(c, &item))
		return false;
	in = cursor_of_view(item);
	if (kind != 0x12 || !cursor_u8(&in, &out->syntax))
		return false;
	if (out->syntax != 0x10 || !cursor_u8(&in, &transport) || !cursor_u16(&in, &count) ||
	    !cursor_u16(&in, &db) || !cursor_u8(&in, &area) || !cursor_u24(&in, &address))
		return true;
	out->transport = transport;
	out->count = count;
	out->area = area;
	out->db = db;
	out->byte = address >> 3;
	out->bit = address & 7;
	return true;
}

bool
s7_value(struct cursor *c, struct s7_value *out)
{
	uint16_t length;
	size_t n;

	*out = (struct s7_value){ 0 };
	if (!cursor_u8(c, &out->status) || !cursor_u8(c, &out->transport) ||
	    !cursor_u16(c, &length))
		return false;
	/* bits, bytes and integers say their length in bits, the others in bytes */
	n = out->transport >= 3 && out->transport <= 5 ? (length + 7U) / 8 : length;
	if (out->status != 0 && out->status != 0xff)
		n = 0; /* an item that failed brings none */
	if (!cursor_take(c, n, &out->bytes))
		return false;
	if (n & 1)
		(void)cursor_skip(c, 1);
	return true;
}

bool
s7_control(const struct s7_pdu *job)
{
	int group = job->group & 0x0f;

	if (job->rosctr == S7_USERDATA && job->group >> 4 == 4)
		return (group == 7 && (job->subfunction == 2 || job->subfunction == 4)) ||
		       (group == 1 && job->subfunction >= 4);
	if (job->rosctr != S7_JOB)
		return false;
	return job->function == S7_WRITE ||
	       (job->function >= S7_REQUEST_DOWNLOAD && job->function <= S7_END_DOWNLOAD) ||
	       job->function == S7_PI_SERVICE || job->function == S7_STOP;
}
