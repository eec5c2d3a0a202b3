/* SPDX-License-Identifier: Apache-2.0 */
/* Values of keywords in words: comparisons, and those that have parts (byte_test, xbits...). */
#include <ctype.h>
#include <string.h>

#include "rules.h"

#define PARTS 16
#define PART 128

/* A value's parts: between commas, without blanks at their ends. */
struct parts {
	char text[PARTS][PART];
	size_t n;
};

static struct parts
split(struct view value)
{
	struct parts p = { .n = 0 };
	size_t at = 0;

	while (at < value.len && p.n < PARTS) {
		const uint8_t *start = value.ptr + at, *comma = memchr(start, ',', value.len - at);
		size_t len = comma ? (size_t)(comma - start) : value.len - at;
		at += len + 1;
		for (; len && *start == ' '; len--)
			start++;
		while (len && start[len - 1] == ' ')
			len--;
		(void)snprintf(p.text[p.n++], PART, "%.*s", (int)len, (const char *)start);
	}
	return p;
}

static bool
has(const struct parts *p, const char *word)
{
	for (size_t i = 0; i < p->n; i++) {
		if (strcasecmp(p->text[i], word) == 0)
			return true;
	}
	return false;
}

/* "bytes 4" or "bytes4 ": what stands behind the word; NULL when it is not there. */
static const char *
behind(const struct parts *p, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i < p->n; i++) {
		if (strncasecmp(p->text[i], word, n) == 0 && p->text[i][n] == ' ')
			return p->text[i] + n + 1 + strspn(p->text[i] + n + 1, " ");
	}
	return NULL;
}

static void
comma(const struct cli *c, struct buf *out)
{
	const char *text = c->chinese ? "，" : ", ";
	buf_add(out, text, strlen(text));
}

static void
also(const struct cli *c, struct buf *out, bool said, enum text_id id, const char *value)
{
	if (!said)
		return;
	comma(c, out);
	PUT(c, out, id, value);
}

/* ---- comparisons ---- */

struct comparison {
	const char *sign;
	enum text_id is, not ;
};

/* The longest sign first. */
static const struct comparison comparisons[] = {
	{ "<=", TEXT_NUM_MOST, TEXT_NUM_MORE },
	{ ">=", TEXT_NUM_LEAST, TEXT_NUM_LESS },
	{ "==", TEXT_NUM_IS, TEXT_NUM_NOT },
	{ "!=", TEXT_NUM_NOT, TEXT_NUM_IS },
	{ "<", TEXT_NUM_LESS, TEXT_NUM_LEAST },
	{ ">", TEXT_NUM_MORE, TEXT_NUM_MOST },
	{ "&", TEXT_NUM_BITS, TEXT_NUM_NO_BITS },
	{ "^", TEXT_NUM_XOR, TEXT_NUM_NO_XOR },
	{ "=", TEXT_NUM_IS, TEXT_NUM_NOT },
};

/* Append sign and number in words: ">", "5" -> "more than 5". */
static void
put_comparison(const struct cli *c, struct buf *out, const char *sign, const char *n)
{
	bool negated = sign[0] == '!' && sign[1] != '=';

	sign += negated;
	for (size_t i = 0; i < sizeof(comparisons) / sizeof(*comparisons); i++) {
		if (strcmp(sign, comparisons[i].sign) == 0) {
			PUT(c, out, negated ? comparisons[i].not : comparisons[i].is, n);
			return;
		}
	}
	PUT(c, out, negated ? TEXT_NUM_NOT : TEXT_NUM_IS, n);
}

void
rules_number(const struct cli *c, struct buf *out, struct view value)
{
	char text[256], sign[4] = "";
	const char *mid;

	(void)rules_text(text, sizeof(text), value);
	char *v = text + strspn(text, " ");
	if (isalpha((unsigned char)v[0]) || strchr(v, ','))
		mid = NULL;
	else
		mid = strstr(v + (v[0] != 0), "<>");
	if (mid || (v[0] >= '0' && v[0] <= '9' && (mid = strchr(v, '-')))) {
		char *high = v + (mid - v) + (*mid == '<' ? 2 : 1);
		v[mid - v] = 0;
		PUT(c, out, TEXT_NUM_BETWEEN, v, high);
		return;
	}
	size_t n = strspn(v, "!<>=&^");
	n = n < sizeof(sign) ? n : sizeof(sign) - 1;
	memcpy(sign, v, n);
	v += n + strspn(v + n, " ");
	put_comparison(c, out, sign, v);
}

