/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_parse: what every pure parser of l7 returns.
 *
 * Bytes used (0 or more), or one of these two.
 */
#ifndef WANGLOU_PROBE_L7_PARSE_H
#define WANGLOU_PROBE_L7_PARSE_H

#define L7_MORE (-1L) /* sound so far, but the message goes on behind these bytes */
#define L7_BAD (-2L)  /* not this protocol */

#endif
