/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules: what the commands below `wanglou rules` share: where the rules come from, and words for
 * what is in them.
 */
#ifndef WANGLOU_CLI_RULES_H
#define WANGLOU_CLI_RULES_H

#include "cli.h"
#include "lib/buf.h"
#include "places.h"
#include "probe/match.h"
#include "probe/site.h"

/* Files and settings that rules are read with. */
struct rules_source {
	struct options o;
	char **file;
	size_t n;
	bool named; /* by operands: the site's own settings for its rules do not count */
	struct site site;
};

/*
 * Settings of `config` (NULL: where they usually are) and the operands: files, folders (their
 * .rules), wildcards; none: what the probe loads, with its bundle and changes. 0, or a CLI_ code
 * having complained.
 */
int
rules_open(
    struct rules_source *s, const struct cli *c, const char *config, int n, char *const *operand);
/* The settings only, and the files of rules.files if there are any. */
int
rules_settings(struct rules_source *s, const char *config);
/* A zeroed *s may be closed. */
void
rules_close(struct rules_source *s);
/* The same as a load, to which callbacks are added. */
struct match_load
rules_load(const struct rules_source *s);

/* The list of commands, for `wanglou help rules`. */
void
rules_help(const struct cli *c);
int
rules_check(const struct cli *c, int argc, char **argv);
int
rules_list(const struct cli *c, int argc, char **argv);
int
rules_search(const struct cli *c, int argc, char **argv);
int
rules_explain(const struct cli *c, int argc, char **argv);
int
rules_test(const struct cli *c, int argc, char **argv);
int
rules_cost(const struct cli *c, int argc, char **argv);
int
rules_enable(const struct cli *c, int argc, char **argv);
int
rules_disable(const struct cli *c, int argc, char **argv);
int
rules_drop(const struct cli *c, int argc, char **argv);
int
rules_modify(const struct cli *c, int argc, char **argv);
int
rules_bundle(const struct cli *c, int argc, char **argv);
int
rules_verify(const struct cli *c, int argc, char **argv);
/* What a site's files changed, and their lines that changed nothing. */
void
rules_print_managed(const struct cli *c, const struct match_manage *m);
/* Say how one of these is used; returns CLI_USAGE. */
int
rules_usage(const struct cli *c, const char *command);

/* Take an option that may stand several times out of argv, its values (RULES_TAKE_MAX at most) into
 * value[]; returns what is left of argc. */
#define RULES_TAKE_MAX 32
int
rules_take(int argc, char **argv, const char *name, char **value, int *value_n);

/* "file:12:34: reason (sid 1)", the line with a caret, the hint. */
void
rules_print_problem(const struct cli *c, const struct match_problem *p);

/* A reason or hint of the loader in the reader's language, appended to *out. */
void
rules_reason(const struct cli *c, struct buf *out, const char *text);
/* Text of a view, cut to room. */
const char *
rules_text(char *out, size_t room, struct view v);
/* Bytes as rules write them: GET |0d 0a|; at most `cells` characters. */
void
rules_bytes(struct buf *out, struct view v, size_t cells);
/*
 * What a place or keyword is, with its value, appended to *out; false when nobody described it:
 * then the keyword and its value as written.
 */
bool
rules_word(const struct cli *c, struct buf *out, struct view name, struct view value);
/* What a place is, with blanks around Latin letters within Chinese. */
void
rules_place(const struct cli *c, struct buf *out, struct view name);
/* A comparison in words: ">5" is "more than 5", in Chinese 大于 5. */
void
rules_number(const struct cli *c, struct buf *out, struct view value);
/* The same of an option whose value has parts (byte_test, flags...); false when it has none. */
bool
rules_value(const struct cli *c, struct buf *out, const struct match_told_part *part);
/* flowbits in words; false when it is another keyword. */
bool
rules_flowbits(const struct cli *c, struct buf *out, const struct match_told_part *part);
/* A pattern, step or question in words, appended to *out. */
void
rules_phrase(const struct cli *c, struct buf *out, const struct match_told_part *p);
/* Append a text with {1} to {3} filled in. */
void
rules_put(const struct cli *c, struct buf *out, enum text_id id, const char *const args[3]);
#define PUT(c, out, id, ...) rules_put((c), (out), (id), (const char *const[3]){ __VA_ARGS__ })
/* The text so far, as a string; "" when it is empty. */
const char *
rules_string(struct buf *b);

/* "1-5,7" has n? */
bool
rules_in_ranges(const char *ranges, uint32_t n);
/* Is it one of "a,b,c"? Case does not matter. */
bool
rules_in_words(const char *words, const char *word, size_t len);

#endif
