/* SPDX-License-Identifier: Apache-2.0 */
/* ringfile: see include/lib/ringfile.h and docs/packet-ring.md. All numbers are little endian. */
#include "lib/ringfile.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "lib/crc32c.h"

#define NANOSECOND_MAGIC 0xa1b23c4du
#define BLOCK_MAGIC 0x424b4c57u /* "WLKB" */
#define VERSION 1
#define CLOSED 0x1
#define VER_BITS 0xf
#define NAME_DIGITS 12

static const uint8_t head_magic[8] = { 'W', 'L', 'R', 'I', 'N', 'G', 'I', 'X' };

static void
put_u16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void
put_u32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

static void
put_u64(uint8_t *p, uint64_t v)
{
	put_u32(p, (uint32_t)v);
	put_u32(p + 4, (uint32_t)(v >> 32));
}

/* ---- the capture ---- */

void
ringfile_pcap_put(uint8_t out[RINGFILE_PCAP], uint16_t linktype)
{
	memset(out, 0, RINGFILE_PCAP);
	put_u32(out, NANOSECOND_MAGIC);
	put_u16(out + 4, 2);
	put_u16(out + 6, 4);
	put_u32(out + 16, RINGFILE_FRAME);
	put_u32(out + 20, linktype);
}

bool
ringfile_pcap_get(struct view bytes, uint16_t *linktype)
{
	struct cursor c = cursor_of_view(bytes);
	uint32_t magic, link;

	if (!cursor_u32_le(&c, &magic) || !cursor_skip(&c, 16) || !cursor_u32_le(&c, &link))
		return false;
	*linktype = (uint16_t)link;
	return magic == NANOSECOND_MAGIC && link <= UINT16_MAX;
}

void
ringfile_record_put(uint8_t out[RINGFILE_RECORD], const struct ringfile_record *r)
{
	const uint32_t word[4] = { htole32((uint32_t)(r->ts / 1000000000u)),
		htole32((uint32_t)(r->ts % 1000000000u)), htole32(r->caplen), htole32(r->wirelen) };

	memcpy(out, word, sizeof(word)); /* once a packet: not byte by byte */
}

bool
ringfile_record_get(struct cursor *c, struct ringfile_record *out)
{
	struct cursor at = *c;
	uint32_t sec, ns;

	if (!cursor_u32_le(&at, &sec) || !cursor_u32_le(&at, &ns) ||
	    !cursor_u32_le(&at, &out->caplen) || !cursor_u32_le(&at, &out->wirelen))
		return false;
	if (ns >= 1000000000u || out->caplen > RINGFILE_FRAME || out->caplen > out->wirelen)
		return false;
	out->ts = (uint64_t)sec * 1000000000u + ns;
	*c = at;
	return true;
}

/* ---- the index ---- */

void
ringfile_head_put(uint8_t out[RINGFILE_HEADER], const struct ringfile_head *h)
{
	memset(out, 0, RINGFILE_HEADER);
	memcpy(out, head_magic, sizeof(head_magic));
	put_u16(out + 8, VERSION);
	put_u16(out + 10, h->closed ? CLOSED : 0);
	put_u16(out + 12, h->linktype);
	put_u64(out + 16, h->packets);
	put_u64(out + 24, h->bytes);
	put_u64(out + 32, h->min_ts);
	put_u64(out + 40, h->max_ts);
	put_u32(out + 60, crc32c(0, out, 60));
}

bool
ringfile_head_get(struct view bytes, struct ringfile_head *out)
{
	struct cursor c = cursor_of_view(bytes);
	struct view magic;
	uint16_t version, flags;
	uint32_t crc;

	if (!cursor_take(&c, sizeof(head_magic), &magic) || !cursor_u16_le(&c, &version) ||
	    !cursor_u16_le(&c, &flags) || !cursor_u16_le(&c, &out->linktype) ||
	    !cursor_skip(&c, 2) || !cursor_u64_le(&c, &out->packets) ||
	    !cursor_u64_le(&c, &out->bytes) || !cursor_u64_le(&c, &out->min_ts) ||
	    !cursor_u64_le(&c, &out->max_ts) || !cursor_skip(&c, 12) || !cursor_u32_le(&c, &crc))
		return false;
	out->closed = flags & CLOSED;
	return memcmp(magic.ptr, head_magic, sizeof(head_magic)) == 0 && version == VERSION &&
	       crc == crc32c(0, bytes.ptr, 60);
}

/*
 * magic crc | body_bytes talks packets bytes | from | min_ts | max_ts | spare: the CRC is of all
 * behind it
 */
