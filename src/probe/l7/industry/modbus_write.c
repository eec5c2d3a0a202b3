/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus_write.h"

#include "ics.h"
#include "probe/l7/modbus.h"

#define BITS_MAX 2000
#define WORDS_MAX 125
#define DATA_MAX 256

static const struct ics_word functions[] = { { 1, "RdCoils" }, { 2, "RdDiscreteInputs" },
	{ 3, "RdHoldRegs" }, { 4, "RdInputRegs" }, { 5, "WrSingleCoil" }, { 6, "WrSingleReg" },
	{ 7, "RdExcStatus" }, { 8, "Diagnostic" }, { 9, "Program484" }, { 10, "Poll484" },
	{ 11, "GetCommEventCtr" }, { 12, "GetCommEventLog" }, { 13, "ProgramController" },
	{ 14, "PollController" }, { 15, "WrMultCoils" }, { 16, "WrMultRegs" },
	{ 17, "ReportServerID" }, { 18, "Program884" }, { 19, "ResetCommLink" },
	{ 20, "RdFileRec" }, { 21, "WrFileRec" }, { 22, "MaskWrReg" }, { 23, "RdWrMultRegs" },
	{ 24, "RdFIFOQueue" }, { 43, "MEI" } };

static const struct ics_word exceptions[] = { { 1, "IllegalFunction" }, { 2, "IllegalDataAddr" },
	{ 3, "IllegalDataValue" }, { 4, "ServerDeviceFail" }, { 5, "Ack" },
	{ 6, "ServerDeviceBusy" }, { 7, "NegativeAck" }, { 8, "MemParityErr" },
	{ 10, "GatewayPathUnavailable" }, { 11, "GatewayTargetFailedToResp" } };

static const struct ics_word diagnostics[] = { { 0, "RetQueryData" }, { 1, "RestartCommOpt" },
	{ 2, "RetDiagReg" }, { 3, "ChangeInputDelimiter" }, { 4, "ForceListenOnlyMode" },
	{ 10, "ClearCtrDiagReg" }, { 11, "RetBusMsgCount" }, { 12, "RetBusCommErrCount" },
	{ 13, "RetBusExcErrCount" }, { 14, "RetServerMsgCount" }, { 15, "RetServerNoRespCount" },
	{ 16, "RetServerNAKCount" }, { 17, "RetServerBusyCount" }, { 18, "RetBusCharOverrunCount" },
	{ 20, "ClearOverrunCounterFlag" }, { 21, "GetClearPlusStats" } };

static const struct ics_word meis[] = { { 13, "CANOpenGenRefReqResp" }, { 14, "RdDevId" } };

static const struct ics_word umas[] = { { 0x01, "InitComm" }, { 0x02, "ReadId" },
	{ 0x03, "ReadProjectInfo" }, { 0x04, "ReadPlcInfo" }, { 0x06, "ReadCardInfo" },
	{ 0x0a, "Repeat" }, { 0x10, "TakeReservation" }, { 0x11, "ReleaseReservation" },
	{ 0x12, "KeepAlive" }, { 0x20, "ReadMemoryBlock" }, { 0x21, "WriteMemoryBlock" },
	{ 0x22, "ReadVariables" }, { 0x23, "WriteVariables" }, { 0x24, "ReadCoilsRegisters" },
	{ 0x25, "WriteCoilsRegisters" }, { 0x30, "InitUpload" }, { 0x31, "UploadBlock" },
	{ 0x32, "EndUpload" }, { 0x33, "InitDownload" }, { 0x34, "DownloadBlock" },
	{ 0x35, "EndDownload" }, { 0x39, "ReadEthMasterData" }, { 0x40, "StartPlc" },
	{ 0x41, "StopPlc" }, { 0x50, "MonitorPlc" }, { 0x58, "CheckPlc" }, { 0x70, "ReadIoObject" },
	{ 0x71, "WriteIoObject" }, { 0x73, "GetStatusModule" } };

static const struct ics_word objects[] = { { 0, "VendorName" }, { 1, "ProductCode" },
	{ 2, "MajorMinorRevision" }, { 3, "VendorUrl" }, { 4, "ProductName" }, { 5, "ModelName" },
	{ 6, "UserApplicationName" } };

static const struct ics_word access[] = { { 1, "READ | COILS" }, { 2, "READ | DISCRETES" },
	{ 3, "READ | HOLDING" }, { 4, "READ | INPUT" }, { 5, "WRITE | COILS | SINGLE" },
	{ 6, "WRITE | HOLDING | SINGLE" }, { 15, "WRITE | COILS | MULTIPLE" },
	{ 16, "WRITE | HOLDING | MULTIPLE" }, { 20, "READ" }, { 21, "WRITE" },
	{ 22, "WRITE | HOLDING | SINGLE" }, { 23, "READ | WRITE | HOLDING | MULTIPLE" },
	{ 24, "READ | HOLDING" } };

