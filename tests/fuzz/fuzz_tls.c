/* SPDX-License-Identifier: Apache-2.0 */
/* TLS records, messages, hellos, fingerprints. */
#include <assert.h>

#include "probe/l7/parse.h"
#include "probe/l7/tls.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
hello(const struct tls_hello *h)
{
	char text[600], ja4[TLS_JA4_TEXT], version[24];
	uint8_t md5[16];
	assert(tls_ja3(h, text, sizeof(text), md5) <= sizeof(text));
	assert(tls_ja3s(h, text, sizeof(text), md5) <= sizeof(text));
	tls_ja4(h, 't', ja4);
	(void)tls_version_text(h->selected, version);
}

static void
messages(struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	struct tls_message m;
	struct tls_hello h;
	struct view first;
	long used;
	while ((used = tls_message((struct view){ c.at, cursor_left(&c) }, &m)) > 0) {
		if (tls_client_hello(m.body, &h) >= 0)
			hello(&h);
		if (tls_server_hello(m.body, &h) >= 0)
			hello(&h);
		(void)tls_certificate(m.body, bytes.len & 1, &first);
		(void)cursor_skip(&c, (size_t)used);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct tls_record r;
	struct tls_hello h;
	long used;
	if (tls_ssl2_hello((struct view){ data, size }, &h) > 0)
		hello(&h);
	while ((used = tls_record((struct view){ c.at, cursor_left(&c) }, &r)) > 0) {
		assert(r.body.len + 5 == (size_t)used);
		messages(r.body);
		(void)cursor_skip(&c, (size_t)used);
	}
	return 0;
}
