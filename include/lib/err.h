/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err: one sentence saying why something failed, carried to whoever can print it.
 *
 * Owns nothing; the caller keeps the struct on its stack. Any thread.
 */
#ifndef WANGLOU_LIB_ERR_H
#define WANGLOU_LIB_ERR_H

struct err {
	char text[640];
};

/*
 * Write the sentence (printf format; cut at the buffer's end, always terminated).
 * Returns -1 always, so that a failing function can end in `return err_set(e, ...)`. NULL is
 * allowed.
 */
int
err_set(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Put "prefix: " before the sentence already there. Returns -1 always. NULL is allowed. */
int
err_prefix(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
