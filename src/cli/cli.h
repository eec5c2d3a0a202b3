/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli: what the commands of `wanglou` share: texts in two languages, tables for people, exit codes.
 *
 * One thread, short-lived.
 */
#ifndef WANGLOU_CLI_H
#define WANGLOU_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "lib/err.h"

enum { CLI_WELL = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_NOT_FOUND = 3, CLI_NO_LOGIN = 4 };

struct cli {
	bool json; /* --json */
	bool chinese;
	bool colour;      /* a terminal, and no NO_COLOR */
	unsigned width;   /* columns of the terminal; 0: no limit */
	const char *self; /* argv[0] */
};

struct cli_command {
	const char *name, *arguments;
	const char *en, *zh; /* one sentence */
	int (*run)(const struct cli *c, int argc, char **argv);
};

/* NULL-terminated, in the order that help shows. */
extern const struct cli_command cli_commands[];

int
cli_alerts(const struct cli *c, int argc, char **argv);
int
cli_alert(const struct cli *c, int argc, char **argv);
int
cli_settle(const struct cli *c, int argc, char **argv);
int
cli_replay(const struct cli *c, int argc, char **argv);
int
cli_probes(const struct cli *c, int argc, char **argv);
int
cli_keys(const struct cli *c, int argc, char **argv);
int
cli_rules(const struct cli *c, int argc, char **argv);
int
cli_packets(const struct cli *c, int argc, char **argv);
int
cli_user(const struct cli *c, int argc, char **argv);
int
cli_login(const struct cli *c, int argc, char **argv);
int
cli_doctor(const struct cli *c, int argc, char **argv);

/* ---- texts ---- */

enum text_id {
#define TEXT(id, en, zh) TEXT_##id,
#include "text.def"
	TEXT_COUNT
};

const char *
text_of(const struct cli *c, enum text_id id);

/* Word of an event or of the API as people read it: "false_positive" -> "误报". Unknown words stay.
 */
const char *
text_word(const struct cli *c, const char *word);
/* The class of an alert in the reader's language; unknown ones stay. */
const char *
text_class(const struct cli *c, const char *category);
/* The same by its short name, whatever the rules' author calls the class. */
const char *
text_classtype(const struct cli *c, const char *classtype, const char *category);
/* "High", "Medium", "Low" in words; others as they are. */
const char *
text_level(const struct cli *c, const char *level);
const char *
text_severity(const struct cli *c, long long severity);

/* Print a text with {1} to {3} filled in, made harmless for a terminal, and a newline. */
void
text_say(const struct cli *c, FILE *out, enum text_id id, const char *const args[3]);
void
text_fill(const struct cli *c, char *out, size_t room, enum text_id id, const char *const args[3]);
#define SAY(c, out, id, ...) text_say((c), (out), (id), (const char *const[3]){ __VA_ARGS__ })

/* One line on stderr: "wanglou: ...". */
void
text_complain(const struct cli *c, enum text_id id, const char *const args[3]);
#define COMPLAIN(c, id, ...) text_complain((c), (id), (const char *const[3]){ __VA_ARGS__ })
void
cli_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- options of a command ---- */

struct cli_option {
	const char *name;   /* "--since" */
	const char **value; /* takes the next argument; NULL: a flag */
	bool *flag;
};

/*
 * Take the options out of argv, wherever they stand; what is left are the operands. Returns their
 * number, or -1 having complained. `--json` is taken before.
 */
int
cli_options(const struct cli *c, int argc, char **argv, const struct cli_option *rows, size_t n);

/* True, having complained, when `n` (of cli_options) says that something was left over or wrong. */
bool
cli_no_operands(const struct cli *c, int n, char **argv);

/* Say on stderr how a command is used; returns CLI_USAGE. */
int
cli_usage(const struct cli *c, const char *command);

/* Only digits, and few enough. */
bool
cli_is_number(const char *text);

/* ---- JSON ---- */

/* Text at "alert.signature"; "" when absent or another kind. */
const char *
cli_text_at(const json_t *object, const char *path);
long long
cli_number_at(const json_t *object, const char *path, long long otherwise);
json_t *
cli_at(const json_t *object, const char *path);

/* "3.0 MB". */
void
cli_bytes(char out[32], long long n);

void
cli_print_json(const json_t *value);

/* ---- tables ---- */

/* Cells of a terminal that a text takes: 2 for a Chinese character, 0 for a combining mark. */
unsigned
width_of(const char *text);

/*
 * Copy at most `cells` cells of a text, with "…" at the end when cut. Bytes that would control the
 * terminal (escapes, bidi marks, broken UTF-8) become '?': what a packet said is shown, never
 * obeyed.
 */
size_t
width_copy(char *out, size_t room, const char *text, unsigned cells);

struct table;

/* `flex`: the column that is cut when the terminal is too narrow. Headings stay the caller's. */
struct table *
table_new(const char *const *headings, unsigned columns, unsigned flex);
/* Columns that a narrow terminal does without, the first first. `order` stays the caller's. */
void
table_spare(struct table *t, const unsigned *order, size_t n);
void
table_cell(struct table *t, const char *text);
void
table_print(const struct table *t, const struct cli *c, FILE *out);
void
table_free(struct table *t);

/* The rows of `alerts` and `replay`: an event, its number ("" when none) and its status. */
struct table *
alert_table(const struct cli *c);
void
alert_row(
    struct table *t, const struct cli *c, const char *id, const char *status, const json_t *event);

#endif
