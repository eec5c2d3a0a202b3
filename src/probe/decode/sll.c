/* SPDX-License-Identifier: Apache-2.0 */
/* Linux cooked frames: LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2. */
#include "layer.h"

/* The sender's address, when it is a MAC. Cooked frames have no receiver's. */
static void
sender(struct walk *w, unsigned len, struct view address)
{
	if (len == 6)
		w->p->src_mac = address.ptr;
}

/* type 2, hardware 2, address length 2, address 8, protocol 2 */
bool
layer_sll(struct walk *w)
{
	struct view address;
	uint16_t len, protocol;

	w->d->count.sll++;
	if (!cursor_skip(&w->c, 4) || !cursor_u16(&w->c, &len) ||
	    !cursor_take(&w->c, 8, &address) || !cursor_u16(&w->c, &protocol))
		return layer_invalid(w, ODD_SLL_SHORT);
	sender(w, len, address);
	return layer_ethertype(w, protocol);
}

/* protocol 2, reserved 2, interface 4, hardware 2, type 1, address length 1, address 8 */
bool
layer_sll2(struct walk *w)
{
	struct view address;
	uint16_t protocol;
	uint8_t len;

	w->d->count.sll++;
	if (!cursor_u16(&w->c, &protocol) || !cursor_skip(&w->c, 9) || !cursor_u8(&w->c, &len) ||
	    !cursor_take(&w->c, 8, &address))
		return layer_invalid(w, ODD_SLL_SHORT);
	sender(w, len, address);
	return layer_ethertype(w, protocol);
}
