/* SPDX-License-Identifier: Apache-2.0 */
#include "hpack.h"

#include "probe/l7/parse.h"

#define EOS 256
#define ENTRY 32        /* what an entry costs beside its bytes (RFC 7541, 4.1) */
#define TABLE_MAX 65536 /* the largest table we keep */
#define MOVED 16        /* bytes that move in the time of one that is read */
#define LENGTHS 31

/* RFC 7541, appendix A */
static const struct {
	const char *name, *value;
} fixed[] = {
	{ ":authority", "" },
	{ ":method", "GET" },
	{ ":method", "POST" },
	{ ":path", "/" },
	{ ":path", "/index.html" },
	{ ":scheme", "http" },
	{ ":scheme", "https" },
	{ ":status", "200" },
	{ ":status", "204" },
	{ ":status", "206" },
	{ ":status", "304" },
	{ ":status", "400" },
	{ ":status", "404" },
	{ ":status", "500" },
	{ "accept-charset", "" },
	{ "accept-encoding", "gzip, deflate" },
	{ "accept-language", "" },
	{ "accept-ranges", "" },
	{ "accept", "" },
	{ "access-control-allow-origin", "" },
	{ "age", "" },
	{ "allow", "" },
	{ "authorization", "" },
	{ "cache-control", "" },
	{ "content-disposition", "" },
	{ "content-encoding", "" },
	{ "content-language", "" },
	{ "content-length", "" },
	{ "content-location", "" },
	{ "content-range", "" },
	{ "content-type", "" },
	{ "cookie", "" },
	{ "date", "" },
	{ "etag", "" },
	{ "expect", "" },
	{ "expires", "" },
	{ "from", "" },
	{ "host", "" },
	{ "if-match", "" },
	{ "if-modified-since", "" },
	{ "if-none-match", "" },
	{ "if-range", "" },
	{ "if-unmodified-since", "" },
	{ "last-modified", "" },
	{ "link", "" },
	{ "location", "" },
	{ "max-forwards", "" },
	{ "proxy-authenticate", "" },
	{ "proxy-authorization", "" },
	{ "range", "" },
	{ "referer", "" },
	{ "refresh", "" },
	{ "retry-after", "" },
	{ "server", "" },
	{ "set-cookie", "" },
	{ "strict-transport-security", "" },
	{ "transfer-encoding", "" },
	{ "user-agent", "" },
	{ "vary", "" },
	{ "via", "" },
	{ "www-authenticate", "" },
};

#define FIXED (sizeof(fixed) / sizeof(*fixed))

/* RFC 7541, appendix B: the code is canonical, so that how many there are of each length and the
 * order of the symbols are all of it. */
static const uint8_t of_length[LENGTHS] = {
	0,
	0,
	0,
	0,
	0,
	10,
	26,
	32,
	6,
	0,
	5,
	3,
	2,
	6,
	2,
	3,
	0,
	0,
	0,
	3,
	8,
	13,
	26,
	29,
	12,
	4,
	15,
	19,
	29,
	0,
	4,
};
static const uint16_t in_order[EOS + 1] = {
	48,
	49,
	50,
	97,
	99,
	101,
	105,
	111,
	115,
	116,
	32,
	37,
	45,
	46,
	47,
	51,
	52,
	53,
	54,
	55,
	56,
	57,
	61,
	65,
	95,
	98,
	100,
	102,
	103,
	104,
	108,
	109,
	110,
	112,
	114,
	117,
	58,
	66,
	67,
	68,
	69,
	70,
	71,
	72,
	73,
	74,
	75,
	76,
	77,
	78,
	79,
	80,
	81,
	82,
	83,
	84,
	85,
	86,
	87,
	89,
	106,
	107,
	113,
	118,
	119,
	120,
	121,
	122,
	38,
	42,
	44,
	59,
	88,
	90,
	33,
	34,
	40,
	41,
	63,
	39,
	43,
	124,
	35,
	62,
	0,
	36,
	64,
	91,
	93,
	126,
	94,
	125,
	60,
	96,
	123,
	92,
	195,
	208,
	128,
	130,
	131,
	162,
	184,
	194,
	224,
	226,
	153,
	161,
	167,
	172,
	176,
	177,
	179,
	209,
	216,
	217,
	227,
	229,
	230,
	129,
	132,
	133,
	134,
	136,
	146,
	154,
	156,
	160,
	163,
	164,
	169,
	170,
	173,
	178,
	181,
	185,
	186,
	187,
	189,
	190,
	196,
	198,
	228,
	232,
	233,
	1,
	135,
	137,
	138,
	139,
	140,
	141,
	143,
	147,
	149,
	150,
	151,
	152,
	155,
	157,
	158,
	165,
	166,
	168,
	174,
	175,
	180,
	182,
	183,
	188,
	191,
	197,
	231,
	239,
	9,
	142,
	144,
	145,
	148,
	159,
	171,
	206,
	215,
	225,
	236,
	237,
	199,
	207,
	234,
	235,
	192,
	193,
	200,
	201,
	202,
	205,
	210,
	213,
	218,
	219,
	238,
	240,
	242,
	243,
	255,
	203,
	204,
	211,
	212,
	214,
	221,
	222,
	223,
	241,
	244,
	245,
	246,
	247,
	248,
	250,
	251,
	252,
	253,
	254,
	2,
	3,
	4,
	5,
	6,
	7,
	8,
	11,
	12,
	14,
	15,
	16,
	17,
	18,
	19,
	20,
	21,
	23,
	24,
	25,
	26,
	27,
	28,
	29,
	30,
	31,
	127,
	220,
	249,
	10,
	13,
	22,
	256,
};

