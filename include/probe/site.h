/* SPDX-License-Identifier: Apache-2.0 */
/*
 * site: the rules of one site besides its rule files: the signed bundle (its lists of indicators
 * too), and what it changes in rules that come from elsewhere (probe/match_manage.h). Load time
 * only.
 */
#ifndef WANGLOU_PROBE_SITE_H
#define WANGLOU_PROBE_SITE_H

#include "lib/err.h"
#include "probe/bundle.h"
#include "probe/lists.h"
#include "probe/match.h"
#include "probe/match_manage.h"
#include "probe/options.h"

struct site {
	struct match_manage *manage; /* NULL: nothing is changed */
	struct bundle bundle;        /* n is 0: none */
	struct match_text *text;     /* its rule files */
	struct match_text *data;     /* its lists, for these */
	struct lists_bytes *listed;  /* its lists of indicators */
	size_t text_n, data_n, listed_n;
};

/*
 * Open what rules.bundle, rules.enable-file and so on name. `in_use`: a bundle older than this
 * version is refused, unless rules.bundle-older allows it. -1 with a sentence when the bundle is
 * refused; then *s holds nothing.
 */
int
site_open(struct site *s, const struct options *o, uint64_t in_use, match_manage_problem problem,
    void *context, struct err *e);
/* The version of the bundle that was in use last, as site_keep left it; 0: none. -1 with a sentence
 * when it cannot be told. */
int
site_kept(const struct options *o, uint64_t *version, struct err *e);
/* Keep it in rules.bundle-dir. 0, or -1 with a sentence. */
int
site_keep(const struct options *o, uint64_t version, struct err *e);
/* Let a load take it. The site outlives the load. */
void
site_into(const struct site *s, struct match_load *load);
void
site_lists(const struct site *s, struct lists_load *load);
/* The lists of addresses, for a load. They live as long as the options. */
struct match_reputation_files
site_reputation(const struct options *o);
/* A zeroed *s may be closed. */
void
site_close(struct site *s);

#endif
