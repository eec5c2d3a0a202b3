/* SPDX-License-Identifier: Apache-2.0 */
/*
 * phrases: how a record of each protocol is said in one line.
 *
 * A phrase is parts with '|' between them, each with one {path} into the record's object ("/path":
 * into the whole event). A part whose value is absent or empty is left out; of a list the first
 * value is said.
 */
#ifndef WANGLOU_CLI_PHRASES_H
#define WANGLOU_CLI_PHRASES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"

/* Append what the event's object `type` says; false when there is no phrase for it. */
bool
phrase_say(struct buf *out, const json_t *event, const char *type);

/* Append a text or number (of a list the first) between two words; nothing when it is neither. */
void
phrase_word(struct buf *out, const char *before, const json_t *value, const char *after);

/* The type of phrase `i`; NULL behind the last. */
const char *
phrase_type(size_t i);

#endif