/* Which functions are whose: Modbus Application Protocol, 5.1. */
static const char *
category(uint8_t function)
{
	if (ics_name(functions, function) && (function < 9 || function == 11 || function == 12 ||
						 (function > 14 && function < 18) || function > 19))
		return "PUBLIC_ASSIGNED";
	if ((function >= 65 && function <= 72) || (function >= 100 && function <= 110))
		return "USER_DEFINED";
	if (function == 9 || function == 10 || function == 13 || function == 14 || function == 18 ||
	    function == 19 || function == 41 || function == 42 ||
	    (function >= 90 && function < 92) || function >= 125)
		return "RESERVED";
	return "PUBLIC_UNASSIGNED";
}

static void
write_bits(struct jw *w, struct view bits, uint32_t n)
{
	struct cursor c = cursor_of_view(bits);
	uint8_t byte = 0;

	jw_array(w);
	for (uint32_t i = 0; i < n && i < BITS_MAX; i++) {
		if (i % 8 == 0 && !cursor_u8(&c, &byte))
			break;
		jw_u64(w, byte >> i % 8 & 1);
	}
	jw_array_end(w);
}

static void
write_words(struct jw *w, struct view words)
{
	struct cursor c = cursor_of_view(words);
	uint16_t v;

	jw_array(w);
	for (int i = 0; i < WORDS_MAX && cursor_u16(&c, &v); i++)
		jw_u64(w, v);
	jw_array_end(w);
}

static void
write_number(struct jw *w, const char *key, int32_t v)
{
	if (v >= 0)
		jw_put_u64(w, key, (uint64_t)v);
}

static void
write_code(struct jw *w, int32_t raw, const char *name, struct view more)
{
	jw_object(w);
	ev_key(w, modbus_code, raw);
	jw_u64(w, (uint64_t)raw);
	if (name) {
		ev_key(w, modbus_code, code);
		jw_word(w, name);
	}
	if (more.len) {
		ev_key(w, modbus_code, data);
		jw_hex(w, more.ptr, more.len < DATA_MAX ? more.len : DATA_MAX, 0);
	}
	jw_object_end(w);
}

static void
write_codes(struct jw *w, const struct modbus_pdu *p)
{
	static const struct view none = { 0 };

	if (p->exception >= 0) {
		ev_key(w, modbus_side, exception);
		write_code(w, p->exception, ics_name(exceptions, (uint32_t)p->exception), none);
	}
	if (p->diagnostic >= 0) {
		ev_key(w, modbus_side, diagnostic);
		write_code(
		    w, p->diagnostic, ics_name(diagnostics, (uint32_t)p->diagnostic), p->data);
	}
	if (p->mei >= 0) {
		ev_key(w, modbus_side, mei);
		write_code(w, p->mei, ics_name(meis, (uint32_t)p->mei), p->data);
	}
	if (p->umas >= 0) {
		ev_key(w, modbus_side, umas);
		write_code(w, p->umas, ics_name(umas, (uint32_t)p->umas), p->data);
	}
}

static void
write_written(struct jw *w, const struct modbus_pdu *p, bool request)
{
	struct cursor c = cursor_of_view(p->words);
	bool one = p->function == MODBUS_WRITE_COIL || p->function == MODBUS_WRITE_REGISTER;
	uint16_t value;

	jw_object(w);
	write_number(w, EV_KEY(modbus_write, address), p->write_address);
	write_number(w, EV_KEY(modbus_write, quantity), p->write_quantity);
	if (one && cursor_u16(&c, &value)) {
		ev_key(w, modbus_write, data);
		jw_u64(w, value);
	} else if (request && (p->bits.len || p->words.len)) {
		ev_key(w, modbus_write, values);
		if (p->bits.len)
			write_bits(w, p->bits, p->bit_n);
		else
			write_words(w, p->words);
	}
	write_number(w, EV_KEY(modbus_write, and_mask), p->and_mask);
	write_number(w, EV_KEY(modbus_write, or_mask), p->or_mask);
	jw_object_end(w);
}

