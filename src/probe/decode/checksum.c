/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Internet checksum (RFC 1071). One's complement addition does not care about byte order or
 * word width, so machine words of eight bytes are added with their carries and folded at the end.
 */
#include <arpa/inet.h>

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

static uint64_t
add_bytes(uint64_t sum, struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	uint64_t four[4], word = 0;

	while (cursor_copy(&c, four, sizeof(four)))
		sum = add(add(add(add(sum, four[0]), four[1]), four[2]), four[3]);
	while (cursor_copy(&c, &word, sizeof(word)))
		sum = add(sum, word);
	word = 0;
	(void)cursor_copy(&c, &word, cursor_left(&c));
	return add(sum, word);
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
 * the segment's length, or without it when it will cut the segment; or nothing at all.
 */
static bool
left_to_card(const struct packet *p, uint16_t stored)
{
	return stored == 0 || stored == ntohs(fold(pseudo(p, p->l4.len))) ||
	       stored == ntohs(fold(pseudo(p, 0))) || p->l3.len > WIRE_MAX;
}

void
checksum_l4(struct walk *w, uint16_t stored)
{
	const struct packet *p = w->p;

	if (!checksum_good(p->l4, pseudo(p, p->l4.len)))
		checksum_wrong(w, left_to_card(p, stored));
}