/* ---- primitives ---- */

/* RFC 7541, 5.1: an integer whose first `bits` bits are in `first`. */
static bool
integer(struct cursor *c, uint8_t first, int bits, uint32_t *out)
{
	uint32_t most = (1u << bits) - 1, v = first & most;
	uint8_t b = 0x80;
	if (v < most) {
		*out = v;
		return true;
	}
	for (int shift = 0; b & 0x80; shift += 7) {
		if (shift > 21 || !cursor_u8(c, &b))
			return false;
		v += (uint32_t)(b & 0x7f) << shift;
	}
	*out = v;
	return true;
}

long
hpack_huffman(struct view in, uint8_t *out, size_t room)
{
	struct cursor c = cursor_of_view(in);
	uint32_t code = 0, first = 0, index = 0;
	size_t n = 0;
	int length = 0;
	uint8_t b;
	while (cursor_u8(&c, &b)) {
		for (int bit = 7; bit >= 0; bit--) {
			code = code << 1 | (b >> bit & 1u);
			first <<= 1;
			if (++length >= LENGTHS)
				return L7_BAD;
			uint32_t count = of_length[length];
			if (code - first >= count) {
				first += count;
				index += count;
				continue;
			}
			uint16_t symbol = in_order[index + code - first];
			if (symbol == EOS || n == room)
				return L7_BAD;
			out[n++] = (uint8_t)symbol;
			code = first = index = 0;
			length = 0;
		}
	}
	/* what is left must be the beginning of EOS: ones, fewer than eight */
	return length < 8 && code == (1u << length) - 1 ? (long)n : L7_BAD;
}

/* RFC 7541, 5.2. The view is of the input, or of scratch memory. */
static bool
string(struct cursor *c, struct scratch *s, struct view *out)
{
	uint8_t first;
	uint32_t n;
	struct view raw;
	if (!cursor_u8(c, &first) || !integer(c, first, 7, &n) || !cursor_take(c, n, &raw))
		return false;
	*out = raw;
	if (!(first & 0x80))
		return true;
	size_t room = raw.len * 8 / 5 + 1; /* the shortest code has five bits */
	uint8_t *bytes = scratch_get(s, room);
	long used = bytes ? hpack_huffman(raw, bytes, room) : L7_BAD;
	*out = (struct view){ bytes, used > 0 ? (size_t)used : 0 };
	return used >= 0;
}

/* ---- the dynamic table ---- */

/*
 *	oldest                                          newest
 *	| lengths name value lengths | ... | lengths name value lengths |
 *
 * Lengths stand on both sides: the oldest is dropped from the front, the newest is found first.
 */
struct lengths {
	uint16_t name, value;
};

static void
evict(struct hpack *h, struct hold_pool *pool, uint32_t room)
{
	struct lengths n;
	struct cursor c = cursor_of_view(hold_view(&h->table));
	while (h->size > room && cursor_copy(&c, &n, sizeof(n))) {
		uint32_t bytes = (uint32_t)n.name + n.value;
		(void)cursor_skip(&c, bytes + sizeof(n));
		h->size -= bytes + ENTRY;
	}
	if (cursor_left(&c) < h->table.len)
		hold_shift(pool, &h->table, h->table.len - cursor_left(&c));
}