/* ---- numbers in bytes ---- */

/* "at byte 4", or from where the last pattern ended. */
static void
put_place(const struct cli *c, struct buf *out, const char *offset, bool relative)
{
	if (!relative)
		PUT(c, out, TEXT_VAL_AT, offset);
	else if (strcmp(offset, "0") == 0)
		PUT(c, out, TEXT_VAL_BEHIND, NULL);
	else if (offset[0] == '-')
		PUT(c, out, TEXT_VAL_BACK, offset + 1);
	else
		PUT(c, out, TEXT_VAL_FURTHER, offset);
}

/* How many bytes where, written how. */
static void
put_value(const struct cli *c, struct buf *out, const struct parts *p, const char *bytes,
    const char *offset)
{
	const char *mask = behind(p, "bitmask");
	bool text = has(p, "string");
	struct buf place, how;

	buf_init(&place, 1024);
	buf_init(&how, 1024);
	put_place(c, &place, offset, has(p, "relative"));
	if (has(p, "little") || has(p, "endian little"))
		PUT(c, &how, TEXT_VAL_LITTLE, NULL);
	if (has(p, "dce"))
		PUT(c, &how, TEXT_VAL_DCE, NULL);
	if (text && (has(p, "hex") || has(p, "oct")))
		PUT(c, &how, has(p, "hex") ? TEXT_VAL_HEX : TEXT_VAL_OCT, NULL);
	if (mask)
		PUT(c, &how, TEXT_VAL_MASK, mask);
	PUT(c, out, text ? TEXT_VAL_TEXT : TEXT_VAL_NUMBER, bytes, rules_string(&place),
	    rules_string(&how));
	buf_fini(&place);
	buf_fini(&how);
}

/* byte_test:1,!&,0x40,6,relative */
static bool
byte_test(const struct cli *c, struct buf *out, const struct match_told_part *part)
{
	struct parts p = split(part->value);
	struct buf number, is;

	if (p.n < 4)
		return false;
	buf_init(&number, 2048);
	buf_init(&is, 1024);
	put_value(c, &number, &p, p.text[0], p.text[3]);
	put_comparison(c, &is, p.text[1], p.text[2]);
	PUT(c, out, TEXT_BYTE_TEST, rules_string(&number), rules_string(&is));
	buf_fini(&number);
	buf_fini(&is);
	return true;
}

/* byte_jump:2,0,relative,little,multiplier 2,post_offset -4 */
static bool
byte_jump(const struct cli *c, struct buf *out, const struct match_told_part *part)
{
	struct parts p = split(part->value);
	const char *times = behind(&p, "multiplier"), *more = behind(&p, "post_offset");
	struct buf number;

	if (p.n < 2)
		return false;
	buf_init(&number, 2048);
	put_value(c, &number, &p, p.text[0], p.text[1]);
	PUT(c, out,
	    has(&p, "from_beginning") ? TEXT_BYTE_JUMP_START
	    : has(&p, "from_end")     ? TEXT_BYTE_JUMP_END
				      : TEXT_BYTE_JUMP,
	    rules_string(&number));
	buf_fini(&number);
	also(c, out, times, TEXT_BYTE_TIMES, times);
	also(c, out, more, TEXT_BYTE_MORE, more);
	also(c, out, has(&p, "align"), TEXT_BYTE_ALIGN, NULL);
	return true;
}

/* byte_extract:2,0,len,relative */
static bool
byte_extract(const struct cli *c, struct buf *out, const struct match_told_part *part)
{
	struct parts p = split(part->value);
	struct buf number;

	if (p.n < 3)
		return false;
	buf_init(&number, 2048);
	put_value(c, &number, &p, p.text[0], p.text[1]);
	PUT(c, out, TEXT_BYTE_KEPT, rules_string(&number), p.text[2]);
	buf_fini(&number);
	return true;
}

