/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/dnp3.h"

#include "ics.h"
#include "probe/l7/parse.h"

#define HEADER 8 /* bytes before the first CRC */
#define BLOCK 16

/* CRC-16/DNP (IEEE 1815, 9.2.3): reversed 0x3d65, complemented. */
static uint16_t
crc_of(struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	uint16_t crc = 0;
	uint8_t b;

	while (cursor_u8(&c, &b)) {
		crc ^= b;
		for (int i = 0; i < 8; i++)
			crc = (uint16_t)(crc >> 1 ^ (crc & 1 ? 0xa6bc : 0));
	}
	return (uint16_t)~crc;
}

long
dnp3_length(struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t first, second, n;

	if (!cursor_u8(&c, &first))
		return L7_MORE;
	if (first != 0x05)
		return L7_BAD;
	if (!cursor_u8(&c, &second))
		return L7_MORE;
	if (second != 0x64)
		return L7_BAD;
	if (!cursor_u8(&c, &n))
		return L7_MORE;
	if (n < 5)
		return L7_BAD;
	n = (uint8_t)(n - 5);
	return HEADER + 2 + n + (n + BLOCK - 1) / BLOCK * 2;
}

bool
dnp3_link(struct view frame, struct dnp3_link *out)
{
	struct cursor c = cursor_of_view(frame), whole = c;
	struct view header = { NULL, 0 };
	uint16_t crc;
	uint8_t n;

	if (!cursor_skip(&c, 2) || !cursor_u8(&c, &n) || n < 5 || !cursor_u8(&c, &out->control) ||
	    !cursor_u16_le(&c, &out->dst) || !cursor_u16_le(&c, &out->src) ||
	    !cursor_u16_le(&c, &crc))
		return false;
	out->user = (uint8_t)(n - 5);
	(void)cursor_take(&whole, HEADER, &header);
	return crc == crc_of(header);
}

size_t
dnp3_user(struct view frame, uint8_t *out, bool *sound)
{
	struct cursor c = cursor_of_view(frame);
	struct view block = { NULL, 0 };
	uint16_t crc = 0;
	size_t used = 0;

	*sound = true;
	(void)cursor_skip(&c, HEADER + 2);
	while (cursor_left(&c) > 2) {
		size_t n = cursor_left(&c) - 2 < BLOCK ? cursor_left(&c) - 2 : BLOCK;
		(void)cursor_take(&c, n, &block);
		(void)cursor_u16_le(&c, &crc);
		if (crc != crc_of(block))
			*sound = false;
		if (used + n > DNP3_USER_MAX)
			break;
		memcpy(out + used, block.ptr, n);
		used += n;
	}
	return used;
}

bool
dnp3_app(struct view fragment, bool request, struct dnp3_app *out)
{
	struct cursor c = cursor_of_view(fragment);
	uint16_t iin;
	uint8_t control;

	*out = (struct dnp3_app){ .iin = -1 };
	if (!cursor_u8(&c, &control) || !cursor_u8(&c, &out->function))
		return false;
	out->fir = control & 0x80;
	out->fin = control & 0x40;
	out->con = control & 0x20;
	out->uns = control & 0x10;
	out->sequence = control & 0x0f;
	if (!request) {
		if (!cursor_u16_le(&c, &iin))
			return false;
		out->iin = iin;
	}
	return cursor_take(&c, cursor_left(&c), &out->objects);
}

/*
 * What a point consists of, a letter each: F flags, i s signed numbers of four and two bytes, I S
 * unsigned ones, f d floats, t a time of six bytes, r milliseconds since the common time, x a
 * status, b a byte, p q a bit and two bits packed, c a control block, * octets of the length that
 * the variation or the prefix says.
 */
struct form {
	uint8_t group, variation;
	const char *form;
};

