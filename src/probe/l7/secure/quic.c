/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/quic.h"

#include <stdio.h>

#include "probe/l7/parse.h"

#define V1 1U
#define V2 0x6b3343cfU
#define V2_DRAFT 0x709a50c4U /* what ngtcp2 and others spoke before RFC 9369 had its number */
#define DRAFT(n) (0xff000000U | (n))
#define FACEBOOK(n) (0xfaceb000U | (n)) /* the first is draft 22, later ones draft 27 */
#define GOOGLE(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define Q043 GOOGLE('Q', '0', '4', '3')
#define Q049 GOOGLE('Q', '0', '4', '9')
#define Q050 GOOGLE('Q', '0', '5', '0')
#define T050 GOOGLE('T', '0', '5', '0')
#define T051 GOOGLE('T', '0', '5', '1')

#define HASH 12 /* bytes before the frames of QUIC_CLEAR */

/* The salt of each version's first keys (RFC 9001, 5.2; RFC 9369, 3.3.1; the drafts). */
static const struct salt {
	uint32_t first, last;
	uint8_t salt[20];
} salts[] = {
	{ V1, V1,
	    { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8,
		0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a } },
	{ V2, V2,
	    { 0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26,
		0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9 } },
	{ V2_DRAFT, V2_DRAFT,
	    { 0xa7, 0x07, 0xc2, 0x03, 0xa5, 0x9b, 0x47, 0x18, 0x4a, 0x1d, 0x62, 0xca, 0x57, 0x04,
		0x06, 0xea, 0x7a, 0xe3, 0xe5, 0xd3 } },
	{ DRAFT(33), DRAFT(34),
	    { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8,
		0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a } },
	{ DRAFT(29), DRAFT(32),
	    { 0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61,
		0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99 } },
	{ DRAFT(23), DRAFT(28),
	    { 0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2, 0x43, 0x2b, 0xb4,
		0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02 } },
	{ DRAFT(22), DRAFT(22),
	    { 0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a, 0x96, 0xcd, 0x21, 0x51,
		0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a } },
	{ FACEBOOK(1), FACEBOOK(1),
	    { 0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a, 0x96, 0xcd, 0x21, 0x51,
		0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a } },
	{ FACEBOOK(2), FACEBOOK(14),
	    { 0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2, 0x43, 0x2b, 0xb4,
		0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02 } },
	{ Q050, Q050,
	    { 0x50, 0x45, 0x74, 0xef, 0xd0, 0x66, 0xfe, 0x2f, 0x9d, 0x94, 0x5c, 0xfc, 0xdb, 0xd3,
		0xa7, 0xf0, 0xd3, 0xb5, 0x6b, 0x45 } },
	{ T050, T050,
	    { 0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80, 0x30, 0x4c, 0x43, 0xa2,
		0x36, 0x7c, 0x60, 0x48, 0x83, 0x10 } },
	{ T051, T051,
	    { 0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50, 0x6c, 0x19, 0x12, 0x4f,
		0xc8, 0xcc, 0xda, 0x6e, 0x03, 0x3d } },
};

static const struct salt *
salt_of(uint32_t version)
{
	for (size_t i = 0; i < sizeof(salts) / sizeof(*salts); i++) {
		if (version >= salts[i].first && version <= salts[i].last)
			return &salts[i];
	}
	return NULL;
}

static bool
second_version(uint32_t version)
{
	return version == V2 || version == V2_DRAFT;
}

/* Up to Q043 the header is Google's own (first byte with flags); later ones have a long header. */
static bool
clear_version(uint32_t version)
{
	return version > Q043 && version <= Q049;
}

bool
quic_known(uint32_t version)
{
	return salt_of(version) || clear_version(version);
}

bool
quic_google(uint32_t version)
{
	return version >> 24 == 'Q';
}

