/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/modbus.h"

#include "probe/l7/parse.h"

#define LENGTH_MAX 1024 /* 254 is allowed; longer ones are seen in the field */
#define FILE_REFERENCE 6

long
modbus_length(struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	uint16_t transaction, protocol, length;

	if (!cursor_u16(&c, &transaction) || !cursor_u16(&c, &protocol))
		return L7_MORE;
	if (protocol != 0)
		return L7_BAD;
	if (!cursor_u16(&c, &length))
		return L7_MORE;
	return length < 2 || length > LENGTH_MAX ? L7_BAD : 6 + (long)length;
}

bool
modbus_adu(struct view bytes, struct modbus_adu *out)
{
	struct cursor c = cursor_of_view(bytes);

	if (!cursor_u16(&c, &out->transaction) || !cursor_u16(&c, &out->protocol) ||
	    !cursor_u16(&c, &out->length) || !cursor_u8(&c, &out->unit) ||
	    !cursor_u8(&c, &out->function))
		return false;
	return cursor_take(&c, cursor_left(&c), &out->data);
}

static bool
number(struct cursor *c, struct modbus_pdu *out, int32_t *to)
{
	uint16_t v;

	if (!cursor_u16(c, &v)) {
		out->short_data = true;
		return false;
	}
	*to = v;
	return true;
}

/* As many bytes as the one before them says, or as there are. */
static struct view
counted(struct cursor *c, struct modbus_pdu *out)
{
	struct view v = { 0 };
	uint8_t n;

	if (!cursor_u8(c, &n)) {
		out->short_data = true;
		return v;
	}
	if (n > cursor_left(c)) {
		out->short_data = true;
		n = (uint8_t)cursor_left(c);
	}
	(void)cursor_take(c, n, &v);
	return v;
}

static void
within(struct modbus_pdu *out, int32_t quantity, int32_t most)
{
	if (quantity == 0 || quantity > most)
		out->invalid = true;
}

static void
read_request(struct cursor *c, struct modbus_pdu *out, int32_t most)
{
	(void)number(c, out, &out->read_address);
	(void)number(c, out, &out->read_quantity);
	within(out, out->read_quantity, most);
}

/* Writing of many: the addresses, and in a request the values. */
static void
write_many(struct cursor *c, struct modbus_pdu *out, bool request)
{
	bool bits = out->function == MODBUS_WRITE_COILS;
	struct view values;

	(void)number(c, out, &out->write_address);
	(void)number(c, out, &out->write_quantity);
	within(out, out->write_quantity, bits ? 1968 : 123);
	if (!request)
		return;
	values = counted(c, out);
	if (bits) {
		out->bits = values;
		out->bit_n = out->write_quantity > 0 ? (uint32_t)out->write_quantity : 0;
		out->invalid |= (out->bit_n + 7) / 8 != values.len;
	} else {
		out->words = values;
		out->invalid |= (size_t)out->write_quantity * 2 != values.len;
	}
}

static void
write_one(struct cursor *c, struct modbus_pdu *out)
{
	(void)number(c, out, &out->write_address);
	(void)cursor_take(c, cursor_left(c) < 2 ? cursor_left(c) : 2, &out->words);
	if (out->words.len < 2)
		out->short_data = true;
	else if (out->function == MODBUS_WRITE_COIL)
		out->invalid =
		    out->words.ptr[1] != 0 || (out->words.ptr[0] != 0 && out->words.ptr[0] != 0xff);
}

static void
read_write(struct cursor *c, struct modbus_pdu *out, bool request)
{
	if (!request) {
		out->words = counted(c, out);
		return;
	}
	read_request(c, out, 125);
	(void)number(c, out, &out->write_address);
	(void)number(c, out, &out->write_quantity);
	within(out, out->write_quantity, 121);
	out->words = counted(c, out);
}

static void
fifo(struct cursor *c, struct modbus_pdu *out, bool request)
{
	int32_t bytes;

	if (request) {
		(void)number(c, out, &out->read_address);
		return;
	}
	if (number(c, out, &bytes) && number(c, out, &out->count))
		(void)cursor_take(c, cursor_left(c) & ~(size_t)1, &out->words);
}

static void
mei(struct cursor *c, struct modbus_pdu *out, bool request)
{
	uint8_t type;

	if (!cursor_u8(c, &type)) {
		out->short_data = true;
		return;
	}
	out->mei = type;
	if (!request && type == MODBUS_DEVICE_ID && cursor_skip(c, 5))
		(void)cursor_take(c, cursor_left(c), &out->objects);
}

static void
event_log(struct cursor *c, struct modbus_pdu *out, bool request)
{
	uint8_t bytes;

	if (request)
		return;
	if (out->function == MODBUS_EVENT_LOG)
		(void)cursor_u8(c, &bytes);
	(void)number(c, out, &out->status);
	(void)number(c, out, &out->count);
}

