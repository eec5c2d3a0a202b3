/* SPDX-License-Identifier: Apache-2.0 */
/* fanout: see fanout.h, and packet(7). */
#include "fanout.h"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>

/*
 * Which worker has a frame, from its pair of addresses alone; the kernel divides by the number of
 * workers and takes the rest.
 *
 * SKF_NET_OFF counts from where the kernel says that the network header is: behind Ethernet and
 * behind the outermost VLAN tag, which it takes off on arrival. Two more tags are passed here. What
 * is no IP (MPLS, PPPoE, ARP) goes by its pair of MAC addresses. Each address is spread on its own
 * and the two are added: their order does not matter, and 10.0.0.1-10.0.1.1, 10.0.0.2-10.0.1.2 ...
 * do not fall together.
 */
#define SPREAD 0x9e3779b1u /* 2^32 by the golden ratio */

enum { TAGS, ONE, WORK, TYPE }; /* scratch: bytes of tags, first address, the one being spread */

#define OP(code, k) BPF_STMT((code), (uint32_t)(k))
#define SKIP_UNLESS(type, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (type), 0, (n))
#define LOAD_AT(base, offset) OP(BPF_LD | BPF_W | BPF_IND, (base) + (offset))

/* M[WORK] = spread(M[WORK] + the word there): 10 instructions */
#define TAKE(base, offset)                                                                         \
	OP(BPF_LDX | BPF_MEM, TAGS), LOAD_AT(base, offset), OP(BPF_LDX | BPF_MEM, WORK),           \
	    OP(BPF_ALU | BPF_ADD | BPF_X, 0), OP(BPF_ALU | BPF_MUL | BPF_K, SPREAD),               \
	    OP(BPF_MISC | BPF_TAX, 0), OP(BPF_ALU | BPF_RSH | BPF_K, 15),                          \
	    OP(BPF_ALU | BPF_XOR | BPF_X, 0), OP(BPF_ALU | BPF_MUL | BPF_K, SPREAD),               \
	    OP(BPF_ST, WORK)
/* the first address is done: 4 */
#define OTHER OP(BPF_LD | BPF_MEM, WORK), OP(BPF_ST, ONE), OP(BPF_LD | BPF_IMM, 0), OP(BPF_ST, WORK)
/* both are: 5 */
#define SHARE                                                                                      \
	OP(BPF_LD | BPF_MEM, WORK), OP(BPF_LDX | BPF_MEM, ONE), OP(BPF_ALU | BPF_ADD | BPF_X, 0),  \
	    OP(BPF_ALU | BPF_RSH | BPF_K, 16), OP(BPF_RET | BPF_A, 0)
/* A is an EtherType; when it is a tag, pass it: 9 */
#define PASS_TAG                                                                                   \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_8021Q, 1, 0), SKIP_UNLESS(ETH_P_8021AD, 7),      \
	    OP(BPF_LDX | BPF_MEM, TAGS), OP(BPF_LD | BPF_H | BPF_IND, SKF_NET_OFF + 2),            \
	    OP(BPF_ST, TYPE), OP(BPF_MISC | BPF_TXA, 0), OP(BPF_ALU | BPF_ADD | BPF_K, 4),         \
	    OP(BPF_ST, TAGS), OP(BPF_LD | BPF_MEM, TYPE)

static const struct sock_filter by_addresses[] = {
	OP(BPF_LD | BPF_IMM, 0),
	OP(BPF_ST, TAGS),
	OP(BPF_ST, WORK),
	OP(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_PROTOCOL),
	PASS_TAG,
	PASS_TAG,
	SKIP_UNLESS(ETH_P_IP, 10 + 4 + 10 + 5),
	TAKE(SKF_NET_OFF, 12),
	OTHER,
	TAKE(SKF_NET_OFF, 16),
	SHARE,
	SKIP_UNLESS(ETH_P_IPV6, 4 * 10 + 4 + 4 * 10 + 5),
	TAKE(SKF_NET_OFF, 8),
	TAKE(SKF_NET_OFF, 12),
	TAKE(SKF_NET_OFF, 16),
	TAKE(SKF_NET_OFF, 20),
	OTHER,
	TAKE(SKF_NET_OFF, 24),
	TAKE(SKF_NET_OFF, 28),
	TAKE(SKF_NET_OFF, 32),
	TAKE(SKF_NET_OFF, 36),
	SHARE,
	OP(BPF_LD | BPF_IMM, 0),
	OP(BPF_ST, TAGS),
	TAKE(SKF_LL_OFF, 2),
	OTHER,
	TAKE(SKF_LL_OFF, 8),
	SHARE,
};

static int
enter(int fd, enum capture_balance balance, uint32_t flags, uint16_t group)
{
	uint32_t mode = balance == CAPTURE_BALANCE_ADDRESS
			    ? PACKET_FANOUT_CBPF
			    : PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_DEFRAG;
	uint32_t argument = (mode | flags) << 16 | group;

	return setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &argument, sizeof(argument));
}

/* The program of a group: given once, by who founded it. */
static int
give_program(int fd, enum capture_balance balance)
{
	struct sock_filter copy[sizeof(by_addresses) / sizeof(by_addresses[0])];
	struct sock_fprog program = { sizeof(copy) / sizeof(copy[0]), copy };

	if (balance != CAPTURE_BALANCE_ADDRESS)
		return 0;
	memcpy(copy, by_addresses, sizeof(copy));
	return setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, &program, sizeof(program));
}

int
fanout_found(int fd, enum capture_balance balance, uint16_t *group)
{
	uint32_t made = 0;
	socklen_t n = sizeof(made);

	if (enter(fd, balance, PACKET_FANOUT_FLAG_UNIQUEID, 0) < 0 ||
	    give_program(fd, balance) < 0 ||
	    getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &made, &n) < 0)
		return -1;
	*group = (uint16_t)made;
	return 0;
}

int
fanout_join(int fd, enum capture_balance balance, uint16_t group)
{
	return enter(fd, balance, 0, group);
}
