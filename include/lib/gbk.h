/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gbk: GB2312, GBK and the two-byte part of GB18030-2022 as Unicode; iconv is fenced behind
 * src/lib/gbk.c, which asks it once for all of them. Read-only afterwards: any thread.
 */
#ifndef WANGLOU_LIB_GBK_H
#define WANGLOU_LIB_GBK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cursor.h"

/* Before the first thread and the sandbox. False: the C library does not know GBK here, and then
 * nothing is. Twice is allowed. */
bool
gbk_init(void);

/* May b begin a pair? */
static inline bool
gbk_lead(uint8_t b)
{
	return b >= 0x81 && b <= 0xfe;
}

/* The character of a pair; 0: there is none. */
uint16_t
gbk_pair(uint8_t lead, uint8_t trail);

/* Is all of it ASCII and pairs that stand for something, with at least one of them? */
bool
gbk_sound(struct view text);

#endif