/* byte_math:bytes 4, offset 0, oper +, rvalue 2, result name, relative */
static bool
byte_math(const struct cli *c, struct buf *out, const struct match_told_part *part)
{
	struct parts p = split(part->value);
	const char *bytes = behind(&p, "bytes"), *offset = behind(&p, "offset"),
		   *oper = behind(&p, "oper"), *rvalue = behind(&p, "rvalue"),
		   *result = behind(&p, "result");
	char sum[2 * PART + 2];
	struct buf number;

	if (!bytes || !offset || !oper || !rvalue || !result)
		return false;
	buf_init(&number, 2048);
	put_value(c, &number, &p, bytes, offset);
	(void)snprintf(sum, sizeof(sum), "%s %s", oper, rvalue);
	PUT(c, out, TEXT_BYTE_MATH, rules_string(&number), sum, result);
	buf_fini(&number);
	return true;
}

/* isdataat:!1,relative */
static bool
isdataat(const struct cli *c, struct buf *out, const struct match_told_part *part)
{
	struct parts p = split(part->value);
	bool negated = p.n && p.text[0][0] == '!', relative = has(&p, "relative");
	const char *n = p.n ? p.text[0] + negated + strspn(p.text[0] + negated, " ") : "";

	if (!p.n)
		return false;
	PUT(c, out,
	    relative && negated && strcmp(n, "1") == 0 ? TEXT_DATA_NONE
	    : relative && negated                      ? TEXT_DATA_FEWER
	    : relative                                 ? TEXT_DATA_FOLLOWS
	    : negated                                  ? TEXT_DATA_SHORTER
						       : TEXT_DATA_LONGER,
	    n);
	return true;
}

/* base64_decode:bytes 10, offset 2, relative */
static bool
base64_decode(const struct cli *c, struct buf *out, const struct match_told_part *part)
{
	struct parts p = split(part->value);
	const char *bytes = behind(&p, "bytes"), *offset = behind(&p, "offset");
	struct buf place;

	buf_init(&place, 1024);
	put_place(c, &place, offset ? offset : "0", has(&p, "relative"));
	PUT(c, out, TEXT_BASE64, rules_string(&place));
	buf_fini(&place);
	also(c, out, bytes, TEXT_BASE64_MOST, bytes);
	return true;
}

/* ---- packets and flows ---- */

/* stream_size:client,<,500 */
static bool
stream_size(const struct cli *c, struct buf *out, const struct match_told_part *part)
{
	struct parts p = split(part->value);
	struct buf is;

	if (p.n < 3)
		return false;
	buf_init(&is, 512);
	put_comparison(c, &is, p.text[1], p.text[2]);
	PUT(c, out,
	    strcasecmp(p.text[0], "client") == 0   ? TEXT_SENT_CLIENT
	    : strcasecmp(p.text[0], "server") == 0 ? TEXT_SENT_SERVER
	    : strcasecmp(p.text[0], "both") == 0   ? TEXT_SENT_BOTH
						   : TEXT_SENT_EITHER,
	    rules_string(&is));
	buf_fini(&is);
	return true;
}

/* "SA" -> "SYN, ACK" */
static void
put_flags(const struct cli *c, struct buf *out, const char *letters)
{
	static const struct {
		const char *letters, *name;
	} rows[] = { { "Ff", "FIN" }, { "Ss", "SYN" }, { "Rr", "RST" }, { "Pp", "PSH" },
		{ "Aa", "ACK" }, { "Uu", "URG" }, { "Cc1", "CWR" }, { "Ee2", "ECE" } };
	bool any = false;

	for (const char *l = letters; *l; l++) {
		for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
			if (!strchr(rows[i].letters, *l))
				continue;
			if (any)
				buf_add(out, c->chinese ? "、" : ", ", c->chinese ? 3 : 2);
			buf_add(out, rows[i].name, 3);
			any = true;
		}
	}
	if (!any)
		PUT(c, out, TEXT_FLAGS_EMPTY, NULL);
}