const char *
quic_version_text(uint32_t version, char out[16])
{
	uint8_t letter = (uint8_t)(version >> 24);
	if (version == V1)
		return "1";
	if (version == V2)
		return "2";
	if (version == V2_DRAFT)
		return "2-draft";
	if (version >> 8 == 0xff0000)
		(void)snprintf(out, 16, "draft-%u", version & 0xff);
	else if ((letter == 'Q' || letter == 'T') && (version >> 16 & 0xff) == '0')
		(void)snprintf(out, 16, "%c%c%c%c", letter, (char)(version >> 16),
		    (char)(version >> 8 & 0x7f), (char)(version & 0x7f));
	else
		(void)snprintf(out, 16, "0x%08x", version);
	return out;
}

/* A number of one, two, four or eight bytes (RFC 9000, 16). */
static bool
varint(struct cursor *c, uint64_t *out)
{
	struct cursor try = *c;
	uint8_t byte;
	if (!cursor_u8(&try, &byte))
		return false;
	*out = byte & 0x3f;
	for (unsigned n = (1U << (byte >> 6)) - 1; n; n--) {
		if (!cursor_u8(&try, &byte))
			return false;
		*out = *out << 8 | byte;
	}
	*c = try;
	return true;
}

static enum quic_type
type_of(uint8_t first, uint32_t version)
{
	static const uint8_t v1[] = { QUIC_INITIAL, QUIC_ZERO_RTT, QUIC_HANDSHAKE, QUIC_RETRY };
	static const uint8_t v2[] = { QUIC_RETRY, QUIC_INITIAL, QUIC_ZERO_RTT, QUIC_HANDSHAKE };
	return (second_version(version) ? v2 : v1)[first >> 4 & 3];
}

/* What lies behind the connection IDs of a version's packet: its token, its length. */
static bool
body(struct cursor *c, struct view datagram, struct quic_packet *out)
{
	uint64_t n;
	if (out->type == QUIC_RETRY) {
		size_t left = cursor_left(c);
		return left >= 16 && cursor_take(c, left - 16, &out->token) && cursor_skip(c, 16);
	}
	if (out->type == QUIC_INITIAL &&
	    (!varint(c, &n) || n > cursor_left(c) || !cursor_take(c, (size_t)n, &out->token)))
		return false;
	if (!varint(c, &n))
		return false;
	out->number_at = datagram.len - cursor_left(c);
	return n <= cursor_left(c) && cursor_skip(c, (size_t)n);
}

/* Q044 to Q049: lengths of the connection IDs in one byte, the number has four bytes. */
static long
clear_packet(struct cursor c, uint8_t first, struct view datagram, struct quic_packet *out)
{
	uint8_t lens;
	(void)cursor_skip(&c, 5);
	out->type = (first >> 4 & 3) == 0 ? QUIC_CLEAR : QUIC_OTHER;
	if (!cursor_u8(&c, &lens))
		return L7_BAD;
	if (!cursor_take(&c, lens >> 4 ? (lens >> 4) + 3U : 0, &out->dcid) ||
	    !cursor_take(&c, lens & 15 ? (lens & 15) + 3U : 0, &out->scid) ||
	    !cursor_skip(&c, (first & 3) + 1U) || !cursor_skip(&c, HASH))
		return L7_BAD;
	(void)cursor_take(&c, cursor_left(&c), &out->frames);
	out->whole = datagram;
	return (long)datagram.len;
}

/* Q043 and before: flags, connection ID, version, number, hash, frames. */
static long
flags_packet(struct view datagram, struct quic_packet *out)
{
	struct cursor c = cursor_of_view(datagram);
	uint8_t flags;
	if (!cursor_u8(&c, &flags) || (flags & 0xc9) != 0x09 || !cursor_take(&c, 8, &out->dcid) ||
	    !cursor_u32(&c, &out->version) || out->version > Q043 ||
	    out->version < GOOGLE('Q', '0', '2', '4'))
		return L7_BAD;
	size_t number = (size_t[]){ 1, 2, 4, 6 }[flags >> 4 & 3];
	if (!cursor_skip(&c, number + HASH))
		return L7_BAD;
	(void)cursor_take(&c, cursor_left(&c), &out->frames);
	out->type = QUIC_CLEAR;
	out->whole = datagram;
	return (long)datagram.len;
}

