/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log: lines for the operator on stderr, never for what a packet said.
 *
 * "The wire lied" is a counter; "the world failed" is one line per change of state (log_state);
 * Touches fd 2 only. Any thread. No secret and no packet content may be passed in.
 */
#ifndef WANGLOU_LIB_LOG_H
#define WANGLOU_LIB_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Name shown before each line ("wanglou-probe"), and the highest level that is printed. Call once
 * at start. */
void
log_init(const char *program, enum log_level level);

/* One line at a level; a newline is added. Control characters in arguments are printed as '?'. */
void
log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* A thing that is well or not, e.g. "the spool disk". Zero-initialised means well. One owner
 * thread. */
struct log_state {
	bool failing;
	unsigned long suppressed; /* failures since the line that reported the change */
};

/*
 * Report how the thing is now; prints one line when that differs from before (warn when it turned
 * bad, info with the number of suppressed failures when it recovered). Returns true if a line was
 * printed.
 */
bool
log_state_set(struct log_state *s, bool failing, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