/* flags:S,12 */
static bool
tcp_flags(const struct cli *c, struct buf *out, const struct match_told_part *part)
{
	struct parts p = split(part->value);
	struct buf names, mask, left;

	if (!p.n)
		return false;
	buf_init(&names, 512);
	buf_init(&mask, 512);
	buf_init(&left, 512);
	put_flags(c, &names, p.text[0]);
	if (p.n > 1) {
		put_flags(c, &left, p.text[1]);
		PUT(c, &mask, TEXT_FLAGS_MASK, rules_string(&left));
	}
	PUT(c, out,
	    strchr(p.text[0], '+')   ? TEXT_FLAGS_ALL
	    : strchr(p.text[0], '*') ? TEXT_FLAGS_ANY
	    : strchr(p.text[0], '!') ? TEXT_FLAGS_NONE
				     : TEXT_FLAGS_EXACT,
	    rules_string(&names), rules_string(&mask));
	buf_fini(&names);
	buf_fini(&mask);
	buf_fini(&left);
	return true;
}

/* ---- what rules leave for one another ---- */

static enum text_id
marked(const struct parts *p)
{
	static const struct {
		const char *word;
		enum text_id id;
	} rows[] = { { "ip_src", TEXT_MARK_SRC }, { "ip_dst", TEXT_MARK_DST },
		{ "ip_pair", TEXT_MARK_PAIR }, { "tx", TEXT_MARK_TX }, { "dst", TEXT_MARK_DST },
		{ "both", TEXT_MARK_BOTH } };
	const char *track = behind(p, "track");

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (track ? strcmp(track, rows[i].word) == 0 : has(p, rows[i].word))
			return rows[i].id;
	}
	return TEXT_MARK_SRC;
}

/* xbits:set,name,track ip_src,expire 15; hostbits:set,name,dst */
static bool
bits(const struct cli *c, struct buf *out, const struct match_told_part *part)
{
	static const struct {
		const char *word;
		enum text_id id;
	} rows[] = { { "isset", TEXT_MARK_HAS }, { "isnotset", TEXT_MARK_HAS_NOT },
		{ "set", TEXT_MARK_SET }, { "unset", TEXT_MARK_UNSET },
		{ "toggle", TEXT_MARK_TOGGLE } };
	struct parts p = split(part->value);
	const char *expire = behind(&p, "expire");

	for (size_t i = 0; p.n > 1 && i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcasecmp(p.text[0], rows[i].word) != 0)
			continue;
		bool timed = rows[i].id == TEXT_MARK_SET && expire;
		PUT(c, out, timed ? TEXT_MARK_SET_FOR : rows[i].id, p.text[1],
		    text_of(c, marked(&p)), expire);
		return true;
	}
	return false;
}

bool
rules_flowbits(const struct cli *c, struct buf *out, const struct match_told_part *part)
{
	static const struct {
		const char *word;
		enum text_id id;
	} rows[] = { { "isset", TEXT_EX_BIT_ISSET }, { "isnotset", TEXT_EX_BIT_ISNOTSET },
		{ "set", TEXT_EX_BIT_SET }, { "unset", TEXT_EX_BIT_UNSET },
		{ "toggle", TEXT_EX_BIT_TOGGLE } };
	struct parts p = split(part->value);

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (view_is(part->name, "flowbits") && p.n > 1 &&
		    strcasecmp(p.text[0], rows[i].word) == 0) {
			PUT(c, out, rows[i].id, p.text[1]);
			return true;
		}
	}
	return false;
}

/* flowint:name,+,1 */
static bool
flowint(const struct cli *c, struct buf *out, const struct match_told_part *part)
{
	struct parts p = split(part->value);
	const char *does = p.n > 1 ? p.text[1] : "";
	struct buf is;

	if (p.n < 2)
		return false;
	if (strcasecmp(does, "isset") == 0 || strcasecmp(does, "notset") == 0 ||
	    strcasecmp(does, "isnotset") == 0) {
		PUT(c, out, does[0] == 'i' && does[2] == 's' ? TEXT_VAR_SET : TEXT_VAR_NOT_SET,
		    p.text[0]);
		return true;
	}
	if (p.n < 3)
		return false;
	if (strcmp(does, "+") == 0 || strcmp(does, "-") == 0 || strcmp(does, "=") == 0) {
		PUT(c, out,
		    *does == '+'   ? TEXT_VAR_ADD
		    : *does == '-' ? TEXT_VAR_TAKE
				   : TEXT_VAR_PUT,
		    p.text[0], p.text[2]);
		return true;
	}
	buf_init(&is, 512);
	put_comparison(c, &is, does, p.text[2]);
	PUT(c, out, TEXT_VAR_IS, p.text[0], rules_string(&is));
	buf_fini(&is);
	return true;
}

