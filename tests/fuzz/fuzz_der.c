/* SPDX-License-Identifier: Apache-2.0 */
/* X.509 certificates. */
#include <assert.h>

#include "probe/l7/der.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view bytes = { data, size }, name;
	struct x509 x;
	char text[97];
	uint8_t kind;
	if (!x509_parse(bytes, &x))
		return 0;
	assert(x509_name_text(x.subject, text, sizeof(text)) <= sizeof(text));
	assert(x509_name_text(x.issuer, text, 3) <= 3);
	struct cursor c = cursor_of_view(x.san);
	while (x509_san(&c, &kind, &name))
		assert(name.len <= size);
	return 0;
}
