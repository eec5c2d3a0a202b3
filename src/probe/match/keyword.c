/* SPDX-License-Identifier: Apache-2.0 */
/* The rule language: families of keywords, the buffers and numbers of l7, found by name. */
#include <ctype.h>

#include "probe/match_keyword.h"

#define NAME_MAX_LEN 64

static const struct match_keyword *const families[] = {
	match_keywords_meta,
	match_keywords_dataset,
	match_keywords_content,
	match_keywords_base64,
	match_keywords_byte,
	match_keywords_inside,
	match_keywords_transform,
	match_keywords_packet,
	match_keywords_known,
	match_keywords_bits,
	match_keywords_session,
	match_keywords_event,
	match_keywords_flow,
	match_keywords_frame,
	match_keywords_pcre,
	match_keywords_rate,
	match_keywords_rule,
	match_keywords_tag,
	match_keywords_tls,
	match_keywords_dcerpc,
	match_keywords_file,
	match_keywords_http,
	match_keywords_apps,
	match_keywords_industry,
};

static int
put(struct match_set *set, const struct match_keyword *k)
{
	struct view name = { (const uint8_t *)k->name, strlen(k->name) };
	return match_names_put(&set->keywords, name, (void *)(uintptr_t)k);
}

/* A row made of a table's row; names that are NULL are none. */
static int
make(struct match_set *set, struct match_arena *a, struct match_keyword row)
{
	if (!row.name)
		return 0;
	const struct match_keyword *k = match_arena_copy(a, &row, sizeof(row));
	return k ? put(set, k) : -1;
}

static int
index_tables(struct match_set *set, struct match_arena *a)
{
	int rc = 0;
	for (uint16_t i = 0; match_place_row(i); i++) {
		const struct match_place_row *p = match_place_row(i);
		rc |= make(
		    set, a, (struct match_keyword){ p->name, match_key_sticky, MATCH_KEY_BARE, i });
		rc |= make(
		    set, a, (struct match_keyword){ p->old, match_key_sticky, MATCH_KEY_BARE, i });
	}
	for (uint16_t i = 0; i < L7_BUF_COUNT; i++) {
		const struct l7_buffer_row *b = l7_buffer_row((enum l7_buffer)i);
		uint16_t place = MATCH_L7 + i;
		rc |= make(set, a, (struct match_keyword){ b->name, match_key_sticky, 0, place });
		rc |= make(set, a, (struct match_keyword){ b->sticky, match_key_sticky, 0, place });
		rc |= make(set, a,
		    (struct match_keyword){
			b->modifier, match_key_modifier, MATCH_KEY_BARE, place });
	}
	for (uint16_t i = 0; i < L7_NUM_COUNT; i++) {
		const struct l7_number_row *n = l7_number_row((enum l7_number)i);
		rc |= make(set, a,
		    (struct match_keyword){ n->name, match_key_number, MATCH_KEY_VALUE, i });
		rc |= make(
		    set, a, (struct match_keyword){ n->old, match_key_number, MATCH_KEY_VALUE, i });
	}
	return rc;
}

/* Written rows come last: one of them may stand for a row of a table. */
int
match_keywords_index(struct match_set *set, struct match_arena *a)
{
	int rc = index_tables(set, a);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		for (const struct match_keyword *k = families[i]; k->name; k++)
			rc |= put(set, k);
	}
	return rc;
}

/* The known name a slip of the hand away: a third of the letters may be wrong. */
static const char *
nearest(const struct match_set *set, struct view name)
{
	const char *best = NULL;
	const struct match_keyword *k;
	unsigned least = (unsigned)name.len / 3 + 1;
	for (size_t i = 0; match_names_each(&set->keywords, &i, (void **)&k);) {
		unsigned n = match_text_distance(name, k->name);
		if (n < least || (n == least && (!best || strcmp(k->name, best) < 0))) {
			least = n;
			best = k->name;
		}
	}
	return best;
}

const struct match_keyword *
match_keyword_find(const struct match_set *set, struct view name, const char **near)
{
	uint8_t lower[NAME_MAX_LEN];
	const struct match_keyword *k = NULL;
	for (size_t i = 0; i < name.len && i < sizeof(lower); i++)
		lower[i] = (uint8_t)tolower(name.ptr[i]);
	if (name.len && name.len <= sizeof(lower))
		k = match_names_find(&set->keywords, (struct view){ lower, name.len });
	*near = k ? NULL : nearest(set, name);
	return k;
}
