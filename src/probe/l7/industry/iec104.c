/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/iec104.h"

#include "ics.h"
#include "probe/l7/parse.h"

#define START 0x68
#define ACTIVATION 6
#define DEACTIVATION 8

/*
 * What an object consists of, a letter each: s d single and double point with quality, t step
 * position, b bits, n normalised, v scaled, f float, c counter, q quality, 2 and 7 times of three
 * and seven bytes, S D R commands, o a set point's qualifier, Q a byte of qualifier, 1 a byte, h
 * two bytes, * all that is left.
 */
struct type {
	uint8_t number;
	const char *name, *form;
};

static const struct type types[] = { { 1, "M_SP_NA_1", "s" }, { 2, "M_SP_TA_1", "s2" },
	{ 3, "M_DP_NA_1", "d" }, { 4, "M_DP_TA_1", "d2" }, { 5, "M_ST_NA_1", "tq" },
	{ 6, "M_ST_TA_1", "tq2" }, { 7, "M_BO_NA_1", "bq" }, { 8, "M_BO_TA_1", "bq2" },
	{ 9, "M_ME_NA_1", "nq" }, { 10, "M_ME_TA_1", "nq2" }, { 11, "M_ME_NB_1", "vq" },
	{ 12, "M_ME_TB_1", "vq2" }, { 13, "M_ME_NC_1", "fq" }, { 14, "M_ME_TC_1", "fq2" },
	{ 15, "M_IT_NA_1", "c" }, { 16, "M_IT_TA_1", "c2" }, { 17, "M_EP_TA_1", "sh2" },
	{ 18, "M_EP_TB_1", "1qh2" }, { 19, "M_EP_TC_1", "1qh2" }, { 20, "M_PS_NA_1", "bq" },
	{ 21, "M_ME_ND_1", "n" }, { 30, "M_SP_TB_1", "s7" }, { 31, "M_DP_TB_1", "d7" },
	{ 32, "M_ST_TB_1", "tq7" }, { 33, "M_BO_TB_1", "bq7" }, { 34, "M_ME_TD_1", "nq7" },
	{ 35, "M_ME_TE_1", "vq7" }, { 36, "M_ME_TF_1", "fq7" }, { 37, "M_IT_TB_1", "c7" },
	{ 38, "M_EP_TD_1", "sh7" }, { 39, "M_EP_TE_1", "1qh7" }, { 40, "M_EP_TF_1", "1qh7" },
	{ 45, "C_SC_NA_1", "S" }, { 46, "C_DC_NA_1", "D" }, { 47, "C_RC_NA_1", "R" },
	{ 48, "C_SE_NA_1", "no" }, { 49, "C_SE_NB_1", "vo" }, { 50, "C_SE_NC_1", "fo" },
	{ 51, "C_BO_NA_1", "b" }, { 58, "C_SC_TA_1", "S7" }, { 59, "C_DC_TA_1", "D7" },
	{ 60, "C_RC_TA_1", "R7" }, { 61, "C_SE_TA_1", "no7" }, { 62, "C_SE_TB_1", "vo7" },
	{ 63, "C_SE_TC_1", "fo7" }, { 64, "C_BO_TA_1", "b7" }, { 70, "M_EI_NA_1", "1" },
	{ 100, "C_IC_NA_1", "Q" }, { 101, "C_CI_NA_1", "Q" }, { 102, "C_RD_NA_1", "" },
	{ 103, "C_CS_NA_1", "7" }, { 104, "C_TS_NA_1", "h" }, { 105, "C_RP_NA_1", "Q" },
	{ 106, "C_CD_NA_1", "h" }, { 107, "C_TS_TA_1", "h7" }, { 110, "P_ME_NA_1", "nQ" },
	{ 111, "P_ME_NB_1", "vQ" }, { 112, "P_ME_NC_1", "fQ" }, { 113, "P_AC_NA_1", "Q" },
	{ 120, "F_FR_NA_1", "*" }, { 121, "F_SR_NA_1", "*" }, { 122, "F_SC_NA_1", "*" },
	{ 123, "F_LS_NA_1", "*" }, { 124, "F_AF_NA_1", "*" }, { 125, "F_SG_NA_1", "*" },
	{ 126, "F_DR_TA_1", "*" }, { 127, "F_SC_NB_1", "*" } };

static const struct type *
type_of(uint8_t number)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (types[i].number == number)
			return &types[i];
	}
	return NULL;
}

const char *
iec104_type_name(uint8_t type)
{
	const struct type *t = type_of(type);

	return t ? t->name : NULL;
}

long
iec104_length(struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t start, n;

	if (!cursor_u8(&c, &start))
		return L7_MORE;
	if (start != START)
		return L7_BAD;
	if (!cursor_u8(&c, &n))
		return L7_MORE;
	return n < 4 || n > 253 ? L7_BAD : 2 + (long)n;
}

bool
iec104_apdu(struct view bytes, struct iec104_apdu *out)
{
	struct cursor c = cursor_of_view(bytes);
	uint16_t send, receive;

	*out = (struct iec104_apdu){ 0 };
	if (!cursor_skip(&c, 2) || !cursor_u16_le(&c, &send) || !cursor_u16_le(&c, &receive))
		return false;
	if (!(send & 1)) {
		out->kind = IEC104_I;
		out->send = send >> 1;
		out->receive = receive >> 1;
		return !(receive & 1) && cursor_take(&c, cursor_left(&c), &out->asdu);
	}
	if (cursor_left(&c))
		return false;
	if (!(send & 2)) {
		out->kind = IEC104_S;
		out->receive = receive >> 1;
		return send == 1 && !(receive & 1);
	}
	out->kind = IEC104_U;
	out->function = (uint8_t)send;
	return send <= UINT8_MAX && receive == 0;
}

