/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Display width without the C library's tables, which know nothing in the C locale. Ranges from
 * Unicode 15's EastAsianWidth.txt (W and F) and DerivedGeneralCategory.txt (Mn, Me, Cf), as far as
 * terminals agree.
 */
#include <stdint.h>
#include <string.h>

#include "cli.h"
#include "lib/cursor.h"

struct range {
	uint32_t from, to;
};

static const struct range wide[] = { { 0x1100, 0x115f }, { 0x231a, 0x231b }, { 0x2329, 0x232a },
	{ 0x23e9, 0x23ec }, { 0x25fd, 0x25fe }, { 0x2614, 0x2615 }, { 0x2648, 0x2653 },
	{ 0x26a1, 0x26a1 }, { 0x2705, 0x2705 }, { 0x274c, 0x274c }, { 0x2e80, 0x303e },
	{ 0x3041, 0xa4cf }, { 0xa960, 0xa97f }, { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff },
	{ 0xfe10, 0xfe19 }, { 0xfe30, 0xfe6f }, { 0xff01, 0xff60 }, { 0xffe0, 0xffe6 },
	{ 0x16fe0, 0x18cff }, { 0x1b000, 0x1b2ff }, { 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff },
	{ 0x1f900, 0x1faff }, { 0x20000, 0x3fffd } };
static const struct range none[] = { { 0x300, 0x36f }, { 0x483, 0x489 }, { 0x591, 0x5bd },
	{ 0x610, 0x61a }, { 0x64b, 0x65f }, { 0x200b, 0x200d }, { 0x20d0, 0x20f0 },
	{ 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f }, { 0xfeff, 0xfeff } };
/* They would move the cursor or turn the text around. */
static const struct range control[] = { { 0, 0x1f }, { 0x7f, 0x9f }, { 0x61c, 0x61c },
	{ 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x2069 } };

static bool
is_in(const struct range *r, size_t n, uint32_t code)
{
	for (size_t i = 0; i < n && code >= r[i].from; i++)
		if (code <= r[i].to)
			return true;
	return false;
}

#define IN(table, code) is_in(table, sizeof(table) / sizeof(*(table)), code)

/* Next character; 0xfffd for each byte that is no UTF-8. */
static uint32_t
next_code(struct cursor *c)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	struct cursor was;
	uint32_t code;
	uint8_t b = 0, more;
	int n;

	(void)cursor_u8(c, &b);
	if (b < 0x80)
		return b;
	n = b >= 0xf0 && b < 0xf5 ? 3 : b >= 0xe0 && b < 0xf0 ? 2 : b >= 0xc2 && b < 0xe0 ? 1 : 0;
	code = n ? b & (0x3fu >> n) : 0xfffd;
	was = *c;
	for (int i = 0; i < n; i++) {
		if (!cursor_u8(c, &more) || (more & 0xc0) != 0x80) {
			*c = was;
			return 0xfffd;
		}
		code = code << 6 | (more & 0x3f);
	}
	if (n && (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))) {
		*c = was;
		return 0xfffd;
	}
	return code;
}

static unsigned
cells_of(uint32_t code)
{
	return IN(none, code) ? 0 : IN(wide, code) ? 2 : 1;
}

unsigned
width_of(const char *text)
{
	struct cursor c = cursor_of(text, strlen(text));
	unsigned sum = 0;

	while (cursor_left(&c))
		sum += cells_of(next_code(&c));
	return sum;
}

static void
put(char *out, size_t room, size_t *len, const void *bytes, size_t n)
{
	if (*len + n < room) {
		memcpy(out + *len, bytes, n);
		*len += n;
	}
}

size_t
width_copy(char *out, size_t room, const char *text, unsigned cells)
{
	struct cursor c = cursor_of(text, strlen(text));
	bool cut = width_of(text) > cells;
	unsigned used = 0, most = cut && cells ? cells - 1 : cells;
	size_t len = 0;

	while (cursor_left(&c)) {
		const uint8_t *from = c.at;
		uint32_t code = next_code(&c);
		if (used + cells_of(code) > most)
			break;
		used += cells_of(code);
		if (IN(control, code) || code == 0xfffd)
			put(out, room, &len, "?", 1);
		else
			put(out, room, &len, from, (size_t)(c.at - from));
	}
	if (cut && cells)
		put(out, room, &len, "…", strlen("…"));
	out[len] = 0;
	return len;
}
