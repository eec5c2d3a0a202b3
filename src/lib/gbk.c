/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/gbk.h"

#include <iconv.h>

#define LEADS (0xfe - 0x81 + 1)
#define TRAILS (0xfe - 0x40 + 1)

static uint16_t known[LEADS][TRAILS]; /* 0: nothing */

bool
gbk_init(void)
{
	iconv_t cd = iconv_open("UTF-16LE", "GBK");

	if (cd == (iconv_t)-1)
		return false;
	for (unsigned i = 0; i < LEADS * TRAILS; i++) {
		char in[2] = { (char)(0x81 + i / TRAILS), (char)(0x40 + i % TRAILS) }, *from = in;
		uint8_t out[4];
		char *to = (char *)out;
		size_t in_left = sizeof(in), out_left = sizeof(out);
		bool good = iconv(cd, &from, &in_left, &to, &out_left) == 0 && out_left == 2;
		known[i / TRAILS][i % TRAILS] = good ? (uint16_t)(out[0] | out[1] << 8) : 0;
		(void)iconv(cd, NULL, NULL, NULL, NULL);
	}
	(void)iconv_close(cd);
	return true;
}

uint16_t
gbk_pair(uint8_t lead, uint8_t trail)
{
	return gbk_lead(lead) && trail >= 0x40 && trail <= 0xfe ? known[lead - 0x81][trail - 0x40]
								: 0;
}

bool
gbk_sound(struct view text)
{
	struct cursor c = cursor_of_view(text);
	uint8_t b, trail;
	bool any = false;

	while (cursor_u8(&c, &b)) {
		if (b < 0x80)
			continue;
		if (!cursor_u8(&c, &trail) || !gbk_pair(b, trail))
			return false;
		any = true;
	}
	return any;
}