static const struct form forms[] = { { 1, 1, "p" }, { 1, 2, "F" }, { 2, 1, "F" }, { 2, 2, "Ft" },
	{ 2, 3, "Fr" }, { 3, 1, "q" }, { 3, 2, "F" }, { 4, 1, "F" }, { 4, 2, "Ft" }, { 4, 3, "Fr" },
	{ 10, 1, "p" }, { 10, 2, "F" }, { 11, 1, "F" }, { 11, 2, "Ft" }, { 12, 1, "c" },
	{ 12, 2, "c" }, { 12, 3, "p" }, { 13, 1, "F" }, { 13, 2, "Ft" }, { 20, 1, "FI" },
	{ 20, 2, "FS" }, { 20, 3, "FI" }, { 20, 4, "FS" }, { 20, 5, "I" }, { 20, 6, "S" },
	{ 20, 7, "I" }, { 20, 8, "S" }, { 21, 1, "FI" }, { 21, 2, "FS" }, { 21, 3, "FI" },
	{ 21, 4, "FS" }, { 21, 5, "FIt" }, { 21, 6, "FSt" }, { 21, 7, "FIt" }, { 21, 8, "FSt" },
	{ 21, 9, "I" }, { 21, 10, "S" }, { 21, 11, "I" }, { 21, 12, "S" }, { 22, 1, "FI" },
	{ 22, 2, "FS" }, { 22, 3, "FI" }, { 22, 4, "FS" }, { 22, 5, "FIt" }, { 22, 6, "FSt" },
	{ 22, 7, "FIt" }, { 22, 8, "FSt" }, { 23, 1, "FI" }, { 23, 2, "FS" }, { 23, 3, "FI" },
	{ 23, 4, "FS" }, { 23, 5, "FIt" }, { 23, 6, "FSt" }, { 23, 7, "FIt" }, { 23, 8, "FSt" },
	{ 30, 1, "Fi" }, { 30, 2, "Fs" }, { 30, 3, "i" }, { 30, 4, "s" }, { 30, 5, "Ff" },
	{ 30, 6, "Fd" }, { 31, 1, "Fi" }, { 31, 2, "Fs" }, { 31, 3, "Fit" }, { 31, 4, "Fst" },
	{ 31, 5, "i" }, { 31, 6, "s" }, { 31, 7, "Ff" }, { 31, 8, "Fd" }, { 32, 1, "Fi" },
	{ 32, 2, "Fs" }, { 32, 3, "Fit" }, { 32, 4, "Fst" }, { 32, 5, "Ff" }, { 32, 6, "Fd" },
	{ 32, 7, "Fft" }, { 32, 8, "Fdt" }, { 33, 1, "Fi" }, { 33, 2, "Fs" }, { 33, 3, "Fit" },
	{ 33, 4, "Fst" }, { 33, 5, "Ff" }, { 33, 6, "Fd" }, { 33, 7, "Fft" }, { 33, 8, "Fdt" },
	{ 34, 1, "S" }, { 34, 2, "I" }, { 34, 3, "f" }, { 40, 1, "Fi" }, { 40, 2, "Fs" },
	{ 40, 3, "Ff" }, { 40, 4, "Fd" }, { 41, 1, "ix" }, { 41, 2, "sx" }, { 41, 3, "fx" },
	{ 41, 4, "dx" }, { 42, 1, "Fi" }, { 42, 2, "Fs" }, { 42, 3, "Fit" }, { 42, 4, "Fst" },
	{ 42, 5, "Ff" }, { 42, 6, "Fd" }, { 42, 7, "Fft" }, { 42, 8, "Fdt" }, { 43, 1, "xi" },
	{ 43, 2, "xs" }, { 43, 3, "xit" }, { 43, 4, "xst" }, { 43, 5, "xf" }, { 43, 6, "xd" },
	{ 43, 7, "xft" }, { 43, 8, "xdt" }, { 50, 1, "t" }, { 50, 2, "tI" }, { 50, 3, "t" },
	{ 50, 4, "tIb" }, { 51, 1, "t" }, { 51, 2, "t" }, { 52, 1, "S" }, { 52, 2, "S" },
	{ 60, 1, "" }, { 60, 2, "" }, { 60, 3, "" }, { 60, 4, "" }, { 80, 1, "p" }, { 83, 1, "*" },
	{ 102, 1, "b" } };

static const char *
form_of(const struct dnp3_object *o)
{
	if (o->group >= 110 && o->group <= 115)
		return "*";
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (forms[i].group == o->group && forms[i].variation == o->variation)
			return forms[i].form;
	}
	return o->prefix_code >= 4 ? "*" : NULL;
}

/* Functions whose objects bring points: writing, controls, files, authentication, responses. */
static bool
brings_points(uint8_t function)
{
	return (function >= 2 && function <= 6) || (function >= 25 && function <= 33) ||
	       function >= DNP3_RESPONSE;
}

bool
dnp3_control(uint8_t function)
{
	return (function >= 2 && function <= 6) || function == 9 || function == 10 ||
	       (function >= 12 && function <= 19) || function == 21 || function == 22 ||
	       function == 27 || function == 31;
}

struct dnp3_walk
dnp3_objects(const struct dnp3_app *app)
{
	return (struct dnp3_walk){ .rest = cursor_of_view(app->objects),
		.data = brings_points(app->function) };
}

/* A number of 1, 2 or 4 bytes. */
static bool
sized(struct cursor *c, unsigned bytes, uint32_t *out)
{
	uint16_t v2;
	uint8_t v1;

	if (bytes == 4)
		return cursor_u32_le(c, out);
	if (bytes == 2) {
		if (!cursor_u16_le(c, &v2))
			return false;
		*out = v2;
		return true;
	}
	if (!cursor_u8(c, &v1))
		return false;
	*out = v1;
	return true;
}

/* IEEE 1815, 4.2.2.7.3: the range field. */
static bool
range(struct cursor *c, struct dnp3_object *o)
{
	static const uint8_t bytes[16] = { 1, 2, 4, 1, 2, 4, 0, 1, 2, 4, 0, 1 };
	unsigned n = bytes[o->range_code];

	if (o->range_code <= 5) {
		if (!sized(c, n, &o->start) || !sized(c, n, &o->stop) || o->stop < o->start)
			return false;
		o->count = o->stop - o->start + 1;
		return o->count != 0;
	}
	return o->range_code == 6 || (n && sized(c, n, &o->count));
}

static bool
object(struct dnp3_walk *w)
{
	struct dnp3_object *o = &w->object;

