/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Internet checksum (RFC 1071). One's complement addition does not care about byte order or
 * word width, so machine words of eight bytes are added with their carries and folded at the end.
 */
#include <arpa/inet.h>
#include <endian.h>

#include "layer.h"

/* Larger than any frame on a wire: put together by the capturing host (segmentation, receive
 * offload), and its checksum is that of one of the pieces. */
#define WIRE_MAX 9216

static inline uint64_t
add(uint64_t sum, uint64_t word)
{
	bool carry = __builtin_add_overflow(sum, word, &sum);

	return sum + carry;
}

static inline uint64_t
word_at(struct view v, size_t at)
{
	uint64_t word;

	memcpy(&word, &v.ptr[at], sizeof(word));
	return word;
}

/* The last n bytes, one to seven, as the word they begin: of the last eight what is before them is
 * pushed out. */
static inline uint64_t
last_word(struct view bytes, size_t n)
{
	uint64_t word = 0;

	if (bytes.len >= sizeof(word))
		return htole64(le64toh(word_at(bytes, bytes.len - sizeof(word))) >> (64 - 8 * n));
	memcpy(&word, bytes.ptr, n);
	return word;
}

static uint64_t
add_bytes(uint64_t sum, struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	struct view v;

	while (cursor_take(&c, 64, &v)) {
		sum = add(add(add(add(sum, word_at(v, 0)), word_at(v, 8)), word_at(v, 16)),
		    word_at(v, 24));
		sum = add(add(add(add(sum, word_at(v, 32)), word_at(v, 40)), word_at(v, 48)),
		    word_at(v, 56));
	}
	while (cursor_take(&c, 8, &v))
		sum = add(sum, word_at(v, 0));
	return cursor_left(&c) ? add(sum, last_word(bytes, cursor_left(&c))) : sum;
}

static inline uint16_t
fold(uint64_t sum)
{
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)sum;
}

bool
checksum_good(struct view bytes, uint64_t sum)
{
	return fold(add_bytes(sum, bytes)) == 0xffff;
}

/* Addresses, protocol and length (RFC 9293 section 3.1, RFC 8200 section 8.1). */
static uint64_t
pseudo(const struct packet *p, size_t len)
{
	uint64_t sum = add(htonl(p->proto), htonl((uint32_t)len));

	for (int i = 0; i < 2; i++) /* IPv4 leaves the rest zero */
		sum = add(add(sum, p->src.q[i]), p->dst.q[i]);
	return sum;
}

/*
 * A card that makes the checksum is given the pseudo header's sum where the result will stand, with
 * the segment's length, or without it when it will cut the segment; or nothing at all. What came in
 * fragments went through no such card.
 */
static bool
left_to_card(const struct packet *p, uint16_t stored)
{
	return !(p->flags & PKT_REASSEMBLED) &&
	       (stored == 0 || stored == ntohs(fold(pseudo(p, p->l4.len))) ||
		   stored == ntohs(fold(pseudo(p, 0))) || p->l3.len > WIRE_MAX);
}

void
checksum_l4(struct walk *w, uint16_t stored)
{
	const struct packet *p = w->p;

	if (!checksum_good(p->l4, pseudo(p, p->l4.len)))
		checksum_wrong(w, left_to_card(p, stored));
}