void
ringfile_block_put(struct buf *out, size_t at, const struct ringfile_block *b)
{
	if (out->failed)
		return;
	uint8_t *p = out->ptr + at;
	size_t body = out->len - at - RINGFILE_BLOCK;

	put_u32(p, BLOCK_MAGIC);
	put_u32(p + 8, (uint32_t)body);
	put_u32(p + 12, b->talks);
	put_u32(p + 16, b->packets);
	put_u32(p + 20, b->bytes);
	put_u64(p + 24, b->from);
	put_u64(p + 32, b->min_ts);
	put_u64(p + 40, b->max_ts);
	put_u64(p + 48, 0);
	put_u32(p + 4, crc32c(0, p + 8, out->len - at - 8));
}

bool
ringfile_block_get(struct cursor *c, struct ringfile_block *out)
{
	struct cursor at = *c, sum;
	uint32_t magic, crc, body;

	if (!cursor_u32_le(&at, &magic) || !cursor_u32_le(&at, &crc) || magic != BLOCK_MAGIC)
		return false;
	sum = at;
	if (!cursor_u32_le(&at, &body) || !cursor_u32_le(&at, &out->talks) ||
	    !cursor_u32_le(&at, &out->packets) || !cursor_u32_le(&at, &out->bytes) ||
	    !cursor_u64_le(&at, &out->from) || !cursor_u64_le(&at, &out->min_ts) ||
	    !cursor_u64_le(&at, &out->max_ts) || !cursor_skip(&at, 8) ||
	    !cursor_sub(&at, body, &out->body))
		return false;
	if (crc != crc32c(0, sum.at, (size_t)(at.at - sum.at)))
		return false;
	*c = at;
	return true;
}

size_t
ringfile_number_put(uint8_t out[RINGFILE_NUMBER], uint32_t v)
{
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		out[n++] = (uint8_t)(v | 0x80);
	out[n++] = (uint8_t)v;
	return n;
}

static bool
number_get(struct cursor *c, uint32_t *out)
{
	struct cursor at = *c;
	uint8_t byte = 0x80;
	uint32_t v = 0;

	for (unsigned shift = 0; byte & 0x80; shift += 7) {
		if (shift > 28 || !cursor_u8(&at, &byte))
			return false;
		v |= (uint32_t)(byte & 0x7f) << shift;
	}
	*c = at;
	*out = v;
	return true;
}

static size_t
addr_bytes(uint8_t ver)
{
	return ver == 4 ? 4 : ver == 6 ? 16 : 0;
}

/* ver | flags << 4, proto, aport, bport, a, b, packets, bytes of the offsets, offsets */
void
ringfile_talk_put(
    struct buf *out, const struct ringfile_key *k, uint32_t packets, struct view offsets)
{
	uint8_t fixed[RINGFILE_TALK + 10];
	size_t n = 6, each = addr_bytes(k->ver);

	fixed[0] = (uint8_t)(k->ver | k->flags << 4);
	fixed[1] = k->proto;
	put_u16(fixed + 2, k->aport);
	put_u16(fixed + 4, k->bport);
	memcpy(fixed + n, k->a.b, each);
	memcpy(fixed + n + each, k->b.b, each);
	n += 2 * each;
	n += ringfile_number_put(fixed + n, packets);
	n += ringfile_number_put(fixed + n, (uint32_t)offsets.len);
	buf_add(out, fixed, n);
	buf_add(out, offsets.ptr, offsets.len);
}

bool
ringfile_talk_get(struct cursor *c, struct ringfile_talk *out)
{
	struct ringfile_key *k = &out->key;
	struct cursor at = *c;
	uint32_t bytes;
	uint8_t first;

	*out = (struct ringfile_talk){ 0 };
	if (!cursor_u8(&at, &first) || !cursor_u8(&at, &k->proto) ||
	    !cursor_u16_le(&at, &k->aport) || !cursor_u16_le(&at, &k->bport))
		return false;
	k->ver = first & VER_BITS;
	k->flags = first >> 4;
	size_t each = addr_bytes(k->ver);
	if (!cursor_copy(&at, k->a.b, each) || !cursor_copy(&at, k->b.b, each) ||
	    !number_get(&at, &out->packets) || !number_get(&at, &bytes) ||
	    !cursor_sub(&at, bytes, &out->offsets))
		return false;
	*c = at;
	return true;
}

bool
ringfile_offset_get(struct ringfile_talk *t, uint64_t *offset)
{
	uint32_t step;

	if (!number_get(&t->offsets, &step))
		return false;
	*offset = t->at += step;
	return true;
}

/* ---- names ---- */

void
ringfile_name(char out[RINGFILE_NAME], uint64_t number, const char *suffix)
{
	(void)snprintf(
	    out, RINGFILE_NAME, "%0*llu%s", NAME_DIGITS, (unsigned long long)number, suffix);
}

uint64_t
ringfile_number(const char *name, const char *suffix)
{
	uint64_t v = 0;
	size_t n = strspn(name, "0123456789");

	if (n < NAME_DIGITS || n > 18 || strcmp(name + n, suffix) != 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (uint64_t)(name[i] - '0');
	return v;
}
