/* SPDX-License-Identifier: Apache-2.0 */
/* DNS messages: every name and record of whatever parses. */
#include <assert.h>

#include "probe/l7/dns.h"
#include "probe/l7/parse.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view bytes = { data, size }, message;
	struct dns_msg m;
	struct dns_record r;
	long used = dns_parse(bytes, &m);
	assert(used == L7_MORE || used == L7_BAD || (used >= 12 && (size_t)used <= size));
	for (int s = 0; used > 0 && s < DNS_SECTIONS; s++) {
		struct dns_walk w = dns_walk(&m, (enum dns_section)s);
		unsigned n = 0;
		while (dns_next(&w, &r)) {
			assert(r.name.len <= DNS_NAME && r.data.len <= size);
			n++;
		}
		assert(n == m.count[s]);
	}
	(void)dns_looks(bytes, true);
	(void)dns_looks(bytes, false);
	(void)dns_tcp(bytes, &message);
	return 0;
}