long
quic_packet(struct view datagram, struct quic_packet *out)
{
	struct cursor c = cursor_of_view(datagram);
	uint8_t first;
	*out = (struct quic_packet){ 0 };
	if (!cursor_u8(&c, &first))
		return L7_BAD;
	if (!(first & 0x80))
		return flags_packet(datagram, out);
	if (!cursor_u32(&c, &out->version))
		return L7_BAD;
	if (clear_version(out->version))
		return clear_packet(cursor_of_view(datagram), first, datagram, out);
	if (!cursor_vector8(&c, &out->dcid) || !cursor_vector8(&c, &out->scid))
		return L7_BAD;
	if (out->version == 0) {
		out->type = QUIC_NEGOTIATION;
		(void)cursor_take(&c, cursor_left(&c), &out->versions);
	} else if (!salt_of(out->version)) {
		out->type = QUIC_OTHER;
		(void)cursor_skip(&c, cursor_left(&c));
	} else {
		out->type = type_of(first, out->version);
		if (out->dcid.len > QUIC_CID_MAX || out->scid.len > QUIC_CID_MAX ||
		    !body(&c, datagram, out))
			return L7_BAD;
	}
	size_t used = datagram.len - cursor_left(&c);
	out->whole = (struct view){ datagram.ptr, used };
	return (long)used;
}

bool
quic_keys(struct crypt_box *box, uint32_t version, struct view dcid, struct quic_keys keys[2])
{
	static const char *const side[] = { "client in", "server in" };
	const struct salt *s = salt_of(version);
	bool v2 = second_version(version);
	uint8_t first[32], secret[32];
	if (!s || !crypt_hkdf_extract(box, (struct view){ s->salt, sizeof(s->salt) }, dcid, first))
		return false;
	for (int i = 0; i < 2; i++) {
		struct quic_keys *k = &keys[i];
		if (!crypt_hkdf_label(box, first, side[i], secret, 32) ||
		    !crypt_hkdf_label(box, secret, v2 ? "quicv2 key" : "quic key", k->key, 16) ||
		    !crypt_hkdf_label(box, secret, v2 ? "quicv2 iv" : "quic iv", k->iv, 12) ||
		    !crypt_hkdf_label(box, secret, v2 ? "quicv2 hp" : "quic hp", k->hp, 16))
			return false;
	}
	return true;
}

bool
quic_open(struct crypt_box *box, const struct quic_keys *k, const struct quic_packet *p,
    uint8_t *copy, struct view *frames)
{
	struct cursor c = cursor_of_view(p->whole);
	uint8_t mask[16], sample[16], nonce[12], first;
	/* the sample is taken as if the number had four bytes (RFC 9001, 5.4.2) */
	if (!cursor_peek(&c, 0, &first) || !cursor_skip(&c, p->number_at + 4) ||
	    !cursor_copy(&c, sample, sizeof(sample)) || !crypt_aes_block(box, k->hp, sample, mask))
		return false;
	copy[0] = (uint8_t)(first ^ (mask[0] & 0x0f));
	size_t number = (copy[0] & 3U) + 1, header = p->number_at + number;
	memcpy(nonce, k->iv, sizeof(nonce));
	for (size_t i = 0; i < number; i++) {
		copy[p->number_at + i] ^= mask[i + 1];
		nonce[12 - number + i] ^= copy[p->number_at + i];
	}
	if (header + 16 > p->whole.len ||
	    !crypt_gcm_open(box, k->key, nonce, (struct view){ copy, header }, copy + header,
		p->whole.len - header))
		return false;
	*frames = (struct view){ copy + header, p->whole.len - header - 16 };
	return true;
}