static void
write_objects(struct jw *w, struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	struct modbus_object o;

	ev_key(w, modbus_side, objects);
	jw_array(w);
	while (modbus_object(&c, &o)) {
		const char *name = ics_name(objects, o.id);
		jw_object(w);
		ev_key(w, modbus_object, id);
		jw_u64(w, o.id);
		if (name) {
			ev_key(w, modbus_object, name);
			jw_word(w, name);
		}
		ev_key(w, modbus_object, value);
		jw_view(w, o.value);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
write_files(struct jw *w, const struct modbus_pdu *p, bool request)
{
	struct cursor c = cursor_of_view(p->files);
	struct modbus_file f;

	ev_key(w, modbus_side, files);
	jw_array(w);
	while (modbus_file(&c, p, request, &f)) {
		jw_object(w);
		write_number(w, EV_KEY(modbus_file, file), f.file);
		write_number(w, EV_KEY(modbus_file, record), f.record);
		write_number(w, EV_KEY(modbus_file, length), f.length);
		if (f.words.len) {
			ev_key(w, modbus_file, values);
			write_words(w, f.words);
		}
		jw_object_end(w);
	}
	jw_array_end(w);
}

/* What was read; a response does not say how many of the last byte's bits count, the request does.
 */
static void
write_values(struct jw *w, const struct modbus_pdu *p, int32_t asked)
{
	uint32_t n = p->bit_n;

	if (!p->bits.len && !p->words.len)
		return;
	if (asked > 0 && (uint32_t)asked < n)
		n = (uint32_t)asked;
	ev_key(w, modbus_side, values);
	if (p->bits.len)
		write_bits(w, p->bits, n);
	else
		write_words(w, p->words);
}

static void
write_head(struct jw *w, const struct modbus_adu *adu, const struct modbus_pdu *p)
{
	const char *name = ics_name(functions, p->function), *kind = ics_name(access, p->function);

	ev_key(w, modbus_side, transaction_id);
	jw_u64(w, adu->transaction);
	ev_key(w, modbus_side, protocol_id);
	jw_u64(w, adu->protocol);
	ev_key(w, modbus_side, unit_id);
	jw_u64(w, adu->unit);
	ev_key(w, modbus_side, function_raw);
	jw_u64(w, p->function);
	ev_key(w, modbus_side, function_code);
	jw_word(w, name ? name : "Unknown");
	ev_key(w, modbus_side, category);
	jw_word(w, category(p->function));
	if (kind) {
		ev_key(w, modbus_side, access_type);
		jw_word(w, kind);
	}
	ev_key(w, modbus_side, error_flags);
	jw_word(w, p->short_data ? "DATA_LENGTH" : p->invalid ? "DATA_VALUE" : "NONE");
}

static void
write_side(struct jw *w, const struct modbus_adu *adu, const struct modbus_pdu *p, bool request,
    int32_t asked)
{
	bool codes = p->diagnostic >= 0 || p->mei >= 0 || p->umas >= 0;

	jw_object(w);
	write_head(w, adu, p);
	write_codes(w, p);
	if (p->read_address >= 0) {
		ev_key(w, modbus_side, read);
		jw_object(w);
		write_number(w, EV_KEY(modbus_range, address), p->read_address);
		write_number(w, EV_KEY(modbus_range, quantity), p->read_quantity);
		jw_object_end(w);
	}
	if (p->write_address >= 0) {
		ev_key(w, modbus_side, write);
		write_written(w, p, request);
	}
	if (!request && p->write_address < 0)
		write_values(w, p, asked);
	write_number(w, EV_KEY(modbus_side, status), p->status);
	write_number(w, EV_KEY(modbus_side, count), p->count);
	if (p->objects.len)
		write_objects(w, p->objects);
	if (p->files.len)
		write_files(w, p, request);
	if (p->data.len && !codes) {
		ev_key(w, modbus_side, data);
		jw_hex(w, p->data.ptr, p->data.len < DATA_MAX ? p->data.len : DATA_MAX, 0);
	}
	jw_object_end(w);
}

void
modbus_write(const void *data, struct jw *w)
{
	const struct modbus_tx *tx = data;
	struct modbus_adu ask, answer;
	struct modbus_pdu asked = { .read_quantity = -1 }, given = { 0 };
	bool has_ask = modbus_adu(tx->request, &ask),
	     has_answer = modbus_adu(tx->response, &answer);

	if (has_ask)
		modbus_pdu(&ask, true, &asked);
	if (has_answer)
		modbus_pdu(&answer, false, &given);
	jw_key(w, "modbus");
	jw_object(w);
	ev_key(w, modbus, id);
	jw_u64(w, tx->item.id + 1);
	if (modbus_control(has_ask ? &asked : &given)) {
		ev_key(w, modbus, control);
		jw_bool(w, true);
	}
	if (has_ask) {
		ev_key(w, modbus, request);
		write_side(w, &ask, &asked, true, -1);
	}
	if (has_answer) {
		ev_key(w, modbus, response);
		write_side(w, &answer, &given, false, asked.read_quantity);
	}
	jw_object_end(w);
}
