/* SPDX-License-Identifier: Apache-2.0 */
/* uri: addresses may carry a password ("rtsp://admin:secret@camera/"), which is not shown. */
#ifndef WANGLOU_PROBE_L7_URI_H
#define WANGLOU_PROBE_L7_URI_H

#include "lib/jw.h"

/* Write a text with at most one address in it; a password in that becomes "***". */
void
uri_write(struct jw *w, struct view text);

#endif
