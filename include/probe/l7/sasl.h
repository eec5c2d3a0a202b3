/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sasl: who logs in, by what a client sends for AUTH or AUTHENTICATE (RFC 4422; PLAIN RFC 4616,
 * SCRAM RFC 5802, OAUTHBEARER RFC 7628, CRAM-MD5 RFC 2195, DIGEST-MD5 RFC 2831; LOGIN and XOAUTH2
 * as vendors describe them).
 *
 * Pure. Passwords, tokens and digests are not in what comes out.
 */
#ifndef WANGLOU_PROBE_L7_SASL_H
#define WANGLOU_PROBE_L7_SASL_H

#include <stddef.h>

#include "lib/cursor.h"

/*
 * The user's name in the client's message number `step` (0: the first, or the initial response) of
 * the mechanism, which is base64. Returns its length, at most room; 0: not in this message.
 */
size_t
sasl_user(struct view mechanism, unsigned step, struct view base64, char *out, size_t room);

#endif
