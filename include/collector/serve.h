/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serve: the collector's HTTP API. docs/api.md lists what it answers.
 *
 * Reads the store through connections of its own (look.h), the probes through a snapshot, the
 * store's counters through a copy: no request ever waits for the loader or the receiving thread,
 * nor they for it. Everything but /healthz and login needs a token. Owns its threads
 * (libmicrohttpd). Listens on one address, meant to be this host's own.
 */
#ifndef WANGLOU_COLLECTOR_SERVE_H
#define WANGLOU_COLLECTOR_SERVE_H

#include <stdint.h>

#include "collector/accept.h"
#include "collector/keep.h"
#include "lib/err.h"

struct serve;

struct serve_config {
	const char *listen;    /* "127.0.0.1:7780" */
	const char *data_dir;  /* users and tokens */
	const char *store_dir; /* what keep writes */
	uint64_t token_ms;     /* how long a login lasts */
	unsigned connections_max;
	unsigned query_ms; /* time limit of a question to the store */
	const struct keep *keep;
	/* A snapshot of the probes: 0, or -1. Released with accept_stats_clear. NULL: there are
	 * none. */
	int (*probes)(void *user, struct accept_stats *out);
	void *user;
};

/* Begin to answer. The texts are copied. NULL with a sentence. */
struct serve *
serve_open(const struct serve_config *c, struct err *e);

/* Requests under way are answered first. NULL is allowed. */
void
serve_close(struct serve *s);

#endif
