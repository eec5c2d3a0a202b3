/* SPDX-License-Identifier: Apache-2.0 */
/* SSH greeting, packets, KEXINIT. */
#include <assert.h>

#include "probe/l7/parse.h"
#include "probe/l7/ssh.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct ssh_greeting g;
	struct ssh_kexinit k;
	struct view rest;
	char text[300];
	uint8_t message, md5[16];
	long used = ssh_greeting((struct view){ data, size }, 4, &g);
	if (used > 0)
		(void)cursor_skip(&c, (size_t)used);
	while ((used = ssh_packet((struct view){ c.at, cursor_left(&c) }, &message, &rest)) > 0) {
		if (ssh_kexinit(rest, &k) >= 0) {
			assert(ssh_hassh(&k, 0, text, sizeof(text), md5) <= sizeof(text));
			assert(ssh_hassh(&k, 1, text, sizeof(text), md5) <= sizeof(text));
			assert(ssh_sealed(&k, &k, 1) <= ssh_sealed(&k, &k, 100));
		}
		(void)cursor_skip(&c, (size_t)used);
	}
	return 0;
}
