/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client: the collector's API, through libcurl (fenced behind client.c), and where its address and
 * token are kept.
 *
 *     ~/.config/wanglou/url, token   (or $XDG_CONFIG_HOME/wanglou), mode 0600
 *     WANGLOU_URL, WANGLOU_TOKEN_FILE go first
 */
#ifndef WANGLOU_CLI_CLIENT_H
#define WANGLOU_CLI_CLIENT_H

#include "cli.h"

#define CLIENT_TEXT 512

/* Address of the API; a default when nobody has said. */
void
client_url(char out[CLIENT_TEXT]);

/*
 * Ask. `body` NULL: GET. Returns the answer (json_decref it), or NULL having complained, with the
 * exit code in *code. `path` is ready for a URL.
 */
json_t *
client_ask(const struct cli *c, const char *path, const json_t *body, int *code);

/* As client_ask without a token and to this address; the HTTP status goes to *status (0: not
 * reached), nothing is said. */
json_t *
client_try(const char *url, const char *path, const json_t *body, long *status);

/* Ask each probe's latest stats event and put its "links" and its groups "capture", "decoder",
 * "flow" and "identify" into the answer of /probes. -1, having complained, with the exit code in
 * *code. */
int
cli_links_ask(const struct cli *c, json_t *answer, int *code);
/* Print them as a table; nothing when there are none. */
void
cli_links_print(const struct cli *c, const json_t *answer);

/* Put those groups of a "stats" (NULL: none) into one probe. */
void
cli_hops_take(json_t *probe, const json_t *stats);
/* Print what became of the frames of each probe, hop by hop; nothing when no probe has told. */
void
cli_hops_print(const struct cli *c, const json_t *answer);

/* Append "name=value" to a query, the value escaped; nothing when it is NULL. */
void
client_query(char *path, size_t room, const char *name, const char *value);

/* Keep address and token for later. -1 with a sentence. */
int
client_keep(const char *url, const char *token, struct err *e);

#endif
