/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules written for Snort 3: words that follow their content behind commas, buffers named before
 * what is looked for. Each option becomes those of ours that say the same; what has no counterpart
 * is refused by its own name. Source: Snort 3's public rule writing guide.
 */
#include <stdio.h>

#include "probe/match_keyword.h"

/* Options under another name here; NULL: nothing to do. */
static const struct row {
	const char *theirs, *ours;
	bool bare; /* their value says nothing to us */
} rows[] = {
	{ "http_uri", "http.uri", false },
	{ "http_raw_uri", "http.uri.raw", false },
	{ "http_header", "http.header", false },
	{ "http_raw_header", "http.header.raw", false },
	{ "http_cookie", "http.cookie", false },
	{ "http_raw_cookie", "http.cookie", false },
	{ "http_method", "http.method", false },
	{ "http_client_body", "http.request_body", false },
	{ "http_raw_body", "http.request_body", false },
	{ "http_stat_code", "http.stat_code", false },
	{ "http_stat_msg", "http.stat_msg", false },
	{ "http_true_ip", NULL, false },
	{ "http_version", "http.protocol", false },
	{ "file_data", "file.data", false },
	{ "js_data", "file.data", false },
	{ "raw_data", "pkt_data", false },
	{ "bufferlen", "bsize", false },
	{ "service", NULL, true },
	{ "rem", NULL, true },
};

/* Fields that http_header:field may name. */
static const struct row fields[] = {
	{ "user-agent", "http.user_agent", false },
	{ "host", "http.host", false },
	{ "referer", "http.referer", false },
	{ "cookie", "http.cookie", false },
	{ "content-type", "http.content_type", false },
	{ "content-length", "http.content_len", false },
	{ "connection", "http.connection", false },
	{ "accept", "http.accept", false },
	{ "accept-encoding", "http.accept_enc", false },
	{ "accept-language", "http.accept_lang", false },
	{ "server", "http.server", false },
	{ "location", "http.location", false },
};

/* Behind the quotes of a content; NULL when there are none or nothing follows. */
static const uint8_t *
behind_quotes(struct view v)
{
	const uint8_t *last = v.len ? memrchr(v.ptr, '"', v.len) : NULL;
	return last && last > v.ptr && last + 1 < v.ptr + v.len ? last + 1 : NULL;
}

bool
match_snort_is(const struct match_option *o)
{
	return match_text_same(o->name, "service") || match_text_same(o->name, "bufferlen") ||
	       match_text_same(o->name, "raw_data") || match_text_same(o->name, "js_data") ||
	       (match_text_same(o->name, "http_header") && o->value.len) ||
	       (match_text_same(o->name, "content") && behind_quotes(o->value));
}

static int
run(struct match_draft *d, const struct match_option *like, const char *name, struct view value)
{
	struct match_option o = *like;
	o.name = view_of(name);
	o.value = value;
	return match_parse_option(d, o);
}

/* fast_pattern_offset and fast_pattern_length, said together here. */
struct part {
	int64_t offset, n;
	bool said;
};

static int
content_word(struct match_draft *d, const struct match_option *o, struct view w, struct part *part)
{
	struct match_option word = { .at = (size_t)(w.ptr - d->text.ptr) };
	struct view rest = w;
	(void)match_text_split(&rest, ' ', &word.name);
	word.value = rest.ptr ? match_text_trim(rest) : (struct view){ NULL, 0 };
	word.value_at = rest.ptr ? (size_t)(word.value.ptr - d->text.ptr) : word.at;
	(void)o;
	if (match_text_same(word.name, "fast_pattern_offset")) {
		part->said = true;
		return match_text_int(word.value, 0, 65535, &part->offset)
			   ? 0
			   : match_fail(d, word.at, NULL, "no number");
	}
	if (match_text_same(word.name, "fast_pattern_length")) {
		part->said = true;
		return match_text_int(word.value, 0, 65535, &part->n)
			   ? 0
			   : match_fail(d, word.at, NULL, "no number");
	}
	if (match_text_same(word.name, "fast_pattern") && part->said)
		return 0;
	return match_parse_option(d, word);
}

