/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lists_build: what readers of list files hand over, and how lists lie in memory. Private to
 * src/probe/match/.
 *
 *	tab[type]: key -> first entry -> next ...   equal indicators of several lists
 *	net: longest prefix -> place in tab[LISTS_NET] -> parent: the next shorter prefix
 *	about: list, source, reference and description, each text once
 */
#ifndef WANGLOU_PROBE_LISTS_BUILD_H
#define WANGLOU_PROBE_LISTS_BUILD_H

#include "lib/keytab.h"
#include "lib/lpm.h"
#include "probe/lists.h"

struct jread;

#define LISTS_SAME_MAX 8 /* entries of one indicator */
#define LISTS_UNKNOWN 50 /* confidence where none is given */
#define LISTS_KEY_MAX 2048

struct lists_entry {
	uint32_t expires; /* seconds since 1970; 0: never */
	uint32_t about;
	uint32_t next; /* one more than its number; 0: none */
	uint8_t confidence;
	bool exact; /* a domain without what is below it */
};

struct lists {
	struct keytab tab[LISTS_TYPES];
	struct lists_entry *entry;
	size_t n, room;
	struct lpm *net;
	uint32_t *parent; /* by place in tab[LISTS_NET] */
	struct keytab about;
	unsigned digests;
	bool cert_sha1, cert_sha256;
};

/* One indicator as a file has it. Views may be absent. */
struct lists_item {
	struct view type;  /* the file's word for it; absent: by its look */
	struct view value; /* as text */
	struct view source, reference, description;
	uint32_t expires;
	uint8_t confidence;
};

#define LISTS_TEXT 4096

/* A text of a JSON file that outlives the reader's step. */
struct lists_text {
	uint8_t b[LISTS_TEXT];
	size_t n;
};

struct lists_reader {
	struct lists *lists;
	const struct lists_load *load;
	struct lists_summary *summary;
	const char *file;
	const char *name; /* of the list: the file's, without its folder */
	unsigned line;
	unsigned said; /* problems of this file */
};

/* ---- lists_build.c ---- */

/* Take an item, or say why not. */
void
lists_take(struct lists_reader *r, const struct lists_item *item);
/* The reader's next value, when it is a text, its first `most` (up to LISTS_TEXT) bytes; else
 * empty. */
void
lists_text_keep(struct jread *j, struct lists_text *to, size_t most);
static inline struct view
lists_text(const struct lists_text *t)
{
	return (struct view){ t->b, t->n };
}
/* Something of the file is not used. */
void
lists_refuse(struct lists_reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The key of an indicator's text: its type (LISTS_TYPES: none), *n bytes in key. */
enum lists_type
lists_key(struct view type, struct view text, uint8_t key[LISTS_KEY_MAX], size_t *n, bool *exact);
/* A domain name as lists have it: lower case, IDNs in their ASCII form (RFC 3492), no last dot.
 * Bytes written; 0: it is none. */
size_t
lists_domain(struct view name, uint8_t *out, size_t room);
/* Host in lower case without its port where it is the scheme's, path as it is. */
size_t
lists_url(struct view url, uint8_t *out, size_t room);
/* "2026-01-01", "2026-01-01T00:00:00Z", or seconds; 0: none of these. */
uint32_t
lists_time(struct view text);

/* ---- the readers ---- */

void
lists_read_csv(struct lists_reader *r, struct view bytes);
void
lists_read_misp(struct lists_reader *r, struct view bytes);
void
lists_read_stix(struct lists_reader *r, struct view bytes);

#endif
