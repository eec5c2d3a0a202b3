/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox: give up what the process no longer needs, for good.
 *
 * In this order: capability bounding set, groups and user (verified irreversible), all
 * capabilities, no_new_privs, Landlock (paths), seccomp (system calls). Best effort where the
 * kernel lacks something, and the report says what. Linux only; seccomp and Landlock are fenced
 * behind src/lib/sandbox.c. Call once per process, before threads are started (or they are not
 * covered), after everything privileged is open.
 */
#ifndef WANGLOU_LIB_SANDBOX_H
#define WANGLOU_LIB_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

#define SANDBOX_TEXT 512

struct sandbox_config {
	const char *profile; /* a row's name: "capture", "ship", "collector" */
	const char *user;    /* to become when root; NULL or "": stay */
	/* Landlock: nothing else of the file system is reachable. A missing or unreadable `ro` is
	 * skipped, a missing `rw` an error. */
	const char *const *ro;
	size_t ro_n;
	const char *const *rw; /* directories: files in them may be made, renamed and removed */
	size_t rw_n;
};

struct sandbox_report {
	bool user;         /* became another user, or was no root from the start */
	bool capabilities; /* none left */
	bool no_new_privs;
	bool landlock;
	int landlock_abi; /* of the kernel; 0: it has none */
	bool seccomp;
	bool relaxed; /* built with sanitizers: only what is named forbidden is, the rest is allowed
		       */
	char lacking[192]; /* what could not be had and why; "" when nothing */
};

/*
 * Enter for good. 0, or -1 with a sentence when something that this kernel can do failed: the
 * caller must not go on. What the kernel cannot do is in report->lacking and is no failure.
 */
int
sandbox_enter(const struct sandbox_config *config, struct sandbox_report *report, struct err *e);

/* What this kernel offers, for `doctor`; changes nothing. */
void
sandbox_kernel(struct sandbox_report *report);

/* "user, no capabilities, no_new_privs, Landlock (ABI 6), seccomp; lacking: ..." */
void
sandbox_text(const struct sandbox_report *report, char out[SANDBOX_TEXT]);

/* Profile i of the table, its name and one sentence of help; false behind the last. */
bool
sandbox_profile(unsigned i, const char **name, const char **help);

#endif