/* ACK (RFC 9000, 19.3): largest, delay, count, first range, ranges; and with ECN three counts. */
static bool
skip_ack(struct cursor *c, bool ecn)
{
	uint64_t n, count;
	if (!varint(c, &n) || !varint(c, &n) || !varint(c, &count) || !varint(c, &n) ||
	    count > cursor_left(c))
		return false;
	count = count * 2 + (ecn ? 3 : 0);
	while (count--) {
		if (!varint(c, &n))
			return false;
	}
	return true;
}

static bool
crypto(struct cursor *c, struct quic_crypto *out)
{
	uint64_t n;
	return varint(c, &out->offset) && varint(c, &n) && n <= cursor_left(c) &&
	       cursor_take(c, (size_t)n, &out->data);
}

/* Big-endian number of up to eight bytes. */
static bool
number_of(struct cursor *c, size_t n, uint64_t *out)
{
	uint8_t byte;
	*out = 0;
	while (n--) {
		if (!cursor_u8(c, &byte))
			return false;
		*out = *out << 8 | byte;
	}
	return true;
}

/* Google's STREAM frame, 1FDOOOSS: D the length is there, OOO of the offset, SS of the stream. */
static bool
stream(struct cursor *c, uint8_t type, struct quic_crypto *out)
{
	uint64_t id, n = 0;
	size_t offset = type >> 2 & 7;
	if (!number_of(c, (type & 3U) + 1, &id) ||
	    !number_of(c, offset ? offset + 1 : 0, &out->offset))
		return false;
	if (!(type & 0x20))
		n = cursor_left(c);
	else if (!number_of(c, 2, &n))
		return false;
	return id == 1 && n <= cursor_left(c) && cursor_take(c, (size_t)n, &out->data);
}

bool
quic_crypto(struct cursor *c, uint32_t version, struct quic_crypto *out)
{
	bool clear = clear_version(version) || version <= Q043;
	bool old = version >> 24 == 'Q' || version >> 24 == 'T';
	uint8_t type;
	clear = clear && old;
	while (cursor_u8(c, &type)) {
		if (clear && type & 0x80)
			return stream(c, type, out);
		if (type == 6 || (old && type == 8))
			return crypto(c, out);
		if (type == 2 || type == 3) {
			if (old || !skip_ack(c, type == 3))
				return false;
		} else if (type > 1 && !(old && type == 7)) { /* 0 PADDING, 1 and 7 PING */
			return false;
		}
	}
	return false;
}

long
quic_chlo(struct view message, struct quic_chlo *out)
{
	struct cursor c = cursor_of_view(message), tags;
	struct view kind, tag;
	uint16_t count;
	uint32_t end, from = 0;
	*out = (struct quic_chlo){ 0 };
	if (!cursor_take(&c, 4, &kind))
		return L7_MORE;
	if (!view_is(kind, "CHLO"))
		return L7_BAD;
	if (!cursor_u16_le(&c, &count) || !cursor_skip(&c, 2) ||
	    !cursor_sub(&c, (size_t)count * 8, &tags))
		return L7_MORE;
	out->tags = tags;
	while (cursor_take(&tags, 4, &tag) && cursor_u32_le(&tags, &end)) {
		struct view value;
		if (end < from)
			return L7_BAD;
		if (!cursor_take(&c, end - from, &value))
			return L7_MORE;
		if (memcmp(tag.ptr, "SNI", 4) == 0)
			out->sni = value;
		else if (memcmp(tag.ptr, "UAID", 4) == 0)
			out->agent = value;
		from = end;
	}
	return (long)(message.len - cursor_left(&c));
}

bool
quic_tag(struct cursor *tags, struct view *name)
{
	uint8_t last;
	if (!cursor_take(tags, 4, name) || !cursor_skip(tags, 4))
		return false;
	struct cursor c = cursor_of_view(*name);
	while (name->len && cursor_peek(&c, name->len - 1, &last) && last == 0)
		name->len--;
	return true;
}
