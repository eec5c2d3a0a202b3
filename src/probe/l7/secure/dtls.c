/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/dtls.h"

#include "probe/l7/parse.h"
#include "probe/l7/tls.h"

#define CONTENT_LAST 25 /* tls12_cid (RFC 9146) */

static bool
version_known(uint16_t v)
{
	return v == 0xfeff || v == 0xfefd || v == 0x0100;
}

long
dtls_record(struct view datagram, struct dtls_record *out)
{
	struct cursor c = cursor_of_view(datagram);
	*out = (struct dtls_record){ 0 };
	if (!cursor_u8(&c, &out->type) || out->type < TLS_CHANGE_CIPHER_SPEC ||
	    out->type >= CONTENT_LAST || !cursor_u16(&c, &out->version) ||
	    !version_known(out->version) || !cursor_u16(&c, &out->epoch) || !cursor_skip(&c, 6) ||
	    !cursor_vector16(&c, &out->body))
		return L7_BAD;
	return (long)(datagram.len - cursor_left(&c));
}

long
dtls_fragment(struct view body, struct dtls_fragment *out)
{
	struct cursor c = cursor_of_view(body);
	uint32_t n;
	*out = (struct dtls_fragment){ 0 };
	if (!cursor_u8(&c, &out->type) || !cursor_u24(&c, &out->size) ||
	    !cursor_u16(&c, &out->seq) || !cursor_u24(&c, &out->offset) || !cursor_u24(&c, &n) ||
	    n > out->size || out->offset > out->size - n || !cursor_take(&c, n, &out->body))
		return L7_BAD;
	return (long)(body.len - cursor_left(&c));
}
