/* SPDX-License-Identifier: Apache-2.0 */
/* What signatures see of Modbus: the function of a request, and what it reads and writes. */
#include "../look.h"
#include "modbus_write.h"
#include "probe/l7/modbus.h"

enum { READS = 0x01, WRITES = 0x02, DISCRETES = 0x20, COILS = 0x40, INPUT = 0x80, HOLDING = 0x100 };

static unsigned
access_of(uint8_t function)
{
	switch (function) {
	case MODBUS_READ_COILS:
		return READS | COILS;
	case MODBUS_READ_DISCRETES:
		return READS | DISCRETES;
	case MODBUS_READ_HOLDING:
		return READS | HOLDING;
	case MODBUS_READ_INPUT:
		return READS | INPUT;
	case MODBUS_WRITE_COIL:
	case MODBUS_WRITE_COILS:
		return WRITES | COILS;
	case MODBUS_WRITE_REGISTER:
	case MODBUS_WRITE_REGISTERS:
	case MODBUS_MASK_WRITE:
		return WRITES | HOLDING;
	case MODBUS_READ_WRITE:
		return READS | WRITES | HOLDING;
	case MODBUS_READ_FILE:
	case MODBUS_READ_FIFO:
		return READS;
	case MODBUS_WRITE_FILE:
		return WRITES;
	default:
		return 0;
	}
}

/* The i-th value that is written: a coil's bit, or a register. */
static bool
value(const struct modbus_pdu *p, uint16_t i, uint64_t *out)
{
	struct cursor c;
	uint8_t byte;
	uint16_t word;
	if (i < p->bit_n) {
		c = cursor_of_view(p->bits);
		if (!cursor_skip(&c, i / 8) || !cursor_u8(&c, &byte))
			return false;
		*out = byte >> i % 8 & 1;
		return true;
	}
	c = cursor_of_view(p->words);
	if (p->bit_n || !cursor_skip(&c, (size_t)i * 2) || !cursor_u16(&c, &word))
		return false;
	*out = p->function == MODBUS_WRITE_COIL ? word != 0 : word;
	return true;
}

/* Instance 0 is what is read, 1 what is written. */
static bool
place(int32_t reads, int32_t writes, const struct l7_ask *ask, uint64_t *out)
{
	int32_t n = ask->i ? writes : reads;
	*out = (uint64_t)n;
	return ask->i < 2 && n >= 0;
}

bool
modbus_number(const void *data, const struct l7_ask *ask, uint64_t *out)
{
	const struct modbus_tx *tx = data;
	struct modbus_adu adu;
	struct modbus_pdu p;
	if (!modbus_adu(tx->request, &adu))
		return false;
	modbus_pdu(&adu, true, &p);
	unsigned access = access_of(p.function);
	switch (ask->what) {
	case L7_NUM_MODBUS_FUNCTION:
		return look_number(ask, true, adu.function, out);
	case L7_NUM_MODBUS_SUBFUNCTION:
		return look_number(ask, p.diagnostic >= 0 || p.mei >= 0,
		    (uint64_t)(p.diagnostic >= 0 ? p.diagnostic : p.mei), out);
	case L7_NUM_MODBUS_UNIT:
		return look_number(ask, true, tx->unit, out);
	case L7_NUM_MODBUS_ACCESS:
		return look_number(ask, access, access, out);
	case L7_NUM_MODBUS_ADDRESS:
		return place(p.read_address, p.write_address, ask, out);
	case L7_NUM_MODBUS_QUANTITY:
		return place(p.read_quantity >= 0 ? p.read_quantity : 1,
		    p.write_quantity >= 0 ? p.write_quantity : 1, ask, out);
	default:
		return access & WRITES && value(&p, ask->i, out);
	}
}