static bool
keep(struct hold_pool *pool, struct hold *t, const void *data, size_t n)
{
	return n == 0 || hold_add(pool, t, (struct view){ data, n });
}

/* The views are not of the table. */
static bool
insert(struct hpack *h, struct hold_pool *pool, const struct hpack_field *f)
{
	size_t cost = f->name.len + f->value.len + ENTRY;
	struct lengths n = { (uint16_t)f->name.len, (uint16_t)f->value.len };
	if (cost > h->max) { /* too large: that empties the table (4.4) */
		evict(h, pool, 0);
		return true;
	}
	evict(h, pool, h->max - (uint32_t)cost);
	h->size += (uint32_t)cost;
	return keep(pool, &h->table, &n, sizeof(n)) &&
	       keep(pool, &h->table, f->name.ptr, f->name.len) &&
	       keep(pool, &h->table, f->value.ptr, f->value.len) &&
	       keep(pool, &h->table, &n, sizeof(n));
}

/* Entry `back` of the dynamic table, 0 for the newest. */
static bool
from_table(const struct hpack *h, uint32_t back, struct hpack_field *out)
{
	size_t end = h->table.len;
	for (;;) {
		struct lengths n;
		struct cursor c = cursor_of_view(hold_view(&h->table));
		if (end < 2 * sizeof(n) || !cursor_skip(&c, end - sizeof(n)) ||
		    !cursor_copy(&c, &n, sizeof(n)))
			return false;
		size_t all = (size_t)n.name + n.value + 2 * sizeof(n);
		if (all > end)
			return false;
		end -= all;
		if (back-- > 0)
			continue;
		c = cursor_of_view(hold_view(&h->table));
		return cursor_skip(&c, end + sizeof(n)) && cursor_take(&c, n.name, &out->name) &&
		       cursor_take(&c, n.value, &out->value);
	}
}

static bool
from_index(const struct hpack *h, uint32_t index, struct hpack_field *out)
{
	if (!index)
		return false;
	if (index > FIXED)
		return from_table(h, index - FIXED - 1, out);
	out->name = view_of(fixed[index - 1].name);
	out->value = view_of(fixed[index - 1].value);
	return true;
}

/* ---- fields ---- */

/* What is of the table moves with the next insertion: copy it. */
static bool
copy(struct scratch *s, struct view *v)
{
	uint8_t *bytes = scratch_get(s, v->len + 1);
	if (bytes && v->len)
		memcpy(bytes, v->ptr, v->len);
	v->ptr = bytes;
	return bytes != NULL;
}

static bool
literal(const struct hpack *h, struct scratch *s, struct cursor *c, uint32_t index,
    struct hpack_field *out)
{
	if (index ? !from_index(h, index, out) || !copy(s, &out->name) : !string(c, s, &out->name))
		return false;
	return string(c, s, &out->value) && out->name.len <= UINT16_MAX &&
	       out->value.len <= UINT16_MAX;
}

static bool
resize(struct hpack *h, struct hold_pool *pool, uint32_t size)
{
	if (size > TABLE_MAX)
		return false;
	h->max = size;
	evict(h, pool, size);
	return true;
}

enum hpack_status
hpack_next(struct hpack *h, struct hold_pool *pool, struct scratch *s, struct cursor *c,
    struct hpack_field *out)
{
	uint8_t first;
	uint32_t n;
	*out = (struct hpack_field){ .resized = -1 };
	if (!cursor_u8(c, &first))
		return HPACK_END;
	int bits = first & 0x80 ? 7 : first & 0x40 ? 6 : first & 0x20 ? 5 : 4;
	if (!integer(c, first, bits, &n))
		return HPACK_BAD;
	if (n > FIXED)
		out->cost = n;
	if (bits == 7)
		return from_index(h, n, out) && copy(s, &out->name) && copy(s, &out->value)
			   ? HPACK_FIELD
			   : HPACK_BAD;
	if (bits == 5) {
		out->resized = n;
		return resize(h, pool, n) ? HPACK_FIELD : HPACK_BAD;
	}
	if (!literal(h, s, c, n, out))
		return HPACK_BAD;
	if (bits == 6)
		out->cost += h->table.len / MOVED;
	return bits != 6 || insert(h, pool, out) ? HPACK_FIELD : HPACK_BAD;
}
