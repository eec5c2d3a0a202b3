/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MPLS (RFC 3032): a stack of labels. Nothing in it says what follows: the first four bits do (RFC
 * 4385, 4928), and what stands there must fit. Ethernet over MPLS: RFC 4448, with and without its
 * control word.
 */
#include "layer.h"

#define STACK_MAX 16
#define LABEL_RESERVED 15
#define LABEL_ENTROPY 7 /* the next label only spreads load (RFC 6790) */

/* The innermost label that means something; 0 when there is none. */
static bool
stack(struct cursor *c, uint32_t *label)
{
	uint32_t entry = 0, last = 0;

	*label = 0;
	for (int i = 0; i < STACK_MAX && !(entry & 0x100); i++) {
		if (!cursor_u32(c, &entry))
			return false;
		if (entry >> 12 > LABEL_RESERVED && last != LABEL_ENTROPY)
			*label = entry >> 12;
		last = entry >> 12;
	}
	return entry & 0x100;
}

/* The four bytes before a pseudowire's frame begin with four zero bits. */
static bool
control_word(const struct walk *w, struct cursor *c)
{
	struct cursor behind = *c;
	uint32_t word;

	if (!cursor_u32(&behind, &word) || word >> 28 != 0 || !tunnel_seems_ethernet(w, behind))
		return false;
	*c = behind;
	return true;
}

/* Look into the stack at `c`. False, and nothing touched, when nothing known is behind it. */
static bool
enter(struct walk *w, struct cursor c, bool *ip)
{
	struct packet *p = w->p;
	uint32_t label;

	if (!stack(&c, &label))
		return false;
	*ip = tunnel_seems_ip(w, c);
	if (!*ip && !control_word(w, &c) && !tunnel_seems_ethernet(w, c))
		return false;
	if (!tunnel_enter(w, TUNNEL_MPLS, label, c))
		return false;
	/* inside somebody's virtual network a label tells nothing more */
	if (label && (!p->tenant || p->tenant & TENANT_ONE_WAY))
		p->tenant = TENANT_ONE_WAY | label;
	return true;
}

/* Labels that mean something of their own (RFC 3032): 1 is never the last, 3 never sent, those from
 * 4 to 15 that nobody was given. */
static void
judge(struct walk *w)
{
	struct cursor c = w->c;
	uint32_t entry = 0;

	for (int i = 0; i < STACK_MAX && !(entry & 0x100) && cursor_u32(&c, &entry); i++) {
		uint32_t label = entry >> 12;
		if (label == 1 && entry & 0x100)
			layer_hint(w, HINT_MPLS_ROUTER_ALERT);
		else if (label == 3)
			layer_hint(w, HINT_MPLS_IMPLICIT_NULL);
		else if (label >= 4 && label <= 12 && label != LABEL_ENTROPY)
			layer_hint(w, HINT_MPLS_RESERVED);
	}
}

bool
layer_mpls(struct walk *w)
{
	struct cursor c = w->c;
	uint32_t label;
	bool ip;

	if (!stack(&c, &label))
		return layer_invalid(w, ODD_MPLS_SHORT);
	judge(w);
	if (!enter(w, w->c, &ip)) {
		layer_hint(w, HINT_MPLS_PAYLOAD);
		return false;
	}
	return ip ? tunnel_ip(w) : tunnel_ethernet(w);
}

/* RFC 4023, 7510 */
bool
layer_mpls_in_ip(struct walk *w, struct cursor c, bool *open)
{
	bool ip;

	*open = enter(w, c, &ip);
	if (!*open)
		return true;
	return ip ? tunnel_ip(w) : tunnel_ethernet(w);
}