static void
by_function(struct cursor *c, struct modbus_pdu *out, bool request)
{
	uint8_t byte;

	switch (out->function) {
	case MODBUS_READ_COILS:
	case MODBUS_READ_DISCRETES:
		if (request) {
			read_request(c, out, 2000);
		} else {
			out->bits = counted(c, out);
			out->bit_n = (uint32_t)out->bits.len * 8;
		}
		break;
	case MODBUS_READ_HOLDING:
	case MODBUS_READ_INPUT:
		if (request)
			read_request(c, out, 125);
		else
			out->words = counted(c, out);
		break;
	case MODBUS_WRITE_COIL:
	case MODBUS_WRITE_REGISTER:
		write_one(c, out);
		break;
	case MODBUS_EXCEPTION_STATUS:
		if (!request && cursor_u8(c, &byte))
			out->status = byte;
		break;
	case MODBUS_DIAGNOSTIC:
		(void)number(c, out, &out->diagnostic);
		break;
	case MODBUS_EVENT_COUNTER:
	case MODBUS_EVENT_LOG:
		event_log(c, out, request);
		break;
	case MODBUS_WRITE_COILS:
	case MODBUS_WRITE_REGISTERS:
		write_many(c, out, request);
		break;
	case MODBUS_SERVER_ID:
		if (!request)
			out->data = counted(c, out);
		break;
	case MODBUS_READ_FILE:
	case MODBUS_WRITE_FILE:
		out->files = counted(c, out);
		break;
	case MODBUS_MASK_WRITE:
		(void)number(c, out, &out->write_address);
		(void)number(c, out, &out->and_mask);
		(void)number(c, out, &out->or_mask);
		break;
	case MODBUS_READ_WRITE:
		read_write(c, out, request);
		break;
	case MODBUS_READ_FIFO:
		fifo(c, out, request);
		break;
	case MODBUS_MEI:
		mei(c, out, request);
		break;
	case MODBUS_UMAS:
		if (cursor_skip(c, 1) && cursor_u8(c, &byte))
			out->umas = byte;
		break;
	default:
		break;
	}
}

void
modbus_pdu(const struct modbus_adu *adu, bool request, struct modbus_pdu *out)
{
	struct cursor c = cursor_of_view(adu->data);
	uint8_t code;

	*out = (struct modbus_pdu){ .function = adu->function & 0x7f,
		.exception = -1,
		.read_address = -1,
		.read_quantity = -1,
		.write_address = -1,
		.write_quantity = -1,
		.and_mask = -1,
		.or_mask = -1,
		.diagnostic = -1,
		.mei = -1,
		.status = -1,
		.count = -1,
		.umas = -1 };
	if (adu->function & 0x80) {
		out->short_data = !cursor_u8(&c, &code);
		if (!out->short_data)
			out->exception = code;
	} else {
		by_function(&c, out, request);
	}
	if (cursor_left(&c) && !out->data.len)
		(void)cursor_take(&c, cursor_left(&c), &out->data);
	out->excess = cursor_left(&c) > 0;
}

bool
modbus_file(struct cursor *c, const struct modbus_pdu *pdu, bool request, struct modbus_file *out)
{
	uint8_t type, bytes;
	uint16_t file, record, length;

	*out = (struct modbus_file){ -1, -1, -1, { 0 } };
	if (pdu->function == MODBUS_READ_FILE && !request)
		return cursor_u8(c, &bytes) && bytes >= 1 && cursor_u8(c, &type) &&
		       cursor_take(c, bytes - 1U, &out->words);
	if (!cursor_u8(c, &type) || type != FILE_REFERENCE || !cursor_u16(c, &file) ||
	    !cursor_u16(c, &record) || !cursor_u16(c, &length))
		return false;
	out->file = file;
	out->record = record;
	out->length = length;
	if (pdu->function == MODBUS_WRITE_FILE)
		return cursor_take(c, (size_t)length * 2, &out->words);
	return true;
}

bool
modbus_object(struct cursor *c, struct modbus_object *out)
{
	return cursor_u8(c, &out->id) && cursor_vector8(c, &out->value);
}

/* Of the inner requests of Schneider's function: writing of variables and memory, a program for the
 * controller, start, stop, initialising. */
static bool
umas_control(int32_t code)
{
	return code == 0x21 || code == 0x23 || code == 0x25 || code == 0x2a || code == 0x2b ||
	       (code >= 0x30 && code <= 0x32) || (code >= 0x40 && code <= 0x42) || code == 0x71;
}

bool
modbus_control(const struct modbus_pdu *pdu)
{
	switch (pdu->function) {
	case MODBUS_WRITE_COIL:
	case MODBUS_WRITE_REGISTER:
	case MODBUS_WRITE_COILS:
	case MODBUS_WRITE_REGISTERS:
	case MODBUS_WRITE_FILE:
	case MODBUS_MASK_WRITE:
	case MODBUS_READ_WRITE:
		return true;
	case MODBUS_DIAGNOSTIC: /* restart, delimiter, listen only, clear counters, overrun */
		return pdu->diagnostic == 1 || pdu->diagnostic == 3 || pdu->diagnostic == 4 ||
		       pdu->diagnostic == 10 || pdu->diagnostic == 20;
	case MODBUS_UMAS:
		return umas_control(pdu->umas);
	default:
		return false;
	}
}