/* The content itself, then its words as options of their own. */
static int
content(struct match_draft *d, const struct match_option *o)
{
	const uint8_t *behind = behind_quotes(o->value);
	struct match_option first = *o;
	struct part part = { 0, 0, false };
	char text[48];
	if (!behind)
		return match_parse_option(d, first);
	first.value.len = (size_t)(behind - o->value.ptr);
	struct view rest = { behind, o->value.len - first.value.len }, w;
	if (match_parse_option(d, first) != 0)
		return -1;
	part.said = memmem(rest.ptr, rest.len, "fast_pattern_", 13) != NULL;
	while (match_text_split(&rest, ',', &w)) {
		if (w.len && content_word(d, o, w, &part) != 0)
			return -1;
	}
	if (!part.said)
		return 0;
	int n =
	    snprintf(text, sizeof(text), "%lld,%lld", (long long)part.offset, (long long)part.n);
	uint8_t *value = match_arena_copy(d->arena, text, (size_t)n);
	return value ? run(d, o, "fast_pattern", (struct view){ value, (size_t)n })
		     : match_fail(d, o->at, NULL, "out of memory");
}

/* "5<=>9", both ends inside, as what number.c reads: both outside. */
static int
bufferlen(struct match_draft *d, const struct match_option *o)
{
	const uint8_t *mid = o->value.len ? memmem(o->value.ptr, o->value.len, "<=>", 3) : NULL;
	int64_t low, high;
	char text[48];
	if (!mid)
		return run(d, o, "bsize", o->value);
	size_t at = (size_t)(mid - o->value.ptr);
	if (!match_text_int(
		match_text_trim((struct view){ o->value.ptr, at }), 1, UINT32_MAX, &low) ||
	    !match_text_int(match_text_trim((struct view){ mid + 3, o->value.len - at - 3 }), 1,
		UINT32_MAX, &high))
		return match_fail(d, o->value_at, NULL, "no range of numbers");
	int n = snprintf(text, sizeof(text), "%lld<>%lld", (long long)low - 1, (long long)high + 1);
	uint8_t *value = match_arena_copy(d->arena, text, (size_t)n);
	return value ? run(d, o, "bsize", (struct view){ value, (size_t)n })
		     : match_fail(d, o->at, NULL, "out of memory");
}

/* http_header:field NAME */
static int
header_field(struct match_draft *d, const struct match_option *o)
{
	struct view rest = o->value, word;
	(void)match_text_split(&rest, ' ', &word);
	rest = rest.ptr ? match_text_trim(rest) : rest;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (match_text_same(word, "field") && rest.ptr &&
		    match_text_same(rest, fields[i].theirs))
			return run(d, o, fields[i].ours, (struct view){ NULL, 0 });
	}
	return match_fail(d, o->value_at, NULL, "no buffer for \"%.*s\" here", (int)o->value.len,
	    (const char *)o->value.ptr);
}

int
match_snort_option(struct match_draft *d, const struct match_option *o)
{
	if (match_text_same(o->name, "content"))
		return content(d, o);
	if (match_text_same(o->name, "bufferlen"))
		return bufferlen(d, o);
	if (match_text_same(o->name, "dce_iface") && o->value.len > 5 &&
	    memcmp(o->value.ptr, "uuid ", 5) == 0) {
		struct match_option plain = *o;
		plain.value = match_text_trim((struct view){ o->value.ptr + 5, o->value.len - 5 });
		return match_parse_option(d, plain);
	}
	if (match_text_same(o->name, "http_header") && o->value.len)
		return header_field(d, o);
	if (match_text_same(o->name, "dce_opnum") && o->value.len > 2 && o->value.ptr[0] == '"') {
		struct match_option plain = *o;
		plain.value = (struct view){ o->value.ptr + 1, o->value.len - 2 };
		return match_parse_option(d, plain);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!match_text_same(o->name, rows[i].theirs))
			continue;
		if (rows[i].bare)
			return 0;
		if (rows[i].ours)
			return run(d, o, rows[i].ours, o->value);
	}
	return match_parse_option(d, *o);
}