/* dataset:isset,name,type string,load x */
static bool
dataset(const struct cli *c, struct buf *out, const struct match_told_part *part)
{
	static const struct {
		const char *word;
		enum text_id id;
	} rows[] = { { "isset", TEXT_SET_HAS }, { "isnotset", TEXT_SET_HAS_NOT },
		{ "set", TEXT_SET_ADD }, { "unset", TEXT_SET_TAKE } };
	struct parts p = split(part->value);

	for (size_t i = 0; p.n > 1 && i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcasecmp(p.text[0], rows[i].word) == 0) {
			PUT(c, out, rows[i].id, p.text[1]);
			return true;
		}
	}
	return false;
}

/* datarep:name,>,200,load x */
static bool
datarep(const struct cli *c, struct buf *out, const struct match_told_part *part)
{
	struct parts p = split(part->value);
	struct buf is;

	if (p.n < 3)
		return false;
	buf_init(&is, 512);
	put_comparison(c, &is, p.text[1], p.text[2]);
	PUT(c, out, TEXT_SET_SCORE, p.text[0], rules_string(&is));
	buf_fini(&is);
	return true;
}

/* country:src,CN,US; asset.importance:>=4 */
static bool
end_of(const struct cli *c, struct buf *out, const struct match_told_part *part)
{
	static const struct {
		const char *name;
		enum text_id id;
	} rows[] = { { "country", TEXT_END_COUNTRY }, { "geoip", TEXT_END_COUNTRY },
		{ "asn", TEXT_END_ASN }, { "segment", TEXT_END_SEGMENT },
		{ "asset.importance", TEXT_END_IMPORTANCE } };
	struct parts p = split(part->value);
	const char *first = p.n ? p.text[0] : "";
	enum text_id who = strcasecmp(first, "src") == 0    ? TEXT_END_SRC
			   : strcasecmp(first, "dst") == 0  ? TEXT_END_DST
			   : strcasecmp(first, "both") == 0 ? TEXT_END_BOTH
							    : TEXT_END_ANY;
	size_t from = who != TEXT_END_ANY || strcasecmp(first, "any") == 0;
	struct buf is, list;

	if (p.n <= from)
		return false;
	buf_init(&is, 2048);
	buf_init(&list, 2048);
	for (size_t i = from; i < p.n; i++) {
		if (i > from)
			buf_add(&list, c->chinese ? "、" : ", ", c->chinese ? 3 : 2);
		buf_add(&list, p.text[i], strlen(p.text[i]));
	}
	rules_number(c, &is, (struct view){ list.ptr, list.len });
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (view_is(part->name, rows[i].name))
			PUT(c, out, rows[i].id, text_of(c, who), rules_string(&is));
	}
	buf_fini(&is);
	buf_fini(&list);
	return true;
}

bool
rules_value(const struct cli *c, struct buf *out, const struct match_told_part *part)
{
	static const struct {
		const char *name;
		bool (*say)(const struct cli *c, struct buf *out, const struct match_told_part *p);
	} rows[] = {
		{ "asn", end_of },
		{ "asset.importance", end_of },
		{ "base64_decode", base64_decode },
		{ "byte_extract", byte_extract },
		{ "byte_jump", byte_jump },
		{ "byte_math", byte_math },
		{ "byte_test", byte_test },
		{ "country", end_of },
		{ "datarep", datarep },
		{ "dataset", dataset },
		{ "flags", tcp_flags },
		{ "flowint", flowint },
		{ "geoip", end_of },
		{ "hostbits", bits },
		{ "isdataat", isdataat },
		{ "segment", end_of },
		{ "stream_size", stream_size },
		{ "tcp.flags", tcp_flags },
		{ "xbits", bits },
	};
	char name[64];

	(void)rules_text(name, sizeof(name), part->name);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcasecmp(name, rows[i].name) == 0)
			return rows[i].say(c, out, part);
	}
	return false;
}