	*o = (struct dnp3_object){ 0 };
	w->done = 0;
	w->bit = 0;
	if (!cursor_u8(&w->rest, &o->group) || !cursor_u8(&w->rest, &o->variation) ||
	    !cursor_u8(&w->rest, &o->qualifier))
		return false;
	o->prefix_code = o->qualifier >> 4 & 7;
	o->range_code = o->qualifier & 0x0f;
	if (!range(&w->rest, o))
		return false;
	w->form = w->data ? form_of(o) : "";
	return true;
}

bool
dnp3_next(struct dnp3_walk *w, struct dnp3_object *out)
{
	struct dnp3_point skipped;

	while (dnp3_point(w, &skipped))
		;
	if (w->bad || !cursor_left(&w->rest))
		return false;
	w->bad = !object(w);
	if (w->bad)
		return false;
	*out = w->object;
	return true;
}

/* The next one or two bits of a packed object. */
static bool
packed(struct dnp3_walk *w, unsigned bits, struct dnp3_point *out)
{
	uint8_t byte;

	if (!cursor_peek(&w->rest, 0, &byte))
		return false;
	out->number = byte >> w->bit & (bits == 1 ? 1 : 3);
	out->is = DNP3_INT;
	w->bit = (uint8_t)(w->bit + bits);
	if (w->bit >= 8 || w->done + 1 == w->object.count) {
		w->bit = 0;
		(void)cursor_skip(&w->rest, 1);
	}
	return true;
}

static bool
crob(struct cursor *c, struct dnp3_point *out)
{
	struct dnp3_crob *b = &out->crob;

	out->has_crob = true;
	return cursor_u8(c, &b->code) && cursor_u8(c, &b->count) && cursor_u32_le(c, &b->on_ms) &&
	       cursor_u32_le(c, &b->off_ms) && cursor_u8(c, &b->status);
}

static bool
real(struct cursor *c, bool wide, struct dnp3_point *out)
{
	uint64_t v8 = 0;
	uint32_t v4 = 0;

	out->is = DNP3_REAL;
	if (wide ? !cursor_u64_le(c, &v8) : !cursor_u32_le(c, &v4))
		return false;
	out->real = wide ? ics_f64(v8) : (double)ics_f32(v4);
	return true;
}

static bool
whole(struct cursor *c, char letter, struct dnp3_point *out)
{
	uint32_t v = 0;

	if (!sized(c, letter == 'i' || letter == 'I' ? 4 : letter == 'b' ? 1 : 2, &v))
		return false;
	if (out->is == DNP3_NONE) {
		out->is = DNP3_INT;
		out->number = letter == 'i' ? (int32_t)v : letter == 's' ? (int16_t)v : (int64_t)v;
	}
	return true;
}

static bool
part(struct dnp3_walk *w, char letter, size_t size, struct dnp3_point *out)
{
	struct cursor *c = &w->rest;
	uint32_t low;
	uint16_t high;
	uint8_t byte;

	switch (letter) {
	case 'F':
	case 'x':
		if (!cursor_u8(c, &byte))
			return false;
		*(letter == 'F' ? &out->flags : &out->status) = byte;
		return true;
	case 'f':
	case 'd':
		return real(c, letter == 'd', out);
	case 't':
		if (!cursor_u32_le(c, &low) || !cursor_u16_le(c, &high))
			return false;
		out->time_ms = (int64_t)high << 32 | low;
		return true;
	case 'r':
		if (!cursor_u16_le(c, &high))
			return false;
		out->after_ms = high;
		return true;
	case 'p':
	case 'q':
		return packed(w, letter == 'p' ? 1 : 2, out);
	case 'c':
		return crob(c, out);
	case '*':
		out->is = DNP3_BYTES;
		return cursor_take(c, size, &out->bytes);
	default:
		return whole(c, letter, out);
	}
}

/* The index or the size before a point. */
static bool
prefix(struct dnp3_walk *w, struct dnp3_point *out)
{
	static const uint8_t bytes[8] = { 0, 1, 2, 4, 1, 2, 4, 0 };
	const struct dnp3_object *o = &w->object;

	out->index = o->start + w->done;
	if (!o->prefix_code)
		return true;
	if (!bytes[o->prefix_code] || !sized(&w->rest, bytes[o->prefix_code], &out->prefix))
		return false;
	if (o->prefix_code < 4)
		out->index = out->prefix;
	return true;
}

bool
dnp3_point(struct dnp3_walk *w, struct dnp3_point *out)
{
	const struct dnp3_object *o = &w->object;
	bool none = w->form && !*w->form && !o->prefix_code;

	if (w->bad || w->done >= o->count || none)
		return false;
	*out = (struct dnp3_point){ .flags = -1, .status = -1, .time_ms = -1, .after_ms = -1 };
	w->unknown = !w->form;
	w->bad = w->unknown || !prefix(w, out);
	size_t size = o->prefix_code >= 4 ? out->prefix : o->variation;
	for (const char *f = w->form; !w->bad && *f; f++)
		w->bad = !part(w, *f, size, out);
	w->done++;
	return !w->bad;
}