bool
iec104_asdu(struct view bytes, struct iec104_asdu *out)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t structure, cause;

	*out = (struct iec104_asdu){ 0 };
	if (!cursor_u8(&c, &out->type) || !cursor_u8(&c, &structure) || !cursor_u8(&c, &cause) ||
	    !cursor_u8(&c, &out->originator) || !cursor_u16_le(&c, &out->common_address))
		return false;
	out->sequence = structure & 0x80;
	out->count = structure & 0x7f;
	out->cause = cause & 0x3f;
	out->negative = cause & 0x40;
	out->test = cause & 0x80;
	return cursor_take(&c, cursor_left(&c), &out->objects);
}

struct iec104_walk
iec104_objects(const struct iec104_asdu *asdu)
{
	const struct type *t = type_of(asdu->type);

	return (struct iec104_walk){
		.rest = cursor_of_view(asdu->objects), .asdu = asdu, .form = t ? t->form : NULL
	};
}

static bool
address(struct cursor *c, uint32_t *out)
{
	uint16_t low;
	uint8_t high;

	if (!cursor_u16_le(c, &low) || !cursor_u8(c, &high))
		return false;
	*out = (uint32_t)high << 16 | low;
	return true;
}

/* One byte that holds the value in its low bits and something else above. */
static bool
byte_part(struct cursor *c, char letter, struct iec104_object *out)
{
	uint8_t b;

	if (!cursor_u8(c, &b))
		return false;
	switch (letter) {
	case 's':
	case 'd':
		out->number = b & (letter == 's' ? 1 : 3);
		out->quality = b & 0xf0;
		break;
	case 't':
		out->number = (int64_t)(b & 0x7f) - (b & 0x40 ? 0x80 : 0);
		break;
	case 'S':
	case 'D':
	case 'R':
		out->number = b & (letter == 'S' ? 1 : 3);
		out->qualifier = b >> 2 & 0x1f;
		out->select = b >> 7;
		break;
	case 'o':
		out->qualifier = b & 0x7f;
		out->select = b >> 7;
		return true;
	case 'Q':
		out->qualifier = b;
		return true;
	case 'q':
		out->quality = b;
		return true;
	default:
		out->number = b;
		break;
	}
	out->is = IEC104_INT;
	return true;
}

/* A number of two or four bytes, or a time. */
static bool
wide_part(struct cursor *c, char letter, struct iec104_object *out)
{
	uint32_t v4 = 0;
	uint16_t v2 = 0;
	uint8_t sequence;

	switch (letter) {
	case 'n':
	case 'v':
	case 'h':
		if (!cursor_u16_le(c, &v2))
			return false;
		if (letter == 'h' && out->is != IEC104_NONE)
			return true; /* how long a protection event took */
		out->number = letter == 'h' ? v2 : (int16_t)v2;
		out->real = (double)(int16_t)v2 / 32768.0;
		out->is = letter == 'n' ? IEC104_REAL : IEC104_INT;
		return true;
	case '2':
		return cursor_take(c, 3, &out->time);
	case '7':
		return cursor_take(c, 7, &out->time);
	case '*':
		out->is = IEC104_BYTES;
		return cursor_take(c, cursor_left(c), &out->bytes);
	default:
		if (!cursor_u32_le(c, &v4))
			return false;
		out->number = letter == 'c' ? (int64_t)(int32_t)v4 : (int64_t)v4;
		out->real = (double)ics_f32(v4);
		out->is = letter == 'f' ? IEC104_REAL : IEC104_INT;
		if (letter != 'c')
			return true;
		if (!cursor_u8(c, &sequence))
			return false;
		out->quality = sequence & 0xe0; /* carry, adjusted, invalid */
		return true;
	}
}

static bool
part(struct cursor *c, char letter, struct iec104_object *out)
{
	return strchr("sdtSDRoQq1", letter) ? byte_part(c, letter, out) : wide_part(c, letter, out);
}

bool
iec104_next(struct iec104_walk *w, struct iec104_object *out)
{
	*out = (struct iec104_object){ .quality = -1, .qualifier = -1, .select = -1 };
	if (w->bad || w->done >= w->asdu->count)
		return false;
	w->bad = true;
	if (w->done == 0 || !w->asdu->sequence) {
		if (!address(&w->rest, &w->address))
			return false;
	} else {
		w->address++;
	}
	out->address = w->address;
	for (const char *f = w->form ? w->form : "*"; *f; f++) {
		if (!part(&w->rest, *f, out))
			return false;
	}
	w->done++;
	w->bad = !w->form && w->done < w->asdu->count && !cursor_left(&w->rest);
	return true;
}

bool
iec104_control(const struct iec104_asdu *asdu)
{
	uint8_t t = asdu->type;

	if (asdu->cause != ACTIVATION && asdu->cause != DEACTIVATION)
		return false;
	return (t >= 45 && t <= 64) || t == 103 || t == 105 || (t >= 110 && t <= 113);
}
