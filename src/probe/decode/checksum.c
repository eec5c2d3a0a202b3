/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Internet checksum (RFC 1071). One's complement addition does not care about byte order or
 * word width, so machine words of eight bytes are added with their carries and folded at the end.
 */
#include <arpa/inet.h>

#include "layer.h"

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

bool
checksum_good(struct view bytes, uint64_t sum)
{
	sum = add_bytes(sum, bytes);
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return sum == 0xffff;
}

/* Addresses, protocol and length (RFC 9293 section 3.1, RFC 8200 section 8.1). */
bool
checksum_l4_good(const struct packet *p)
{
	uint64_t sum = htonl(p->proto);

	sum = add(sum, htonl((uint32_t)p->l4.len));
	for (int i = 0; i < 2; i++) /* IPv4 leaves the rest zero */
		sum = add(add(sum, p->src.q[i]), p->dst.q[i]);
	return checksum_good(p->l4, sum);
}
