/* SPDX-License-Identifier: Apache-2.0 */
/* What the loader says of wrong rules, in Chinese, by rules_reasons.def. */
#include <string.h>

#include "rules.h"

#define GAPS 4

struct reason {
	const char *en, *zh;
};

static const struct reason reasons[] = {
#define REASON(en, zh) { en, zh },
#include "rules_reasons.def"
};

/* Does the text fit, "%s" standing for anything? What stands for it in gap; the last one takes all
 * that the end of the pattern leaves. */
static bool
fits(const char *pattern, const char *text, struct view gap[GAPS], size_t n)
{
	const char *hole = strstr(pattern, "%s");
	size_t head = hole ? (size_t)(hole - pattern) : strlen(pattern);

	if (strncmp(pattern, text, head) != 0)
		return false;
	text += head;
	if (!hole)
		return *text == '\0';
	for (const char *end = text; n < GAPS; end++) {
		if (fits(hole + 2, end, gap, n + 1)) {
			gap[n] = (struct view){ (const uint8_t *)text, (size_t)(end - text) };
			return true;
		}
		if (!*end)
			break;
	}
	return false;
}

/* "a, b and c" -> "a、b、c" */
static void
put_list(struct buf *out, struct view v)
{
	static const struct {
		const char *en, *zh;
	} rows[] = { { ", ", "、" }, { " and ", "、" }, { " or ", " 或 " } };

	while (v.len) {
		size_t n = 1, row = 0;
		for (; row < 3; row++) {
			n = strlen(rows[row].en);
			if (v.len > n && memcmp(v.ptr, rows[row].en, n) == 0)
				break;
		}
		n = row < 3 ? n : 1;
		buf_add(out, row < 3 ? rows[row].zh : (const char *)v.ptr,
		    row < 3 ? strlen(rows[row].zh) : 1);
		v = (struct view){ v.ptr + n, v.len - n };
	}
}

void
rules_reason(const struct cli *c, struct buf *out, const char *text)
{
	struct view gap[GAPS] = { 0 };
	size_t n = 0, row = 0, all = sizeof(reasons) / sizeof(*reasons);

	for (row = 0; c->chinese && row < all && !fits(reasons[row].en, text, gap, 0); row++)
		;
	if (!c->chinese || row == all) {
		buf_add(out, text, strlen(text));
		return;
	}
	for (const char *p = reasons[row].zh; *p; p++) {
		if (p[0] == '%' && (p[1] == 's' || p[1] == 'l') && n < GAPS) {
			if (p[1] == 'l')
				put_list(out, gap[n]);
			else
				buf_add(out, gap[n].ptr, gap[n].len);
			n++;
			p++;
		} else {
			buf_add(out, p, 1);
		}
	}
}
