/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "probe/l7/parse.h"
#include "probe/l7/tls.h"

#define RECORD_MAX (16384 + 2048) /* RFC 5246, 6.2.3 */

/* SHA-256 of "HelloRetryRequest": the ServerHello random that says so (RFC 8446, 4.1.3). */
static const uint8_t retry_random[32] = { 0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe,
	0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
	0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c };

bool
tls_grease(uint16_t value)
{
	return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

long
tls_record(struct view bytes, struct tls_record *out)
{
	struct cursor c = cursor_of_view(bytes);
	uint16_t n;
	if (!cursor_u8(&c, &out->type))
		return L7_MORE;
	if (out->type < TLS_CHANGE_CIPHER_SPEC || out->type > TLS_HEARTBEAT)
		return L7_BAD;
	if (!cursor_u16(&c, &out->version))
		return L7_MORE;
	if (out->version >> 8 != 3 && out->version != TLS_VERSION_TLCP)
		return L7_BAD;
	if (!cursor_u16(&c, &n))
		return L7_MORE;
	if (n > RECORD_MAX)
		return L7_BAD;
	if (!cursor_take(&c, n, &out->body))
		return L7_MORE;
	return 5L + n;
}

long
tls_message(struct view bytes, struct tls_message *out)
{
	struct cursor c = cursor_of_view(bytes);
	uint32_t n;
	if (!cursor_u8(&c, &out->type) || !cursor_u24(&c, &n) || !cursor_take(&c, n, &out->body))
		return L7_MORE;
	return 4L + n;
}

bool
tls_extension(struct cursor *c, uint16_t *type, struct view *data)
{
	struct cursor try = *c;
	if (!cursor_u16(&try, type) || !cursor_vector16(&try, data))
		return false;
	*c = try;
	return true;
}

bool
tls_alpn(struct cursor *c, struct view *name)
{
	struct cursor try = *c;
	if (!cursor_vector8(&try, name))
		return false;
	*c = try;
	return true;
}

/* ServerNameList (RFC 6066, 3): the first entry of type host_name. */
static void
server_name(struct view data, struct tls_hello *out)
{
	struct cursor c = cursor_of_view(data);
	struct view list, name;
	uint8_t type;
	if (!cursor_vector16(&c, &list))
		return;
	c = cursor_of_view(list);
	while (cursor_u8(&c, &type) && cursor_vector16(&c, &name)) {
		if (type == 0) {
			out->sni = name;
			return;
		}
	}
}

/* The highest published version wins; drafts and private ones only when there is no other. */
static bool
better(uint16_t version, uint16_t best)
{
	bool published = version <= 0x0304;
	return (best <= 0x0304) == published ? version > best : published || best == 0;
}

/* supported_versions (RFC 8446, 4.2.1): a list from the client, one from the server. */
static void
versions(struct view data, bool client, struct tls_hello *out)
{
	struct cursor c = cursor_of_view(data);
	struct view list = data;
	uint16_t version, best = 0;
	if (client && !cursor_vector8(&c, &list))
		return;
	c = cursor_of_view(list);
	while (cursor_u16(&c, &version)) {
		if (!tls_grease(version) && better(version, best))
			best = version;
	}
	if (best)
		out->selected = best;
}

static void
extension(uint16_t type, struct view data, bool client, struct tls_hello *out)
{
	struct cursor c = cursor_of_view(data);
	switch (type) {
	case TLS_EXT_SNI:
		server_name(data, out);
		break;
	case TLS_EXT_GROUPS:
		(void)cursor_vector16(&c, &out->groups);
		break;
	case TLS_EXT_POINTS:
		(void)cursor_vector8(&c, &out->points);
		break;
	case TLS_EXT_SIGNATURES:
		(void)cursor_vector16(&c, &out->signatures);
		break;
	case TLS_EXT_ALPN:
		(void)cursor_vector16(&c, &out->alpn);
		break;
	case TLS_EXT_VERSIONS:
		versions(data, client, out);
		break;
	case TLS_EXT_TICKET:
		out->ticket = client && data.len > 0;
		break;
	case TLS_EXT_PSK:
		out->psk = true;
		break;
	case TLS_EXT_EARLY_DATA:
		out->early_data = true;
		break;
	case TLS_EXT_KEY_SHARE:
		if (!client)
			(void)cursor_u16(&c, &out->group);
		break;
	case TLS_EXT_ECH:
		out->ech = true;
		break;
	case TLS_EXT_ESNI:
		out->esni = true;
		break;
	default:
		break;
	}
}

/* The block of extensions is optional (RFC 5246, 7.4.1.2) and may be damaged: what is sound counts.
 */
static void
extensions(struct cursor *c, bool client, struct tls_hello *out)
{
	uint16_t type;
	struct view data;
	if (!cursor_vector16(c, &out->extensions)) {
		out->extensions = (struct view){ 0 };
		return;
	}
	struct cursor list = cursor_of_view(out->extensions);
	while (tls_extension(&list, &type, &data))
		extension(type, data, client, out);
}

static long
client_hello(struct view body, bool with_cookie, struct tls_hello *out)
{
	struct cursor c = cursor_of_view(body);
	struct view compression, cookie;
	*out = (struct tls_hello){ 0 };
	if (!cursor_u16(&c, &out->version) || !cursor_take(&c, 32, &out->random) ||
	    !cursor_vector8(&c, &out->session) || (with_cookie && !cursor_vector8(&c, &cookie)) ||
	    !cursor_vector16(&c, &out->ciphers) || !cursor_vector8(&c, &compression))
		return L7_BAD;
	out->selected = out->version;
	extensions(&c, true, out);
	return (long)body.len;
}

long
tls_client_hello(struct view body, struct tls_hello *out)
{
	return client_hello(body, false, out);
}

long
tls_client_hello_with_cookie(struct view body, struct tls_hello *out)
{
	return client_hello(body, true, out);
}

long
tls_server_hello(struct view body, struct tls_hello *out)
{
	struct cursor c = cursor_of_view(body);
	*out = (struct tls_hello){ 0 };
	if (!cursor_u16(&c, &out->version) || !cursor_take(&c, 32, &out->random))
		return L7_BAD;
	/* drafts of TLS 1.3 up to 21 had neither session id nor compression here */
	bool draft = out->version >> 8 == 0x7f && (out->version & 0xff) < 22;
	if (!draft && !cursor_vector8(&c, &out->session))
		return L7_BAD;
	if (!cursor_u16(&c, &out->cipher) || (!draft && !cursor_skip(&c, 1)))
		return L7_BAD;
	out->selected = out->version;
	out->retry = memcmp(out->random.ptr, retry_random, sizeof(retry_random)) == 0;
	extensions(&c, false, out);
	return (long)body.len;
}

long
tls_ssl2_hello(struct view bytes, struct tls_hello *out)
{
	struct cursor c = cursor_of_view(bytes);
	uint16_t head, ciphers, session, challenge;
	uint8_t type;
	*out = (struct tls_hello){ .ssl2 = true };
	if (!cursor_u16(&c, &head) || !cursor_u8(&c, &type) || !cursor_u16(&c, &out->version))
		return L7_MORE;
	if (!(head & 0x8000) || type != TLS_CLIENT_HELLO ||
	    (out->version != 0x0002 && out->version >> 8 != 3))
		return L7_BAD;
	if (!cursor_u16(&c, &ciphers) || !cursor_u16(&c, &session) || !cursor_u16(&c, &challenge))
		return L7_MORE;
	size_t body = 9 + (size_t)ciphers + session + challenge;
	if (ciphers == 0 || ciphers % 3 || challenge < 16 || body != (head & 0x7fff))
		return L7_BAD;
	if (!cursor_take(&c, ciphers, &out->ciphers) || !cursor_take(&c, session, &out->session) ||
	    !cursor_take(&c, challenge, &out->random))
		return L7_MORE;
	out->selected = out->version;
	return 2L + (long)body;
}

long
tls_certificate(struct view body, unsigned which, struct view *out)
{
	struct cursor c = cursor_of_view(body), list;
	uint32_t n;
	*out = (struct view){ 0 };
	if (!cursor_u24(&c, &n) || !cursor_sub(&c, n, &list))
		return L7_BAD;
	for (unsigned i = 0; cursor_left(&list); i++) {
		struct view one;
		if (!cursor_u24(&list, &n) || !cursor_take(&list, n, &one))
			return L7_BAD;
		if (i == which) {
			*out = one;
			break;
		}
	}
	return (long)body.len;
}

static unsigned
bits_of(struct view number)
{
	struct cursor c = cursor_of_view(number);
	uint8_t byte = 0;
	while (cursor_u8(&c, &byte) && byte == 0)
		;
	return byte ? (unsigned)cursor_left(&c) * 8 + 32U - (unsigned)__builtin_clz(byte) : 0;
}

long
tls_exchange(struct view body, const char *suite, bool schemes, struct tls_exchange *out)
{
	struct cursor c = cursor_of_view(body);
	struct view v, key;
	uint8_t curve;
	*out = (struct tls_exchange){ 0 };
	if (strstr(suite, "ECDHE_") || strstr(suite, "ECDH_anon")) {
		if (!cursor_u8(&c, &curve) || curve != 3 || !cursor_u16(&c, &out->group) ||
		    !cursor_vector8(&c, &key))
			return L7_BAD;
	} else if (strstr(suite, "DHE_") || strstr(suite, "DH_anon")) {
		if (!cursor_vector16(&c, &v) || !cursor_vector16(&c, &key) ||
		    !cursor_vector16(&c, &key))
			return L7_BAD;
		out->dh_bits = bits_of(v);
	} else {
		return L7_BAD;
	}
	if (schemes && !strstr(suite, "anon"))
		(void)cursor_u16(&c, &out->scheme);
	return (long)body.len;
}

bool
tls_suite_weak(const char *suite)
{
	static const char *const bad[] = { "NULL", "EXPORT", "RC4", "RC2", "DES", "anon", "MD5",
		"FORTEZZA", "IDEA", "28147" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (strstr(suite, bad[i]))
			return true;
	}
	return false;
}

const char *
tls_version_text(uint16_t version, char out[24])
{
	static const char *const known[] = { "SSLv3", "TLSv1", "TLS 1.1", "TLS 1.2", "TLS 1.3" };
	if (version == 0)
		return "UNDETERMINED";
	if (version == 0x0002)
		return "SSLv2";
	if (version == TLS_VERSION_TLCP)
		return "TLCP 1.1";
	if (version == 0xfeff)
		return "DTLS 1.0";
	if (version == 0xfefd)
		return "DTLS 1.2";
	if (version == 0xfefc)
		return "DTLS 1.3";
	if (version == 0x0100)
		return "DTLS 0.9"; /* before RFC 4347; Cisco's AnyConnect has it still */
	if (version >= 0x0300 && version <= 0x0304)
		return known[version - 0x0300];
	if (version >> 8 == 0x7f)
		(void)snprintf(out, 24, "TLS 1.3 draft-%u", version & 0xff);
	else if (version >> 8 == 0xfb)
		(void)snprintf(out, 24, "TLS 1.3 draft-%u-fb", version & 0xff);
	else
		(void)snprintf(out, 24, "0x%04x", version);
	return out;
}
