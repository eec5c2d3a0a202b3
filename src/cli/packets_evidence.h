/* SPDX-License-Identifier: Apache-2.0 */
/* packets_evidence: the packets around an alert, for `wanglou packets --alert`. */
#ifndef WANGLOU_CLI_PACKETS_EVIDENCE_H
#define WANGLOU_CLI_PACKETS_EVIDENCE_H

#include <stdbool.h>

#include "cli.h"

struct evidence_asked {
	const char *alert;  /* alert_id, or the collector's number */
	const char *dir;    /* NULL: evidence.dir of the settings */
	const char *config; /* settings of the probe, or NULL */
	const char *event;  /* file of events that tells the digests; NULL: the probe's */
	const char *out;    /* "-": standard output; NULL: only check */
	bool unverified;    /* also without digests */
};

/* Find, check, copy. An exit code, having complained. Nothing is written that does not have its
 * digests. */
int
packets_evidence(const struct cli *c, const struct evidence_asked *a);

#endif
