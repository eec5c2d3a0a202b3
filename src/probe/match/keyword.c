/* SPDX-License-Identifier: Apache-2.0 */
/* The rule language: one row a keyword, sorted by name. */
#include <stdlib.h>
#include <strings.h>

#include "probe/match_keyword.h"

#define V MATCH_KEY_VALUE
#define B MATCH_KEY_BARE
#define Q (MATCH_KEY_VALUE | MATCH_KEY_QUOTED)
#define N MATCH_KEY_NEGATED
#define L7(b) (MATCH_L7 + L7_BUF_##b)

static const struct match_keyword keywords[] = {
	{ "classtype", match_key_classtype, V, 0 },
	{ "content", match_key_content, Q | N, 0 },
	{ "depth", match_key_depth, V, 0 },
	{ "detection_filter", match_key_detection_filter, V, 0 },
	{ "distance", match_key_distance, V, 0 },
	{ "dns.query", match_key_sticky, B, L7(DNS_QUERY) },
	{ "dns_query", match_key_sticky, B, L7(DNS_QUERY) },
	{ "dsize", match_key_dsize, V, 0 },
	{ "endswith", match_key_endswith, B, 0 },
	{ "fast_pattern", match_key_fast_pattern, 0, 0 },
	{ "flow", match_key_flow, V, 0 },
	{ "flowbits", match_key_flowbits, V, 0 },
	{ "gid", match_key_gid, V, 0 },
	{ "http.host", match_key_sticky, B, L7(HTTP_HOST) },
	{ "http.method", match_key_sticky, B, L7(HTTP_METHOD) },
	{ "http.uri", match_key_sticky, B, L7(HTTP_URI) },
	{ "http.user_agent", match_key_sticky, B, L7(HTTP_USER_AGENT) },
	{ "http_host", match_key_modifier, B, L7(HTTP_HOST) },
	{ "http_method", match_key_modifier, B, L7(HTTP_METHOD) },
	{ "http_uri", match_key_modifier, B, L7(HTTP_URI) },
	{ "http_user_agent", match_key_modifier, B, L7(HTTP_USER_AGENT) },
	{ "metadata", match_key_metadata, V, 0 },
	{ "msg", match_key_msg, Q, 0 },
	{ "noalert", match_key_noalert, B, 0 },
	{ "nocase", match_key_nocase, B, 0 },
	{ "offset", match_key_offset, V, 0 },
	{ "pcre", match_key_pcre, Q | N, 0 },
	{ "pkt_data", match_key_sticky, B, MATCH_PAYLOAD },
	{ "priority", match_key_priority, V, 0 },
	{ "rawbytes", match_key_rawbytes, B, 0 },
	{ "reference", match_key_reference, V, 0 },
	{ "rev", match_key_rev, V, 0 },
	{ "sid", match_key_sid, V, 0 },
	{ "startswith", match_key_startswith, B, 0 },
	{ "target", match_key_target, V, 0 },
	{ "threshold", match_key_threshold, V, 0 },
	{ "tls.sni", match_key_sticky, B, L7(TLS_SNI) },
	{ "tls_sni", match_key_sticky, B, L7(TLS_SNI) },
	{ "within", match_key_within, V, 0 },
};

#define KEYWORDS (sizeof(keywords) / sizeof(keywords[0]))

static int
order(const void *name, const void *row)
{
	const struct view *v = name;
	const struct match_keyword *k = row;
	/* the word is a stranger's: it may have a zero byte in it */
	size_t n = strlen(k->name);
	int c = strncasecmp((const char *)v->ptr, k->name, v->len < n ? v->len : n);
	return c ? c : v->len < n ? -1 : v->len > n;
}

/* The known name a slip of the hand away: a third of the letters may be wrong. */
static const char *
nearest(struct view name)
{
	const char *best = NULL;
	unsigned least = (unsigned)name.len / 3 + 1;
	for (size_t i = 0; i < KEYWORDS; i++) {
		unsigned n = match_text_distance(name, keywords[i].name);
		if (n < least || (n == least && !best)) {
			least = n;
			best = keywords[i].name;
		}
	}
	return best;
}

const struct match_keyword *
match_keyword_find(struct view name, const char **near)
{
	const struct match_keyword *k =
	    bsearch(&name, keywords, KEYWORDS, sizeof(keywords[0]), order);
	*near = k ? NULL : nearest(name);
	return k;
}
